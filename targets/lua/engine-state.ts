/**
 * What the engine holds, and what it asks of a port's link. Must not know: what is done with it.
 *
 * Read first: engine.ts.
 */
import type { Client } from '../../src/core/client.js';
import type { Event } from '../../src/core/index.js';
import { createText, type MessageHandler, type TextBytes } from './text.js';

/** How a port's link looks to the engine. Handlers must not call the engine; what they find out they tell it later, or return. */
export interface Link {
  /** Milliseconds modulo 2^30. */
  now: (this: void) => number;
  /** Begins to open it: `engineUp` or `engineLost` follow, perhaps at once. */
  open: (this: void) => void;
  close: (this: void) => void;
  /** Sends a string of at most 1,460 bytes. */
  send: (this: void, text: string) => Sent;
  /** Asks it to stop receiving, or to go on. */
  hold: (this: void, isHeld: boolean) => void;
}

export const enum Sent {
  /** It cannot be sent: the link is gone. */
  Gone,
  /** `engineSent` follows when it is confirmed. */
  InFlight,
  /** The link has it. */
  Done,
}

export const enum LinkState {
  Closed,
  Opening,
  Up,
  /** To be closed when its last send is confirmed, or after a while. */
  Closing,
}

export interface Engine {
  c: Client;
  port: Link;
  link: LinkState;
  /** What arrived and has not been taken yet, from `at` on. */
  received: TextBytes;
  at: number;
  isHeld: boolean;
  /** How many plain messages may still be handed over at once: nothing waits to be done in client and engine. */
  passes: number;
  /** A send is not confirmed yet: the next has to wait. */
  isSending: boolean;
  /** A send failed, or the link is gone: it is to be forgotten. */
  isBroken: boolean;
  /** The send in flight is a publish that the core knows nothing of. */
  isQuick: boolean;
  /** Acknowledgements that the core takes to have left, and that leave before anything else. */
  answers: string;
  /** Packets of QoS 1 and 2 that left and are not in the client's arena yet, in which they follow each other from `keptAt` on. */
  kept: string[];
  keptCount: number;
  keptAt: number;
  closeAt: number;
  isRunning: boolean;
  /** Something was asked for while running. */
  isAgain: boolean;
  /** The loop of a link that calls the engine runs: a serial link's. */
  isLinkRunning: boolean;
  event: (this: void, event: Event) => void;
  /** A message that took the quick way. */
  message: MessageHandler;
  /** A publish of QoS 1 or 2 has come to its end on the quick way. */
  published: (this: void, handle: number) => void;
  /** The link is closed, and the client has been told. */
  closed: (this: void) => void;
  /** All is done that can be done now. */
  idle: (this: void) => void;
}

/** `message`, `closed` and `idle` may be set later. */
export function createEngine(c: Client, port: Link, event: (this: void, event: Event) => void, published: (this: void, handle: number) => void): Engine {
  return {
    c: c, port: port, link: LinkState.Closed, received: createText(), at: 0, isHeld: false, passes: 0, isSending: false, isBroken: false, isQuick: false, answers: '', kept: [], keptCount: 0, keptAt: 0, closeAt: 0,
    isRunning: false, isAgain: false, isLinkRunning: false, event: event, message: () => undefined, published: published, closed: () => undefined, idle: () => undefined,
  };
}
