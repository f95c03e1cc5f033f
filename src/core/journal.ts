/**
 * The journal: what of a session must outlive a reboot, as records of one size for a store that is written once and erased in areas. Unsettled
 * publishes of QoS 1 and 2 with where their handshakes stand, and inbound QoS 2 identifiers whose PUBREL is awaited. The log grows record by record; when
 * an area is full the next one is erased and begun with all that holds, so all areas wear alike. An area counts once it says that it is whole.
 * Power may fail at any byte: a record is there with its check or not at all, and each says one thing that is true by itself.
 *
 * Must not know: what the store is, packets on the wire. Pull: `journalNext` says what to do until None; only then may bytes go to the link.
 * Read first: README.md, "A journal". Reading it again: journal-replay.ts, which changes together with this.
 */
import { copyBytes, createBytes, createInts } from './bytes.js';
import { checkOf } from './check.js';
import { type Client, Slot } from './client.js';
import { Field, Form, type Journal, JournalStep, Kept, Kind, Known, Unfit } from './journal-record.js';
import { addKnown, firstUnknown, putSettled, putStates } from './journal-state.js';
import { Message, messageStart, Record } from './outbox.js';
import { Profile } from './profile.js';
import { putInt16, putInt32 } from './wire.js';

/** Most records that the whole session of a client takes, head and end of the area included. */
export function journalRecordsMax(c: Client, recordBytes: number): number {
  const most = c.config.outboxMessages;
  // The least message has 10 bytes in the arena, each record of the rest of one holds this many.
  const inMore = recordBytes - Field.MoreBytes - Field.CheckSize;
  let messages = 0;
  let records = 2;
  for (let bytes = c.arenaSize; bytes >= 10 && messages < most; bytes -= 10) messages += 1;
  for (let left = c.arenaSize + messages * (Field.PublishBytes - Field.MoreBytes); left > 0; left -= inMore) records += 1;
  for (let left = messages + c.inbound.length; left > 0; left -= marksMax(recordBytes)) records += 1;
  return records + messages;
}

function marksMax(recordBytes: number): number {
  let count = 0;
  for (let at: number = Field.Marks + Field.MarkSize; at <= recordBytes - Field.CheckSize; at += Field.MarkSize) count += 1;
  return count;
}

/**
 * A journal for this client, which has not connected yet, in `areas` areas (2 and more) of `areaRecords` records of `recordBytes` bytes (20 to
 * 255). Null: the session may not fit an area, which needs more records than `journalRecordsMax`, or the build has QoS 0 only. `identity`: 24 bits.
 */
export function createJournal(c: Client, recordBytes: number, areaRecords: number, areas: number, identity: number): Journal | null {
  if (Profile.Qos < 1 || areas < 2 || recordBytes < Form.RecordMin || recordBytes > Form.RecordMax) return null;
  if (areaRecords <= journalRecordsMax(c, recordBytes)) return null;
  return {
    record: createBytes(recordBytes), recordBytes: recordBytes, areas: areas, areaRecords: areaRecords, area: areas - 1, recordAt: 0, place: areaRecords,
    areaEpoch: 0, epoch: 0, isWhole: true, wholeArea: -1, identity: identity & 0xffffff,
    known: createInts((c.config.outboxMessages + 1) * Known.Size), knownTo: 0, held: createInts(c.inbound.length), heldCount: 0,
    rest: 0, restAt: 0, heads: createInts(areas), versions: createBytes(areas), reading: -1, handle: 0, first: 0, tooLarge: 0,
    unfit: createInts((c.config.outboxMessages + 1) * Unfit.Size), unfitTo: 0,
  };
}

/**
 * What is to be done next, so that the journal says what the client is. None: it does. Until then no byte may go to the link, and no other function
 * be called with the client. After a step that failed call `journalFailed` instead, and this again when there is reason to hope.
 */
export function journalNext(j: Journal, c: Client): JournalStep {
  if (j.rest > 0) return putMore(j, c);
  // That record was the last step, and it was done: until now all hung on another area.
  if (j.isWhole && j.record[0] === Kind.Whole) j.wholeArea = j.area;
  if (!j.isWhole && j.place >= j.areaRecords) return turn(j);
  if (j.place === 0) return putHead(j);
  let marks = putSettled(j, c);
  const slot = firstUnknown(j, c);
  if (slot < 0) marks = putStates(j, c, marks);
  if (slot < 0 && marks === 0) {
    if (j.isWhole) return JournalStep.None;
    j.isWhole = true;
    j.record[0] = Kind.Whole;
    return seal(j);
  }
  if (j.place + (marks > 0 ? 1 : recordsOf(j, lengthOf(c, slot))) > j.areaRecords) return turn(j);
  if (marks === 0) return putPublish(j, c, slot);
  j.record[0] = Kind.Marks;
  j.record[Field.MarksCount] = marks & 255;
  return seal(j);
}

/** The last step could not be done: the next will begin another area. */
export function journalFailed(j: Journal): void {
  j.rest = 0;
  j.isWhole = false;
  j.place = j.areaRecords;
}

/** Goes on to the next area, which is not the one that all hangs on. */
function turn(j: Journal): JournalStep {
  j.area = j.area + 1 === j.areas ? 0 : j.area + 1;
  if (j.area === j.wholeArea) j.area = j.area + 1 === j.areas ? 0 : j.area + 1;
  j.epoch += 1;
  j.areaEpoch = j.epoch;
  j.place = 0;
  j.isWhole = false;
  j.knownTo = 0;
  j.heldCount = 0;
  return JournalStep.Erase;
}

/** What a record's check begins with: one that is left of another time or place does not hold. */
export function seedOf(j: Journal, place: number): number {
  return place === 0 ? j.recordBytes : ((j.areaEpoch & 0xfff) << 12) | (place & 0xfff);
}

function seal(j: Journal): JournalStep {
  const to = j.recordBytes - Field.CheckSize;
  const check = checkOf(j.record, 0, to, seedOf(j, j.place));
  j.record[to] = (check >>> 16) & 255;
  putInt16(j.record, to + 1, check);
  j.recordAt = j.place;
  j.place += 1;
  return JournalStep.Write;
}

function putHead(j: Journal): JournalStep {
  j.record[0] = Kind.Head;
  j.record[Field.HeadForm] = Form.Version;
  putInt32(j.record, Field.HeadEpoch, j.areaEpoch);
  j.record[Field.HeadIdentity] = (j.identity >>> 16) & 255;
  putInt16(j.record, Field.HeadIdentity + 1, j.identity);
  return seal(j);
}

function lengthOf(c: Client, slot: number): number {
  return c.slots[slot + Slot.End] - c.slots[slot + Slot.At] - Record.Header;
}

function recordsOf(j: Journal, length: number): number {
  let records = 1;
  let left = length - j.recordBytes + Field.PublishBytes + Field.CheckSize;
  while (left > 0) {
    left -= j.recordBytes - Field.MoreBytes - Field.CheckSize;
    records += 1;
  }
  return records;
}

function putPublish(j: Journal, c: Client, slot: number): JournalStep {
  const urgent = c.slots[slot + Slot.State] === Message.Urgent ? Form.Urgent : 0;
  const length = lengthOf(c, slot);
  const handle = c.slots[slot + Slot.Handle];
  j.record[0] = Kind.Publish;
  j.record[Field.PublishFirst] = c.arena[messageStart(c, slot)];
  putInt32(j.record, Field.PublishHandle, handle | urgent);
  j.record[Field.PublishLength] = (length >>> 16) & 255;
  putInt16(j.record, Field.PublishLength + 1, length);
  addKnown(j, handle, Kept.Queued);
  j.restAt = c.slots[slot + Slot.At] + Record.Header;
  j.rest = length;
  return putPart(j, c, Field.PublishBytes);
}

function putMore(j: Journal, c: Client): JournalStep {
  j.record[0] = Kind.More;
  return putPart(j, c, Field.MoreBytes);
}

/** Fills the record from `at` on with the next bytes of the publish. */
function putPart(j: Journal, c: Client, at: number): JournalStep {
  let count = j.recordBytes - Field.CheckSize - at;
  if (count > j.rest) count = j.rest;
  copyBytes(j.record, at, c.arena, j.restAt, j.restAt + count);
  j.restAt += count;
  j.rest -= count;
  return seal(j);
}
