/**
 * Topic aliases of MQTT 5.0, both ways. A store is a row of fixed size for each alias: length (2 bytes), topic.
 * They live as long as the link. [MQTT-3.3.2-7]
 * Must not know: how packets are read or queued.
 *
 * Read first: MQTT 5.0 section 3.3.2.3.4.
 */
import { copyBytes, equalBytes } from './bytes.js';
import { type Client, type ClientV5, Slot } from './client.js';
import { Property, Publish } from './codes.js';
import { messageStart, Record } from './outbox.js';
import { putByte, putBytes, putInt16, putVarint, readVarint, varintSize } from './wire.js';

const enum Alias {
  /** Identifier and value of the Topic Alias property. */
  Bytes = 3,
  /** What a head needs at most beside the topic: first byte, remaining length, topic length, packet identifier, property length, alias. */
  HeadMax = 16,
}

function rowAt(v5: ClientV5, alias: number): number {
  return ((alias - 1) & 0xffff) * ((v5.config.aliasTopicBytes + 2) & 0x7ff);
}

function rowLength(store: Uint8Array, row: number): number {
  return (store[row] << 8) | store[row + 1];
}

function storeTopic(store: Uint8Array, row: number, bytes: Uint8Array, from: number, to: number): void {
  putInt16(store, row, to - from);
  copyBytes(store, row + 2, bytes, from, to);
}

/** A new link knows no alias. */
export function clearAliases(v5: ClientV5): void {
  v5.aliasesUsed = 0;
  v5.aliasNext = 0;
  for (let alias = 1; alias <= v5.config.topicAliasMaximum; alias++) putInt16(v5.aliasesIn, rowAt(v5, alias), 0);
}

/** Keeps the topic behind an inbound alias, which is in range; false when it is longer than its row. */
export function learnAlias(v5: ClientV5, alias: number, bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > v5.config.aliasTopicBytes) return false;
  storeTopic(v5.aliasesIn, rowAt(v5, alias), bytes, from, to);
  return true;
}

/** Makes the topic behind an inbound alias, which is in range, the event's; false when there is none. */
export function recallAlias(c: Client, v5: ClientV5, alias: number): boolean {
  const row = rowAt(v5, alias);
  c.topic = v5.aliasesIn;
  c.topicFrom = row + 2;
  c.topicTo = row + 2 + rowLength(v5.aliasesIn, row);
  return c.topicTo > c.topicFrom;
}

/** The alias of a topic; negative when it has just been given and the server must still be told; 0 for none. */
function aliasOf(v5: ClientV5, bytes: Uint8Array, from: number, to: number): number {
  for (let alias = 1; alias <= v5.aliasesUsed; alias++) {
    const row = rowAt(v5, alias);
    if (rowLength(v5.aliasesOut, row) === to - from && equalBytes(v5.aliasesOut, row + 2, bytes, from, to)) return alias;
  }
  let most = v5.topicAliasMaximum;
  if (v5.config.topicAliasesOut < most) most = v5.config.topicAliasesOut;
  if (most === 0 || to - from > v5.config.aliasTopicBytes) return 0;
  // In turn: the topic that has had its alias longest loses it.
  v5.aliasNext = v5.aliasNext >= most ? 1 : v5.aliasNext + 1;
  if (v5.aliasNext > v5.aliasesUsed) v5.aliasesUsed = v5.aliasNext;
  storeTopic(v5.aliasesOut, rowAt(v5, v5.aliasNext), bytes, from, to);
  return -v5.aliasNext;
}

/**
 * Queues the beginning of a publish with an alias, in place of the one in the arena; returns where in the arena the
 * rest of the packet begins (its properties), or -1 when it is to be sent as it is. The arena keeps the whole topic,
 * since another link will not know the alias. The control queue is empty; `total` bytes of stream follow the record.
 */
export function putAliasHead(c: Client, v5: ClientV5, slot: number, total: number): number {
  const arena = c.arena;
  const control = c.control;
  const from = c.slots[slot + Slot.At] + Record.Topic;
  const to = from + rowLength(arena, from - 2);
  if (v5.topicAliasMaximum === 0 || Alias.HeadMax + to - from > control.length) return -1;
  const start = messageStart(c, slot);
  const most = v5.maximumPacketBytes;
  // A new alias makes the packet longer. [MQTT-3.2.2-15]
  if (most > 0 && c.slots[slot + Slot.End] - start + total + Alias.Bytes + 1 > most) return -1;
  const alias = aliasOf(v5, arena, from, to);
  if (alias === 0) return -1;
  const topicFrom = alias > 0 ? to : from;
  const first = arena[start];
  const idTo = (first & Publish.QosMask) === 0 ? to : to + 2;
  const properties = readVarint(arena, idTo, c.arenaTo, true);
  const propertyBytes = (properties >>> 3) + Alias.Bytes;
  const rest = idTo + (properties & 7);
  const head = 2 + idTo - topicFrom + varintSize(propertyBytes) + Alias.Bytes;
  let put = putVarint(control, putByte(control, 0, first), head + c.slots[slot + Slot.End] - rest + total);
  put = putInt16(control, put, to - topicFrom);
  put = putBytes(control, put, arena, topicFrom, idTo);
  put = putByte(control, putVarint(control, put, propertyBytes), Property.TopicAlias);
  c.controlTo = putInt16(control, put, alias > 0 ? alias : -alias);
  return rest;
}
