/**
 * `embedded:io/serial`, on the streams of a wire (`options.wire`). As `options.host` says: `linux`, where `read` makes an ArrayBuffer and fills none,
 * `write` takes nothing but an ArrayBuffer and only one at a time, and `onWritable` fires after each; or `fifo`, a microcontroller, where `read` fills
 * what it is given as far as there is something, `write` takes views up to the room in the FIFO, and reading what is not there gives undefined.
 */
import type { Readable, Writable } from 'node:stream';

export interface SerialOptions {
  baud: number;
  wire: { stdout: Readable; stdin: Writable };
  host: 'linux' | 'fifo';
  format?: string;
  onReadable?(this: Serial, count: number): void;
  onWritable?(this: Serial, count: number): void;
}

const fifoBytes = 128;
const linuxBytes = 1024;

export default class Serial {
  readonly #options: SerialOptions;
  #arrived = Buffer.alloc(0);
  #leaving = 0;
  #isClosed = false;
  readonly #onData: (bytes: Buffer) => void;

  constructor(options: SerialOptions) {
    if (!(options.baud > 0 && options.baud <= 20_000_000)) throw new RangeError('invalid baud');
    this.#options = options;
    this.#onData = (bytes): void => {
      this.#arrived = Buffer.concat([this.#arrived, bytes]);
      options.onReadable?.call(this, this.#arrived.length);
    };
    options.wire.stdout.on('data', this.#onData);
    this.#tellWritable();
  }

  close(): void {
    this.#isClosed = true;
    this.#options.wire.stdout.off('data', this.#onData);
  }

  read(what?: number | Uint8Array): unknown {
    if (this.#isClosed) throw new TypeError('closed');
    const available = this.#arrived.length;
    if (available === 0) return undefined;
    if (this.#options.host === 'linux') {
      // A buffer is no number: nothing is read into the empty ArrayBuffer.
      const count = what === undefined ? available : typeof what === 'number' ? Math.min(what, available) : 0;
      return Uint8Array.from(this.#cut(count)).buffer;
    }
    if (typeof what === 'object') {
      const bytes = this.#cut(Math.min(what.length, available));
      what.set(bytes);
      return bytes.length;
    }
    return Uint8Array.from(this.#cut(what ?? available)).buffer;
  }

  write(what: Uint8Array | ArrayBuffer): void {
    if (this.#isClosed) throw new TypeError('closed');
    if (this.#options.host === 'linux') {
      if (!(what instanceof ArrayBuffer)) throw new TypeError('no ArrayBuffer');
      if (what.byteLength > linuxBytes || this.#leaving > 0) throw new Error('would overflow');
    } else if (what.byteLength > fifoBytes - this.#leaving) throw new Error('output full');
    const bytes = what instanceof ArrayBuffer ? new Uint8Array(what) : what.slice();
    this.#leaving += bytes.length;
    this.#options.wire.stdin.write(bytes, () => {
      this.#leaving -= bytes.length;
      this.#tellWritable();
    });
  }

  #cut(count: number): Buffer {
    const bytes = this.#arrived.subarray(0, count);
    this.#arrived = this.#arrived.subarray(count);
    return bytes;
  }

  #tellWritable(): void {
    setImmediate(() => {
      if (this.#isClosed) return;
      if (this.#options.host === 'linux') this.#options.onWritable?.call(this, linuxBytes);
      else this.#options.onWritable?.call(this, fifoBytes - this.#leaving);
    });
  }
}
