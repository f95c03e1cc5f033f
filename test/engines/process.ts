/** Runs a child process to its end with text on its standard input; fails when it fails or takes too long. */
import { spawn, spawnSync } from 'node:child_process';
import { runTimeMaxMs } from './engine.js';

export function runProcess(command: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe' });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    const limit = setTimeout(() => { child.kill('SIGKILL'); }, runTimeMaxMs);
    child.stdout.on('data', (chunk: Buffer) => { output.push(chunk); });
    child.stderr.on('data', (chunk: Buffer) => { errors.push(chunk); });
    // A script that ends without reading all its lines closes the pipe: its result tells, not the pipe.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => { clearTimeout(limit); reject(error); });
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      if (code === 0) resolve(Buffer.concat(output).toString());
      else reject(new Error(`${command} ended with ${code ?? signal}: ${Buffer.concat(errors).toString().trim()}`));
    });
    child.stdin.end(input);
  });
}

/** True when the command runs and succeeds, else why not. */
export function canRun(command: string, args: readonly string[]): true | string {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  if (result.error !== undefined) return `${command} is not installed`;
  return result.status === 0 ? true : `${command}: ${result.stderr.trim().split('\n')[0] ?? 'failed'}`;
}
