/**
 * Received frames that wait to be read, in the order of their channel, and the slots they are in.
 * Must not know: how they came here.
 */
import { LinkChannel } from './codes.js';
import type { Channel, Link } from './link.js';

/** A frame is in order and waits to be read. */
export function queueSlot(l: Link, c: Channel, slot: number): void {
  let at = c.readyAt + c.readyCount;
  if (at >= c.frames) at -= c.frames;
  c.ready[at] = slot;
  c.readyCount += 1;
  if (c.readyCount === 1) c.readFrom = l.slotFrom[slot];
}

/** A slot is empty; when half of a channel's slots have become so, the peer is told at once. */
export function freeSlot(l: Link, c: Channel, slot: number): void {
  l.free[l.freeCount] = slot;
  l.freeCount += 1;
  c.freed += 1;
  if (c.freed * 2 >= c.frames) l.isAckDue = true;
}

/**
 * How many bytes of a channel are there to be read: `pool[readFrom … readFrom + count)`, valid until the next `linkInput`. There may be
 * more behind them, once `linkTake` has taken these.
 */
export function linkRead(l: Link, channel: LinkChannel): number {
  if (channel < 0 || channel >= LinkChannel.Count) return 0;
  const c = l.channels[channel];
  if (c.readyCount === 0) return 0;
  l.readFrom = c.readFrom;
  l.readTo = l.slotTo[c.ready[c.readyAt]];
  return l.readTo - l.readFrom;
}

/** The program has dealt with `count` of the bytes that `linkRead` offered; the rest is offered again: back-pressure up to the peer. */
export function linkTake(l: Link, channel: LinkChannel, count: number): void {
  if (channel < 0 || channel >= LinkChannel.Count) return;
  const c = l.channels[channel];
  if (c.readyCount === 0 || count <= 0) return;
  const slot = c.ready[c.readyAt];
  c.readFrom += count;
  if (c.readFrom >= l.slotTo[slot]) endSlot(l, c);
}

/** Done with the first slot that is ready. */
function endSlot(l: Link, c: Channel): void {
  const slot = c.ready[c.readyAt];
  c.readyAt = c.readyAt + 1 < c.frames ? c.readyAt + 1 : 0;
  c.readyCount -= 1;
  if (c.readyCount > 0) c.readFrom = l.slotFrom[c.ready[c.readyAt]];
  freeSlot(l, c, slot);
}

/** Frees what is ready to be read on a channel. */
export function dropReady(l: Link, channel: LinkChannel): void {
  const c = l.channels[channel];
  while (c.readyCount > 0) endSlot(l, c);
}
