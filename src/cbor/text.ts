/**
 * Whether bytes are text as CBOR means it: UTF-8 in which U+0000 is allowed, unlike in MQTT.
 * Must not know items.
 *
 * Read first: RFC 8949 section 3.1, major type 3.
 */
import { TextFault, textFault } from './primitives.js';

/** The primitive refuses U+0000, so where it finds a fault the parts between zero bytes are asked one by one, which is rare. */
export function isText(bytes: Uint8Array, from: number, to: number): boolean {
  if (textFault(bytes, from, to) !== TextFault.Malformed) return true;
  let part = from;
  // eslint-disable-next-line midge/no-byte-loops -- text that holds U+0000 or is no text at all: rare, and worth no primitive of its own
  for (let at = from; at < to; at++) {
    if (bytes[at] === 0) {
      if (textFault(bytes, part, at) === TextFault.Malformed) return false;
      part = at + 1;
    }
  }
  return part > from && textFault(bytes, part, to) !== TextFault.Malformed;
}
