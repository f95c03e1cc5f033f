/** Names, retained messages, properties, loops, limits and states of a bridge, against a second reference broker. */
import test from 'ava';
import { Bridges, viaName } from '../../src/bridge/index.js';
import { bridge, connected, reader, Site, writer } from './support.js';
import { until } from '../until.js';

const subscribed = (site: Site, clientId: string, filter: string): Promise<void> =>
  until(() => site.broker.session(clientId)?.subscriptions.includes(filter) === true);

test('prefixes in both directions', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t)];
  const made = bridge(t, here, there, { topics: [
    { filter: 'sensors/#', direction: 'out', remotePrefix: 'site1/' }, { filter: '#', direction: 'in', localPrefix: 'cloud/', remotePrefix: 'to/site1/' },
  ] });
  const [above, below] = [await reader(t, there.url, 'site1/#'), await reader(t, here.url, 'cloud/#')];
  await connected(made);
  await subscribed(here, '$bridge-test-out', 'sensors/#');
  await subscribed(there, 'bridge-in', 'to/site1/#');
  await (await writer(t, here.url)).publish('sensors/t', '1', { qos: 1 });
  await (await writer(t, there.url)).publish('to/site1/do/it', '2', { qos: 1 });
  await until(() => above.received.length > 0 && below.received.length > 0);
  t.is(above.received[0].topic, 'site1/sensors/t');
  t.is(below.received[0].topic, 'cloud/do/it');
});

test('retained messages cross as retained, those from before the bridge too, and not where a line says so', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t)];
  const source = await writer(t, here.url);
  await source.publish('a/old', '1', { qos: 1, retain: true });
  const made = bridge(t, here, there, { topics: [{ filter: 'a/#', direction: 'out' }, { filter: 'b/#', direction: 'out', retain: false }] });
  await connected(made);
  await subscribed(here, '$bridge-test-out', 'b/#');
  await source.publish('a/new', '2', { qos: 1, retain: true });
  await source.publish('a/plain', '3', { qos: 1 });
  await source.publish('b/new', '4', { qos: 1, retain: true });
  await until(() => made.stats.out.messages === 4);
  const late = await reader(t, there.url, '#');
  await until(() => late.received.length >= 2);
  t.deepEqual(late.received.map(({ topic, retain }) => `${topic} ${retain}`).sort(), ['a/new true', 'a/old true']);
});

test('properties cross: the response topic under the name that comes back, what is left of the expiry', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t)];
  const made = bridge(t, here, there, { topics: [
    { filter: 'ask/#', direction: 'out', remotePrefix: 'site1/' }, { filter: 'answer/#', direction: 'in', remotePrefix: 'site1/' },
  ] });
  const above = await reader(t, there.url, '#');
  await connected(made);
  await subscribed(here, '$bridge-test-out', 'ask/#');
  const source = await writer(t, here.url);
  const properties = {
    payloadFormatIndicator: true, contentType: 'text/plain', responseTopic: 'answer/me', correlationData: Buffer.from([1, 2]),
    userProperties: [['k', 'v'], ['k', 'w']] as [string, string][],
  };
  await source.publish('ask/x', 'y', { qos: 1, properties, expiryS: 100 });
  await source.publish('ask/y', 'y', { qos: 1, properties: { responseTopic: 'not/bridged' } });
  await until(() => above.received.length === 2);
  const [first, second] = above.received;
  t.like(first.properties, { payloadFormatIndicator: true, contentType: 'text/plain', responseTopic: 'site1/answer/me' });
  t.deepEqual([...first.properties.correlationData!], [1, 2]);
  t.deepEqual(first.properties.userProperties!.slice(0, 2), properties.userProperties);
  t.is(first.properties.userProperties![2][0], viaName);
  t.true(first.properties.messageExpiryInterval! <= 100 && first.properties.messageExpiryInterval! > 90);
  t.is(second.properties.responseTopic, 'not/bridged');
});

test('both directions of one topic: each message arrives once on each side', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t)];
  const made = bridge(t, here, there, { topics: [{ filter: '#', direction: 'both' }] });
  const [above, below] = [await reader(t, there.url, '#'), await reader(t, here.url, '#')];
  await connected(made);
  await subscribed(here, '$bridge-test-out', '#');
  await subscribed(there, 'bridge-in', '#');
  const [one, other] = [await writer(t, here.url), await writer(t, there.url)];
  for (let n = 0; n < 20; n++) await Promise.all([one.publish('a', `h${n}`, { qos: 1 }), other.publish('a', `t${n}`, { qos: 2 })]);
  // Each message comes back once and goes no further.
  await until(() => made.stats.out.dropped.loop === 20 && made.stats.in.dropped.loop === 20);
  await until(() => above.received.length >= 40 && below.received.length >= 40);
  t.is(above.received.length, 40);
  t.is(below.received.length, 40);
  t.is(made.stats.out.messages, 20);
  t.is(made.stats.in.messages, 20);
});

test('brokers in a ring, each with a bridge to the next: a message goes round once', async (t) => {
  const sites = [await Site.open(t), await Site.open(t), await Site.open(t)];
  const made = sites.map((site, at) => bridge(t, site, sites[(at + 1) % 3], { name: `b${at}`, clientId: `b${at}`, topics: [{ filter: '#', direction: 'out' }] }));
  for (const [at, one] of made.entries()) {
    await connected(one);
    await subscribed(sites[at], `$bridge-b${at}-out`, '#');
  }
  const readers = await Promise.all(sites.map((site) => reader(t, site.url, '#')));
  await (await writer(t, sites[0].url)).publish('a', 'x', { qos: 1 });
  await until(() => made[0].stats.out.dropped.loop === 1 && readers[0].received.length === 2);
  t.deepEqual(readers.map(({ received }) => received.length), [2, 1, 1]);
});

test('two brokers with a bridge to each other: no endless loop', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t)];
  const made = [
    bridge(t, here, there, { name: 'one', clientId: 'one', topics: [{ filter: '#', direction: 'both' }] }),
    bridge(t, there, here, { name: 'two', clientId: 'two', topics: [{ filter: '#', direction: 'both' }] }),
  ];
  for (const one of made) await connected(one);
  await subscribed(here, '$bridge-one-out', '#');
  await subscribed(there, '$bridge-two-out', '#');
  await subscribed(there, 'one-in', '#');
  await subscribed(here, 'two-in', '#');
  const below = await reader(t, here.url, '#');
  const source = await writer(t, here.url);
  await source.publish('a', 'x', { qos: 1 });
  const loops = (): number => made.reduce((sum, { stats }) => sum + stats.out.dropped.loop + stats.in.dropped.loop, 0);
  const crossings = (): number => made.reduce((sum, { stats }) => sum + stats.out.messages + stats.in.messages, 0);
  await until(() => loops() > 0);
  // Everything that goes round has stopped when a later message has gone as far as the first.
  const [loopsOfOne, crossingsOfOne] = await settled(() => [loops(), crossings()]);
  t.true(crossingsOfOne <= 6, `${crossingsOfOne} crossings`);
  await source.publish('a', 'y', { qos: 1 });
  t.deepEqual(await settled(() => [loops(), crossings()]), [loopsOfOne * 2, crossingsOfOne * 2]);
  t.true(below.received.length < 10);
});

/** The figures when they have stood still for a while. */
async function settled(figures: () => number[]): Promise<number[]> {
  let last = figures();
  for (let still = 0; still < 20; still++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const now = figures();
    if (now.some((value, at) => value !== last[at])) still = 0;
    last = now;
  }
  return last;
}

test('what is larger than the remote broker takes is dropped, counted and told; the rest goes on', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t, { maximumPacketSize: 2000 })];
  const made = bridge(t, here, there, { topics: [{ filter: 'a', direction: 'out' }], packetBytesMax: 10_000 });
  const told: unknown[][] = [];
  made.on('dropped', (...notice) => told.push(notice));
  const above = await reader(t, there.url, '#');
  await connected(made);
  await subscribed(here, '$bridge-test-out', 'a');
  const source = await writer(t, here.url);
  await source.publish('a', Buffer.alloc(3000), { qos: 1 });
  await source.publish('a', Buffer.alloc(20_000), { qos: 1 });
  await source.publish('a', 'small', { qos: 1 });
  await until(() => above.received.length === 1);
  t.is(made.stats.out.dropped['too large'], 2);
  t.is(told[0][0], 'too large');
  await until(() => here.broker.session('$bridge-test-out')!.inflightMessages === 0);
});

test('the remote broker is away: QoS 0 is dropped and counted, QoS 1 waits up to the queue limit, the rest is counted', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t)];
  const made = bridge(t, here, there, { topics: [{ filter: '#', direction: 'out' }], inFlightMax: 10, queueMessagesMax: 30 });
  await connected(made);
  await subscribed(here, '$bridge-test-out', '#');
  const up = await there.down();
  await until(() => !made.stats.connected);
  const source = await writer(t, here.url);
  for (let n = 0; n < 5; n++) await source.publish('zero', `${n}`);
  for (let n = 0; n < 100; n++) await source.publish('one', `${n}`, { qos: 1 });
  await until(() => made.stats.out.dropped['queue full'] === 60);
  t.is(made.stats.queuedMessages, 30);
  t.is(made.stats.underWay, 10);
  await up();
  const above = await reader(t, there.url, '#');
  await until(() => made.stats.out.messages === 40);
  t.true(above.payloads().every((payload) => Number(payload) < 40));
  t.is(made.stats.out.dropped['not connected'], 5);
});

test('a remote broker that does not read: what is under way stays within its limit', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t, { faults: { rules: [{ client: 'bridge-out', faults: [{ fault: 'stall', after: 5000 }] }] } })];
  const made = bridge(t, here, there, { topics: [{ filter: '#', direction: 'out' }], inFlightMax: 50, packetBytesMax: 100_000 });
  await connected(made);
  await subscribed(here, '$bridge-test-out', '#');
  const source = await writer(t, here.url);
  for (let n = 0; n < 400; n++) await source.publish('a', Buffer.alloc(10_000), { qos: 1 });
  t.true(made.stats.underWay <= 51, `${made.stats.underWay} under way`);
  t.true(made.stats.queuedMessages > 250);
});

test('a refusal is told in words and tried again; the state stands under $SYS and at the remote broker', async (t) => {
  const here = await Site.open(t);
  const there = await Site.open(t, { authenticate: ({ userName, password }) => userName === undefined || Buffer.from(password ?? []).toString() === secret });
  let secret = 'not yet';
  const state = await reader(t, here.url, '$SYS/broker/connection/#');
  const above = await reader(t, there.url, 'state/#');
  const made = bridge(t, here, there, { topics: [{ filter: 'a', direction: 'out' }], username: 'u', password: 'right', remoteStateTopic: 'state/site1' });
  const words: string[] = [];
  made.on('disconnected', (said) => words.push(said));
  await until(() => words.length > 0);
  t.regex(words[0], /refused the connection: user name or password are wrong/);
  secret = 'right';
  await connected(made);
  await until(() => state.payloads().includes('1') && above.received.length === 1);
  t.deepEqual(state.payloads(), ['0', '1']);
  await made.close();
  await until(() => above.received.length === 2 && state.received.length === 3);
  t.deepEqual(above.payloads(), ['1', '0']);
  t.true(above.received[1].retain);
  t.deepEqual(state.payloads(), ['0', '1', '0']);
});

test('access control here does not stop the bridge, and nobody else gets its session', async (t) => {
  const here = await Site.open(t, { authorize: ({ clientId }) => clientId === 'writer', authorizeDelivery: () => false });
  const there = await Site.open(t);
  const made = bridge(t, here, there, { topics: [{ filter: '#', direction: 'out' }] });
  await connected(made);
  await subscribed(here, '$bridge-test-out', '#');
  const above = await reader(t, there.url, '#');
  await (await writer(t, here.url, { clientId: 'writer' })).publish('a', 'x', { qos: 1 });
  await until(() => above.received.length === 1);
  await t.throwsAsync(writer(t, here.url, { clientId: '$bridge-test-out', reconnect: false }), { message: /does not allow this client identifier/ });
});

test('new settings: a bridge that is the same goes on, a changed one begins anew, one that is gone ends with its session', async (t) => {
  const [here, there] = [await Site.open(t), await Site.open(t)];
  const one = { name: 'one', clientId: 'one', url: there.url, topics: [{ filter: 'a/#', direction: 'out' as const }] };
  const two = { name: 'two', clientId: 'two', url: there.url, topics: [{ filter: 'b/#', direction: 'out' as const }, { filter: 'c/#', direction: 'out' as const }] };
  const three = { name: 'three', clientId: 'three', url: there.url, topics: [{ filter: 'd/#', direction: 'out' as const }] };
  const bridges = new Bridges(here.broker, [one, two, three]);
  t.teardown(() => bridges.close());
  bridges.start();
  await until(() => bridges.names.every((name) => bridges.statsOf(name)!.connected));
  await subscribed(here, '$bridge-two-out', 'c/#');
  const since = bridges.statsOf('one')!.sinceMs;
  await t.throwsAsync(async () => bridges.replace([one, one]), { message: /name is "one" twice/ });
  await bridges.replace([one, { ...two, topics: [two.topics[0]] }]);
  t.deepEqual(bridges.names, ['one', 'two']);
  await until(() => bridges.statsOf('two')!.connected);
  t.is(bridges.statsOf('one')!.sinceMs, since);
  t.is(here.broker.session('$bridge-three-out'), undefined);
  await until(() => here.broker.session('$bridge-two-out')!.subscriptions.length === 1);
  t.deepEqual(here.broker.session('$bridge-two-out')!.subscriptions, ['b/#']);
});
