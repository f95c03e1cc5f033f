/**
 * Time as the core knows it, milliseconds modulo 2^30 given by the caller, and chance from a seed.
 * Must not know: what is timed.
 */
import { Time } from './codes.js';
import type { Client } from './client.js';

/** Milliseconds from `since` to `now`. */
export function elapsed(now: number, since: number): number {
  return (now - since) & Time.Mask;
}

/** Whether `deadline` has come: it is not more than half the circle ahead. */
export function reached(now: number, deadline: number): boolean {
  return ((now - deadline) & Time.Mask) < Time.Half;
}

/** Whether `a` lies before `b` on the circle. */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) & Time.Mask) >= Time.Half;
}

/** Whole seconds from `since` to `now`, rounded down; long division, since the subset has no other. */
export function elapsedS(since: number, now: number): number {
  let left = elapsed(now, since);
  let seconds = 0;
  for (let shift = 19; shift >= 0; shift--) {
    const unit = 1000 << (shift & 31);
    if (left >= unit) {
      left -= unit;
      seconds += 1 << (shift & 31);
    }
  }
  return seconds;
}

/** The next of a sequence of 30-bit numbers that the client's seed decides (xorshift: no multiplication overflows int32). */
export function nextRandom(c: Client): number {
  let x = c.random;
  x ^= (x << 13) & Time.Mask;
  x ^= x >>> 17;
  x ^= (x << 5) & Time.Mask;
  c.random = x === 0 ? 1 : x;
  return x;
}

/** Sets the state's own timer, and makes sure that `tick` looks in time. */
export function setTimer(c: Client, ms: number): void {
  c.timerAt = (c.now + ms) & Time.Mask;
  wakeAt(c, c.timerAt);
}

/** Makes sure that `tick` looks at `at` or before. */
export function wakeAt(c: Client, at: number): void {
  if (isBefore(at, c.deadline)) c.deadline = at;
}
