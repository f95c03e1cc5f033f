/**
 * Inbound PUBLISH: a whole message where the receive buffer holds it, else chunk by chunk, and when it is settled.
 * Must not know: how a packet's length was read, what else may arrive.
 *
 * Read first: MQTT 5.0 section 3.3 and 4.3.
 */
import { learnAlias, recallAlias } from './alias.js';
import { moveBytes, TextFault, textFault } from './bytes.js';
import type { Client, ClientV5 } from './client.js';
import { fail, violation } from './connection.js';
import { propertiesHold } from './connack.js';
import { controlHasRoom } from './control.js';
import { Acknowledge, Event, Packet, Property, Publish, Reason, Status } from './codes.js';
import { Ack, answerInbound, holdInbound, isDuplicate } from './inbound.js';
import { Profile } from './profile.js';
import { propertyNext } from './properties.js';
import { reasonAllowed } from './reasons.js';
import { routeOf } from './subscriptions.js';
import { readVarint } from './wire.js';

/** What a reader returns beside an event. None: a packet was dealt with and there is nothing to report. */
export const enum Step {
  /** More bytes, or more room in the control queue, are needed. */
  More = -1,
  /** The header of a packet in chunks is there. */
  Header = -2,
}

/**
 * Where the payload begins; beyond `to` when the header is longer than the packet; -1 when it passes the bytes at hand.
 */
function payloadAt(c: Client, at: number, to: number, qos: number): number {
  const input = c.input;
  let next = at + 2;
  if (next <= c.inTo) next += (input[at] << 8) | input[at + 1];
  if (qos !== 0) next += 2;
  if (Profile.V5 > 0 && c.v5 !== null && next < to) {
    const count = readVarint(input, next, c.inTo < to ? c.inTo : to, true);
    // Where it is no property length, or there is none yet, the payload passes the end of the packet or of the bytes.
    next = count > 0 ? next + (count >>> 3) + (count & 7) : count < 0 || c.inTo >= to ? to + 1 : c.inTo + 1;
  }
  return next > to || next <= c.inTo ? next : -1;
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
  if (v5.topicAlias > v5.config.topicAliasMaximum) violation(c, Reason.TopicAliasInvalid); // [MQTT-3.3.2-9]
  else if (c.topicTo === c.topicFrom) {
    if (recallAlias(c, v5, v5.topicAlias)) return true;
    violation(c, Reason.ProtocolError);
  } else {
    if (learnAlias(v5, v5.topicAlias, c.input, c.topicFrom, c.topicTo)) return true;
    // Longer than its row: this client must own up to it.
    fail(c, Status.InboundTooLarge, Reason.QuotaExceeded);
  }
  return false;
}

/** Takes note of a QoS 1 or 2 message; false when it cannot be, and the connection has ended. */
function noteInbound(c: Client, packetId: number, qos: number): boolean {
  const fault = holdInbound(c, packetId, qos === Publish.Qos2);
  if (fault !== Reason.Success) {
    // 3.1.1 has no way to tell the server of the limit.
    const isOwnLimit = fault === Reason.ReceiveMaximumExceeded && c.v5 === null;
    fail(c, isOwnLimit ? Status.InboundTooMany : Status.ProtocolError, fault);
    return false;
  }
  c.settleReason = Reason.Success;
  if (c.config.acknowledge === Acknowledge.AtOnce) answerInbound(c, packetId, Reason.Success);
  return true;
}

/** After the last byte: what the configuration leaves to the end is settled at the next call, or now if nobody saw the message. */
function endMessage(c: Client, isSeen: boolean): void {
  if (Profile.Qos < 1 || c.handle === 0 || c.config.acknowledge !== Acknowledge.AtEnd) return;
  if (isSeen) {
    c.settleHandle = c.handle;
    c.attention = true;
  } else answerInbound(c, c.handle, c.settleReason);
}

/**
 * Reads the PUBLISH that begins at `begin` of the receive buffer, with its body at `input[at … to)`, which may end beyond
 * the bytes at hand. Returns Message, Chunk, None or More.
 */
export function readPublish(c: Client, begin: number, at: number, to: number): Event | Step {
  const input = c.input;
  if (to > c.inTo) {
    const step = makeWay(c, begin, at, to, input[begin] & Publish.QosMask);
    if (step !== Step.Header) return step;
  }
  c.flags = input[begin] & 15;
  c.handle = 0;
  c.topic = input;
  c.topicFrom = at + 2;
  let rest = at + 2;
  if (rest <= to) rest += (input[at] << 8) | input[at + 1];
  c.topicTo = rest;
  if (rest > to) return violation(c, Reason.MalformedPacket);
  const fault = textFault(input, at + 2, rest);
  // [MQTT-3.3.2-1] [MQTT-3.3.2-2]
  if (fault !== TextFault.None) return violation(c, fault === TextFault.Malformed ? Reason.MalformedPacket : Reason.ProtocolError);
  if (c.flags > Publish.Retain || c.v5 !== null || to > c.inTo) return readRest(c, at, to);
  if (rest === at + 2) return violation(c, Reason.ProtocolError); // [MQTT-4.7.3-1]
  c.payloadFrom = rest;
  c.payloadTo = to;
  c.offset = 0;
  c.total = to - rest;
  c.inFrom = to;
  if (Profile.Routing > 0) c.route = routeOf(c, 0, input, at + 2, rest);
  return Event.Message;
}

/** What a PUBLISH has behind its topic where it is not a whole one of QoS 0 in 3.1.1. */
function readRest(c: Client, at: number, to: number): Event | Step {
  const qos = c.flags & Publish.QosMask;
  let rest = c.topicTo;
  if (c.flags > Publish.Retain) {
    if (Profile.Qos > 0 && !controlHasRoom(c, Ack.Bytes)) return Step.More;
    rest = readIdentifier(c, c.flags, rest, to);
    if (rest < 0) return Event.None;
  }
  let identifier = 0;
  if (Profile.V5 > 0 && c.v5 !== null) {
    const v5 = c.v5;
    v5.subscriptionIdentifier = 0;
    if (rest < to && c.input[rest] === 0) rest++;
    else {
      const payload = payloadAt(c, at, to, qos);
      if (payload > to) return violation(c, Reason.MalformedPacket);
      if (!propertiesHold(c, v5, rest, payload, Packet.Publish) || !readPublishProperties(c, v5)) return Event.None;
      rest = payload;
    }
    identifier = v5.subscriptionIdentifier;
  }
  // [MQTT-4.7.3-1]; in 5.0 an alias may stand for it.
  if (c.topicFrom === c.topicTo) return violation(c, Reason.ProtocolError);

  c.payloadFrom = rest;
  c.payloadTo = to;
  c.offset = 0;
  c.total = to - rest;
  let isNew = true;
  if (Profile.Qos > 0 && qos !== 0) {
    isNew = !isDuplicate(c, c.handle, qos === Publish.Qos2);
    if (isNew && !noteInbound(c, c.handle, qos)) return Event.None;
  }
  c.inFrom = to;
  if (Profile.Routing > 0 && isNew) c.route = routeOf(c, identifier, c.topic, c.topicFrom, c.topicTo);
  if (to > c.inTo) return beginChunks(c, rest, isNew);
  if (!isNew) return Event.None;
  endMessage(c, true);
  return Event.Message;
}

/** The packet identifier, and the flags that go with it; returns where the rest begins, or -1 when the connection has ended. */
function readIdentifier(c: Client, flags: number, at: number, to: number): number {
  const qos = flags & Publish.QosMask;
  let reason: Reason = Reason.Success;
  // [MQTT-3.3.1-4] [MQTT-3.3.1-2]
  if (qos === Publish.QosMask || qos === 0 || at + 2 > to) reason = Reason.MalformedPacket;
  else if (Profile.Qos < 1) reason = Reason.QosNotSupported;
  else {
    c.handle = (c.input[at] << 8) | c.input[at + 1];
    if (c.handle === 0) reason = Reason.ProtocolError; // [MQTT-2.2.1-3]
  }
  if (reason === Reason.Success) return at + 2;
  violation(c, reason);
  return -1;
}

/** A packet that is not whole: waits for the rest if it will fit, else for its header, which must be at the buffer's front. */
function makeWay(c: Client, begin: number, at: number, to: number, qos: number): Event | Step {
  if (to - begin <= c.inputSize) return Step.More;
  if (begin > 0) {
    moveBytes(c.input, 0, begin, c.inTo);
    c.inFrom = 0;
    c.inTo -= begin;
    return Event.None;
  }
  const payload = payloadAt(c, at, to, qos);
  if (payload > to) return violation(c, Reason.MalformedPacket);
  if (payload >= 0 && payload < c.inputSize) return Step.Header;
  if (payload < 0 && c.inTo < c.inputSize) return Step.More;
  fail(c, Status.InboundTooLarge, Reason.PacketTooLarge);
  return Event.None;
}

/** The header of a message in chunks has been read: its payload begins at `rest`. */
function beginChunks(c: Client, rest: number, isNew: boolean): Event {
  c.inKeep = rest;
  c.inFrom = rest;
  c.chunkLeft = c.total;
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
 * acknowledges it at the end. BadState: no message is in chunks. BadFlags: not a reason code of PUBACK.
 */
export function clientSkip(c: Client, reason: Reason): Status {
  if (c.chunkLeft === 0) return Status.BadState;
  if (Profile.V5 > 0 && c.v5 !== null && !reasonAllowed(Packet.Puback, reason)) return Status.BadFlags;
  c.chunkSkip = true;
  c.settleReason = reason;
  return Status.Ok;
}
