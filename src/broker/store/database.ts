/*
 * Numbered records in one lmdb file, under checksums. Knows nothing of what is in them, and of no thread but its own.
 * Key 0 says what file this is, key n + 1 is group n of small records (group.ts), key -r is record r where it is kept apart.
 * A batch is: for each record its number (8 bytes), its length (4 bytes, or `removed`), and its bytes.
 */
import { crc32 } from 'node:zlib';
import { open } from 'lmdb';
import type { RootDatabase } from 'lmdb';
import { ByteReader, ByteWriter } from './byte-writer.js';
import type { Group } from './group.js';
import { decodeGroup, encodeGroup, groupedBytesMax, groupRecords } from './group.js';
import { formatName, removed } from './records.js';

const formatKey = 0;

/** Bytes of records handed over at a time while reading. */
const chunkBytes = 4 * 1024 * 1024;

export class Database {
  private readonly records: RootDatabase<Buffer, number>;

  /** Throws if the file is none of ours. */
  constructor(file: string) {
    this.records = open<Buffer, number>({
      path: file,
      noSubdir: true,
      encoding: 'binary',
      cache: false,
      // A transaction is on the disk when it returns.
      overlappingSync: false,
    });
    const isEmpty = [...this.records.getKeys({ limit: 1 })].length === 0;
    if (isEmpty) {
      this.records.transactionSync(() => this.putApart(formatKey, Buffer.from(formatName)));
      return;
    }
    const format = this.records.get(formatKey);
    const name = format === undefined ? '' : this.checked(formatKey, format).toString();
    if (name !== formatName) throw new Error(`it holds "${name}", this version reads "${formatName}"`);
  }

  /** All records in the order of their numbers, in chunks: number, length, bytes. */
  readAll(take: (chunk: Uint8Array<ArrayBuffer>) => void): void {
    const out = new ByteWriter();
    for (const { key, value } of this.records.getRange({ start: formatKey + 1 })) {
      const first = (key - 1) * groupRecords;
      for (const [place, bytes] of this.checkedGroup(key, value)) {
        out.number(first + place);
        out.binary(bytes ?? this.apart(first + place));
      }
      if (out.length >= chunkBytes) take(out.take());
    }
    if (out.length > 0) take(out.take());
  }

  /** Stores a batch whole or, if it throws, not at all. */
  write(batch: Uint8Array): void {
    const changes = changesByGroup(batch);
    this.records.transactionSync(() => {
      for (const [number, changed] of changes) this.writeGroup(number, changed);
    });
  }

  async close(): Promise<void> {
    await this.records.close();
  }

  private writeGroup(number: number, changed: ReadonlyMap<number, Buffer | undefined>): void {
    const key = number + 1;
    const stored = this.records.get(key);
    const group = stored === undefined ? (new Map() as Group) : this.checkedGroup(key, stored);
    for (const [place, bytes] of changed) {
      const record = number * groupRecords + place;
      const wasApart = group.has(place) && group.get(place) === undefined;
      const isApart = bytes !== undefined && bytes.length > groupedBytesMax;
      if (isApart) this.putApart(-record, bytes);
      else if (wasApart) this.records.removeSync(-record);
      if (bytes === undefined) group.delete(place);
      else group.set(place, isApart ? undefined : bytes);
    }
    if (group.size > 0) this.records.putSync(key, encodeGroup(group));
    else if (stored !== undefined) this.records.removeSync(key);
  }

  private putApart(key: number, bytes: Buffer): void {
    const value = Buffer.allocUnsafe(bytes.length + 4);
    value.writeUInt32LE(crc32(bytes), 0);
    value.set(bytes, 4);
    this.records.putSync(key, value);
  }

  private apart(record: number): Buffer {
    const value = this.records.get(-record);
    if (value === undefined) throw new Error(`record ${record} is missing`);
    return this.checked(-record, value);
  }

  private checked(key: number, value: Buffer): Buffer {
    if (value.length >= 4 && value.readUInt32LE(0) === crc32(value.subarray(4))) return value.subarray(4);
    throw doesNotMatch(key);
  }

  private checkedGroup(key: number, value: Buffer): Group {
    const group = decodeGroup(value);
    if (group === undefined) throw doesNotMatch(key);
    return group;
  }
}

function doesNotMatch(key: number): Error {
  return new Error(`the value of key ${key} does not match its checksum`);
}

/** By the number of their group and their place in it: what each record of the batch is to be, undefined for nothing. */
function changesByGroup(batch: Uint8Array): Map<number, Map<number, Buffer | undefined>> {
  const groups = new Map<number, Map<number, Buffer | undefined>>();
  const reader = new ByteReader(Buffer.from(batch.buffer, batch.byteOffset, batch.length));
  while (!reader.isAtEnd) {
    const record = reader.number();
    const number = Math.floor(record / groupRecords);
    let group = groups.get(number);
    if (group === undefined) {
      group = new Map();
      groups.set(number, group);
    }
    group.set(record % groupRecords, reader.viewOrMark(removed));
  }
  return groups;
}
