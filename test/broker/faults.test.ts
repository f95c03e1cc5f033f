/*
 * What each fault of a plan does to a connection, byte by byte; which connections it is for; that faults compose.
 */
import test from 'ava';
import type { Broker, BrokerOptions, Fault, FaultPlan } from '../../src/broker/index.js';
import { ManualClock } from '../../src/broker/index.js';
import type { ConnectFields, Version } from './support.js';
import { connect4, connectOf, createTestBroker, eventually, publish, RawClient, subscribe, withBroker as withWorld } from './support.js';
import { until } from '../until.js';

interface Opened {
  readonly broker: Broker;
  readonly open: () => Promise<RawClient>;
  readonly join: (version: Version, fields?: ConnectFields) => Promise<RawClient>;
}

/** A broker of its own, its parts to be taken apart. */
function withBroker(options: BrokerOptions, run: (opened: Opened) => Promise<void>): Promise<void> {
  return withWorld(options, (world) =>
    run({ broker: world.broker, open: () => world.open(), join: (version, fields) => world.join(version, fields) }));
}

const forAll = (...faults: Fault[]): FaultPlan => ({ rules: [{ faults }] });
const connectLength = connect4().length / 2;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('delay: nothing comes before its time, order is kept, and the close waits too', async (t) => {
  const clock = new ManualClock();
  const faults = forAll({ fault: 'delay', ms: 100, direction: 'in' });
  await withBroker({ clock, faults }, async ({ broker, open }) => {
    const client = await open();
    client.send(connect4() + publish(4, 'a', 'x') + 'e000');
    await until(() => broker.stats.bytesIn === 0 && broker.stats.connectionsOpen === 1);
    for (let n = 0; n < 20; n++) await tick();
    clock.advance(99);
    t.is(broker.stats.bytesIn, 0);
    await until(() => {
      clock.advance(1);
      return broker.stats.messagesIn === 1;
    });
    t.is(await client.rest(), '20020000');
  });
});

test('delay with jitter is decided by the seed', async (t) => {
  const times = async (seed: number): Promise<number[]> => {
    const clock = new ManualClock();
    const found: number[] = [];
    await withBroker({ clock, faults: { seed, ...forAll({ fault: 'delay', ms: 10, jitterMs: 1000, direction: 'out' }) } }, async ({ open }) => {
      const client = await open();
      client.send(connect4());
      for (let n = 0; n < 3; n++) {
        const before = clock.nowMs();
        if (n > 0) client.send('c000');
        let taken = false;
        const answer = client.takePacket().then(() => (taken = true));
        for (let idle = 0; !taken; ) {
          await tick();
          if (++idle > 3) clock.advance(1);
        }
        await answer;
        found.push(clock.nowMs() - before);
      }
    });
    return found;
  };
  const [first, other] = [await times(1), await times(2)];
  t.true(first.every((ms) => ms >= 10));
  t.notDeepEqual(first, other);
});

test('bandwidth: so many bytes per second and no more', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock, faults: forAll({ fault: 'bandwidth', bytesPerSecond: 100, direction: 'in' }) }, async ({ broker, open }) => {
    const client = await open();
    client.send(connect4() + publish(4, 'a', 'x'.repeat(400)));
    // Their time begins when they have come.
    await until(() => {
      clock.advance(1);
      return broker.stats.bytesIn > 0;
    });
    const first = broker.stats.bytesIn;
    t.true(first < 10, `${first} at once`);
    clock.advance(1000);
    t.is(broker.stats.bytesIn, first + 100);
    clock.advance(2000);
    t.is(broker.stats.bytesIn, first + 300);
    clock.advance(10_000);
    t.is(broker.stats.messagesIn, 1);
  });
});

test('split: the broker reads at every split of the stream', async (t) => {
  const bytes = connect4() + subscribe(4, 1, 'a', 1) + publish(4, 'a', 'x');
  for (let at = 1; at < bytes.length / 2; at++) {
    await withBroker({ faults: forAll({ fault: 'split', at: [at], gapMs: 0 }) }, async ({ open }) => {
      const client = await open();
      client.send(bytes);
      t.is(await client.untilPong(), '20020000' + '9003000101' + publish(4, 'a', 'x'), `split at ${at}`);
    });
  }
});

test('split: pieces of one byte, in both directions', (t) =>
  withBroker({ faults: forAll({ fault: 'split', size: 1 }) }, async ({ open }) => {
    const client = await open();
    client.send(connect4() + subscribe(4, 1, 'a', 1) + publish(4, 'a', 'xyz'));
    t.is(await client.untilPong(), '20020000' + '9003000101' + publish(4, 'a', 'xyz'));
  }));

test('cut after byte n to the client: it gets n bytes and the end, at every n', async (t) => {
  const expected = '20020000' + 'd000' + 'd000';
  for (let after = 0; after < 8; after++) {
    await withBroker({ faults: forAll({ fault: 'cut', direction: 'out', after }) }, async ({ broker, open }) => {
      const client = await open();
      client.send(connect4() + 'c000c000');
      t.is(await client.rest(), expected.slice(0, after * 2), `after ${after}`);
      await until(() => broker.stats.connectionsOpen === 0);
    });
  }
});

test('cut after byte n from the client: the broker has acted on n bytes, its answer is lost', async (t) => {
  const bytes = connect4() + publish(4, 'a', 'x', { qos: 1 });
  for (const after of [0, 1, connectLength, bytes.length / 2 - 1, bytes.length / 2]) {
    await withBroker({ faults: forAll({ fault: 'cut', after }) }, async ({ broker, open }) => {
      const client = await open();
      client.send(bytes);
      t.is(await client.rest(), '', `after ${after}`);
      await until(() => broker.stats.connectionsOpen === 0);
      t.is(broker.stats.bytesIn, after);
      t.is(broker.stats.messagesIn, after === bytes.length / 2 ? 1 : 0);
    });
  }
});

const losing = connect4({ clientId: 'lost', flags: 6, rest: '000477696c6c' + '000478787878' });

test('half-open: the broker publishes the will, the client hears nothing and may go on sending', (t) =>
  withBroker({ faults: { rules: [{ client: 'lost', faults: [{ fault: 'half-open', after: losing.length / 2 + 4 }] }] } }, async ({ broker, open, join }) => {
    const reader = await join(4, { clientId: 'reader' });
    reader.send(subscribe(4, 1, 'will', 0));
    await reader.takePacket();
    const lost = await open();
    lost.send(losing);
    await lost.takePacket();
    lost.send('c000c000c000c000c000c000c000c000c000');
    t.is(await reader.takePacket(), publish(4, 'will', 'xxxx'));
    t.false(lost.ended);
    t.is(broker.stats.clientsConnected, 1);
    lost.send(publish(4, 'a', 'x'));
    await reader.untilPong();
    t.is(broker.stats.messagesIn, 0);
    t.false(lost.ended);
  }));

test('stall: nothing passes for its time, then everything does', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock, faults: forAll({ fault: 'stall', after: connectLength, ms: 5000 }) }, async ({ broker, open }) => {
    const client = await open();
    client.send(connect4() + publish(4, 'a', 'x'));
    await client.takePacket();
    for (let n = 0; n < 20; n++) await tick();
    clock.advance(4999);
    t.is(broker.stats.messagesIn, 0);
    clock.advance(1);
    t.is(broker.stats.messagesIn, 1);
  });
});

test('stall for ever: keep alive finds it, and the broker is rid of the connection', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock, faults: forAll({ fault: 'stall', after: connectLength }) }, async ({ broker, open }) => {
    const client = await open();
    client.send(connect4({ keepAlive: 10 }) + 'c000');
    await client.takePacket();
    clock.advance(15_000);
    t.is(broker.stats.clientsConnected, 0);
    clock.advance(1000);
    t.is(await client.rest(), '');
    await until(() => broker.stats.connectionsOpen === 0);
  });
});

test('corrupt: exactly one byte arrives changed, the same one for the same seed', async (t) => {
  const answers: string[] = [];
  for (let round = 0; round < 2; round++) {
    await withBroker({ faults: { seed: 5, ...forAll({ fault: 'corrupt', byte: 6, direction: 'out' }, { fault: 'corrupt', byte: 4, xor: 1, direction: 'out' }) } }, async ({ open }) => {
      const client = await open();
      client.send(connect4() + 'c000');
      answers.push(await client.take(6));
    });
  }
  t.regex(answers[0], /^20020001d0(?!00)..$/);
  t.is(answers[0], answers[1]);
});

test('corrupt: subscribers of the same message get it whole', (t) =>
  withBroker({ faults: { rules: [{ client: 'bad', faults: [{ fault: 'corrupt', byte: 4 + 5 + 6, xor: 0x20, direction: 'out' }] }] } }, async ({ join }) => {
    const [bad, good] = [await join(4, { clientId: 'bad' }), await join(4, { clientId: 'good' })];
    for (const client of [bad, good]) {
      client.send(subscribe(4, 1, 'a', 0));
      await client.takePacket();
    }
    good.send(publish(4, 'a', 'x'));
    t.is(await good.takePacket(), publish(4, 'a', 'x'));
    t.is(await bad.takePacket(), publish(4, 'a', 'X'));
  }));

test('drop-ack: the nth PUBACK is lost, the others are not', (t) =>
  withBroker({ faults: forAll({ fault: 'drop-ack', type: 'PUBACK', nth: [1, 3] }) }, async ({ join }) => {
    const client = await join(4);
    for (let id = 1; id <= 4; id++) client.send(publish(4, 'a', 'x', { qos: 1, id }));
    t.is(await client.untilPong(), '40020002' + '40020004');
  }));

test('duplicate-ack: PUBREC and PUBCOMP come twice', (t) =>
  withBroker({ faults: forAll({ fault: 'duplicate-ack' }) }, async ({ join }) => {
    const client = await join(4);
    client.send(publish(4, 'a', 'x', { qos: 2, id: 7 }));
    t.is(await client.take(8), '50020007'.repeat(2));
    client.send('62020007');
    t.is(await client.take(8), '70020007'.repeat(2));
  }));

test('drop-ack of the client: the broker sends again on the next connection', (t) =>
  withBroker({ faults: { rules: [{ client: 'r', attempt: 1, faults: [{ fault: 'drop-ack', type: 'PUBACK', direction: 'in' }] }] } }, async ({ broker, join }) => {
    const first = await join(4, { clientId: 'r', flags: 0 });
    first.send(subscribe(4, 1, 'a', 1));
    await first.takePacket();
    broker.publish({ topic: 'a', payload: 'x', qos: 1 });
    t.is(await first.takePacket(), publish(4, 'a', 'x', { qos: 1, id: 1 }));
    first.send('40020001');
    await first.untilPong();
    t.is(broker.session('r')?.inflightMessages, 1);
    const second = await join(4, { clientId: 'r', flags: 0 });
    t.is(await second.takePacket(), publish(4, 'a', 'x', { qos: 1, id: 1, dup: true }));
    second.send('40020001');
    await second.untilPong();
    t.is(broker.session('r')?.inflightMessages, 0);
  }));

test('faults compose: a lost acknowledgement is found in a stream split into single bytes', (t) =>
  withBroker({ faults: forAll({ fault: 'drop-ack', type: 'PUBACK', nth: 1 }, { fault: 'split', size: 1 }, { fault: 'delay', ms: 1 }) }, async ({ open }) => {
    const client = await open();
    client.send(connect4() + publish(4, 'a', 'x', { qos: 1, id: 1 }) + publish(4, 'a', 'x', { qos: 1, id: 2 }));
    t.is(await client.untilPong(), '20020000' + '40020002');
  }));

for (const version of [4, 5] as const) {
  test(`refuse: CONNACK with the code, once, ${version === 4 ? '3.1.1' : '5.0'}`, (t) =>
    withBroker({ faults: { rules: [{ client: 'c', attempt: 1, faults: [{ fault: 'refuse', reasonCode: '0x87' }] }] } }, async ({ broker, open, join }) => {
      const client = await open();
      client.send(connectOf(version));
      t.is(await client.rest(), version === 4 ? '20020005' : '2003008700');
      t.is(broker.stats.connectsRefused, 1);
      await join(version);
    }));
}

for (const keepState of [true, false]) {
  test(`restart now: everybody is cut, nobody gets in while it is down, state ${keepState ? 'kept' : 'lost'}`, async (t) => {
    const clock = new ManualClock();
    const faults: FaultPlan = {
      rules: [{ client: 'trigger', faults: [{ fault: 'restart', after: connect4({ clientId: 'trigger' }).length / 2 + 2, keepState, downMs: 500 }] }],
    };
    await withBroker({ clock, faults }, async ({ broker, open, join }) => {
      broker.publish({ topic: 'kept', payload: 'x', retain: true });
      const lasting = await join(4, { clientId: 'lasting', flags: 0 });
      lasting.send(subscribe(4, 1, 'a', 1));
      await lasting.takePacket();
      const trigger = await join(4, { clientId: 'trigger' });
      trigger.send('c000');
      t.is(await lasting.rest(), '');
      await trigger.rest();
      const early = await open();
      early.send(connect4());
      t.is(await early.rest(), '');
      clock.advance(500);
      const back = await open();
      back.send(connect4({ clientId: 'lasting', flags: 0 }));
      t.is(await back.takePacket(), keepState ? '20020100' : '20020000');
      t.is(broker.stats.retainedMessages, keepState ? 1 : 0);
      t.is(broker.stats.subscriptions, keepState ? 1 : 0);
      t.is(broker.session('trigger'), undefined);
    });
  });
}

test('the embedder restarts too; the will of a session that survives is published by the broker that comes back', (t) =>
  withBroker({}, async ({ broker, join, open }) => {
    const reader = await join(4, { clientId: 'reader', flags: 0 });
    reader.send(subscribe(4, 1, 'will', 1));
    await reader.takePacket();
    const dying = await open();
    dying.send(connect4({ clientId: 'dying', flags: 6 | 8, rest: '000477696c6c' + '000178' }));
    await dying.takePacket();
    broker.restart();
    await dying.rest();
    t.is(broker.session('reader')?.queuedMessages, 1);
    t.throws(() => broker.restart({ downMs: -1 }), { message: /downMs is -1/ });
  }));

test('who has no CONNECT is no client, and is judged as ever', (t) =>
  withBroker({ faults: { rules: [{ client: '*', faults: [{ fault: 'cut' }] }] } }, async ({ broker, open }) => {
    for (const bytes of ['c000', '10ffffffffff', '100f00064d5149736470', '30']) {
      const client = await open();
      client.send(bytes);
      if (bytes.endsWith('4d5149736470') || bytes === '30') await client.end();
      else await client.rest();
    }
    t.true(broker.stats.violations >= 2);
    await until(() => broker.stats.connectionsOpen === 0);
  }));

test('closing ends what faults hold: delayed, stalled and half-open links', async (t) => {
  const broker = createTestBroker({ faults: { rules: [
    { client: 'delayed', faults: [{ fault: 'delay', ms: 3_600_000, direction: 'in' }] },
    { client: 'stalled', faults: [{ fault: 'stall', after: 20 }, { fault: 'stall', direction: 'out', after: 4 }] },
    { client: 'half', faults: [{ fault: 'half-open', after: 20 }] },
    { client: 'gone', faults: [{ fault: 'delay', ms: 3_600_000 }] },
  ] } });
  const { port } = await broker.listen();
  const clients = [];
  for (const clientId of ['delayed', 'stalled', 'half', 'gone', 'free']) {
    const client = await RawClient.open(port);
    clients.push(client);
    client.send(connect4({ clientId }) + 'c000'.repeat(5));
    if (clientId === 'gone') client.destroy();
  }
  await eventually(broker, 'clientConnected', () => broker.clients().some(({ clientId }) => clientId === 'free'));
  await broker.close();
  for (const client of clients) await client.rest();
  t.is(broker.stats.connectionsOpen, 0);
});
