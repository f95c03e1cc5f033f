/**
 * The core's primitives by Espruino's native bulk operations: each function here takes the place of the one of its name in
 * src/core/bytes.ts when the module is built (targets/build/override.ts); all others stay. A string is bytes to Espruino,
 * so text is copied as it is; firmware with UTF-8 strings (Bangle.js, Linux) stores them by the bytes behind them.
 *
 * Must not know: packets, clients. Changes together with src/core/bytes.ts.
 */
import { TextFault, textFault as textFaultBytewise } from '../../src/core/bytes.js';

/** Espruino's own object, as far as it is needed here; small firmware has no `isUTF8`. */
declare const E: {
  isUTF8?: (text: string) => boolean;
  fromUTF8: (text: string) => string;
  toString: (bytes: Uint8Array) => string | undefined;
};

/** `source` may also be a string, of one byte a character: what `net` delivers, and what programs publish. */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array | string, from: number, to: number): void {
  target.set((typeof source === 'string' ? source.slice(from, to) : source.subarray(from, to)) as Uint8Array, at);
}

export function moveBytes(bytes: Uint8Array, at: number, from: number, to: number): void {
  // Nothing to move: Espruino would copy it backwards onto itself, slowly.
  if (at < from) bytes.set(bytes.subarray(from, to), at);
}

export function putText(target: Uint8Array, at: number, limit: number, text: string): number {
  const bytes = E.isUTF8 !== undefined && E.isUTF8(text) ? E.fromUTF8(text) : text;
  const end = at + bytes.length;
  if (end > limit) return -1;
  target.set(bytes as unknown as Uint8Array, at);
  return end;
}

/** Printable ASCII without wildcards, as nearly every topic is, is seen at once. */
export function textFault(bytes: Uint8Array, from: number, to: number): TextFault {
  const text = E.toString(bytes.subarray(from, to));
  return text === undefined || /[^ !"$-*,-~]/.test(text) ? textFaultBytewise(bytes, from, to) : TextFault.None;
}
