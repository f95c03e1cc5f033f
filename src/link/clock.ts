/**
 * Time as the link knows it, milliseconds modulo 2^30 given by the caller, and chance from a seed.
 * Must not know: what is timed.
 */
import { type LinkEvent, LinkTime } from './codes.js';
import type { Link } from './link.js';

/** Milliseconds from `since` to `now`. */
export function elapsed(now: number, since: number): number {
  return (now - since) & LinkTime.Mask;
}

/** Whether `deadline` has come: it is not more than half the circle ahead. */
export function reached(now: number, deadline: number): boolean {
  return ((now - deadline) & LinkTime.Mask) < LinkTime.Half;
}

/** The next of a sequence of 30-bit numbers that the seed decides (xorshift: no multiplication overflows int32). */
export function nextRandom(l: Link): number {
  let x = l.random;
  x ^= (x << 13) & LinkTime.Mask;
  x ^= x >>> 17;
  x ^= (x << 5) & LinkTime.Mask;
  l.random = x === 0 ? 1 : x;
  return x;
}

/** One more, modulo 2^30. */
export function counted(counter: number): number {
  return (counter + 1) & LinkTime.Mask;
}

/** Makes the event wait for `linkNextEvent`. */
export function raise(l: Link, event: LinkEvent): void {
  l.events |= 1 << (event & 15);
}

/** Takes back an event that was not read. */
export function withdraw(l: Link, event: LinkEvent): void {
  l.events &= ~(1 << (event & 15));
}

export function isWaiting(l: Link, event: LinkEvent): boolean {
  return (l.events & (1 << (event & 15))) !== 0;
}
