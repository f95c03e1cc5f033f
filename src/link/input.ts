/**
 * Bytes in: frames out of them, what is held until the gap before it is filled, and what a program reads.
 * Must not know: output.
 *
 * Read first: README.md, "Receiving". Each slot of the pool holds one frame. One slot is always being filled, so that nothing is ever
 * refused for want of room but what the peer had no credit for.
 */
import { takeAck, waitLonger } from './acknowledge.js';
import { confirmBaud } from './baud.js';
import { counted } from './clock.js';
import { Connection, FrameFlag, FrameKind, LinkChannel, LinkState, LinkTime, Place, Protocol } from './codes.js';
import { takeRecord } from './control.js';
import { checkHolds } from './frames.js';
import { type Link, MaskAt, Pool, Records } from './link.js';
import { copyBytes, indexOfZero, unstuff } from './primitives.js';
import { LinkProfile } from './profile.js';
import { freeSlot, queueSlot } from './queue.js';
import { hear, Heard, takeHello } from './session.js';

/** Takes all of `bytes[from … to)`, in pieces of any size. Ends the validity of what `linkRead` gave. */
export function linkInput(l: Link, bytes: Uint8Array, from: number, to: number, now: number): void {
  l.now = now;
  let at = from;
  while (at < to) {
    const zero = indexOfZero(bytes, at, to);
    const count = zero - at;
    if (l.count + count <= l.slotBytes) {
      copyBytes(l.pool, (l.slot & Pool.SlotMask) * (l.slotBytes & Protocol.LengthMask) + l.count, bytes, at, zero);
      l.count += count;
    } else l.count = l.slotBytes + 1;
    if (zero < to) endOfFrame(l);
    at = zero + 1;
  }
}

/** A delimiter. Between two of them with nothing else there is no frame. */
function endOfFrame(l: Link): void {
  const count = l.count;
  const at = (l.slot & Pool.SlotMask) * (l.slotBytes & Protocol.LengthMask);
  l.count = 0;
  if (count === 0) return;
  if (count > l.slotBytes || count < Protocol.CheckBytes + 2 || !unstuff(l.pool, at, at + count)) damaged(l);
  else takeFrame(l, at + 1, at + count);
}

function damaged(l: Link): void {
  l.framesDamaged = counted(l.framesDamaged);
  if (l.damagedRun < 255) l.damagedRun += 1;
}

/** A frame's content, check included. */
function takeFrame(l: Link, at: number, to: number): void {
  const kind = l.pool[at] & FrameKind.Mask;
  const isHello = kind === FrameKind.Hello;
  if (!isHello && l.state === LinkState.Hello) return;
  if (!checkHolds(l, l.pool, at, to, isHello ? MaskAt.Hello : MaskAt.Peer)) {
    damaged(l);
    return;
  }
  l.framesTaken = counted(l.framesTaken);
  l.damagedRun = 0;
  if (isHello) takeHello(l, at, to);
  else {
    l.heardAt = l.now;
    hear(l, Heard.Frame, at, true);
    if (LinkProfile.Baud > 0) confirmBaud(l);
    if (!takeBody(l, at, to - Protocol.CheckBytes)) l.violations = counted(l.violations);
  }
}

/** A frame of the session without its check; false: it breaks the specification, and the rest of it is ignored. */
function takeBody(l: Link, at: number, to: number): boolean {
  const first = l.pool[at];
  const isData = (first & FrameKind.Mask) === FrameKind.Data;
  const hasBitmap = (first & FrameFlag.Bitmap) !== 0;
  let next = isData ? at + Place.Payload : at + 1;
  if ((first & FrameKind.Mask) > FrameKind.Ack) return false;
  if ((first & FrameFlag.Ack) !== 0) {
    const ackAt = next;
    next += hasBitmap ? Place.AckBitmap + 1 : Place.AckBitmap;
    if (next > to || !takeAck(l, ackAt, hasBitmap)) return false;
    if ((first & FrameFlag.Duplicate) !== 0) waitLonger(l);
  } else if (hasBitmap || !isData || (first & FrameFlag.Duplicate) !== 0) return false;
  if ((first & FrameFlag.Poll) !== 0) l.isAckDue = true;
  if (!isData) return next === to && (first & FrameFlag.Channel) === 0;
  return next < to && takeData(l, first & FrameFlag.Channel, l.pool[at + Place.Sequence], next, to);
}

/** A data frame in the slot that was filled; false: beyond the window, or beyond the credit. */
function takeData(l: Link, channel: LinkChannel, sequence: number, from: number, to: number): boolean {
  const c = l.channels[channel];
  const ahead = (sequence - l.expected) & Protocol.SequenceMask;
  const place = sequence & Protocol.WindowMask;
  if (ahead >= Protocol.SequenceMask + 1 - Protocol.Window || (ahead < Protocol.Window && l.heldSlots[place] !== 0)) {
    l.duplicates = counted(l.duplicates);
    l.hasDuplicate = true;
    l.isAckDue = true;
    return true;
  }
  if (ahead >= Protocol.Window || c.readyCount + c.waiting >= c.frames) return false;
  if (channel === LinkChannel.Control && to - from !== Records.Bytes) return false;
  const slot = l.slot;
  l.slotFrom[slot] = from;
  l.slotTo[slot] = to;
  l.slotChannel[slot] = channel;
  l.freeCount -= 1;
  l.slot = l.free[l.freeCount];
  l.heldSlots[place] = slot + 1;
  c.waiting += 1;
  // A gap is told at once: the peer sends what is missing before it goes on.
  if (ahead > 0) {
    l.isAckDue = true;
    if (ahead === 1) l.isGapNew = true;
  }
  if (ahead === 0) deliver(l);
  return true;
}

/** Hands over every frame up to the next gap. */
function deliver(l: Link): void {
  let place = l.expected & Protocol.WindowMask;
  while (l.heldSlots[place] !== 0) {
    const slot = l.heldSlots[place] - 1;
    const channel = l.slotChannel[slot];
    const c = l.channels[channel];
    l.heldSlots[place] = 0;
    l.expected = (l.expected + 1) & Protocol.SequenceMask;
    place = l.expected & Protocol.WindowMask;
    c.waiting -= 1;
    if (l.ackOwed === 0) l.ackAt = (l.now + l.config.ackDelayMs) & LinkTime.Mask;
    l.ackOwed += 1;
    if (channel === LinkChannel.Control) {
      takeRecord(l, l.slotFrom[slot]);
      freeSlot(l, c, slot);
    } else if (channel === LinkChannel.Mqtt && l.connection !== Connection.Open) freeSlot(l, c, slot);
    else queueSlot(l, c, slot);
  }
  if (l.ackOwed > 1) l.isAckDue = true;
}
