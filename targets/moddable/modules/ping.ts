/**
 * A PINGREQ at the application's wish, in the device subset, built together with the core: it uses what keep-alive uses.
 * Must not know: links, timers.
 *
 * Read first: `keepAlive` in src/core/connection.ts.
 */
import { type Client, Ping } from '../../../src/core/client.js';
import { wakeAt } from '../../../src/core/clock.js';
import { State, Status } from '../../../src/core/codes.js';

/** Asks the server for a sign of life now, whatever keep-alive says. BadState: not connected. One that is under way will do. */
export function clientPing(c: Client, now: number): Status {
  if (c.state !== State.Connected) return Status.BadState;
  if (c.ping !== Ping.None) return Status.Ok;
  c.ping = Ping.Wanted;
  c.timerAt = now;
  wakeAt(c, now);
  return Status.Ok;
}

/** Whether PINGRESP is awaited, or PINGREQ on its way. */
export function clientIsPinging(c: Client): boolean {
  return c.ping !== Ping.None;
}
