/** Stores of sessions through both APIs: kept over a client's end, refused where they cannot work, and what happens when the flash fails. */
import test from 'ava';
import { broker, buffer, connected, MQTTClient, network, peer } from './moddable/site.js';
import { until } from '../until.js';

const { default: Flash, FlashStorage, makePartition, partitions } = await import('./moddable/stub/flash.js');
const { default: Preference } = await import('./moddable/stub/preference.js');
const { FlashStore } = await import('../../targets/moddable/modules/flash-store.js');
const { PreferenceStore } = await import('../../targets/moddable/modules/preference-store.js');
const { default: Midge } = await import('../../targets/moddable/modules/midge.js');

const base = { host: '127.0.0.1', ...network, id: 'dev', clean: false };

test('what the ECMA-419 client accepted goes on with another client on the same flash, and is told by its kind', async (t) => {
  const { port } = await broker(t);
  const { heard } = await peer(t, port, 'up/#');
  makePartition('ecma', 8192, 4096);
  const store = new FlashStore({ io: Flash, partition: 'ecma' });
  // Nobody listens on this port: it waits.
  const first = new MQTTClient({ ...base, port: 9, reconnect: true, store });
  first.write(buffer('one'), { topic: 'up/1', QoS: 1, id: 500 });
  first.write(buffer('two'), { topic: 'up/2', QoS: 2 });
  first.write(buffer('zero'), { topic: 'up/0' });
  t.throws(() => new MQTTClient({ ...base, port, store }), { message: /partition "ecma" keeps the session of a client that is in use: close that one/ });
  first.close();
  const { control } = await connected(t, port, { clean: false, store });
  await until(() => control.length >= 3, () => JSON.stringify(control));
  t.deepEqual(heard.map(({ text }) => text), ['one', 'two']);
  t.deepEqual(control.slice(1).map(({ operation }) => operation).sort(), [MQTTClient.PUBACK, MQTTClient.PUBCOMP]);
});

test('another client\'s journal, and one in another form, are none', (t) => {
  makePartition('other', 16384, 4096);
  const pendingOf = (options: object, areaBytes?: number): number => {
    const client = new Midge({ ...base, ...options, store: new FlashStore({ io: FlashStorage, partition: 'other', ...areaBytes === undefined ? {} : { areaBytes } }) });
    const { pending } = client;
    client.publish('a', 'x', { QoS: 1 });
    client.close();
    return pending;
  };
  t.is(pendingOf({}), 0);
  t.is(pendingOf({}), 1);
  t.is(pendingOf({ id: 'else' }), 0);
  t.is(pendingOf({ id: 'else' }), 1);
  t.is(pendingOf({ id: 'else', version: 5 }), 0);
  t.is(pendingOf({ id: 'else', version: 5 }, 8192), 0);
});

test('refusals name the thing, what it is, what it must be and what to do', (t) => {
  makePartition('small', 4096, 4096);
  makePartition('odd', 10_000, 4096);
  makePartition('good', 65_536, 4096);
  const flash = (options: object): (() => void) => () => { new FlashStore({ io: Flash, partition: 'good', ...options }); };
  const preference = (options: object): (() => void) => () => { new PreferenceStore({ io: Preference, ...options }); };
  const table: readonly (readonly [act: () => void, words: RegExp])[] = [
    [flash({ partition: 'nowhere' }), /^partition "nowhere" cannot be opened: can't find partition; add it to the board's partition table, or name one/],
    [flash({ partition: 'nowhere', io: FlashStorage }), /^partition "nowhere" cannot be opened: can't find partition/],
    [flash({ partition: undefined }), /^partition is undefined; it must be the name of a partition, such as "storage"/],
    [flash({ partition: 'nvs' }), /^partition "nvs" belongs to the system; name one that nothing else uses/],
    [flash({ partition: 'small' }), /^partition "small" has 4096 bytes; it must have 2 areas of 4096 or more: make it at least 8192 bytes/],
    [flash({ partition: 'odd' }), /^partition "odd" has 10000 bytes; it must be a multiple of the flash's erase block, 4096 bytes/],
    [flash({ areaBytes: 5000 }), /^areaBytes is 5000; it must be a multiple of the flash's erase block, 4096 bytes/],
    [flash({ areaBytes: 40_960 }), /^partition "good" has 65536 bytes; it must have 2 areas of 40960 or more/],
    [flash({ io: undefined }), /^io must be the default export of "flash" or of "embedded:storage\/flash"/],
    [flash({ sector: 3 }), /^FlashStore has no option "sector"; there are io, partition, areaBytes, onError/],
    [flash({ onError: 7 }), /^onError must be a function/],
    [flash({ io: { open: () => ({ status: () => ({ size: 8192, blockLength: 4096, writeAlign: 64 }) }) } }), /written in units of 64 bytes/],
    [preference({ io: {} }), /^io must be the default export of "preference"/],
    [preference({ domain: 'a domain that is too long' }), /^domain is "a domain that is too long"; it must have 1 to 15 characters/],
    [preference({ records: 1.5 }), /^records is 1.5; it must be 1 to 4095/],
    [preference({ key: 'x' }), /^PreferenceStore has no option "key"; there are io, domain, records, onError/],
    [() => { new Midge({ ...base, clean: true, store: new FlashStore({ io: Flash, partition: 'good' }) }); }, /^clean is true, which ends the session with each connection: a store needs clean: false/],
    [() => { new MQTTClient({ ...base, store: Flash as never }); }, /^store must be a new FlashStore\(\{io, partition\}\) or a new PreferenceStore\(\{io\}\)/],
    [() => { new Midge({ ...base, outboxBytes: 5000, store: new FlashStore({ io: Flash, partition: 'good' }) }); },
      /^partition "good" has areas of 128 records; a session with outboxBytes 5000, outboxMessages 8 and inboundMessages 24 may take \d+: set areaBytes to 8192, in a partition of at least 16384 bytes, or make those smaller/],
    [() => { new Midge({ ...base, store: new PreferenceStore({ io: Preference, records: 9 }) }); }, /^preference domain "midge" has areas of 9 records; .* may take \d+: set records to \d+ or more/],
  ];
  for (const [act, words] of table) t.throws(act, { message: words });
});

test('a client with less room than what was kept says so, and writes nothing', (t) => {
  makePartition('kept', 8192, 4096);
  const make = (options: object): InstanceType<typeof Midge> => new Midge({ ...base, ...options, store: new FlashStore({ io: Flash, partition: 'kept' }) });
  const first = make({});
  first.publish('a', 'x'.repeat(300), { QoS: 2 });
  first.close();
  const before = partitions.get('kept')!.bytes.slice();
  t.throws(() => make({ outboxBytes: 200 }), { message: /^partition "kept" keeps a message of \d+ bytes that does not fit: outboxBytes \(200\) and outboxMessages \(8\) must not be smaller than they were/ });
  t.deepEqual(partitions.get('kept')!.bytes, before);
  t.is(make({}).pending, 1);
});

test('a flash that fails is told, another area is tried, and at last the client goes on without', (t) => {
  makePartition('worn', 12_288, 4096);
  let bad = 1;
  class Worn extends Flash {
    override write(offset: number, byteLength: number, data: Uint8Array): void {
      if (bad > 0) {
        bad -= 1;
        throw new Error('write failed');
      }
      super.write(offset, byteLength, data);
    }
  }
  const words: string[] = [];
  const store = new FlashStore({ io: Worn, partition: 'worn', onError: (text) => { words.push(text); } });
  const client = new Midge({ ...base, store });
  client.publish('a', 'one', { QoS: 1 });
  t.deepEqual(words, ['partition "worn": write failed; another area is tried']);
  bad = 3;
  for (let n = 0; n < 5; n++) client.publish('a', 'more', { QoS: 1 });
  t.deepEqual(words.slice(1), ['another area is tried', 'another area is tried', 'the session is not kept any more, and what was kept is erased'].map((end) => `partition "worn": write failed; ${end}`));
  t.is(client.pending, 6);
  client.close();
  // An old session is not taken up: the client went on with it, and nobody knows how far.
  const next = new Midge({ ...base, store: new FlashStore({ io: Flash, partition: 'worn' }) });
  t.is(next.pending, 0);
  next.close();
});
