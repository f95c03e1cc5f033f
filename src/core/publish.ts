/**
 * Accepting a publish: checked, encoded once into the outbox, or refused at once with nothing changed.
 * Must not know: when it is sent.
 *
 * Read first: MQTT 5.0 section 3.3.
 */
import { copyBytes, putText, TextFault, textFault } from './bytes.js';
import { type Client, type ClientV5, Slot } from './client.js';
import { elapsed, wakeAt } from './clock.js';
import { Packet, Property, Publish, Reason, Status, Time } from './codes.js';
import { takePacketId } from './identifier.js';
import { dropMessage, findUnsentTopic, makeRoom, Message, Record } from './outbox.js';
import { Profile } from './profile.js';
import { type Properties, propertiesCheck, propertyNext } from './properties.js';
import { putInt16, putInt32, putVarint, varintSize, Wire } from './wire.js';

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
 * BadTopic, BadFlags, BadRange, BadProperties; NoRoom, NoSlot, TooLarge; NotSupported by the server. [MQTT-3.3]
 */
export function clientPublish(
  c: Client, topic: string, payload: Uint8Array, from: number, to: number, flags: number, now: number,
): number {
  c.now = now;
  return acceptPublish(c, topic, payload, from, to, flags, 0, 0);
}

/**
 * As `clientPublish`, with an expiry: what has not begun to be sent `expiryS` seconds from now (1 to 536,870; 0: never)
 * is dropped with an event, and in MQTT 5.0 the server is told what is left of it. `properties` (5.0, or null) are
 * copied; a Message Expiry Interval or Topic Alias among them is the core's business and refused.
 */
export function clientPublishWith(
  c: Client, topic: string, payload: Uint8Array, from: number, to: number, flags: number,
  expiryS: number, properties: Properties | null, now: number,
): number {
  c.now = now;
  const count = stagePublish(c, expiryS, properties);
  return count < 0 ? count : acceptPublish(c, topic, payload, from, to, flags, expiryS, 0);
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
  if (total < 0 || total > Wire.VarintMax - Wire.DataMax) return Status.BadRange;
  if ((flags & Publish.KeepLatest) !== 0) return Status.BadFlags;
  c.now = now;
  const count = stagePublish(c, 0, properties);
  return count < 0 ? count : acceptPublish(c, topic, c.arena, 0, 0, flags, 0, total);
}

/** Checks expiry and properties and leaves them for `acceptPublish`. */
function stagePublish(c: Client, expiryS: number, properties: Properties | null): Status {
  if (expiryS < 0 || expiryS > Expiry.MaxS) return Status.BadRange;
  if (Profile.V5 > 0 && properties !== null) {
    const v5 = c.v5;
    if (v5 === null) return Status.BadProperties;
    const check = v5.properties;
    if (propertiesCheck(check, properties.bytes, 0, properties.limit, Packet.Publish) !== Reason.Success) return Status.BadProperties;
    let id = propertyNext(check);
    while (id !== 0) {
      // The identifier is the server's to send. [MQTT-3.3.4-6]
      if (id === Property.TopicAlias || id === Property.MessageExpiryInterval || id === Property.SubscriptionIdentifier) {
        return Status.BadProperties;
      }
      id = propertyNext(check);
    }
    v5.publishProperties = properties;
  }
  return Status.Ok;
}

/** The server's limits, as far as they are known while connected: checked here to refuse at once, and again before sending. */
export function serverForbids(v5: ClientV5, flags: number, size: number): Status {
  if ((flags & Publish.QosMask) > v5.maximumQos * Publish.Qos1) return Status.NotSupported; // [MQTT-3.2.2-11]
  if ((flags & Publish.Retain) !== 0 && !v5.retainAvailable) return Status.NotSupported; // [MQTT-3.2.2-14]
  if (v5.maximumPacketBytes > 0 && size > v5.maximumPacketBytes) return Status.TooLarge; // [MQTT-3.2.2-15]
  return Status.Ok;
}

function acceptPublish(
  c: Client, topic: string, payload: Uint8Array, from: number, to: number, flags: number, expiryS: number, total: number,
): number {
  const v5 = c.v5;
  const qos = flags & Publish.QosMask;
  const arena = c.arena;
  let properties: Properties | null = null;
  let propertyBytes = 0;
  if (Profile.V5 > 0 && v5 !== null) {
    properties = v5.publishProperties;
    v5.publishProperties = null;
    if (properties !== null) propertyBytes = properties.limit;
    if (expiryS > 0) propertyBytes += Expiry.Bytes;
  }
  if ((flags & ~Publish.All) !== 0 || qos > Profile.Qos * 2) return Status.BadFlags;
  if (from < 0 || to < from || to > payload.length) return Status.BadRange;

  // Everything behind the topic, whose length is known once it stands in the arena.
  let rest = to - from;
  if (qos !== 0) rest += 2;
  if (Profile.V5 > 0 && v5 !== null) rest += varintSize(propertyBytes) + propertyBytes;
  let at = 0;
  let topicEnd = -1;
  let full: Status = Status.Ok;
  while (full === Status.Ok) {
    at = c.arenaTo;
    topicEnd = putText(arena, at + Record.Topic, arena.length, topic);
    if (topicEnd >= 0) {
      if (topicEnd === at + Record.Topic || topicEnd - at - Record.Topic > Wire.DataMax) return Status.BadTopic;
      // [MQTT-3.3.2-2] [MQTT-1.5.4-1]
      if (textFault(arena, at + Record.Topic, topicEnd) !== TextFault.None) return Status.BadTopic;
    }
    if (topicEnd < 0 || topicEnd + rest > arena.length) full = Status.NoRoom;
    else if (c.slotsTo >= c.slots.length) full = Status.NoSlot;
    else break;
    if (makeRoom(c, flags)) full = Status.Ok;
  }
  if (full !== Status.Ok) return full;
  if (Profile.V5 > 0 && v5 !== null) {
    const forbidden = serverForbids(v5, flags, topicEnd + rest + total - at - 3);
    if (forbidden !== Status.Ok) return forbidden;
  }

  let slot = c.slotsTo;
  let handle = 0;
  let put = topicEnd;
  if (Profile.Policy > 0 && (flags & Publish.KeepLatest) !== 0) {
    const older = findUnsentTopic(c, at + Record.Topic, topicEnd);
    if (older >= 0) slot = replaceMessage(c, older);
  }
  if (qos !== 0) {
    const packetId = takePacketId(c);
    handle = packetId | (c.generation << 16);
    put = putInt16(arena, put, packetId);
  }
  if (Profile.V5 > 0 && v5 !== null) {
    put = putVarint(arena, put, propertyBytes);
    if (expiryS > 0) {
      arena[put] = Property.MessageExpiryInterval;
      put = putInt32(arena, put + 1, expiryS);
    }
    if (properties !== null) {
      copyBytes(arena, put, properties.bytes, 0, properties.limit);
      put += properties.limit;
    }
  }
  copyBytes(arena, put, payload, from, to);
  put += to - from;

  // The header is written against the topic, so that its length need not be known before the topic's.
  const topicBytes = topicEnd - at - Record.Topic;
  const remaining = put - at - Record.Header + total;
  let start = at + 3;
  arena[at + 5] = (topicBytes >>> 8) & 255;
  arena[at + 6] = topicBytes & 255;
  if (remaining < 128) arena[at + 4] = remaining;
  else {
    start = at + 4 - varintSize(remaining);
    putVarint(arena, start + 1, remaining);
  }
  arena[start] = (Packet.Publish << 4) | (flags & (Publish.QosMask | Publish.Retain));
  c.arenaTo = put;

  const slots = c.slots;
  slots[slot + Slot.State] = Message.Queued;
  slots[slot + Slot.Handle] = handle;
  slots[slot + Slot.At] = at;
  slots[slot + Slot.End] = put;
  slots[slot + Slot.Extra] = -1;
  if (slot === c.slotsTo) c.slotsTo += Slot.Size;
  c.slotsUsed += 1;
  if (Profile.Policy > 0) {
    if ((flags & Publish.Priority) !== 0) {
      slots[slot + Slot.State] = Message.Urgent;
      c.urgent += 1;
    }
    if (expiryS > 0) {
      slots[slot + Slot.Extra] = (c.now + expiryS * 1000) & Time.Mask;
      c.expiring += 1;
      wakeAt(c, slots[slot + Slot.Extra]);
    }
  }
  if (Profile.Streaming > 0 && total > 0) {
    c.streamSlot = slot;
    c.streamTotal = total;
  }
  return handle;
}

/** Moves the older message to the end of the table, to be reported as replaced; its row is the newer one's. */
function replaceMessage(c: Client, older: number): number {
  const last = c.slotsTo;
  dropMessage(c, older, Status.Replaced);
  for (let n = 0; n < Slot.Size; n++) c.slots[last + n] = c.slots[older + n];
  c.slotsTo += Slot.Size;
  return older;
}

/** Whole seconds left until `expiryAt`, rounded down; long division, since the subset has no other. */
export function expiryLeftS(c: Client, expiryAt: number): number {
  let left = elapsed(expiryAt, c.now);
  let seconds = 0;
  for (let shift = 19; shift >= 0; shift--) {
    const unit = 1000 << shift;
    if (left >= unit) {
      left -= unit;
      seconds += 1 << shift;
    }
  }
  return seconds;
}
