/**
 * What an acknowledgement of the peer says: frames that arrived, frames that must have been lost, the round trip, and credit.
 * Must not know: what is received beside it.
 *
 * Read first: README.md, "Acknowledgements".
 */
import { LinkChannel, LinkTime, Place, Protocol } from './codes.js';
import { elapsed } from './clock.js';
import { type Link, Row, RowState } from './link.js';

/** A row whose frame the peer has. Returns the later of `latest` and its place in the order of sending. */
function arrived(l: Link, row: number, latest: number): number {
  const rows = l.rows;
  const ms = elapsed(l.now, rows[row + Row.SentAt]) & LinkTime.RoundTripMask;
  if (rows[row + Row.Times] === 1 && rows[row] === RowState.InFlight) measure(l, ms);
  // The wait was too short, and this is the frame that left first: those that left in between are on their way.
  if (rows[row + Row.Tries] > 0 && (rows[row] === RowState.Sending || ms < l.roundTrip8 >>> 3)) return latest;
  return elapsed(rows[row + Row.Order], latest) < LinkTime.Half ? rows[row + Row.Order] : latest;
}

/** One more round trip of `ms`: the wait for an acknowledgement is the mean and four times the variation (RFC 6298). */
function measure(l: Link, ms: number): void {
  if (l.variation4 < 0) {
    l.roundTrip8 = ms * 8;
    l.variation4 = ms * 2;
  } else {
    const off = ms - (l.roundTrip8 >>> 3);
    l.roundTrip8 += off;
    l.variation4 += (off < 0 ? -off : off) - (l.variation4 >>> 2);
  }
  let wait = (l.roundTrip8 >>> 3) + l.variation4 + l.peerAckDelayMs;
  if (wait < l.config.retryMinMs) wait = l.config.retryMinMs;
  l.retryMs = wait < l.config.retryMaxMs ? wait : l.config.retryMaxMs;
}

/** A frame was sent again that had arrived. The round trip of such a frame is never measured, so this is what makes a wait that is too short longer. */
export function waitLonger(l: Link): void {
  l.retryMs = l.retryMs * 2 < l.config.retryMaxMs ? l.retryMs * 2 : l.config.retryMaxMs;
}

/** The oldest frame is acknowledged for good: its bytes leave the ring. */
function release(l: Link): void {
  const row = (l.oldest & Protocol.WindowMask) * Row.Size;
  const c = l.channels[l.rows[row + Row.Channel]];
  const count = l.rows[row + Row.Length];
  c.held -= count;
  c.ringAt += count;
  if (c.ringAt >= c.ringSize) c.ringAt -= c.ringSize;
  l.rows[row] = RowState.Free;
  if (l.outRow === row) l.outRow = -1;
  l.oldest = (l.oldest + 1) & Protocol.SequenceMask;
}

/** Takes the acknowledgement at `at`; false: it speaks of frames that were never sent. */
export function takeAck(l: Link, at: number, hasBitmap: boolean): boolean {
  const pool = l.pool;
  const next = pool[at + Place.AckNext];
  if (((next - l.oldest) & Protocol.SequenceMask) > ((l.next - l.oldest) & Protocol.SequenceMask)) return false;
  let latest = (l.order - LinkTime.Half + 1) & LinkTime.Mask;
  if (l.oldest !== next) l.progressAt = l.now;
  while (l.oldest !== next) {
    const row = (l.oldest & Protocol.WindowMask) * Row.Size;
    latest = arrived(l, row, latest);
    release(l);
  }
  if (hasBitmap) latest = takeBitmap(l, pool[at + Place.AckBitmap], latest);
  findLost(l, latest);
  takeCredits(l, pool[at + Place.AckCredits], pool[at + Place.AckCredits + 1]);
  return true;
}

/** Bit n: the peer holds the frame n + 1 behind the oldest. */
function takeBitmap(l: Link, bits: number, latest: number): number {
  let order = latest;
  let sequence = (l.oldest + 1) & Protocol.SequenceMask;
  for (let n = 0; n < Protocol.Window - 1; n++) {
    if (((sequence - l.oldest) & Protocol.SequenceMask) >= ((l.next - l.oldest) & Protocol.SequenceMask)) return order;
    const row = (sequence & Protocol.WindowMask) * Row.Size;
    if ((bits & (1 << n)) !== 0 && l.rows[row] !== RowState.Held) {
      order = arrived(l, row, order);
      l.rows[row] = RowState.Held;
      if (l.outRow === row) l.outRow = -1;
    }
    sequence = (sequence + 1) & Protocol.SequenceMask;
  }
  return order;
}

/** What left before a frame that arrived, and did not arrive, is lost: wires do not reorder. */
function findLost(l: Link, latest: number): void {
  let sequence = l.oldest;
  while (sequence !== l.next) {
    const row = (sequence & Protocol.WindowMask) * Row.Size;
    const ahead = elapsed(latest, l.rows[row + Row.Order]);
    if (l.rows[row] === RowState.InFlight && ahead > 0 && ahead < LinkTime.Half) l.rows[row] = RowState.Lost;
    sequence = (sequence + 1) & Protocol.SequenceMask;
  }
}

/** Credit counts from the acknowledged frame on; those on their way use it up. */
function takeCredits(l: Link, low: number, high: number): void {
  l.channels[LinkChannel.Mqtt].budget = low & 15;
  l.channels[LinkChannel.Control].budget = low >>> 4;
  l.channels[LinkChannel.Log].budget = high & 15;
  l.channels[LinkChannel.Agent].budget = high >>> 4;
  let sequence = l.oldest;
  while (sequence !== l.next) {
    const c = l.channels[l.rows[(sequence & Protocol.WindowMask) * Row.Size + Row.Channel]];
    c.budget -= 1;
    sequence = (sequence + 1) & Protocol.SequenceMask;
  }
}
