/**
 * The handlers that a program gives to an MQTT client of NodeMCU, by the names of their events, and the client's other state.
 * Must not know: the core's codes, links.
 *
 * Read first: docs/modules/mqtt.md of nodemcu-firmware, `mqtt.client:on()`.
 */
import type { ClientConfig } from '../../../src/core/index.js';
import type { Engine } from '../engine.js';
import { error } from '../lua.js';
import type { TextBytes } from '../text.js';
import type { Port } from './port.js';

/** What the program holds: `m` of the documentation. */
export interface Mqtt {
  config: ClientConfig;
  /** Documented limit of a whole PUBLISH; longer ones go to `overflow` or `stream`. */
  messageMax: number;
  handlers: Record<string, Handler | undefined>;
  /** Absent before the first use: `lwt` may still change what the buffers must hold. */
  engine: Engine | undefined;
  link: Port;
  /** Connects again by itself. */
  isPersistent: boolean;
  /** The name of the file that the session is saved in, or ''. */
  sessionFile: string;
  /** The file's session could not be taken up, which the program has not been told. */
  isSessionRefused: boolean;
  isConnected: boolean;
  /** To be closed when nothing is under way. */
  isClosing: boolean;
  /** Why the connection ended, until the program is told: a code of `connfail`, or `lostCode`. */
  endCode: number;
  /** The payload being published. */
  payload: TextBytes;
  /** QoS 0 publishes that are accepted and not sent yet. */
  unsent: number;
  /** By the core's handle (requests.ts): the filters that it keeps or asks for, and the call of the program that has no answer for one yet. */
  filters: Record<number, string | undefined>;
  calls: Record<number, number | undefined>;
  /** How many filters of a call have no answer yet, and of how many calls. */
  open: Record<number, number | undefined>;
  /** Calls of which a filter was refused: they are not told as done. */
  refused: Record<number, boolean | undefined>;
  openCalls: number;
  callsMade: number;
  /** Parts of a message larger than the receive buffer. */
  topic: string;
  parts: string;
  partsMax: number;
}

/** Which arguments follow the client depends on the event. */
export type Handler = (this: void, m: Mqtt, a?: unknown, b?: unknown, c?: unknown, d?: unknown) => void;

export function callHandler(m: Mqtt, event: string, a?: unknown, b?: unknown, c?: unknown, d?: unknown): void {
  const handler = m.handlers[event];
  if (handler !== undefined) handler(m, a, b, c, d);
}

/** Keeps the last handler where none is given. */
export function setHandler(m: Mqtt, event: string, handler: unknown, call: string): void {
  if (handler === undefined) return;
  if (typeof handler !== 'function') error('mqtt: ' + call + ': a handler must be a function', 3);
  m.handlers[event] = handler as Handler;
}
