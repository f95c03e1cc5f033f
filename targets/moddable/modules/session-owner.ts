/** What an API hears of its session. Must not know: who tells it, what it does with that. */
import type { Event } from './core.js';

/** An API: told of each event of the core while the event's fields are valid. */
export interface SessionOwner {
  sessionEvent(event: Event): void;
  /** Another whole message came, of which the core's fields say what they said of the last. */
  sessionAgain(): void;
  /** The connection is over and the core has settled on what is next. */
  sessionDown(): void;
  /** PINGRESP has come, to a ping of the application's or of keep-alive. */
  sessionPinged(): void;
  /** The link takes bytes, and the client has none for it. */
  sessionWritable(): void;
}
