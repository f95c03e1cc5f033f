/**
 * The session of a client as text, for a store that outlives a reboot: outbox with its handshakes, inbound QoS 2, subscriptions, identifiers. The text is
 * taken at a planned moment (before deep sleep) and must be used once: what it says of QoS 2 is true until the client speaks again.
 * Must not know: files.
 *
 * Read first: src/core/README.md, "Memory".
 */
import { type Client, Sub } from '../../src/core/client.js';
import { Entry, inboundLinkLost } from '../../src/core/inbound.js';
import { outboxLinkLost } from '../../src/core/outbox.js';
import { Subscription, subscriptionsLost } from '../../src/core/subscriptions.js';
import { Profile } from '../../src/core/profile.js';
import { createBytes } from '../../src/core/bytes.js';
import { bytesText, textByte } from './text.js';

const enum Form {
  /** First number of the text: another one is another form. */
  Version = 1,
  /** Numbers are stored as 4 bytes, this much larger: the least is a Status. */
  Offset = 100,
  Head = 16,
}

/** A text being written or read. */
interface Tape {
  text: string;
  at: number;
  digits: Uint8Array;
  /** Over all bytes, begun with version and client identifier: another client's session is none, nor is one of packets in another form. */
  sum: number;
}

function createTape(c: Client, text: string): Tape {
  const t: Tape = { text: text, at: 0, digits: createBytes(4), sum: Profile.V5 > 0 && c.v5 !== null ? 8 : 7 };
  const name = c.config.clientId;
  for (let at = 0; at < name.length; at++) t.sum = (t.sum * 31 + textByte(name, at)) & 0xffffff;
  return t;
}

function putNumber(t: Tape, value: number): void {
  const stored = value + Form.Offset;
  for (let n = 0; n < 4; n++) t.digits[n] = (stored >>> (24 - n * 8)) & 255;
  putPart(t, t.digits, 0, 4);
}

function putPart(t: Tape, bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at++) t.sum = (t.sum * 31 + bytes[at]) & 0xffffff;
  if (to > from) t.text = t.text + bytesText(bytes, from, to);
}

function putNumbers(t: Tape, numbers: Int32Array, to: number): void {
  for (let at = 0; at < to; at++) putNumber(t, numbers[at]);
}

/**
 * What a handler has now, it has had: it is not to come again. What a program has yet to acknowledge, or has not had to its end, comes again: QoS 2 is
 * kept as QoS 1 is, which restoring drops.
 */
function keptOf(c: Client, entry: number): number {
  if ((entry & (Entry.Answered | Entry.Recorded)) !== 0) return entry;
  return (entry & Entry.Id) === c.settleHandle ? entry | Entry.Recorded : entry & Entry.Id;
}

/** The session at this moment, whether connected or not. */
export function sessionText(c: Client): string {
  const t = createTape(c, '');
  putNumber(t, Form.Version);
  putNumber(t, c.arenaTo);
  putNumber(t, c.slotsTo);
  putNumber(t, c.inboundCount);
  putNumber(t, c.filtersTo);
  putNumber(t, c.subs.length);
  putNumber(t, c.packetId);
  putNumber(t, c.generation);
  putNumber(t, c.sequence);
  putNumber(t, c.slotsUsed);
  putNumber(t, c.special);
  putNumber(t, c.reports);
  putNumber(t, c.subsPending);
  putNumber(t, c.subsRefused);
  putNumber(t, c.random);
  putNumber(t, c.sessionHeld ? 1 : 0);
  putNumbers(t, c.slots, c.slotsTo);
  for (let place = 0; place < c.inboundCount; place++) putNumber(t, keptOf(c, c.inbound[place]));
  putNumbers(t, c.subs, c.subs.length);
  putPart(t, c.arena, 0, c.arenaTo);
  putPart(t, c.filters, 0, c.filtersTo);
  putNumber(t, t.sum);
  return t.text;
}

function takeNumber(t: Tape): number {
  let value = 0;
  for (let n = 0; n < 4; n++) {
    const byte = textByte(t.text, t.at);
    t.at += 1;
    t.sum = (t.sum * 31 + byte) & 0xffffff;
    value = (value << 8) | byte;
  }
  return value - Form.Offset;
}

function takePart(t: Tape, bytes: Uint8Array, to: number): void {
  for (let at = 0; at < to; at++) {
    const byte = textByte(t.text, t.at);
    t.at += 1;
    t.sum = (t.sum * 31 + byte) & 0xffffff;
    bytes[at] = byte;
  }
}

function takeNumbers(t: Tape, numbers: Int32Array, to: number): void {
  for (let at = 0; at < to; at++) numbers[at] = takeNumber(t);
}

/**
 * Gives a client that has not connected yet the session of `text`. False: the text is damaged, of another client, or larger than this client's
 * buffers; the client is then to be made anew, or to go on with what it has.
 */
export function restoreSession(c: Client, text: string): boolean {
  const least = (Form.Head + 1) * 4;
  if (text.length < least || !sumHolds(c, text)) return false;
  const t = createTape(c, text);
  if (takeNumber(t) !== Form.Version) return false;
  const arenaTo = takeNumber(t);
  const slotsTo = takeNumber(t);
  const inboundCount = takeNumber(t);
  const filtersTo = takeNumber(t);
  const subs = takeNumber(t);
  if (arenaTo > c.arenaSize || slotsTo > c.slotsSize || inboundCount > c.inbound.length || filtersTo > c.filters.length || subs !== c.subs.length) return false;
  if (text.length !== least + (slotsTo + inboundCount + subs) * 4 + arenaTo + filtersTo) return false;
  c.arenaTo = arenaTo;
  c.slotsTo = slotsTo;
  c.inboundCount = inboundCount;
  c.filtersTo = filtersTo;
  c.packetId = takeNumber(t);
  c.generation = takeNumber(t);
  c.sequence = takeNumber(t);
  c.slotsUsed = takeNumber(t);
  c.special = takeNumber(t);
  c.reports = takeNumber(t);
  c.subsPending = takeNumber(t);
  c.subsRefused = takeNumber(t);
  c.random = takeNumber(t);
  c.sessionHeld = takeNumber(t) > 0;
  takeNumbers(t, c.slots, slotsTo);
  takeNumbers(t, c.inbound, inboundCount);
  takeNumbers(t, c.subs, subs);
  takePart(t, c.arena, arenaTo);
  takePart(t, c.filters, filtersTo);
  c.attention = true;
  // The link that all of this was on is gone.
  outboxLinkLost(c);
  inboundLinkLost(c, -1);
  subscriptionsLost(c, false);
  return true;
}

/** The filters that a restored session has subscribed, by their handles. */
export function sessionFilters(c: Client): Record<number, string | undefined> {
  const filters: Record<number, string | undefined> = {};
  for (let row = 0; row < c.subs.length; row += Sub.Size) {
    const at = c.subs[row + Sub.At];
    if (c.subs[row] !== Subscription.Free) filters[row] = bytesText(c.filters, at + 2, at + 2 + ((c.filters[at] << 8) | c.filters[at + 1]));
  }
  return filters;
}

/** Whether the last four bytes are the sum of all before them. */
function sumHolds(c: Client, text: string): boolean {
  const t = createTape(c, text);
  while (t.at < text.length - 4) {
    t.sum = (t.sum * 31 + textByte(text, t.at)) & 0xffffff;
    t.at += 1;
  }
  const sum = t.sum;
  return takeNumber(t) === sum;
}
