/**
 * The file of messages that wait for the broker: one of lmdb's for all ports of a gateway. Must not know: what is in a message,
 * when it is put or removed.
 *
 * Read first: README of lmdb. What it does not say, found on full disks: with `eventTurnBatching` a failed commit rejects a
 * promise that nobody can reach, which ends the process; with `overlappingSync` closing never ends after one.
 */
import { closeSync, existsSync, openSync, readSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { Spool, type SpoolRecords } from './spool.js';

const enum Limit {
  /** Less than this is a full disk, whatever the error says: of a write that was cut short it says "input/output error". */
  FreeBytes = 65_536,
  /** Where lmdb's first page says that it is one, and what it says. */
  MagicAt = 24,
  Magic = 0xbeefc0de,
}

/** lmdb takes another file for its own, and the process ends without a word. */
function checkFormat(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  const head = Buffer.alloc(Limit.MagicAt + 4);
  const file = openSync(path, 'r');
  try {
    readSync(file, head);
  } finally {
    closeSync(file);
  }
  if (head.readUInt32LE(Limit.MagicAt) !== Limit.Magic) throw new Error(`"${path}" is no file of messages; move it away, or choose another folder`);
}

export class SpoolFile implements SpoolRecords {
  private readonly root: RootDatabase<Buffer, [string, number]>;

  /** Throws if the file cannot be made or is none of lmdb's. */
  constructor(private readonly path: string) {
    checkFormat(path);
    this.root = open<Buffer, [string, number]>({ path, noSubdir: true, encoding: 'binary', cache: false, eventTurnBatching: false, overlappingSync: false });
  }

  /** The messages of one port, as they were left. */
  of(port: string, bytesMax: number): Spool {
    return new Spool(this, port, bytesMax);
  }

  *readAll(port: string): Iterable<readonly [number, Buffer]> {
    for (const { key, value } of this.root.getRange({ start: [port, 0], end: [port, Infinity] })) yield [key[1], value];
  }

  get(port: string, number: number): Buffer | undefined {
    return this.root.get([port, number]);
  }

  async put(port: string, number: number, value: Buffer): Promise<void> {
    await this.root.put([port, number], value).catch((error: unknown) => this.refused(error));
  }

  async remove(port: string, number: number): Promise<void> {
    await this.root.remove([port, number]).catch((error: unknown) => this.refused(error));
  }

  /** lmdb has the reason in a promise of its own, which rejects in any case. */
  private async refused(error: unknown): Promise<never> {
    let cause = error as Error & { commitError?: Promise<never> };
    await cause.commitError?.catch((inner: unknown) => { cause = inner as Error; });
    throw new Error(this.isFull() ? 'the disk is full' : cause.message.split(':')[0].toLowerCase());
  }

  private isFull(): boolean {
    try {
      const { bavail, bsize } = statfsSync(dirname(this.path));
      return bavail * bsize < Limit.FreeBytes;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    await this.root.close();
  }
}
