/*
 * Figures of the broker for other programs: $SYS topics, Prometheus, /health, structured logs.
 */
import { request } from 'node:http';
import test from 'ava';
import { serveMetrics, SysTopics } from '../../src/broker/index.js';
import { connectionCostBytes, sessionCostBytes, subscriptionCostBytes } from '../../src/broker/memory-use.js';
import { Load } from '../../src/broker/metrics/load.js';
import { linesOf, midge, startMidge } from '../cli/process.js';
import { connect4, eventually, long, publish, RawClient, subscribe, withBroker } from './support.js';

test('$SYS topics: names and formats as Mosquitto has them, retained, unchanged ones not again', (t) =>
  withBroker({}, async (world) => {
    const writer = await world.join(4, { clientId: 'writer' });
    writer.send(publish(4, 'a', 'xyz', { qos: 1, retain: true }));
    await writer.untilPong();
    const topics = new SysTopics(world.broker, { version: 'midge-mqtt version 0' });
    const reader = await world.join(4, { clientId: 'reader' });
    reader.send(subscribe(4, 1, '$SYS/#', 0));
    await reader.takePacket();
    const taken = await figures(reader);
    t.is(taken.get('version'), 'midge-mqtt version 0');
    t.regex(taken.get('uptime') ?? '', /^\d+ seconds$/);
    t.is(taken.get('clients/connected'), '1');
    t.is(taken.get('publish/messages/received'), '1');
    t.is(taken.get('publish/bytes/received'), '3');
    t.is(taken.get('retained messages/count'), '1');
    t.is(taken.get('store/messages/count'), '1');
    t.is(taken.get('store/messages/bytes'), '3');
    t.is(taken.get('messages/inflight'), '0');
    t.is(taken.get('subscriptions/count'), '0');
    t.is(taken.get('shared_subscriptions/count'), '0');
    t.is(taken.get('messages/received'), '3');
    t.is(taken.get('bytes/received'), String(connect4({ clientId: 'writer' }).length / 2 + 10 + 2));
    for (const span of ['1min', '5min', '15min']) {
      for (const name of ['messages/received', 'messages/sent', 'publish/received', 'publish/sent', 'publish/dropped', 'bytes/received', 'bytes/sent', 'sockets', 'connections']) {
        t.regex(taken.get(`load/${name}/${span}`) ?? '', /^\d+\.\d\d$/, `${name} ${span}`);
      }
    }
    topics.publish();
    const changed = await figures(reader);
    t.is(changed.get('clients/maximum'), '2');
    t.false(changed.has('version'));
    world.broker.restart({ keepState: false });
    await reader.rest();
    topics.publish();
    topics.stop();
    const again = await world.join(5, { clientId: 'again' });
    again.send(subscribe(5, 1, '$SYS/broker/version', 0));
    await again.takePacket();
    t.is((await again.takePacket()).slice(0, 2), '31');
    t.throws(() => new SysTopics(world.broker, { intervalMs: 10 }), { message: /intervalMs is 10/ });
  }));

async function figures(client: RawClient): Promise<Map<string, string>> {
  const bytes = Buffer.from(await client.untilPong(), 'hex');
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at + 1];
    const topicEnd = at + 4 + bytes.readUInt16BE(at + 2);
    const topic = bytes.toString('utf8', at + 4, topicEnd);
    found.set(topic.replace('$SYS/broker/', ''), bytes.toString('utf8', topicEnd, at + 2 + length));
    at += 2 + length;
  }
  return found;
}

test('$SYS topics: what is stored, on its way and shared', (t) =>
  withBroker({}, async (world) => {
    const reader = await world.join(5, { clientId: 'reader' });
    reader.send(subscribe(5, 1, 'a', 1) + subscribe(5, 2, '$share/g/b', 1) + subscribe(5, 3, '$share/h/b', 1));
    const away = await world.join(5, { clientId: 'away', flags: 0, properties: `11${long(100)}` });
    away.send(subscribe(5, 1, 'c', 1));
    await away.takePacket();
    await away.end();
    const writer = await world.join(5, { clientId: 'writer' });
    writer.send(publish(5, 'a', 'not acknowledged', { qos: 1, id: 1 }) + publish(5, 'c', '12345', { qos: 1, id: 2 }) + publish(5, 'r', '123', { retain: true }));
    await writer.untilPong();
    const topics = new SysTopics(world.broker);
    topics.stop();
    const watcher = await world.join(4, { clientId: 'watcher' });
    watcher.send(subscribe(4, 1, '$SYS/#', 0));
    await watcher.takePacket();
    const taken = await figures(watcher);
    t.is(taken.get('messages/inflight'), '1');
    t.is(taken.get('store/messages/count'), '2');
    // The waiting message with its topic.
    t.is(taken.get('store/messages/bytes'), String(3 + 1 + 5));
    t.is(taken.get('subscriptions/count'), '2');
    t.is(taken.get('shared_subscriptions/count'), '2');
    const { retainedBytes } = world.broker.stats;
    writer.send(publish(5, 'r', '', { retain: true }));
    await writer.untilPong();
    t.is(world.broker.stats.retainedBytes, retainedBytes - 3);
    reader.destroy();
    await eventually(world.broker, 'clientDisconnected', () => world.broker.session('reader') === undefined);
    t.is(world.broker.stats.sharedSubscriptions, 0);
  }));

/** Seen under $SYS/broker of Mosquitto 2.0.11, those of the load aside. */
const mosquittoNames = [
  'bytes/received', 'bytes/sent', 'clients/active', 'clients/connected', 'clients/disconnected', 'clients/expired', 'clients/inactive',
  'clients/maximum', 'clients/total', 'heap/current', 'heap/maximum', 'messages/received', 'messages/sent', 'messages/stored',
  'publish/bytes/received', 'publish/bytes/sent', 'publish/messages/dropped', 'publish/messages/received', 'publish/messages/sent',
  'retained messages/count', 'shared_subscriptions/count', 'store/messages/bytes', 'store/messages/count', 'subscriptions/count', 'uptime', 'version',
];

test('$SYS topics of Mosquitto are all here', (t) =>
  withBroker({}, async (world) => {
    const topics = new SysTopics(world.broker);
    topics.stop();
    const watcher = await world.join(4, { clientId: 'watcher' });
    watcher.send(subscribe(4, 1, '$SYS/#', 0));
    await watcher.takePacket();
    const taken = await figures(watcher);
    t.deepEqual(mosquittoNames.filter((name) => !taken.has(name)), []);
  }));

test('load: a steady rate becomes the average, a silence makes it fall', (t) => {
  const load = new Load();
  let count = 0;
  for (let n = 0; n < 600; n++) load.update((count += 10), 10_000);
  const { '1min': steady, '15min': slow } = load.update((count += 10), 10_000);
  t.is(Math.round(steady), 60);
  t.is(Math.round(slow), 60);
  const after = load.update(count, 60_000);
  t.is(after['1min'].toFixed(2), (60 / Math.E).toFixed(2));
  t.true(after['15min'] > after['5min'] && after['5min'] > after['1min']);
});

function valueOf(text: string, name: string): number {
  const found = text.split('\n').find((line) => line.startsWith(`${name} `));
  return found === undefined ? NaN : Number(found.slice(name.length + 1));
}

test('/metrics: counters of the broker; /health: whether it serves', (t) =>
  withBroker({ subscriptionsPerSessionMax: 1, authorize: ({ topic }) => topic !== 'secret' }, async (world) => {
    const metrics = await serveMetrics(world.broker, { port: 0 });
    t.is(metrics.host, '127.0.0.1');
    const at = `http://127.0.0.1:${metrics.port}`;
    const client = await world.join(4, { clientId: 'c' });
    client.send(subscribe(4, 1, 'a', 0) + publish(4, 'a', 'xyz', { qos: 1 }) + subscribe(4, 2, 'b', 0) + publish(4, 'secret', 'x'));
    await client.untilPong();
    const bad = await world.join(5, { clientId: 'bad' });
    bad.send(publish(5, 'a/#', 'x'));
    await bad.rest();
    for (let round = 0; round < 2; round++) {
      const answer = await fetch(`${at}/metrics`);
      t.regex(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      const text = await answer.text();
      t.is(valueOf(text, 'midge_broker_clients_connected'), 1);
      t.is(valueOf(text, 'midge_broker_received_messages_total'), 1);
      t.is(valueOf(text, 'midge_broker_sent_messages_total'), 1);
      t.is(valueOf(text, 'midge_broker_sent_payload_bytes_total'), 3);
      t.is(valueOf(text, 'midge_broker_disconnects_total{by="server"}'), 1);
      t.is(valueOf(text, 'midge_broker_dropped_messages_total{reason="queue full"}'), 0);
      t.is(valueOf(text, 'midge_broker_limits_reached_total{limit="subscriptionsPerSessionMax",consequence="refused"}'), 1);
      for (const [limit, consequence] of [
        ['connectTimeoutMs', 'closed'], ['connectionsPerAddressMax', 'closed'], ['packetsPerSecondMax', 'paused'], ['bytesPerSecondMax', 'paused'],
        ['memoryBytesMax', 'closed'], ['memoryBytesMax', 'refused'], ['sessionsMax', 'refused'], ['retainedMessagesMax', 'refused'],
      ]) t.is(valueOf(text, `midge_broker_limits_reached_total{limit="${limit}",consequence="${consequence}"}`), 0, limit);
      t.is(valueOf(text, 'midge_broker_access_denied_total{action="publish"}'), 1);
      t.is(valueOf(text, 'midge_broker_access_denied_total{action="subscribe"}'), 0);
      t.is(valueOf(text, 'midge_broker_access_denied_total{action="deliver"}'), 0);
      t.is(valueOf(text, 'midge_broker_waiting_bytes'), 0);
      t.is(valueOf(text, 'midge_broker_state_bytes'), connectionCostBytes + sessionCostBytes + subscriptionCostBytes + 2);
      t.is(valueOf(text, 'midge_broker_violations_total{statement="MQTT-3.3.2-2",version="5.0"}'), 1);
      t.true(valueOf(text, 'process_resident_memory_bytes') > 1e6);
    }
    const health = await fetch(`${at}/health?x`);
    t.is(health.status, 200);
    const told = (await health.json()) as { status: string; clientsConnected: number };
    t.is(told.status, 'ok');
    t.is(told.clientsConnected, 1);
    world.broker.restart({ downMs: 3_600_000 });
    const down = await fetch(`${at}/health`);
    t.is(down.status, 503);
    t.is(((await down.json()) as { status: string }).status, 'down');
    t.is((await fetch(`${at}/`)).status, 404);
    t.is((await fetch(`${at}/metrics`, { method: 'POST' })).status, 405);
    await t.throwsAsync(serveMetrics(world.broker, { port: metrics.port }), { code: 'EADDRINUSE' });
    await metrics.close();
    t.is(world.broker.listenerCount('violation'), 0);
    await t.throwsAsync(new Promise((resolve, reject) => request(at).once('response', resolve).once('error', reject).end()), { code: 'ECONNREFUSED' });
  }));

test('midge broker --log-format json --metrics: an object a line, with the level and what happened', async (t) => {
  const broker = startMidge(['broker', '--port', '0', '--log-format', 'json', '--log-level', 'debug', '--metrics', '0']);
  await broker.said('/metrics', 'stdout');
  const started = linesOf(broker.heard('stdout')).map((line) => JSON.parse(line) as { event: string; port: number });
  const portOf = (event: string): number => started.find((line) => line.event === event)!.port;
  const client = await RawClient.open(portOf('listening'));
  client.send(connect4({ clientId: 'two\nlines' }) + publish(4, 'a', 'x') + '3600');
  await client.rest();
  t.regex(await (await fetch(`http://127.0.0.1:${portOf('metrics')}/metrics`)).text(), /^midge_broker_violations_total\{statement="MQTT-3\.3\.1-4",version="3\.1\.1"\} 1$/m);
  broker.child.kill('SIGTERM');
  const { code, stdout, stderr } = await broker.ended;
  t.is(code, 0);
  t.is(stderr, '');
  const lines = linesOf(stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
  t.deepEqual(lines.map(({ level, event }) => `${String(level)} ${String(event)}`), [
    'info listening', 'info metrics', 'info data', 'info clientConnected', 'debug messageIn', 'warn violation', 'info clientDisconnected', 'info ended',
  ]);
  t.is(lines[3].clientId, 'two\nlines');
  t.is(lines[5].packetHex, '3600');
  t.true(lines.every(({ time }) => typeof time === 'string' && new Date(time).toISOString() === time));
});

test('midge broker: text lines cannot be forged by a client identifier, and $SYS says the version', async (t) => {
  const broker = startMidge(['broker', '--port', '0', '-v']);
  await broker.said('(TCP)', 'stdout');
  const port = /127\.0\.0\.1:(\d+)/.exec(broker.heard('stdout'))![1];
  const client = await RawClient.open(Number(port));
  client.send(connect4({ clientId: 'a\nb\u001b[2J' }) + 'e000');
  await client.rest();
  const read = await midge(['sub', '-p', port, '-t', '$SYS/broker/version', '-C', '1', '-W', '30']);
  t.regex(read.stdout.toString(), /^midge-mqtt version \d+\.\d+\.\d+\n$/);
  broker.child.kill('SIGINT');
  t.regex((await broker.ended).stdout.toString(), /^a\\u000ab\\u001b\[2J connected from/m);
});

for (const [args, message] of [
  [['--log-level', 'loud'], '--log-level is "loud"; it must be one of "error", "warn", "info", "debug", "silent"'],
  [['--log-format', 'xml'], '--log-format is "xml"; it must be one of "text", "json"'],
  [['--metrics', 'x'], '--metrics is "x"; it must be a whole number from 0 to 65535'],
  [['--sys-interval', '-1'], '--sys-interval is "-1"; it must be a whole number of seconds from 0 to 3600'],
] as const) {
  test(`midge broker ${args.join(' ')} is refused`, async (t) => {
    const { code, stderr } = await midge(['broker', '--port', '0', ...args]);
    t.is(code, 2);
    t.is(stderr, `midge broker: ${message}\n`);
  });
}
