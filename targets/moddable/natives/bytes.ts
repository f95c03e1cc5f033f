/**
 * The core's primitives for XS, in place of `src/core/bytes.ts`: bulk work goes through the engine's own functions. Measured on XS: a loop
 * over 20 bytes takes 25,000 instructions, `set` 1,000, a string made of them 1,400, the comparison of two strings 250.
 * Must not know: MQTT packets, clients. Same functions, same results; `test/targets/moddable-bytes.test.ts` compares the two.
 */

export const enum TextFault {
  None,
  Malformed,
  Wildcard,
}

const enum Ascii {
  Hash = 35,
  Dollar = 36,
  Plus = 43,
}

/** A buffer of `createBytes`: it begins at the front of its ArrayBuffer, and knows the text that was found without fault in it last. */
export interface OwnBytes extends Uint8Array {
  cleanText?: string;
}

/** What XS adds to the language. */
interface XsString {
  fromArrayBuffer(buffer: ArrayBufferLike, from?: number, count?: number): string;
}

interface XsArrayBuffer {
  fromString(text: string): ArrayBuffer;
}

export function createBytes(length: number): Uint8Array {
  const bytes: OwnBytes = new Uint8Array(length);
  bytes.cleanText = '';
  return bytes;
}

export function createInts(length: number): Int32Array {
  return new Int32Array(length);
}

export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): void {
  // A whole array needs no view, and a few bytes are cheaper one by one than a view.
  if (from === 0 && to === source.length) target.set(source, at);
  else if (to - from > 3) target.set(source.subarray(from, to), at);
  else {
    let put = at;
    for (let get = from; get < to; get++) {
      target[put] = source[get];
      put++;
    }
  }
}

export function moveBytes(bytes: Uint8Array, at: number, from: number, to: number): void {
  bytes.copyWithin(at, from, to);
}

export function equalBytes(a: Uint8Array, at: number, b: Uint8Array, from: number, to: number): boolean {
  let other = at;
  for (let get = from; get < to; get++) {
    if (a[other] !== b[get]) return false;
    other++;
  }
  return true;
}

export function putText(target: Uint8Array, at: number, limit: number, text: string): number {
  const bytes = new Uint8Array((ArrayBuffer as unknown as XsArrayBuffer).fromString(text));
  const to = at + bytes.length;
  if (to > limit) return -1;
  target.set(bytes, at);
  return to;
}

/** The text of UTF-8 in a buffer of `createBytes`; null: the engine finds it malformed. */
function textIn(bytes: Uint8Array, from: number, to: number): string | null {
  try {
    return (String as unknown as XsString).fromArrayBuffer(bytes.buffer, from, to - from);
  } catch {
    return null;
  }
}

export function textFault(bytes: Uint8Array, from: number, to: number): TextFault {
  const own: OwnBytes = bytes;
  const text = textIn(bytes, from, to);
  if (text === own.cleanText) return TextFault.None;
  if (text === null) return TextFault.Malformed;
  // The engine lets pass what is overlong, a surrogate or beyond Unicode.
  if (text.length !== to - from && !multibyteHolds(bytes, from, to)) return TextFault.Malformed;
  if (text.indexOf('\0') >= 0) return TextFault.Malformed;
  if (text.indexOf('+') >= 0 || text.indexOf('#') >= 0) return TextFault.Wildcard;
  own.cleanText = text;
  return TextFault.None;
}

/** Whether the characters of more than one byte are such as Unicode allows. */
function multibyteHolds(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const lead = bytes[at];
    if (lead >= 0x80) {
      const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      if (lead < 0xc2 || lead > 0xf4 || at + more >= to) return false;
      const second = bytes[at + 1];
      if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return false;
      if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return false;
      for (let n = 0; n < more; n++) {
        at++;
        if ((bytes[at] & 0xc0) !== 0x80) return false;
      }
    }
  }
  return true;
}

export function sharedFilterAt(filter: Uint8Array, from: number, to: number): number {
  const text = textIn(filter, from, to);
  if (text === null || text.indexOf('$share/') !== 0) return from;
  const end = text.indexOf('/', 7);
  const name = text.slice(7, end < 0 ? text.length : end);
  if (name.indexOf('+') >= 0 || name.indexOf('#') >= 0 || name.length === 0 || end < 0 || end + 1 === text.length) return -1;
  // In bytes: only the name may hold characters of more than one.
  return from + 8 + (ArrayBuffer as unknown as XsArrayBuffer).fromString(name).byteLength;
}

export function filterHolds(filter: Uint8Array, from: number, to: number): boolean {
  const text = textIn(filter, from, to);
  if (text === null) return to > from;
  const hash = text.indexOf('#');
  if (hash >= 0 && (hash !== text.length - 1 || (hash > 0 && text[hash - 1] !== '/'))) return false;
  for (let plus = text.indexOf('+'); plus >= 0; plus = text.indexOf('+', plus + 1)) {
    if (plus > 0 && text[plus - 1] !== '/') return false;
    if (plus + 1 < text.length && text[plus + 1] !== '/') return false;
  }
  return to > from;
}

export function filterMatches(
  filter: Uint8Array, from: number, to: number,
  topic: Uint8Array, topicFrom: number, topicTo: number,
): boolean {
  if (topic[topicFrom] === Ascii.Dollar && (filter[from] === Ascii.Plus || filter[from] === Ascii.Hash)) return false;
  const name = textIn(topic, topicFrom, topicTo);
  const pattern = textIn(filter, from, to);
  return name !== null && pattern !== null && patternMatches(pattern, name);
}

/** Whether a topic name matches a filter that is well-formed, both as text; the `$` at a name's front is the caller's business. */
function patternMatches(pattern: string, name: string): boolean {
  let at = 0;
  let from = 0;
  for (let plus = pattern.indexOf('+'); plus >= 0; plus = pattern.indexOf('+', from)) {
    if (pattern.slice(from, plus) !== name.slice(at, at + plus - from)) return false;
    at += plus - from;
    if (at > name.length) return false;
    at = name.indexOf('/', at);
    if (at < 0) at = name.length;
    from = plus + 1;
  }
  const rest = pattern.slice(from);
  const left = name.slice(at);
  if (rest === left) return true;
  if (rest[rest.length - 1] !== '#') return false;
  // "sport/#" also matches "sport".
  const before = rest.slice(0, rest.length - 1);
  return left.indexOf(before) === 0 || left + '/' === before;
}
