/**
 * Accepting a publish: checked, encoded once into the outbox, or refused at once with nothing changed.
 * What most publishes do not need is in functions of its own, since small interpreters pay for the length of a function.
 * Must not know: when it is sent.
 *
 * Read first: MQTT 5.0 section 3.3.
 */
import { copyBytes, putText, TextFault, textFault } from './bytes.js';
import { type Client, type ClientV5, Run, Slot } from './client.js';
import { wakeAt } from './clock.js';
import { Packet, Property, Publish, State, Status, Time } from './codes.js';
import { takePacketId } from './identifier.js';
import { hasRow, makeRoom, Message, Record, replaceOlder, setMessage, topicLength } from './outbox.js';
import { Profile } from './profile.js';
import { type Properties, propertiesFit } from './properties.js';
import { putBytes, putInt16, putInt32, putVarint, varintSize, Wire } from './wire.js';

const enum Expiry {
  /** Identifier and value of the Message Expiry Interval property. */
  Bytes = 5,
  /** Longest expiry the clock can hold, in s: half its circle. */
  MaxS = 536870,
}

/**
 * Accepts a publish of `payload[from … to)`, which is copied: both buffers are the caller's again on return.
 * `flags` of `Publish`: Retain, Qos1 or Qos2, KeepLatest, Priority.
 * Returns 0 (QoS 0) or a handle above 0 (QoS 1 and 2, until its Published or Dropped event), or below 0 a Status:
 * BadTopic, BadFlags, BadRange; NoRoom, NoSlot, TooLarge; NotSupported by the server. [MQTT-3.3]
 */
export function clientPublish(
  c: Client, topic: string, payload: Uint8Array, from: number, to: number, flags: number, now: number,
): number {
  c.now = now;
  if (from < 0 || from > to || to > payload.length) return endAccept(c, Status.BadRange);
  let put = putTopic(c, topic, flags);
  while (put < 0 || put + to - from > c.arenaSize || (c.slotsUsed + c.outRun > 0 && !hasRow(c, flags))) {
    if (put >= 0) put = hasRow(c, flags) ? Status.NoRoom : Status.NoSlot;
    // What the server forbids is refused before anything gives way to it: it has this many bytes at least.
    if (Profile.V5 > 0 && c.v5 !== null && put <= Status.NoRoom) {
      const forbidden = serverForbids(c.v5, flags, topic.length + to - from + 4);
      if (forbidden !== Status.Ok) put = forbidden;
    }
    // Only a lack of room can be helped. A character of the topic takes at most 3 bytes.
    if ((put !== Status.NoRoom && put !== Status.NoSlot) || !makeRoom(c, flags, topic.length * 3 + behindTopicMax(c) + to - from)) return endAccept(c, put);
    put = putTopic(c, topic, flags);
  }
  copyBytes(c.arena, put, payload, from, to);
  put += to - from;

  // The header is written against the topic, so that its length need not be known before the topic's.
  const arena = c.arena;
  const at = c.arenaTo;
  const remaining = put - at - Record.Header;
  let start = at + 3;
  if (remaining < 128 && c.publishTotal === 0) arena[at + 4] = remaining & 127;
  else start = putLongHeader(c, at, remaining + c.publishTotal);
  arena[start] = (Packet.Publish << 4) | (flags & 7);
  if (c.slotsUsed === 0 && c.outRun === Run.None && flags <= Publish.Retain && canGoDirect(c)) {
    c.arenaTo = put;
    c.outRun = Run.Direct;
    c.out = arena;
    c.outFrom = start;
    c.outTo = put;
    return 0;
  }
  const slot = c.slotsTo;
  const slots = c.slots;
  slots[slot] = Message.Queued;
  slots[slot + Slot.Handle] = 0;
  slots[slot + Slot.At] = at;
  slots[slot + Slot.End] = put;
  slots[slot + Slot.Extra] = -1;
  if (Profile.V5 > 0 && c.v5 !== null) {
    const forbidden = serverForbids(c.v5, flags, put - start + c.publishTotal);
    if (forbidden !== Status.Ok) return endAccept(c, forbidden);
  }
  c.arenaTo = put;
  c.slotsTo = slot + Slot.Size;
  c.slotsUsed += 1;
  return flags > Publish.Retain || c.publishExpiryS + c.publishTotal > 0 ? finishRow(c, slot, flags) : 0;
}

/** Whether a QoS 0 publish can be the next run, without a row: nothing is before it, and nothing has to be done to it. */
function canGoDirect(c: Client): boolean {
  return c.controlTo === 0 && c.subsPending === 0 && c.state === State.Connected && c.v5 === null && c.publishTotal + c.publishExpiryS === 0;
}

/** Most bytes of a record beside topic and payload. */
function behindTopicMax(c: Client): number {
  const v5 = c.v5;
  const own = v5 === null ? null : v5.publishProperties;
  return Record.Topic + 2 + 4 + Expiry.Bytes + (own === null ? 0 : own.limit);
}

/** Forgets what was set aside for one publish. */
function endAccept(c: Client, result: number): number {
  c.publishExpiryS = 0;
  c.publishTotal = 0;
  if (Profile.V5 > 0 && c.v5 !== null) c.v5.publishProperties = null;
  return result;
}

/** Writes topic, packet identifier (still 0) and properties behind the outbox; returns where the payload goes, or a Status. */
function putTopic(c: Client, topic: string, flags: number): number {
  let to = c.topicTextTo;
  if (c.topicTextAt !== c.arenaTo || c.topicText !== topic) to = putNewTopic(c, topic);
  if (to < 0) return to;
  return (flags & ~Publish.Retain) === 0 && c.v5 === null ? to : putBehindTopic(c, to, flags);
}

function putNewTopic(c: Client, topic: string): number {
  const arena = c.arena;
  const at = c.arenaTo + Record.Topic;
  const to = putText(arena, at, c.arenaSize, topic);
  c.topicTextAt = -1;
  if (to < 0) return Status.NoRoom;
  // [MQTT-3.3.2-2] [MQTT-1.5.4-1] [MQTT-4.7.3-1]
  if (to === at || to - at > Wire.DataMax || textFault(arena, at, to) !== TextFault.None) return Status.BadTopic;
  arena[at - 2] = ((to - at) >>> 8) & 255;
  arena[at - 1] = (to - at) & 255;
  c.topicText = topic;
  c.topicTextAt = c.arenaTo;
  c.topicTextTo = to;
  return to;
}

function putBehindTopic(c: Client, at: number, flags: number): number {
  const v5 = c.v5;
  const qos = flags & Publish.QosMask;
  let put = at;
  if ((flags & ~Publish.All) !== 0 || qos > Profile.Qos * 2) return Status.BadFlags;
  if (qos !== 0) put = putInt16(c.arena, put, 0);
  if (Profile.V5 > 0 && v5 !== null) {
    const own = v5.publishProperties;
    let count = own === null ? 0 : own.limit;
    if (c.publishExpiryS > 0) count += Expiry.Bytes;
    put = putVarint(c.arena, put, count);
    if (c.publishExpiryS > 0 && put >= 0) {
      if (put < c.arenaSize) c.arena[put] = Property.MessageExpiryInterval;
      put = putInt32(c.arena, put + 1, c.publishExpiryS);
    }
    if (own !== null) put = putBytes(c.arena, put, own.bytes, 0, own.limit);
  }
  return put < 0 ? Status.NoRoom : put;
}

/** Writes a remaining length of more than one byte; returns where the first byte goes. */
function putLongHeader(c: Client, at: number, remaining: number): number {
  const start = at + Record.Header - 1 - varintSize(remaining);
  putVarint(c.arena, start + 1, remaining);
  return start;
}

/** What QoS and policies add to an accepted publish. Returns its handle. */
function finishRow(c: Client, added: number, flags: number): number {
  const slots = c.slots;
  let slot = added;
  let handle = 0;
  if (Profile.Qos > 0 && (flags & Publish.QosMask) !== 0) {
    const packetId = takePacketId(c);
    handle = packetId | ((c.generation & 0x3fff) << 16);
    slots[slot + Slot.Handle] = handle;
    putInt16(c.arena, slots[slot + Slot.At] + Record.Topic + topicLength(c, slot), packetId);
  }
  if (Profile.Policy > 0) {
    if ((flags & Publish.KeepLatest) !== 0) slot = replaceOlder(c, slot);
    if ((flags & Publish.Priority) !== 0) setMessage(c, slot, Message.Urgent);
    if (c.publishExpiryS > 0) {
      slots[slot + Slot.Extra] = (c.now + c.publishExpiryS * 1000) & Time.Mask;
      c.expiring += 1;
      wakeAt(c, slots[slot + Slot.Extra]);
    }
  }
  if (Profile.Streaming > 0 && c.publishTotal > 0) {
    c.streamSlot = slot;
    c.streamTotal = c.publishTotal;
  }
  return endAccept(c, handle);
}

/**
 * As `clientPublish`, with an expiry: what has not begun to be sent `expiryS` seconds from now (1 to 536,870; 0: never)
 * is dropped with an event, and in MQTT 5.0 the server is told what is left of it. `properties` (5.0, or null) are
 * copied; a Message Expiry Interval or Topic Alias among them is the core's business and refused (BadProperties).
 */
export function clientPublishWith(
  c: Client, topic: string, payload: Uint8Array, from: number, to: number, flags: number,
  expiryS: number, properties: Properties | null, now: number,
): number {
  if (Profile.Policy < 1 && expiryS > 0) return Status.BadState;
  if (expiryS < 0 || expiryS > Expiry.MaxS) return Status.BadRange;
  const status = stageProperties(c, properties);
  if (status !== Status.Ok) return status;
  c.publishExpiryS = expiryS;
  const handle = clientPublish(c, topic, payload, from, to, flags, now);
  return endAccept(c, handle);
}

/**
 * Begins a publish whose payload of `total` bytes need not fit any buffer: StreamWanted events ask for it, from offset 0
 * again after a lost link. One at a time; NoSlot while another is unsettled. `clientStream` hands the bytes over.
 */
export function clientPublishStream(
  c: Client, topic: string, total: number, flags: number, properties: Properties | null, now: number,
): number {
  if (Profile.Streaming < 1) return Status.BadState;
  if (c.streamSlot >= 0) return Status.NoSlot;
  if (total < 0 || total > Wire.VarintMax - c.arenaSize) return Status.BadRange;
  if ((flags & Publish.KeepLatest) !== 0) return Status.BadFlags;
  const status = stageProperties(c, properties);
  if (status !== Status.Ok) return status;
  c.publishTotal = total;
  const handle = clientPublish(c, topic, c.arena, 0, 0, flags, now);
  return endAccept(c, handle);
}

/** Checks properties and sets them aside for the publish that follows. */
function stageProperties(c: Client, properties: Properties | null): Status {
  const v5 = c.v5;
  if (properties === null) return Status.Ok;
  if (Profile.V5 < 1 || v5 === null) return Status.BadProperties;
  // A subscription identifier is the server's to send. [MQTT-3.3.4-6]
  if (!propertiesFit(v5.properties, properties, Packet.OwnPublish)) return Status.BadProperties;
  v5.publishProperties = properties;
  return Status.Ok;
}

/** The server's limits, as far as they are known while connected: checked here to refuse at once, and again before sending. */
export function serverForbids(v5: ClientV5, flags: number, size: number): Status {
  if ((flags & Publish.QosMask) > v5.maximumQos * Publish.Qos1) return Status.NotSupported; // [MQTT-3.2.2-11]
  if ((flags & Publish.Retain) !== 0 && !v5.retainAvailable) return Status.NotSupported; // [MQTT-3.2.2-14]
  return v5.maximumPacketBytes > 0 && size > v5.maximumPacketBytes ? Status.TooLarge : Status.Ok; // [MQTT-3.2.2-15]
}
