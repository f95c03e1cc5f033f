/**
 * The way of most messages: a QoS 0 PUBLISH of 3.1.1 shorter than 130 bytes, either way, between a program and an idle link. The packet is put
 * together or taken apart as a string, which Espruino does natively, and the core is not asked: it would do the same in ten times the time.
 * Everything else goes to the core, whose state decides (`isIdle`) whether this way is open at all.
 *
 * What the core does not hear of, it need not: bytes that pass here do not put off its next PINGREQ, which is allowed to come early.
 * Must not know: other packets. Read first: MQTT 3.1.1 section 3.3; "What measurements decided" in src/core/README.md for what things cost here.
 */
import { Packet, State } from '../../src/core/index.js';
import { Ping, Run } from '../../src/core/client.js';
import type { Mqtt } from './client.js';
import { publishAny } from './api.js';
import { E } from './globals.js';
import type { Options } from './options.js';
import type { Socket } from './platform.js';
import { input } from './pump.js';
import { reportPublish } from './report.js';
import { waitForDrain } from './transport.js';

const enum Short {
  /** Longest packet whose remaining length is one byte. */
  Packet = 129,
  Remaining = 127,
  /** Fixed header and the topic's length. */
  Header = 4,
  /** Longest topic that leaves a payload any room. */
  Topic = 125,
  /** Bytes that a socket may still have to send. */
  Unsent = 1024,
}

/** Of firmware with UTF-8 strings, where the length of one is not that of its bytes; elsewhere it is always false, or absent. */
const isUtf8 = E.isUTF8 === undefined ? isNever : E.isUTF8;

function isNever(): boolean {
  return false;
}

/** Fields of a client that this file alone reads, except `isDirect`. */
export interface DirectFields {
  /** Nothing waits, on either side: set when the core has done all there was to do, and false while it works. */
  isDirect: boolean;
  /** The topic published last, and the packet's bytes before a payload of `headFor` characters (-1: not made yet). */
  topicOut: string;
  head: string;
  headFor: number;
  packetOutSize: number;
  /** The topic received last, the bytes of that packet before the payload, their number, and the packet's. */
  topicIn: string;
  headIn: string;
  headInSize: number;
  packetInSize: number;
}

/** The topics to compare with are valid ones, of packets that there have not been. */
export function clearDirect(m: Mqtt): void {
  m.isDirect = false;
  m.topicOut = 'a';
  m.head = '';
  m.headFor = -1;
  m.packetOutSize = 0;
  m.topicIn = 'a';
  m.headIn = '';
  m.headInSize = 0;
  m.packetInSize = -1;
}

/** Whether the core would send a QoS 0 publish at once and report an inbound one at once, and neither would change anything else in it. */
export function isIdle(m: Mqtt): boolean {
  return m.state === State.Connected && m.v5 === null && m.socket !== null && m.owed >= 0 && m.unread === ''
    && m.slotsUsed === 0 && m.controlTo === 0 && m.subsPending === 0 && m.outRun === Run.None && m.ping === Ping.None
    && m.inFrom === m.inTo && m.chunkLeft === 0;
}

/** What is text to MQTT without looking closer, and holds no wildcard. */
function isPlain(topic: string): boolean {
  return topic !== '' && !/[^ !"$-*,-~]/.test(topic);
}

/**
 * Accepts a message, which leaves now or as soon as there is a connection. Returns its packet identifier (QoS 1 and 2) or 0; below 0
 * it is refused, and `error` says why.
 */
export function publish(this: Mqtt, topic: string, message: unknown, options?: Options): number {
  if (this.isDirect && !options && typeof message === 'string' && !isUtf8(message)
    && ((message.length === this.headFor && topic === this.topicOut) || makeHead(this, topic, message.length))
    && ((this.owed += this.packetOutSize) < Short.Unsent || hasSent(this))) {
    try {
      this.socket!.write(this.head + message);
      return 0;
    } catch {
      // It is closed. The core finds out in its own way.
    }
  }
  return publishAny(this, topic, message, options);
}

/** Makes the bytes before a payload of this many characters. False: the packet, or its topic, has to be looked at closer. */
function makeHead(m: Mqtt, topic: string, count: number): boolean {
  if (topic !== m.topicOut) {
    if (typeof topic !== 'string' || topic.length > Short.Topic || !isPlain(topic)) return false;
    m.topicOut = topic;
  }
  const remaining = topic.length + count + 2;
  m.headFor = remaining > Short.Remaining ? -1 : count;
  m.packetOutSize = remaining + 2;
  m.head = '0' + String.fromCharCode(remaining & Short.Remaining, 0, topic.length) + topic;
  return m.headFor >= 0;
}

/** Whether the socket has sent most of what it was given, so that the count starts anew; else nothing more until it has. */
function hasSent(m: Mqtt): boolean {
  const unsent = m.socket!.dSnd;
  m.owed = 0;
  if (typeof unsent !== 'string' || unsent.length < Short.Unsent) return true;
  m.isDirect = false;
  waitForDrain(m);
  return false;
}

/** Bytes of the link. */
export function onData(this: Socket, data: string): void {
  const m = this.client;
  // While this is so the link is this one: `closeLink` parts others from their client.
  if (m.isDirect && ((data.length === m.packetInSize && data.substr(0, m.headInSize) === m.headIn) || readHead(m, data))) {
    if (m['#onpublish']) reportPublish(m, m.topicIn, data.substr(m.headInSize), data.charCodeAt(0), 0);
    m.emit('message', m.topicIn, data.substr(m.headInSize));
  } else if (m.socket === this) input(m, data);
}

/** Takes note of a packet that is whole, alone, short and as it should be. False: it has to be looked at closer. */
function readHead(m: Mqtt, text: string): boolean {
  const size = text.length;
  const to = text.charCodeAt(3) + Short.Header;
  if (size > Short.Packet || to > size || text.charCodeAt(1) + 2 !== size || text.charCodeAt(2) !== 0) return false;
  // First bytes 0x30 and 0x31: QoS 0, perhaps retained.
  if (text.charCodeAt(0) >>> 1 !== Packet.Publish << 3) return false;
  const topic = text.substring(Short.Header, to);
  if (topic !== m.topicIn && !isPlain(topic)) return false;
  m.topicIn = topic;
  m.headIn = text.substr(0, to);
  m.headInSize = to;
  m.packetInSize = size;
  return true;
}
