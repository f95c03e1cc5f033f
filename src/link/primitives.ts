/**
 * The primitives of the link: COBS and the check are bytewise by nature, so they stand here, each over a whole frame, and a target may
 * replace the file by native functions (`indexOf`, zlib's CRC-32). Plain copying is the core's.
 * Must not know: what a frame means.
 *
 * Read first: README.md, "Frames". A frame has at most 253 bytes of content, so COBS adds exactly one byte, in front, and each code byte
 * stands where a zero was: both directions work in place and touch zeros only.
 */
// eslint-disable-next-line midge/device-imports -- the one arrow out of src/link: primitives exist once, whatever device code a build holds
export { copyBytes, createBytes, createInts, equalBytes } from '../core/bytes.js';

/** Where the first zero of `bytes[from … to)` stands; `to` when there is none. */
export function indexOfZero(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== 0) at++;
  return at;
}

/** COBS, in place: `bytes[from]` is free, the content is `bytes[from + 1 … to)`. Afterwards no byte of `bytes[from … to)` is zero. */
export function stuff(bytes: Uint8Array, from: number, to: number): void {
  let code = from;
  for (let at = from + 1; at < to; at++) {
    if (bytes[at] === 0) {
      bytes[code] = (at - code) & 255;
      code = at;
    }
  }
  bytes[code] = (to - code) & 255;
}

/** The reverse: `bytes[from … to)` holds no zero. False: the codes do not lead to `to`, so the frame is damaged. */
export function unstuff(bytes: Uint8Array, from: number, to: number): boolean {
  let code = from;
  while (code < to) {
    const next = code + bytes[code];
    bytes[code] = 0;
    code = next;
  }
  return code === to;
}

/** CRC-32 (reflected 0x04C11DB7) of each value of four bits, in halves, since small engines box integers from 2^30 on. */
const checkHigh: readonly number[] = [
  0x0000, 0x1db7, 0x3b6e, 0x26d9, 0x76dc, 0x6b6b, 0x4db2, 0x5005, 0xedb8, 0xf00f, 0xd6d6, 0xcb61, 0x9b64, 0x86d3, 0xa00a, 0xbdbd,
];
const checkLow: readonly number[] = [
  0x0000, 0x1064, 0x20c8, 0x30ac, 0x4190, 0x51f4, 0x6158, 0x713c, 0x8320, 0x9344, 0xa3e8, 0xb38c, 0xc2b0, 0xd2d4, 0xe278, 0xf21c,
];

/**
 * Writes the check of `bytes[from … to)` to `bytes[at … at + 4)`: its CRC-32 as zlib computes it, least significant byte first, each
 * byte combined by exclusive or with `mask[maskAt … maskAt + 4)`. `at` may lie in another buffer: `target`.
 */
export function putCheck(target: Uint8Array, at: number, bytes: Uint8Array, from: number, to: number, mask: Uint8Array, maskAt: number): void {
  let high = 0xffff;
  let low = 0xffff;
  for (let get = from; get < to; get++) {
    const byte = bytes[get];
    let index = (low ^ byte) & 15;
    low = ((low >>> 4) | ((high & 15) << 12)) ^ checkLow[index];
    high = (high >>> 4) ^ checkHigh[index];
    index = (low ^ (byte >>> 4)) & 15;
    low = ((low >>> 4) | ((high & 15) << 12)) ^ checkLow[index];
    high = (high >>> 4) ^ checkHigh[index];
  }
  target[at] = (low ^ 0xff ^ mask[maskAt]) & 255;
  target[at + 1] = ((low >>> 8) ^ 0xff ^ mask[maskAt + 1]) & 255;
  target[at + 2] = (high ^ 0xff ^ mask[maskAt + 2]) & 255;
  target[at + 3] = ((high >>> 8) ^ 0xff ^ mask[maskAt + 3]) & 255;
}
