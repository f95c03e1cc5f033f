/*
 * What the broker's own packets never hold, and what it keeps while a client is connected: statements that no single wrong
 * byte of a client can show.
 */
import test from 'ava';
import { ManualClock } from '../../src/broker/index.js';
import { connect4, connect5, connectOf, publish, subscribe, withBroker } from './support.js';

const year = 365 * 86_400_000;

test('3.1.1 every packet of the server has the flags of its type [MQTT-2.2.2-1]', (t) =>
  withBroker({}, async (world) => {
    const client = await world.open();
    client.send(connect4());
    t.is(await client.takePacket(), '20020000');
    client.send(subscribe(4, 1, 'a', 2));
    t.is(await client.takePacket(), '9003000102');
    client.send(publish(4, 'a', 'x', { qos: 1, id: 2 }));
    t.deepEqual([await client.takePacket(), await client.takePacket()].sort(), [publish(4, 'a', 'x', { qos: 1, id: 1 }), '40020002'].sort());
    client.send('40020001' + publish(4, 'b', 'x', { qos: 2, id: 3 }));
    t.is(await client.takePacket(), '50020003');
    client.send('62020003');
    t.is(await client.takePacket(), '70020003');
    world.broker.publish({ topic: 'a', payload: 'y', qos: 2 });
    t.is(await client.takePacket(), publish(4, 'a', 'y', { qos: 2, id: 2 }));
    client.send('50020002');
    t.is(await client.takePacket(), '62020002');
    client.send('70020002' + 'a2050004000161');
    t.is(await client.takePacket(), 'b0020004');
    client.send('c000');
    t.is(await client.takePacket(), 'd000');
  }));

for (const version of [4, 5] as const) {
  const [name, statement] = version === 4 ? ['3.1.1', 'MQTT-4.1.0-2'] : ['5.0', 'MQTT-4.1.0-1'];
  test(`${name} a session without expiry lives as long as its connection, however long [${statement}]`, async (t) => {
    const clock = new ManualClock();
    await withBroker({ clock }, async (world) => {
      const client = await world.join(version);
      client.send(subscribe(version, 1, 'a', 0));
      await client.takePacket();
      clock.advance(year);
      client.send(publish(version, 'a', 'x'));
      t.is(await client.untilPong(), publish(version, 'a', 'x'));
      client.send('e000');
      await client.rest();
      t.is(world.broker.session('c'), undefined);
    });
  });
}

test('3.1.1 an error while CONNECT is handled closes that connection, and no other [MQTT-4.8.0-2]', (t) => {
  const authenticate = ({ clientId }: { clientId: string }): boolean => {
    if (clientId === 'unlucky') throw new Error('the user store does not answer');
    return true;
  };
  return withBroker({ authenticate }, async (world) => {
    const other = await world.join(4, { clientId: 'other' });
    const unlucky = await world.open();
    unlucky.send(connect4({ clientId: 'unlucky' }));
    t.is(await unlucky.rest(), '20020003');
    t.is(await other.untilPong(), '');
  });
});

/** CONNACK of the default options: Receive Maximum 1024, Maximum Packet Size 16 MiB, Topic Alias Maximum 256. */
const connack5 = '200e00000b' + '210400' + '2701000000' + '220100';

const lists: readonly [title: string, properties: string, statements: string][] = [
  [
    'Request Problem Information 0: no Reason String and no User Property where they are not allowed', '1700', '[MQTT-3.1.2-29]',
  ],
  [
    'the smallest Maximum Packet Size that CONNACK fits: no Reason String and no User Property makes an answer too large', '2700000010',
    '[MQTT-3.2.2-20] [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] '
      + '[MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.11.2-1] [MQTT-3.11.2-2] [MQTT-3.14.2-4]',
  ],
];
for (const [title, properties, statements] of lists) {
  test(`5.0 ${title} ${statements}`, (t) =>
    withBroker({ authorize: ({ topic }) => topic !== 'no' }, async (world) => {
      const client = await world.open();
      client.send(connect5({ properties }));
      t.is(await client.takePacket(), connack5);
      for (const [sent, answer] of [
        [publish(5, 'no', 'x', { qos: 1, id: 1 }), '4003000187'],
        [publish(5, 'no', 'x', { qos: 2, id: 2 }), '5003000287'],
        ['50020009', '6203000992'],
        ['62020009', '7003000992'],
        [subscribe(5, 3, 'no', 0), '9004000300' + '87'],
        ['a2060004000001' + '61', 'b004000400' + '11'],
      ]) {
        client.send(sent);
        t.is(await client.takePacket(), answer);
      }
      world.broker.disconnectClient('c', { reasonCode: 0x97, reasonString: 'too much for a packet of this size' });
      const text = Buffer.from('too much for a packet of this size').toString('hex');
      t.is(await client.rest(), properties === '1700' ? `e02797251f0022${text}` : 'e00197', 'a DISCONNECT may always say why');
    }));
}

test('5.0 AUTH holds method and data, no Reason String and no User Property, at any Maximum Packet Size [MQTT-3.15.2-2] [MQTT-3.15.2-3]', (t) => {
  const authenticationMethods = { m: () => () => ({ kind: 'continue', data: Uint8Array.of(7) }) as const };
  return withBroker({ authenticationMethods }, async (world) => {
    const client = await world.open();
    client.send(connect5({ properties: '1500016d' + '270000000c' }));
    t.is(await client.takePacket(), 'f00a' + '1808' + '1500016d' + '16000107');
  });
});

test('5.0 DISCONNECT of the server says why and where to, never a Session Expiry Interval [MQTT-3.14.2-2]', (t) =>
  withBroker({}, async (world) => {
    const client = await world.join(5, { properties: '1100000064' });
    world.broker.disconnectClient('c', { reasonCode: 0x9d, reasonString: 'r', serverReference: 's' });
    t.is(await client.rest(), 'e00a' + '9d08' + '1c000173' + '1f000172');
  }));

test('5.0 there is one CONNACK per connection, whatever comes [MQTT-3.2.0-2]', (t) =>
  withBroker({}, async (world) => {
    const client = await world.open();
    client.send(connect5() + connect5() + connect5());
    t.is(await client.rest(), connack5 + 'e00182');
  }));

for (const version of [4, 5] as const) {
  test(`${version === 4 ? '3.1.1' : '5.0'} a Client Identifier that the hook refuses is told so, then the end [MQTT-3.1.3-${version === 4 ? 9 : 8}]`, (t) =>
    withBroker({ authenticate: () => ({ reasonCode: 0x85 }) }, async (world) => {
      const client = await world.open();
      client.send(connectOf(version, { clientId: 'x y' }));
      t.is(await client.rest(), version === 4 ? '20020002' : '2003008500');
    }));
}
