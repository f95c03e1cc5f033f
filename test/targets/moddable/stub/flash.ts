/**
 * The SDK's module `flash` as on ESP32, and ECMA-419's `embedded:storage/flash`, over one table of partitions that outlives a client. As there: a write
 * can only clear bits; an erase sets those of a whole sector; what is outside the partition is refused. The power can be made to fail at any byte:
 * from then on nothing changes any more.
 * Must not know: Node.js, so that XS can load it too.
 */

export const partitions = new Map<string, { bytes: Uint8Array; blockSize: number }>();

export const power = {
  /** Bytes that may still be written, an erased sector counting as 2. */
  left: Infinity,
  /** Bytes that were, since this was last set to 0. */
  used: 0,
  isOff: false,
};

/** Uses some of what is left; returns how much of it there was. */
function spend(count: number): number {
  const given = Math.min(count, power.left);
  power.left -= given;
  power.used += given;
  if (given < count) power.isOff = true;
  return given;
}

export function makePartition(name: string, size: number, blockSize: number): void {
  partitions.set(name, { bytes: new Uint8Array(size).fill(255), blockSize });
}

type Data = ArrayBuffer | ArrayBufferView;

function bytesOf(data: Data): Uint8Array {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function find(name: string): { bytes: Uint8Array; blockSize: number } {
  const partition = partitions.get(name);
  if (partition === undefined) throw new Error('can\'t find partition');
  return partition;
}

function erase({ bytes, blockSize }: { bytes: Uint8Array; blockSize: number }, block: number): void {
  if (block < 0 || (block + 1) * blockSize > bytes.length) throw new Error('erase failed');
  const half = spend(2);
  // An erase that is cut leaves anything: here half of the sector is as it was.
  bytes.fill(255, block * blockSize, block * blockSize + half * blockSize / 2);
}

function write({ bytes }: { bytes: Uint8Array }, offset: number, data: Uint8Array): void {
  if (offset < 0 || offset + data.length > bytes.length) throw new Error('write failed');
  const count = spend(data.length);
  for (let n = 0; n < count; n++) bytes[offset + n] &= data[n];
}

function read({ bytes }: { bytes: Uint8Array }, offset: number, length: number): Uint8Array {
  if (offset < 0 || length <= 0 || offset + length > bytes.length) throw new Error('read failed');
  return bytes.slice(offset, offset + length);
}

export default class Flash {
  readonly #partition;

  constructor(name: string) {
    this.#partition = find(name);
  }

  get byteLength(): number {
    return this.#partition.bytes.length;
  }

  get blockSize(): number {
    return this.#partition.blockSize;
  }

  erase(sector: number): void {
    erase(this.#partition, sector);
  }

  read(offset: number, byteLength: number): ArrayBuffer {
    return read(this.#partition, offset, byteLength).buffer as ArrayBuffer;
  }

  write(offset: number, byteLength: number, buffer: Data): void {
    const data = bytesOf(buffer);
    if (byteLength <= 0 || data.length < byteLength) throw new Error('invalid');
    write(this.#partition, offset, data.subarray(0, byteLength));
  }
}

class OpenFlash {
  readonly #partition;
  readonly #isReadOnly: boolean;

  constructor(path: string, isReadOnly: boolean) {
    this.#partition = find(path);
    this.#isReadOnly = isReadOnly;
  }

  close(): void {
    // Nothing is held.
  }

  eraseBlock(start: number, end = start + 1): void {
    if (this.#isReadOnly) throw new Error('read-only');
    for (let block = start; block < end; block++) erase(this.#partition, block);
  }

  read(what: number | Data, offset: number): ArrayBuffer | number {
    if (typeof what === 'number') return read(this.#partition, offset, what).buffer as ArrayBuffer;
    const target = bytesOf(what);
    target.set(read(this.#partition, offset, target.length));
    return target.length;
  }

  write(buffer: Data, offset: number): void {
    if (this.#isReadOnly) throw new Error('read-only');
    write(this.#partition, offset, bytesOf(buffer));
  }

  status(): { size: number; blockLength: number; blocks: number } {
    const { bytes, blockSize } = this.#partition;
    return { size: bytes.length, blockLength: blockSize, blocks: bytes.length / blockSize };
  }
}

/** The default export of `embedded:storage/flash`. */
export const FlashStorage = {
  open({ path, mode = 'r+' }: { path?: string; mode?: string }): OpenFlash {
    if (path === undefined) throw new Error('no path');
    if (mode !== 'r' && mode !== 'r+') throw new Error('invalid mode');
    return new OpenFlash(path, mode === 'r');
  },
};
