/**
 * Reads the journal again into a client that has not connected: the state is as after a lost link.
 * Must not know: what the store is. Push: `journalHead` for record 0 of every area, then while `journalNextArea` names one, its records from 1 on to
 * `journalReplay`, until that has enough. Then `journalNext` may be called.
 *
 * Read first: journal.ts.
 */
import { copyBytes } from './bytes.js';
import { checkOf, isErased } from './check.js';
import { type Client, Slot } from './client.js';
import { Publish, Time } from './codes.js';
import { Entry, findInbound, removeInbound } from './inbound.js';
import { seedOf } from './journal.js';
import { Field, Form, type Journal, Kept, Kind, Known, Unfit } from './journal-record.js';
import { addKnown, dropKnown, findHeld, findKnown } from './journal-state.js';
import { freeMessage, makeRoom, Message, Record, setMessage } from './outbox.js';
import { putVarint, varintSize } from './wire.js';

function readInt16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

function readInt24(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | readInt16(bytes, at + 1);
}

function recordHolds(j: Journal, bytes: Uint8Array, place: number): boolean {
  const to = j.recordBytes - Field.CheckSize;
  return readInt24(bytes, to) === checkOf(bytes, 0, to, seedOf(j, place));
}

/** Record 0 of an area, in a buffer of the record's size or more. */
export function journalHead(j: Journal, area: number, bytes: Uint8Array): void {
  const version = bytes[Field.HeadForm];
  if (!recordHolds(j, bytes, 0) || bytes[0] !== Kind.Head || version < Form.Oldest || version > Form.Version) return;
  const epoch = ((readInt16(bytes, Field.HeadEpoch) & 0x7fff) << 16) | readInt16(bytes, Field.HeadEpoch + 2);
  // Another client's is no more than an area that was used.
  if (readInt24(bytes, Field.HeadIdentity) === j.identity) j.heads[area] = epoch;
  j.versions[area] = version;
  if (epoch > j.epoch) {
    j.epoch = epoch;
    j.area = area;
  }
}

/** The area whose records are to be read next; -1: the client has what the journal holds. */
export function journalNextArea(j: Journal, c: Client): number {
  if (j.reading >= 0 && j.isWhole) {
    j.area = j.reading;
    j.wholeArea = j.area;
    // Who writes the older version must not find the newer in its areas.
    if (j.versions[j.area] !== Form.Version) j.place = j.areaRecords;
    j.reading = -1;
    return -1;
  }
  clear(j, c);
  j.reading = newest(j);
  if (j.reading < 0) {
    j.isWhole = true;
    j.place = j.areaRecords;
    return -1;
  }
  j.areaEpoch = j.heads[j.reading];
  j.heads[j.reading] = 0;
  j.place = 1;
  j.isWhole = false;
  return j.reading;
}

/** The area begun last of those that are left, or -1. */
function newest(j: Journal): number {
  let best = -1;
  let epoch = 0;
  for (let area = 0; area < j.areas; area++) {
    if (j.heads[area] > epoch) {
      epoch = j.heads[area];
      best = area;
    }
  }
  return best;
}

function clear(j: Journal, c: Client): void {
  for (let slot = 0; slot < c.slotsTo; slot += Slot.Size) {
    if (c.slots[slot] !== Message.Free) freeMessage(c, slot);
  }
  c.slotsTo = 0;
  c.arenaTo = 0;
  c.topicTextAt = -1;
  c.inboundCount = 0;
  j.knownTo = 0;
  j.heldCount = 0;
  j.rest = 0;
  j.unfitTo = 0;
  j.tooLarge = 0;
}

/** Notes what does not fit: it may be settled further on in the log. */
function addUnfit(j: Journal, packetId: number, length: number): void {
  j.tooLarge = length;
  if (j.unfitTo >= j.unfit.length) {
    j.unfit[Unfit.PacketId] = -1;
    return;
  }
  j.unfit[j.unfitTo + Unfit.PacketId] = packetId;
  j.unfit[j.unfitTo + Unfit.Length] = length;
  j.unfitTo += Unfit.Size;
}

/** What did not fit need not. */
function dropUnfit(j: Journal, packetId: number): void {
  let row = 0;
  while (row < j.unfitTo && j.unfit[row + Unfit.PacketId] !== packetId) row += Unfit.Size;
  if (row === j.unfitTo) return;
  for (let i = row + Unfit.Size; i < j.unfitTo; i++) j.unfit[i - Unfit.Size] = j.unfit[i];
  j.unfitTo -= Unfit.Size;
  j.tooLarge = j.unfitTo === 0 ? 0 : j.unfit[j.unfitTo - Unfit.Size + Unfit.Length];
}

/** The next record of the area. False: it was the last one, or there is no further one. */
export function journalReplay(j: Journal, c: Client, bytes: Uint8Array): boolean {
  if (!recordHolds(j, bytes, j.place)) {
    // What was begun and not ended is not written over: the next record goes to another area.
    if (j.rest > 0 || !isErased(bytes, 0, j.recordBytes)) j.place = j.areaRecords;
    j.rest = 0;
    return false;
  }
  const kind: Kind = bytes[0];
  if (kind === Kind.More) takePart(j, c, bytes, Field.MoreBytes);
  else if (kind === Kind.Publish) beginPublish(j, c, bytes);
  else if (kind === Kind.Marks) takeMarks(j, c, bytes);
  else j.isWhole = true;
  j.place += 1;
  return j.place < j.areaRecords;
}

function hasRoom(c: Client, length: number): boolean {
  return c.slotsTo < c.slotsSize && c.arenaTo + Record.Header + length <= c.arenaSize;
}

function beginPublish(j: Journal, c: Client, bytes: Uint8Array): void {
  const length = readInt24(bytes, Field.PublishLength);
  j.first = bytes[Field.PublishFirst];
  j.handle = ((readInt16(bytes, Field.PublishHandle) & 0x7fff) << 16) | readInt16(bytes, Field.PublishHandle + 2);
  if (!hasRoom(c, length)) makeRoom(c, Publish.Priority, 0);
  if (!hasRoom(c, length)) {
    addUnfit(j, j.handle & 0xffff, length);
    return;
  }
  j.rest = length;
  j.restAt = c.arenaTo + Record.Header;
  takePart(j, c, bytes, Field.PublishBytes);
}

/** Takes what the record has of the publish; with its last byte the publish is there. */
function takePart(j: Journal, c: Client, bytes: Uint8Array, from: number): void {
  let count = j.recordBytes - Field.CheckSize - from;
  if (count > j.rest) count = j.rest;
  if (count === 0) return;
  copyBytes(c.arena, j.restAt, bytes, from, from + count);
  j.restAt += count;
  j.rest -= count;
  if (j.rest > 0) return;
  const handle = j.handle & ~Form.Urgent;
  const at = c.arenaTo;
  const remaining = j.restAt - at - Record.Header;
  const start = at + Record.Header - 1 - varintSize(remaining);
  c.arena[start] = j.first & 255;
  putVarint(c.arena, start + 1, remaining);
  addRow(j, c, handle, j.restAt, Kept.Queued);
  if (handle !== j.handle) setMessage(c, c.slotsTo - Slot.Size, Message.Urgent);
}

/** A row for bytes that stand behind the others, up to `to`. */
function addRow(j: Journal, c: Client, handle: number, to: number, kept: Kept): void {
  const slot = c.slotsTo;
  c.slots[slot + Slot.State] = Message.Queued;
  c.slots[slot + Slot.Handle] = handle;
  c.slots[slot + Slot.At] = c.arenaTo;
  c.slots[slot + Slot.End] = to;
  c.slots[slot + Slot.Extra] = -1;
  c.slotsTo = slot + Slot.Size;
  c.slotsUsed += 1;
  c.arenaTo = to;
  // Identifiers go on from here.
  c.packetId = handle & 0xffff;
  c.generation = (handle >>> 16) & 0x3fff;
  c.idsFree = 0;
  addKnown(j, handle, kept);
}

function takeMarks(j: Journal, c: Client, bytes: Uint8Array): void {
  const count = bytes[Field.MarksCount];
  for (let n = 0; n < count; n++) takeMark(j, c, bytes, Field.Marks + n * Field.MarkSize);
}

function takeMark(j: Journal, c: Client, bytes: Uint8Array, at: number): void {
  const kept: Kept = bytes[at];
  const packetId = readInt16(bytes, at + 1);
  if (kept === Kept.Held || kept === Kept.Done) markInbound(j, c, kept, packetId);
  else markPublish(j, c, kept, packetId);
}

function markInbound(j: Journal, c: Client, kept: Kept, packetId: number): void {
  const i = findHeld(j, packetId);
  if (kept === Kept.Held && i < 0) {
    if (c.inboundCount >= c.inbound.length) {
      addUnfit(j, packetId | Unfit.Inbound, -1);
      return;
    }
    c.inbound[c.inboundCount] = packetId | Entry.Qos2 | Entry.Recorded;
    c.inboundCount += 1;
    j.held[j.heldCount] = packetId;
    j.heldCount += 1;
  } else if (kept === Kept.Done && i >= 0) {
    removeInbound(c, findInbound(c, packetId));
    j.heldCount -= 1;
    j.held[i] = j.held[j.heldCount];
  } else if (kept === Kept.Done) dropUnfit(j, packetId | Unfit.Inbound);
}

function markPublish(j: Journal, c: Client, kept: Kept, packetId: number): void {
  let row = findKnown(j, packetId, 0xffff);
  if (row < 0 && (kept === Kept.Released || kept === Kept.Streamed)) {
    if (!hasRoom(c, -Record.Header)) makeRoom(c, Publish.Priority, 0);
    if (!hasRoom(c, -Record.Header)) return;
    row = j.knownTo;
    addRow(j, c, packetId, c.arenaTo, kept);
  }
  if (kept === Kept.None || row >= 0) dropUnfit(j, packetId);
  if (row < 0) return;
  const slot = slotOf(c, j.known[row + Known.Handle]);
  if (kept === Kept.None) {
    freeMessage(c, slot);
    dropKnown(j, row);
    return;
  }
  j.known[row + Known.Kept] = kept;
  setMessage(c, slot, kept === Kept.Queued ? Message.Queued : kept === Kept.Sent ? Message.Resend : Message.Release);
  c.slots[slot + Slot.Extra] = -1;
  if (kept === Kept.Queued) return;
  c.slots[slot + Slot.Extra] = c.sequence;
  c.sequence = (c.sequence + 1) & Time.Mask;
  if (kept === Kept.Sent) return;
  c.slots[slot + Slot.End] = c.slots[slot + Slot.At];
  // A stream to be released: what is left of one whose bytes are gone.
  c.streamAt = 0;
  c.streamTotal = 0;
  if (kept === Kept.Streamed) c.streamSlot = slot;
  else if (slot === c.streamSlot) c.streamSlot = -1;
}

/** The row of a publish that is there. */
function slotOf(c: Client, handle: number): number {
  let slot = 0;
  while (c.slots[slot] === Message.Free || c.slots[slot + Slot.Handle] !== handle) slot += Slot.Size;
  return slot;
}
