/**
 * Espruino as this target uses it: the globals and objects that its documentation names, as types.
 * They are type aliases, not interfaces: builds shorten the fields of interfaces, and these names are not ours.
 *
 * Must not know: MQTT. Read first: https://www.espruino.com/Reference.
 */

import type { Mqtt } from './client.js';

/** A socket of `net` or `tls`, or what a program passes to `connect`: an object that can write and end, and on which `data` and `end` are emitted. */
export type Socket = {
  write(data: string): unknown;
  end(): void;
  on(event: string, handler: (this: Socket, value: never) => void): void;
  removeAllListeners(event: string): void;
  removeListener(event: string, handler: (this: Socket, value: never) => void): void;
  /** What a socket of `net` has not sent yet; absent when that is nothing. */
  dSnd?: string;
} & SocketFields;

/** What this target adds to a socket: handlers find their client in it, so that no connection makes new functions. */
export interface SocketFields {
  client: Mqtt;
}

/** The modules `net` and `tls`. */
export type Network = {
  connect(options: Record<string, unknown>, connected: (this: Socket) => void): Socket;
};

/** Every object of Espruino can emit; handlers run when the interpreter is idle. */
export type Emitter = {
  emit(event: string, ...values: readonly unknown[]): void;
  on(event: string, handler: (this: never) => void): void;
};

/** A timer's number. */
export type Timer = number;

/** The module `Storage`: files in flash. A write is false where there is no room. */
export type Storage = {
  read(name: string): string | undefined;
  write(name: string, data: string): boolean;
  erase(name: string): void;
};
