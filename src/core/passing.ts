/**
 * Messages of QoS 1 and 2 that pass the core by: a port whose platform does that better puts their packets together and takes them apart by itself, and
 * the core only takes note, in the few steps that lead where its ordinary way would have led. So it stays the only one who writes its state.
 *
 * For packets of 3.1.1 whose remaining length takes one byte, that come and go whole, under `Acknowledge.AtEnd`, and while nothing else is to be done:
 * `isQuietOut` for what leaves, both for what comes in. Where a function here returns 0 or false it has done nothing, and the packet goes the ordinary way.
 * Must not know: strings, links. Read first: publish.ts, handshake.ts and inbound.ts, whose steps these are.
 */
import { type Client, Ping, Run, Slot } from './client.js';
import { Packet, Publish, Reason, State, Time } from './codes.js';
import { Entry } from './inbound.js';
import { findMessage, Message, Record } from './outbox.js';

/** Whether what is published now would be the next that leaves. */
export function isQuietOut(c: Client): boolean {
  return c.state === State.Connected && c.v5 === null && c.outRun === Run.None && c.controlTo === 0 && c.next === c.slotsTo
    && c.special + c.reports + c.subsPending === 0;
}

/** Whether what comes in now would be read at once, and nothing waits for its coming. */
export function isQuietIn(c: Client): boolean {
  return c.inFrom === c.inTo && c.chunkLeft === 0 && c.ping === Ping.None;
}

/** A publish of QoS 1 or 2 leaves in a packet of `size` bytes, which belongs at `arena[arenaTo - size]` afterwards. Returns its packet identifier, or 0. */
export function noteSent(c: Client, size: number, flags: number): number {
  const slot = c.slotsTo;
  const at = c.arenaTo;
  const endAt = at + Record.Header - 2 + size;
  let packetId = 0;
  if (c.quota > 0 && c.idsFree > 0 && endAt <= c.arenaSize && slot + Slot.Size < c.slotsSize) {
    const slots = c.slots;
    packetId = c.packetId + 1;
    c.packetId = packetId;
    c.idsFree -= 1;
    c.quota -= 1;
    slots[slot] = (flags & Publish.Qos2) === 0 ? Message.AwaitPuback : Message.AwaitPubrec;
    slots[slot + Slot.Handle] = packetId | ((c.generation & 0x3fff) << 16);
    slots[slot + Slot.At] = at;
    slots[slot + Slot.End] = endAt;
    slots[slot + Slot.Extra] = c.sequence;
    c.sequence = (c.sequence + 1) & Time.Mask;
    c.arenaTo = endAt;
    c.topicTextAt = -1;
    c.slotsTo = slot + Slot.Size;
    c.next = slot + Slot.Size;
    c.slotsUsed += 1;
  }
  return packetId;
}

/** PUBACK or PUBCOMP came for a publish that awaits it, which has come to its end. */
export function noteAcknowledged(c: Client, awaited: Message, packetId: number): boolean {
  const slots = c.slots;
  let slot = 0;
  while (slot < c.slotsTo && (slots[slot + Slot.Handle] & 0xffff) !== packetId) slot += Slot.Size;
  const isAwaited = slot < c.slotsTo && slots[slot] === awaited;
  if (isAwaited) {
    slots[slot] = Message.Free;
    c.quota += 1;
    c.slotsUsed -= 1;
    if (c.slotsUsed === 0) {
      c.slotsTo = 0;
      c.arenaTo = 0;
      c.next = 0;
    }
  }
  return isAwaited;
}

/** PUBREC came for a publish that awaits it: its PUBREL leaves. */
export function noteRecorded(c: Client, packetId: number): boolean {
  const slot = findMessage(c, packetId);
  if (slot < 0 || c.slots[slot] !== Message.AwaitPubrec) return false;
  c.slots[slot] = Message.AwaitPubcomp;
  c.slots[slot + Slot.End] = c.slots[slot + Slot.At];
  c.slots[slot + Slot.Extra] = c.sequence;
  c.sequence = (c.sequence + 1) & Time.Mask;
  return true;
}

/** A message of QoS 1 or 2 came for the application, the only one that is not settled. */
export function noteReceived(c: Client, packetId: number, flags: number): boolean {
  const isOnly = c.inboundCount === 0 && packetId > 0;
  if (isOnly) {
    c.inbound[0] = (flags & Publish.Qos2) === 0 ? packetId : packetId | Entry.Qos2;
    c.inboundCount = 1;
    c.settleHandle = packetId;
    c.settleReason = Reason.Success;
    c.attention = true;
  }
  return isOnly;
}

/** The application has had that message: its PUBACK or PUBREC leaves. Returns which. */
export function noteAnswered(c: Client): Packet {
  const entry = c.inbound[0];
  c.settleHandle = -1;
  if ((entry & Entry.Qos2) !== 0) {
    c.inbound[0] = entry | Entry.Recorded;
    return Packet.Pubrec;
  }
  c.inboundCount = 0;
  c.attention = false;
  return Packet.Puback;
}

/** PUBREL came for the only message that is not settled: its PUBCOMP leaves. */
export function noteReleased(c: Client, packetId: number): boolean {
  const isAwaited = c.inboundCount === 1 && c.inbound[0] === (packetId | Entry.Qos2 | Entry.Recorded);
  if (isAwaited) {
    c.inboundCount = 0;
    c.attention = false;
  }
  return isAwaited;
}
