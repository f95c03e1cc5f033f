/**
 * Messages of QoS 1 on disk, in order, until the broker has acknowledged them: they outlive the process, killed or not.
 * One lmdb file for all ports of a gateway. Must not know: the client, when a message is sent.
 */
import { type Database, open, type RootDatabase } from 'lmdb';
import type { OutboundMessage } from './publish-rule.js';

const enum Limit {
  /** lmdb's own bookkeeping of an entry, roughly. */
  EntryBytes = 64,
  /** What may be on its way to a disk that is slow, or full. */
  UnwrittenBytes = 262_144,
}

/** The file; opened once for the gateway. */
export class SpoolFile {
  private readonly root: RootDatabase<Buffer, [string, number]>;

  /** Throws if the file cannot be made or is none of lmdb's. */
  constructor(path: string) {
    this.root = open<Buffer, [string, number]>({ path, noSubdir: true, encoding: 'binary', cache: false });
  }

  /** The messages of one port, as they were left. */
  of(port: string, bytesMax: number): Spool {
    return new Spool(this.root, port, bytesMax);
  }

  async close(): Promise<void> {
    await this.root.close();
  }
}

export class Spool {
  /** Number of the oldest message, and of the one that will come next. */
  first = 1;
  next = 1;
  bytes = 0;
  count = 0;
  /** Not on disk yet: lmdb shows what it has committed. */
  private readonly unwritten = new Map<number, Buffer>();
  private unwrittenBytes = 0;
  private failure: Error | null = null;

  constructor(private readonly records: Database<Buffer, [string, number]>, private readonly port: string, private readonly bytesMax: number) {
    for (const { key, value } of records.getRange({ start: [port, 0], end: [port, Infinity] })) {
      const number = key[1];
      if (this.count === 0) this.first = number;
      this.next = number + 1;
      this.count += 1;
      this.bytes += value.length + Limit.EntryBytes;
    }
    if (this.count === 0) this.first = this.next;
  }

  /** Why the disk takes nothing more, where it does not. */
  get error(): Error | null {
    return this.failure;
  }

  /** The number of the message; 0: there is no room. */
  append(message: OutboundMessage): number {
    const value = encode(message);
    const bytes = value.length + Limit.EntryBytes;
    if (this.bytes + bytes > this.bytesMax || this.unwrittenBytes + bytes > Limit.UnwrittenBytes) return 0;
    const number = this.next++;
    this.bytes += bytes;
    this.count += 1;
    this.unwritten.set(number, value);
    this.unwrittenBytes += bytes;
    this.records.put([this.port, number], value).then(() => {
      this.failure = null;
      this.written(number);
    }, (error: unknown) => { this.failure = error as Error; });
    return number;
  }

  private written(number: number): void {
    const value = this.unwritten.get(number);
    if (value === undefined) return;
    this.unwritten.delete(number);
    this.unwrittenBytes -= value.length + Limit.EntryBytes;
  }

  private valueOf(number: number): Buffer | undefined {
    return this.unwritten.get(number) ?? this.records.get([this.port, number]);
  }

  /** Undefined: it has been removed. */
  read(number: number): OutboundMessage | undefined {
    const value = this.valueOf(number);
    return value === undefined ? undefined : decode(value);
  }

  remove(number: number): void {
    const value = this.valueOf(number);
    if (value === undefined) return;
    this.written(number);
    this.bytes -= value.length + Limit.EntryBytes;
    this.count -= 1;
    void this.records.remove([this.port, number]).catch((error: unknown) => { this.failure = error as Error; });
  }

  /** Resolves when all that was appended and removed is on disk. */
  async flush(): Promise<void> {
    await this.records.flushed;
  }
}

function encode({ topic, payload, retain }: OutboundMessage): Buffer {
  const name = Buffer.from(topic);
  return Buffer.concat([Buffer.from([retain ? 1 : 0, name.length >>> 8, name.length & 255]), name, payload]);
}

function decode(value: Buffer): OutboundMessage {
  const payloadFrom = 3 + value.readUInt16BE(1);
  return {
    topic: value.toString('utf8', 3, payloadFrom), payload: Buffer.from(value.subarray(payloadFrom)), qos: 1, retain: value[0] === 1, keepLatest: false,
  };
}
