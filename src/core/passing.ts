/**
 * Messages of QoS 1 and 2 that pass the core by: a port whose platform does that better puts their packets together and takes them apart by itself, and
 * the core only takes note, in the few steps that lead where its ordinary way would have led. So it stays the only one who writes its state.
 *
 * For packets of 3.1.1 whose remaining length takes one byte, that come and go whole, under `Acknowledge.AtEnd`, and while nothing else is to be done:
 * `isQuietOut` for what leaves, both for what comes in. Where a function here returns 0 or false it has done nothing, and the packet goes the ordinary way.
 * Must not know: strings, links. Read first: publish.ts, handshake.ts and inbound.ts, whose steps these are.
 */
import { type Client, Ping, Run, Slot } from './client.js';
import { Publish, Reason, State, Time } from './codes.js';
import { Entry, findInbound, removeInbound } from './inbound.js';
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

/** Rows for publishes of QoS 1 and 2 of which the client can take note: each also needs a packet identifier and a place among those on their way. */
export function rowsToNote(c: Client): number {
  let rows = c.slotsSize - Slot.Size - c.slotsTo;
  if (c.quota * Slot.Size < rows) rows = c.quota * Slot.Size;
  return c.idsFree * Slot.Size < rows ? c.idsFree * Slot.Size : rows;
}

/** Takes the packet identifier of a publish that leaves now. Its packet belongs into the arena, 3 bytes behind what stands there. */
export function noteIdentifier(c: Client): number {
  c.packetId += 1;
  c.idsFree -= 1;
  c.topicTextAt = -1;
  return c.packetId;
}

/**
 * The publishes that took their identifiers last have left, and stand behind the outbox: as many as need `rows`. The last `unsettled` of them are on
 * their way, those before have been acknowledged since: had all of them, the client would never have to know.
 */
export function noteSent(c: Client, rows: number, unsettled: number): void {
  const arena = c.arena;
  const slots = c.slots;
  let packetId = c.packetId;
  for (let row = 0; row < rows; row += Slot.Size) packetId -= 1;
  while (packetId < c.packetId) {
    const at = c.arenaTo;
    const slot = c.slotsTo;
    packetId += 1;
    c.arenaTo = at + Record.Header + arena[at + 4];
    if (packetId > c.packetId - unsettled) {
      slots[slot] = (arena[at + 3] & Publish.Qos2) === 0 ? Message.AwaitPuback : Message.AwaitPubrec;
      slots[slot + Slot.Handle] = packetId + ((c.generation & 0x3fff) << 16);
      slots[slot + Slot.At] = at;
      slots[slot + Slot.End] = c.arenaTo;
      slots[slot + Slot.Extra] = c.sequence;
      c.sequence = (c.sequence + 1) & Time.Mask;
      c.quota -= 1;
      c.slotsTo = slot + Slot.Size;
      c.next = c.slotsTo;
      c.slotsUsed += 1;
    }
  }
}

/**
 * A publish of `size` bytes, which took its identifier last, has left: it stands behind the outbox. Returns its handle. Its packet may come into the arena
 * later, before anything but the functions here is called that looks at the outbox.
 */
export function noteLeft(c: Client, awaited: Message, size: number): number {
  const slots = c.slots;
  const slot = c.slotsTo;
  const handle = c.packetId + ((c.generation & 0x3fff) << 16);
  slots[slot] = awaited;
  slots[slot + Slot.Handle] = handle;
  slots[slot + Slot.At] = c.arenaTo;
  c.arenaTo += size + 3;
  slots[slot + Slot.End] = c.arenaTo;
  slots[slot + Slot.Extra] = c.sequence;
  c.sequence = (c.sequence + 1) & Time.Mask;
  c.quota -= 1;
  c.slotsTo = slot + Slot.Size;
  c.next = c.slotsTo;
  c.slotsUsed += 1;
  return handle;
}

/** PUBACK or PUBCOMP came for a publish that awaits it, which has come to its end: returns its handle. */
export function noteAcknowledged(c: Client, awaited: Message, packetId: number): number {
  const slots = c.slots;
  let slot = 0;
  while (slot < c.slotsTo && (slots[slot + Slot.Handle] & 0xffff) !== packetId) slot += Slot.Size;
  if (slot >= c.slotsTo || slots[slot] !== awaited) return 0;
  slots[slot] = Message.Free;
  c.quota += 1;
  c.slotsUsed -= 1;
  if (c.slotsUsed === 0) {
    c.slotsTo = 0;
    c.arenaTo = 0;
    c.next = 0;
  }
  return slots[slot + Slot.Handle];
}

/** PUBREC came for a publish that awaits it: its PUBREL leaves. */
export function noteReleasing(c: Client, packetId: number): boolean {
  const slot = findMessage(c, packetId);
  if (slot < 0 || c.slots[slot] !== Message.AwaitPubrec) return false;
  c.slots[slot] = Message.AwaitPubcomp;
  c.slots[slot + Slot.End] = c.slots[slot + Slot.At];
  c.slots[slot + Slot.Extra] = c.sequence;
  c.sequence = (c.sequence + 1) & Time.Mask;
  return true;
}

/** A message of QoS 1 or 2 is with the application, which has not answered it: the only one that is not settled. */
export function noteReceived(c: Client, packetId: number, isQos2: boolean): void {
  c.inbound[0] = isQos2 ? packetId + Entry.Qos2 : packetId;
  c.inboundCount = 1;
  c.settleHandle = packetId;
  c.settleReason = Reason.Success;
  c.attention = true;
}

/** A message of QoS 2, the only one that is not settled, has been answered: its PUBREC leaves. */
export function noteRecorded(c: Client, packetId: number): void {
  c.inbound[0] = packetId + Entry.Qos2 + Entry.Recorded;
  c.inboundCount = 1;
  c.settleHandle = -1;
  c.attention = true;
}

/** The message that came last has been answered, of which the client was told by `holdInbound` and `settleHandle`: its PUBACK or PUBREC leaves. */
export function noteAnswered(c: Client, packetId: number): boolean {
  const place = c.inboundCount - 1;
  if (c.settleHandle !== packetId || place < 0) return false;
  if (c.inbound[place] === packetId) c.inboundCount = place;
  else if (c.inbound[place] === packetId + Entry.Qos2) c.inbound[place] = packetId + Entry.Qos2 + Entry.Recorded;
  else return false;
  c.settleHandle = -1;
  c.attention = c.inboundCount > 0;
  return true;
}

/** PUBREL came for a message that awaits it: its PUBCOMP leaves. */
export function noteReleased(c: Client, packetId: number): boolean {
  const place = c.inboundCount === 1 ? 0 : findInbound(c, packetId);
  if (place < 0 || c.inbound[place] !== packetId + Entry.Qos2 + Entry.Recorded) return false;
  if (c.inboundCount === 1) c.inboundCount = 0;
  else removeInbound(c, place);
  c.attention = c.inboundCount > 0;
  return true;
}
