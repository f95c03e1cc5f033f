/**
 * What runs on a simulated board, whatever it speaks over its UART, and how it tells of what happens. Types only.
 * Must not know: any firmware, the wire.
 */

export interface Firmware {
  /** Bytes of the UART. */
  input(bytes: Uint8Array, now: number): void;
  /** Does what is to be done: events, telemetry that is due, bytes from one part to the other. */
  turn(now: number): void;
  /** What the UART is to send next, valid until `sent`; empty: nothing. */
  output(now: number): Uint8Array;
  /** The UART has taken so many of these bytes. */
  sent(count: number): void;
  /** Milliseconds that the board may sleep, unless bytes come. */
  nextDeadline(now: number): number;
  /** The wire is there, with nobody known at its other end; or it is gone, and with it what was under way. */
  wireOpened(now: number): void;
  wireLost(now: number): void;
  /** Begins to measure. */
  start(now: number): void;
  /** Measures no more. */
  rest(): void;
  /** Nothing that was promised is under way any more. */
  readonly isSettled: boolean;
  /** Says goodbye, as far as the firmware has a way to. */
  leave(now: number): void;
  /** Goodbye has been said. */
  readonly hasLeft: boolean;
}

/** What a board needs of whoever runs it. */
export interface FirmwareHost {
  /** Something worth a line. */
  tell(words: string): void;
  /** The port is to go to another rate; `done` when it has. */
  setBaud(baudRate: number, done: (now: number) => void): void;
}
