/*
 * What outlives a broker that is closed with `keepState`: sessions and retained messages, in memory.
 * It is opaque to the embedder, who only hands it on. Changes together with session.ts and retained.ts.
 */
import type { Message } from './message.js';
import type { Session } from './session.js';

export interface BrokerState {
  /** Sessions without a connection, pending wills included. Their times are the clock's: the next broker must run on the same one. */
  readonly sessions: readonly Session[];
  readonly retained: readonly Message[];
}
