/**
 * Bytes in, events out: the receive buffer, the fixed header, and every packet that is not a PUBLISH.
 * Must not know: links, output.
 *
 * Read first: MQTT 5.0 section 2.1 and 4.13.
 */
import { copyBytes, moveBytes } from './bytes.js';
import { propertiesHold, readConnack } from './connack.js';
import { type Client, Run, Slot, Sub } from './client.js';
import { actionFor, endConnection, fail, startKeepAlive } from './connection.js';
import { controlHasRoom } from './control.js';
import { Event, Packet, Reason, State, Status } from './codes.js';
import { readChunk, readPublish, Step } from './delivery.js';
import { acknowledgePublish } from './handshake.js';
import { Ack, answerInbound, flushInbound, releaseInbound } from './inbound.js';
import { freeMessage, Message, Record, topicLength } from './outbox.js';
import { Profile } from './profile.js';
import { propertiesClear } from './properties.js';
import { endRequest, findRequest, Subscription } from './subscriptions.js';

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
  if (count > c.input.length - c.inTo) {
    if (c.inFrom > c.inKeep) {
      moveBytes(c.input, c.inKeep, c.inFrom, c.inTo);
      c.inTo -= c.inFrom - c.inKeep;
      c.inFrom = c.inKeep;
    }
    if (count > c.input.length - c.inTo) count = c.input.length - c.inTo;
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
  if (Profile.Qos > 0) {
    if (c.settleHandle > 0) {
      answerInbound(c, c.settleHandle, c.settleReason);
      c.settleHandle = -1;
    } else if (c.inboundCount > 0) flushInbound(c);
  }
  let event: Event | Step = Event.None;
  while (event === Event.None) {
    if (c.endStatus !== Status.Ok) {
      c.status = c.endStatus;
      c.reason = c.endReason;
      c.endStatus = Status.Ok;
      return Event.Disconnected;
    }
    // A message in chunks keeps the event's fields till its end.
    if (c.reports > 0 && c.chunkLeft === 0) return reportMessage(c);
    if (Profile.Streaming > 0 && c.outRun === Run.StreamWait) {
      c.outRun = Run.StreamAsked;
      return Event.StreamWanted;
    }
    if (c.state !== State.Connected && c.state !== State.Connecting) return Event.None;
    event = c.chunkLeft > 0 ? readChunk(c) : readPacket(c);
  }
  return event === Step.More ? Event.None : event;
}

/** Reports a row that policy or a lost session settled, and frees it. */
function reportMessage(c: Client): Event {
  let slot = 0;
  while (c.slots[slot + Slot.State] < Message.Delivered) slot += Slot.Size;
  const at = c.slots[slot + Slot.At] + Record.Topic;
  const isDelivered = c.slots[slot + Slot.State] === Message.Delivered;
  c.topic = c.arena;
  c.topicFrom = at;
  c.topicTo = c.slots[slot + Slot.End] > at ? at + topicLength(c, slot) : at;
  c.handle = c.slots[slot + Slot.Handle];
  c.reason = Reason.Success;
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
    if (v5.authenticates) allowed |= Allowed.ConnectingAuth;
  }
  if (type === 0 || (type !== Packet.Publish && (first & 15) !== flags)) fail(c, Status.Malformed, Reason.MalformedPacket);
  else if ((allowed & (1 << type)) === 0) fail(c, Status.ProtocolError, Reason.ProtocolError);
  else return true;
  return false;
}

/** Reads one packet from the front of the receive buffer. */
function readPacket(c: Client): Event | Step {
  const bytes = c.input;
  const v5 = c.v5;
  const begin = c.inFrom;
  if (begin === c.inTo) return Step.More;
  const first = bytes[begin];
  if (!firstByteHolds(c, first)) return Event.None;
  let at = begin;
  let count = 0;
  let shift = 0;
  let byte = 128;
  while (byte > 127) {
    at++;
    if (at === c.inTo) return Step.More;
    byte = bytes[at];
    count |= (byte & 127) << shift;
    shift += 7;
    // Four bytes at most; and in 5.0 no more than needed. [MQTT-1.5.5-1]
    if ((byte > 127 && shift > 21) || (byte === 0 && shift > 7 && v5 !== null)) {
      fail(c, Status.Malformed, Reason.MalformedPacket);
      return Event.None;
    }
  }
  at++;
  const to = at + count;
  if (Profile.V5 > 0 && v5 !== null) {
    propertiesClear(v5.properties);
    const most = v5.config.maximumPacketBytes;
    if (most > 0 && to - begin > most) { // [MQTT-3.1.2-24]
      fail(c, Status.InboundTooLarge, Reason.PacketTooLarge);
      return Event.None;
    }
  }
  if (first >>> 4 === Packet.Publish) return readPublish(c, begin, at, to);
  if (to > c.inTo) {
    if (to - begin <= bytes.length) return Step.More;
    fail(c, Status.InboundTooLarge, Reason.PacketTooLarge);
    return Event.None;
  }
  if (!controlHasRoom(c, Ack.Bytes)) return Step.More;
  c.inFrom = to;
  return readBody(c, first >>> 4, at, to);
}

/** Reads the body `input[at … to)` of a packet that is not a PUBLISH. */
function readBody(c: Client, packet: Packet, at: number, to: number): Event {
  switch (packet) {
    case Packet.Connack:
      return readConnack(c, at, to);
    case Packet.Suback:
    case Packet.Unsuback:
      return readRequestAnswer(c, packet, at, to);
    case Packet.Pingresp:
      if (at !== to) break;
      if (c.pingOutstanding) startKeepAlive(c);
      return Event.None;
    case Packet.Disconnect:
    case Packet.Auth:
      return Profile.V5 > 0 ? readReason(c, packet, at, to) : Event.None;
    default:
      return Profile.Qos > 0 ? readAcknowledgement(c, packet, at, to) : Event.None;
  }
  fail(c, Status.Malformed, Reason.MalformedPacket);
  return Event.None;
}

/** DISCONNECT and AUTH: an optional reason code, then optional properties. */
function readReason(c: Client, packet: Packet, at: number, to: number): Event {
  const v5 = c.v5;
  if (v5 === null) return Event.None;
  const reason: Reason = at < to ? c.input[at] : Reason.Success;
  if (to - at > 1 && !propertiesHold(c, v5, at + 1, to, packet)) return Event.None;
  if (packet === Packet.Auth) {
    // Only the server's codes, and once connected only where CONNECT named a method. [MQTT-4.12.0-2] [MQTT-4.12.0-7]
    const isKnown = reason === Reason.Success || reason === Reason.ContinueAuthentication;
    if (!isKnown || !v5.authenticates || (c.state === State.Connecting && reason === Reason.Success)) {
      fail(c, Status.ProtocolError, Reason.ProtocolError);
      return Event.None;
    }
    c.reason = reason;
    return Event.Authenticate;
  }
  if (reason > Reason.Success && reason < Reason.Unspecified) fail(c, Status.ProtocolError, Reason.ProtocolError);
  else endConnection(c, Status.ServerClosed, reason, actionFor(reason));
  return Event.None;
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
  if (!isWhole) {
    fail(c, Status.Malformed, Reason.MalformedPacket);
    return Event.None;
  }
  c.reason = reasonAt < to ? c.input[reasonAt] : Reason.Success;
  // SUBACK grants QoS 0, 1 or 2 [MQTT-3.8.4-7]; 3.1.1 knows one failure [MQTT-3.9.3-2].
  const most = isSuback ? 2 : Reason.NoSubscriptionExisted;
  if ((c.reason > most && c.reason < Reason.Unspecified) || (v5 === null && c.reason > Reason.Unspecified)) {
    fail(c, Status.ProtocolError, Reason.ProtocolError);
    return Event.None;
  }
  const row = findRequest(
    c, (c.input[at] << 8) | c.input[at + 1], isSuback ? Subscription.AwaitSuback : Subscription.AwaitUnsuback,
  );
  // A request that has been made anew since: its own answer follows.
  if (row < 0) return Event.None;
  c.handle = row;
  c.route = c.subs[row + Sub.Route];
  endRequest(c, row, isSuback ? c.reason < Reason.Unspecified : c.reason >= Reason.Unspecified);
  return isSuback ? Event.Subscribed : Event.Unsubscribed;
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP. In 5.0 a reason code and properties may follow the identifier. */
function readAcknowledgement(c: Client, packet: Packet, at: number, to: number): Event {
  const v5 = c.v5;
  const packetId = (c.input[at] << 8) | c.input[at + 1];
  let reason: Reason = Reason.Success;
  let isWhole = to - at === 2;
  if (Profile.V5 > 0 && v5 !== null && to - at > 2) {
    isWhole = true;
    reason = c.input[at + 2];
    if (to - at > 3 && !propertiesHold(c, v5, at + 3, to, packet)) return Event.None;
  }
  if (!isWhole) {
    fail(c, Status.Malformed, Reason.MalformedPacket);
    return Event.None;
  }
  const isReserved = reason < Reason.Unspecified && reason !== Reason.Success
    && (reason !== Reason.NoMatchingSubscribers || packet > Packet.Pubrec);
  if (packetId === 0 || isReserved) {
    fail(c, Status.ProtocolError, Reason.ProtocolError);
    return Event.None;
  }
  if (packet !== Packet.Pubrel) return acknowledgePublish(c, packet, packetId, reason);
  if (!releaseInbound(c, packetId)) fail(c, Status.ProtocolError, Reason.ProtocolError);
  return Event.None;
}
