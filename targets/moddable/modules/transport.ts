/**
 * What carries a client's bytes: TCP or TLS (socket.ts), or the serial link (serial.ts).
 * Must not know: MQTT packets, applications.
 */
import type { Client } from './core.js';

/** Who uses a transport: told when something can be done. Each call leads to `Session.pump`. */
export interface TransportOwner {
  /** There is a connection to the server. */
  linkUp(): void;
  /** There is none any more, or none could be made: `reason` in words. */
  linkDown(reason: string): void;
  /** Bytes have arrived, or there is something else to do. */
  linkReadable(): void;
  /** Bytes can be sent. */
  linkWritable(): void;
}

export interface Transport {
  /** Bytes that `send` would take now; 0 while there is no connection. */
  readonly writable: number;
  /** A connection is there or being made. */
  readonly isOpen: boolean;
  /** Before all else: the client whose bytes it carries. */
  attach(core: Client): void;
  /** Begins to open a connection; never throws: what is wrong comes as `linkDown`. */
  open(owner: TransportOwner): void;
  /** Closes the connection, without a call of the owner. What `send` took may still leave. */
  close(): void;
  /** Hands bytes to the link; returns how many it took. */
  send(bytes: Uint8Array, from: number, to: number): number;
  /** Hands a view of `count` bytes to the link, if it takes all at once: returns what `writable` is then. -1: it does not. */
  sendView(view: Uint8Array, count: number): number;
  /** Reads into a view of the front of the client's receive buffer, if as many bytes as it is long have arrived, and no more; false: it does nothing. */
  receiveWhole(view: Uint8Array, count: number): boolean;
  /** Moves bytes that have arrived into the client, as many as it has room for; false: none. */
  receive(now: number): boolean;
  /** Closes for good. */
  end(): void;
}
