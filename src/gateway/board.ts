/**
 * What every mode is to the port it serves, and what it reports. A mode gets the open line's bytes and writes to it; the
 * port finds the device and keeps it open. Types only. Must not know: any mode.
 */
import type { SerialLine } from './serial/serial-line.js';

export type Level = 'error' | 'warn' | 'info' | 'debug';

/** Something worth a line in the log. */
export interface News {
  readonly level: Level;
  readonly event: string;
  readonly words: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export type Tell = (news: News) => void;

/** Figures of one board since the gateway was started; each only grows, unless it is said. */
export interface BoardCounters {
  /** MQTT connections that the broker accepted, and those that could not be opened. */
  connects: number;
  refusals: number;
  /** Bytes on the wire that belonged to nothing. */
  skippedBytes: number;
  /** Lines, frames or records that could not be used: too long, damaged, or fitting no rule. */
  badFrames: number;
  messagesIn: number;
  messagesOut: number;
  /** Messages that were given up. */
  dropped: number;
  /** Not growing: whether a connection to the broker stands, and the bytes held for it and for the board. */
  isConnected: boolean;
  heldBytes: number;
  /** Not growing: messages on disk that the broker does not have yet, and whether the disk takes nothing more. */
  waiting: number;
  isDiskFailing: boolean;
}

export function createCounters(): BoardCounters {
  return {
    connects: 0, refusals: 0, skippedBytes: 0, badFrames: 0, messagesIn: 0, messagesOut: 0, dropped: 0, isConnected: false, heldBytes: 0, waiting: 0,
    isDiskFailing: false,
  };
}

/** How good a wire is, in mode link: since the gateway was started, but for the last three. */
export interface LinkFigures {
  framesSent: number;
  framesTaken: number;
  /** Damaged on their way, and sent again because of that on the other way. */
  framesDamaged: number;
  framesAgain: number;
  sessions: number;
  isUp: boolean;
  roundTripMs: number;
  baudRate: number;
}

export interface Board {
  readonly counters: BoardCounters;
  /** Null: the mode has no link. */
  readonly linkFigures: Readonly<LinkFigures> | null;
  /** The port is open; nothing is known of what the board is doing. */
  lineOpened(line: SerialLine): void;
  lineData(bytes: Buffer): void;
  lineDrained(): void;
  /** The line is gone with all that was under way on it. */
  lineLost(): void;
  /** The gateway stops, or the port is taken out: says goodbye to both sides, and resolves when nothing is left but the line. */
  end(): Promise<void>;
}
