/*
 * Random numbers from a seed, so that a plan plays the same way each time. Knows nothing of faults.
 */

/** A number from 0 up to, not including, 1. */
export type Random = () => number;

/** One generator per key: what happens on one connection does not move what happens on another. */
export function seededRandom(key: string): Random {
  // FNV-1a over the key, then the mulberry32 generator.
  let state = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) state = Math.imul(state ^ key.charCodeAt(at), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A whole number from `least` to `most`. */
export function integerFrom(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}
