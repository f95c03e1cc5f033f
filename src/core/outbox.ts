/**
 * The outbox: publishes in wire form in one arena, with a table row each, from acceptance to the end of their
 * handshake. Rows stand in the order of sending; rows and bytes are compacted only when room is needed.
 * Must not know: the control queue, states of the connection, what a server answers.
 *
 * Read first: MQTT 5.0 section 3.3 and 4.4. `outboxHolds` (test/unit) checks the invariants.
 */
import { equalBytes, moveBytes } from './bytes.js';
import { type Client, Run, Slot } from './client.js';
import { Publish, Status, Time } from './codes.js';
import { elapsed, reached } from './clock.js';
import { Profile } from './profile.js';
import { varintSize } from './wire.js';

/** Where a publish stands. Free must be 0. */
export const enum Message {
  Free,
  Queued,
  /** Queued with priority. */
  Urgent,
  /** Was sent on an earlier connection. */
  Resend,
  /** QoS 0, on its way. */
  Sending,
  AwaitPuback,
  AwaitPubrec,
  /** PUBREL is to be sent. */
  Release,
  AwaitPubcomp,
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

/** Frees a row and its bytes; an empty outbox starts again at the front. */
export function freeMessage(c: Client, slot: number): void {
  c.slots[slot + Slot.State] = Message.Free;
  if (Profile.Streaming > 0 && slot === c.streamSlot) c.streamSlot = -1;
  c.slotsUsed -= 1;
  if (c.slotsUsed === 0) {
    c.slotsTo = 0;
    c.arenaTo = 0;
    c.next = 0;
  }
}

/** Leaves a row to be reported as dropped, for the reason of `status`. */
export function dropMessage(c: Client, slot: number, status: Status): void {
  if (c.slots[slot + Slot.State] === Message.Urgent) c.urgent -= 1;
  if (slot === c.streamSlot) c.streamSlot = -1;
  c.slots[slot + Slot.State] = Message.Dropped;
  c.slots[slot + Slot.Extra] = status;
  c.reports += 1;
}

/** The row of a QoS 1 or 2 publish whose packet identifier this is, or -1. */
export function findMessage(c: Client, packetId: number): number {
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    if ((c.slots[i + Slot.Handle] & 0xffff) === packetId && c.slots[i + Slot.State] !== Message.Free) return i;
  }
  return -1;
}

/** Whether a row has not been sent on any connection. */
export function isUnsent(state: number): boolean {
  return state === Message.Queued || state === Message.Urgent;
}

function copySlot(slots: Int32Array, at: number, from: number): void {
  for (let n = 0; n < Slot.Size; n++) slots[at + n] = slots[from + n];
}

/** Closes the gaps of the table. */
function compactSlots(c: Client): void {
  const slots = c.slots;
  let to = 0;
  let next = -1;
  for (let from = 0; from < c.slotsTo; from += Slot.Size) {
    if (from === c.next) next = to;
    if (slots[from + Slot.State] !== Message.Free) {
      if (from === c.outSlot) c.outSlot = to;
      if (from === c.streamSlot) c.streamSlot = to;
      if (from !== to) copySlot(slots, to, from);
      to += Slot.Size;
    }
  }
  c.slotsTo = to;
  c.next = next < 0 ? to : next;
}

/** Closes the gaps of the arena. Rows may stand in another order than their bytes, so the lowest is looked for each time. */
function compactArena(c: Client): void {
  const slots = c.slots;
  let to = 0;
  let floor = 0;
  let found = 0;
  while (found >= 0) {
    found = -1;
    let lowest = c.arenaTo;
    for (let i = 0; i < c.slotsTo; i += Slot.Size) {
      const at = slots[i + Slot.At];
      if (at >= floor && at < lowest && slots[i + Slot.End] > at) {
        found = i;
        lowest = at;
      }
    }
    if (found >= 0) {
      floor = slots[found + Slot.End];
      slots[found + Slot.At] = to;
      slots[found + Slot.End] = to + floor - lowest;
      if (to !== lowest) {
        moveBytes(c.arena, to, lowest, floor);
        if (found === c.outSlot && c.outRun === Run.Message) {
          c.outFrom -= lowest - to;
          c.outTo -= lowest - to;
        }
      }
      to += floor - lowest;
    }
  }
  c.arenaTo = to;
}

/** Tries to make room for another publish; false when nothing more can be done. Priority may evict QoS 0. */
export function makeRoom(c: Client, flags: number): boolean {
  const before = c.arenaTo;
  const rows = c.slotsTo;
  compactSlots(c);
  compactArena(c);
  if (c.arenaTo < before || c.slotsTo < rows) return true;
  if (Profile.Policy > 0 && (flags & Publish.Priority) !== 0) return evictMessage(c);
  return false;
}

/** Whether a QoS 0 publish gave way. Its bytes go at once, so that they make room; what remains is the row to report. */
function evictMessage(c: Client): boolean {
  for (let i = c.next; i < c.slotsTo; i += Slot.Size) {
    if (c.slots[i + Slot.State] === Message.Queued && (c.arena[messageStart(c, i)] & Publish.QosMask) === 0) {
      dropMessage(c, i, Status.Evicted);
      c.slots[i + Slot.End] = c.slots[i + Slot.At];
      return true;
    }
  }
  return false;
}

/** A row not yet sent that has the topic `arena[from … to)`, or -1. */
export function findUnsentTopic(c: Client, from: number, to: number): number {
  for (let i = c.next; i < c.slotsTo; i += Slot.Size) {
    if (isUnsent(c.slots[i + Slot.State]) && topicLength(c, i) === to - from) {
      if (equalBytes(c.arena, c.slots[i + Slot.At] + Record.Topic, c.arena, from, to)) return i;
    }
  }
  return -1;
}

/** Moves the first row with priority before the rows that have not been sent, so that rows stay in the order of sending. */
export function bringUrgentForward(c: Client, first: number): void {
  const slots = c.slots;
  let urgent = first;
  while (urgent < c.slotsTo && slots[urgent + Slot.State] !== Message.Urgent) urgent += Slot.Size;
  let to = first;
  while (to < urgent && !isUnsent(slots[to + Slot.State])) to += Slot.Size;
  for (let i = urgent; i > to; i -= Slot.Size) {
    if (c.streamSlot === i - Slot.Size) c.streamSlot = i;
    else if (c.streamSlot === i) c.streamSlot = i - Slot.Size;
    for (let n = 0; n < Slot.Size; n++) {
      const moved = slots[i + n];
      slots[i + n] = slots[i + n - Slot.Size];
      slots[i + n - Slot.Size] = moved;
    }
  }
}

/** Drops what expired before it was sent, and returns the time of the next expiry or -1. */
export function expireMessages(c: Client): number {
  let next = -1;
  if (c.expiring === 0) return next;
  c.expiring = 0;
  for (let i = c.next; i < c.slotsTo; i += Slot.Size) {
    const at = c.slots[i + Slot.Extra];
    if (isUnsent(c.slots[i + Slot.State]) && at >= 0) {
      if (reached(c.now, at)) dropMessage(c, i, Status.Expired);
      else {
        c.expiring += 1;
        if (next < 0 || elapsed(at, next) < Time.Half) next = at;
      }
    }
  }
  return next;
}

/** The link is gone: what was under way must be sent again, but a QoS 0 publish is sent once. */
export function outboxLinkLost(c: Client): void {
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    const state = c.slots[i + Slot.State];
    if (state === Message.Sending) dropMessage(c, i, Status.LinkLost);
    else if (state === Message.AwaitPuback || state === Message.AwaitPubrec) c.slots[i + Slot.State] = Message.Resend;
    else if (state === Message.AwaitPubcomp) {
      c.slots[i + Slot.State] = Message.Release;
    }
  }
  c.next = 0;
  c.outSlot = -1;
}

/**
 * The server has no session: QoS 1 starts anew, QoS 2 that reached the server counts as published, and QoS 2 of
 * which nobody knows is dropped, since sending it again might deliver it twice. [MQTT-4.4.0-1]
 */
export function outboxSessionLost(c: Client): void {
  for (let i = 0; i < c.slotsTo; i += Slot.Size) {
    const state = c.slots[i + Slot.State];
    if (state === Message.Release) {
      c.slots[i + Slot.State] = Message.Delivered;
      c.reports += 1;
    } else if (state === Message.Resend) {
      if ((c.arena[messageStart(c, i)] & Publish.QosMask) === Publish.Qos2) dropMessage(c, i, Status.SessionLost);
      else {
        c.slots[i + Slot.State] = Message.Queued;
        c.slots[i + Slot.Extra] = -1;
      }
    }
  }
}
