/**
 * The way of most messages: a PUBLISH of 3.1.1 shorter than 130 bytes, either way, and what acknowledges it, between a program and a link on which nothing
 * waits. The packet is put together or taken apart as a string, which Espruino does natively, and the core takes note (passing.ts), or at QoS 0 is not
 * asked: it would do the same in ten times the time. Everything else goes to the core, whose state decides (`isClear`, `isDirect`) whether this way is open at all.
 *
 * What the core does not hear of, it need not: bytes that pass here do not put off its next PINGREQ, which is allowed to come early.
 * Must not know: other packets. Read first: MQTT 3.1.1 section 3.3; "What measurements decided" in src/core/README.md for what things cost here.
 */
import { Packet, Publish } from '../../src/core/index.js';
import { Message } from '../../src/core/outbox.js';
import { noteAcknowledged, noteAnswered, noteReceived, noteRecorded, noteReleased, noteSent } from '../../src/core/passing.js';
import { Profile } from '../../src/core/profile.js';
import { Handling, type Mqtt } from './client.js';
import { flagsOf, publishAny } from './api.js';
import { E, exports, Object } from './globals.js';
import type { Options } from './options.js';
import type { Socket } from './platform.js';
import { input, linkDown, run } from './pump.js';
import { reportPublish } from './report.js';
import { waitForDrain } from './transport.js';

const enum Answer {
  Size = 4,
}

const enum Short {
  /** Longest packet whose remaining length is one byte. */
  Packet = 129,
  Remaining = 127,
  /** Fixed header and the topic's length. */
  Header = 4,
  /** Longest topic that leaves a payload any room. */
  Topic = 125,
  /** What tells the heads of packets for as many characters, but with other flags, apart. */
  Flags = 128,
  /** Bytes that a socket may still have to send. */
  Unsent = 1024,
}

/** Of firmware with UTF-8 strings, where the length of one is not that of its bytes; elsewhere it is always false, or absent. */
const isUtf8 = E.isUTF8 === undefined ? isNever : E.isUTF8;

function isNever(): boolean {
  return false;
}

/** Fields of a client that this file alone reads; those that begin with `is` are set by the pump. */
export interface DirectFields {
  /** What is published now leaves at once: nothing waits for the link, which takes it. */
  isClear: boolean;
  /** And what comes in now is read at once: nothing waits for the program. */
  isDirect: boolean;
  /** The topic published last, and its packet's bytes before packet identifier and payload, for a payload of so many characters, less 128 for each flag. */
  topicOut: string;
  head: string;
  headFor: number;
  packetOutSize: number;
  /** The topic received last, the bytes of that packet up to it, their number, and the packet's: below 0 at QoS 1 and 2. */
  topicIn: string;
  headIn: string;
  headInSize: number;
  packetInSize: number;
}

/**
 * A client's first fields. Espruino looks for a field from the front, and compares the name of an event with that of each one up to its own: what is
 * looked for with every message stands here, and `on` leaves it here. The topics to compare with are valid ones, of packets that there have not been.
 */
export function firstFields(): object {
  return {
    emit: exports.emit, '#onmessage': undefined, '#onpublish': undefined, '#onpuback': undefined, '#onhandled': undefined,
    isClear: false, headFor: -1, topicOut: 'a', owed: 0, packetOutSize: 0, socket: null, head: '',
    isDirect: false, packetInSize: -1, headInSize: 1, headIn: '', topicIn: 'a', handling: Handling.None, unread: '',
  };
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
  if (this.isClear && !options && typeof message === 'string' && !isUtf8(message)
    && ((message.length === this.headFor && topic === this.topicOut) || makeHead(this, topic, message.length, 0))
    && ((this.owed += this.packetOutSize) < Short.Unsent || hasSent(this))) {
    try {
      this.socket!.write(this.head + message);
      return 0;
    } catch {
      // It is closed. The core finds out in its own way.
    }
  }
  return options && this.isClear ? publishWith(this, topic, message, options) : publishAny(this, topic, message, options);
}

/** As above, with options: of QoS 1 and 2 the core takes note before it leaves. */
function publishWith(m: Mqtt, topic: string, message: unknown, options: Options): number {
  const qos = options['qos'];
  const flags = (qos === 1 || qos === 2) && Object.keys(options).length === 1 ? qos << 1 : flagsOf(options);
  if (typeof message === 'string' && !isUtf8(message)
    && ((message.length - flags * Short.Flags === m.headFor && topic === m.topicOut) || makeHead(m, topic, message.length, flags))
    && ((m.owed += m.packetOutSize) < Short.Unsent || hasSent(m))) {
    const packetId = noteSent(m, m.packetOutSize, flags);
    if (packetId > 0) {
      const packet = m.head + String.fromCharCode(packetId >>> 8, packetId & 255) + message;
      m.arena.set(packet as unknown as Uint8Array, m.arenaTo - m.packetOutSize);
      write(m, packet);
      return packetId;
    }
  }
  return publishAny(m, topic, message, options);
}

/** Of what the core has taken note: where the link has failed, the core has it, and sends it again when it may. */
function write(m: Mqtt, packet: string): void {
  try {
    m.socket!.write(packet);
  } catch {
    linkDown(m);
    run(m);
  }
}

/** Makes the bytes before packet identifier and payload. False: the packet, or its topic, has to be looked at closer. */
function makeHead(m: Mqtt, topic: string, count: number, flags: number): boolean {
  if (topic !== m.topicOut) {
    if (typeof topic !== 'string' || topic.length > Short.Topic || !isPlain(topic)) return false;
    m.topicOut = topic;
  }
  const remaining = topic.length + count + (flags < Publish.Qos1 ? 2 : 4);
  const isShort = remaining <= Short.Remaining && (flags === 0 || (flags >= Publish.Qos1 && !m.isSaved));
  m.headFor = isShort ? count - flags * Short.Flags : -1;
  m.packetOutSize = remaining + 2;
  m.head = String.fromCharCode(0x30 | flags, remaining & Short.Remaining, 0, topic.length) + topic;
  return isShort;
}

/** Whether the socket has sent most of what it was given, so that the count starts anew; else nothing more until it has. */
function hasSent(m: Mqtt): boolean {
  const unsent = m.socket!.dSnd;
  m.owed = 0;
  if (typeof unsent !== 'string' || unsent.length < Short.Unsent) return true;
  m.isClear = false;
  m.isDirect = false;
  waitForDrain(m);
  return false;
}

/** Bytes of the link. */
export function onData(this: Socket, data: string): void {
  const m = this.client;
  if (m.isDirect && data.length === m.packetInSize && data.substr(0, m.headInSize) === m.headIn) {
    if (m['#onpublish']) reportPublish(m, m.topicIn, data.substr(m.headInSize), data.charCodeAt(0), 0);
    m.emit('message', m.topicIn, data.substr(m.headInSize));
  } else if (m.socket === this) receive(m, data);
}

function receive(m: Mqtt, data: string): void {
  if (m.handling === Handling.Passing) m.unread += data;
  else if (!m.isDirect) input(m, data);
  else if (!take(m, data)) {
    m.unread = data;
    if (data.charCodeAt(1) + 2 < data.length) takeUnread(m);
    else input(m, '');
  }
}

/** Deals with packets that came together, one after another. */
function takeUnread(m: Mqtt): void {
  let isTaken = true;
  while (m.isDirect && isTaken && m.unread !== '') {
    const data = m.unread;
    const size = data.charCodeAt(1) + 2;
    isTaken = size <= data.length && take(m, data.substr(0, size));
    if (isTaken) m.unread = data.substr(size);
  }
  if (!isTaken) input(m, '');
}

/** Deals with a packet that is whole, alone, short and as it should be. False: it has to be looked at closer. */
function take(m: Mqtt, data: string): boolean {
  const first = data.charCodeAt(0);
  if (Profile.Qos < 1 || data.length !== Answer.Size) return first >>> 4 === Packet.Publish && takePublish(m, data, first);
  return data.charCodeAt(1) === 2 && !m.isSaved && takeAnswer(m, first, (data.charCodeAt(2) << 8) | data.charCodeAt(3));
}

function takePublish(m: Mqtt, data: string, first: number): boolean {
  if ((data.length !== -m.packetInSize || data.substr(0, m.headInSize) !== m.headIn) && !readHead(m, data, first)) return false;
  let at = m.headInSize;
  let packetId = 0;
  if (Profile.Qos > 0 && m.packetInSize < 0) {
    packetId = (data.charCodeAt(at) << 8) | data.charCodeAt(at + 1);
    at += 2;
    if (m.isSaved || !noteReceived(m, packetId, first)) return false;
    m.isDirect = false;
    m.handling = Handling.Passing;
  }
  if (m['#onpublish']) reportPublish(m, m.topicIn, data.substr(at), first, packetId);
  m.emit('message', m.topicIn, data.substr(at));
  if (packetId > 0) m.emit('handled');
  return true;
}

/** Takes note of a packet's bytes up to the topic. */
function readHead(m: Mqtt, text: string, first: number): boolean {
  const size = text.length;
  const to = text.charCodeAt(3) + Short.Header;
  const qos = first & Publish.QosMask;
  if (size > Short.Packet || text.charCodeAt(1) + 2 !== size || text.charCodeAt(2) !== 0) return false;
  if (qos === 0 ? to > size || (first & Publish.Dup) !== 0 : Profile.Qos < 1 || to + 2 > size || qos === Publish.QosMask) return false;
  const topic = text.substring(Short.Header, to);
  if (topic !== m.topicIn && !isPlain(topic)) return false;
  m.topicIn = topic;
  m.headIn = text.substr(0, to);
  m.headInSize = to;
  m.packetInSize = qos === 0 ? size : -size;
  return true;
}

/** PUBACK, PUBREC, PUBREL and PUBCOMP of what the core has taken note of. */
function takeAnswer(m: Mqtt, first: number, packetId: number): boolean {
  if (first === Packet.Puback << 4) {
    if (!noteAcknowledged(m, Message.AwaitPuback, packetId)) return false;
    m.emit('puback', packetId);
    return true;
  }
  if ((m.owed += Answer.Size) >= Short.Unsent && !hasSent(m)) return false;
  if (first === Packet.Pubcomp << 4 && noteAcknowledged(m, Message.AwaitPubcomp, packetId)) m.emit('pubcomp', packetId);
  else if (first === Packet.Pubrec << 4 && noteRecorded(m, packetId)) writeAnswer(m, (Packet.Pubrel << 4) | 2, packetId);
  else if (first === ((Packet.Pubrel << 4) | 2) && noteReleased(m, packetId)) writeAnswer(m, Packet.Pubcomp << 4, packetId);
  else return false;
  return true;
}

function writeAnswer(m: Mqtt, first: number, packetId: number): void {
  write(m, String.fromCharCode(first, 2, packetId >>> 8, packetId & 255));
}

/** The program's handlers have run: what they were told of is acknowledged. */
export function onHandled(this: Mqtt): void {
  const packetId = this.settleHandle;
  const isPassing = this.handling === Handling.Passing && this.isClear && ((this.owed += Answer.Size) < Short.Unsent || hasSent(this));
  this.handling = Handling.None;
  if (Profile.Qos > 0 && isPassing) {
    this.isDirect = true;
    writeAnswer(this, noteAnswered(this) << 4, packetId);
    if (this.unread !== '') takeUnread(this);
  } else run(this);
}
