// Runs the built command, or another, as a child process and hands back what it printed and how it ended.
// Must not know what is tested.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const midgeFile = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error (or output) holds the text; rejects when the process ends without it. */
  said(text: string, where?: 'stdout' | 'stderr'): Promise<void>;
  /** What it has printed so far. */
  heard(where: 'stdout' | 'stderr'): string;
}

export function start(command: string, args: readonly string[], input?: string | Buffer, env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(command, args, { env: { ...process.env, TZ: 'UTC', NO_COLOR: '1', ...env } });
  const parts: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  const waiting: { text: string; where: 'stdout' | 'stderr'; resolve: () => void; reject: (error: Error) => void }[] = [];
  const heard = (where: 'stdout' | 'stderr'): string => Buffer.concat(parts[where]).toString();
  const look = (): void => {
    for (const one of [...waiting]) {
      if (!heard(one.where).includes(one.text)) continue;
      waiting.splice(waiting.indexOf(one), 1);
      one.resolve();
    }
  };
  for (const where of ['stdout', 'stderr'] as const) {
    child[where].on('data', (part: Buffer) => {
      parts[where].push(part);
      look();
    });
  }
  // A process that ends before it has read its input is no fault of the test.
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const result = { code, signal, stdout: Buffer.concat(parts.stdout), stderr: heard('stderr') };
      for (const one of waiting) one.reject(new Error(`${command} ${args.join(' ')} ended without saying "${one.text}": ${result.stderr}`));
      resolve(result);
    });
  });
  return {
    child, ended, heard,
    said: (text, where = 'stderr') => new Promise((resolve, reject) => {
      waiting.push({ text, where, resolve, reject });
      look();
    }),
  };
}

export function startMidge(args: readonly string[], input?: string | Buffer): Running {
  return start(process.execPath, [midgeFile, ...args], input);
}

export function midge(args: readonly string[], input: string | Buffer = ''): Promise<Ended> {
  return startMidge(args, input).ended;
}

/** The lines of a text, without the last, empty one. */
export function linesOf(text: Buffer | string): string[] {
  return text.toString().split('\n').slice(0, -1);
}
