/**
 * What the kernel says of a process that is measured. Linux only, as the benchmarks that use it are.
 */
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
