/**
 * What the journal holds beside what the client is: the differences, as marks of a record.
 * Must not know: areas, how a record is written.
 */
import { type Client, Slot } from './client.js';
import { isBefore } from './clock.js';
import { Publish } from './codes.js';
import { Entry } from './inbound.js';
import { Field, type Journal, Kept, Known } from './journal-record.js';
import { Message, messageStart } from './outbox.js';
import { putInt16 } from './wire.js';

/** What the journal has to hold of a row. A stream's bytes are not there: at QoS 2 its identifier must be released all the same. */
function keptOf(c: Client, slot: number): Kept {
  const state: Message = c.slots[slot + Slot.State];
  if (c.slots[slot + Slot.Handle] === 0 || state === Message.Free || state >= Message.Delivered) return Kept.None;
  if (state === Message.Release || state === Message.AwaitPubcomp) return slot === c.streamSlot ? Kept.Streamed : Kept.Released;
  const isUnsent = state === Message.Queued || state === Message.Urgent;
  if (slot === c.streamSlot) return isUnsent || (c.arena[messageStart(c, slot)] & Publish.QosMask) !== Publish.Qos2 ? Kept.None : Kept.Streamed;
  return isUnsent ? Kept.Queued : Kept.Sent;
}

/** The row of the journal's table with this handle, or -1; `mask` 0xffff compares identifiers only. */
export function findKnown(j: Journal, handle: number, mask: number): number {
  for (let row = 0; row < j.knownTo; row += Known.Size) {
    if (((j.known[row + Known.Handle] ^ handle) & mask) === 0) return row;
  }
  return -1;
}

/** Takes a row out; the last one takes its place. */
export function dropKnown(j: Journal, row: number): void {
  j.knownTo -= Known.Size;
  j.known[row + Known.Handle] = j.known[j.knownTo + Known.Handle];
  j.known[row + Known.Kept] = j.known[j.knownTo + Known.Kept];
}

export function addKnown(j: Journal, handle: number, kept: Kept): void {
  j.known[j.knownTo + Known.Handle] = handle;
  j.known[j.knownTo + Known.Kept] = kept;
  j.knownTo += Known.Size;
}

/** Place of an inbound message in the journal's table, or -1. */
export function findHeld(j: Journal, packetId: number): number {
  for (let i = 0; i < j.heldCount; i++) {
    if (j.held[i] === packetId) return i;
  }
  return -1;
}

function putMark(j: Journal, count: number, kept: Kept, handle: number): number {
  const at = Field.Marks + count * Field.MarkSize;
  j.record[at] = kept;
  putInt16(j.record, at + 1, handle);
  return count + 1;
}

function isFull(j: Journal, count: number): boolean {
  return Field.Marks + (count + 1) * Field.MarkSize > j.recordBytes - Field.CheckSize;
}

/** Whether a row stands for the publish of this handle. */
function holdsHandle(c: Client, handle: number): boolean {
  for (let slot = 0; slot < c.slotsTo; slot += Slot.Size) {
    if (c.slots[slot + Slot.Handle] === handle && keptOf(c, slot) !== Kept.None) return true;
  }
  return false;
}

/** Whether PUBREC of an inbound message has been decided, and PUBREL not come. */
function awaitsRelease(c: Client, packetId: number): boolean {
  for (let i = 0; i < c.inboundCount; i++) {
    if ((c.inbound[i] & (Entry.Id | Entry.Recorded)) === (packetId | Entry.Recorded)) return true;
  }
  return false;
}

/** Marks what is over, before an identifier comes again. Returns how many marks there are. */
export function putSettled(j: Journal, c: Client): number {
  let count = 0;
  for (let row = j.knownTo - Known.Size; row >= 0; row -= Known.Size) {
    const handle = j.known[row + Known.Handle];
    if (!isFull(j, count) && !holdsHandle(c, handle)) {
      count = putMark(j, count, Kept.None, handle);
      dropKnown(j, row);
    }
  }
  for (let i = j.heldCount - 1; i >= 0; i--) {
    if (!isFull(j, count) && !awaitsRelease(c, j.held[i])) {
      count = putMark(j, count, Kept.Done, j.held[i]);
      j.heldCount -= 1;
      j.held[i] = j.held[j.heldCount];
    }
  }
  return count;
}

/** The first row whose bytes the journal does not hold and must, or -1. */
export function firstUnknown(j: Journal, c: Client): number {
  for (let slot = 0; slot < c.slotsTo; slot += Slot.Size) {
    const kept = keptOf(c, slot);
    if ((kept === Kept.Queued || kept === Kept.Sent) && findKnown(j, c.slots[slot + Slot.Handle], -1) < 0) return slot;
  }
  return -1;
}

/** Marks where handshakes stand, in the order in which they came there, which a resumed session keeps. [MQTT-4.6.0-1] */
export function putStates(j: Journal, c: Client, from: number): number {
  let count = from;
  let slot = firstChanged(j, c);
  while (slot >= 0 && !isFull(j, count)) {
    const handle = c.slots[slot + Slot.Handle];
    const kept = keptOf(c, slot);
    const row = findKnown(j, handle, -1);
    count = putMark(j, count, kept, handle);
    if (row < 0) addKnown(j, handle, kept);
    else j.known[row + Known.Kept] = kept;
    slot = firstChanged(j, c);
  }
  for (let i = 0; i < c.inboundCount; i++) {
    const packetId = c.inbound[i] & Entry.Id;
    if ((c.inbound[i] & Entry.Recorded) !== 0 && !isFull(j, count) && findHeld(j, packetId) < 0) {
      count = putMark(j, count, Kept.Held, packetId);
      j.held[j.heldCount] = packetId;
      j.heldCount += 1;
    }
  }
  return count;
}

/** The row that is not where the journal has it and came there first, or -1. */
function firstChanged(j: Journal, c: Client): number {
  let first = -1;
  for (let slot = 0; slot < c.slotsTo; slot += Slot.Size) {
    const kept = keptOf(c, slot);
    if (kept !== Kept.None) {
      const row = findKnown(j, c.slots[slot + Slot.Handle], -1);
      const isChanged = row < 0 || j.known[row + Known.Kept] !== kept;
      if (isChanged && (first < 0 || (kept !== Kept.Queued && isBefore(c.slots[slot + Slot.Extra], c.slots[first + Slot.Extra])))) first = slot;
    }
  }
  return first;
}
