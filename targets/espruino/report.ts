/**
 * The core's events as those of the `MQTT` module, under its names and with its words, and those that it did not have.
 * Must not know: links, options. Read first: https://www.espruino.com/MQTT#events.
 */
import { Event, Packet, Publish, Status } from '../../src/core/index.js';
import { Profile } from '../../src/core/profile.js';
import { Handling, type Mqtt } from './client.js';
import { onHandled } from './direct.js';
import { E } from './globals.js';
import { answered, sessionLost } from './subscriptions.js';

export function report(m: Mqtt, event: Event): void {
  if (event === Event.Message) reportMessage(m);
  else reportOther(m, event);
}

/** Bytes as a string of their own. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  return from < to ? E.toString(bytes.subarray(from, to)) : '';
}

function topicOf(m: Mqtt): string {
  return textOf(m.topic, m.topicFrom, m.topicTo);
}

function reportMessage(m: Mqtt): void {
  const topic = topicOf(m);
  const message = textOf(m.input, m.payloadFrom, m.payloadTo);
  reportPublish(m, topic, message, m.flags, m.handle);
  m.emit('message', topic, message);
  if (m.handle > 0) awaitHandlers(m);
}

/** Handlers run later, one after another; what follows them is for `onHandled`, and so is the acknowledgement of what they were told. */
function awaitHandlers(m: Mqtt): void {
  m.handling = Handling.Ordinary;
  afterHandlers(m);
}

/** `emit` only has handlers called later: this one after those of what was emitted before. A program may have removed it with all others. */
export function afterHandlers(m: Mqtt): void {
  if (!m['#onhandled']) m.on('handled', onHandled);
  m.emit('handled');
}

/** The message as an object; `flags` are the lower bits of the packet's first byte. */
export function reportPublish(m: Mqtt, topic: string, message: string, flags: number, packetId: number): void {
  m.emit('publish', { topic: topic, message: message, dup: (flags >>> 3) & 1, qos: (flags >>> 1) & 3, pid: packetId, retain: flags & 1 });
}

function reportOther(m: Mqtt, event: Event): void {
  switch (event) {
    case Event.Connected:
      m.connected = true;
      m.emit('connected', m.sessionPresent);
      m.emit('connect', m.sessionPresent);
      if (!m.sessionPresent) sessionLost(m);
      if (m.isRestoring) awaitHandlers(m);
      break;
    case Event.Disconnected:
      m.connected = false;
      if (m.status !== Status.ByApplication && m.status !== Status.LinkLost) m.emit('error', disconnectedWords(m), m.reason);
      m.emit('disconnected');
      m.emit('close');
      break;
    case Event.Chunk:
      reportChunk(m);
      break;
    case Event.Published:
      m.emit(isQos2(m) ? 'pubcomp' : 'puback', m.handle & 0xffff);
      break;
    case Event.Dropped:
      m.emit('dropped', topicOf(m), statusWords(m.status), m.handle & 0xffff);
      break;
    case Event.Subscribed:
    case Event.Unsubscribed:
      answered(m, event);
      break;
    default:
  }
}

/** A message larger than the receive buffer, part by part; without streaming in the profile only that there was one. */
function reportChunk(m: Mqtt): void {
  const flags = m.flags;
  const about = { topic: topicOf(m), message: '', offset: m.offset, total: m.total, qos: (flags >>> 1) & 3, retain: flags & 1 };
  if (Profile.Streaming > 0) {
    about.message = textOf(m.input, m.payloadFrom, m.payloadTo);
    m.emit('chunk', about);
    awaitHandlers(m);
  } else m.emit('overflow', about);
}

/** Whether the packet that ended a publish is PUBCOMP: it still stands in the receive buffer, before the next one. */
function isQos2(m: Mqtt): boolean {
  if (m.v5 === null) return m.input[m.inFrom - 4] >>> 4 === Packet.Pubcomp;
  // With a reason code and an empty list of properties it is longer.
  let at = m.inFrom - 4;
  while (at > 0 && at > m.inFrom - 7 && m.input[at + 1] !== m.inFrom - at - 2) at--;
  return m.input[at] >>> 4 === Packet.Pubcomp;
}

/** The words of the `MQTT` module for a refusal. */
function disconnectedWords(m: Mqtt): string {
  if (m.status !== Status.Refused) return statusWords(m.status);
  const names = 'ACCEPTED,UNACCEPTABLE_PROTOCOL_VERSION,IDENTIFIER_REJECTED,SERVER_UNAVAILABLE,BAD_USER_NAME_OR_PASSWORD,NOT_AUTHORIZED'.split(',');
  return 'Connection refused, ' + (m.reason < names.length ? names[m.reason] : 'unknown return code: ' + m.reason);
}

/** A status in words; one that programs cannot bring about has its number. */
export function statusWords(status: Status): string {
  switch (status) {
    case Status.BadTopic: return 'the topic is empty, is not valid text or holds a wildcard';
    case Status.BadFilter: return 'the filter is empty, is not valid text or has a wildcard beside other characters';
    case Status.BadFlags: return 'the QoS is not one that this build knows';
    case Status.NoRoom: return 'the outbox is full (outbox_bytes)';
    case Status.NoSlot: return 'the outbox is full (outbox_messages)';
    case Status.NoControlRoom: return 'no room for the packet (control_bytes)';
    case Status.TooLarge: return 'larger than the server accepts';
    case Status.InboundTooLarge: return 'the header of a message does not fit (receive_bytes)';
    case Status.InboundTooMany: return 'too many messages that are not acknowledged';
    case Status.Malformed: return 'the server sent what is no packet';
    case Status.ProtocolError: return 'the server broke the protocol';
    case Status.Refused: return 'the server refused';
    case Status.ServerClosed: return 'the server ended the connection';
    case Status.SessionLost: return 'the server lost the session';
    case Status.NotSupported: return 'the server does not support it';
    case Status.LinkLost: return 'the connection was lost';
    case Status.LinkFailed: return 'the server could not be reached';
    case Status.NoConnack: return 'the server did not answer CONNECT';
    case Status.NoPingresp: return 'the server did not answer a ping';
    default: return 'status ' + status;
  }
}

export const enum Flags {
  QosShift = 1,
  Known = Publish.Retain | Publish.QosMask,
}
