/**
 * Control messages: the connection behind channel Mqtt, and the time of day. Each is one frame of eight bytes, and waits as a bit until
 * there is room for it, so that there is never more than one of a kind.
 * Must not know: frames, sequence numbers.
 *
 * Read first: README.md, "Control messages". All channels share one sequence of frames, so what follows a message also arrives behind it.
 */
import { takeBaudRecord, putBaudRecord } from './baud.js';
import { isWaiting, raise, withdraw } from './clock.js';
import { CloseReason, Connection, LinkChannel, LinkEvent, LinkState, LinkStatus } from './codes.js';
import { type Link, RecordType, Records } from './link.js';
import { LinkProfile } from './profile.js';
import { dropReady } from './queue.js';
import { appendToRing } from './ring.js';
import { putTimeRecord, takeTimeRecord } from './time.js';

/** What a message of the peer means in each state of the connection. */
const enum Turn {
  Ignore,
  /** Connection Wanted. */
  Ask,
  /** The old connection is closed, the new one Wanted. */
  Replace,
  Opened,
  Closed,
}

const turns: readonly (readonly Turn[])[] = [
  //            Open           Opened        Close
  /* Closed */ [Turn.Ask,     Turn.Ignore,  Turn.Ignore],
  /* Asked  */ [Turn.Ignore,  Turn.Opened,  Turn.Closed],
  /* Wanted */ [Turn.Ask,     Turn.Ignore,  Turn.Closed],
  /* Open   */ [Turn.Replace, Turn.Ignore,  Turn.Closed],
];

/** The order in which messages leave that wait at the same time: an end before a beginning. */
const leaving: readonly RecordType[] = [
  RecordType.Close, RecordType.Open, RecordType.Opened, RecordType.TimeRequest, RecordType.Time,
  RecordType.BaudPropose, RecordType.BaudAccept, RecordType.BaudRefuse,
];

/** Whether the message that opens a connection is the next to be sent: while an end is owed, what is written belongs before that. */
export function openingIsOwed(l: Link): boolean {
  return (l.owed & ((1 << RecordType.Open) | (1 << RecordType.Opened))) !== 0 && (l.owed & (1 << RecordType.Close)) === 0;
}

/** What was written before a connection is closed leaves before its end, and the next connection behind that. */
function isHeldBack(l: Link, type: RecordType): boolean {
  return type <= RecordType.Close && (l.owed & (1 << RecordType.Close)) !== 0 && l.channels[LinkChannel.Mqtt].unsent > 0;
}

/** Puts messages into the ring of channel Control as far as it has room. */
export function putOwedRecords(l: Link): void {
  const control = l.channels[LinkChannel.Control];
  for (let n = 0; n < leaving.length; n++) {
    const type = leaving[n];
    const bit = 1 << (type & 15);
    if ((l.owed & bit) !== 0 && !isHeldBack(l, type)) {
      if (control.ringSize - control.held < Records.Bytes) return;
      l.owed &= ~bit;
      putRecord(l, type);
    }
  }
}

function putRecord(l: Link, type: RecordType): void {
  const record = l.record;
  for (let n = 1; n < Records.Bytes; n++) record[n] = 0;
  record[0] = type & 255;
  if (type === RecordType.Open || type === RecordType.Opened) record[1] = l.number & 255;
  else if (type === RecordType.Close) {
    record[1] = l.closeNumber & 255;
    record[2] = l.closeSent & 255;
    record[3] = l.isCloseNow ? 1 : 0;
  } else if (type <= RecordType.Time) {
    if (LinkProfile.Time > 0) putTimeRecord(l, type);
  } else if (LinkProfile.Baud > 0) putBaudRecord(l);
  appendToRing(l.channels[LinkChannel.Control], record, 0, Records.Bytes);
}

/** A message of the peer at `pool[at …)`, in its turn. An unknown one is ignored: a later version may know more. */
export function takeRecord(l: Link, at: number): void {
  const type: RecordType = l.pool[at];
  if (type <= RecordType.Close) takeConnection(l, type, at);
  else if (type <= RecordType.Time) {
    if (LinkProfile.Time > 0) takeTimeRecord(l, type, at);
  } else if (LinkProfile.Baud > 0 && type <= RecordType.BaudRefuse) takeBaudRecord(l, type, at);
}

function takeConnection(l: Link, type: RecordType, at: number): void {
  const number = l.pool[at + 1];
  if (type < RecordType.Open || (type !== RecordType.Open && number !== l.number)) return;
  const turn = turns[l.connection][type - RecordType.Open];
  if (turn === Turn.Opened) {
    l.connection = Connection.Open;
    raise(l, LinkEvent.Opened);
  } else if (turn === Turn.Closed) {
    if (l.pool[at + 3] !== 0) dropReady(l, LinkChannel.Mqtt);
    closed(l, l.pool[at + 2]);
  } else if (turn === Turn.Ask || turn === Turn.Replace) {
    if (turn === Turn.Replace) closed(l, CloseReason.Lost);
    l.number = number;
    l.connection = Connection.Wanted;
    raise(l, LinkEvent.OpenWanted);
  }
}

/** The peer has closed. A connection that the program has not heard of needs no end. */
function closed(l: Link, reason: CloseReason): void {
  const isUnknown = isWaiting(l, LinkEvent.OpenWanted);
  l.connection = Connection.Closed;
  l.owed &= ~((1 << RecordType.Open) | (1 << RecordType.Opened));
  dropUnsent(l);
  withdraw(l, LinkEvent.OpenWanted);
  withdraw(l, LinkEvent.Opened);
  if (isUnknown) return;
  l.closeReason = reason;
  raise(l, LinkEvent.Closed);
}

/** Bytes of channel Mqtt that are in no frame yet are forgotten; those in frames have their numbers and must arrive. */
function dropUnsent(l: Link): void {
  const mqtt = l.channels[LinkChannel.Mqtt];
  mqtt.held -= mqtt.unsent;
  mqtt.unsent = 0;
}

/** Asks the peer for a connection: Opened or Closed answers. BadState: no session, or there is a connection already. */
export function linkOpen(l: Link): LinkStatus {
  if (l.state !== LinkState.Up || l.connection !== Connection.Closed) return LinkStatus.BadState;
  dropReady(l, LinkChannel.Mqtt);
  withdraw(l, LinkEvent.Closed);
  l.number = (l.number + 1) & 255;
  l.connection = Connection.Asked;
  l.owed |= 1 << RecordType.Open;
  return LinkStatus.Ok;
}

/** Whether there is an event of the connection that the program must read before it may answer. */
function isBehind(l: Link): boolean {
  return isWaiting(l, LinkEvent.OpenWanted) || isWaiting(l, LinkEvent.Closed);
}

/** The connection that OpenWanted asked for is there. BadState: none is wanted, or there are events to be read first. */
export function linkOpened(l: Link): LinkStatus {
  if (l.connection !== Connection.Wanted || isBehind(l)) return LinkStatus.BadState;
  l.connection = Connection.Open;
  l.owed |= 1 << RecordType.Opened;
  return LinkStatus.Ok;
}

/**
 * Ends the connection, or refuses the one that is wanted. What was written before still leaves, and the peer reads it; with `isNow`
 * both sides forget it. What was received and not read is forgotten. BadState: there is none, or there are events to be read first.
 */
export function linkClose(l: Link, reason: CloseReason, isNow: boolean): LinkStatus {
  const isLeaving = l.connection === Connection.Closed && (l.owed & (1 << RecordType.Close)) !== 0;
  if (l.connection === Connection.Closed && !(isLeaving && isNow)) return LinkStatus.BadState;
  if (l.connection === Connection.Wanted && isBehind(l)) return LinkStatus.BadState;
  dropReady(l, LinkChannel.Mqtt);
  withdraw(l, LinkEvent.Opened);
  if (isNow) {
    dropUnsent(l);
    l.isCloseNow = true;
  }
  if (isLeaving) return LinkStatus.Ok;
  const wasAsked = l.connection === Connection.Asked && (l.owed & (1 << RecordType.Open)) !== 0;
  l.connection = Connection.Closed;
  l.owed &= ~((1 << RecordType.Open) | (1 << RecordType.Opened));
  if (wasAsked) return LinkStatus.Ok;
  l.isCloseNow = isNow;
  l.closeNumber = l.number;
  l.closeSent = reason;
  l.owed |= 1 << RecordType.Close;
  return LinkStatus.Ok;
}
