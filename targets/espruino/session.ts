/**
 * The session in Storage: what a kept session (clean_session false) needs to go on after a reboot. The unsettled publishes of QoS 1 and 2 with
 * their identifiers, the identifiers of inbound QoS 2 messages whose PUBREL is awaited, and the counters that give identifiers out.
 *
 * Written ahead of the wire: before anything leaves that the other side may act on. Two files in turn, each with its number and a check, so that
 * one is whole whenever the power fails. What the newest holds is never passed over: where this client cannot go on with it, `create` refuses. What is saved is a copy of the core's own tables; restoring it is what losing the link is.
 * Must not know: packets. Read first: src/core/README.md, "Memory".
 */
import { Entry, inboundLinkLost } from '../../src/core/inbound.js';
import { Message, outboxLinkLost } from '../../src/core/outbox.js';
import { Slot } from '../../src/core/client.js';
import type { Mqtt } from './client.js';
import { E, require } from './globals.js';
import { refuse } from './options.js';
import type { Storage } from './platform.js';
import { bytesOf } from './pump.js';

/** Words of a file, 32 bits each: its check, then these, then the tables, then the arena's bytes. */
const enum At {
  Number = 1,
  /** The layout of what follows and of the packets in it. */
  Form,
  /** A check of the client identifier. */
  Client,
  PacketId,
  Generation,
  Sequence,
  SlotsTo,
  InboundCount,
  ArenaTo,
  Tables,
}

const enum Layout {
  /** Above the protocol level. Another one is another number. */
  Number = 0x4d5100,
}

function storage(): Storage {
  return require('Storage') as unknown as Storage;
}

function fileName(m: Mqtt, number: number): string {
  return m.sessionName + '.' + (number & 1);
}

function formOf(m: Mqtt): number {
  return Layout.Number | m.config.version;
}

function clientOf(m: Mqtt): number {
  return E.CRC32(bytesOf(m.config.clientId)) | 0;
}

/** The tables as they are, in one piece; without rows when everything is settled. */
function snapshot(m: Mqtt, settled: boolean): Uint8Array {
  const slotsTo = settled ? 0 : m.slotsTo;
  const arenaTo = settled ? 0 : m.arenaTo;
  const words = At.Tables + slotsTo + m.inboundCount;
  const bytes = new Uint8Array(words * 4 + arenaTo);
  const ints = new Int32Array(bytes.buffer, 0, words);
  ints[At.Form] = formOf(m);
  ints[At.Client] = clientOf(m);
  ints[At.PacketId] = m.packetId;
  ints[At.Generation] = m.generation;
  ints[At.Sequence] = m.sequence;
  ints[At.SlotsTo] = slotsTo;
  ints[At.InboundCount] = m.inboundCount;
  ints[At.ArenaTo] = arenaTo;
  ints.set(m.slots.subarray(0, slotsTo), At.Tables);
  ints.set(m.inbound.subarray(0, m.inboundCount), At.Tables + slotsTo);
  bytes.set(m.arena.subarray(0, arenaTo), words * 4);
  return bytes;
}

/** Whether there is anything that a reboot must not lose. */
function isSettled(m: Mqtt): boolean {
  for (let row = 0; row < m.slotsTo; row += Slot.Size) {
    if (m.slots[row] !== Message.Free && m.slots[row + Slot.Handle] !== 0) return false;
  }
  return m.inboundCount === 0;
}

/** Saves what has changed since the last time. Messages of QoS 0 alone are not worth the flash. */
export function saveSession(m: Mqtt): void {
  const settled = isSettled(m);
  if (settled && !m.isStored) m.sessionCheck = 0;
  if (settled && m.sessionCheck === 0) return;
  const bytes = snapshot(m, settled);
  // The number is no change.
  const check = settled ? 0 : E.CRC32(bytes.subarray(At.Form * 4)) | 1;
  if (check === m.sessionCheck) return;
  m.sessionCheck = check;
  m.sessionNumber += 1;
  const words = new Int32Array(bytes.buffer, 0, 2);
  words[At.Number] = m.sessionNumber;
  words[0] = E.CRC32(bytes.subarray(4)) | 0;
  let isWritten = false;
  try {
    isWritten = storage().write(fileName(m, m.sessionNumber), E.toString(bytes));
  } catch {
    // Where there is no room Storage throws.
  }
  if (!isWritten && m.isStored) forgetSession(m);
  m.isStored = isWritten;
}

/** What was saved before is no longer true: after a reboot it would be sent again, or taken for what was heard already. Then rather nothing. */
function forgetSession(m: Mqtt): void {
  storage().erase(fileName(m, 0));
  storage().erase(fileName(m, 1));
  m.emit('error', 'Storage has no room for the session: after a reboot it is lost');
}

/** The bytes of a file that is whole, else null. */
function readFile(m: Mqtt, which: number): Uint8Array | null {
  const text = storage().read(fileName(m, which));
  if (text === undefined || text.length < At.Tables * 4) return null;
  const bytes = new Uint8Array(text.length);
  bytes.set(text as unknown as Uint8Array, 0);
  const words = new Int32Array(bytes.buffer, 0, At.Tables);
  return words[0] === (E.CRC32(bytes.subarray(4)) | 0) ? bytes : null;
}

/** Refuses options with which what is to be restored cannot be: it was accepted, and would be lost without a word, or sent as what it is not. */
function demand(m: Mqtt, head: Int32Array): void {
  const form = head[At.Form];
  const way = 'erase ' + fileName(m, 0) + ' and ' + fileName(m, 1);
  const rule = 'the session in ' + m.sessionName + ' was kept with another: set that, or ' + way;
  if ((form & ~0xff) !== Layout.Number) refuse('session_file', m.sessionName, 'another version of Midge wrote it: ' + way);
  if (head[At.SlotsTo] + head[At.InboundCount] === 0) return;
  if (form !== formOf(m)) refuse('protocol_level', m.config.version, rule);
  if (head[At.Client] !== clientOf(m)) refuse('client_id', m.config.clientId, rule);
  if (head[At.SlotsTo] > m.slotsSize) refuse('outbox_messages', m.config.outboxMessages, rule);
  if (head[At.ArenaTo] > m.arenaSize) refuse('outbox_bytes', m.arenaSize, rule);
  if (head[At.InboundCount] > m.inbound.length) refuse('receive_maximum', m.inbound.length, rule);
}

/** Puts a new client where the last one of this name was. */
export function restoreSession(m: Mqtt, name: string): void {
  m.isSaved = true;
  m.isStored = true;
  m.sessionName = name;
  m.sessionNumber = 0;
  m.sessionCheck = 0;
  const first = readFile(m, 0);
  const second = readFile(m, 1);
  let bytes = first === null ? second : first;
  if (first !== null && second !== null && numberOf(second) > numberOf(first)) bytes = second;
  if (bytes === null) return;
  const head = new Int32Array(bytes.buffer, 0, At.Tables);
  demand(m, head);
  const words = At.Tables + head[At.SlotsTo] + head[At.InboundCount];
  const ints = new Int32Array(bytes.buffer, 0, words);
  m.sessionNumber = head[At.Number];
  m.sessionCheck = 1;
  m.packetId = head[At.PacketId];
  m.generation = head[At.Generation];
  m.sequence = head[At.Sequence];
  m.slotsTo = head[At.SlotsTo];
  m.inboundCount = head[At.InboundCount];
  m.arenaTo = head[At.ArenaTo];
  m.slots.set(ints.subarray(At.Tables, At.Tables + m.slotsTo), 0);
  m.inbound.set(ints.subarray(At.Tables + m.slotsTo, words), 0);
  m.arena.set(bytes.subarray(words * 4), 0);
  countRows(m);
  forgetUnheard(m);
  outboxLinkLost(m);
  inboundLinkLost(m, -1);
}

function numberOf(bytes: Uint8Array): number {
  return new Int32Array(bytes.buffer, 0, At.Tables)[At.Number];
}

/** What the handlers had not dealt with when the power failed comes again. */
function forgetUnheard(m: Mqtt): void {
  let kept = 0;
  for (let place = 0; place < m.inboundCount; place++) {
    if ((m.inbound[place] & (Entry.Answered | Entry.Recorded)) === 0) continue;
    m.inbound[kept] = m.inbound[place];
    kept += 1;
  }
  m.inboundCount = kept;
}

/** The counts that go with the rows. */
function countRows(m: Mqtt): void {
  for (let row = 0; row < m.slotsTo; row += Slot.Size) {
    const state: Message = m.slots[row];
    if (state !== Message.Free) m.slotsUsed += 1;
    if (state >= Message.Urgent && state <= Message.Release) m.special += 1;
    if (state >= Message.Delivered) m.reports += 1;
    // An expiry counts in milliseconds of a time that is over.
    if (state <= Message.Urgent) m.slots[row + Slot.Extra] = -1;
  }
  if (m.reports > 0) m.attention = true;
}
