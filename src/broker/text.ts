/*
 * Text on the wire: UTF-8 checked byte by byte, topic names, topic filters, shared subscription filters.
 * Knows nothing of packets. Read first: MQTT 5.0, 1.5.4 and 4.7.
 */

export const enum TextFault {
  None,
  IllFormed,
  NullCharacter,
}

/**
 * Checks that bytes are well-formed UTF-8 without U+0000: no overlong form, no surrogate, nothing above U+10FFFF.
 * Non-characters and control characters are allowed, as both versions leave them to the receiver. [MQTT-1.5.4-1] [MQTT-1.5.4-2]
 */
export function textFault(bytes: Uint8Array, from: number, to: number): TextFault {
  let at = from;
  while (at < to) {
    const lead = bytes[at];
    if (lead < 0x80) {
      if (lead === 0) return TextFault.NullCharacter;
      at++;
      continue;
    }
    // The allowed range of the second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF.
    let secondMin = 0x80;
    let secondMax = 0xbf;
    let length: number;
    if (lead >= 0xc2 && lead <= 0xdf) length = 2;
    else if (lead >= 0xe0 && lead <= 0xef) {
      length = 3;
      if (lead === 0xe0) secondMin = 0xa0;
      if (lead === 0xed) secondMax = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      length = 4;
      if (lead === 0xf0) secondMin = 0x90;
      if (lead === 0xf4) secondMax = 0x8f;
    } else return TextFault.IllFormed;
    if (at + length > to) return TextFault.IllFormed;
    if (bytes[at + 1] < secondMin || bytes[at + 1] > secondMax) return TextFault.IllFormed;
    for (let next = at + 2; next < at + length; next++) {
      if ((bytes[next] & 0xc0) !== 0x80) return TextFault.IllFormed;
    }
    at += length;
  }
  return TextFault.None;
}

/** Whether a non-empty text is a topic name: no wildcard in it. [MQTT-3.3.2-2] [MQTT-4.7.1-1] */
export function isTopicName(topic: string): boolean {
  return topic.length > 0 && !topic.includes('+') && !topic.includes('#');
}

/** Whether a text is a topic filter: `#` alone and last, `+` filling its level. [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1] */
export function isTopicFilter(filter: string): boolean {
  if (filter.length === 0) return false;
  for (let at = 0; at < filter.length; at++) {
    const character = filter.charCodeAt(at);
    if (character !== 0x23 && character !== 0x2b) continue;
    if (at > 0 && filter.charCodeAt(at - 1) !== 0x2f) return false;
    const last = at === filter.length - 1;
    if (character === 0x23 && !last) return false;
    if (!last && filter.charCodeAt(at + 1) !== 0x2f) return false;
  }
  return true;
}

export interface SharedFilter {
  readonly shareName: string;
  readonly topicFilter: string;
}

/** Whether a filter asks for a shared subscription, well-formed or not. */
export function isShared(filter: string): boolean {
  return filter === '$share' || filter.startsWith('$share/');
}

/** Splits `$share/name/filter`; undefined if the name or the filter is missing or wrong. [MQTT-4.8.2-1] [MQTT-4.8.2-2] */
export function splitShared(filter: string): SharedFilter | undefined {
  const nameEnd = filter.indexOf('/', 7);
  if (nameEnd < 0) return undefined;
  const shareName = filter.slice(7, nameEnd);
  const topicFilter = filter.slice(nameEnd + 1);
  if (!isTopicName(shareName) || !isTopicFilter(topicFilter)) return undefined;
  return { shareName, topicFilter };
}

/** Levels a topic or filter may have here, so that one that is all slashes cannot make a tree thousands deep. */
export const topicLevelsMax = 128;

export function hasTooManyLevels(topic: string): boolean {
  let levels = 1;
  for (let at = topic.indexOf('/'); at >= 0; at = topic.indexOf('/', at + 1)) levels++;
  return levels > topicLevelsMax;
}
