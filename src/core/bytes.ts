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
  for (let get = from; get < to; get++) {
    target[put] = source[get];
    put++;
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
      target[put] = point;
      put++;
    } else if (point < 0x800) {
      if (put + 2 > limit) return -1;
      target[put] = 0xc0 | (point >>> 6);
      target[put + 1] = 0x80 | (point & 0x3f);
      put += 2;
    } else {
      const low = point < 0xd800 || point > 0xdbff || get + 1 === count ? 0 : text.charCodeAt(get + 1);
      if (low >= 0xdc00 && low <= 0xdfff) {
        if (put + 4 > limit) return -1;
        point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
        target[put] = 0xf0 | (point >>> 18);
        target[put + 1] = 0x80 | ((point >>> 12) & 0x3f);
        put += 2;
        get++;
      } else {
        if (put + 3 > limit) return -1;
        target[put] = 0xe0 | (point >>> 12);
        put++;
      }
      target[put] = 0x80 | ((point >>> 6) & 0x3f);
      target[put + 1] = 0x80 | (point & 0x3f);
      put += 2;
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
      if (lead === 0) return TextFault.Malformed;
      if (lead === Ascii.Plus || lead === Ascii.Hash) fault = TextFault.Wildcard;
    } else {
      // The first continuation byte has a narrower range behind four leads: that is all there is to overlong
      // forms, surrogates and the end of Unicode.
      let more = 1;
      let low = 0x80;
      let high = 0xbf;
      if (lead < 0xc2 || lead > 0xf4) return TextFault.Malformed;
      if (lead >= 0xf0) {
        more = 3;
        if (lead === 0xf0) low = 0x90;
        if (lead === 0xf4) high = 0x8f;
      } else if (lead >= 0xe0) {
        more = 2;
        if (lead === 0xe0) low = 0xa0;
        if (lead === 0xed) high = 0x9f;
      }
      if (at + more > to) return TextFault.Malformed;
      while (more > 0) {
        if (bytes[at] < low || bytes[at] > high) return TextFault.Malformed;
        low = 0x80;
        high = 0xbf;
        at++;
        more--;
      }
    }
  }
  return fault;
}

/** Where the shared subscription's own filter begins behind `$share/{ShareName}/`, else `from`; -1 when malformed. [MQTT-4.8.2-1] */
export function sharedFilterAt(filter: Uint8Array, from: number, to: number): number {
  if (to - from < 7 || filter[from] !== Ascii.Dollar) return from;
  // "share/": compared as bytes, since a device keeps no string for it.
  if (filter[from + 1] !== 115 || filter[from + 2] !== 104 || filter[from + 3] !== 97) return from;
  if (filter[from + 4] !== 114 || filter[from + 5] !== 101 || filter[from + 6] !== Ascii.Slash) return from;
  let at = from + 7;
  while (at < to && filter[at] !== Ascii.Slash) {
    if (filter[at] === Ascii.Plus || filter[at] === Ascii.Hash) return -1;
    at++;
  }
  return at === from + 7 || at + 1 >= to ? -1 : at + 1;
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
