/**
 * What leaves next: HELLO, frames that were lost, new frames, acknowledgements. A frame that has begun is finished before another.
 * Must not know: what is received, what a channel carries.
 *
 * Read first: README.md, "Sending".
 */
import { FrameFlag, FrameKind, LinkChannel, LinkState, LinkTime, Place, Protocol } from './codes.js';
import { baudHoldsChannels, baudHoldsOutput } from './baud.js';
import { counted, reached } from './clock.js';
import { openingIsOwed, putOwedRecords } from './control.js';
import { ackSize, endFrame, Frame, putAck, putAckFrame, putHello, putZeroBefore } from './frames.js';
import { type Channel, type Link, MaskAt, Records, Row, RowState } from './link.js';
import { copyBytes } from './primitives.js';
import { LinkProfile } from './profile.js';
import { wrapped } from './ring.js';
import { tick } from './timers.js';

/**
 * How many bytes the port is to send next: `out[outFrom … outFrom + count)`, valid until the next call with this link. 0: nothing for
 * now. Also does what is due at `now`, so call it after every input and when `linkNextDeadline` has passed.
 */
export function linkOutput(l: Link, now: number): number {
  l.now = now;
  tick(l);
  if (l.outFrom >= l.outTo) chooseFrame(l);
  return l.outTo - l.outFrom;
}

/** The port has taken `count` of the bytes that `linkOutput` offered; fewer are fine, the rest is offered again. */
export function linkSent(l: Link, count: number): void {
  if (l.outFrom >= l.outTo) return;
  l.outFrom = count < l.outTo - l.outFrom ? l.outFrom + count : l.outTo;
  if (l.outFrom < l.outTo || l.outRow < 0) return;
  l.rows[l.outRow + Row.SentAt] = l.now;
  if (l.rows[l.outRow] === RowState.Sending) l.rows[l.outRow] = RowState.InFlight;
  l.outRow = -1;
}

/** Begins the next frame, if there is any. */
function chooseFrame(l: Link): void {
  if (LinkProfile.Baud > 0 && baudHoldsOutput(l)) return;
  if (l.isHelloDue) {
    putHello(l);
    l.helloAt = (l.now + l.helloMs) & LinkTime.Mask;
    l.helloMs = l.helloMs * 2 < l.config.helloMaxMs ? l.helloMs * 2 : l.config.helloMaxMs;
    return;
  }
  if (l.state !== LinkState.Up) return;
  if (l.owed !== 0) putOwedRecords(l);
  if (l.isGapNew) {
    putAckFrame(l);
    return;
  }
  let row = lostRow(l);
  if (row < 0) row = newRow(l);
  if (row >= 0 && putData(l, row)) return;
  if (l.isAckDue || l.isPollDue || row >= 0 || (l.ackOwed > 0 && reached(l.now, l.ackAt))) putAckFrame(l);
}

/** Row of the first frame to be sent again, or -1. */
function lostRow(l: Link): number {
  let sequence = l.oldest;
  while (sequence !== l.next) {
    const row = (sequence & Protocol.WindowMask) * Row.Size;
    if (l.rows[row] === RowState.Lost) return row;
    sequence = (sequence + 1) & Protocol.SequenceMask;
  }
  return -1;
}

/** Fills a row for new bytes of the channel whose turn it is, or -1: nothing to send, or no room at the peer. */
function newRow(l: Link): number {
  if (((l.next - l.oldest) & Protocol.SequenceMask) >= Protocol.Window) return -1;
  const channel = nextChannel(l);
  if (channel < 0) return -1;
  const c = l.channels[channel];
  const row = (l.next & Protocol.WindowMask) * Row.Size;
  // The last progress may lie half the circle of time back, where it would look as if it lay ahead.
  if (l.oldest === l.next) l.progressAt = l.now;
  let room = l.frameMax - Frame.DataOverhead;
  if (l.ackOwed > 0 || l.isAckDue || l.isPollDue) room -= ackSize(l);
  if (channel === LinkChannel.Control) room = Records.Bytes;
  const count = c.unsent < room ? c.unsent : room;
  l.rows[row + Row.Channel] = channel;
  l.rows[row + Row.At] = wrapped(c, c.ringAt + c.held - c.unsent);
  l.rows[row + Row.Length] = count;
  l.rows[row + Row.Tries] = 0;
  l.rows[row + Row.Times] = 0;
  l.rows[row] = RowState.Lost;
  l.next = (l.next + 1) & Protocol.SequenceMask;
  c.unsent -= count;
  c.budget -= 1;
  l.served = channel;
  return row;
}

/** Control goes first, the others take turns; and no bytes of a connection pass the message that opens it. */
function nextChannel(l: Link): number {
  const control = l.channels[LinkChannel.Control];
  if (maySend(control)) return LinkChannel.Control;
  if (LinkProfile.Baud > 0 && baudHoldsChannels(l)) return -1;
  const isOpening = control.unsent > 0 || openingIsOwed(l);
  let channel: number = l.served;
  for (let n = 0; n < LinkChannel.Count; n++) {
    channel = (channel + 1) & FrameFlag.Channel;
    if (maySend(l.channels[channel]) && !(isOpening && channel === LinkChannel.Mqtt)) return channel;
  }
  return -1;
}

function maySend(c: Channel): boolean {
  return c.unsent > 0 && c.budget > 0;
}

/** Writes the frame of a row, with an acknowledgement if one is owed; false: there is no room for that, so it goes first. */
function putData(l: Link, row: number): boolean {
  const out = l.out;
  const c = l.channels[l.rows[row + Row.Channel]];
  const at = l.rows[row + Row.At];
  const count = l.rows[row + Row.Length];
  let to = Frame.ContentAt + Place.Payload;
  const hasAck = l.ackOwed > 0 || l.isAckDue || l.isPollDue;
  if (hasAck && Frame.DataOverhead + ackSize(l) + count > l.frameMax) return false;
  out[Frame.ContentAt] = (FrameKind.Data | l.rows[row + Row.Channel]) & 255;
  out[Frame.ContentAt + Place.Sequence] = sequenceOf(l, row) & 255;
  if (hasAck) to = putAck(l, to);
  const first = count < c.ringSize - at ? count : c.ringSize - at;
  copyBytes(out, to, c.ring, at, at + first);
  copyBytes(out, to + first, c.ring, 0, count - first);
  endFrame(l, to + count, MaskAt.Own);
  if (l.rows[row + Row.Tries] > 0) putZeroBefore(l);
  if (l.rows[row + Row.Times] > 0) l.framesAgain = counted(l.framesAgain);
  l.rows[row + Row.Times] = counted(l.rows[row + Row.Times]);
  l.order = counted(l.order);
  l.rows[row + Row.Order] = l.order;
  l.rows[row] = RowState.Sending;
  l.outRow = row;
  return true;
}

/** The sequence number of a row that is in use. */
function sequenceOf(l: Link, row: number): number {
  let sequence = l.oldest;
  while ((sequence & Protocol.WindowMask) * Row.Size !== row) sequence = (sequence + 1) & Protocol.SequenceMask;
  return sequence;
}
