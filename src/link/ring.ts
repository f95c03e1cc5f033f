/**
 * Bytes accepted for a channel, from `linkWrite` to their acknowledgement: a ring that frames are cut from, and cut from again.
 * Must not know: frames.
 */
import { Connection, LinkChannel, LinkState, LinkStatus } from './codes.js';
import { type Channel, type Link, RecordType } from './link.js';
import { copyBytes } from './primitives.js';

/** Whether a channel may be written to now. */
function mayWrite(l: Link, channel: LinkChannel): LinkStatus {
  if (channel < 0 || channel >= LinkChannel.Count || channel === LinkChannel.Control || l.channels[channel].ringSize === 0) return LinkStatus.BadChannel;
  if (l.state !== LinkState.Up) return LinkStatus.BadState;
  return channel === LinkChannel.Mqtt && l.connection !== Connection.Open ? LinkStatus.BadState : LinkStatus.Ok;
}

/**
 * Accepts copies of `bytes[from … to)` for a channel, as far as they fit, and returns how many: fewer than given is back-pressure, less
 * than zero a LinkStatus: BadChannel (none that this side sends), BadState (no session, or for Mqtt no open connection).
 */
export function linkWrite(l: Link, channel: LinkChannel, bytes: Uint8Array, from: number, to: number): number {
  const status = mayWrite(l, channel);
  if (status !== LinkStatus.Ok) return status;
  if (from < 0 || to < from || to > bytes.length) return LinkStatus.BadRange;
  const c = l.channels[channel];
  const room = roomOf(l, channel);
  const count = to - from < room ? to - from : room;
  appendToRing(c, bytes, from, from + count);
  return count;
}

/** Bytes that `linkWrite` would accept now. */
export function linkRoom(l: Link, channel: LinkChannel): number {
  return mayWrite(l, channel) === LinkStatus.Ok ? roomOf(l, channel) : 0;
}

/** None for a new connection while the last bytes of the one before it are leaving. */
function roomOf(l: Link, channel: LinkChannel): number {
  if (channel === LinkChannel.Mqtt && (l.owed & (1 << RecordType.Close)) !== 0) return 0;
  return l.channels[channel].ringSize - l.channels[channel].held;
}

/** Appends to a channel's ring what is known to fit. */
export function appendToRing(c: Channel, bytes: Uint8Array, from: number, to: number): void {
  const count = to - from;
  const at = wrapped(c, c.ringAt + c.held);
  const first = count < c.ringSize - at ? count : c.ringSize - at;
  copyBytes(c.ring, at, bytes, from, from + first);
  copyBytes(c.ring, 0, bytes, from + first, to);
  c.held += count;
  c.unsent += count;
}

/** A place in the ring, which may have passed its end once. */
export function wrapped(c: Channel, at: number): number {
  return at < c.ringSize ? at : at - c.ringSize;
}
