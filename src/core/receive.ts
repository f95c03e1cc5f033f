/**
 * Bytes in, events out: the receive buffer, the fixed header, and every packet that is not a PUBLISH.
 * Must not know: links, output.
 *
 * Read first: MQTT 5.0 section 2.1 and 4.13.
 */
import { copyBytes, moveBytes } from './bytes.js';
import { methodHolds, propertiesHold, readConnack } from './connack.js';
import { type Client, Ping, Run, Slot } from './client.js';
import { endConnection, fail, startKeepAlive, violation } from './connection.js';
import { controlHasRoom } from './control.js';
import { Event, Packet, Publish, Reason, State, Status } from './codes.js';
import { readChunk, readPublish, Step } from './delivery.js';
import { acknowledgePublish } from './handshake.js';
import { Ack, answerInbound, flushInbound, releaseInbound } from './inbound.js';
import { freeMessage, Message, Record, topicLength } from './outbox.js';
import { Profile } from './profile.js';
import { propertiesClear } from './properties.js';
import { actionFor } from './reasons.js';
import { endRequest, reportTooLarge } from './subscriptions.js';
import { readVarint } from './wire.js';

/** Packets that a state allows, a bit for each type. Anything else is a protocol error. */
const enum Allowed {
  Connecting = 0x4,
  ConnectingAuth = 0x8000,
  /** PUBLISH, SUBACK, UNSUBACK, PINGRESP. */
  Qos0 = 0x2a08,
  /** PUBACK, PUBREC, PUBREL, PUBCOMP. */
  Handshakes = 0xf0,
  /** DISCONNECT, AUTH. */
  V5 = 0xc000,
}

/**
 * Accepts bytes from the link: copies of `bytes[from … to)` as far as they fit, and returns how many. Fewer than given
 * means that events are waiting to be read, or acknowledgements to be sent. Ends the validity of the last event's views.
 */
export function clientInput(c: Client, bytes: Uint8Array, from: number, to: number, now: number): number {
  c.now = now;
  c.receivedAt = now;
  let count = to - from;
  if (c.state !== State.Connected && c.state !== State.Connecting) return count;
  if (c.inFrom === c.inTo) {
    c.inFrom = c.inKeep;
    c.inTo = c.inKeep;
  }
  if (count > c.inputSize - c.inTo) {
    if (c.inFrom > c.inKeep) {
      moveBytes(c.input, c.inKeep, c.inFrom, c.inTo);
      c.inTo -= c.inFrom - c.inKeep;
      c.inFrom = c.inKeep;
    }
    if (count > c.inputSize - c.inTo) count = c.inputSize - c.inTo;
  }
  copyBytes(c.input, c.inTo, bytes, from, from + count);
  c.inTo += count;
  return count;
}

/**
 * What has happened, or None. What an event says stands in the fields of the client named at `Event`; views into its
 * buffers stay valid until the next call of any function with this client. Call it until it returns None. [MQTT-4.8]
 */
export function clientNextEvent(c: Client): Event {
  let event: Event | Step = c.attention ? nextNotice(c) : Event.None;
  while (event === Event.None && (c.state === State.Connected || c.state === State.Connecting)) {
    event = c.chunkLeft > 0 ? readChunk(c) : readPacket(c);
    if (event === Event.None && c.attention) event = nextNotice(c);
  }
  return event < Event.None ? Event.None : (event as Event);
}

/** Settles what the last event left, and returns what is to be reported though no packet says it. */
function nextNotice(c: Client): Event {
  if (Profile.Qos > 0) {
    if (c.settleHandle > 0) answerInbound(c, c.settleHandle, c.settleReason);
    else flushInbound(c);
    c.settleHandle = -1;
  }
  if (c.endStatus !== Status.Ok) {
    c.status = c.endStatus;
    c.reason = c.endReason;
    c.endStatus = Status.Ok;
    return Event.Disconnected;
  }
  // A message in chunks keeps the event's fields till its end.
  if (c.reports > 0 && c.chunkLeft === 0) return reportMessage(c);
  if (Profile.V5 > 0 && Profile.Routing > 0 && c.subsRefused > 0 && c.chunkLeft === 0) return reportTooLarge(c);
  if (Profile.Streaming > 0 && c.outRun === Run.StreamWait) {
    c.outRun = Run.StreamAsked;
    return Event.StreamWanted;
  }
  c.attention = c.inboundCount + c.reports + c.subsRefused > 0;
  return Event.None;
}

/** Reports a row that policy or a lost session settled, and frees it. */
function reportMessage(c: Client): Event {
  let slot = 0;
  while (c.slots[slot + Slot.State] < Message.Delivered) slot += Slot.Size;
  const at = c.slots[slot + Slot.At] + Record.Topic;
  const isDelivered = c.slots[slot + Slot.State] === Message.Delivered;
  if (Profile.V5 > 0 && c.v5 !== null) propertiesClear(c.v5.properties);
  c.topic = c.arena;
  c.topicFrom = at;
  c.topicTo = c.slots[slot + Slot.End] > at ? at + topicLength(c, slot) : at;
  c.handle = c.slots[slot + Slot.Handle];
  c.reason = Reason.Success;
  // Only at QoS 2 can a lost session leave a message that the server has.
  if (isDelivered) c.flags = Publish.Qos2;
  c.status = isDelivered ? Status.Ok : c.slots[slot + Slot.Extra];
  c.reports -= 1;
  freeMessage(c, slot);
  return isDelivered ? Event.Published : Event.Dropped;
}

/** Whether the first byte of a packet is possible here: its type in this state, and its reserved bits. [MQTT-2.1.3-1] */
function firstByteHolds(c: Client, first: number): boolean {
  const type = first >>> 4;
  const flags = type === Packet.Pubrel ? 2 : 0;
  const v5 = c.v5;
  let allowed: number = Allowed.Connecting;
  if (c.state === State.Connected) {
    allowed = Profile.Qos > 0 ? Allowed.Qos0 | Allowed.Handshakes : Allowed.Qos0;
    if (Profile.V5 > 0 && v5 !== null) allowed |= Allowed.V5;
  } else if (Profile.V5 > 0 && v5 !== null) {
    if (v5.methodTo > 0) allowed |= Allowed.ConnectingAuth;
  }
  if (type > 0 && (allowed & (1 << (type & 15))) === 0) violation(c, Reason.ProtocolError);
  else if (type === 0 || (type !== Packet.Publish && (first & 15) !== flags)) violation(c, Reason.MalformedPacket);
  else return true;
  return false;
}

/** Reads one packet from the front of the receive buffer. A short PUBLISH of 3.1.1, the most frequent by far, takes no detour. */
function readPacket(c: Client): Event | Step {
  const begin = c.inFrom;
  if (begin === c.inTo) return Step.More;
  if (begin + 2 <= c.inTo && c.v5 === null && c.state === State.Connected && c.input[begin] >>> 1 === Packet.Publish << 3) {
    const to = begin + 2 + c.input[begin + 1];
    if (to < begin + 130 && to <= c.inTo) return readPublish(c, begin, begin + 2, to);
  }
  return readOther(c, begin);
}

function readOther(c: Client, begin: number): Event | Step {
  const first = c.input[begin];
  // Four bytes at most; and in 5.0 no more than needed. [MQTT-1.5.5-1]
  const length = readVarint(c.input, begin + 1, c.inTo, c.v5 !== null);
  if (!firstByteHolds(c, first)) return Event.None;
  if (length < 0) return violation(c, Reason.MalformedPacket);
  if (length === 0) return Step.More;
  const at = begin + 1 + (length & 7);
  const to = at + (length >>> 3);
  if (Profile.V5 > 0 && c.v5 !== null) {
    propertiesClear(c.v5.properties);
    const most = c.v5.config.maximumPacketBytes;
    if (most > 0 && to - begin > most) return tooLarge(c); // [MQTT-3.1.2-24]
  }
  if (first >>> 4 === Packet.Publish) return readPublish(c, begin, at, to);
  if (to > c.inTo) return to - begin > c.inputSize ? tooLarge(c) : Step.More;
  if (!controlHasRoom(c, Ack.Bytes)) return Step.More;
  c.inFrom = to;
  return readBody(c, first >>> 4, at, to);
}

function tooLarge(c: Client): Event {
  fail(c, Status.InboundTooLarge, Reason.PacketTooLarge);
  return Event.None;
}

/** Reads the body `input[at … to)` of a packet that is not a PUBLISH. */
function readBody(c: Client, packet: Packet, at: number, to: number): Event {
  if (packet === Packet.Connack) return readConnack(c, at, to);
  if (packet === Packet.Pingresp) {
    if (at !== to) return violation(c, Reason.MalformedPacket);
    if (c.ping !== Ping.None) startKeepAlive(c);
    return Event.None;
  }
  if (packet === Packet.Suback || packet === Packet.Unsuback) return readRequestAnswer(c, packet, at, to);
  if (Profile.V5 > 0 && packet >= Packet.Disconnect) return readEnd(c, packet, at, to);
  return Profile.Qos > 0 ? readAcknowledgement(c, packet, at, to) : Event.None;
}

/**
 * An optional reason code at `at`, and in 5.0 optional properties behind it, up to `to`. The codes below 0x80 other than
 * Success and `known` are reserved or not the server's. False: the connection has ended.
 */
function reasonHolds(c: Client, packet: Packet, at: number, to: number, known: Reason): boolean {
  const v5 = c.v5;
  let fault: Reason = Reason.Success;
  c.reason = at < to ? c.input[at] : Reason.Success;
  if (at > to || (at < to && v5 === null)) fault = Reason.MalformedPacket;
  else if (c.reason < Reason.Unspecified && c.reason !== Reason.Success && c.reason !== known) fault = Reason.ProtocolError;
  if (fault !== Reason.Success) violation(c, fault);
  else if (Profile.V5 > 0 && v5 !== null && to - at > 1) return propertiesHold(c, v5, at + 1, to, packet);
  return fault === Reason.Success;
}

/** DISCONNECT and AUTH. */
function readEnd(c: Client, packet: Packet, at: number, to: number): Event {
  const v5 = c.v5;
  const known = packet === Packet.Auth ? Reason.ContinueAuthentication : Reason.Success;
  if (v5 === null || !reasonHolds(c, packet, at, to, known)) return Event.None;
  if (packet === Packet.Disconnect) {
    endConnection(c, Status.ServerClosed, c.reason, actionFor(c.reason));
    return Event.None;
  }
  // Success comes as CONNACK while connecting; AUTH only with the method that CONNECT named. [MQTT-4.12.0-2] [MQTT-4.12.0-5]
  const isTooEarly = c.state === State.Connecting && c.reason === Reason.Success;
  if (c.reason >= Reason.Unspecified || isTooEarly || v5.methodTo === 0 || !methodHolds(v5)) return violation(c, Reason.ProtocolError);
  return Event.Authenticate;
}

/** SUBACK and UNSUBACK: always for one filter, since requests carry one each. */
function readRequestAnswer(c: Client, packet: Packet, at: number, to: number): Event {
  const v5 = c.v5;
  const isSuback = packet === Packet.Suback;
  let reasonAt = to;
  if (isSuback || v5 !== null) reasonAt = to - 1;
  let isWhole = reasonAt === at + 2;
  if (Profile.V5 > 0 && v5 !== null) {
    isWhole = reasonAt > at + 2;
    if (isWhole && !propertiesHold(c, v5, at + 2, reasonAt, packet)) return Event.None;
  }
  if (!isWhole) return violation(c, Reason.MalformedPacket);
  c.reason = reasonAt < to ? c.input[reasonAt] : Reason.Success;
  // SUBACK grants QoS 0, 1 or 2 [MQTT-3.8.4-7]; 3.1.1 knows one failure [MQTT-3.9.3-2].
  const isSuccess = isSuback ? c.reason < 3 : c.reason === Reason.Success || c.reason === Reason.NoSubscriptionExisted;
  if (!isSuccess && (v5 === null ? c.reason !== Reason.Unspecified : c.reason < Reason.Unspecified)) {
    return violation(c, Reason.ProtocolError);
  }
  return endRequest(c, packet, (c.input[at] << 8) | c.input[at + 1]);
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP. */
function readAcknowledgement(c: Client, packet: Packet, at: number, to: number): Event {
  if (at + 2 > to) return violation(c, Reason.MalformedPacket);
  const packetId = (c.input[at] << 8) | c.input[at + 1];
  if (!reasonHolds(c, packet, at + 2, to, packet > Packet.Pubrec ? Reason.Success : Reason.NoMatchingSubscribers)) return Event.None;
  if (packetId === 0) return violation(c, Reason.ProtocolError);
  if (packet !== Packet.Pubrel) return acknowledgePublish(c, packet, packetId, c.reason);
  return releaseInbound(c, packetId) ? Event.None : violation(c, Reason.ProtocolError);
}
