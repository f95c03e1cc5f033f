/**
 * The native functions that a firmware gives to the script, as global functions. `embed-duktape.c` beside this file has them all, with comments.
 * Read first: README.md, "Embedding".
 */

/** What `hostLink` returns. */
export const enum HostLink {
  /** Not opened, could not be opened, or ended: what is left to be read has been read. */
  Closed,
  Opening,
  Open,
}

/** Begins to open a connection to a server and returns at once. Over a serial port: there is nothing to open, and it is not called. */
export declare function hostOpen(host: string, port: number): void;
/** Where the connection stands. */
export declare function hostLink(): HostLink;
/** Ends the connection. Bytes that were accepted for sending may still leave. */
export declare function hostClose(): void;
/** Puts received bytes into `bytes[from … to)` and returns how many; 0 where there are none, or the connection has ended. Never waits. */
export declare function hostRead(bytes: Uint8Array, from: number, to: number): number;
/** Takes bytes of `bytes[from … to)` for sending and returns how many; 0 where there is no room. Never waits. */
export declare function hostWrite(bytes: Uint8Array, from: number, to: number): number;
/** Milliseconds of a clock that is never set, modulo 2^30: engines box larger integers. */
export declare function hostMillis(): number;
/** Any integer from 0 to 2^30 - 1, different on every device and at every start. */
export declare function hostRandom(): number;
