/** A client over a stream of the application, held by its application, that answers later and over a lost link. */
import type { Duplex } from 'node:stream';
import test from 'ava';
import { createBroker, streamPair } from '../../src/broker/index.js';
import { Publish, Status } from '../../targets/node/index.js';
import { makeClient, rejection, startBroker, urlOf } from './support.js';
import { until } from '../until.js';

test('a stream in place of an address: connects, carries large messages both ways, and comes back after a cut', async (t) => {
  const broker = createBroker();
  t.teardown(() => broker.close());
  const ends: Duplex[] = [];
  const client = makeClient(t, { clientId: 'inside', cleanStart: false, sessionExpiryS: 100, stream: () => {
    const [ours, theirs] = streamPair();
    ends.push(ours);
    broker.attach(theirs);
    return ours;
  }, buffers: { receiveBytes: 300_000, outboxBytes: 300_000 } });
  await client.connect();
  const received: Buffer[] = [];
  await client.subscribe('a/#', { qos: 1 }, ({ payload }) => void received.push(Buffer.from(payload)));
  const large = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n & 255));
  await client.publish('a/b', large, { qos: 1 });
  await until(() => received.length === 1);
  t.true(received[0].equals(large));
  ends[0].destroy();
  await until(() => client.stats.connects === 2);
  t.is(ends.length, 2);
  await client.publish('a/b', 'again', { qos: 2 });
  // The first may have come again.
  await until(() => received.at(-1)?.toString() === 'again');
  t.is(broker.clients()[0].transport, 'internal');
  t.deepEqual(broker.violations, []);
});

test('a stream that cannot be made is a link that failed, and an address beside it is refused', async (t) => {
  const client = makeClient(t, { reconnect: false, stream: () => { throw new Error('no such tunnel'); } });
  const error = await rejection(t, client.connect());
  t.is(error.status, Status.LinkFailed);
  t.regex(error.message, /^the stream could not be reached: no such tunnel/);
  t.throws(() => makeClient(t, { host: 'x', stream: () => streamPair()[0] }), { message: /host is 'x'; allowed: nothing beside stream/ });
  t.throws(() => makeClient(t, { stream: 5 as never }), { message: /stream is 5; allowed: a function/ });
});

for (const transport of ['tcp', 'ws'] as const) {
  test(`${transport}: a held client is told nothing, the server has to wait, and everything comes in order after`, async (t) => {
    const { broker, port } = await startBroker(t, { outputBytesMax: 100_000 }, { transport });
    const client = makeClient(t, { url: urlOf(transport, port), clientId: 'held', buffers: { receiveBytes: 16_384, linkReadBytes: 4096 }, receiveMaximum: 60_000 });
    await client.connect();
    const received: string[] = [];
    await client.subscribe('#', { qos: 1 }, ({ payload }) => {
      received.push(payload.toString('utf8', 0, 8).trim());
      if (received.length === 1) client.pause();
    });
    for (let n = 0; n < 1000; n++) broker.publish({ topic: 'a', payload: String(n).padEnd(8000), qos: 1 });
    await until(() => received.length > 0);
    for (let ticks = 0; ticks < 50; ticks++) await new Promise((resolve) => setTimeout(resolve, 2));
    t.deepEqual(received, ['0']);
    t.true(broker.session('held')!.queuedMessages > 0, 'the rest waits at the server');
    t.true(client.isConnected);
    client.resume();
    await until(() => received.length === 1000);
    t.deepEqual(received, Array.from({ length: 1000 }, (_, n) => String(n)));
  });
}

test('a held client learns of a lost link, and sends and answers all the same', async (t) => {
  const { broker, port } = await startBroker(t);
  const client = makeClient(t, { url: urlOf('tcp', port), clientId: 'held', acknowledge: 'by-application', cleanStart: false, sessionExpiryS: 100 });
  await client.connect();
  const answers: (() => boolean)[] = [];
  await client.subscribe('a', { qos: 1 }, (message) => {
    answers.push(message.acknowledger());
    client.pause();
  });
  broker.publish({ topic: 'a', payload: 'x', qos: 1 });
  await until(() => answers.length === 1);
  t.is(broker.session('held')!.inflightMessages, 1);
  t.true(answers[0]());
  await until(() => broker.session('held')!.inflightMessages === 0);
  t.true(client.publishNow('b', Buffer.from('y'), Publish.Qos1, { expiryS: 10, properties: { contentType: 'text/plain' } }) > 0);
  broker.dropClient('held');
  await until(() => !client.isConnected);
  client.resume();
  await until(() => client.isConnected && client.stats.published === 1);
});

for (const protocolVersion of [4, 5] as const) {
  test(`version ${protocolVersion}: the answer to a QoS 2 message counts on the next link of the session, the message comes once`, async (t) => {
    const { broker, port } = await startBroker(t);
    const client = makeClient(t, {
      url: urlOf('tcp', port), protocolVersion, clientId: 'late', acknowledge: 'by-application', cleanStart: false, ...(protocolVersion === 5 ? { sessionExpiryS: 100 } : {}),
    });
    await client.connect();
    const answers: (() => boolean)[] = [];
    await client.subscribe('#', { qos: 2 }, (message) => void answers.push(message.acknowledger()));
    broker.publish({ topic: 'a', payload: 'x', qos: 2 });
    broker.publish({ topic: 'a', payload: 'y', qos: 1 });
    await until(() => answers.length === 2);
    broker.dropClient('late');
    await until(() => answers.length === 3);
    t.true(answers[0](), 'QoS 2: of the session');
    t.false(answers[1](), 'QoS 1: of the lost link');
    t.true(answers[2]());
    await until(() => broker.session('late')!.inflightMessages === 0);
    t.is(answers.length, 3);
    t.deepEqual(broker.violations, []);
  });
}
