/** Boards on pseudo-terminals for tests, by way of socat where it is installed. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext, TestFn } from 'ava';
import { findProgram, registerNotRun } from '../engines/installed.js';
import { until } from '../until.js';

export const socat = findProgram('socat') ?? null;

/** Registers the test that says so when socat is missing; true: it is there. */
export function socatIsHere(test: TestFn): boolean {
  if (socat !== null) return true;
  registerNotRun(test, 'socat is installed', 'socat is not installed: the tests of serial ports on pseudo-terminals were NOT RUN (Debian: apt-get install socat)');
  return false;
}

/** A folder that stands in for /dev, removed with the test. */
export async function deviceFolder(t: Pick<ExecutionContext, 'teardown'>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'midge-gateway-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The board's end of a pseudo-terminal whose other end is a device at `device`. */
export class Plug {
  received = Buffer.alloc(0);

  private constructor(readonly device: string, private readonly child: ChildProcessWithoutNullStreams, private readonly holder: number) {
    child.stdout.on('data', (bytes: Buffer) => { this.received = Buffer.concat([this.received, bytes]); });
    child.stdin.on('error', () => undefined);
  }

  /** Appears as `device`, a name in a folder of the test. */
  static async in(t: Pick<ExecutionContext, 'teardown'>, device: string): Promise<Plug> {
    const child = spawn(socat ?? 'socat', [`PTY,raw,echo=0,link=${device}`, 'STDIO']);
    t.teardown(() => { child.kill('SIGKILL'); });
    await until(() => isThere(device), device);
    // Held open, so that the board's end outlives a gateway that closes the port, as a real board does.
    const holder = openSync(device, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    const plug = new Plug(device, child, holder);
    t.teardown(() => plug.out());
    return plug;
  }

  /** Both ends of the wire as streams. */
  get wire(): ChildProcessWithoutNullStreams {
    return this.child;
  }

  send(bytes: Uint8Array | string): void {
    this.child.stdin.write(typeof bytes === 'string' ? Buffer.from(bytes, 'hex') : bytes);
  }

  /** Takes `count` bytes that came, as hexadecimal digits. */
  async take(count: number): Promise<string> {
    await until(() => this.received.length >= count, `${count} bytes at the board, which has ${this.received.toString('hex')}`);
    const taken = this.received.toString('hex', 0, count);
    this.received = this.received.subarray(count);
    return taken;
  }

  private isOut = false;

  /** Unplugs. */
  async out(): Promise<void> {
    if (this.isOut) return;
    this.isOut = true;
    closeSync(this.holder);
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}

function isThere(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}
