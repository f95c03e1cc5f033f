/**
 * The object that a program holds: the core's own struct, with what the platform needs beside it, and the module as its prototype.
 * One object instead of two costs the fewest JsVars, and no function has to look one up in the other.
 *
 * Must not know: what is done with it. Fields that the program may read have names that builds keep (build.ts).
 */
import type { Client } from '../../src/core/index.js';
import type { DirectFields } from './direct.js';
import type { Emitter, Socket, Timer } from './platform.js';

/** Whether the program has been told of a message of QoS 1 or 2 that it has not dealt with yet. */
export const enum Handling {
  None,
  Ordinary,
  /** One that passed the core by (direct.ts), and of which the core has not been told yet: of QoS 1, of QoS 2. */
  Passing1,
  Passing2,
}

/** Bytes that were handed to the link since it was last asked for room. */
export const enum Owed {
  /** From so many on it is asked. */
  Most = 1024,
  /** No more until it says that it has sent what it has. */
  Waiting = -1,
}

/** Fields that builds may shorten. */
export interface MqttFields {
  /** The link: null while there is none. */
  socket: Socket | null;
  /** The link was handed to `connect`: it cannot be opened anew. */
  isLent: boolean;
  /** As `Owed` says. */
  owed: number;
  /** What the client had no room for yet. */
  unread: string;
  timer: Timer;
  /** When the timer goes off, as the core counts. */
  alarmAt: number;
  /** Where the core's count began: shifted when the clock is set. */
  epoch: number;
  host: string;
  /** What `net.connect` or `tls.connect` is called with. */
  linkOptions: Record<string, unknown>;
  isSecure: boolean;
  canReconnect: boolean;
  /** The program wants the next connection while the last one is still being closed. */
  isWantedAgain?: boolean;
  handling: Handling;
  /** session.ts, whose other fields are absent where no session is saved. */
  isSaved: boolean;
  sessionName: string;
  sessionNumber: number;
  /** False: Storage had no room the last time, and has nothing of the session. */
  isStored: boolean;
  /** Of what was saved last, or was to be; 0: nothing that a reboot must not lose. */
  sessionCheck: number;
  /** subscriptions.ts: requests that wait; those that were sent, by packet identifier; filters that the server has granted, and their QoS. */
  requests: string[];
  asked: Record<number, string>;
  granted: Record<string, number>;
  /** What was granted is to be asked for again, when the handlers of `connected` have run. */
  isRestoring: boolean;
}

export type Mqtt = Client & MqttFields & DirectFields & Emitter & { connected: boolean; __proto__: object; '#onpublish'?: unknown; '#onhandled'?: unknown };
