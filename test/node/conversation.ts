/**
 * What a client and a server say to each other in every test of interoperation: the same against the reference broker and
 * against Mosquitto, over every link, in both versions.
 */
import type { ExecutionContext } from 'ava';
import { type ClientOptions, type MidgeClient, type Qos, Status } from '../../targets/node/index.js';
import { makeClient } from './support.js';
import { until } from '../until.js';

interface Seen {
  topic: string;
  text: string;
  qos: number;
  retain: boolean;
}

/** Collects what a client receives. */
export function collect(client: MidgeClient): Seen[] {
  const seen: Seen[] = [];
  client.on('message', (topic, payload, packet) => {
    seen.push({ topic, text: payload.toString(), qos: packet.qos, retain: packet.retain });
  });
  return seen;
}

/** Publishes at each QoS to itself, with long and short payloads, retained and not, and unsubscribes. [MQTT-4.3.1-1] [MQTT-4.3.2-1] [MQTT-4.3.3-1] */
export async function talksAtEveryQos(t: ExecutionContext, options: ClientOptions, prefix: string): Promise<void> {
  const client = makeClient(t, options);
  const seen = collect(client);
  const handled: string[] = [];
  const result = await client.connect();
  t.false(result.sessionPresent);
  t.true(client.isConnected);
  t.deepEqual(await client.subscribe(`${prefix}/+/é`, { qos: 2 }, (message) => handled.push(message.topic)), { reason: 2 });
  const long = 'x'.repeat(5000);
  for (const qos of [0, 1, 2] as const) {
    for (const text of ['', 'short', long]) {
      const published = await client.publish(`${prefix}/${qos}/é`, text, { qos });
      t.is(published.handle > 0, qos > 0);
      t.is(published.reason, 0);
    }
  }
  await until(() => seen.length === 9);
  for (const qos of [0, 1, 2]) {
    const own = seen.filter((message) => message.topic === `${prefix}/${qos}/é`);
    t.deepEqual(own, ['', 'short', long].map((text) => ({ topic: `${prefix}/${qos}/é`, text, qos, retain: false })));
  }
  t.is(handled.length, 9);
  t.is((await client.unsubscribe(`${prefix}/+/é`)).reason, 0);
  await client.publish(`${prefix}/1/é`, 'nobody', { qos: 1, retain: true });
  t.is(seen.length, 9);
  await client.subscribe(`${prefix}/#`);
  await until(() => seen.length === 10);
  t.deepEqual(seen[9], { topic: `${prefix}/1/é`, text: 'nobody', qos: 0, retain: true });
  await client.publish(`${prefix}/1/é`, '', { qos: 1, retain: true });
  await client.end();
  t.false(client.isConnected);
}

/** A payload larger than every buffer, there and back in parts. */
export async function streams(t: ExecutionContext, options: ClientOptions, topic: string): Promise<void> {
  const client = makeClient(t, { ...options, buffers: { receiveBytes: 512, outboxBytes: 512 } });
  await client.connect();
  await client.subscribe(topic, { qos: 2 });
  const total = 200_000;
  const payload = Buffer.alloc(total);
  for (let at = 0; at < total; at++) payload[at] = (at * 7 + (at >>> 8)) & 255;
  for (const qos of [0, 1, 2] as Qos[]) {
    const got = Buffer.alloc(total);
    let count = 0;
    client.handlers.chunk = (message): void => {
      t.is(message.total, total);
      t.is(message.offset, count);
      got.set(message.payload, message.offset);
      count += message.payload.length;
    };
    const result = await client.publishStream(topic, total, (offset, most) => payload.subarray(offset, offset + Math.min(most, 7001)), { qos });
    t.is(result.handle > 0, qos > 0);
    await until(() => count === total);
    t.true(got.equals(payload));
  }
  await client.end();
}

/**
 * A session outlives the connection: what is published meanwhile arrives, and publishes that had not been acknowledged are.
 * `cut` breaks the connection of the client with this identifier. [MQTT-4.4.0-1]
 */
export async function resumes(
  t: ExecutionContext, options: ClientOptions, clientId: string, cut: (client: MidgeClient) => Promise<void> | void,
): Promise<void> {
  const expiry = options.protocolVersion === 5 ? { sessionExpiryS: 600 } : {};
  const client = makeClient(t, { ...options, ...expiry, clientId, cleanStart: false });
  const seen = collect(client);
  const topic = `resume/${clientId}`;
  await client.connect();
  await client.subscribe(topic, { qos: 2 });
  const lost = new Promise((resolve) => client.once('disconnect', resolve));
  const results = Promise.all(Array.from({ length: 50 }, (_, n) => client.publish(topic, `${n}`, { qos: n % 2 === 0 ? 2 : 1 })));
  await cut(client);
  await lost;
  t.is((await results).length, 50);
  await until(() => new Set(seen.map((message) => message.text)).size === 50);
  // QoS 2 exactly once, QoS 1 at least once. [MQTT-4.3.3-1]
  const twice = seen.filter((message) => Number(message.text) % 2 === 0);
  t.is(twice.length, 25);
  t.true(client.stats.connects >= 2);
  await client.end();
  t.is(client.stats.dropped, 0);
}

/** What a server refuses is said in words. */
export async function refusesTopic(t: ExecutionContext, options: ClientOptions): Promise<void> {
  const client = makeClient(t, options);
  await client.connect();
  const bad = await t.throwsAsync(client.publish('a/+', 'x'));
  t.regex(bad.message, /^the message to 'a\/\+' was refused: the topic is empty, is not valid text, holds a wildcard/);
  const filter = await t.throwsAsync(client.subscribe('a/#/b'));
  t.regex(filter.message, /^the subscription to 'a\/#\/b' was refused: the topic filter/);
  t.is(client.publishNow('', Buffer.alloc(1)), Status.BadTopic);
  await client.end();
}
