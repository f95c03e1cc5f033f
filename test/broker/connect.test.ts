/*
 * Who is let in and how: hooks, enhanced authentication, refusals, time-outs, keep alive, announced values.
 * MQTT 5.0, 3.1.2.10, 3.1.4, 3.2, 4.12 and 4.13.
 */
import test from 'ava';
import type { AccessRequest, AuthenticationMethod, ConnectRequest } from '../../src/broker/index.js';
import { ManualClock, ReasonCode } from '../../src/broker/index.js';
import type { Version, World } from './support.js';
import { binary, byte, connect5, connectOf, hex, long, packet, properties, publish, type RawClient, subscribe, text, withBroker, word } from './support.js';
import { until } from '../until.js';

async function answerTo(world: World, version: Version, fields: Parameters<typeof connectOf>[1]): Promise<string> {
  const client = await world.open();
  client.send(connectOf(version, fields));
  return client.rest();
}

const credentials = { clientId: 'c', flags: 0xc2, rest: text('user') + binary(hex('secret')) };

for (const version of [4, 5] as const) {
  const v = version === 4 ? '3.1.1' : '5.0';
  for (const kind of ['at once', 'later'] as const) {
    test(`${v} the authenticate hook decides ${kind} [MQTT-3.1.4-2]`, async (t) => {
      const seen: ConnectRequest[] = [];
      const authenticate = (request: ConnectRequest): boolean | Promise<boolean> => {
        seen.push(request);
        const good = request.userName === 'user' && Buffer.from(request.password ?? []).toString() === 'secret';
        return kind === 'at once' ? good : new Promise((resolve) => setImmediate(() => resolve(good)));
      };
      await withBroker({ authenticate }, async (world) => {
        const client = await world.open();
        // What comes behind CONNECT waits for the decision.
        client.send(connectOf(version, credentials) + 'c000' + 'c000');
        t.regex(await client.takePacket(), /^20..0000/);
        t.is(await client.take(4), 'd000d000');
        t.is(await answerTo(world, version, { clientId: 'x' }), version === 5 ? '2003008600' : '20020004');
        t.is(seen[0].clientId, 'c');
        t.is(world.broker.clients()[0].userName, 'user');
        t.is(world.broker.stats.connectsRefused, 1);
      });
    });
  }

  test(`${v} a hook that fails lets nobody in`, (t) =>
    withBroker({ authenticate: () => Promise.reject(new Error('no data base')) }, async (world) => {
      t.is(await answerTo(world, version, credentials), version === 5 ? '2003008800' : '20020003');
    }));

  test(`${v} a hook that throws lets nobody in`, async (t) => {
    const authenticate = (): boolean => {
      throw new Error('no data base');
    };
    await withBroker({ authenticate }, async (world) => {
      t.is(await answerTo(world, version, credentials), version === 5 ? '2003008800' : '20020003');
    });
  });

  test(`${v} a client that leaves while a hook thinks leaves nothing behind`, async (t) => {
    let decide: (good: boolean) => void = () => undefined;
    let wasAsked: () => void = () => undefined;
    const question = new Promise<void>((resolve) => (wasAsked = resolve));
    const authenticate = (): Promise<boolean> => {
      wasAsked();
      return new Promise((resolve) => (decide = resolve));
    };
    await withBroker({ authenticate, connectTimeoutMs: 1000 }, async (world) => {
      const client = await world.open();
      client.send(connectOf(version, credentials));
      await question;
      await world.broker.close({ abrupt: true });
      decide(true);
      await new Promise((resolve) => setImmediate(resolve));
      t.is(world.broker.stats.clientsConnected, 0);
      t.is(world.broker.stats.sessions, 0);
    });
  });

  test(`${v} the authorize hook decides on publishing and subscribing${version === 4 ? ' [MQTT-3.3.5-2]' : ' [MQTT-4.3.3-9]'}`, async (t) => {
    const asked: AccessRequest[] = [];
    const authorize = (request: AccessRequest): boolean => {
      asked.push(request);
      return !request.topic.startsWith('secret');
    };
    await withBroker({ authorize }, async (world) => {
      const client = await world.join(version, { clientId: 'c' });
      client.send(subscribe(version, 1, 'secret/#', 1) + subscribe(version, 2, '$share/g/secret', 1) + subscribe(version, 3, '#', 0));
      const none = version === 5 ? '00' : '';
      const refused = version === 5 ? '87' : '80';
      t.is(await client.untilPong(), packet(0x90, '0001', none, refused) + packet(0x90, '0002', none, refused) + packet(0x90, '0003', none, '00'));
      const send = [0, 1, 2].map((qos) => publish(version, 'secret/x', 'x', { qos, id: 1 + qos })).join('');
      client.send(send + send);
      // A refused QoS 2 identifier is free at once in 5.0; in 3.1.1 the refusal is not to be seen.
      const answers = version === 5 ? '4003000287' + '5003000387' : '40020002' + '50020003';
      t.is(await client.untilPong(), answers + answers);
      t.deepEqual(asked[0], { action: 'subscribe', clientId: 'c', userName: undefined, topic: 'secret/#', qos: 1, retain: false });
      t.is(asked.filter((request) => request.action === 'publish').length, version === 5 ? 6 : 5);
    });
  });

  test(`${v} a will that may not be published is refused with its CONNECT`, (t) =>
    withBroker({ authorize: ({ topic }) => topic !== 'secret' }, async (world) => {
      const rest = (version === 5 ? '00' : '') + text('secret') + text('');
      t.is(await answerTo(world, version, { flags: 6, rest }), version === 5 ? '2003008700' : '20020005');
    }));

  test(`${v} no CONNECT in time is closed without an answer`, async (t) => {
    const clock = new ManualClock();
    await withBroker({ clock, connectTimeoutMs: 500 }, async (world) => {
      const client = await world.open();
      client.send(connectOf(version).slice(0, -2));
      await until(() => world.broker.stats.bytesIn > 0);
      clock.advance(499);
      t.is(world.broker.stats.connectionsOpen, 1);
      clock.advance(1);
      t.is(await client.rest(), '');
    });
  });

  test(`${v} the client's keep alive holds, to one and a half times; 0 means none [MQTT-3.1.2-${version === 4 ? '24' : '22'}]${version === 5 ? ' [MQTT-3.2.2-22]' : ''}`, async (t) => {
    const clock = new ManualClock();
    await withBroker({ clock }, async (world) => {
      const quiet = await world.join(version, { clientId: 'quiet', keepAlive: 4 });
      const free = await world.join(version, { clientId: 'free', keepAlive: 0 });
      for (let i = 0; i < 5; i++) {
        clock.advance(5_999);
        t.is(await quiet.untilPong(), '');
      }
      clock.advance(6_000);
      t.is(await quiet.rest(), version === 5 ? 'e0018d' : '');
      clock.advance(1e9);
      t.is(await free.untilPong(), '');
    });
  });

  test(`${v} bytes that make no packet do not keep a client alive`, async (t) => {
    const clock = new ManualClock();
    await withBroker({ clock }, async (world) => {
      const slow = await world.join(version, { keepAlive: 2 });
      clock.advance(2_000);
      const before = world.broker.stats.bytesIn;
      slow.send('30ff');
      await until(() => world.broker.stats.bytesIn !== before);
      clock.advance(1_000);
      t.is(await slow.rest(), version === 5 ? 'e0018d' : '');
    });
  });
}

const refusals: readonly [code: number, returnCode: number][] = [
  [0x80, -1], [0x81, -1], [0x82, -1], [0x83, -1], [0x84, 1], [0x85, 2], [0x86, 4], [0x87, 5], [0x88, 3], [0x89, 3], [0x8a, 5],
  [0x8c, -1], [0x90, -1], [0x95, -1], [0x97, -1], [0x99, -1], [0x9a, -1], [0x9b, -1], [0x9c, -1], [0x9d, -1], [0x9f, -1],
];
for (const [reasonCode, returnCode] of refusals) {
  test(`CONNECT refused with 0x${byte(reasonCode)} in both versions [MQTT-3.2.2-4] [MQTT-3.2.2-5] [MQTT-3.2.2-6] [MQTT-3.2.2-7] [MQTT-3.2.2-8]`, (t) =>
    withBroker({ refuseConnects: { reasonCode } }, async (world) => {
      t.is(await answerTo(world, 5, {}), `200300${byte(reasonCode)}00`);
      t.is(await answerTo(world, 4, {}), returnCode < 0 ? '' : `200200${byte(returnCode)}`);
      world.broker.refuseConnects = undefined;
      await world.join(5);
    }));
}

test('5.0 a refusal names another server and its reason, as far as the client\'s packet size allows [MQTT-3.2.2-19]', (t) =>
  withBroker({ refuseConnects: { reasonCode: ReasonCode.ServerMoved, serverReference: 'b:1883', reasonString: 'moved away' } }, async (world) => {
    const reference = '1c' + text('b:1883');
    t.is(await answerTo(world, 5, {}), packet(0x20, '009d', properties(reference, '1f' + text('moved away'))));
    t.is(await answerTo(world, 5, { properties: '27' + '00000014' }), packet(0x20, '009d', properties(reference)));
    t.is(await answerTo(world, 5, { properties: '27' + '00000004' }), '', 'not even the bare CONNACK fits');
  }));

test('5.0 disconnectClient says why and where to go instead, as far as the packet size allows [MQTT-3.14.2-3] [MQTT-3.14.2-1]', (t) =>
  withBroker({}, async (world) => {
    const serverReference = 'another.example:1883';
    const end = async (size: number): Promise<string> => {
      const client = await world.join(5, { clientId: 'c', properties: '27' + long(size) });
      t.true(world.broker.disconnectClient('c', { reasonCode: ReasonCode.UseAnotherServer, serverReference, reasonString: 'full' }));
      return client.rest();
    };
    const full = packet(0xe0, '9c', properties('1c' + text(serverReference), '1f' + text('full')));
    const named = packet(0xe0, '9c', properties('1c' + text(serverReference)));
    t.is(await end(full.length / 2), full);
    t.is(await end(full.length / 2 - 1), named);
    t.is(await end(named.length / 2), named);
    t.is(await end(named.length / 2 - 1), 'e0019c');
    t.false(world.broker.disconnectClient('c'));
    t.throws(() => world.broker.disconnectClient('c', { reasonCode: 0x04 }), { message: /reasonCode is 0x04/ });
  }));

test('5.0 Server Keep Alive stands in place of the client\'s', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock, serverKeepAliveSeconds: 10 }, async (world) => {
    const client = await world.open();
    client.send(connect5({ keepAlive: 0 }));
    t.regex(await client.takePacket(), new RegExp('13' + word(10)));
    clock.advance(15_000);
    t.is(await client.rest(), 'e0018d');
    const old = await world.join(4, { clientId: 'old' });
    clock.advance(1e6);
    t.is(await old.untilPong(), '', '3.1.1 cannot be told');
  });
});

test('5.0 Response Information for who asks [MQTT-3.1.2-28]', (t) =>
  withBroker({ responseInformation: (clientId) => `reply/${clientId}` }, async (world) => {
    for (const [list, given] of [['1901', true], ['1900', false], ['', false]] as const) {
      const client = await world.open();
      client.send(connect5({ properties: list }));
      t.is((await client.takePacket()).includes('1a' + text('reply/c')), given);
    }
  }));

// --- enhanced authentication ---

/** Accepts whoever answers each question with the same data again, twice. */
const echo: AuthenticationMethod = (request) => {
  let round = 0;
  return (data) => {
    round++;
    const given = Buffer.from(data ?? []).toString();
    if (round === 1) return { kind: 'continue', data: Buffer.from('one') };
    if (given !== (round === 2 ? 'one' : 'two')) return { kind: 'reject', reasonCode: ReasonCode.NotAuthorized };
    if (round === 2) return Promise.resolve({ kind: 'continue', data: Buffer.from('two') });
    return { kind: 'accept', data: Buffer.from('bye'), userName: `echo-${request.clientId}` };
  };
};
const options = { authenticationMethods: { echo } };
const method = '15' + text('echo');
const auth = (code: number, data?: string, name = 'echo'): string =>
  packet(0xf0, byte(code), properties('15' + text(name), data === undefined ? '' : '16' + text(data)));

async function throughEcho(world: World): Promise<RawClient> {
  const client = await world.open();
  client.send(connect5({ properties: method + '16' + text('hello') }));
  await client.takePacket();
  client.send(auth(0x18, 'one'));
  await client.takePacket();
  client.send(auth(0x18, 'two'));
  await client.takePacket();
  return client;
}

test('5.0 enhanced authentication, step by step [MQTT-4.12.0-2] [MQTT-4.12.0-5] [MQTT-3.2.0-1]', (t) =>
  withBroker(options, async (world) => {
    const client = await world.open();
    client.send(connect5({ properties: method + '16' + text('hello') }));
    t.is(await client.takePacket(), auth(0x18, 'one'));
    client.send(auth(0x18, 'one'));
    t.is(await client.takePacket(), auth(0x18, 'two'));
    client.send(auth(0x18, 'two'));
    const connack = await client.takePacket();
    t.true(connack.startsWith('20') && connack.endsWith(method + '16' + text('bye')), connack);
    t.is(world.broker.clients()[0].userName, 'echo-c');
    // Once more, connected.
    client.send(auth(0x19, 'hello') + publish(5, 'a', 'x', { qos: 1 }));
    t.is(await client.takePacket(), auth(0x18, 'one'));
    t.is(await client.takePacket(), '4003000110', 'other packets go on meanwhile');
    client.send(auth(0x18, 'one'));
    t.is(await client.takePacket(), auth(0x18, 'two'));
    client.send(auth(0x18, 'two'));
    t.is(await client.takePacket(), auth(0x00, 'bye'));
  }));

test('5.0 a wrong answer is refused with CONNACK [MQTT-4.12.0-4]', (t) =>
  withBroker(options, async (world) => {
    const client = await world.open();
    client.send(connect5({ properties: method }));
    t.is(await client.takePacket(), auth(0x18, 'one'));
    client.send(auth(0x18, 'no'));
    t.is(await client.rest(), '2003008700');
  }));

test('5.0 a wrong answer on re-authentication ends the connection [MQTT-4.12.1-2]', (t) =>
  withBroker(options, async (world) => {
    const client = await throughEcho(world);
    client.send(auth(0x19));
    await client.takePacket();
    client.send(auth(0x18, 'no'));
    t.is(await client.rest(), 'e00187');
  }));

const during: readonly [what: string, send: string, broken: string][] = [
  ['PINGREQ [MQTT-3.1.2-30]', 'c000', '3.1.2-30'],
  ['PUBLISH [MQTT-3.1.2-30]', publish(5, 'a', 'x'), '3.1.2-30'],
  ['SUBSCRIBE [MQTT-3.1.2-30]', subscribe(5, 1, 'a', 0), '3.1.2-30'],
  ['a second CONNECT [MQTT-3.1.0-2]', connect5(), '3.1.0-2'],
  ['AUTH with another method [MQTT-4.12.0-5]', auth(0x18, 'one', 'other'), '4.12.0-5'],
  ['AUTH that begins anew [MQTT-4.12.1-1]', auth(0x19, 'one'), '4.12.1-1'],
];
for (const [what, send, broken] of during) {
  test(`5.0 ${what} during authentication`, (t) =>
    withBroker(options, async (world) => {
      const client = await world.open();
      client.send(connect5({ properties: method }));
      await client.takePacket();
      client.send(send);
      // No DISCONNECT before CONNACK. [MQTT-3.14.0-1]
      t.is(await client.rest(), '2003008200');
      t.is(world.broker.violations.at(-1)?.statement, `MQTT-${broken}`);
    }));
}

test('5.0 DISCONNECT during authentication just ends it', (t) =>
  withBroker(options, async (world) => {
    const client = await world.open();
    client.send(connect5({ properties: method }));
    await client.takePacket();
    client.send('e000');
    t.is(await client.rest(), '');
    t.is(world.broker.stats.violations, 0);
  }));

const afterwards: readonly [what: string, send: string, broken: string][] = [
  ['AUTH that goes on with nothing [MQTT-4.12.0-3]', auth(0x18, 'one'), '4.12.0-3'],
  ['re-authentication with another method [MQTT-4.12.0-5]', auth(0x19, 'one', 'other'), '4.12.0-5'],
  ['re-authentication within re-authentication [MQTT-4.12.1-1]', auth(0x19) + auth(0x19), '4.12.1-1'],
];
for (const [what, send, broken] of afterwards) {
  test(`5.0 ${what}`, (t) =>
    withBroker(options, async (world) => {
      const client = await throughEcho(world);
      client.send(send);
      t.regex(await client.rest(), /e00182$/);
      t.is(world.broker.violations.at(-1)?.statement, `MQTT-${broken}`);
    }));
}

test('5.0 without a method in CONNECT no AUTH is sent and no method is in CONNACK [MQTT-4.12.0-6]', (t) =>
  withBroker(options, async (world) => {
    const client = await world.open();
    client.send(connect5());
    t.false((await client.takePacket()).includes(text('echo')));
  }));

test('5.0 authentication that takes too long is closed', async (t) => {
  const clock = new ManualClock();
  await withBroker({ ...options, clock }, async (world) => {
    const client = await world.open();
    client.send(connect5({ properties: method }));
    await client.takePacket();
    clock.advance(10_000);
    t.is(await client.rest(), '');
  });
});
