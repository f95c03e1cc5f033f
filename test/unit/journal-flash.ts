/**
 * A flash that remembers every byte, a client's journal on it, and what of a client must outlive a reboot. Knows the client's private fields.
 */
import { type Client, createClient, Publish, Slot } from '../../src/core/index.js';
import { Entry } from '../../src/core/inbound.js';
import { createJournal, journalNext, journalRecordsMax } from '../../src/core/journal.js';
import { type Journal, JournalStep } from '../../src/core/journal-record.js';
import { journalHead, journalNextArea, journalReplay } from '../../src/core/journal-replay.js';
import { Message, messageStart } from '../../src/core/outbox.js';
import type { Level } from '../conformance/cite.js';
import { type Changes, testConfig } from '../conformance/client-harness.js';

export const geometry = { recordBytes: 32, areaRecords: 48, areas: 3 };

/** NOR flash: erased to 255, and a byte that is written twice would be the two combined. It remembers what changed, byte by byte. */
export class Flash {
  readonly bytes = new Uint8Array(geometry.areas * geometry.areaRecords * geometry.recordBytes).fill(255);
  readonly changes: { at: number; value: number }[] = [];
  readonly erases: number[] = Array.from({ length: geometry.areas }, () => 0);

  private change(at: number, value: number): void {
    this.changes.push({ at, value });
    this.bytes[at] = value;
  }

  at(area: number, place: number): number {
    return (area * geometry.areaRecords + place) * geometry.recordBytes;
  }

  write(area: number, place: number, record: Uint8Array): void {
    for (let n = 0; n < record.length; n++) this.change(this.at(area, place) + n, this.bytes[this.at(area, place) + n] & record[n]);
  }

  erase(area: number): void {
    this.erases[area] += 1;
    for (let n = this.at(area, 0); n < this.at(area + 1, 0); n++) this.change(n, 255);
  }

  read(area: number, place: number): Uint8Array {
    return this.bytes.slice(this.at(area, place), this.at(area, place) + geometry.recordBytes);
  }
}

export function journalOf(c: Client): Journal {
  const journal = createJournal(c, geometry.recordBytes, geometry.areaRecords, geometry.areas, 0x123456);
  if (journal === null) throw new Error(`the session takes ${journalRecordsMax(c, geometry.recordBytes)} records`);
  return journal;
}

export function save(journal: Journal, c: Client, flash: Flash): void {
  for (let step = journalNext(journal, c); step !== JournalStep.None; step = journalNext(journal, c)) {
    if (step === JournalStep.Erase) flash.erase(journal.area);
    else flash.write(journal.area, journal.recordAt, journal.record);
  }
}

export function restore(c: Client, flash: Flash): Journal {
  const journal = journalOf(c);
  for (let area = 0; area < geometry.areas; area++) journalHead(journal, area, flash.read(area, 0));
  for (let area = journalNextArea(journal, c); area >= 0; area = journalNextArea(journal, c)) {
    let place = 1;
    while (journalReplay(journal, c, flash.read(area, place))) place += 1;
  }
  return journal;
}

export const changes: Changes = { cleanStart: false, outboxBytes: 300, outboxMessages: 6, receiveMaximum: 6, v5: { sessionExpiryS: 600 } };

export function fresh(level: Level): Client {
  return createClient(testConfig(level, changes))!;
}

const stateNames: Readonly<Record<number, string>> = {
  [Message.Queued]: 'queued', [Message.Urgent]: 'urgent', [Message.Resend]: 'sent', [Message.AwaitPuback]: 'sent', [Message.AwaitPubrec]: 'sent',
  [Message.Release]: 'released', [Message.AwaitPubcomp]: 'released',
};

/** What must outlive a reboot, a line for each thing; what was sent, in its order. */
export function essence(c: Client): string[] {
  const rows: { line: string; order: number }[] = [];
  for (let slot = 0; slot < c.slotsTo; slot += Slot.Size) {
    const name = stateNames[c.slots[slot]];
    if (name === undefined || c.slots[slot + Slot.Handle] === 0) continue;
    const id = c.slots[slot + Slot.Handle] & 0xffff;
    const start = messageStart(c, slot);
    if (slot === c.streamSlot) {
      // At QoS 1 it is forgotten with its bytes; at QoS 2 the identifier is left, once it may be on its way.
      const isQos2 = name === 'released' || (c.arena[start] & Publish.QosMask) === Publish.Qos2;
      if (isQos2 && name !== 'queued' && name !== 'urgent') rows.push({ line: `${id} streamed`, order: c.slots[slot + Slot.Extra] });
      continue;
    }
    const bytes = name === 'released' ? [] : [c.arena[start] & ~8, ...c.arena.slice(start + 1, c.slots[slot + Slot.End])];
    rows.push({ line: `${id} ${name} ${Buffer.from(bytes).toString('hex')}`, order: name === 'queued' || name === 'urgent' ? -1 : c.slots[slot + Slot.Extra] });
  }
  rows.sort((a, b) => a.order - b.order);
  const inbound = Array.from(c.inbound.slice(0, c.inboundCount)).filter((entry) => (entry & Entry.Recorded) !== 0);
  return [...rows.map(({ line }) => line), ...inbound.map((entry) => `inbound ${entry & Entry.Id}`).sort()];
}
