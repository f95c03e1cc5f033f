/*
 * Retained messages. MQTT 5.0, 3.3.1.3 and 3.8.3.1; MQTT 3.1.1, 3.3.1.3.
 */
import test from 'ava';
import { ManualClock } from '../../src/broker/index.js';
import type { Version, World } from './support.js';
import { long, packet, publish, type RawClient, subscribe, withBroker } from './support.js';

async function subscribed(world: World, version: Version, clientId: string, filter: string, options: number, list = ''): Promise<RawClient> {
  const client = await world.join(version, { clientId });
  client.send(subscribe(version, 1, filter, options, list));
  await client.takePacket();
  return client;
}

for (const version of [4, 5] as const) {
  const v = version === 4 ? '3.1.1' : '5.0';
  const store = version === 4 ? '[MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-8]' : '[MQTT-3.3.1-5] [MQTT-3.3.1-9]';

  test(`${v} the last retained message of each topic greets a new subscription ${store}`, (t) =>
    withBroker({}, async (world) => {
      const writer = await world.join(version, { clientId: 'writer' });
      for (const payload of ['1', '2']) writer.send(publish(version, 'r/a', payload, { retain: true, qos: 1, id: 1 }) + publish(version, 'r/b', payload, { retain: true }));
      await writer.untilPong();
      const reader = await subscribed(world, version, 'reader', 'r/#', 2);
      const got = [await reader.takePacket(), await reader.takePacket()].sort();
      t.deepEqual(got, [publish(version, 'r/a', '2', { retain: true, qos: 1 }), publish(version, 'r/b', '2', { retain: true })].sort());
      t.is(await reader.untilPong(), '');
    }));

  test(`${v} RETAIN is off for subscriptions that exist already [MQTT-3.3.1-${version === 4 ? '9' : '12'}]`, (t) =>
    withBroker({}, async (world) => {
      const reader = await subscribed(world, version, 'reader', 'r', 0);
      const writer = await world.join(version, { clientId: 'writer' });
      writer.send(publish(version, 'r', 'x', { retain: true }));
      t.is(await reader.takePacket(), publish(version, 'r', 'x'));
    }));

  const clear = version === 4 ? '[MQTT-3.3.1-10] [MQTT-3.3.1-11]' : '[MQTT-3.3.1-6] [MQTT-3.3.1-7]';
  test(`${v} an empty retained message clears the topic and is delivered as usual ${clear}`, (t) =>
    withBroker({}, async (world) => {
      const reader = await subscribed(world, version, 'reader', 'r', 0);
      const writer = await world.join(version, { clientId: 'writer' });
      writer.send(publish(version, 'r', 'x', { retain: true }) + publish(version, 'r', '', { retain: true }));
      t.is(await reader.takePacket(), publish(version, 'r', 'x'));
      t.is(await reader.takePacket(), publish(version, 'r', ''));
      t.is(world.broker.stats.retainedMessages, 0);
      const late = await subscribed(world, version, 'late', 'r', 0);
      t.is(await late.untilPong(), '');
    }));

  test(`${v} a message without RETAIN leaves the retained one alone [MQTT-3.3.1-${version === 4 ? '12' : '8'}]`, (t) =>
    withBroker({}, async (world) => {
      const writer = await world.join(version, { clientId: 'writer' });
      writer.send(publish(version, 'r', 'old', { retain: true }) + publish(version, 'r', 'new') + publish(version, 'r', ''));
      await writer.untilPong();
      const late = await subscribed(world, version, 'late', 'r', 0);
      t.is(await late.takePacket(), publish(version, 'r', 'old', { retain: true }));
    }));

  test(`${v} a QoS 0 retained message takes the place of an older one${version === 4 ? ' [MQTT-3.3.1-7]' : ''}`, (t) =>
    withBroker({}, async (world) => {
      const writer = await world.join(version, { clientId: 'writer' });
      writer.send(publish(version, 'r', 'old', { retain: true, qos: 1 }) + publish(version, 'r', 'new', { retain: true }));
      await writer.untilPong();
      const late = await subscribed(world, version, 'late', 'r', 2);
      t.is(await late.takePacket(), publish(version, 'r', 'new', { retain: true }));
    }));

  const again = version === 4 ? '[MQTT-3.8.4-3]' : '[MQTT-3.8.4-3] [MQTT-3.8.4-4]';
  test(`${v} subscribing again brings the retained messages again, and one subscription remains ${again}`, (t) =>
    withBroker({}, async (world) => {
      world.broker.publish({ topic: 'r', payload: 'x', qos: 2, retain: true });
      const reader = await subscribed(world, version, 'reader', 'r', 0);
      t.is(await reader.takePacket(), publish(version, 'r', 'x', { retain: true }));
      reader.send(subscribe(version, 2, 'r', 1));
      await reader.takePacket();
      t.is(await reader.takePacket(), publish(version, 'r', 'x', { retain: true, qos: 1, id: 1 }));
      t.is(world.broker.stats.subscriptions, 1);
    }));

  test(`${v} wildcards at the beginning leave retained $-topics alone [MQTT-4.7.2-1]`, (t) =>
    withBroker({}, async (world) => {
      for (const topic of ['$in/a', 'out/a', '/a']) world.broker.publish({ topic, payload: 'x', retain: true });
      const all = await subscribed(world, version, 'all', '#', 0);
      t.is((await all.untilPong()).length, (publish(version, 'out/a', 'x') + publish(version, '/a', 'x')).length);
      const plus = await subscribed(world, version, 'plus', '+/a', 0);
      t.is((await plus.untilPong()).length, (publish(version, 'out/a', 'x') + publish(version, '/a', 'x')).length);
      const named = await subscribed(world, version, 'named', '$in/#', 0);
      t.is(await named.takePacket(), publish(version, '$in/a', 'x', { retain: true }));
    }));
}

test('5.0 Retain Handling 1 sends retained messages to a new subscription only [MQTT-3.3.1-10]', (t) =>
  withBroker({}, async (world) => {
    world.broker.publish({ topic: 'r', payload: 'x', retain: true });
    const reader = await subscribed(world, 5, 'reader', 'r', 0x10);
    t.is(await reader.takePacket(), publish(5, 'r', 'x', { retain: true }));
    reader.send(subscribe(5, 2, 'r', 0x10));
    t.is(await reader.untilPong(), '9004' + '0002' + '0000');
    reader.send(packet(0xa2, '0003', '00', '000172') + subscribe(5, 4, 'r', 0x10));
    t.is(await reader.untilPong(), 'b00400030000' + '900400040000' + publish(5, 'r', 'x', { retain: true }));
  }));

test('5.0 Retain Handling 2 sends none [MQTT-3.3.1-11]', (t) =>
  withBroker({}, async (world) => {
    world.broker.publish({ topic: 'r', payload: 'x', retain: true });
    const reader = await subscribed(world, 5, 'reader', 'r', 0x20);
    t.is(await reader.untilPong(), '');
  }));

test('5.0 Retain As Published shows the publisher\'s RETAIN [MQTT-3.3.1-13] [MQTT-3.3.1-12]', (t) =>
  withBroker({}, async (world) => {
    const reader = await subscribed(world, 5, 'reader', 'r', 0x08);
    const writer = await world.join(5, { clientId: 'writer' });
    writer.send(publish(5, 'r', '1', { retain: true }) + publish(5, 'r', '2'));
    t.is(await reader.takePacket(), publish(5, 'r', '1', { retain: true }));
    t.is(await reader.takePacket(), publish(5, 'r', '2'));
  }));

test('5.0 retained messages carry the identifier of the subscription that asked', (t) =>
  withBroker({}, async (world) => {
    world.broker.publish({ topic: 'r', payload: 'x', retain: true });
    const reader = await subscribed(world, 5, 'reader', 'r', 0, '0b05');
    t.is(await reader.takePacket(), publish(5, 'r', 'x', { retain: true, properties: '0b05' }));
  }));

test('5.0 a shared subscription gets no retained messages', (t) =>
  withBroker({}, async (world) => {
    world.broker.publish({ topic: 'r', payload: 'x', retain: true });
    const reader = await subscribed(world, 5, 'reader', '$share/g/r', 0);
    t.is(await reader.untilPong(), '');
  }));

test('5.0 a retained message says how much of its expiry is left, and goes when none is [MQTT-3.3.2-5] [MQTT-3.3.2-6]', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const writer = await world.join(5, { clientId: 'writer' });
    writer.send(publish(5, 'r', 'x', { retain: true, properties: '02' + long(10) }));
    await writer.untilPong();
    clock.advance(3_500);
    const reader = await subscribed(world, 5, 'reader', 'r', 0);
    t.is(await reader.takePacket(), publish(5, 'r', 'x', { retain: true, properties: '02' + long(7) }));
    clock.advance(6_499);
    t.is(world.broker.stats.retainedMessages, 1);
    clock.advance(1);
    t.is(world.broker.stats.retainedMessages, 0);
  });
});
