/**
 * The journal's check of a record: a primitive like those of bytes.ts, in a file of its own, since only builds with a journal hold it.
 * Must not know: what a record says.
 */

/** CRC-24 (0x864CFB, as in RFC 9580) of each value of four bits: a check that small engines hold without boxing it. */
const checkOfFour: readonly number[] = [
  0x000000, 0x864cfb, 0x8ad50d, 0x0c99f6, 0x93e6e1, 0x15aa1a, 0x1933ec, 0x9f7f17, 0xa18139, 0x27cdc2, 0x2b5434, 0xad18cf, 0x3267d8, 0xb42b23, 0xb8b2d5, 0x3efe2e,
];

/** The check of `bytes[from … to)`, 24 bits, begun with `seed` of as many. */
export function checkOf(bytes: Uint8Array, from: number, to: number, seed: number): number {
  let check = seed;
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    check = ((check << 4) & 0xffffff) ^ checkOfFour[(check >>> 20) ^ (byte >>> 4)];
    check = ((check << 4) & 0xffffff) ^ checkOfFour[(check >>> 20) ^ (byte & 15)];
  }
  return check;
}

/** Whether `bytes[from … to)` are as flash is after it was erased. */
export function isErased(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (bytes[at] !== 255) return false;
  }
  return true;
}
