/**
 * A connection over an ECMA-419 TCP or TLS socket, resolved by an ECMA-419 DNS resolver. Reads go into ready-made views and writes out of
 * remembered ones, so that neither allocates in the steady state.
 * Must not know: MQTT packets, applications.
 *
 * Read first: ECMA-419, "TCP socket" and "DNS resolver": `read` throws when its buffer is longer than what there is, `write` beyond the count of
 * `onWritable`.
 */
import { type Client, clientInput, clientInputIsEmpty, clientReceived } from './core.js';
import type { Transport, TransportOwner } from './transport.js';
import { Views } from './views.js';

/** An ECMA-419 socket, as far as it is used. */
export interface Socket {
  read(buffer: Uint8Array): unknown;
  write(buffer: Uint8Array): unknown;
  close(): void;
}

interface Resolver {
  resolve(options: { host: string; onResolved: (host: string, address: string) => void; onError: (error?: unknown) => void }): void;
  close?(): void;
}

/** `io`: the class; the other properties are the class's own options. */
export interface SocketOptions {
  readonly io: new (options: never) => Socket;
  readonly [option: string]: unknown;
}

export interface ResolverOptions {
  readonly io: new (options: never) => Resolver;
  readonly [option: string]: unknown;
}

export class SocketTransport implements Transport {
  writable = 0;
  #readable = 0;
  #socket: Socket | undefined;
  /** Changes with every attempt: what belongs to an older one is late. */
  #attempt = 0;
  isOpen = false;
  /** Bytes of the core that were written last: a device's messages are often of one length, and leave from one place. */
  #sentBytes: Uint8Array | undefined;
  #sentFrom = 0;
  #sentTo = 0;
  #sentView: Uint8Array | undefined;
  #resolver: Resolver | undefined;
  #isUp = false;
  #core: Client | undefined;
  /** Of the client's receive buffer, where its front is free; and of another buffer, whose bytes are copied. */
  #front: Views | undefined;
  readonly #views: Views;
  readonly #host: string;
  readonly #port: number;
  readonly #socketOptions: SocketOptions;
  readonly #dns: ResolverOptions | undefined;

  /** `dns` undefined: `host` is an address. */
  constructor(host: string, port: number, socket: SocketOptions, dns: ResolverOptions | undefined, readBytes: number) {
    this.#host = host;
    this.#port = port;
    this.#socketOptions = socket;
    this.#dns = dns;
    this.#views = new Views(new Uint8Array(readBytes));
  }

  attach(core: Client): void {
    this.#core = core;
    this.#front = new Views(core.input);
  }

  open(owner: TransportOwner): void {
    const attempt = (this.#attempt + 1) & 0x3fffffff;
    this.#attempt = attempt;
    this.isOpen = true;
    const dns = this.#dns;
    if (dns === undefined) {
      this.#connect(this.#host, owner);
      return;
    }
    try {
      this.#resolver ??= new dns.io(dns as never);
      this.#resolver.resolve({
        host: this.#host,
        onResolved: (_host, address) => {
          if (attempt === this.#attempt) this.#connect(address, owner);
        },
        onError: () => {
          if (attempt === this.#attempt) this.#lose(owner, `host "${this.#host}" cannot be resolved`);
        },
      });
    } catch (error) {
      this.#lose(owner, String(error));
    }
  }

  #connect(address: string, owner: TransportOwner): void {
    const attempt = this.#attempt;
    try {
      this.#socket = new this.#socketOptions.io({
        ...this.#socketOptions,
        address,
        host: this.#host,
        port: this.#port,
        onReadable: (count: number) => {
          if (attempt !== this.#attempt) return;
          this.#readable = count;
          owner.linkReadable();
        },
        onWritable: (count: number) => {
          if (attempt !== this.#attempt) return;
          this.writable = count;
          if (this.#isUp) owner.linkWritable();
          else {
            this.#isUp = true;
            owner.linkUp();
          }
        },
        onError: (error?: unknown) => {
          if (attempt === this.#attempt) this.#lose(owner, typeof error === 'string' ? error : '');
        },
      } as never);
    } catch (error) {
      this.#lose(owner, String(error));
    }
  }

  #lose(owner: TransportOwner, reason: string): void {
    this.close();
    owner.linkDown(reason);
  }

  close(): void {
    const socket = this.#socket;
    this.#attempt = (this.#attempt + 1) & 0x3fffffff;
    this.#socket = undefined;
    this.isOpen = false;
    this.#isUp = false;
    this.writable = 0;
    this.#readable = 0;
    socket?.close();
  }

  end(): void {
    this.close();
    this.#resolver?.close?.();
    this.#resolver = undefined;
  }

  send(bytes: Uint8Array, from: number, to: number): number {
    const socket = this.#socket;
    const room = this.writable;
    let end = to;
    if (to - from > room) {
      if (room === 0) return 0;
      end = from + room;
    }
    if (from !== this.#sentFrom || end !== this.#sentTo || bytes !== this.#sentBytes) {
      this.#sentBytes = bytes;
      this.#sentFrom = from;
      this.#sentTo = end;
      this.#sentView = bytes.subarray(from, end);
    }
    const left = socket!.write(this.#sentView!) as number;
    // Not every host tells what is left: then it is undefined, and no comparison holds. (`typeof` makes a string on XS.)
    this.writable = left >= 0 ? left : room - (end - from);
    return end - from;
  }

  sendView(view: Uint8Array, count: number): number {
    const room = this.writable;
    if (room < count) return -1;
    const left = this.#socket!.write(view) as number;
    const writable = left >= 0 ? left : room - count;
    this.writable = writable;
    return writable;
  }

  receiveWhole(view: Uint8Array, count: number): boolean {
    if (this.#readable !== count) return false;
    this.#readable = 0;
    this.#socket!.read(view);
    return true;
  }

  receive(now: number): boolean {
    const core = this.#core!;
    let count = this.#readable;
    if (count === 0) return false;
    if (clientInputIsEmpty(core)) {
      const view = this.#front!.upTo(count);
      count = view.length;
      this.#socket!.read(view);
      this.#readable -= count;
      clientReceived(core, count, now);
      return true;
    }
    // Nothing is read that the client has no room for: it waits in the socket, and TCP holds the server back.
    const room = core.inputSize - core.inTo + core.inFrom - core.inKeep;
    if (count > room) count = room;
    if (count === 0) return false;
    const view = this.#views.upTo(count);
    count = view.length;
    this.#socket!.read(view);
    this.#readable -= count;
    clientInput(core, view, 0, count, now);
    return true;
  }
}
