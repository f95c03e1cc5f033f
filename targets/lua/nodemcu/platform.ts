/**
 * The NodeMCU modules that the port stands on, as their documentation has them. Only declarations: nothing of this file is in a build.
 * Read first: docs/modules/{net,tls,tmr,file,uart}.md of nodemcu-firmware.
 */

export interface Socket {
  /** Fires within `connect` when the host is an address. Nil: the name is unknown. */
  on(event: 'dns', handler: (this: void, socket: Socket, address: string | undefined) => void): void;
  on(event: 'connection' | 'sent', handler: (this: void, socket: Socket) => void): void;
  on(event: 'disconnection' | 'reconnection', handler: (this: void, socket: Socket, code: number) => void): void;
  /** A frame of up to 1,460 bytes. */
  on(event: 'receive', handler: (this: void, socket: Socket, data: string) => void): void;
  connect(port: number, host: string): void;
  /** One at a time: the next only after `sent`. Raises an error when there is no memory or no connection. */
  send(data: string): void;
  /** Raises an error when the connection is gone already. */
  close(): void;
  hold(): void;
  unhold(): void;
}

export interface Timer {
  /** The timer and its handler stay in memory for as long as it runs. */
  alarm(ms: number, mode: number, handler: (this: void) => void): boolean;
  /** Stops it and forgets the handler, which `stop` does not. */
  unregister(): void;
}

export interface File {
  write(text: string): boolean | undefined;
  read(count: number): string | undefined;
  close(): void;
}

export declare const net: { createConnection(this: void): Socket };
/** Absent from firmware that was built without it. */
export declare const tls: { createConnection(this: void): Socket } | undefined;
export declare const tmr: {
  create(this: void): Timer;
  /** Microseconds, 31 bits. */
  now(this: void): number;
  readonly ALARM_SINGLE: number;
};
export declare const file: {
  open(this: void, name: string, mode: string): File | undefined;
  remove(this: void, name: string): void;
  /** False: there is no such file, or one of the new name. */
  rename(this: void, from: string, to: string): boolean;
};
export declare const uart: {
  on(this: void, event: 'data', count: number, handler: (this: void, data: string) => void, toInterpreter: number): void;
  setup(this: void, id: number, baud: number, dataBits: number, parity: number, stopBits: number, echo: number): number;
  write(this: void, id: number, text: string): void;
  readonly PARITY_NONE: number;
  readonly STOPBITS_1: number;
};
