// Limits on what clients make the broker keep: sessions, subscriptions, retained messages, messages in flight. Each at its
// edge, its answer in both versions, its counter and its notice.

import test from 'ava';
import { type BrokerOptions, type LimitNotice, ManualClock } from '../../src/broker/index.js';
import { connectionCostBytes, deliveryCostBytes, identifierCostBytes, messageCostBytes, sessionCostBytes, subscriptionCostBytes } from '../../src/broker/memory-use.js';
import type { World } from './support.js';
import { byte, connectOf, packet, publish, RawClient, subscribe, text, withBroker, word } from './support.js';
import { until } from '../until.js';

async function withNotices(options: BrokerOptions, run: (world: World, told: () => string[]) => Promise<void>): Promise<void> {
  // Its own clock, which stands still: what is told once a second is told once.
  await withBroker({ clock: new ManualClock(), ...options }, async (world) => {
    const notices: LimitNotice[] = [];
    world.broker.on('limitReached', (notice) => notices.push(notice));
    await run(world, () => notices.map(({ limit, max, clientId, consequence }) => `${limit} ${max} ${clientId}: ${consequence}`));
  });
}

for (const [version, answer] of [[4, '20020003'], [5, '2003009700']] as const) {
  test(`a session too many is refused, one that is there is not (${version})`, (t) =>
    withNotices({ sessionsMax: 2 }, async (world, told) => {
      const first = await world.join(4, { clientId: 'first', flags: 0 });
      await first.end();
      const second = await world.join(4, { clientId: 'second' });
      const third = await RawClient.open(world.port);
      third.send(connectOf(version, { clientId: 'third' }));
      t.is(await third.rest(), answer);
      t.is(world.broker.stats.refusedSessionsFull, 1);
      t.deepEqual(told(), ['sessionsMax 2 third: the CONNECT is refused']);
      await (await world.join(4, { clientId: 'first', flags: 0 })).end();
      await second.end();
      await (await world.join(version, { clientId: 'third' })).end();
    }));

  test(`a subscription too many is refused, one that replaces another is not (${version})`, (t) =>
    withNotices({ subscriptionsPerSessionMax: 2 }, async (world, told) => {
      const client = await world.join(version, { clientId: 'greedy' });
      const refused = version === 4 ? '80' : '97';
      const head = version === 4 ? '9003000' : '9004000';
      const properties = version === 4 ? '' : '00';
      for (const [id, filter, code] of [[1, 'a', '00'], [2, 'b', '00'], [3, 'c', refused], [4, 'a', '00']] as const) {
        client.send(subscribe(version, id, filter, 0));
        t.is(await client.takePacket(), `${head}${id}${properties}${code}`);
      }
      t.is(world.broker.stats.refusedSubscriptionsFull, 1);
      t.deepEqual(told(), ['subscriptionsPerSessionMax 2 greedy: the subscription is refused']);
      t.deepEqual(world.broker.session('greedy')?.subscriptions, ['a', 'b']);
      await client.end();
    }));
}

for (const [options, notice] of [
  [{ retainedMessagesMax: 2 }, 'retainedMessagesMax 2'],
  [{ retainedBytesMax: 1400 }, 'retainedBytesMax 1400'],
] as const) {
  test(`a retained message too many: ${notice}`, (t) =>
    withNotices(options, async (world, told) => {
      const payload = 'x'.repeat(600);
      const client = await world.join(5, { clientId: 'five' });
      for (const [id, topic, answer] of [[1, 'a', '4003000110'], [2, 'b', '4003000210'], [3, 'c', '4003000397'], [4, 'a', '4003000410']] as const) {
        client.send(publish(5, topic, payload, { qos: 1, id, retain: true }));
        t.is(await client.takePacket(), answer);
      }
      client.send(publish(5, 'c', payload, { qos: 2, id: 5, retain: true }));
      t.is(await client.takePacket(), '5003000597');
      t.is(world.broker.stats.retainedMessages, 2);
      t.is(world.broker.stats.refusedRetainedFull, 2);
      t.deepEqual(told(), [`${notice} five: the message is refused`], 'once a second');

      const old = await world.join(4, { clientId: 'four' });
      old.send(publish(4, 'd', payload, { qos: 1, id: 1, retain: true }));
      t.is(await old.rest(), '', '3.1.1 has no way but the close');

      // At QoS 0 it is handed on all the same.
      client.send(subscribe(5, 6, 'e', 0));
      await client.takePacket();
      client.send(publish(5, 'e', payload, { retain: true }));
      t.is(await client.takePacket(), publish(5, 'e', payload));
      t.is(world.broker.stats.retainedMessages, 2);
      t.is(world.broker.stats.refusedRetainedFull, 4);

      // What is deleted makes room.
      client.send(publish(5, 'a', '', { qos: 1, id: 7, retain: true }));
      t.is(await client.takePacket(), '4003000710');
      client.send(publish(5, 'c', payload, { qos: 1, id: 8, retain: true }));
      t.is(await client.takePacket(), '4003000810');
      await client.end();
    }));
}

test('a replacement that is too large takes the older message with it at QoS 0', (t) =>
  withNotices({ retainedBytesMax: 1024 }, async (world) => {
    const client = await world.join(4);
    client.send(publish(4, 'a', 'small', { retain: true }) + publish(4, 'a', 'x'.repeat(1100), { retain: true }));
    await client.untilPong();
    t.is(world.broker.stats.retainedMessages, 0);
    t.is(world.broker.stats.refusedRetainedFull, 1);
    await client.end();
  }));

test('messages in flight to clients that do not acknowledge count towards the memory of all, and everybody has a little', (t) =>
  withNotices({ memoryBytesMax: 2_000_000 }, async (world, told) => {
    const silent = await world.join(4, { clientId: 'silent' });
    silent.send(subscribe(4, 1, 'a', 1));
    await silent.takePacket();
    const good = await world.join(4, { clientId: 'good' });
    good.send(subscribe(4, 1, 'b', 1));
    await good.takePacket();
    for (let count = 0; count < 30; count++) world.broker.publish({ topic: 'a', payload: 'x'.repeat(99_999), qos: 1 });
    t.is(world.broker.stats.waitingBytes, 19 * (100_000 + messageCostBytes + deliveryCostBytes));
    t.is(world.broker.stats.droppedMemoryFull, 11);
    t.deepEqual(told(), ['memoryBytesMax 2000000 silent: messages to the client are dropped']);
    for (let count = 0; count < 5; count++) world.broker.publish({ topic: 'b', payload: 'y'.repeat(4999), qos: 1 });
    for (let id = 1; id <= 5; id++) t.is(await good.takePacket(), publish(4, 'b', 'y'.repeat(4999), { qos: 1, id }));
    t.is(world.broker.stats.droppedMemoryFull, 11);
    await silent.end();
    await good.end();
    t.is(world.broker.stats.waitingBytes, 0, 'the sessions have ended');
  }));

for (const [version, refused] of [[4, '80'], [5, '97']] as const) {
  test(`of one SUBSCRIBE no more filters are taken than a session may have, each gets its code (${version}) [MQTT-3.8.4-${version === 5 ? '6' : '5'}]`, (t) =>
    withNotices({ subscriptionsPerSessionMax: 2 }, async (world, told) => {
      world.broker.publish({ topic: 'a', payload: 'x', retain: true });
      const client = await world.join(version, { clientId: 'greedy' });
      client.send(packet(0x82, word(1), version === 5 ? '00' : '', (text('a') + '00').repeat(5)));
      const suback = packet(0x90, word(1), version === 5 ? '00' : '', '0000', refused.repeat(3));
      t.is(await client.untilPong(), suback + publish(version, 'a', 'x', { retain: true }).repeat(2));
      t.deepEqual(told(), ['subscriptionsPerSessionMax 2 greedy: the subscription is refused']);
      await client.end();
    }));
}

test('keep alive does not run out while it is the broker that does not read [MQTT-3.1.2-22]', async (t) => {
  const clock = new ManualClock();
  let answer: (allowed: boolean) => void = () => undefined;
  await withBroker({ clock, authorize: () => new Promise((resolve) => { answer = resolve; }) }, async (world) => {
    const client = await world.join(5, { keepAlive: 10 });
    client.send(publish(5, 'a', 'x', { qos: 1 }) + 'c000');
    await until(() => world.broker.stats.packetsIn >= 2);
    clock.advance(40_000);
    answer(true);
    t.is(await client.take(7), '4003000110' + 'd000');
    clock.advance(16_000);
    t.is(await client.rest(), 'e0018d');
  });
});

/** So short that its packet comes whole: one in parts would count as well. */
const longName = (n: number): string => byte(n) + 'x'.repeat(2998);
const memoryBytesMax = 1_048_576;
const idleBytes = connectionCostBytes + sessionCostBytes;
/** As many as there is room for. */
const filterCount = Math.floor((memoryBytesMax - idleBytes) / (subscriptionCostBytes + 6000));
const aliasCount = Math.floor((memoryBytesMax - idleBytes) / (identifierCostBytes + 6000));

test('filters count towards the memory of all, by their length', (t) =>
  withNotices({ memoryBytesMax }, async (world, told) => {
    const { stats } = world.broker;
    const client = await world.join(5, { clientId: 'greedy', flags: 0, properties: '1100001000' });
    for (let n = 0; n <= filterCount; n++) {
      client.send(subscribe(5, 1, longName(n), 0));
      t.is(await client.takePacket(), `9004000100${n < filterCount ? '00' : '97'}`);
    }
    t.is(stats.stateBytes, idleBytes + filterCount * (subscriptionCostBytes + 6000));
    t.deepEqual(told(), [`memoryBytesMax ${memoryBytesMax} greedy: the subscription is refused`]);
    client.send(packet(0xa2, word(6), '00', text(longName(1)), text(longName(2))));
    await client.takePacket();
    await client.end();
    await until(() => stats.connectionsOpen === 0);
    const left = sessionCostBytes + (filterCount - 2) * (subscriptionCostBytes + 6000);
    t.is(stats.stateBytes, left);
    world.broker.restart();
    t.is(stats.stateBytes, left);
    world.broker.deleteSession('greedy');
    t.is(stats.stateBytes, 0);
  }));

test('topics behind aliases count towards the memory of all, each once', (t) =>
  withNotices({ memoryBytesMax }, async (world, told) => {
    const { stats } = world.broker;
    const client = await world.join(5, { clientId: 'greedy' });
    for (let alias = 1; alias <= aliasCount; alias++) {
      for (let time = 0; time < 2; time++) {
        client.send(publish(5, longName(alias), '', { properties: `23${word(alias)}` }));
        t.is(await client.untilPong(), '');
      }
    }
    t.is(stats.stateBytes, idleBytes + aliasCount * (identifierCostBytes + 6000));
    client.send(publish(5, longName(0), '', { properties: `23${word(200)}` }));
    t.is(await client.rest(), 'e00197');
    t.deepEqual(told(), [`memoryBytesMax ${memoryBytesMax} greedy: the client is disconnected over a topic alias`]);
    await until(() => stats.connectionsOpen === 0);
    t.is(stats.stateBytes + stats.waitingBytes, 0);
  }));
