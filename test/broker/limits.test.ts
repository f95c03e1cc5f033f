// Limits against abuse: each at its edge, its counter and its notice, and good clients among hundreds of hostile ones.

import { Worker } from 'node:worker_threads';
import { connect } from 'node:net';
import test from 'ava';
import type { BrokerOptions, LimitNotice } from '../../src/broker/index.js';
import { ManualClock } from '../../src/broker/index.js';
import { LimitNotices, Pace } from '../../src/broker/limits.js';
import { connectionCostBytes, deliveryCostBytes, messageCostBytes, sessionCostBytes, subscriptionCostBytes } from '../../src/broker/memory-use.js';
import type { HostilePlan, HostileReport } from './limits-hostile.js';
import type { ConnectFields, World } from './support.js';
import { connectOf, createTestBroker, publish, RawClient, subscribe, text, withBroker } from './support.js';
import { until } from '../until.js';

/** Runs with a clock of its own and gathers the notices. */
async function withLimits(options: BrokerOptions, run: (world: World, clock: ManualClock, notices: LimitNotice[]) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  await withBroker({ clock, ...options }, async (world) => {
    const notices: LimitNotice[] = [];
    world.broker.on('limitReached', (notice) => notices.push(notice));
    await run(world, clock, notices);
  });
}

test('a pace lets a second\'s worth through at once, and what is beyond it is waited for', (t) => {
  const pace = new Pace(0, 100, 1000);
  t.true(pace.hasLeft(99));
  t.false(pace.hasLeft(100));
  t.is(pace.take(99, 10), undefined);
  t.deepEqual(pace.take(1, 10), { limit: 'packetsPerSecondMax', waitMs: 100 });
  t.false(pace.hasLeft(0));
  pace.refill(100);
  t.is(pace.take(9, 980), undefined);
  t.deepEqual(pace.take(0, 2100), { limit: 'bytesPerSecondMax', waitMs: 2180 });
  pace.refill(10_000);
  t.true(pace.hasLeft(99), 'rest makes good');
  t.false(pace.hasLeft(100), 'but no more than a second\'s worth');
});

test('notices: one a second for each limit, with the number of times', (t) => {
  let now = 0;
  const told: string[] = [];
  const notices = new LimitNotices(() => now, ({ limit, clientId, count }) => told.push(`${limit} ${clientId} ${count}`));
  for (const [at, client] of [[0, 'a'], [0, 'b'], [999, 'c'], [1000, 'd'], [1500, 'e'], [5000, 'f']] as const) {
    now = at;
    notices.reached('memoryBytesMax', 1, client, '', '');
  }
  notices.reached('connectTimeoutMs', 1, 'g', '', '');
  t.deepEqual(told, ['memoryBytesMax a 1', 'memoryBytesMax d 3', 'memoryBytesMax f 2', 'connectTimeoutMs g 1']);
});

test('packets per second: the client is not read until its time has come, others are', async (t) => {
  await withLimits({ packetsPerSecondMax: 10 }, async (world, clock, notices) => {
    const fast = await world.join(4, { clientId: 'fast' });
    const calm = await world.join(4, { clientId: 'calm' });
    fast.send('c000'.repeat(11));
    t.is(await fast.take(18), 'd000'.repeat(9), 'CONNECT was the first of the ten');
    t.is(world.broker.stats.pausedForPackets, 1);
    const { remoteAddress, ...notice } = notices[0];
    t.regex(remoteAddress, /127\.0\.0\.1$/);
    const consequence = 'the client is not read until it has kept to its rate';
    t.deepEqual(notice, { limit: 'packetsPerSecondMax', max: 10, clientId: 'fast', consequence, count: 1 });
    for (let count = 0; count < 5; count++) t.is(await calm.untilPong(), '');
    clock.advance(99);
    t.is(await calm.untilPong(), '');
    t.is(fast.received, '');
    clock.advance(1);
    t.is(await fast.take(2), 'd000');
    clock.advance(100);
    t.is(await fast.take(2), 'd000');
    clock.advance(1000);
    t.is(await fast.untilPong(), '');
  });
});

test('bytes per second', async (t) => {
  await withLimits({ bytesPerSecondMax: 1024 }, async (world, clock, notices) => {
    const client = await world.join(5);
    client.send(publish(5, 'a', 'x'.repeat(2048), { qos: 1 }));
    t.is(await client.takePacket(), '4003000110');
    await until(() => world.broker.stats.pausedForBytes > 0);
    t.is(notices[0].limit, 'bytesPerSecondMax');
    client.send('c000');
    clock.advance(3000);
    t.is(await client.take(2), 'd000');
  });
});

test('a client that goes while it is not read leaves nothing behind', async (t) => {
  await withLimits({ packetsPerSecondMax: 1 }, async (world, clock) => {
    const client = await world.join(4);
    client.send('c000'.repeat(5));
    await until(() => world.broker.stats.pausedForPackets > 0);
    client.destroy();
    clock.advance(10_000);
    await until(() => world.broker.stats.connectionsOpen === 0);
    t.is(world.broker.stats.waitingBytes, 0);
  });
});

for (const transport of ['tcp', 'ws'] as const) {
  test(`connections per address: the next one is closed, until one goes (${transport})`, async (t) => {
    await withLimits({ connectionsPerAddressMax: 3 }, async ({ broker }, _clock, notices) => {
      const { port } = await broker.listen({ transport });
      const first = await RawClient.open(port);
      const others = [await RawClient.open(port), await RawClient.open(port)];
      const tooMany = await RawClient.open(port);
      t.is(await tooMany.rest(), '');
      t.is(broker.stats.refusedPerAddress, 1);
      t.is(notices[0].limit, 'connectionsPerAddressMax');
      t.is(notices[0].max, 3);
      await first.end();
      const next = await RawClient.open(port);
      if (transport === 'tcp') {
        next.send(connectOf(4));
        t.is(await next.takePacket(), '20020000');
      } else t.false(next.ended);
      for (const client of [...others, next]) client.destroy();
    });
  });

  test(`connect time-out: nothing, or half of it, is closed (${transport})`, async (t) => {
    await withLimits({ connectTimeoutMs: 5000 }, async ({ broker }, clock, notices) => {
      const { port } = await broker.listen({ transport });
      const silent = await RawClient.open(port);
      const half = await RawClient.open(port);
      half.send(transport === 'tcp' ? connectOf(5).slice(0, 20) : Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n').toString('hex'));
      if (transport === 'tcp') await until(() => broker.stats.bytesIn >= 10);
      clock.advance(4999);
      t.false(silent.ended || half.ended);
      clock.advance(1);
      t.is(await silent.rest(), '');
      t.is(await half.rest(), '');
      t.is(broker.stats.connectTimeouts, 2);
      t.is(notices[0].limit, 'connectTimeoutMs');
    });
  });
}

test('a connection on a port for TLS that begins no handshake is closed in time', async (t) => {
  const { generate } = await import('selfsigned');
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  const broker = createTestBroker({ connectTimeoutMs: 100 });
  const { port } = await broker.listen({ transport: 'tls', tls: { cert, key } });
  const client = await RawClient.open(port);
  t.is(await client.rest(), '');
  t.is(broker.stats.connectTimeouts, 1);
  await broker.close();
});

const mebibyte = 1_048_576;

test('memory for all: what would have to wait is dropped and counted, and what waits is counted down again', async (t) => {
  await withLimits({ memoryBytesMax: mebibyte }, async (world, _clock, notices) => {
    const away = await world.join(4, { clientId: 'away', flags: 0 });
    away.send(subscribe(4, 1, 'a', 1));
    await away.takePacket();
    await away.end();
    const publisher = await world.join(4, { clientId: 'publisher' });
    for (let count = 0; count < 12; count++) world.broker.publish({ topic: 'a', payload: 'x'.repeat(99_999), qos: 1 });
    const { stats } = world.broker;
    t.is(stats.droppedMemoryFull, 2);
    t.is(world.broker.session('away')?.queuedMessages, 10);
    const each = 100_000 + messageCostBytes + deliveryCostBytes;
    t.is(stats.waitingBytes, 10 * each);
    t.is(stats.stateBytes, connectionCostBytes + 2 * sessionCostBytes + subscriptionCostBytes + 2);
    t.is(notices[0].limit, 'memoryBytesMax');
    t.is(notices[0].clientId, 'away');
    const back = await world.join(4, { clientId: 'away', flags: 0 });
    for (let count = 0; count < 10; count++) t.true((await back.takePacket()).startsWith('32'));
    t.is(stats.waitingBytes, 10 * each, 'what is in flight waits too');
    for (let id = 1; id <= 10; id++) back.send(`4002${id.toString(16).padStart(4, '0')}`);
    t.is(await back.untilPong(), '');
    t.is(stats.waitingBytes, 0);
    await back.end();
    await publisher.end();
    world.broker.publish({ topic: 'a', payload: 'x'.repeat(999), qos: 1 });
    t.is(stats.waitingBytes, 1000 + messageCostBytes + deliveryCostBytes);
    world.broker.deleteSession('away');
    t.is(stats.waitingBytes, 0);
    await until(() => stats.connectionsOpen === 0);
    t.is(stats.stateBytes, 0);
  });
});

test('memory for all: a message that waits for several clients is counted once, its deliveries each', async (t) => {
  await withBroker({}, async (world) => {
    for (const clientId of ['one', 'two', 'three']) {
      const away = await world.join(4, { clientId, flags: 0 });
      away.send(subscribe(4, 1, 'a', 1));
      await away.takePacket();
      await away.end();
    }
    world.broker.publish({ topic: 'a', payload: 'x'.repeat(999), qos: 1 });
    t.is(world.broker.stats.waitingBytes, 1000 + messageCostBytes + 3 * deliveryCostBytes);
    world.broker.deleteSession('one');
    world.broker.deleteSession('two');
    t.is(world.broker.stats.waitingBytes, 1000 + messageCostBytes + deliveryCostBytes);
    world.broker.restart({ keepState: true });
    t.is(world.broker.stats.waitingBytes, 1000 + messageCostBytes + deliveryCostBytes);
    const state = await world.broker.close({ keepState: true });
    const next = createTestBroker({ state });
    t.is(next.stats.waitingBytes, 1000 + messageCostBytes + deliveryCostBytes);
    next.deleteSession('three');
    t.is(next.stats.waitingBytes + next.stats.stateBytes, 0);
    await next.close();
  });
});

/** Makes the memory for all full but for a few kilobytes, with messages that wait for a client that is away. */
async function fill(world: World): Promise<void> {
  const away = await world.join(4, { clientId: 'away', flags: 0 });
  away.send(subscribe(4, 1, 'a', 1));
  await away.takePacket();
  await away.end();
  for (const size of [100_000, 1000]) {
    const before = world.broker.stats.droppedMemoryFull;
    while (world.broker.stats.droppedMemoryFull === before) world.broker.publish({ topic: 'a', payload: 'x'.repeat(size), qos: 1 });
  }
}

const willOf = (version: 4 | 5, bytes: number): ConnectFields => {
  return { clientId: 'heir', flags: 6, rest: (version === 5 ? '00' : '') + text('w') + text('x'.repeat(bytes)) };
};

test('memory for all: when it is used up, wills, subscriptions and topic aliases beyond a little are refused', async (t) => {
  await withLimits({ memoryBytesMax: mebibyte }, async (world, _clock, notices) => {
    const { stats } = world.broker;
    await fill(world);
    const client = await world.join(5, { clientId: 'client' });
    client.send(subscribe(5, 1, 'b', 1));
    t.is(await client.takePacket(), '900400010001', 'everybody has a little');
    client.send(subscribe(5, 2, 'c'.repeat(9000), 1));
    t.is(await client.takePacket(), '900400020097');
    t.is(stats.refusedMemoryFull, 1);
    client.send(publish(5, 'd'.repeat(100), '', { properties: '230001' }) + publish(5, 'd'.repeat(9000), '', { properties: '230001' }));
    t.is(await client.rest(), 'e00197');
    t.is(stats.refusedMemoryFull, 2);
    for (const [version, answer] of [[4, '20020003'], [5, '2003009700']] as const) {
      const heir = await RawClient.open(world.port);
      heir.send(connectOf(version, willOf(version, 9000)));
      t.is(await heir.rest(), answer);
    }
    t.is(stats.refusedMemoryFull, 4);
    const small = await world.join(5, willOf(5, 90));
    small.destroy();
    t.deepEqual(notices.filter(({ limit }) => limit === 'memoryBytesMax').map(({ clientId }) => clientId), ['away']);
  });
});

test('memory for all: who has a large packet under way is disconnected, small ones pass', async (t) => {
  await withLimits({ memoryBytesMax: mebibyte }, async (world, _clock, notices) => {
    const first = await world.join(5, { clientId: 'first' });
    const second = await world.join(5, { clientId: 'second' });
    const small = await world.join(5, { clientId: 'small' });
    const begun = publish(5, 'a', 'x'.repeat(2_000_000)).slice(0, 1_500_000);
    first.send(begun);
    await until(() => world.broker.stats.waitingBytes >= 600_000);
    second.send(begun);
    // Whichever grows last goes; which one that is, the sockets decide.
    await until(() => world.broker.stats.closedMemoryFull > 0);
    const gone = notices[0].clientId === 'first' ? first : second;
    t.is(await gone.rest(), 'e00197');
    small.send(publish(5, 'a', 'x', { qos: 1 }));
    t.is(await small.takePacket(), '4003000110');
    first.destroy();
    second.destroy();
    await until(() => world.broker.stats.connectionsOpen === 1);
    t.is(world.broker.stats.waitingBytes, 0);
  });
});

test('a session queue that is full is told with its limit', async (t) => {
  for (const [options, limit] of [[{ sessionQueueMessagesMax: 1 }, 'sessionQueueMessagesMax'], [{ sessionQueueBytesMax: 1024 }, 'sessionQueueBytesMax']] as const) {
    await withLimits(options, async (world, _clock, notices) => {
      const away = await world.join(4, { clientId: 'away', flags: 0 });
      away.send(subscribe(4, 1, 'a', 1));
      await away.takePacket();
      await away.end();
      for (let count = 0; count < 2; count++) world.broker.publish({ topic: 'a', payload: 'x'.repeat(900), qos: 1 });
      t.is(world.broker.stats.droppedQueueFull, 1);
      t.deepEqual(notices.map((notice) => [notice.limit, notice.clientId, notice.consequence]), [[limit, 'away', 'messages to the client are dropped']]);
    });
  }
});

test('hundreds of hostile clients leave good ones served', async (t) => {
  const seed = 20_261_122;
  const each = 30;
  t.log(`seed ${seed}, ${each} hostile clients of each of 10 kinds`);
  const options: BrokerOptions = { packetsPerSecondMax: 300, connectTimeoutMs: 5000, outputBytesMax: 65_536, memoryBytesMax: 4 * 1024 * 1024, receiveMaximum: 100 };
  await withBroker(options, async (world) => {
    const worker = new Worker(new URL('limits-hostile.js', import.meta.url), { workerData: { port: world.port, seed, each } satisfies HostilePlan });
    const beganAtMs = performance.now();
    const good: { publisher: RawClient; subscriber: RawClient; topic: string }[] = [];
    try {
      // The good ones come when the hostile ones are there already.
      await until(() => world.broker.stats.connectionsOpened >= each * 10);
      for (let pair = 0; pair < 5; pair++) {
        const subscriber = await world.join(5, { clientId: `subscriber-${pair}` });
        subscriber.send(subscribe(5, 1, `good/${pair}`, 1));
        await subscriber.takePacket();
        good.push({ publisher: await world.join(4, { clientId: `publisher-${pair}` }), subscriber, topic: `good/${pair}` });
      }
      const joinedAtMs = performance.now();
      let slowestMs = 0;
      await Promise.all(good.map(async ({ publisher, subscriber, topic }) => {
        for (let id = 1; id <= 60; id++) {
          const sentAtMs = performance.now();
          publisher.send(publish(4, topic, `message ${id}`, { qos: 1, id }));
          t.is(await publisher.takePacket(), `4002${id.toString(16).padStart(4, '0')}`);
          t.is(await subscriber.takePacket(), publish(5, topic, `message ${id}`, { qos: 1, id }));
          subscriber.send(`4002${id.toString(16).padStart(4, '0')}`);
          slowestMs = Math.max(slowestMs, performance.now() - sentAtMs);
        }
      }));
      await until(() => world.broker.stats.connectTimeouts > 0);
      const ended = new Promise<HostileReport>((resolve) => worker.once('message', resolve));
      worker.postMessage('end');
      const { connections, thrownOut } = await ended;
      const { violations, connectTimeouts, pausedForPackets, closedMemoryFull, droppedMemoryFull, packetsIn } = world.broker.stats;
      t.log(`${connections} hostile connections, ${thrownOut} thrown out; ${violations} violations, ${connectTimeouts} time-outs, ${pausedForPackets} pauses, ${closedMemoryFull} closed and ${droppedMemoryFull} messages dropped for memory, ${packetsIn} packets`);
      t.log(`slowest of 300 good messages, publish to delivery: ${slowestMs.toFixed(0)} ms; joined after ${(joinedAtMs - beganAtMs).toFixed(0)} ms, all after ${(performance.now() - beganAtMs).toFixed(0)} ms`);
      t.true(violations > 0 && pausedForPackets > 0);
      for (const { publisher, subscriber } of good) for (const client of [publisher, subscriber]) t.is(await client.untilPong(), '');
    } finally {
      await worker.terminate();
    }
    for (const { publisher, subscriber } of good) for (const client of [publisher, subscriber]) await client.end();
    // Flooders that have gone are noticed when what they sent in time has been taken at their rate.
    await world.broker.close();
    t.is(world.broker.stats.connectionsOpen, 0);
    t.is(world.broker.stats.waitingBytes, 0);
  });
});

test('a port is free again when a broker with refused and half-open connections closes', async (t) => {
  const broker = createTestBroker({ connectionsPerAddressMax: 1 });
  const { port } = await broker.listen();
  const sockets = [connect({ port, host: '127.0.0.1' }), connect({ port, host: '127.0.0.1' })];
  for (const socket of sockets) socket.on('error', () => undefined);
  await until(() => broker.stats.refusedPerAddress === 1);
  await broker.close();
  const next = createTestBroker();
  t.is((await next.listen({ port })).port, port);
  await next.close();
});
