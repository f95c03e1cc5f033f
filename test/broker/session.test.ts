/*
 * Sessions: begun, resumed, expired, taken over, handed to another broker. MQTT 5.0, 3.1.2.4, 3.1.2.11.2, 3.1.4, 4.1 and 4.4.
 */
import test from 'ava';
import { ManualClock } from '../../src/broker/index.js';
import type { Version, World } from './support.js';
import { connectOf, createTestBroker, long, packet, properties, publish, RawClient, subscribe, withBroker } from './support.js';

/** Fields of a CONNECT whose session outlives its connection. */
const lasting = (version: Version, clientId: string, clean = false) => ({
  clientId,
  flags: clean ? 2 : 0,
  ...(version === 5 ? { properties: '11' + long(100) } : {}),
});

async function connackOf(world: World, version: Version, fields: Parameters<typeof connectOf>[1]): Promise<[RawClient, string]> {
  const client = await world.open();
  client.send(connectOf(version, fields));
  return [client, (await client.takePacket()).slice(4, 8)];
}

for (const version of [4, 5] as const) {
  const v = version === 4 ? '3.1.1' : '5.0';
  const ids = (...list: string[]): string => list.map((id) => `[MQTT-${id}]`).join(' ');

  test(`${v} a session is resumed with its subscriptions and queued messages ${version === 4 ? ids('4.1.0-1', '3.1.2-4', '3.1.2-5', '3.2.2-2', '3.2.2-3', '4.5.0-1') : ids('3.1.2-5', '3.1.2-6', '3.1.2-23', '3.2.2-3', '4.5.0-1')}`, (t) =>
    withBroker({}, async (world) => {
      const [first, present] = await connackOf(world, version, lasting(version, 's'));
      t.is(present, '0000');
      first.send(subscribe(version, 1, 'a/#', 2));
      await first.takePacket();
      await first.end();
      const other = await world.join(version, { clientId: 'other' });
      for (const qos of [0, 1, 2]) other.send(publish(version, `a/${qos}`, 'x', { qos, id: 5 + qos }));
      await other.untilPong();
      t.is(world.broker.session('s')?.queuedMessages, 2, 'QoS 0 is not queued');
      const [second, presentAgain] = await connackOf(world, version, lasting(version, 's'));
      t.is(presentAgain, '0100');
      t.is(await second.untilPong(), publish(version, 'a/1', 'x', { qos: 1, id: 1 }) + publish(version, 'a/2', 'x', { qos: 2, id: 2 }));
    }));

  test(`${v} a clean start forgets the session ${version === 4 ? ids('3.1.2-6', '3.2.2-1', '3.1.4-3') : ids('3.1.2-4', '3.2.2-2', '3.1.4-4')}`, (t) =>
    withBroker({}, async (world) => {
      const first = await world.join(version, lasting(version, 's'));
      first.send(subscribe(version, 1, 'a', 1));
      await first.takePacket();
      await first.end();
      const [second, present] = await connackOf(world, version, lasting(version, 's', true));
      t.is(present, '0000');
      t.deepEqual(world.broker.session('s')?.subscriptions, []);
      world.broker.publish({ topic: 'a', payload: 'x', qos: 1 });
      t.is(await second.untilPong(), '');
    }));

  test(`${v} retained messages are not part of the session ${version === 4 ? ids('3.1.2-7') : ids('4.1.0-1')}`, (t) =>
    withBroker({}, async (world) => {
      const first = await world.join(version, { clientId: 's' });
      first.send(publish(version, 'keep', 'x', { retain: true }));
      await first.untilPong();
      await first.end();
      t.is(world.broker.session('s'), undefined);
      t.is(world.broker.stats.retainedMessages, 1);
    }));

  test(`${v} unacknowledged messages are sent again on resumption, in order, under their identifiers, with DUP ${version === 4 ? ids('4.4.0-1', '3.3.1-1', '2.3.1-4', '4.6.0-6') : ids('4.4.0-1', '3.3.1-1', '4.3.3-6', '4.3.3-5', '2.2.1-4')}`, (t) =>
    withBroker({}, async (world) => {
      const first = await world.join(version, lasting(version, 's'));
      first.send(subscribe(version, 1, '#', 2));
      await first.takePacket();
      for (const [topic, qos] of [['q1', 1], ['q2', 2], ['q3', 1], ['q4', 2]] as const) world.broker.publish({ topic, payload: 'x', qos });
      for (let i = 0; i < 4; i++) await first.takePacket();
      // The second message gets as far as PUBREC, the third is finished.
      first.send('50020002' + '40020003');
      t.is(await first.untilPong(), '62020002');
      first.destroy();
      const second = await world.join(version, lasting(version, 's'));
      const again =
        '62020002' + publish(version, 'q1', 'x', { qos: 1, id: 1, dup: true }) + publish(version, 'q4', 'x', { qos: 2, id: 4, dup: true });
      t.is(await second.untilPong(), again);
      second.send('40020001' + '70020002' + '50020004' + '70020004');
      t.is(await second.untilPong(), '62020004');
      t.is(world.broker.session('s')?.inflightMessages, 0);
      // Nothing is sent again while the connection lives.
      t.is(await second.untilPong(), '');
    }));

  test(`${v} a newer connection takes the session over ${version === 4 ? ids('3.1.4-2') : ids('3.1.4-3', '3.1.2-5')}`, (t) =>
    withBroker({}, async (world) => {
      const first = await world.join(version, lasting(version, 's'));
      const [second, present] = await connackOf(world, version, lasting(version, 's'));
      t.is(present, '0100');
      t.is(await first.rest(), version === 5 ? 'e0018e' : '');
      t.is(await second.untilPong(), '');
      t.is(world.broker.stats.clientsConnected, 1);
    }));

  test(`${v} both ends key the session by its identifier ${ids('3.1.3-2')}`, (t) =>
    withBroker({}, async (world) => {
      const first = await world.join(version, lasting(version, 's'));
      await first.end();
      const [, other] = await connackOf(world, version, lasting(version, 'S'));
      t.is(other, '0000');
    }));

  test(`${v} QoS 2 is delivered onwards exactly once across a reconnect ${version === 4 ? ids('4.3.3-2') : ids('4.3.3-8', '4.3.3-10', '4.3.3-12')}`, (t) =>
    withBroker({}, async (world) => {
      const reader = await world.join(version, { clientId: 'reader' });
      reader.send(subscribe(version, 1, 'once', 0));
      await reader.takePacket();
      const first = await world.join(version, lasting(version, 's'));
      first.send(publish(version, 'once', '1', { qos: 2, id: 9 }));
      t.is(await first.takePacket(), '50020009');
      first.destroy();
      const second = await world.join(version, lasting(version, 's'));
      second.send(publish(version, 'once', '1', { qos: 2, id: 9, dup: true }));
      t.is(await second.takePacket(), '50020009');
      second.send('62020009');
      t.is(await second.takePacket(), '70020009');
      second.send(publish(version, 'once', '2', { qos: 2, id: 9 }));
      t.is(await second.takePacket(), '50020009');
      t.is(await reader.untilPong(), publish(version, 'once', '1') + publish(version, 'once', '2'));
    }));

  test(`${v} state handed to another broker goes on where it was`, async (t) => {
    const first = createTestBroker();
    const { port } = await first.listen();
    const client = await RawClient.open(port);
    client.send(connectOf(version, lasting(version, 's')) + subscribe(version, 1, '#', 2) + publish(version, 'in', 'x', { qos: 2, id: 7 }));
    await client.takePacket();
    await client.takePacket();
    await client.untilPong();
    first.publish({ topic: 'kept', payload: 'r', retain: true });
    const state = await first.close({ keepState: true, abrupt: true });
    t.true(client.ended || (await client.rest()) !== 'x');
    await withBroker({ state }, async (world) => {
      world.broker.publish({ topic: 'later', payload: 'y', qos: 1 });
      const [again, present] = await connackOf(world, version, lasting(version, 's'));
      t.is(present, '0100');
      // The QoS 2 publish came back to its own publisher's subscription, and is sent again.
      t.is(await again.untilPong(), publish(version, 'in', 'x', { qos: 2, id: 1, dup: true }) + publish(version, 'later', 'y', { qos: 1, id: 2 }));
      again.send(publish(version, 'in', 'x', { qos: 2, id: 7, dup: true }));
      t.is(await again.untilPong(), '50020007', 'a repeat, not handed on again');
      t.is(world.broker.stats.retainedMessages, 1);
    });
  });
}

test('5.0 a session ends when its expiry interval has passed, not before [MQTT-3.1.2-23] [MQTT-4.1.0-2]', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const client = await world.join(5, { clientId: 's', flags: 0, properties: '11' + long(10) });
    await client.end();
    clock.advance(9_999);
    t.not(world.broker.session('s'), undefined);
    clock.advance(1);
    t.is(world.broker.session('s'), undefined);
  });
});

test('5.0 a session without expiry interval ends with its connection [MQTT-3.1.2-23]', (t) =>
  withBroker({}, async (world) => {
    const client = await world.join(5, { clientId: 's', flags: 0 });
    await client.end();
    t.is(world.broker.session('s'), undefined);
  }));

test('5.0 DISCONNECT sets another session expiry', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const client = await world.join(5, { clientId: 's', flags: 0, properties: '11' + long(10) });
    client.send(packet(0xe0, '00', properties('11' + long(20))));
    await client.rest();
    clock.advance(19_999);
    t.is(world.broker.session('s')?.expirySeconds, 20);
    clock.advance(1);
    t.is(world.broker.session('s'), undefined);
  });
});

test('5.0 a session expiry above the limit is lowered, and CONNACK says so', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock, sessionExpiryMaxSeconds: 60 }, async (world) => {
    const client = await world.open();
    client.send(connectOf(5, { clientId: 's', properties: '11ffffffff' }));
    t.regex(await client.takePacket(), new RegExp('11' + long(60)));
    await client.end();
    clock.advance(60_000);
    t.is(world.broker.session('s'), undefined);
    const old = await world.join(4, { clientId: 'old', flags: 0 });
    await old.end();
    clock.advance(59_999);
    t.not(world.broker.session('old'), undefined);
    clock.advance(1);
    t.is(world.broker.session('old'), undefined);
  });
});

test('5.0 an expiry that never ends outlives any time', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const client = await world.join(5, { clientId: 's', properties: '11ffffffff' });
    await client.end();
    clock.advance(1e12);
    t.not(world.broker.session('s'), undefined);
  });
});

test('5.0 an empty Client Identifier is given one, and the session can be resumed under it [MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16]', (t) =>
  withBroker({}, async (world) => {
    const assigned: string[] = [];
    for (let i = 0; i < 3; i++) {
      const client = await world.open();
      client.send(connectOf(5, { clientId: '', flags: i === 0 ? 2 : 0, properties: '11' + long(100) }));
      const connack = Buffer.from(await client.takePacket(), 'hex');
      const at = connack.indexOf('auto-');
      assigned.push(connack.subarray(at, at + connack.readUInt16BE(at - 2)).toString());
      t.is(connack[at - 3], 0x12);
    }
    t.is(new Set(assigned).size, 3);
    t.deepEqual(world.broker.clients().map((client) => client.clientId), assigned);
    const [, present] = await connackOf(world, 5, { clientId: assigned[0], flags: 0 });
    t.is(present, '0100');
  }));

test('a session of one version is resumed in the other', (t) =>
  withBroker({}, async (world) => {
    const old = await world.join(4, { clientId: 's', flags: 0 });
    old.send(subscribe(4, 1, 'a', 1));
    await old.takePacket();
    await old.end();
    world.broker.publish({ topic: 'a', payload: 'x', qos: 1 });
    const [young, present] = await connackOf(world, 5, { clientId: 's', flags: 0 });
    t.is(present, '0100');
    t.is(await young.untilPong(), publish(5, 'a', 'x', { qos: 1, id: 1 }));
  }));

test('deleteSession forgets a connected client, its subscriptions and its queue', (t) =>
  withBroker({}, async (world) => {
    const client = await world.join(5, { clientId: 's', properties: '11' + long(100) });
    client.send(subscribe(5, 1, 'a', 1));
    await client.takePacket();
    t.true(world.broker.deleteSession('s'));
    t.is(await client.rest(), 'e00198');
    t.is(world.broker.session('s'), undefined);
    t.is(world.broker.stats.subscriptions, 0);
    t.false(world.broker.deleteSession('s'));
  }));
