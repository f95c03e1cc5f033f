/*
 * The data folder before anything is read: made, ours alone, writable, sound; and what a failing disk means in words.
 * The lock is a file with the number and the start time of the process that holds it, so that a killed broker's lock
 * is known as stale even if its number is in use again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, readFileSync, realpathSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../../config/make-folder.js';
import { StoreError } from './store.js';

/** Folders that this process holds: its own number in a lock says nothing. */
const heldHere = new Set<string>();

export class DataFolder {
  private constructor(
    readonly path: string,
    private readonly lockFile: string,
  ) {}

  /** Throws a StoreError that says what is wrong and what to do. */
  static open(path: string): DataFolder {
    let folder: DataFolder;
    try {
      makeFolder(path);
      const real = realpathSync(path);
      folder = new DataFolder(real, join(real, 'broker.lock'));
      folder.lock();
    } catch (thrown) {
      if (thrown instanceof StoreError) throw thrown;
      throw new StoreError(`the data folder "${path}" cannot be used: ${reasonOf(thrown)}`);
    }
    try {
      folder.checkDatabase();
    } catch (thrown) {
      folder.release();
      throw thrown;
    }
    return folder;
  }

  release(): void {
    heldHere.delete(this.path);
    rmSync(this.lockFile, { force: true });
  }

  /** Why writing failed, with the room left, as lmdb tells a full disk from a broken one badly. */
  describeFailure(reason: string): StoreError {
    let room = '';
    try {
      const { bavail, bsize } = statfsSync(this.path);
      room = `; ${Math.floor((bavail * bsize) / 1024)} KiB are free there`;
    } catch {
      // The reason itself is enough.
    }
    return new StoreError(`the data folder "${this.path}" cannot be written: ${reason}${room}`);
  }

  private lock(): void {
    if (heldHere.has(this.path)) throw this.inUse('this process');
    const mine = `${this.lockFile}.${process.pid}`;
    writeFileSync(mine, holderText(process.pid));
    try {
      while (!this.claim(mine)) this.removeStaleLock();
    } finally {
      rmSync(mine, { force: true });
    }
    heldHere.add(this.path);
  }

  /** A link is made by one process only, and only if there is none. */
  private claim(mine: string): boolean {
    try {
      linkSync(mine, this.lockFile);
      return true;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw thrown;
    }
  }

  private removeStaleLock(): void {
    const found = readIfThere(this.lockFile);
    if (found === undefined) return;
    const holder = Number.parseInt(found, 10);
    if (holder !== process.pid && isRunning(holder) && found === holderText(holder)) throw this.inUse(`process ${holder}`);
    const aside = `${this.lockFile}.stale.${process.pid}`;
    try {
      renameSync(this.lockFile, aside);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw thrown;
    }
    // Another broker may have been quicker, and what was moved is its new lock: back with it.
    if (readIfThere(aside) !== found) linkSync(aside, this.lockFile);
    rmSync(aside, { force: true });
  }

  private inUse(holder: string): StoreError {
    return new StoreError(`the data folder "${this.path}" is in use by another broker (${holder}): stop that one, or choose another folder`);
  }

  private checkDatabase(): void {
    const file = join(this.path, 'broker.mdb');
    if (!existsSync(file)) return;
    const program = fileURLToPath(new URL('./check.js', import.meta.url));
    const { status, signal, stderr, error } = spawnSync(process.execPath, [program, file], { encoding: 'utf8' });
    if (error !== undefined) throw new StoreError(`the data folder "${this.path}" cannot be checked: ${error.message}`);
    if (status === 0) return;
    // Node writes a trace where it dies by itself; its last line with words is the reason.
    const reason = signal === null ? stderr.trim().split('\n')[0] : `reading it ended with ${signal}`;
    throw damaged(this.path, reason);
  }
}

export function damaged(path: string, reason: string): StoreError {
  return new StoreError(
    `the data folder "${path}" is damaged: ${reason}. Nothing was changed. Put a copy of it back, or move it away and start with an empty one`,
  );
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'no permission to write there; give it, or choose another folder',
  EPERM: 'no permission to write there; give it, or choose another folder',
  EROFS: 'the file system is read-only; choose another folder',
  ENOTDIR: 'a part of the path is a file; choose another folder',
  EEXIST: 'it is a file; choose another folder',
  ENOENT: 'it cannot be made there; choose another folder',
  ENOSPC: 'the disk is full; make room, or choose another folder',
};

function reasonOf(thrown: unknown): string {
  return reasons[(thrown as NodeJS.ErrnoException).code ?? ''] ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

function isRunning(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Number and, where the system tells it (Linux), start time in ticks since boot. */
function holderText(pid: number): string {
  const status = readIfThere(`/proc/${pid}/stat`) ?? '';
  // The name in brackets may hold blanks; the start time is the twentieth field behind it.
  const startTicks = status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  return `${pid} ${startTicks}\n`;
}
