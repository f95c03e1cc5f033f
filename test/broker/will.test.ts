/*
 * Wills: when they are published, when not, when later. MQTT 5.0, 3.1.2.5, 3.1.3.2 and 3.14.4; MQTT 3.1.1, 3.1.2.5.
 */
import test from 'ava';
import { ManualClock } from '../../src/broker/index.js';
import type { ConnectFields, Version, World } from './support.js';
import { binary, byte, connectOf, createTestBroker, hex, long, packet, properties, publish, RawClient, subscribe, text, withBroker } from './support.js';

/** A CONNECT with a will on topic `w`. */
function withWill(version: Version, fields: { clean?: boolean; qos?: number; retain?: boolean; will?: string; connect?: string; keepAlive?: number } = {}): ConnectFields {
  const { clean = true, qos = 0, retain = false, will = '', connect, keepAlive = 0 } = fields;
  const flags = 4 | (clean ? 2 : 0) | (qos << 3) | (retain ? 0x20 : 0);
  const rest = (version === 5 ? properties(will) : '') + text('w') + binary(hex('gone'));
  return { clientId: 'dying', flags, keepAlive, rest, ...(connect === undefined ? {} : { properties: connect }) };
}

async function reader(world: World, version: Version, options = 2): Promise<RawClient> {
  const client = await world.join(version, { clientId: 'reader' });
  client.send(subscribe(version, 1, 'w', options));
  await client.takePacket();
  return client;
}

for (const version of [4, 5] as const) {
  const v = version === 4 ? '3.1.1' : '5.0';

  for (const qos of [0, 1, 2]) {
    test(`${v} a will of QoS ${qos} is published when the link fails [MQTT-3.1.2-8] [MQTT-3.1.2-${version === 4 ? '16' : '14'}]`, (t) =>
      withBroker({}, async (world) => {
        const watching = await reader(world, version);
        const dying = await world.join(version, withWill(version, { qos }));
        dying.destroy();
        t.is(await watching.takePacket(), publish(version, 'w', 'gone', { qos, id: 1 }));
        t.is(world.broker.stats.retainedMessages, 0);
      }));
  }

  test(`${v} a retained will is retained [MQTT-3.1.2-${version === 4 ? '17' : '15'}]`, (t) =>
    withBroker({}, async (world) => {
      const dying = await world.join(version, withWill(version, { retain: true }));
      await dying.end();
      const late = await world.join(version, { clientId: 'late' });
      late.send(subscribe(version, 1, 'w', 0));
      await late.takePacket();
      t.is(await late.takePacket(), publish(version, 'w', 'gone', { retain: true }));
    }));

  test(`${v} DISCONNECT throws the will away [MQTT-3.14.4-3] [MQTT-3.1.2-10]`, (t) =>
    withBroker({}, async (world) => {
      const watching = await reader(world, version);
      const leaving = await world.join(version, withWill(version));
      leaving.send('e000');
      await leaving.rest();
      t.is(await watching.untilPong(), '');
    }));

  test(`${v} no will, nothing published [MQTT-3.1.2-${version === 4 ? '12' : '8'}]`, (t) =>
    withBroker({}, async (world) => {
      const all = await world.join(version, { clientId: 'reader' });
      all.send(subscribe(version, 1, '#', 0));
      await all.takePacket();
      const dying = await world.join(version, { clientId: 'dying' });
      await dying.end();
      t.is(await all.untilPong(), '');
    }));

  for (const [what, bad] of [['a protocol violation', 'f1'], ['a malformed packet', '36']] as const) {
    test(`${v} the will is published after ${what} [MQTT-3.1.2-8]`, (t) =>
      withBroker({}, async (world) => {
        const watching = await reader(world, version);
        const dying = await world.join(version, withWill(version));
        dying.send(bad + '00');
        await dying.rest();
        t.is(await watching.takePacket(), publish(version, 'w', 'gone'));
      }));
  }

  test(`${v} the will is published when the keep alive runs out [MQTT-3.1.2-${version === 4 ? '24' : '22'}]`, async (t) => {
    const clock = new ManualClock();
    await withBroker({ clock }, async (world) => {
      const watching = await reader(world, version);
      const dying = await world.join(version, withWill(version, { keepAlive: 10 }));
      clock.advance(14_999);
      t.is(await dying.untilPong(), '', 'still served, and seen again now');
      clock.advance(14_999);
      t.is(world.broker.stats.clientsConnected, 2);
      clock.advance(1);
      t.is(await dying.rest(), version === 5 ? 'e0018d' : '');
      t.is(await watching.takePacket(), publish(version, 'w', 'gone'));
    });
  });

  test(`${v} the will is published on take-over by a clean start`, (t) =>
    withBroker({}, async (world) => {
      const watching = await reader(world, version);
      await world.join(version, withWill(version));
      await world.join(version, { clientId: 'dying' });
      t.is(await watching.takePacket(), publish(version, 'w', 'gone'));
    }));

  test(`${v} a published will is not published again [MQTT-3.1.2-10]`, (t) =>
    withBroker({}, async (world) => {
      const watching = await reader(world, version);
      await (await world.join(version, withWill(version))).end();
      t.is(await watching.takePacket(), publish(version, 'w', 'gone'));
      await (await world.join(version, { clientId: 'dying' })).end();
      t.is(await watching.untilPong(), '');
    }));
}

const delayed = { clean: false, will: '18' + long(10), connect: '11' + long(100) };

test('5.0 a delayed will is stored with the session and waits for its delay [MQTT-3.1.2-7] [MQTT-3.1.2-8]', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const watching = await reader(world, 5);
    await (await world.join(5, withWill(5, delayed))).end();
    t.true(world.broker.session('dying')?.willPending);
    clock.advance(9_999);
    t.is(await watching.untilPong(), '');
    clock.advance(1);
    t.is(await watching.takePacket(), publish(5, 'w', 'gone'));
    t.false(world.broker.session('dying')?.willPending);
  });
});

test('5.0 coming back in time cancels a delayed will [MQTT-3.1.3-9]', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const watching = await reader(world, 5);
    await (await world.join(5, withWill(5, delayed))).end();
    clock.advance(9_000);
    await world.join(5, { clientId: 'dying', flags: 0, properties: '11' + long(100) });
    clock.advance(60_000);
    t.is(await watching.untilPong(), '');
  });
});

test('5.0 a take-over that resumes the session cancels a delayed will [MQTT-3.1.3-9]', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const watching = await reader(world, 5);
    await world.join(5, withWill(5, delayed));
    await world.join(5, { clientId: 'dying', flags: 0, properties: '11' + long(100) });
    clock.advance(60_000);
    t.is(await watching.untilPong(), '');
  });
});

test('5.0 the end of the session brings a delayed will forward [MQTT-3.1.2-8]', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const watching = await reader(world, 5);
    await (await world.join(5, withWill(5, { ...delayed, will: '18' + long(50), connect: '11' + long(5) }))).end();
    clock.advance(4_999);
    t.is(await watching.untilPong(), '');
    clock.advance(1);
    t.is(await watching.takePacket(), publish(5, 'w', 'gone'));
  });
});

test('5.0 a clean start ends the session and so brings a delayed will forward', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const watching = await reader(world, 5);
    await (await world.join(5, withWill(5, delayed))).end();
    await world.join(5, { clientId: 'dying' });
    t.is(await watching.takePacket(), publish(5, 'w', 'gone'));
  });
});

test('5.0 a delay without a session that outlives the connection is no delay', (t) =>
  withBroker({}, async (world) => {
    const watching = await reader(world, 5);
    await (await world.join(5, withWill(5, { will: '18' + long(50) }))).end();
    t.is(await watching.takePacket(), publish(5, 'w', 'gone'));
  }));

for (const code of [0x04, 0x80, 0x81, 0x98]) {
  test(`5.0 DISCONNECT with reason code 0x${byte(code)} publishes the will [MQTT-3.1.2-10] [MQTT-3.14.4-3]`, (t) =>
    withBroker({}, async (world) => {
      const watching = await reader(world, 5);
      const leaving = await world.join(5, withWill(5));
      leaving.send(packet(0xe0, byte(code)));
      await leaving.rest();
      t.is(await watching.takePacket(), publish(5, 'w', 'gone'));
    }));
}

test('5.0 properties of the will are published with it, user properties in their order [MQTT-3.1.3-10]', (t) =>
  withBroker({}, async (world) => {
    const watching = await reader(world, 5);
    const users = '26' + text('b') + text('1') + '26' + text('a') + text('2');
    const list = '0101' + '18' + long(0) + users + '03' + text('text/plain') + '02' + long(30) + '08' + text('r') + '09' + binary('00');
    await (await world.join(5, withWill(5, { will: list }))).end();
    const forwarded = '0101' + users + '03' + text('text/plain') + '08' + text('r') + '09' + binary('00') + '02' + long(30);
    t.is(await watching.takePacket(), publish(5, 'w', 'gone', { properties: forwarded }));
  }));

test('5.0 a will outlives a broker that hands its state over, and its delay goes on', async (t) => {
  const clock = new ManualClock();
  const first = createTestBroker({ clock });
  const { port } = await first.listen();
  const client = await RawClient.open(port);
  client.send(connectOf(5, withWill(5, delayed)));
  await client.takePacket();
  const state = await first.close({ keepState: true });
  await withBroker({ clock, state }, async (world) => {
    const watching = await reader(world, 5);
    clock.advance(9_999);
    t.is(await watching.untilPong(), '');
    clock.advance(1);
    t.is(await watching.takePacket(), publish(5, 'w', 'gone'));
  });
});
