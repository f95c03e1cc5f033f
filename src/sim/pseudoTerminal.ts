/**
 * A pseudo-terminal whose far end is a device in the file system, which others open as they open a serial port. Node.js
 * makes none itself: socat does. Must not know what goes over it.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync } from 'node:fs';

const enum Wait {
  StepMs = 10,
  MostMs = 5000,
}

export class PseudoTerminal {
  /** Gets what whoever opened the device has written. */
  taken: (bytes: Buffer) => void = () => undefined;

  private constructor(readonly path: string, private readonly child: ChildProcessWithoutNullStreams, readonly ended: Promise<void>) {
    child.stdout.on('data', (bytes: Buffer) => this.taken(bytes));
    // A program that ends takes its pipes with it; `ended` says so.
    child.stdin.on('error', () => undefined);
  }

  /** Makes the device at `path`, where nothing may be. Rejects with words for people. */
  static async open(path: string): Promise<PseudoTerminal> {
    if (isThere(path)) throw new Error(`"${path}" is there already; choose another path, or remove it`);
    // In a group of its own: Ctrl-C is for whoever uses the terminal, and takes it down in good order. It ends with its input.
    const child = spawn('socat', [`PTY,raw,echo=0,link=${path}`, 'STDIO'], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    let complaint = '';
    child.stderr.on('data', (bytes: Buffer) => { complaint += bytes.toString(); });
    const ended = new Promise<void>((resolve) => { child.once('close', () => { resolve(); }); });
    const failed = once(child, 'error').then(([error]: unknown[]) => error as NodeJS.ErrnoException);
    failed.catch(() => undefined);
    for (let waitedMs = 0; !existsSync(path); waitedMs += Wait.StepMs) {
      const error = await Promise.race([failed, new Promise<null>((resolve) => { setTimeout(() => { resolve(null); }, Wait.StepMs); })]);
      if (error?.code === 'ENOENT') throw new Error('socat is not installed, which makes the pseudo-terminal (Debian: sudo apt-get install socat; macOS: brew install socat)');
      if (error !== null || child.exitCode !== null || waitedMs > Wait.MostMs) {
        child.kill();
        throw new Error(`socat cannot make a pseudo-terminal at "${path}": ${error?.message ?? (complaint.trim() || 'it does not say why')}`);
      }
    }
    return new PseudoTerminal(path, child, ended);
  }

  write(bytes: Uint8Array): void {
    if (!this.child.stdin.destroyed) this.child.stdin.write(bytes);
  }

  async close(): Promise<void> {
    this.child.kill();
    await this.ended;
  }
}

/** Also a link that leads nowhere. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}
