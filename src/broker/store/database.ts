/*
 * Numbered records in one lmdb file, each with a checksum. Knows nothing of what is in them, and of no thread but its own.
 * A batch is: for each record its number (8 bytes), its length (4 bytes, or `removed`), and its bytes.
 */
import { crc32 } from 'node:zlib';
import { open } from 'lmdb';
import type { RootDatabase } from 'lmdb';
import { ByteReader, ByteWriter } from './byte-writer.js';
import { formatName, formatRecord, removed } from './records.js';

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
      this.records.transactionSync(() => this.put(formatRecord, Buffer.from(formatName)));
      return;
    }
    const format = this.records.get(formatRecord);
    const name = format === undefined ? '' : this.checked(formatRecord, format).toString();
    if (name !== formatName) throw new Error(`it holds "${name}", this version reads "${formatName}"`);
  }

  /** All records but the first in the order of their numbers, in chunks: number, length, bytes. */
  readAll(take: (chunk: Uint8Array<ArrayBuffer>) => void): void {
    const out = new ByteWriter();
    for (const { key, value } of this.records.getRange({ start: formatRecord + 1 })) {
      out.number(key);
      out.binary(this.checked(key, value));
      if (out.length >= chunkBytes) take(out.take());
    }
    if (out.length > 0) take(out.take());
  }

  /** Stores a batch whole or, if it throws, not at all. */
  write(batch: Uint8Array): void {
    this.records.transactionSync(() => {
      const reader = new ByteReader(Buffer.from(batch.buffer, batch.byteOffset, batch.length));
      while (!reader.isAtEnd) {
        const record = reader.number();
        const bytes = reader.viewOrMark(removed);
        if (bytes === undefined) this.records.removeSync(record);
        else this.put(record, bytes);
      }
    });
  }

  async close(): Promise<void> {
    await this.records.close();
  }

  private put(record: number, bytes: Buffer): void {
    const value = Buffer.allocUnsafe(bytes.length + 4);
    value.writeUInt32LE(crc32(bytes), 0);
    value.set(bytes, 4);
    this.records.putSync(record, value);
  }

  private checked(record: number, value: Buffer): Buffer {
    if (value.length >= 4 && value.readUInt32LE(0) === crc32(value.subarray(4))) return value.subarray(4);
    throw new Error(`record ${record} does not match its checksum`);
  }
}
