/**
 * A pseudo-terminal whose far end is a serial device to other programs: by the package @lydell/node-pty, whose binary comes with it for
 * the common systems, else by socat where it is installed. Must not know: who speaks over it.
 *
 * Read first: pty(7). On Linux the near end hears nothing but an error while nobody has the far end open, so it is held open here, and
 * what is written waits in the system until the next program opens the device, as far as it has room.
 */
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';

export interface PseudoTerminal {
  /** Of the device, for the other program. */
  readonly path: string;
  readonly input: Readable;
  readonly output: Writable;
  close(): void;
}

/** Why there can be none. */
export class NoPseudoTerminal extends Error {}

/** What is used of the package, whose types leave it out. */
interface PtyPackage {
  open(options: { encoding: null }): { readonly master: ReadStream; readonly slave: ReadStream; readonly ptsName: string };
}

const packageName = '@lydell/node-pty';

/** Throws a NoPseudoTerminal that says what to install. */
export async function openPseudoTerminal(): Promise<PseudoTerminal> {
  const own = openByPackage();
  if (own !== null) return own;
  const other = await openBySocat();
  if (other !== null) return other;
  throw new NoPseudoTerminal(`there is no pseudo-terminal here: the package ${packageName} has no binary for ${process.platform}-${process.arch} or is not installed, and neither is socat; install socat (Debian: apt-get install socat), or use a serial port`);
}

function loadPackage(): PtyPackage | null {
  if (process.platform === 'win32') return null;
  try {
    return createRequire(import.meta.url)(packageName) as PtyPackage;
  } catch {
    return null;
  }
}

function holdOpen(path: string): () => void {
  const holder = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  return () => { closeSync(holder); };
}

function openByPackage(): PseudoTerminal | null {
  const opened = loadPackage()?.open({ encoding: null });
  if (opened === undefined) return null;
  const { master, slave, ptsName: path } = opened;
  // As a UART is: nothing is echoed, and no byte has a meaning of its own.
  slave.setRawMode(true);
  const letGo = holdOpen(path);
  // It would read what is meant for the other program.
  slave.destroy();
  master.on('error', () => undefined);
  return {
    path, input: master, output: master,
    close: () => {
      master.destroy();
      letGo();
    },
  };
}

/** Null: socat is not installed, or cannot make one. */
function openBySocat(): Promise<PseudoTerminal | null> {
  return new Promise((resolve) => {
    const child = spawn('socat', ['-d', '-d', 'PTY,raw,echo=0', 'STDIO'], { stdio: 'pipe' });
    let said = '';
    child.once('error', () => { resolve(null); });
    child.once('exit', () => { resolve(null); });
    child.stdin.on('error', () => undefined);
    child.stderr.on('data', (part: Buffer) => {
      if (said === 'told') return;
      said += part.toString();
      const path = /PTY is (\S+)/.exec(said)?.[1];
      if (path === undefined) return;
      said = 'told';
      const letGo = holdOpen(path);
      resolve({
        path, input: child.stdout, output: child.stdin,
        close: () => {
          letGo();
          child.kill();
        },
      });
    });
  });
}
