/**
 * The form of the tables of malformed packets, and the clients they are fed to.
 */
import { clientPublish, clientSubscribe, clientUnsubscribe, type Publish } from '../../src/core/index.js';
import { type Level } from './cite.js';
import { type Changes, connectClient, type TestClient } from './client-harness.js';

/** What it shows; the statements; the bytes; the event's words behind `Disconnected` (in 5.0 with the code that is sent). */
export type Row = readonly [string, string, string, string];

export interface Group {
  level: Level;
  name: string;
  make: () => TestClient;
  rows: readonly Row[];
}

const nothing = new Uint8Array(0);

/** A connected client that awaits nothing. */
export function quiet(level: Level, changes: Changes = {}): () => TestClient {
  return () => connectClient(level, changes);
}

/** A connected client that has sent a publish with packet identifier 1, answered so far with `answers`. */
export function published(level: Level, flags: Publish, ...answers: readonly string[]): () => TestClient {
  return () => {
    const x = connectClient(level);
    x.call((c, now) => clientPublish(c, 'a', nothing, 0, 0, flags, now));
    for (const answer of answers) x.feed(answer);
    return x;
  };
}

/** A connected client that has sent SUBSCRIBE with packet identifier 1. */
export function subscribing(level: Level): () => TestClient {
  return () => {
    const x = connectClient(level);
    x.call((c) => clientSubscribe(c, 'a', 2, 7));
    return x;
  };
}

/** A connected client that has sent UNSUBSCRIBE with packet identifier 1. */
export function unsubscribing(level: Level): () => TestClient {
  return () => {
    const x = connectClient(level);
    x.call((c) => clientUnsubscribe(c, 'a'));
    return x;
  };
}

/** A connected client that has been given these bytes without complaint. */
export function having(level: Level, changes: Changes, ...given: readonly string[]): () => TestClient {
  return () => {
    const x = connectClient(level, changes);
    for (const part of given) x.feed(part);
    return x;
  };
}
