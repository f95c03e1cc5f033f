/**
 * Figures of a process that is measured, from the kernel. Linux only, as the benchmarks that use it are.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Memory of a process that is resident, in KB. */
export function residentKb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** The most that was resident at one time since the process began, in KB. */
export function residentPeakKb(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** CPU time of all threads since the process began, in milliseconds; the kernel counts in steps of ten. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Time that the main thread was ready to run and had no core, since it began, in milliseconds. */
export function waitedForCoreMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
}

/** The port that `midge broker` says it listens on. */
export function portOf(child: ChildProcess): Promise<number> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.once('exit', () => { reject(new Error(`the broker ended: ${said}`)); });
    child.stdout!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const listening = /listening on 127\.0\.0\.1:(\d+)/.exec(said);
      if (listening !== null) resolve(Number(listening[1]));
    });
  });
}
