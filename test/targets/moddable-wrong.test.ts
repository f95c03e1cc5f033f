/** Wrong input through both APIs: each error names the thing, what it is, what it must be. A case is a row. */
import test from 'ava';
import type { WriteOptions } from '../../targets/moddable/modules/client.js';
import type { PublishOptions } from '../../targets/moddable/modules/midge.js';
import { broker, buffer, connected, MQTTClient, network, TCP } from './moddable/site.js';
import { until } from '../until.js';

const { default: Midge } = await import('../../targets/moddable/modules/midge.js');
const { SerialTransport } = await import('../../targets/moddable/modules/serial.js');
/** No case gets so far as to use it. */
class Serial {
  read(): void { throw new Error('used'); }

  write(): void { throw new Error('used'); }

  close(): void { throw new Error('used'); }
}

const base = { host: '127.0.0.1', port: 9, ...network, id: 'x' };
const topicWords = 'text of 1 to 65,535 bytes without \\+, # and U\\+0000';
const filterWords = 'text in which \\+ and # stand alone on their level, and # on the last';

/** Options that both constructors refuse in the same words. */
const options: readonly (readonly [changes: object, words: string])[] = [
  [{ host: 5 }, 'host is 5; it must be text'],
  [{ host: '' }, 'host required'],
  [{ host: '10.0.0', dns: undefined }, 'dns required, since host "10.0.0" is no address'],
  [{ host: ' 10.0.0.1', dns: {} }, 'dns required, since host " 10.0.0.1" is no address'],
  [{ host: '1.2.3.256', dns: { io: 7 } }, 'dns required, since host "1.2.3.256" is no address'],
  [{ port: '1883' }, 'port is "1883"; it must be a whole number, 1 to 65535'],
  [{ port: 1.5 }, 'port is 1.5; it must be a whole number, 1 to 65535'],
  [{ socket: TCP }, 'socket required: \\{io: TCP\\}'],
  [{ id: 5 }, 'id is 5; it must be text'],
  [{ id: 'a\0' }, 'id is "a."; it must be text of at most 65,535 bytes without U\\+0000'],
  [{ id: '', clean: false }, 'id must not be empty with clean: false'],
  [{ user: 5 }, 'user is 5; it must be text'],
  [{ password: 'p' }, 'password needs user'],
  [{ user: 'u', password: 5 }, 'password is 5; it must be text or bytes'],
  [{ clean: 'yes' }, 'clean is "yes"; it must be true or false'],
  [{ keepAlive: -1 }, 'keepAlive is -1; it must be a whole number, 0 to 65535000'],
  [{ will: 'gone' }, 'will is "gone"; it must be an object'],
  [{ will: { topic: 'a/#' } }, `will.topic is "a/#"; it must be ${topicWords}`],
  [{ will: { topic: 'a', QoS: '1' } }, 'will.QoS is "1"; it must be 0, 1 or 2'],
  [{ will: { topic: 'a', message: 5 } }, 'will.message is 5; it must be text or bytes'],
  [{ will: { topic: 'a', qos: 1 } }, 'will has no option "qos"; there are topic, message, QoS, retain'],
  [{ transport: 5 }, 'transport is 5; it must be a transport of Midge\'s'],
  [{ transport: { attach: () => {} } }, 'host and transport exclude each other: the transport leads to the server'],
  [{ receiveBytes: 8 }, 'receiveBytes is 8; it must be a whole number, 16 to 268435456'],
  [{ outboxMessages: 0 }, 'outboxMessages is 0; it must be a whole number, 1 to 65534'],
  [{ retryMin: 500, retryMax: 10 }, 'retryMax must not be below retryMin'],
  [{ seed: 'x' }, 'seed is "x"; it must be a whole number, -2147483648 to 2147483647'],
  [{ store: {} }, 'store must be a new FlashStore'],
];

for (const [changes, words] of options) {
  test(`options: ${Object.keys(changes).join()} ${words}`, (t) => {
    t.throws(() => new MQTTClient({ ...base, ...changes }), { message: new RegExp(`^${words}`) });
    t.throws(() => new Midge({ ...base, ...changes }), { message: new RegExp(`^${words}`) });
  });
}

test('options of one of the two', (t) => {
  const ecma = (changes: object): (() => void) => () => { new MQTTClient({ ...base, ...changes }); };
  const own = (changes: object): (() => void) => () => { new Midge({ ...base, ...changes }); };
  t.throws(ecma({ version: 5 }), { message: /^MQTTClient has no option "version"; there are keepalive, / });
  t.throws(ecma({ keepalive: 'x' }), { message: /^keepalive is "x"; it must be a whole number/ });
  t.throws(ecma({ onReadable: 'x' }), { message: /^onReadable is "x"; it must be a function/ });
  t.throws(ecma({ format: 'number' }), { message: /^format is "number"; it must be "buffer"/ });
  t.throws(own({ reconnect: true }), { message: /^Midge has no option "reconnect"; there are version, / });
  t.throws(own({ version: '5' }), { message: /^version is "5"; it must be 4 \(MQTT 3.1.1\) or 5/ });
  t.throws(own({ sessionExpiry: 5 }), { message: /^sessionExpiry is 5; it needs version: 5/ });
  t.throws(own({ onMessage: {} }), { message: /^onMessage is an object; it must be a function/ });
  t.throws(() => new Midge(undefined as never), { message: /^what new Midge is given is undefined; it must be an object/ });
  t.throws(() => new SerialTransport({ io: Serial, baud: 0 }), { message: /^baud is 0; it must be a whole number, 1 to 6,553,500/ });
  t.throws(() => new SerialTransport({ io: Serial, baud: 9600, frameBytes: 9 }), { message: /^frameBytes is 9; it must be a whole number, 32 to 254/ });
  t.throws(() => new SerialTransport({ baud: 9600 } as never), { message: /^io is undefined; it must be the class of embedded:io\/serial/ });
});

/** What `write` refuses, with data of one byte where it is not said. A message to the topic of the last one goes a short way, on which options are not looked at again. */
const writes: readonly (readonly [options: object | null | undefined, words: RegExp, data?: unknown])[] = [
  [undefined, /^options missing: no message has been begun/],
  [null, /^options missing: no message has been begun/],
  [{}, new RegExp(`^topic is undefined; it must be ${topicWords}`)],
  [{ topic: '' }, new RegExp(`^topic is ""; it must be ${topicWords}`)],
  [{ topic: 'a/+' }, new RegExp(`^topic is "a/\\+"; it must be ${topicWords}`)],
  [{ topic: '\ud800' }, /^topic is "\ud800"; it must be text of 1 to 65,535 bytes of UTF-8/],
  [{ topic: 'a' }, /^data is null; it must be an ArrayBuffer or a view of bytes/, null],
  [{ topic: 'a' }, /^data is "text"; it must be an ArrayBuffer or a view of bytes/, 'text'],
  [{ topic: 'a' }, /^data is an object with a byteLength; it must be an ArrayBuffer or a view of bytes/, { byteLength: 3 }],
  [{ topic: 'a' }, /^data has elements of 2 bytes; it must be an ArrayBuffer or a view of single bytes/, new Uint16Array(2)],
  [{ topic: 'a' }, /^overflow: the message takes 2008 bytes or more; outboxBytes is 512/, new Uint8Array(2000)],
  [{ topic: 'b', qos: 1 }, /^write has no option "qos"; there are operation, id, topic, QoS, retain, duplicate, byteLength, items/],
  [{ topic: 'b', QoS: -1 }, /^QoS is -1; it must be 0, 1 or 2/],
  [{ topic: 'b', retain: 'no' }, /^retain is "no"; it must be true or false/],
  [{ topic: 'a', QoS: 1, id: 70_000 }, /^id is 70000; it must be a whole number, 0 to 65535/],
  [{ topic: 'b', duplicate: true }, /^duplicate is set by Midge itself/],
  [{ topic: 'a', byteLength: 1.5 }, /^byteLength is 1.5; it must be a whole number, 0 to 268435455/],
  [{ topic: 'a', byteLength: 0 }, /^data is 1 bytes; byteLength of the message is 0/],
  [{ operation: 4, id: 7 }, /^operation is 4; write takes PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ and DISCONNECT/],
  [{ operation: '8' }, /^operation is "8"; write takes/],
  [{ operation: 8 }, /^items is undefined; it must be \[\{topic, QoS\}, …\]/],
  [{ operation: 8, items: ['a'] }, /^items\[0\] is "a"; it must be an object/],
  [{ operation: 8, items: [{ topic: 'a' }, { topic: 'a/#/b' }] }, new RegExp(`^items\\[1\\].topic is "a/#/b"; it must be ${filterWords}`)],
  [{ operation: 10, items: [{ topic: '' }] }, new RegExp(`^items\\[0\\].topic is ""; it must be ${filterWords}`)],
  [{ operation: 8, items: [{ topic: 'a', QoS: 3 }] }, /^items\[0\].QoS is 3; it must be 0, 1 or 2/],
];

test('write: what it is given, and when', async (t) => {
  const { port } = await broker(t);
  const early = new MQTTClient({ ...base, port });
  t.throws(() => early.write(buffer('x'), { topic: 'a' }), { message: /^not connected/ });
  early.close();
  early.close();
  const { client } = await connected(t, port);
  for (const [given, words, data] of writes) t.throws(() => client.write((data === undefined ? buffer('x') : data) as ArrayBuffer, given as WriteOptions), { message: words });
  client.write(buffer('ab'), { topic: 'parts', byteLength: 6 });
  t.throws(() => client.write(buffer('x'), { topic: 'a' }), { message: /^4 bytes of the last message are missing: write them first, without options/ });
  t.throws(() => client.write(buffer('too long')), { message: /^data is 8 bytes; 4 of the message are left/ });
  client.close();
  t.throws(() => client.write(buffer('x'), { topic: 'a' }), { message: /^not connected/ });
  t.is(client.read(), undefined);
});

test('read: what it is given, and beyond what is there', async (t) => {
  const { port } = await broker(t);
  let isRead = false;
  const { client } = await connected(t, port, {
    onReadable() {
      for (const count of [0, -1, 1.5, Number.NaN]) t.throws(() => this.read(count), { message: `count is ${count}; it must be a whole number, 1 to 2147483647` });
      for (const [what, name] of [['3', '"3"'], [{}, 'an object'], [null, 'null']]) t.throws(() => this.read(what as never), { message: `what read is given is ${name as string}; it must be a count of bytes, an ArrayBuffer or a view of bytes` });
      t.throws(() => this.read(new Uint16Array(2)), { message: /elements of 2 bytes/ });
      t.is(this.read(new Uint8Array(0)), 0);
      t.is(this.read(2)?.byteLength, 2);
      t.is(this.read(100)?.byteLength, 8);
      t.is(this.read(1), undefined);
      isRead = true;
    },
  });
  client.write(null, { operation: MQTTClient.SUBSCRIBE, items: [{ topic: 'r' }] });
  client.write(buffer('0123456789'), { topic: 'r', QoS: 1 });
  await until(() => isRead, () => 'the message');
});

const publishes: readonly (readonly [args: readonly unknown[], words: RegExp])[] = [
  [[], /^payload is undefined; it must be text, an ArrayBuffer or a view of bytes/],
  [[5, 'x'], new RegExp(`^topic is 5; it must be ${topicWords}`)],
  [['a/#', 'x'], new RegExp(`^topic is "a/#"; it must be ${topicWords}`)],
  [['a', 5], /^payload is 5; it must be text/],
  [['a', {}], /^payload is an object; it must be text/],
  [['a', 'x', 1], /^what publish is given is 1; it must be an object/],
  [['a', 'x', { qos: 1 }], /^publish has no option "qos"; there are QoS, retain, latest, urgent, expiry/],
  [['a', 'x', { QoS: 3 }], /^QoS is 3; it must be 0, 1 or 2/],
  [['a', 'x', { expiry: 1.5 }], /^expiry is 1.5; it must be a whole number, 0 to 536870/],
  [['a', 'x', { retain: 'yes' }], /^retain is "yes"; it must be true or false/],
  [['a', 'x'.repeat(3000), { QoS: 1 }], /^overflow: the message takes 3008 bytes or more; outboxBytes is 512/],
];

test('Midge\'s own API: what its methods are given, and when', async (t) => {
  const { port } = await broker(t);
  const client = new Midge({ ...base, port });
  const refused = (): void => {
    for (const [args, words] of publishes) t.throws(() => client.publish(...args as [string, string, PublishOptions]), { message: words });
    t.throws(() => client.subscribe(5 as never), { message: /^filter is 5; it must be text/ });
    t.throws(() => client.subscribe('a/b#'), { message: new RegExp(`^filter is "a/b#"; it must be ${filterWords}`) });
    t.throws(() => client.subscribe('a', 5), { message: /^QoS is 5; it must be 0, 1 or 2/ });
    t.throws(() => client.subscribe('a', 0, 5 as never), { message: /^tell is 5; it must be a function/ });
    t.throws(() => client.unsubscribe(''), { message: /^filter is ""/ });
  };
  refused();
  client.connect();
  t.throws(() => client.connect(), { message: 'this client is connecting already' });
  await until(() => client.isConnected, () => 'the connection');
  refused();
  t.throws(() => client.connect(), { message: 'this client is connected already' });
  client.close();
  client.close();
  for (const act of [() => { client.connect(); }, () => { client.disconnect(); }, () => { client.publish('a', 'x'); }, () => { client.subscribe('a'); }]) t.throws(act, { message: 'this client was closed: make a new one' });
});

test('PINGRESP is told, whether the application or keep-alive asked for it', async (t) => {
  const { port } = await broker(t);
  const { control } = await connected(t, port, { keepAlive: 1000 });
  await until(() => control.some(({ operation }) => operation === MQTTClient.PINGRESP), () => 'PINGRESP');
  t.pass();
});
