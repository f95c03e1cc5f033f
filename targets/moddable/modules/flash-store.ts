/**
 * A session on a flash partition, through the SDK's module `flash` or ECMA-419's `embedded:storage/flash`.
 * Must not know: what is kept.
 *
 * Read first: README.md, "A session that outlives a reboot".
 */
import { JournalStore, type Medium, type StoreFailure } from './journal-store.js';

/** A partition, as the SDK's class `Flash` has it. */
export interface Flash {
  readonly byteLength: number;
  readonly blockSize: number;
  erase(sector: number): void;
  read(offset: number, byteLength: number): unknown;
  write(offset: number, byteLength: number, buffer: Uint8Array): void;
}

/** A partition, as ECMA-419's flash storage has it. */
export interface FlashPartition {
  status(): { size: number; blockLength: number; writeAlign?: number; eraseValue?: number };
  eraseBlock(block: number): void;
  read(buffer: Uint8Array, offset: number): unknown;
  write(buffer: Uint8Array, offset: number): void;
}

export interface FlashStoreOptions {
  /** The default export of `flash` or of `embedded:storage/flash`. */
  io: (new (partition: string) => Flash) | { open(options: { path: string; mode: 'r+' }): FlashPartition };
  /** Its name in the partition table. All that is in it is the store's. */
  partition: string;
  /** Bytes that are erased together, a multiple of the flash's block (which it is when absent). */
  areaBytes?: number;
  onError?: StoreFailure;
}

const enum Size {
  /** Flash with encryption writes 16 bytes and multiples of it. */
  Record = 32,
}

const names: readonly string[] = Object.freeze(['io', 'partition', 'areaBytes', 'onError']);

/** Partitions whose loss the board would not survive, or the application. */
const taken: readonly string[] = Object.freeze(['xs', 'running', 'nextota', 'nvs', 'otadata', 'phy_init', 'ble-peers']);

/** The SDK's class in the form of ECMA-419's. */
class Partition implements FlashPartition {
  readonly #flash: Flash;

  constructor(flash: Flash) {
    this.#flash = flash;
  }

  status(): { size: number; blockLength: number } {
    return { size: this.#flash.byteLength, blockLength: this.#flash.blockSize };
  }

  eraseBlock(block: number): void {
    this.#flash.erase(block);
  }

  read(buffer: Uint8Array, offset: number): void {
    buffer.set(new Uint8Array(this.#flash.read(offset, buffer.length) as ArrayBuffer));
  }

  write(buffer: Uint8Array, offset: number): void {
    this.#flash.write(offset, buffer.length, buffer);
  }
}

function opened({ io, partition }: FlashStoreOptions): FlashPartition {
  if (typeof partition !== 'string' || partition === '') throw new TypeError(`partition is ${String(partition)}; it must be the name of a partition, such as "storage"`);
  if (taken.includes(partition)) throw new RangeError(`partition "${partition}" belongs to the system; name one that nothing else uses, such as "storage"`);
  const isClass = typeof io === 'function';
  if (!isClass && typeof (io as { open?: unknown } | undefined)?.open !== 'function') throw new TypeError('io must be the default export of "flash" or of "embedded:storage/flash"');
  try {
    return isClass ? new Partition(new io(partition)) : io.open({ path: partition, mode: 'r+' });
  } catch (error) {
    throw new Error(`partition "${partition}" cannot be opened: ${error instanceof Error ? error.message : String(error)}; add it to the board's partition table, or name one that is there`);
  }
}

class FlashMedium implements Medium {
  readonly name: string;
  readonly recordBytes: number = Size.Record;
  readonly areaRecords: number;
  readonly areas: number;
  readonly #flash: FlashPartition;
  readonly #blockBytes: number;
  readonly #areaBytes: number;
  readonly #buffer = new Uint8Array(Size.Record);

  constructor(options: FlashStoreOptions) {
    for (const name of Object.keys(options)) if (!names.includes(name)) throw new TypeError(`FlashStore has no option "${name}"; there are ${names.join(', ')}`);
    this.#flash = opened(options);
    this.name = `partition "${options.partition}"`;
    const { size, blockLength, writeAlign = 1, eraseValue = 255 } = this.#flash.status();
    const areaBytes = options.areaBytes ?? blockLength;
    if (size % blockLength !== 0) throw new RangeError(`${this.name} has ${size} bytes; it must be a multiple of the flash's erase block, ${blockLength} bytes: correct the partition table`);
    if (Size.Record % writeAlign !== 0 || eraseValue !== 255) {
      throw new RangeError(`${this.name} is written in units of ${writeAlign} bytes and erased to ${eraseValue}; Midge can use units of 1 to 32 bytes, a power of 2, erased to 255`);
    }
    if (!(areaBytes > 0) || areaBytes % blockLength !== 0) throw new RangeError(`areaBytes is ${areaBytes}; it must be a multiple of the flash's erase block, ${blockLength} bytes`);
    this.areas = Math.floor(size / areaBytes);
    if (this.areas < 2) throw new RangeError(`${this.name} has ${size} bytes; it must have 2 areas of ${areaBytes} or more: make it at least ${2 * areaBytes} bytes in the partition table`);
    this.areaRecords = areaBytes / Size.Record;
    this.#areaBytes = areaBytes;
    this.#blockBytes = blockLength;
  }

  larger(records: number): string {
    const bytes = Math.ceil(records * Size.Record / this.#blockBytes) * this.#blockBytes;
    return `set areaBytes to ${bytes}, in a partition of at least ${2 * bytes} bytes`;
  }

  read(area: number, place: number): Uint8Array {
    this.#flash.read(this.#buffer, area * this.#areaBytes + place * Size.Record);
    return this.#buffer;
  }

  write(area: number, place: number, record: Uint8Array): void {
    this.#flash.write(record, area * this.#areaBytes + place * Size.Record);
  }

  erase(area: number): void {
    const blocks = this.#areaBytes / this.#blockBytes;
    for (let block = 0; block < blocks; block++) this.#flash.eraseBlock(area * blocks + block);
  }
}

export class FlashStore extends JournalStore {
  constructor(options: FlashStoreOptions) {
    super(new FlashMedium(options), options.onError);
  }
}
