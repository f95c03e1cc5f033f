/**
 * Inbound PUBLISH: a whole message where the receive buffer holds it, else chunk by chunk, and when it is settled.
 * Must not know: how a packet's length was read, what else may arrive.
 *
 * Read first: MQTT 5.0 section 3.3 and 4.3.
 */
import { learnAlias, recallAlias } from './alias.js';
import { moveBytes, TextFault, textFault } from './bytes.js';
import type { Client, ClientV5 } from './client.js';
import { fail } from './connection.js';
import { propertiesHold } from './connack.js';
import { controlHasRoom } from './control.js';
import { Acknowledge, Event, Packet, Property, Publish, Reason, Status } from './codes.js';
import { Ack, answerInbound, holdInbound, inboundHasRoom, isDuplicate } from './inbound.js';
import { Profile } from './profile.js';
import { propertyNext } from './properties.js';
import { routeOf } from './subscriptions.js';

/** What a reader returns beside an event. None: a packet was dealt with and there is nothing to report. */
export const enum Step {
  /** More bytes, or more room in the control queue, are needed. */
  More = -1,
}

function malformed(c: Client): Event {
  fail(c, Status.Malformed, Reason.MalformedPacket);
  return Event.None;
}

function violation(c: Client, reason: Reason): Event {
  fail(c, Status.ProtocolError, reason);
  return Event.None;
}

/**
 * Where the payload begins; beyond `to` when the header is longer than the packet; -1 when it passes the bytes at hand.
 * The end of 5.0's properties.
 */
function headerEnd(c: Client, at: number, to: number, qos: number): number {
  const bytes = c.input;
  if (at + 2 > c.inTo) return -1;
  let next = at + 2 + ((bytes[at] << 8) | bytes[at + 1]);
  if (qos !== 0) next += 2;
  if (Profile.V5 > 0 && c.v5 !== null) {
    let count = 0;
    let shift = 0;
    let byte = 128;
    while (byte > 127 && shift < 28) {
      if (next >= to) return to + 1;
      if (next >= c.inTo) return -1;
      byte = bytes[next];
      count |= (byte & 127) << shift;
      shift += 7;
      next++;
    }
    next += count;
  }
  if (next > to) return to + 1;
  return next > c.inTo ? -1 : next;
}

/** Reads alias and subscription identifier from checked properties, and resolves the topic. False: the connection has ended. */
function readPublishProperties(c: Client, v5: ClientV5): boolean {
  const p = v5.properties;
  const from = p.at;
  v5.topicAlias = 0;
  v5.subscriptionIdentifier = 0;
  let id = propertyNext(p);
  while (id > 0) {
    if (id === Property.TopicAlias) v5.topicAlias = p.value;
    if (id === Property.SubscriptionIdentifier && v5.subscriptionIdentifier === 0) v5.subscriptionIdentifier = p.value;
    id = propertyNext(p);
  }
  p.at = from;
  if (v5.topicAlias === 0) return true;
  const isNew = c.topicTo > c.topicFrom;
  if (isNew ? learnAlias(v5, v5.topicAlias, c.input, c.topicFrom, c.topicTo) : recallAlias(c, v5, v5.topicAlias)) return true;
  // Out of range or unknown [MQTT-3.3.2-8]; or a topic longer than its row, which this client must own up to.
  if (isNew && v5.topicAlias <= v5.config.topicAliasMaximum) fail(c, Status.InboundTooLarge, Reason.QuotaExceeded);
  else fail(c, Status.ProtocolError, Reason.TopicAliasInvalid);
  return false;
}

/** Takes note of a QoS 1 or 2 message; false when the table is full, and the connection has ended. */
function noteInbound(c: Client, packetId: number, qos: number): boolean {
  if (!inboundHasRoom(c)) {
    // [MQTT-3.3.4-9]; 3.1.1 has no way to tell the server of the limit.
    fail(c, c.v5 === null ? Status.InboundTooMany : Status.ProtocolError, Reason.ReceiveMaximumExceeded);
    return false;
  }
  holdInbound(c, packetId, qos === Publish.Qos2);
  c.settleReason = Reason.Success;
  if (c.config.acknowledge === Acknowledge.AtOnce) answerInbound(c, packetId, Reason.Success);
  return true;
}

/** After the last byte: what the configuration leaves to the end is settled at the next call, or now if nobody saw the message. */
function endMessage(c: Client, isSeen: boolean): void {
  if (Profile.Qos < 1 || c.handle === 0 || c.config.acknowledge !== Acknowledge.AtEnd) return;
  if (isSeen) c.settleHandle = c.handle;
  else answerInbound(c, c.handle, c.settleReason);
}

/**
 * Reads the PUBLISH that begins at `begin` of the receive buffer, with its body at `input[at … to)`, which may end beyond
 * the bytes at hand. Returns Message, Chunk, None or More.
 */
export function readPublish(c: Client, begin: number, at: number, to: number): Event | Step {
  const bytes = c.input;
  const v5 = c.v5;
  const flags = bytes[begin] & 15;
  const qos = flags & Publish.QosMask;
  // [MQTT-3.3.1-4] [MQTT-3.3.1-2]
  if (qos === Publish.QosMask || (qos === 0 && flags >= Publish.Dup)) return malformed(c);
  if (qos > Profile.Qos * 2) return violation(c, Reason.QosNotSupported);
  const isWhole = to <= c.inTo;
  let payload = to;
  if (!isWhole) {
    if (to - begin <= bytes.length) return Step.More;
    // The header of a message in chunks stays at the front of the buffer, the rest is for the payload.
    if (begin > 0) {
      moveBytes(bytes, 0, begin, c.inTo);
      c.inFrom = 0;
      c.inTo -= begin;
      return Event.None;
    }
    payload = headerEnd(c, at, to, qos);
    if (payload > to) return malformed(c);
    if (payload < 0 || payload >= bytes.length) {
      if (payload < 0 && c.inTo < bytes.length) return Step.More;
      fail(c, Status.InboundTooLarge, Reason.PacketTooLarge);
      return Event.None;
    }
  }
  if (qos !== 0 && !controlHasRoom(c, Ack.Bytes)) return Step.More;

  let rest = at + 2;
  if (rest > to) return malformed(c);
  c.topic = bytes;
  c.topicFrom = rest;
  rest += (bytes[at] << 8) | bytes[at + 1];
  c.topicTo = rest;
  c.flags = flags;
  c.handle = 0;
  if (qos !== 0) {
    rest += 2;
    if (rest > to) return malformed(c);
    c.handle = (bytes[rest - 2] << 8) | bytes[rest - 1];
    if (c.handle === 0) return violation(c, Reason.ProtocolError); // [MQTT-2.2.1-3]
  }
  if (rest > to) return malformed(c);
  const fault = textFault(bytes, c.topicFrom, c.topicTo);
  if (fault === TextFault.Malformed) return malformed(c); // [MQTT-3.3.2-1]
  if (fault === TextFault.Wildcard) return violation(c, Reason.ProtocolError); // [MQTT-3.3.2-2]
  let identifier = 0;
  if (Profile.V5 > 0 && v5 !== null) {
    if (bytes[rest] === 0 && rest < to) {
      v5.topicAlias = 0;
      rest++;
    } else {
      if (isWhole) {
        payload = headerEnd(c, at, to, qos);
        if (payload > to) return malformed(c);
      }
      if (!propertiesHold(c, v5, rest, payload, Packet.Publish)) return Event.None;
      if (!readPublishProperties(c, v5)) return Event.None;
      identifier = v5.subscriptionIdentifier;
      rest = payload;
    }
  }
  // [MQTT-4.7.3-1]; in 5.0 an alias may stand for it.
  if (c.topicFrom === c.topicTo) return violation(c, Reason.ProtocolError);

  c.payloadFrom = rest;
  c.payloadTo = to;
  c.offset = 0;
  c.total = to - rest;
  c.inFrom = to;
  let isNew = true;
  if (Profile.Qos > 0 && qos !== 0) {
    isNew = qos !== Publish.Qos2 || !isDuplicate(c, c.handle);
    if (isNew && !noteInbound(c, c.handle, qos)) return Event.None;
  }
  if (Profile.Routing > 0 && isNew) c.route = routeOf(c, identifier, c.topic, c.topicFrom, c.topicTo);
  if (isWhole) {
    if (!isNew) return Event.None;
    endMessage(c, true);
    return Event.Message;
  }
  c.inKeep = rest;
  c.inFrom = rest;
  c.chunkLeft = to - rest;
  c.chunkSkip = !isNew;
  if (!isNew) c.handle = 0;
  if (Profile.Streaming > 0 || !isNew) return Event.None;
  // Without streaming the application learns of the message and its size, and the payload is passed over.
  c.chunkSkip = true;
  c.payloadTo = rest;
  return Event.Chunk;
}

/** The next part of a message in chunks. */
export function readChunk(c: Client): Event | Step {
  let count = c.inTo - c.inFrom;
  if (count === 0) return Step.More;
  if (count > c.chunkLeft) count = c.chunkLeft;
  c.payloadFrom = c.inFrom;
  c.payloadTo = c.inFrom + count;
  c.offset = c.total - c.chunkLeft;
  c.inFrom += count;
  c.chunkLeft -= count;
  if (c.chunkLeft === 0) {
    c.inKeep = 0;
    endMessage(c, !c.chunkSkip);
  }
  return c.chunkSkip ? Event.None : Event.Chunk;
}

/**
 * After a Chunk event: the application does not want the rest. `reason` from 0x80 on refuses the message, where 5.0
 * acknowledges it at the end. BadState: no message is in chunks.
 */
export function clientSkip(c: Client, reason: Reason): Status {
  if (c.chunkLeft === 0) return Status.BadState;
  c.chunkSkip = true;
  c.settleReason = reason;
  return Status.Ok;
}
