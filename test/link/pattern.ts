/** A stream whose every byte depends on its position, made and checked in pieces. Must not know: what carries it. */
import { Random } from '../unit/random.js';

/** A prime, far beyond what is ever under way, so that no loss, repetition or swap leaves the stream as it was. */
const period = 65521;

const block = new Uint8Array(period * 2);
const random = new Random(20261122);
for (let at = 0; at < period; at++) block[at] = random.below(8) === 0 ? 0 : random.below(256);
block.copyWithin(period, 0, period);

/** The stream's bytes from a position on, as many as asked for, up to 65,521. */
export function patternFrom(position: number, count: number): Uint8Array {
  const at = position % period;
  return block.subarray(at, at + count);
}

/** Whether `bytes[from … to)` are the stream's bytes from `position` on. */
export function isPattern(position: number, bytes: Uint8Array, from: number, to: number): boolean {
  return Buffer.compare(patternFrom(position, to - from), bytes.subarray(from, to)) === 0;
}
