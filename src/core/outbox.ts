/**
 * The outbox: publishes in wire form in one arena, with a table row each, from acceptance to the end of their
 * handshake. Rows and bytes stand in the order of acceptance, with gaps that are closed only when room is needed.
 * Must not know: the control queue, states of the connection, what a server answers.
 *
 * Read first: MQTT 5.0 section 3.3 and 4.4. `outboxHolds` (test/conformance/invariants.ts) checks the invariants.
 */
import { equalBytes, moveBytes } from './bytes.js';
import { type Client, Run, Slot } from './client.js';
import { isBefore, reached } from './clock.js';
import { Publish, Status } from './codes.js';
import { Profile } from './profile.js';
import { varintSize } from './wire.js';

/** Where a publish stands. Free must be 0; Urgent to Release are what `special` counts. */
export const enum Message {
  Free,
  Queued,
  /** Queued with priority. */
  Urgent,
  /** Was sent on an earlier connection. */
  Resend,
  /** PUBREL is to be sent. */
  Release,
  AwaitPuback,
  AwaitPubrec,
  AwaitPubcomp,
  /** QoS 0, on its way. */
  Sending,
  /** To be reported as published. */
  Delivered,
  /** To be reported as dropped; the bytes stay till then. */
  Dropped,
}

export const enum Record {
  /** Room for the first byte and the longest remaining length, which are written against the topic's length. */
  Header = 5,
  /** From a record's begin to its topic. */
  Topic = 7,
}

/** Where the packet of a row begins in the arena: its remaining length takes 1 to 4 bytes before `At + Header`. */
export function messageStart(c: Client, slot: number): number {
  const at = c.slots[slot + Slot.At];
  let remaining = c.slots[slot + Slot.End] - at - Record.Header;
  if (Profile.Streaming > 0 && slot === c.streamSlot) remaining += c.streamTotal;
  return remaining < 128 ? at + 3 : at + 4 - varintSize(remaining);
}

/** Length of a row's topic. */
export function topicLength(c: Client, slot: number): number {
  const at = c.slots[slot + Slot.At] + Record.Header;
  return (c.arena[at] << 8) | c.arena[at + 1];
}

/** Quality of service of a row, as the bits of its first byte. */
function qosBits(c: Client, slot: number): number {
  return c.arena[messageStart(c, slot)] & Publish.QosMask;
}

/** Moves a row to another state, and keeps the count of special ones. */
export function setMessage(c: Client, slot: number, state: Message): void {
  const old: Message = c.slots[slot + Slot.State];
  if (old >= Message.Urgent && old <= Message.Release) c.special -= 1;
  if (state >= Message.Urgent && state <= Message.Release) c.special += 1;
  c.slots[slot + Slot.State] = state;
}

/** Frees a row and its bytes; an empty outbox starts again at the front. */
export function freeMessage(c: Client, slot: number): void {
  setMessage(c, slot, Message.Free);
  if (Profile.Streaming > 0 && slot === c.streamSlot) c.streamSlot = -1;
  c.slotsUsed -= 1;
  if (c.slotsUsed === 0) {
    c.slotsTo = 0;
    c.arenaTo = c.outRun === Run.Direct ? c.outTo : 0;
    c.next = 0;
  }
}

/** Leaves a row to be reported, as dropped for the reason of `status`, or as delivered after all (Ok). */
export function settleMessage(c: Client, slot: number, status: Status): void {
  setMessage(c, slot, status === Status.Ok ? Message.Delivered : Message.Dropped);
  c.slots[slot + Slot.Extra] = status;
  if (slot === c.streamSlot) c.streamSlot = -1;
  c.reports += 1;
  c.attention = true;
}

/** The row of a QoS 1 or 2 publish whose packet identifier this is, or -1. */
export function findMessage(c: Client, packetId: number): number {
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    if ((c.slots[i + Slot.Handle] & 0xffff) === packetId && c.slots[i + Slot.State] !== Message.Free) return i;
  }
  return -1;
}

/** Whether a row has not been sent on any connection. */
function isUnsent(state: Message): boolean {
  return state === Message.Queued || state === Message.Urgent;
}

/**
 * Whether another publish may be accepted: rows that only wait to be reported do not count, but need their place, and a
 * direct one may need it. One that replaces an older, whose topic stands behind the outbox, takes that one's place.
 */
export function hasRow(c: Client, flags: number): boolean {
  const direct = c.outRun === Run.Direct ? 1 : 0;
  if (c.slotsTo + direct * Slot.Size >= c.slotsSize) return false;
  if (c.slotsUsed - c.reports + direct < c.config.outboxMessages) return true;
  return Profile.Policy > 0 && (flags & Publish.KeepLatest) !== 0 && findOlder(c, c.arenaTo, c.slotsTo) >= 0;
}

const enum Gather {
  /** Bytes that are moved for however small a gap. */
  Cheap = 1024,
}

/**
 * Closes the gaps of table and arena; false when that gains nothing. Beyond a kilobyte bytes are only moved when the gaps
 * are as large as what is moved, so that each byte accepted is moved once on average, however full the arena stays.
 */
function compact(c: Client, isForced: boolean): boolean {
  const slots = c.slots;
  const before = c.arenaTo + c.slotsTo;
  let row = 0;
  let byte = c.outRun === Run.Direct ? c.outTo : 0;
  let next = -1;
  let held = byte;
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    if (slots[i] !== Message.Free) held += slots[i + Slot.End] - slots[i + Slot.At];
  }
  const isMoving = isForced || held <= Gather.Cheap || held + held <= c.arenaTo;
  if (!isMoving && hasRow(c, 0)) return false;
  for (let from = 0; from < c.slotsTo; from += Slot.Size) {
    if (from === c.next) next = row;
    if (slots[from + Slot.State] !== Message.Free) {
      if (!isMoving) byte = slots[from + Slot.At];
      const gap = slots[from + Slot.At] - byte;
      if (from === c.streamSlot) c.streamSlot = row;
      if (from === c.outSlot) {
        c.outSlot = row;
        c.outRest -= gap;
        if (c.outRun === Run.Message) {
          c.outFrom -= gap;
          c.outTo -= gap;
        }
      }
      if (gap > 0) moveBytes(c.arena, byte, byte + gap, slots[from + Slot.End]);
      for (let n = 0; n < Slot.Size; n++) slots[row + n] = slots[from + n];
      slots[row + Slot.At] = byte;
      byte = slots[row + Slot.End] - gap;
      slots[row + Slot.End] = byte;
      row += Slot.Size;
    }
  }
  if (isMoving) c.arenaTo = byte;
  c.topicTextAt = -1;
  c.slotsTo = row;
  c.next = next < 0 ? row : next;
  return row + c.arenaTo < before;
}

/** Tries to make room for a publish of at most `need` bytes; false when nothing more can be done. Priority may evict QoS 0. */
export function makeRoom(c: Client, flags: number, need: number): boolean {
  const isUrgent = Profile.Policy > 0 && (flags & Publish.Priority) !== 0;
  return compact(c, isUrgent) || (isUrgent && evictMessage(c, need));
}

/** Drops the first QoS 0 publish that has not been sent, if all of them together would make the room: else none has to go. */
function evictMessage(c: Client, need: number): boolean {
  let first = -1;
  let room = c.arenaSize - c.arenaTo;
  for (let i = c.slotsTo - Slot.Size; i >= c.next; i -= Slot.Size) {
    if (c.slots[i] === Message.Queued && qosBits(c, i) === 0) {
      first = i;
      room += c.slots[i + Slot.End] - c.slots[i + Slot.At];
    }
  }
  const direct = c.outRun === Run.Direct ? Slot.Size : 0;
  if (first < 0 || room < need || c.slotsTo + direct >= c.slotsSize) return false;
  // Its bytes go at once; what remains is the row to report.
  settleMessage(c, first, Status.Evicted);
  c.slots[first + Slot.End] = c.slots[first + Slot.At];
  return true;
}

/**
 * Gives the message in the last row the place of an older one of its topic that has not been sent; the older one is to
 * be reported as replaced. One longer than the older takes its place at the end of the queue instead. Returns its row.
 */
export function replaceOlder(c: Client, slot: number): number {
  const slots = c.slots;
  const at = slots[slot + Slot.At];
  const i = findOlder(c, at, slot);
  if (i < 0) return slot;
  const older = slots[i + Slot.At];
  const count = slots[slot + Slot.End] - at;
  const handle = slots[i + Slot.Handle];
  settleMessage(c, i, Status.Replaced);
  if (older + count > slots[i + Slot.End]) return slot;
  moveBytes(c.arena, older, at, at + count);
  slots[i + Slot.State] = Message.Queued;
  slots[i + Slot.Handle] = slots[slot + Slot.Handle];
  slots[i + Slot.End] = older + count;
  slots[i + Slot.Extra] = -1;
  slots[slot + Slot.State] = Message.Dropped;
  slots[slot + Slot.Handle] = handle;
  slots[slot + Slot.End] = at;
  slots[slot + Slot.Extra] = Status.Replaced;
  c.arenaTo = at;
  c.topicTextAt = -1;
  return i;
}

/** The row before `slot` that has not been sent and has the topic of the record at `at`, or -1. */
function findOlder(c: Client, at: number, slot: number): number {
  const arena = c.arena;
  const from = at + Record.Topic;
  const length = (arena[from - 2] << 8) | arena[from - 1];
  for (let i = c.next; i < slot; i += Slot.Size) {
    if (isUnsent(c.slots[i]) && topicLength(c, i) === length) {
      if (equalBytes(arena, c.slots[i + Slot.At] + Record.Topic, arena, from, from + length)) return i;
    }
  }
  return -1;
}

/** Drops what expired before it was sent, and returns the time of the next expiry or -1. */
export function expireMessages(c: Client): number {
  let next = -1;
  if (c.expiring === 0) return next;
  c.expiring = 0;
  for (let i = c.next; i < c.slotsTo; i += Slot.Size) {
    const at = c.slots[i + Slot.Extra];
    if (isUnsent(c.slots[i + Slot.State]) && at >= 0) {
      if (reached(c.now, at)) settleMessage(c, i, Status.Expired);
      else {
        c.expiring += 1;
        if (next < 0 || isBefore(at, next)) next = at;
      }
    }
  }
  return next;
}

/** The row to send next, or -1: what was sent before in its old order [MQTT-4.6.0-1], then what is urgent, then the first. */
export function nextMessage(c: Client): number {
  const slots = c.slots;
  let i = c.next;
  if (c.special > 0) return nextSpecial(c);
  while (i < c.slotsTo && slots[i] !== Message.Queued) i += Slot.Size;
  c.next = i;
  return i < c.slotsTo ? i : -1;
}

function nextSpecial(c: Client): number {
  const slots = c.slots;
  let best = -1;
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    const state: Message = slots[i];
    if (state >= Message.Urgent && state <= Message.Release) {
      // PUBRELs wait for nothing, and leave in the order of their PUBRECs [MQTT-4.6.0-4]; then what was sent, in its order.
      const isEarlier = best >= 0 && state > Message.Urgent && isBefore(slots[i + Slot.Extra], slots[best + Slot.Extra]);
      if (best < 0 || state > slots[best] || (state === slots[best] && isEarlier)) best = i;
    }
  }
  return best;
}

/**
 * A direct publish will not be sent to its end: it needs a row after all, to be reported, before the others since its
 * bytes are. `hasRow` has kept a place.
 */
export function endDirect(c: Client): void {
  if (c.outRun !== Run.Direct) return;
  if (c.slotsTo >= c.slotsSize) compact(c, false);
  for (let i = c.slotsTo - 1; i >= 0; i--) c.slots[i + Slot.Size] = c.slots[i];
  if (c.streamSlot >= 0) c.streamSlot += Slot.Size;
  c.next += Slot.Size;
  c.slots[Slot.State] = Message.Sending;
  c.slots[Slot.Handle] = 0;
  c.slots[Slot.At] = 0;
  c.slots[Slot.End] = c.outTo;
  c.slotsTo += Slot.Size;
  c.slotsUsed += 1;
  c.outRun = Run.None;
}

/** The link is gone: what was under way must be sent again, but a QoS 0 publish is sent once. */
export function outboxLinkLost(c: Client): void {
  endDirect(c);
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    const state: Message = c.slots[i + Slot.State];
    if (state === Message.Sending) settleMessage(c, i, Status.LinkLost);
    else if (state === Message.AwaitPubcomp) setMessage(c, i, Message.Release);
    else if (state === Message.AwaitPuback || state === Message.AwaitPubrec) setMessage(c, i, Message.Resend);
  }
  c.next = 0;
  c.outSlot = -1;
}

/**
 * The server has no session: QoS 1 starts anew, QoS 2 that reached the server counts as published, and QoS 2 of
 * which nobody knows, as of a stream before a reboot, is dropped, since sending it again might deliver it twice. [MQTT-4.4.0-1]
 */
export function outboxSessionLost(c: Client): void {
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    const state: Message = c.slots[i + Slot.State];
    if (state === Message.Release) settleMessage(c, i, Profile.Streaming > 0 && i === c.streamSlot ? Status.SessionLost : Status.Ok);
    else if (state === Message.Resend) {
      if (qosBits(c, i) === Publish.Qos2) settleMessage(c, i, Status.SessionLost);
      else {
        setMessage(c, i, Message.Queued);
        c.slots[i + Slot.Extra] = -1;
      }
    }
  }
}
