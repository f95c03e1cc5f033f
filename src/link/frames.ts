/**
 * Frames written into the output buffer: HELLO, acknowledgements, and the end that all have in common.
 * Must not know: when one is due, what a channel carries.
 *
 * Read first: README.md, "Frames". Output begins with a place for the zero that precedes HELLO, and one for the code byte.
 */
import { FrameFlag, FrameKind, LinkChannel, LinkState, Place, Protocol } from './codes.js';
import { counted } from './clock.js';
import { type Link, MaskAt } from './link.js';
import { copyBytes, equalBytes, putCheck, stuff } from './primitives.js';
import { LinkProfile } from './profile.js';

export const enum Frame {
  CodeAt = 1,
  ContentAt = 2,
  /** Code byte, first byte, sequence number, check. */
  DataOverhead = 7,
  AckBytes = 3,
}

/** Ends a frame whose content stands in `out[Frame.ContentAt … to)`. */
export function endFrame(l: Link, to: number, maskAt: MaskAt): void {
  const out = l.out;
  putCheck(out, to, out, Frame.ContentAt, to, l.masks, maskAt);
  const delimiterAt = to + Protocol.CheckBytes;
  stuff(out, Frame.CodeAt, delimiterAt);
  out[delimiterAt] = 0;
  l.outFrom = Frame.CodeAt;
  l.outTo = delimiterAt + 1;
  l.framesSent = counted(l.framesSent);
}

/** Frames of a channel that this side can still take beyond those delivered so far. */
function creditOf(l: Link, channel: LinkChannel): number {
  return l.channels[channel].frames - l.channels[channel].readyCount;
}

/** Bytes that an acknowledgement takes now. */
export function ackSize(l: Link): number {
  return heldBitmap(l) === 0 ? Frame.AckBytes : Frame.AckBytes + 1;
}

/** Bit n: the frame n + 1 behind the expected one is here. */
function heldBitmap(l: Link): number {
  let bits = 0;
  for (let n = 0; n < Protocol.Window - 1; n++) {
    if (l.heldSlots[(l.expected + 1 + n) & Protocol.WindowMask] !== 0) bits |= 1 << n;
  }
  return bits;
}

/** Writes the acknowledgement to `out[at …)`, with which nothing is owed any more; returns its end. The flags go to the frame's first byte. */
export function putAck(l: Link, at: number): number {
  const out = l.out;
  const bits = heldBitmap(l);
  let to = at + Place.AckBitmap;
  out[at] = l.expected & Protocol.SequenceMask;
  out[at + Place.AckCredits] = (creditOf(l, LinkChannel.Mqtt) | (creditOf(l, LinkChannel.Control) << 4)) & 255;
  out[at + Place.AckCredits + 1] = (creditOf(l, LinkChannel.Log) | (creditOf(l, LinkChannel.Agent) << 4)) & 255;
  let flags = FrameFlag.Ack;
  if (bits !== 0) {
    out[to] = bits & 255;
    to++;
    flags |= FrameFlag.Bitmap;
  }
  if (l.isPollDue) flags |= FrameFlag.Poll;
  if (l.hasDuplicate) flags |= FrameFlag.Duplicate;
  out[Frame.ContentAt] = (out[Frame.ContentAt] | flags) & 255;
  l.ackOwed = 0;
  l.isAckDue = false;
  l.isPollDue = false;
  l.hasDuplicate = false;
  l.isGapNew = false;
  for (let n = 0; n < LinkChannel.Count; n++) l.channels[n].freed = 0;
  return to;
}

/** A zero before the frame in `out`, which ends whatever was cut off before it: where something may have been. */
export function putZeroBefore(l: Link): void {
  l.out[0] = 0;
  l.outFrom = 0;
}

export function putAckFrame(l: Link): void {
  const isPoll = l.isPollDue;
  l.out[Frame.ContentAt] = FrameKind.Ack;
  endFrame(l, putAck(l, Frame.ContentAt + 1), MaskAt.Own);
  if (isPoll) putZeroBefore(l);
}

/** HELLO: who this side is, whom it has heard, and what it can hold. */
export function putHello(l: Link): void {
  const out = l.out;
  const config = l.config;
  const at = Frame.ContentAt;
  const hundreds = LinkProfile.Baud > 0 ? hundredsOf(config.baudMax) : 0;
  out[at] = l.state === LinkState.Up ? FrameKind.Hello | FrameFlag.Up : FrameKind.Hello;
  out[at + Place.Version] = Protocol.Version;
  copyBytes(out, at + Place.Nonce, l.nonces, 0, Protocol.NonceBytes * 2);
  out[at + Place.FrameBytes] = config.frameBytes & 255;
  out[at + Place.Credits] = (config.mqttFrames | (1 << 4)) & 255;
  out[at + Place.Credits + 1] = (config.logFrames | (config.agentFrames << 4)) & 255;
  out[at + Place.AckDelay] = config.ackDelayMs & 255;
  out[at + Place.BaudMax] = hundreds & 255;
  out[at + Place.BaudMax + 1] = (hundreds >>> 8) & 255;
  endFrame(l, at + Place.HelloEnd, MaskAt.Hello);
  putZeroBefore(l);
  l.isHelloDue = false;
}

/** A baud rate in hundreds, rounded down; long division, since the subset has no other. */
export function hundredsOf(baud: number): number {
  let left = baud;
  let hundreds = 0;
  for (let shift = 15; shift >= 0; shift--) {
    const unit = 100 << (shift & 31);
    if (left >= unit) {
      left -= unit;
      hundreds += 1 << (shift & 31);
    }
  }
  return hundreds;
}

/** Whether the check of the content `bytes[from … to)` holds. */
export function checkHolds(l: Link, bytes: Uint8Array, from: number, to: number, maskAt: MaskAt): boolean {
  putCheck(l.scratch, 0, bytes, from, to - Protocol.CheckBytes, l.masks, maskAt);
  return equalBytes(l.scratch, 0, bytes, to - Protocol.CheckBytes, to);
}
