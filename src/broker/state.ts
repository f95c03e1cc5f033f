/*
 * What outlives a broker that is closed with `keepState`: sessions and retained messages, in memory.
 * It is opaque to the embedder, who only hands it on. Changes together with session.ts and retained.ts.
 */
import type { Message } from './message.js';
import type { Session } from './session.js';

export interface BrokerState {
  /** Disconnected sessions, pending wills included. */
  readonly sessions: readonly Session[];
  readonly retained: readonly Message[];
  /** The clock's time at which the broker closed: expiry counts on from there. */
  readonly savedAtMs: number;
}
