/**
 * Messages of QoS 1 on disk, in order, until the broker has acknowledged them: they outlive the process, killed or not.
 * While the disk takes nothing, because it is full say, they wait in memory as far as there is room, and are tried again.
 * Must not know: the client, when a message is sent, the file.
 */
import type { OutboundMessage } from './publish-rule.js';

/** A file of messages by port and number. What is put or removed is on disk when the promise resolves. */
export interface SpoolRecords {
  readAll(port: string): Iterable<readonly [number: number, value: Buffer]>;
  get(port: string, number: number): Buffer | undefined;
  /** Rejects with an Error whose message says in words why not. */
  put(port: string, number: number, value: Buffer): Promise<void>;
  remove(port: string, number: number): Promise<void>;
}

export interface SpoolOwner {
  /** There may be room again for who was told that there was none. */
  spoolReady(): void;
  /** Once for each change: the disk takes nothing, for this reason; null: it has taken everything again. */
  spoolFault(words: string | null): void;
}

const enum Limit {
  /** The file's own bookkeeping of an entry, roughly. */
  EntryBytes = 64,
  /** What may be on its way to a disk that is slow, or full. */
  UnwrittenBytes = 262_144,
}

export interface SpoolPace {
  /** Before a disk that takes nothing is tried again: at first, and at most, after doubling. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

const usualPace: SpoolPace = { retryMinMs: 1000, retryMaxMs: 30_000 };

export class Spool {
  /** Number of the oldest message, and of the one that will come next. */
  first = 1;
  next = 1;
  bytes = 0;
  count = 0;
  private owner: SpoolOwner | null = null;
  /** Not on disk yet, and which of them have been handed to the file. */
  private readonly unwritten = new Map<number, Buffer>();
  private unwrittenBytes = 0;
  private readonly underWay = new Set<number>();
  /** Acknowledged by the broker, and still on disk. */
  private readonly unremoved = new Set<number>();
  private readonly operations = new Set<Promise<void>>();
  private fault: string | null = null;
  private retryTimer: NodeJS.Timeout | null = null;
  private retryMs: number;

  constructor(
    private readonly records: SpoolRecords, private readonly port: string, private readonly bytesMax: number, private readonly pace: SpoolPace = usualPace,
  ) {
    this.retryMs = pace.retryMinMs;
    for (const [number, value] of records.readAll(port)) {
      if (this.count === 0) this.first = number;
      this.next = number + 1;
      this.count += 1;
      this.bytes += value.length + Limit.EntryBytes;
    }
    if (this.count === 0) this.first = this.next;
  }

  /** Who hears of it from now on. */
  follow(owner: SpoolOwner): void {
    this.owner = owner;
  }

  /** The disk has refused something, and not yet taken everything again. */
  get isFailing(): boolean {
    return this.fault !== null;
  }

  private get isIdle(): boolean {
    return this.operations.size === 0 && this.retryTimer === null;
  }

  /** Messages that a kill at this moment would lose. */
  get unwrittenCount(): number {
    return this.unwritten.size;
  }

  /** The number of the message; 0: there is no room, and `spoolReady` follows. */
  append(message: OutboundMessage): number {
    const value = encode(message);
    const bytes = value.length + Limit.EntryBytes;
    if (this.bytes + bytes > this.bytesMax || this.unwrittenBytes + bytes > Limit.UnwrittenBytes) return 0;
    const number = this.next++;
    this.bytes += bytes;
    this.count += 1;
    this.unwritten.set(number, value);
    this.unwrittenBytes += bytes;
    if (!this.isFailing || this.isIdle) this.write(number, value);
    return number;
  }

  /** Undefined: it has been removed. */
  read(number: number): OutboundMessage | undefined {
    const value = this.valueOf(number);
    return value === undefined ? undefined : decode(value);
  }

  remove(number: number): void {
    const value = this.valueOf(number);
    if (value === undefined) return;
    const isOnDisk = !this.unwritten.has(number) || this.underWay.has(number);
    this.forget(number);
    this.bytes -= value.length + Limit.EntryBytes;
    this.count -= 1;
    if (isOnDisk) {
      this.unremoved.add(number);
      if (!this.isFailing) this.erase(number);
    }
  }

  private valueOf(number: number): Buffer | undefined {
    return this.unwritten.get(number) ?? (this.unremoved.has(number) ? undefined : this.records.get(this.port, number));
  }

  private write(number: number, value: Buffer): void {
    this.underWay.add(number);
    this.follows(this.records.put(this.port, number, value), (isDone) => {
      this.underWay.delete(number);
      if (isDone) this.forget(number);
    });
  }

  private erase(number: number): void {
    this.follows(this.records.remove(this.port, number), (isDone) => {
      if (isDone) this.unremoved.delete(number);
    });
  }

  private follows(promise: Promise<void>, ended: (isDone: boolean) => void): void {
    const operation: Promise<void> = promise.then(() => ended(true), (error: Error) => {
      ended(false);
      this.failed(error);
    }).then(() => {
      this.operations.delete(operation);
      // A failure would have set the timer.
      if (this.isFailing && this.isIdle) this.succeeded();
      this.owner?.spoolReady();
    });
    this.operations.add(operation);
  }

  private forget(number: number): void {
    const value = this.unwritten.get(number);
    if (value === undefined) return;
    this.unwritten.delete(number);
    this.unwrittenBytes -= value.length + Limit.EntryBytes;
  }

  private succeeded(): void {
    if (this.unwritten.size + this.unremoved.size > 0) {
      this.tryAgain();
      return;
    }
    this.retryMs = this.pace.retryMinMs;
    this.fault = null;
    this.owner?.spoolFault(null);
  }

  private failed({ message }: Error): void {
    if (this.fault === null) this.owner?.spoolFault(message);
    this.fault = message;
    if (this.retryTimer !== null) return;
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      this.tryAgain();
    }, this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, this.pace.retryMaxMs);
  }

  /**
   * One thing at a time, since what goes together is written whole or not at all; removals first: they make room. With
   * nothing left to try, the next message finds out.
   */
  private tryAgain(): void {
    if (this.operations.size > 0) return;
    const [unremoved] = this.unremoved;
    const [unwritten] = this.unwritten;
    if (unremoved !== undefined) this.erase(unremoved);
    else if (unwritten !== undefined) this.write(...unwritten);
  }

  private stopTrying(): void {
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.retryTimer = null;
  }

  /** Resolves when all that was appended and removed is on disk, or the disk has refused it once more. */
  async end(): Promise<void> {
    this.stopTrying();
    if (this.isFailing) this.tryAgain();
    while (this.operations.size > 0) await Promise.all(this.operations);
    this.stopTrying();
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
