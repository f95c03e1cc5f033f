/**
 * The primitives: the only file that loops over bytes and the only one that makes buffers. A target may replace it
 * whole by native bulk operations, since a 32-byte loop costs 160 µs on Espruino where one `set` costs 10.
 * Must not know: MQTT packets, clients. Text is whatever the platform calls a string; here it becomes UTF-8.
 *
 * Read first: MQTT 5.0 section 1.5.4 (UTF-8 Encoded String), section 4.7 (topic names and filters).
 */

/** What `textFault` found wrong. */
export const enum TextFault {
  None,
  /** Not well-formed UTF-8, an encoded surrogate, or U+0000. [MQTT-1.5.4-1] [MQTT-1.5.4-2] */
  Malformed,
  /** Well-formed, but holds `+` or `#`, which no topic name may. [MQTT-3.3.2-2] */
  Wildcard,
}

const enum Ascii {
  Hash = 35,
  Dollar = 36,
  Plus = 43,
  Slash = 47,
}

/** A buffer of `length` zero bytes. Called by `create…` functions only. */
export function createBytes(length: number): Uint8Array {
  return new Uint8Array(length);
}

/** A table of `length` zero int32 values. Called by `create…` functions only. */
export function createInts(length: number): Int32Array {
  return new Int32Array(length);
}

/** Copies `source[from … to)` to `target[at …)`. The two do not overlap; the caller has checked the room. */
export function copyBytes(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): void {
  let put = at;
  let get = from;
  // Four a round: a fifth less time on V8.
  while (get + 3 < to) {
    target[put] = source[get];
    target[put + 1] = source[get + 1];
    target[put + 2] = source[get + 2];
    target[put + 3] = source[get + 3];
    put += 4;
    get += 4;
  }
  while (get < to) {
    target[put] = source[get];
    put++;
    get++;
  }
}

/** Moves `bytes[from … to)` down to `bytes[at …)` in the same buffer; `at <= from`, overlap allowed. */
export function moveBytes(bytes: Uint8Array, at: number, from: number, to: number): void {
  let put = at;
  for (let get = from; get < to; get++) {
    bytes[put] = bytes[get];
    put++;
  }
}

/** Whether `a[at …)` begins with `b[from … to)`. */
export function equalBytes(a: Uint8Array, at: number, b: Uint8Array, from: number, to: number): boolean {
  let other = at;
  for (let get = from; get < to; get++) {
    if (a[other] !== b[get]) return false;
    other++;
  }
  return true;
}

/**
 * Writes `text` as UTF-8 to `target[at …)` and returns where it ends, or -1 when it would pass `limit` (nothing beyond
 * `limit` is written). A lone surrogate is written as its three bytes, for `textFault` to find.
 */
export function putText(target: Uint8Array, at: number, limit: number, text: string): number {
  const count = text.length;
  let put = at;
  for (let get = 0; get < count; get++) {
    let point = text.charCodeAt(get);
    if (point < 0x80) {
      if (put >= limit) return -1;
      target[put] = point & 255;
      put++;
    } else {
      if (point >= 0xd800 && point < 0xdc00 && get + 1 < count) {
        const low = text.charCodeAt(get + 1);
        if (low >= 0xdc00 && low < 0xe000) {
          point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
          get++;
        }
      }
      let shift = 18;
      let lead = 0xf0;
      if (point < 0x10000) {
        shift = point < 0x800 ? 6 : 12;
        lead = point < 0x800 ? 0xc0 : 0xe0;
      }
      if (put + 1 >= limit || (shift > 6 && put + 2 >= limit) || (shift > 12 && put + 3 >= limit)) return -1;
      target[put] = (lead | (point >>> (shift & 31))) & 255;
      put++;
      while (shift > 0) {
        shift -= 6;
        target[put] = 0x80 | ((point >>> (shift & 31)) & 0x3f);
        put++;
      }
    }
  }
  return put;
}

/**
 * Checks `bytes[from … to)` as the specification demands of every string: UTF-8 without overlong forms, surrogates or
 * U+0000 [MQTT-1.5.4-1] [MQTT-1.5.4-2]; tells in the same pass whether it holds a wildcard.
 */
export function textFault(bytes: Uint8Array, from: number, to: number): TextFault {
  let fault = TextFault.None;
  let at = from;
  while (at < to) {
    const lead = bytes[at];
    at++;
    if (lead < 0x80) {
      // Letters, digits and slashes are all above.
      if (lead <= Ascii.Plus) {
        if (lead === 0) return TextFault.Malformed;
        if (lead === Ascii.Plus || lead === Ascii.Hash) fault = TextFault.Wildcard;
      }
    } else {
      let more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      if (lead < 0xc2 || lead > 0xf4 || at + more > to) return TextFault.Malformed;
      // The first continuation byte decides overlong forms, surrogates (ED A0 and up) and the end of Unicode (F4 90 and up).
      const second = bytes[at];
      if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return TextFault.Malformed;
      if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return TextFault.Malformed;
      while (more > 0) {
        if ((bytes[at] & 0xc0) !== 0x80) return TextFault.Malformed;
        at++;
        more--;
      }
    }
  }
  return fault;
}

/** `$share/` */
const sharedPrefix: readonly number[] = [36, 115, 104, 97, 114, 101, 47];

/** Where the shared subscription's own filter begins behind `$share/{ShareName}/`, else `from`; -1 when malformed. [MQTT-4.8.2-1] */
export function sharedFilterAt(filter: Uint8Array, from: number, to: number): number {
  let at = from;
  for (let n = 0; n < 7; n++) {
    if (at >= to || filter[at] !== sharedPrefix[n]) return from;
    at++;
  }
  const nameAt = at;
  while (at < to && filter[at] !== Ascii.Slash) {
    if (filter[at] === Ascii.Plus || filter[at] === Ascii.Hash) return -1;
    at++;
  }
  return at === nameAt || at + 1 >= to ? -1 : at + 1;
}

/** Whether each wildcard of the filter stands alone on its level, and `#` on the last. [MQTT-4.7.1-1] to [MQTT-4.7.1-3] */
export function filterHolds(filter: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = filter[at];
    if (byte === Ascii.Plus || byte === Ascii.Hash) {
      if (at > from && filter[at - 1] !== Ascii.Slash) return false;
      if (at + 1 < to && (byte === Ascii.Hash || filter[at + 1] !== Ascii.Slash)) return false;
    }
  }
  return to > from;
}

/** Whether a topic name matches a topic filter; a leading wildcard does not match a topic that begins with `$`. [MQTT-4.7.2-1] */
export function filterMatches(
  filter: Uint8Array, from: number, to: number,
  topic: Uint8Array, topicFrom: number, topicTo: number,
): boolean {
  let f = from;
  let t = topicFrom;
  if (topic[t] === Ascii.Dollar && (filter[f] === Ascii.Plus || filter[f] === Ascii.Hash)) return false;
  while (f < to) {
    const byte = filter[f];
    if (byte === Ascii.Hash) return true;
    if (byte === Ascii.Plus) {
      while (t < topicTo && topic[t] !== Ascii.Slash) t++;
      f++;
    } else if (t < topicTo && topic[t] === byte) {
      f++;
      t++;
    } else {
      // "sport/#" also matches "sport": the filter is at "/#" and the topic at its end.
      return t === topicTo && byte === Ascii.Slash && f + 2 === to && filter[f + 1] === Ascii.Hash;
    }
  }
  return t === topicTo;
}
