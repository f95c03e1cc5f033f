/** Publishing and subscribing over the Node port: back-pressure, policies, acknowledgement, streams, refusals. */
import { once } from 'node:events';
import test from 'ava';
import { type DropInfo, type MessageView, Publish, Reason, type ReceivedMessage, type StreamSource, Status } from '../../targets/node/index.js';
import { collect } from './conversation.js';
import { makeClient, rejection, startBroker, startRawServer, unusedPort } from './support.js';
import { until } from '../until.js';

const connack5 = Buffer.from([0x20, 3, 0, 0, 0]);

test('back-pressure: a full outbox refuses with a capacity status, ready() waits, and nothing is lost', async (t) => {
  const { broker, port } = await startBroker(t);
  let count = 0;
  broker.on('messageIn', () => {
    count += 1;
  });
  const client = makeClient(t, { host: '127.0.0.1', port, buffers: { outboxBytes: 2048, outboxMessages: 16, transmitBytes: 64 } });
  await client.connect();
  const payload = Buffer.alloc(100);
  let refused = 0;
  let drains = 0;
  client.on('drain', () => {
    drains += 1;
  });
  for (let sent = 0; sent < 500;) {
    const handle = client.publishNow('t', payload, sent % 3 * Publish.Qos1);
    if (handle >= 0) sent += 1;
    else {
      t.true(handle === Status.NoRoom || handle === Status.NoSlot);
      refused += 1;
      await client.ready();
    }
  }
  await client.end();
  t.is(count, 500);
  t.true(refused > 0);
  t.is(drains, refused);
  t.is(client.stats.refused, refused);
  t.deepEqual(broker.violations, []);
});

test('a publish that does not fit rejects in words, and nothing else is harmed', async (t) => {
  const { port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, buffers: { outboxBytes: 256 } });
  await client.connect();
  const error = await rejection(t, client.publish('t', Buffer.alloc(300), { qos: 1 }));
  t.is(error.status, Status.NoRoom);
  t.regex(error.message, /^the message to 't' was refused: the outbox has no room for its bytes now \(buffers\.outboxBytes\); nothing was lost/);
  t.is((await client.publish('t', Buffer.alloc(100), { qos: 1 })).reason, Reason.NoMatchingSubscribers);
});

test('a loop that awaits QoS 0 publishes never fills the outbox', async (t) => {
  const { broker, port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port });
  await client.connect();
  for (let n = 0; n < 5000; n++) await client.publish('t', 'x'.repeat(50));
  await client.end();
  t.is(broker.stats.messagesIn, 5000);
});

test('a server that does not read: the client stays within its buffers and keeps what it accepted', async (t) => {
  const server = await startRawServer(t, (socket) => {
    socket.once('data', () => {
      socket.pause();
      socket.write(connack5);
    });
  });
  const client = makeClient(t, { host: '127.0.0.1', port: server.port });
  await client.connect();
  const payload = Buffer.alloc(10_000);
  let turns = 0;
  // Until the system's own buffers are full too.
  while (turns < 50) {
    while (client.publishNow('t', payload) >= 0) turns = 0;
    turns += 1;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  t.is(client.publishNow('t', payload), Status.NoRoom);
  const drops = client.stats.dropped;
  await client.end({ timeoutMs: 50 });
  t.is(drops, 0);
});

test('keep-latest, expiry and priority: what gives way comes out as an event', async (t) => {
  const port = await unusedPort();
  const client = makeClient(t, { host: '127.0.0.1', port, buffers: { outboxMessages: 4 }, reconnect: { minMs: 1, maxMs: 2 } });
  const drops: DropInfo[] = [];
  client.on('dropped', (info) => drops.push(info));
  const connected = client.connect();
  const replaced = rejection(t, client.publish('latest', '1', { qos: 1, keepLatest: true }));
  const kept = client.publish('latest', '2', { qos: 1, keepLatest: true });
  t.is((await replaced).status, Status.Replaced);
  const expired = rejection(t, client.publish('short', 'x', { qos: 1, expiryS: 1 }));
  t.is((await expired).status, Status.Expired);
  t.deepEqual(drops.map((drop) => drop.status), [Status.Replaced, Status.Expired]);
  t.regex(drops[0].words, / was not delivered: a newer one took its place$/);
  t.regex(drops[1].words, /^the message to 'short' was not delivered: it expired before it could be sent$/);
  while (client.publishNow('filler', new Uint8Array(1)) >= 0);
  const urgent = client.publish('urgent', '!', { qos: 1, priority: true });
  await until(() => drops.length === 3);
  t.like(drops[2], { status: Status.Evicted, handle: 0 });
  const { broker } = await startBroker(t, {}, { port });
  const topics: string[] = [];
  broker.on('messageIn', (message) => topics.push(`${message.topic}${Buffer.from(message.payload).toString()}`));
  await connected;
  t.true((await kept).handle > 0);
  await urgent;
  await client.end();
  t.is(topics[0], 'urgent!');
  t.true(topics.includes('latest2'));
});

test('acknowledge by the application: in any order, refused with a reason, and again after a lost link', async (t) => {
  const { broker, port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, clientId: 'ack', acknowledge: 'by-application', sessionExpiryS: 60, receiveMaximum: 2 });
  const packets: ReceivedMessage[] = [];
  client.on('message', (_topic, _payload, packet) => packets.push(packet));
  await client.connect();
  await client.subscribe('t', { qos: 1 });
  for (let n = 0; n < 4; n++) broker.publish({ topic: 't', payload: `${n}`, qos: 1 });
  await until(() => packets.length === 2);
  const again = once(client, 'connect');
  broker.dropClient('ack');
  await again;
  t.false(packets[0].acknowledge());
  await until(() => packets.length === 4);
  t.deepEqual(packets.map((packet) => packet.payload.toString()), ['0', '1', '0', '1']);
  t.true(packets[2].dup);
  t.true(packets[3].acknowledge(Reason.QuotaExceeded));
  t.true(packets[2].acknowledge());
  t.false(packets[2].acknowledge());
  await until(() => packets.length === 6);
  t.true(packets[4].acknowledge());
  t.true(packets[5].acknowledge());
  await client.end();
  t.deepEqual(broker.violations, []);
});

test('the message view: in place, with properties, and a copy that stays', async (t) => {
  const { port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port });
  await client.connect();
  const copies: ReceivedMessage[] = [];
  let view: MessageView | null = null;
  client.handlers.message = (message): void => {
    view ??= message;
    t.is(message, view);
    t.is(Buffer.from(message.bytes.subarray(message.payloadFrom, message.payloadTo)).toString(), message.payload.toString());
    copies.push(message.copy());
  };
  await client.subscribe('v/+', { qos: 2, retainAsPublished: true });
  await client.publish('v/1', 'one', { qos: 2, properties: { contentType: 'text', correlationData: Buffer.from([1]) } });
  await client.publish('v/2', 'two', { qos: 1, retain: true });
  await until(() => copies.length === 2);
  t.like(copies[0], { topic: 'v/1', qos: 2, retain: false, dup: false, offset: 0, total: 3 });
  t.is(copies[0].properties.contentType, 'text');
  t.like(copies[1], { topic: 'v/2', qos: 1, retain: true });
  t.is(copies[0].payload.toString(), 'one');
});

test('each subscription has its own handler, until it is withdrawn or refused', async (t) => {
  const { port } = await startBroker(t, { authorize: (request) => request.action === 'publish' || request.topic !== 'secret' });
  const client = makeClient(t, { host: '127.0.0.1', port });
  const seen: string[] = [];
  const noting = (name: string) => (message: { topic: string }): void => {
    seen.push(`${name} ${message.topic}`);
  };
  await client.connect();
  await Promise.all([client.subscribe('a', { qos: 1 }, noting('A')), client.subscribe('b/+', { qos: 1 }, noting('B'))]);
  const refused = await rejection(t, client.subscribe('secret', {}, noting('C')));
  t.regex(refused.message, /^the server refused the subscription to 'secret': not authorized \(0x87\)$/);
  await client.publish('a', '', { qos: 1 });
  await client.publish('b/x', '', { qos: 1 });
  await client.subscribe('a', { qos: 1 }, noting('A2'));
  await client.publish('a', '', { qos: 1 });
  await client.unsubscribe('b/+');
  await client.subscribe('c', { qos: 1 }, noting('C'));
  await client.publish('c', '', { qos: 1 });
  await until(() => seen.length === 4);
  t.deepEqual(seen, ['A a', 'B b/x', 'A2 a', 'C c']);
  t.is((await client.unsubscribe('never')).reason, Reason.NoSubscriptionExisted);
  const superseded = rejection(t, client.subscribe('d'));
  await client.unsubscribe('d');
  t.is((await superseded).status, Status.Replaced);
});

test('subscriptions are restored when the server has lost the session', async (t) => {
  const { broker, port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, clientId: 'c' });
  const seen = collect(client);
  await client.connect();
  await client.subscribe('t', { qos: 1 });
  const again = once(client, 'connect');
  broker.deleteSession('c');
  broker.dropClient('c');
  await again;
  await until(() => broker.stats.subscriptions === 1);
  await client.publish('t', 'x', { qos: 1 });
  await until(() => seen.length === 1);
  t.is(seen[0].text, 'x');
});

test('arguments out of range are named', async (t) => {
  const five = makeClient(t, {});
  const four = makeClient(t, { protocolVersion: 4 });
  const cases: readonly (readonly [Promise<unknown>, string])[] = [
    [five.publish('t', 'x', { qos: 3 as 2 }), 'qos'],
    [five.publish('t', 5 as unknown as string), 'payload'],
    [five.publish(5 as unknown as string, 'x'), 'topic'],
    [five.publish('t', 'x', { expiryS: 1.5 }), 'expiryS'],
    [five.publish('t', 'x', { properties: { topicAlias: 1 } }), 'properties.topicAlias'],
    [five.publish('t', 'x', { properties: { messageExpiryInterval: 1 } }), 'properties.messageExpiryInterval'],
    [five.publish('t', 'x', { properties: { serverKeepAlive: 1 } }), 'properties.serverKeepAlive'],
    [five.publish('t', 'x', { properties: { contentType: 'x'.repeat(5000) } }), 'properties.contentType'],
    [four.publish('t', 'x', { properties: { contentType: 'x' } }), 'properties'],
    [five.subscribe('t', { qos: 4 as 2 }), 'qos'],
    [five.subscribe('t', { retainHandling: 3 as 2 }), 'retainHandling'],
    [four.subscribe('t', { noLocal: true }), 'noLocal'],
    [five.subscribe(5 as unknown as string), 'filter'],
    [five.publishStream('t', 0, Buffer.alloc(1)), 'total'],
    [five.publishStream('t', 1, [Buffer.alloc(1)], { qos: 1 }), 'source'],
    [five.reauthenticate(), 'authentication'],
  ];
  for (const [promise, field] of cases) t.is((await rejection(t, promise)).field, field);
  t.is((await rejection(t, five.subscribe('$share/g/t', { noLocal: true }))).status, Status.BadFlags);
});

const parts = [Buffer.from('ab'), Buffer.alloc(0), Buffer.from('cde'), Buffer.from('f')];
async function* slowly(): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await new Promise((resolve) => setImmediate(resolve));
    yield part;
  }
}
const sources: readonly (readonly [string, () => StreamSource | Uint8Array, 0 | 1 | 2])[] = [
  ['an array of parts', () => parts, 0],
  ['an async generator', slowly, 0],
  ['a Uint8Array', () => Buffer.from('abcdef'), 2],
  ['a function', () => (offset: number) => Buffer.from('abcdef').subarray(offset, offset + 2), 1],
  ['a function of promises', () => (offset: number) => Promise.resolve(Buffer.from('abcdef').subarray(offset)), 2],
];
for (const [name, make, qos] of sources) {
  test(`streams from ${name}`, async (t) => {
    const { broker, port } = await startBroker(t);
    const client = makeClient(t, { host: '127.0.0.1', port });
    const seen = collect(client);
    await client.connect();
    await client.subscribe('s', { qos: 2 });
    t.is((await client.publishStream('s', 6, make(), { qos })).handle > 0, qos > 0);
    await until(() => seen.length === 1);
    t.like(seen[0], { text: 'abcdef', qos });
    await client.end();
    t.deepEqual(broker.violations, []);
  });
}

const badSources: readonly (readonly [string, StreamSource, RegExp])[] = [
  ['that throws', () => { throw new Error('disk gone'); }, /disk gone/],
  ['that rejects', () => Promise.reject(new Error('disk gone')), /disk gone/],
  ['that ends early', [Buffer.from('abc')], /the source gave nothing at offset 3; allowed: 1 to 3 bytes, 6 in all/],
  ['that gives too much', () => Buffer.alloc(7), /the source gave 7 bytes at offset 0; allowed: 1 to 6 bytes/],
  ['that gives nothing', () => Buffer.alloc(0), /the source gave 0 bytes/],
];
for (const [name, source, words] of badSources) {
  test(`a stream from a source ${name} is given up, and the client goes on`, async (t) => {
    const { broker, port } = await startBroker(t);
    const client = makeClient(t, { host: '127.0.0.1', port, clientId: 'c' });
    await client.connect();
    t.regex((await rejection(t, client.publishStream('s', 6, source))).message, words);
    t.is((await client.publish('t', 'x', { qos: 1 })).reason, Reason.NoMatchingSubscribers);
    t.is((await client.publishStream('s', 6, Buffer.from('abcdef'), { qos: 1 })).reason, Reason.NoMatchingSubscribers);
    await client.end();
    t.deepEqual(broker.violations, []);
  });
}

test('a stream over a lost link: QoS 1 begins anew from offset 0, QoS 0 is dropped; one stream at a time', async (t) => {
  const { broker, port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, clientId: 'c' });
  await client.connect();
  const offsets: number[] = [];
  const again = client.publishStream('s', 6, (offset) => {
    offsets.push(offset);
    if (offsets.length === 2) broker.dropClient('c');
    return Buffer.from('abcdef').subarray(offset, offset + 3);
  }, { qos: 1 });
  const second = await rejection(t, client.publishStream('s', 6, Buffer.alloc(6)));
  t.is(second.status, Status.NoSlot);
  t.true((await again).handle > 0);
  t.true(offsets.filter((offset) => offset === 0).length >= 2 || offsets.length === 2);
  const never = new Promise<Uint8Array>(() => undefined);
  let asked = 0;
  const lost = rejection(t, client.publishStream('s', 6, () => {
    asked += 1;
    if (asked === 1) return Buffer.from('abc');
    broker.dropClient('c');
    return never;
  }));
  t.is((await lost).status, Status.LinkLost);
});

test('a chunked message: skipped by its handler, the next one is whole', async (t) => {
  const { broker, port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, buffers: { receiveBytes: 128 } });
  const seen = collect(client);
  let chunks = 0;
  client.on('chunk', (topic, bytes, packet) => {
    chunks += 1;
    t.is(topic, 'big');
    t.is(packet.total, 1000);
    t.true(bytes.length > 0);
    t.true(client.skip(Reason.QuotaExceeded));
  });
  await client.connect();
  await client.subscribe('#', { qos: 2 });
  broker.publish({ topic: 'big', payload: 'x'.repeat(1000), qos: 2 });
  broker.publish({ topic: 'small', payload: 'y', qos: 2 });
  await until(() => seen.length === 1);
  t.is(seen[0].topic, 'small');
  t.is(chunks, 1);
  t.false(client.skip());
  await client.end();
  t.deepEqual(broker.violations, []);
});
