/*
 * Memory that clients could make the broker keep beside what the limits count: what is remembered of topics, retained
 * messages that were replaced, WebSocket frames that never end. Heap is measured after a collection, with a wide margin.
 */
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Access, ManualClock } from '../../src/broker/index.js';
import { hubOf } from '../../src/broker/broker.js';
import { createSession } from '../../src/broker/session.js';
import { SubscriptionTree } from '../../src/broker/subscription-tree.js';
import { createTopicMatcher } from '../../src/broker/topic-matcher.js';
import { connect5, createTestBroker, long, publish, subscribe, withBroker } from './support.js';
import { until } from '../until.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapMiB(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const longTopic = (number: number): string => `${number}/${'x'.repeat(60_000)}`;

test.serial('long topics are not remembered without limit by the subscription tree', (t) => {
  const tree = new SubscriptionTree();
  const before = heapMiB();
  for (let number = 0; number < 3000; number++) tree.match(Buffer.from(longTopic(number)).toString());
  t.true(heapMiB() - before < 60);
});

test.serial('matches of many subscribers are not remembered without limit', (t) => {
  const tree = new SubscriptionTree();
  for (let number = 0; number < 1000; number++) {
    tree.add({ session: createSession(`${number}`), filter: '#', shareName: '', topicFilter: '#', qos: 0, noLocal: false, retainAsPublished: false, identifier: 0, record: 0 });
  }
  const before = heapMiB();
  for (let number = 0; number < 2000; number++) t.is(tree.match(`topic/${number}`).subscribers.length, 1000);
  t.true(heapMiB() - before < 60);
});

test.serial('long topics are not remembered by a viewer’s filter', (t) => {
  const matches = createTopicMatcher('+/#');
  const before = heapMiB();
  for (let number = 0; number < 900; number++) t.true(matches(Buffer.from(longTopic(number)).toString()));
  t.true(heapMiB() - before < 20);
});

test.serial('long topics and long client identifiers are not remembered by the ACL', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-acl-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  writeFileSync(join(folder, 'acl'), 'topic read #\npattern readwrite %c/#\n');
  const { hooks } = new Access({ aclFile: join(folder, 'acl') });
  const ask = (clientId: string, topic: string): unknown => hooks.authorize!({ action: 'publish', clientId, userName: undefined, topic, qos: 0, retain: false }, 5);
  const before = heapMiB();
  for (let number = 0; number < 1500; number++) t.false(ask(`c${number % 30}`, Buffer.from(longTopic(number)).toString()));
  for (let number = 0; number < 500; number++) t.false(ask(Buffer.from(longTopic(number)).toString(), 'a'));
  t.true(heapMiB() - before < 30);
});

test.serial('a replaced retained message is let go of, however long it would have lived', (t) =>
  withBroker({}, async (world) => {
    const { broker } = world;
    const usedMiB = (): number => heapMiB() + process.memoryUsage().arrayBuffers / 2 ** 20;
    const before = usedMiB();
    for (let number = 0; number < 1500; number++) {
      broker.publish({ topic: 'a', payload: Buffer.alloc(40_000, number), retain: true, messageExpirySeconds: 86_400 });
      if (number % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // Buffers are given back by a thread of the engine, some time after the collection that found them free.
    await until(() => usedMiB() - before < 20, () => `less than ${usedMiB() - before} MiB`);
    const reader = await world.join(5);
    reader.send(subscribe(5, 1, 'a', 0));
    await reader.takePacket();
    t.is((await reader.takePacket()).length, 2 * (40_000 + 4 + 3 + 1 + 5));
  }));

test('a retained message keeps no packet that was made for its subscribers', (t) =>
  withBroker({}, async (world) => {
    const { broker } = world;
    const reader = await world.join(5);
    reader.send(subscribe(5, 1, 'a', 0));
    await reader.takePacket();
    broker.publish({ topic: 'a', payload: 'x', retain: true });
    t.is(await reader.takePacket(), publish(5, 'a', 'x'));
    const message = hubOf(broker).retained.get('a')!;
    t.is(message.sharedPacket5, undefined);
  }));

test('a replaced retained message does not end the newer one when its time comes', (t) => {
  const clock = new ManualClock();
  const broker = createTestBroker({ clock });
  t.teardown(() => broker.close());
  broker.publish({ topic: 'a', payload: '1', retain: true, messageExpirySeconds: 1 });
  broker.publish({ topic: 'a', payload: '2', retain: true, messageExpirySeconds: 5 });
  clock.advance(2000);
  t.is(broker.stats.retainedMessages, 1);
  clock.advance(4000);
  t.is(broker.stats.retainedMessages, 0);
});

/** A WebSocket as bytes: frames are made here. */
function openWebSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol': 'mqtt' };
    request({ port, host: '127.0.0.1', headers }).on('upgrade', (_, socket: Socket) => {
      socket.on('error', () => undefined);
      resolve(socket);
    }).on('error', reject).end();
  });
}

/** Masked with zeros. `length` may say more than comes. */
function frame(opcode: number, payload: Buffer, length = payload.length): Buffer {
  const head = length < 126 ? Buffer.from([0x80 | opcode, 0x80 | length]) : Buffer.alloc(10);
  if (length >= 126) {
    head[0] = 0x80 | opcode;
    head[1] = 0xff;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

test('what a WebSocket gathers of a frame counts towards the memory of all, before any CONNECT', (t) =>
  withBroker({ memoryBytesMax: 1_048_576 }, async ({ broker }) => {
    const { port } = await broker.listen({ transport: 'ws' });
    const socket = await openWebSocket(port);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(frame(2, Buffer.alloc(2_000_000), 8_000_000));
    await closed;
    t.is(broker.stats.closedMemoryFull, 1);
    t.is(broker.stats.waitingBytes, 0);
  }));

test('a WebSocket’s frames are counted until they are whole, pings among them or not', (t) =>
  withBroker({}, async ({ broker }) => {
    const { port } = await broker.listen({ transport: 'ws' });
    const socket = await openWebSocket(port);
    const pongs = new Promise((resolve) => {
      let bytes = 0;
      socket.on('data', (chunk: Buffer) => { if ((bytes += chunk.length) >= 3 * 12) resolve(bytes); });
    });
    for (let n = 0; n < 3; n++) socket.write(frame(9, Buffer.alloc(10)));
    await pongs;
    t.is(broker.stats.waitingBytes, 0);
    socket.write(frame(2, Buffer.alloc(300_000), 300_001));
    await until(() => broker.stats.waitingBytes >= 300_000);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
    await until(() => broker.stats.connectionsOpen === 0);
    t.is(broker.stats.waitingBytes, 0);
  }));

test('pings of a WebSocket that does not read are not answered without limit', (t) =>
  // A busy machine takes its time over so many.
  withBroker({ connectTimeoutMs: 3_600_000 }, async ({ broker }) => {
    const { port } = await broker.listen({ transport: 'ws' });
    const socket = await openWebSocket(port);
    socket.pause();
    const [connection] = hubOf(broker).connections;
    const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, Buffer.alloc(125))));
    for (let n = 0; n < 200; n++) if (!socket.write(pings)) await new Promise((resolve) => socket.once('drain', resolve));
    // Behind all pings: when it has been handled, they have.
    socket.write(frame(2, Buffer.from(connect5({ clientId: 'last', properties: `11${long(0)}` }), 'hex')));
    await until(() => broker.stats.clientsConnected > 0);
    t.true(connection.link.waitingBytes() < 300_000, `${connection.link.waitingBytes()} bytes wait`);
    socket.destroy();
  }));

test('a WebSocket whose frames are wrong ends its client at once, whether the peer closes or not', (t) =>
  withBroker({}, async ({ broker }) => {
    const { port } = await broker.listen({ transport: 'ws' });
    const socket = await openWebSocket(port);
    t.teardown(() => { socket.destroy(); });
    const gone = new Promise<{ by: string }>((resolve) => broker.once('clientDisconnected', resolve));
    const connected = new Promise((resolve) => broker.once('clientConnected', resolve));
    socket.write(frame(2, Buffer.from(connect5({ clientId: 'odd' }), 'hex')));
    await connected;
    // Not masked.
    socket.write(Buffer.from('820161', 'hex'));
    t.is((await gone).by, 'network');
  }));
