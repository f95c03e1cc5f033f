/*
 * `midge broker --data` as a process of its own, to be killed, and folders that end with the test.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'midge-durability-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface ProcessOptions {
  readonly arguments?: readonly string[];
  /** Largest file it may write: stands for a full disk. */
  readonly fileKiBMax?: number;
}

export class BrokerProcess {
  port: number | undefined;
  output = '';
  private constructor(private readonly child: ChildProcess) {
    child.stdout!.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  }

  readonly ended: Promise<number>;

  /** Starts one and waits until it listens or ends. */
  static async start(folder: string, options: ProcessOptions = {}): Promise<BrokerProcess> {
    const line = [process.execPath, program, 'broker', '--port', '0', '--data', folder, ...(options.arguments ?? [])];
    const limited = ['sh', '-c', `trap '' XFSZ; ulimit -f ${(options.fileKiBMax ?? 0) * 2}; exec "$0" "$@"`, ...line];
    const [command, ...rest] = options.fileKiBMax === undefined ? line : limited;
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    const broker = new BrokerProcess(child);
    await new Promise<void>((resolve) => {
      void broker.ended.then(() => resolve());
      child.stdout?.on('data', () => {
        const listening = /listening on 127\.0\.0\.1:(\d+)/.exec(broker.output);
        if (listening === null) return;
        broker.port = Number(listening[1]);
        resolve();
      });
    });
    return broker;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.port = undefined;
    this.child.kill(signal);
    await this.ended;
  }
}

/** Draws whole numbers below what is asked, the same for the same seed. */
export function createRandom(state: number): (below: number) => number {
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Fails after two minutes. */
export async function waitFor(what: string, done: () => boolean): Promise<void> {
  for (const giveUpAt = Date.now() + 120_000; !done(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > giveUpAt) throw new Error(`waited in vain for ${what}`);
  }
}
