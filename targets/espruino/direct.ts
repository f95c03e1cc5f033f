/**
 * The way of most messages: a PUBLISH of 3.1.1 shorter than 130 bytes, either way, and what acknowledges it, between a program and a link on which nothing
 * waits. The packet is put together or taken apart as a string, which Espruino does natively, and the core takes note (passing.ts), or at QoS 0 is not
 * asked: it would do the same in ten times the time. Everything else goes to the core, whose state decides (`isClear`, `isDirect`) whether this way is open at all.
 *
 * What the core does not hear of, it need not: bytes that pass here do not put off its next PINGREQ, which is allowed to come early.
 * Must not know: other packets. Read first: MQTT 3.1.1 section 3.3; "What measurements decided" in src/core/README.md for what things cost here.
 */
import { Packet, Publish } from '../../src/core/index.js';
import { Slot } from '../../src/core/client.js';
import { Message } from '../../src/core/outbox.js';
import { noteAcknowledged, noteIdentifier, noteReceived, noteRecorded, noteReleased, noteReleasing, noteSent, rowsToNote } from '../../src/core/passing.js';
import { Profile } from '../../src/core/profile.js';
import { Handling, type Mqtt, type MqttFields } from './client.js';
import { flagsOf, publishAny } from './api.js';
import { E, exports, Object } from './globals.js';
import type { Options } from './options.js';
import type { Socket } from './platform.js';
import { input, linkDown, run } from './pump.js';
import { afterHandlers, reportPublish } from './report.js';
import { waitForDrain } from './transport.js';

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
  /** Less than any number that tells a head. */
  NoHead = -1024,
  /** Bytes before a packet in the outbox, whose header there might be longer. */
  Gap = 3,
  /** Bytes that a socket may still have to send. */
  Unsent = 1024,
}

const enum Answer {
  /** An acknowledgement. */
  Bytes = 4,
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
  /**
   * Of publishes that left and of which the core has not been told: the PUBACKs that are awaited, one after another; the rows that they all would take, and
   * how many may be taken; and where they end in the arena, in which they stand behind what the core knows of.
   */
  awaited: string;
  passed: number;
  passedMost: number;
  passedTo: number;
  /** The two bytes of the packet identifier of the message being handled, where it passed by. */
  held: string;
}

/**
 * A client's first fields. Espruino looks for a field from the front, and compares the name of an event with that of each one up to its own: what is
 * looked for with every message stands here, and `on` leaves it here. The topics to compare with are valid ones, of packets that there have not been.
 */
export function firstFields(): DirectFields & Pick<MqttFields, 'owed' | 'socket' | 'handling' | 'unread'> & { [event: string]: unknown } {
  return {
    emit: exports.emit, '#onmessage': undefined, '#onpublish': undefined, '#onpuback': undefined, '#onhandled': undefined,
    isClear: false, headFor: Short.NoHead, topicOut: 'a', owed: 0, packetOutSize: 0, socket: null, head: '',
    isDirect: false, packetInSize: -1, headInSize: 1, headIn: '', topicIn: 'a', handling: Handling.None, unread: '', awaited: '', passed: 0, passedMost: 0, passedTo: 0, held: '',
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

/** As above, with options. Where a publish of QoS 1 or 2 has left, the core finds it in its arena. */
function publishWith(m: Mqtt, topic: string, message: unknown, options: Options): number {
  const qos = options['qos'];
  const flags = (qos === 1 || qos === 2) && Object.keys(options).length === 1 ? qos << 1 : flagsOf(options);
  if (typeof message === 'string' && !isUtf8(message)
    && ((message.length - flags * Short.Flags === m.headFor && topic === m.topicOut) || makeHead(m, topic, message.length, flags))
    && ((m.owed += m.packetOutSize) < Short.Unsent || hasSent(m))) {
    if (Profile.Qos > 0 && flags >= Publish.Qos1) {
      if (((m.passed < m.passedMost && m.idsFree > 0) || mayPass(m)) && m.passedTo + m.packetOutSize + Short.Gap <= m.arenaSize) {
        const packetId = noteIdentifier(m);
        const identifier = String.fromCharCode(packetId >>> 8, packetId & 255);
        const packet = m.head + identifier + message;
        m.arena.set(packet as unknown as Uint8Array, m.passedTo + Short.Gap);
        m.passedTo += m.packetOutSize + Short.Gap;
        m.passed += Slot.Size;
        m.awaited += '\x40\x02' + identifier;
        if (flags >= Publish.Qos2) tell(m);
        try {
          m.socket!.write(packet);
        } catch {
          fail(m);
        }
        return packetId;
      }
    } else if (writeOnce(m, m.head + message)) return 0;
  }
  return publishAny(m, topic, message, options);
}

/** QoS 0. False: the link is closed, which the core finds out in its own way. */
function writeOnce(m: Mqtt, packet: string): boolean {
  try {
    m.socket!.write(packet);
    return true;
  } catch {
    return false;
  }
}

/** Whether the core can take note of further publishes: looked up where it has done something else since the last. */
function mayPass(m: Mqtt): boolean {
  if (m.awaited !== '') tell(m);
  m.passedTo = m.arenaTo;
  m.passedMost = rowsToNote(m);
  return m.passedMost > 0;
}

/** Tells the core of what has passed it by and is not at its end: before it is asked for anything else. */
export function tell(m: Mqtt): void {
  if (m.awaited !== '') {
    noteSent(m, m.passed, m.awaited.length >>> 2);
    m.awaited = '';
    m.passedMost -= m.passed;
    m.passed = 0;
  }
  if (m.handling > Handling.Ordinary) noteReceived(m, (m.held.charCodeAt(0) << 8) | m.held.charCodeAt(1), m.handling === Handling.Passing2);
  if (m.handling !== Handling.None) m.handling = Handling.Ordinary;
}

/** The link is closed. What the core knows, or is told of, it sends again when it may. */
function fail(m: Mqtt): void {
  linkDown(m);
  run(m);
}

/** Makes the bytes before packet identifier and payload. False: the packet, or its topic, has to be looked at closer. */
function makeHead(m: Mqtt, topic: string, count: number, flags: number): boolean {
  if (topic !== m.topicOut) {
    if (typeof topic !== 'string' || topic.length > Short.Topic || !isPlain(topic)) return false;
    m.topicOut = topic;
  }
  const remaining = topic.length + count + (flags < Publish.Qos1 ? 2 : 4);
  const isShort = remaining <= Short.Remaining && (flags < Publish.Qos1 || !m.isSaved);
  m.headFor = isShort ? count - flags * Short.Flags : Short.NoHead;
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
  } else if (m.socket === this && !(m.isDirect && take(m, data))) takeLater(m, data);
}

/** Deals with a packet that is whole, alone, short and as it should be. False: it has to be looked at closer. */
function take(m: Mqtt, data: string): boolean {
  if (Profile.Qos > 0 && m.awaited !== '' && data === m.awaited.substr(0, Answer.Bytes)) {
    m.awaited = m.awaited.substr(Answer.Bytes);
    m.emit('puback', (data.charCodeAt(2) << 8) | data.charCodeAt(3));
    if (m.awaited === '') {
      m.passed = 0;
      m.passedTo = m.arenaTo;
    }
    return true;
  }
  return takePublish(m, data);
}

function takePublish(m: Mqtt, data: string): boolean {
  if ((data.length !== -m.packetInSize || data.substr(0, m.headInSize) !== m.headIn) && !readHead(m, data)) return Profile.Qos > 0 && takeAnswer(m, data);
  let at = m.headInSize;
  if (Profile.Qos > 0 && m.packetInSize < 0) {
    m.held = data.substr(at, 2);
    if (m.held === '\0\0' || m.inboundCount > 0 || m.isSaved) return false;
    at += 2;
    m.isDirect = false;
    m.handling = (data.charCodeAt(0) & Publish.Qos2) === 0 ? Handling.Passing1 : Handling.Passing2;
  }
  if (m['#onpublish']) reportPublish(m, m.topicIn, data.substr(at), data.charCodeAt(0), m.packetInSize > 0 ? 0 : (m.held.charCodeAt(0) << 8) | m.held.charCodeAt(1));
  m.emit('message', m.topicIn, data.substr(at));
  if (m.packetInSize < 0) afterHandlers(m);
  return true;
}

/** Takes note of a packet's bytes up to the topic. */
function readHead(m: Mqtt, text: string): boolean {
  const first = text.charCodeAt(0);
  if (first >>> 4 !== Packet.Publish) return false;
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
function takeAnswer(m: Mqtt, data: string): boolean {
  if (data.length !== Answer.Bytes || data.charCodeAt(1) !== 2 || m.isSaved) return false;
  const first = data.charCodeAt(0);
  const packetId = (data.charCodeAt(2) << 8) | data.charCodeAt(3);
  if (m.awaited !== '') tell(m);
  if ((first === Packet.Puback << 4 && noteAcknowledged(m, Message.AwaitPuback, packetId) > 0) || (first === Packet.Pubcomp << 4 && noteAcknowledged(m, Message.AwaitPubcomp, packetId) > 0)) {
    // Rows and bytes are free again, perhaps all of them.
    m.passedMost = 0;
    m.emit(first === Packet.Puback << 4 ? 'puback' : 'pubcomp', packetId);
    return true;
  }
  if ((m.owed += Answer.Bytes) >= Short.Unsent && !hasSent(m)) return false;
  if (first === Packet.Pubrec << 4 && noteReleasing(m, packetId)) return writeAnswer(m, '\x62\x02' + data.substr(2));
  return first === ((Packet.Pubrel << 4) | 2) && noteReleased(m, packetId) && writeAnswer(m, '\x70\x02' + data.substr(2));
}

function writeAnswer(m: Mqtt, packet: string): boolean {
  if (!writeOnce(m, packet)) fail(m);
  return true;
}

/** What cannot be dealt with now, or not by itself. */
function takeLater(m: Mqtt, data: string): void {
  if (Profile.Qos > 0 && m.handling > Handling.Ordinary) m.unread += data;
  else if (m.isDirect && data.charCodeAt(1) + 2 < data.length) {
    m.unread = data;
    takeUnread(m);
  } else input(m, data);
}

/** Deals with packets that came together, one after another. */
function takeUnread(m: Mqtt): void {
  let isTaken = true;
  while (m.isDirect && isTaken && m.unread !== '') {
    const data = m.unread;
    const packet = data.substr(0, data.charCodeAt(1) + 2);
    // Before it is dealt with: a link that fails meanwhile forgets what is unread.
    m.unread = data.substr(packet.length);
    isTaken = take(m, packet);
    if (!isTaken) m.unread = packet + m.unread;
  }
  if (!isTaken) input(m, '');
}

/** The program's handlers have run: what they were told of is acknowledged. */
export function onHandled(this: Mqtt): void {
  if (Profile.Qos > 0 && this.handling > Handling.Ordinary && this.isClear && ((this.owed += Answer.Bytes) < Short.Unsent || hasSent(this))) {
    const isQos1 = this.handling === Handling.Passing1;
    if (!isQos1) noteRecorded(this, (this.held.charCodeAt(0) << 8) | this.held.charCodeAt(1));
    this.handling = Handling.None;
    this.isDirect = true;
    try {
      this.socket!.write((isQos1 ? '\x40\x02' : '\x50\x02') + this.held);
    } catch {
      fail(this);
    }
    if (this.unread !== '') takeUnread(this);
  } else {
    tell(this);
    this.handling = Handling.None;
    run(this);
  }
}
