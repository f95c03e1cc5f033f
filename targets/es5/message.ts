/**
 * An inbound message as a handler sees it: one object, filled anew for each, with bytes where they were received. Texts are made when they are asked
 * for. Must not know: clients of the script, connections.
 *
 * Read first: MQTT 3.1.1 section 1.5.3 (UTF-8).
 */
import { type Client, Publish } from '../../src/core/index.js';
import { createBytes } from '../../src/core/bytes.js';

/** Valid until the handler returns. */
export interface Message {
  /** The payload, or this part of it, is `bytes[from … to)`. */
  bytes: Uint8Array;
  from: number;
  to: number;
  /** Where in the whole payload this part begins, and how long the whole is. */
  offset: number;
  total: number;
  topicBytes: Uint8Array;
  topicFrom: number;
  topicTo: number;
  qos: number;
  retain: boolean;
  /** The integer given with the filter that matched; -1: none did. */
  route: number;
  topic: () => string;
  text: () => string;
  is: (topic: string) => boolean;
}

export function createMessage(): Message {
  const none = createBytes(0);
  return {
    bytes: none, from: 0, to: 0, offset: 0, total: 0, topicBytes: none, topicFrom: 0, topicTo: 0, qos: 0, retain: false, route: -1,
    topic: messageTopic, text: messageText, is: messageIs,
  };
}

export function readMessage(m: Message, c: Client, isPart: boolean): Message {
  m.bytes = c.input;
  m.from = c.payloadFrom;
  m.to = c.payloadTo;
  m.offset = isPart ? c.offset : 0;
  m.total = isPart ? c.total : c.payloadTo - c.payloadFrom;
  m.topicBytes = c.topic;
  m.topicFrom = c.topicFrom;
  m.topicTo = c.topicTo;
  m.qos = (c.flags & Publish.QosMask) >>> 1;
  m.retain = (c.flags & Publish.Retain) !== 0;
  m.route = c.route;
  return m;
}

/** Makes a string. */
function messageTopic(this: Message): string {
  return textOf(this.topicBytes, this.topicFrom, this.topicTo);
}

/** Makes a string of the payload as UTF-8; what is none comes out as other characters. */
function messageText(this: Message): string {
  return textOf(this.bytes, this.from, this.to);
}

/** Whether this is the topic, without making a string. Only ASCII is compared: where one side has other characters, false. */
function messageIs(this: Message, topic: string): boolean {
  const bytes = this.topicBytes;
  const from = this.topicFrom;
  const count = this.topicTo - from;
  if (topic.length !== count) return false;
  for (let i = 0; i < count; i++) if (topic.charCodeAt(i) !== bytes[from + i] || bytes[from + i] > 127) return false;
  return true;
}

/** Text of UTF-8; what is none comes out as other characters. */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  let at = from;
  while (at < to) {
    let point = bytes[at];
    at++;
    if (point > 127) {
      let more = point < 0xe0 ? 1 : point < 0xf0 ? 2 : 3;
      point &= 0x3f >>> more;
      while (more > 0) {
        point = (point << 6) | (at < to ? bytes[at] & 0x3f : 0);
        at++;
        more--;
      }
    }
    if (point > 0xffff) {
      text += String.fromCharCode(0xd7c0 + (point >>> 10), 0xdc00 | (point & 0x3ff));
    } else text += String.fromCharCode(point);
  }
  return text;
}
