/**
 * The link's primitives by Espruino's native functions: they take the place of those of the same name in src/link/primitives.ts.
 * Must not know: what a frame means. Changes together with src/link/primitives.ts.
 */

/** Espruino's own object, as far as it is needed here. */
declare const E: { CRC32: (bytes: Uint8Array) => number };

export function indexOfZero(bytes: Uint8Array, from: number, to: number): number {
  const at = bytes.subarray(from, to).indexOf(0);
  return at < 0 ? to : from + at;
}

export function stuff(bytes: Uint8Array, from: number, to: number): void {
  let code = from;
  let at = indexOfZero(bytes, from + 1, to);
  while (at < to) {
    bytes[code] = (at - code) & 255;
    code = at;
    at = indexOfZero(bytes, at + 1, to);
  }
  bytes[code] = (to - code) & 255;
}

export function putCheck(target: Uint8Array, at: number, bytes: Uint8Array, from: number, to: number, mask: Uint8Array, maskAt: number): void {
  const check = E.CRC32(bytes.subarray(from, to));
  target[at] = (check ^ mask[maskAt]) & 255;
  target[at + 1] = ((check >>> 8) ^ mask[maskAt + 1]) & 255;
  target[at + 2] = ((check >>> 16) ^ mask[maskAt + 2]) & 255;
  target[at + 3] = ((check >>> 24) ^ mask[maskAt + 3]) & 255;
}
