/**
 * `embedded:io/socket/tcp` of Moddable's Linux and lwIP hosts, on real sockets of Node.js. As there: `onReadable` is called once for bytes that
 * came; `read` throws when more is asked for than there is; `write` throws beyond the writable count, which goes down with it and comes back
 * by `onWritable`; the end is told when everything is read; after `close` nothing is called and every call throws.
 */
import { createConnection, isIPv4, type Socket } from 'node:net';

export interface TcpOptions {
  address: string;
  port: number;
  format?: 'buffer' | 'number';
  nodelay?: boolean;
  target?: unknown;
  onReadable?(this: TCP, count: number): void;
  onWritable?(this: TCP, count: number): void;
  onError?(this: TCP): void;
}

/** Bytes that a host holds in each direction. */
export const capacity = { bytes: Number(process.env['MODDABLE_STUB_BYTES'] ?? 1536) };

type Readable = ArrayBuffer | ArrayBufferView;

export default class TCP {
  target?: unknown;
  #format: 'buffer' | 'number' = 'buffer';
  #socket: Socket | undefined;
  readonly #options: TcpOptions;
  #arrived = Buffer.alloc(0);
  #writable = 0;
  #isWritableTold = false;
  #isOver = false;
  #isErrorTold = false;

  constructor(options: TcpOptions) {
    if (!isIPv4(options.address)) throw new Error('invalid address');
    if (!(options.port >= 0 && options.port <= 65535)) throw new RangeError('invalid port');
    this.#options = options;
    if (options.format !== undefined) this.format = options.format;
    if (options.target !== undefined) this.target = options.target;
    const socket = this.open(options);
    this.#socket = socket;
    socket.on('readable', () => this.#take());
    socket.on('end', () => this.#end());
    socket.on('error', () => this.#end());
    socket.on('close', () => this.#end());
  }

  protected open(options: TcpOptions): Socket {
    const port = Number(process.env['MODDABLE_STUB_SERVER']?.split(':')[1] ?? options.port);
    const socket = createConnection({ host: options.address, port, noDelay: options.nodelay ?? false });
    socket.once('connect', () => this.ready());
    return socket;
  }

  protected ready(): void {
    this.#writable = capacity.bytes;
    this.#tellWritable();
  }

  get format(): 'buffer' | 'number' {
    return this.#format;
  }

  set format(format: 'buffer' | 'number') {
    if (format !== 'buffer' && format !== 'number') throw new RangeError('unimplemented');
    this.#format = format;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroySoon();
  }

  read(what?: number | Readable): unknown {
    this.#open();
    const available = this.#arrived.length;
    if (available === 0) return undefined;
    if (this.#format === 'number') return this.#cut(1)[0];
    const requested = what === undefined ? available : typeof what === 'number' ? what : what.byteLength;
    if (requested <= 0 || requested > available) throw new Error('invalid');
    const bytes = this.#cut(requested);
    if (what === undefined || typeof what === 'number') return Uint8Array.from(bytes).buffer;
    viewOf(what).set(bytes);
    return requested;
  }

  write(what: number | Readable): number {
    const socket = this.#open();
    const bytes = this.#format === 'number' ? Uint8Array.of(Number(what)) : viewOf(what as Readable).slice();
    if (bytes.length > this.#writable) throw new Error('would block');
    this.#writable -= bytes.length;
    if (!this.#isOver) {
      socket.write(bytes, () => {
        this.#writable += bytes.length;
        this.#tellWritable();
      });
    }
    return this.#writable;
  }

  #open(): Socket {
    if (this.#socket === undefined) throw new TypeError('closed');
    return this.#socket;
  }

  /** Takes from the kernel what there is room for. */
  #take(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const count = Math.min(socket.readableLength, capacity.bytes - this.#arrived.length);
    const bytes = count > 0 ? socket.read(count) as Buffer | null : null;
    // Reading to the end of what there is lets the stream tell of its end.
    if (socket.readableLength === 0) socket.read(0);
    if (bytes === null) return;
    this.#arrived = Buffer.concat([this.#arrived, bytes]);
    this.#options.onReadable?.call(this, this.#arrived.length);
  }

  #cut(count: number): Buffer {
    const bytes = this.#arrived.subarray(0, count);
    this.#arrived = this.#arrived.subarray(count);
    setImmediate(() => this.#take());
    if (this.#isOver) this.#tellError();
    return bytes;
  }

  #tellWritable(): void {
    if (this.#isWritableTold) return;
    this.#isWritableTold = true;
    setImmediate(() => {
      this.#isWritableTold = false;
      if (this.#socket !== undefined && !this.#isOver) this.#options.onWritable?.call(this, this.#writable);
    });
  }

  #end(): void {
    this.#isOver = true;
    this.#tellError();
  }

  #tellError(): void {
    if (this.#isErrorTold) return;
    setImmediate(() => {
      if (this.#isErrorTold || this.#socket === undefined || this.#arrived.length + this.#socket.readableLength > 0) return;
      this.#isErrorTold = true;
      this.#options.onError?.call(this);
    });
  }
}

function viewOf(what: Readable): Uint8Array {
  if (what instanceof ArrayBuffer) return new Uint8Array(what);
  if (ArrayBuffer.isView(what)) return new Uint8Array(what.buffer, what.byteOffset, what.byteLength);
  throw new TypeError('no buffer');
}
