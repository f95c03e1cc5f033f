/**
 * The journal on a flash that remembers every byte: power is cut after each of them, and the session that is read then is the one before or after the
 * step that was cut. Knows the client's private fields, since what is kept is a part of them.
 */
import test, { type ExecutionContext } from 'ava';
import { type Client, clientPublish, clientPublishStream, clientStream, createClient, Publish, Slot } from '../../src/core/index.js';
import { Entry } from '../../src/core/inbound.js';
import { createJournal, journalFailed, journalNext, journalRecordsMax } from '../../src/core/journal.js';
import { type Journal, JournalStep, Kind } from '../../src/core/journal-record.js';
import { journalHead, journalNextArea } from '../../src/core/journal-replay.js';
import { freeMessage, Message } from '../../src/core/outbox.js';
import { connectClient, resumed, TestClient, testConfig } from '../conformance/client-harness.js';
import { type Level, levels } from '../conformance/cite.js';
import { clientHolds } from '../conformance/invariants.js';
import { puback, pubcomp, publishOf, pubrec, pubrel } from '../conformance/packets.js';
import { changes, essence, Flash, fresh, geometry, journalOf, restore, save } from './journal-flash.js';
import { Random, seedOf } from './random.js';

/** A client that has lived through all there is, saved after each step. Returns what was kept at each time, by bytes of flash that had changed. */
function life(level: Level, flash: Flash, rounds: number, seed: number): { at: number; lines: string[] }[] {
  const random = new Random(seed);
  const device = connectClient(level, changes, resumed[level]);
  const journal = journalOf(device.c);
  const kept: { at: number; lines: string[] }[] = [{ at: 0, lines: [] }];
  const note = (): void => {
    save(journal, device.c, flash);
    kept.push({ at: flash.changes.length, lines: essence(device.c) });
  };
  const rowsIn = (...states: Message[]): number[] => {
    const ids: number[] = [];
    for (let slot = 0; slot < device.c.slotsTo; slot += Slot.Size) if (slot !== device.c.outSlot && states.includes(device.c.slots[slot])) ids.push(device.c.slots[slot + Slot.Handle] & 0xffff);
    return ids;
  };
  const pick = (ids: number[]): number | undefined => ids[random.below(Math.max(ids.length, 1))];
  let inboundId = 0;
  device.call((c, now) => clientPublishStream(c, 's', 40, Publish.Qos2, null, now));
  note();
  for (let round = 0; round < rounds; round++) {
    const qos = random.below(3);
    switch (random.below(10)) {
      case 0: case 1: case 2:
        device.publish(`t/${random.below(3)}`, 'x'.repeat(random.below(60)), qos * 2 + (random.below(5) === 0 ? 16 : 0) + (random.below(5) === 0 ? 32 : 0));
        break;
      case 3: {
        const id = pick(rowsIn(Message.AwaitPuback));
        if (id !== undefined && device.isLinkOpen) device.feed(puback(id));
        break;
      }
      case 4: {
        const id = pick(rowsIn(Message.AwaitPubrec));
        if (id !== undefined && device.isLinkOpen) device.feed(pubrec(id));
        break;
      }
      case 5: {
        const id = pick(rowsIn(Message.AwaitPubcomp));
        if (id !== undefined && device.isLinkOpen) device.feed(pubcomp(id));
        break;
      }
      case 6: {
        const held = Array.from(device.c.inbound.slice(0, device.c.inboundCount), (entry) => entry & Entry.Id);
        inboundId = (inboundId % 9) + 1;
        if (device.isLinkOpen && !held.includes(inboundId) && held.length < 5) device.feed(publishOf(level, '34', 'in', inboundId, 'y'));
        break;
      }
      case 7: {
        const id = pick(Array.from(device.c.inbound.slice(0, device.c.inboundCount), (entry) => entry & Entry.Id));
        if (id !== undefined && device.isLinkOpen) device.feed(pubrel(id));
        break;
      }
      case 8:
        if (device.c.streamSlot < 0) device.call((c, now) => clientPublishStream(c, 's', 40, random.below(3) * 2, null, now));
        break;
      default:
        if (device.opensLinks && random.below(4) > 0) break;
        device.opensLinks = !device.opensLinks;
        if (device.isLinkOpen) device.linkDown();
        device.advance(300_000);
        if (device.isLinkOpen) device.feed(random.below(3) === 0 ? resumed[level].replace(/^(\S+ \S+) 01/, '$1 00') : resumed[level]);
    }
    if (random.below(2) === 0) device.call((c) => clientStream(c, new Uint8Array(20), 0, 20));
    device.events();
    note();
  }
  return kept;
}

/** Whether each line is of the state before or after the cut, and what is in both is there. */
function isBetween(lines: readonly string[], before: readonly string[], after: readonly string[]): boolean {
  return lines.every((line) => before.includes(line) || after.includes(line) || queuedForm(line, after))
    && before.every((line) => !after.includes(line) || lines.includes(line));
}

/** A publish is written before it is marked as sent, and an area is begun with all of them. */
function queuedForm(line: string, after: readonly string[]): boolean {
  return after.includes(line.replace(' queued ', ' sent '));
}

function cutEverywhere(t: ExecutionContext, level: Level, seed: number, rounds: number): void {
  const whole = new Flash();
  const kept = life(level, whole, rounds, seed);
  t.true(kept.some(({ lines }) => lines.some((line) => line.endsWith(' streamed'))), 'nothing was streamed');
  t.true(Math.min(...whole.erases) >= 1, `areas were erased ${whole.erases.join(', ')} times`);
  t.true(Math.max(...whole.erases) - Math.min(...whole.erases) <= 1, `areas do not wear alike: ${whole.erases.join(', ')}`);
  const flash = new Flash();
  let step = 0;
  for (let cut = 0; cut <= whole.changes.length; cut++) {
    while (kept[step + 1] !== undefined && kept[step + 1].at <= cut) step += 1;
    const c = fresh(level);
    const journal = restore(c, flash);
    clientHolds(c);
    const before = kept[step].lines;
    const after = kept[step + 1]?.lines ?? before;
    const lines = essence(c);
    if (!isBetween(lines, before, after)) {
      t.fail(`seed ${seed}, cut after ${cut} bytes\nbefore\n ${before.join('\n ')}\nread\n ${lines.join('\n ')}\nafter\n ${after.join('\n ')}`);
      return;
    }
    if (cut % 101 === 0) goesOn(t, level, journal, c, flash);
    const next = whole.changes[cut];
    if (next !== undefined) flash.bytes[next.at] = next.value;
  }
}

/** On a copy of the flash: the client that was read lives on, and can be read again. */
function goesOn(t: ExecutionContext, level: Level, journal: Journal, c: Client, flash: Flash): void {
  const own = new Flash();
  own.bytes.set(flash.bytes);
  for (let n = 0; n < 60; n++) {
    const payload = Uint8Array.of(n, n, n);
    clientPublish(c, 'on', payload, 0, 3, n % 2 === 0 ? 2 : 4, 0);
    save(journal, c, own);
    if (n % 3 === 0) for (let slot = 0; slot < c.slotsTo; slot += Slot.Size) if (c.slots[slot] !== Message.Free) { freeMessage(c, slot); break; }
    save(journal, c, own);
    const again = fresh(level);
    restore(again, own);
    if (essence(again).join() !== essence(c).join()) t.deepEqual(essence(again), essence(c), `after ${n} publishes`);
  }
}

for (const level of levels) {
  test(`power fails at any byte: the session is the one before or after the step that was cut, MQTT ${level === 4 ? '3.1.1' : '5.0'}`, (t) => {
    const seed = seedOf('MIDGE_JOURNAL_SEED');
    t.log(`MIDGE_JOURNAL_SEED=${seed}`);
    cutEverywhere(t, level, seed, 1200);
  });
}

test('a session that is read goes on where it was, with identifiers that are free and packets in their order', (t) => {
  const flash = new Flash();
  const old = connectClient(4, changes, resumed[4]);
  const journal = journalOf(old.c);
  for (const [payload, flags] of [['one', 2], ['two', 4], ['three', 4], ['four', 2]] as const) old.publish('a/b', payload, flags);
  old.feed(pubrec(3)).feed(puback(4)).feed(publishOf(4, '34', 'in', 9, 'x'));
  old.events();
  save(journal, old.c, flash);
  const device = new TestClient(4, changes);
  restore(device.c, flash);
  device.connect();
  device.feed(resumed[4]);
  t.deepEqual(device.packets().filter(({ cmd }) => cmd !== 'connect').map((packet) => [packet.cmd, packet.messageId, (packet as { dup?: boolean }).dup]), [['pubrel', 3, false], ['publish', 1, true], ['publish', 2, true]]);
  device.events();
  device.feed(publishOf(4, '3c', 'in', 9, 'x'));
  t.deepEqual(device.events(), [], 'a message of which PUBREC went out came twice');
  device.publish('a/b', 'five', 2);
  t.is(device.packets().at(-1)?.messageId, 4);
});

test('a step that fails leaves the last whole area alone, and the next one tries another', (t) => {
  const flash = new Flash();
  const device = connectClient(4, changes, resumed[4]);
  const journal = journalOf(device.c);
  device.publish('a', 'kept', 2);
  save(journal, device.c, flash);
  const whole = journal.area;
  const lines = essence(device.c);
  const tried: number[] = [];
  for (let n = 0; n < 6; n++) {
    journalFailed(journal);
    t.is(journalNext(journal, device.c), JournalStep.Erase);
    tried.push(journal.area);
    const c = fresh(4);
    restore(c, flash);
    t.deepEqual(essence(c), lines);
  }
  t.false(tried.includes(whole));
  t.deepEqual([...new Set(tried)].sort(), [0, 1, 2].filter((area) => area !== whole));
  flash.erase(journal.area);
  save(journal, device.c, flash);
  const c = fresh(4);
  restore(c, flash);
  t.deepEqual(essence(c), lines);
});

test('where the record that says that an area is whole cannot be written, the area before it stays', (t) => {
  const flash = new Flash();
  const device = connectClient(4, changes, resumed[4]);
  const journal = journalOf(device.c);
  device.publish('a', 'kept', 2);
  save(journal, device.c, flash);
  const lines = essence(device.c);
  journalFailed(journal);
  for (let fails = 0; fails < 5;) {
    const step = journalNext(journal, device.c);
    if (step === JournalStep.Erase) flash.erase(journal.area);
    else if (journal.record[0] !== Kind.Whole) flash.write(journal.area, journal.recordAt, journal.record);
    else {
      journalFailed(journal);
      fails += 1;
    }
    const c = fresh(4);
    restore(c, flash);
    t.deepEqual(essence(c), lines, `after ${fails} failures, at area ${journal.area}`);
  }
  save(journal, device.c, flash);
  t.is(journal.wholeArea, journal.area);
});

test('capacities: what is too small is refused, another client\'s journal is none, and a smaller client says what does not fit', (t) => {
  const c = fresh(4);
  const most = journalRecordsMax(c, 32);
  t.is(createJournal(c, 32, most, 2, 1), null);
  t.not(createJournal(c, 32, most + 1, 2, 1), null);
  for (const [recordBytes, areas] of [[19, 2], [256, 2], [32, 1]]) t.is(createJournal(c, recordBytes, 4000, areas, 1), null);
  const flash = new Flash();
  const device = connectClient(4, changes, resumed[4]);
  const journal = journalOf(device.c);
  device.publish('a', 'x'.repeat(100), 2);
  save(journal, device.c, flash);
  const small = createClient(testConfig(4, { ...changes, outboxBytes: 50 }))!;
  t.is(restore(small, flash).tooLarge, 105);
  const other = createJournal(fresh(4), 32, geometry.areaRecords, geometry.areas, 99)!;
  for (let area = 0; area < geometry.areas; area++) journalHead(other, area, flash.read(area, 0));
  t.is(journalNextArea(other, fresh(4)), -1);
  t.is(other.epoch, journal.epoch, 'wear goes on from the other client\'s');
});

test('what a smaller client has no room for may be settled further on, or stand in an area that is not whole', (t) => {
  const flash = new Flash();
  const device = connectClient(4, changes, resumed[4]);
  const journal = journalOf(device.c);
  const smaller = (): Journal => restore(createClient(testConfig(4, { ...changes, outboxBytes: 50, receiveMaximum: 1 }))!, flash);
  for (const [letter, flags] of [['x', 2], ['y', 4], ['z', 2]] as const) {
    device.publish('a', letter.repeat(letter === 'y' ? 70 : 80), flags);
    save(journal, device.c, flash);
  }
  for (const id of [7, 8]) device.feed(publishOf(4, '34', 'in', id, ''));
  device.events();
  save(journal, device.c, flash);
  const sizes: number[] = [smaller().tooLarge];
  for (const packet of [pubrel(8), puback(3), puback(1), pubrec(2)]) {
    device.feed(packet);
    device.events();
    save(journal, device.c, flash);
    sizes.push(smaller().tooLarge);
  }
  t.deepEqual(sizes, [-1, 85, 75, 75, 0], 'only an identifier is left of a message that awaits PUBCOMP');
  device.feed(pubcomp(2)).feed(pubrel(7));
  device.events();
  save(journal, device.c, flash);
  device.publish('a', 'x'.repeat(100), 2);
  journalFailed(journal);
  for (let step = journalNext(journal, device.c); journal.record[0] !== Kind.Whole; step = journalNext(journal, device.c)) {
    if (step === JournalStep.Erase) flash.erase(journal.area);
    else flash.write(journal.area, journal.recordAt, journal.record);
  }
  t.is(smaller().tooLarge, 0, 'of an area that is not whole nothing counts');
});

test('the most records that a session may take are enough, whatever it is', (t) => {
  for (const [outboxBytes, outboxMessages, receiveMaximum] of [[16, 1, 1], [300, 6, 6], [512, 8, 24], [512, 100, 1], [2000, 30, 3]]) {
    for (const payloadBytes of [0, 1, 9, 10, 11, 37, 38, 39, 200, 500]) {
      const client = createClient(testConfig(4, { ...changes, outboxBytes, outboxMessages, receiveMaximum }))!;
      const journal = createJournal(client, 32, journalRecordsMax(client, 32) + 1, 2, 1)!;
      while (clientPublish(client, 'a', new Uint8Array(payloadBytes), 0, payloadBytes, 4, 0) > 0) { /* Until it is full. */ }
      for (let n = 0; n < receiveMaximum; n++) client.inbound[n] = (n + 1) | Entry.Recorded | Entry.Qos2;
      client.inboundCount = receiveMaximum;
      for (let slot = 0; slot < client.slotsTo; slot += Slot.Size) client.slots[slot] = Message.Resend;
      let erases = 0;
      for (let step = journalNext(journal, client); step !== JournalStep.None; step = journalNext(journal, client)) {
        erases += step === JournalStep.Erase ? 1 : 0;
        if (erases > 1) break;
      }
      t.is(erases, 1, `${outboxBytes} bytes, ${outboxMessages} messages, ${payloadBytes} bytes of payload`);
    }
  }
});
