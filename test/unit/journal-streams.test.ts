/** What a journal says of a message that a reboot interrupted while it was streamed, and which versions of its form are read. */
import test from 'ava';
import { checkOf } from '../../src/core/check.js';
import { clientCancelStream, clientPublish, clientPublishStream, clientStream, Publish, Status } from '../../src/core/index.js';
import { Field, Form, Kept, Kind } from '../../src/core/journal-record.js';
import { levels } from '../conformance/cite.js';
import { connectClient, resumed, TestClient } from '../conformance/client-harness.js';
import { pubcomp, pubrec } from '../conformance/packets.js';
import { changes, essence, Flash, fresh, geometry, journalOf, restore, save } from './journal-flash.js';

for (const level of levels) {
  test(`a QoS 2 stream that a reboot interrupts is told as published only if PUBREC had come, MQTT ${level === 4 ? '3.1.1' : '5.0'}`, (t) => {
    const lost = resumed[level].replace(/^(\S+ \S+) 01/, '$1 00');
    const row = (given: number, packets: readonly string[], answer: string): string[] => {
      const flash = new Flash();
      const old = connectClient(level, changes, resumed[level]);
      const journal = journalOf(old.c);
      old.publish('a', 'kept', 2);
      old.call((c, now) => clientPublishStream(c, 's', 40, Publish.Qos2, null, now));
      for (let at = 0; at < given; at += 20) old.call((c) => clientStream(c, new Uint8Array(20), 0, 20));
      for (const packet of packets) old.feed(packet);
      save(journal, old.c, flash);
      const device = new TestClient(level, changes);
      const again = restore(device.c, flash);
      device.connect();
      if (!packets.includes(pubrec(2))) {
        t.is(device.call((c, now) => clientCancelStream(c, now)), Status.BadState);
        t.is(device.call((c, now) => clientPublishStream(c, 's', 40, Publish.Qos2, null, now)), Status.NoSlot);
      }
      device.feed(answer);
      if (answer !== lost) device.feed(pubcomp(2));
      const told = device.events().filter((event) => event.includes('#2'));
      device.publish('a', 'next', Publish.Qos2);
      device.call((c, now) => clientPublishStream(c, 's', 40, Publish.Qos2, null, now));
      t.deepEqual(device.c.slotsUsed, 3, 'two publishes and a stream');
      save(again, device.c, flash);
      t.is(device.packets().some(({ cmd }) => cmd === 'pubrel'), answer !== lost, 'the server is to forget the identifier');
      return told;
    };
    for (const answer of [resumed[level], lost]) {
      for (const given of [0, 20, 40]) t.deepEqual(row(given, [], answer), ['Dropped #2 SessionLost 00'], `${given} of 40 bytes had left, ${answer}`);
      t.deepEqual(row(40, [pubrec(2)], answer), ['Published #2 00']);
    }
  });
}

test('a journal of version 1 is read, and what follows goes to another area; one of a later version is none', (t) => {
  const flash = new Flash();
  const device = connectClient(4, changes, resumed[4]);
  const journal = journalOf(device.c);
  for (const [payload, flags] of [['one', 2], ['two', 4], ['three', 4]] as const) device.publish('a/b', payload, flags);
  device.feed(pubrec(3));
  save(journal, device.c, flash);
  const versions = (): number[] => Array.from({ length: geometry.areas }, (_, area) => flash.read(area, 0)[Field.HeadForm]);
  const rewrite = (version: number): void => {
    const at = flash.at(journal.area, 0);
    const to = at + geometry.recordBytes - Field.CheckSize;
    flash.bytes[at + Field.HeadForm] = version;
    const check = checkOf(flash.bytes, at, to, geometry.recordBytes);
    flash.bytes.set([check >>> 16, (check >>> 8) & 255, check & 255], to);
  };
  t.is(versions()[journal.area], Form.Version);
  rewrite(Form.Version + 1);
  const later = fresh(4);
  restore(later, flash);
  t.deepEqual(essence(later), []);
  rewrite(1);
  // What version 1 wrote had none of these.
  for (let place = 1; place < journal.place; place++) {
    const record = flash.read(journal.area, place);
    if (record[0] === Kind.Marks) for (let n = 0; n < record[Field.MarksCount]; n++) t.true(record[Field.Marks + n * Field.MarkSize] < Kept.Streamed);
  }
  const c = fresh(4);
  const again = restore(c, flash);
  t.deepEqual(essence(c), essence(device.c));
  save(again, c, flash);
  t.deepEqual(versions().filter((version) => version !== 255), [1], 'nothing has changed, so nothing is written');
  clientPublish(c, 'a', new Uint8Array(3), 0, 3, 2, 0);
  save(again, c, flash);
  t.deepEqual(versions().filter((version) => version !== 255).sort(), [1, Form.Version]);
  const third = fresh(4);
  restore(third, flash);
  t.deepEqual(essence(third), essence(c));
});
