/**
 * A client that is a program of its own: it prints a line `M qos retain hexadecimal-payload topic` for each message, leaves
 * in good order at SIGTERM, and publishes its standard input. Must not know which program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Qos } from '../../../targets/node/index.js';
import type { Listener, Message } from './driver.js';

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

export function listenWith(command: string, args: readonly string[]): Listener {
  const seen: Message[] = [];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const found = /^M (\d) (\d) (\S*) (.*)$/.exec(line);
    if (found !== null) seen.push({ topic: found[4], payload: Buffer.from(found[3], 'hex'), qos: Number(found[1]) as Qos, retain: found[2] === '1' });
  });
  return { seen, leave: () => end(child, 'SIGTERM'), kill: () => end(child, 'SIGKILL') };
}

export async function sendWith(command: string, args: readonly string[], payload: Uint8Array): Promise<void> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => { errors.push(chunk); });
  // One that fails before it has read is told by its exit code.
  child.stdin.on('error', () => undefined);
  child.stdin.end(payload);
  const [code, signal] = await once(child, 'close') as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new Error(`${command} ended with ${code ?? signal}: ${Buffer.concat(errors).toString().trim()}`);
}
