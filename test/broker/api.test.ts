/*
 * The broker as its embedder uses it: options checked, ports, TLS, WebSocket, events, closing; and clients not written here.
 */
import { createServer } from 'node:net';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { MqttClient } from 'mqtt';
import mqtt from 'mqtt';
import { generate } from 'selfsigned';
import { WebSocket } from 'ws';
import type { Broker, BrokerOptions, ListenOptions } from '../../src/broker/index.js';
import { createBroker } from '../../src/broker/index.js';
import { connectOf, createTestBroker, publish, RawClient, subscribe, withBroker } from './support.js';

const wrong: readonly [options: object, message: RegExp][] = [
  [{ maximumPacketSize: 15 }, /maximumPacketSize is 15, it must be an integer from 16 to 268435460/],
  [{ maximumPacketSize: 268_435_461 }, /maximumPacketSize is 268435461/],
  [{ maximumPacketSize: 20.5 }, /maximumPacketSize is 20.5/],
  [{ maximumPacketSize: '100' }, /maximumPacketSize is "100", it must be an integer/],
  [{ receiveMaximum: 0 }, /receiveMaximum is 0/],
  [{ receiveMaximum: 65_536 }, /receiveMaximum is 65536/],
  [{ topicAliasMaximum: -1 }, /topicAliasMaximum is -1/],
  [{ topicAliasMaximumOutbound: 65_536 }, /topicAliasMaximumOutbound is 65536/],
  [{ serverKeepAliveSeconds: 65_536 }, /serverKeepAliveSeconds is 65536/],
  [{ maximumQoS: 3 }, /maximumQoS is 3/],
  [{ sessionExpiryMaxSeconds: -1 }, /sessionExpiryMaxSeconds is -1/],
  [{ sessionQueueMessagesMax: 0 }, /sessionQueueMessagesMax is 0/],
  [{ sessionQueueBytesMax: 1023 }, /sessionQueueBytesMax is 1023/],
  [{ inflightMessagesMax: NaN }, /inflightMessagesMax is NaN/],
  [{ outputBytesMax: 4095 }, /outputBytesMax is 4095/],
  [{ connectTimeoutMs: 0 }, /connectTimeoutMs is 0/],
  [{ violationsMax: -1 }, /violationsMax is -1/],
  [{ retainAvailable: 1 }, /retainAvailable is 1, it must be true or false/],
  [{ authenticate: true }, /authenticate is boolean, it must be a function/],
  [{ authorize: 'all' }, /authorize is string/],
  [{ responseInformation: {} }, /responseInformation is object/],
  [{ authenticationMethods: { x: 1 } }, /authenticationMethods\["x"\] must be a function/],
  [{ clock: { nowMs: 1 } }, /clock needs the functions/],
  [{ state: {} }, /state is not what close/],
  [{ refuseConnects: { reasonCode: 0 } }, /reasonCode is 0x00, CONNACK allows/],
  [{ refuseConnects: { reasonCode: 0x8b } }, /reasonCode is 0x8b/],
  [{ port: 1883 }, /there is no option "port"; the options are /],
];
for (const [options, message] of wrong) {
  test(`option ${JSON.stringify(options)} is refused by name`, (t) => {
    t.throws(() => createBroker(options as BrokerOptions), { message });
  });
}

const wrongListen: readonly [options: object, message: RegExp][] = [
  [{ transport: 'udp' }, /transport is "udp", it must be one of tcp, tls, ws, wss/],
  [{ port: 65_536 }, /port is 65536, it must be an integer from 0 to 65535/],
  [{ port: '1883' }, /port is "1883"/],
  [{ host: '' }, /host must be/],
  [{ transport: 'tls' }, /needs the option tls/],
  [{ transport: 'wss' }, /needs the option tls/],
];
for (const [options, message] of wrongListen) {
  test(`listen ${JSON.stringify(options)} is refused by name`, async (t) => {
    await t.throwsAsync(createBroker().listen(options as ListenOptions), { message });
  });
}

test('a port in use is told, and the broker goes on', async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const broker = createTestBroker();
  await t.throwsAsync(broker.listen({ port }), { code: 'EADDRINUSE' });
  t.true((await broker.listen()).port > 0);
  await broker.close();
  await new Promise((resolve) => taken.close(resolve));
});

for (const [field, value] of [['topic', 'a/#'], ['topic', ''], ['topic', 'a\0'], ['topic', '/'.repeat(128)], ['qos', 3], ['messageExpirySeconds', 0]] as const) {
  test(`publish with ${field} ${JSON.stringify(value).slice(0, 12)} is refused`, (t) => {
    t.throws(() => createBroker().publish({ topic: 'a', [field]: value }), { instanceOf: RangeError });
  });
}

test('a closed broker says so', async (t) => {
  const broker = createTestBroker();
  await broker.close();
  await t.throwsAsync(broker.listen(), { message: /closed/ });
  t.throws(() => broker.publish({ topic: 'a' }), { message: /closed/ });
  t.is(await broker.close(), undefined);
});

test('close says goodbye to 5.0 clients, closes all, and leaves no session timer', (t) =>
  withBroker({}, async (world) => {
    const young = await world.join(5, { clientId: '5' });
    const old = await world.join(4, { clientId: '4' });
    const silent = await world.open();
    await world.broker.close();
    t.is(await young.rest(), 'e0018b');
    t.is(await old.rest(), '');
    t.is(await silent.rest(), '');
    t.is(world.broker.stats.connectionsOpen, 0);
  }));

test('events tell who comes, who goes and why', (t) =>
  withBroker({}, async (world) => {
    const seen: string[] = [];
    world.broker.on('clientConnected', (client, present) => seen.push(`${client.clientId} ${client.version} ${client.transport} ${present}`));
    world.broker.on('clientDisconnected', (info) => seen.push(`${info.clientId} by ${info.by} 0x${info.reasonCode.toString(16)}: ${info.reason}`));
    world.broker.on('violation', (violation) => seen.push(`${violation.clientId} ${violation.statement} ${violation.packetHex}`));
    const leaving = await world.join(5, { clientId: 'leaving' });
    leaving.send('e00104');
    await leaving.rest();
    const failing = await world.join(4, { clientId: 'failing' });
    await failing.end();
    const dropped = await world.join(4, { clientId: 'dropped' });
    t.true(world.broker.dropClient('dropped'));
    await dropped.rest();
    t.false(world.broker.dropClient('dropped'));
    const bad = await world.join(5, { clientId: 'bad' });
    bad.send('c005');
    bad.send('0102030405');
    await bad.rest();
    t.deepEqual(seen, [
      'leaving 5 tcp false', 'leaving by client 0x4: the client disconnected',
      'failing 4 tcp false', 'failing by network 0x0: the client closed the link',
      'dropped 4 tcp false', 'dropped by network 0x0: the connection was dropped',
      'bad 5 tcp false', 'bad MQTT-2.1.4 c0050102030405', 'bad by server 0x81: PINGREQ has 5 bytes too many',
    ]);
  }));

test('violations are kept up to a bound, with at most 64 bytes of the packet', (t) =>
  withBroker({ violationsMax: 2 }, async (world) => {
    for (let i = 0; i < 4; i++) {
      const client = await world.join(5, { clientId: `c${i}` });
      client.send(publish(5, 'a/#', 'x'.repeat(200)));
      await client.rest();
    }
    t.is(world.broker.stats.violations, 4);
    t.deepEqual(world.broker.violations.map((violation) => violation.clientId), ['c2', 'c3']);
    const [violation] = world.broker.violations;
    t.is(violation.packetHex.length, 128);
    t.is(violation.reasonCode, 0x81);
    t.true(violation.closed);
    t.true(violation.packetLength > 200);
  }));

// --- transports ---

async function tlsOptions(): Promise<{ key: string; cert: string }> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }]);
  return { key: made.private, cert: made.cert };
}

const urls = { tcp: 'mqtt', tls: 'mqtts', ws: 'ws', wss: 'wss' } as const;

for (const transport of ['tcp', 'tls', 'ws', 'wss'] as const) {
  for (const protocolVersion of [4, 5] as const) {
    const proven = transport !== 'tcp' ? '' : protocolVersion === 4 ? ' [MQTT-7.1.1-1] [MQTT-7.0.0-2]' : ' [MQTT-4.2.0-1]';
    test(`MQTT.js over ${transport}, ${protocolVersion === 4 ? '3.1.1' : '5.0'}: every QoS, retained, will, resumed session${proven}`, async (t) => {
      const broker = createTestBroker();
      t.teardown(() => broker.close());
      const secure = transport === 'tls' || transport === 'wss';
      const { port } = await broker.listen({ transport, ...(secure ? { tls: await tlsOptions() } : {}) });
      await conversation(t, broker, `${urls[transport]}://127.0.0.1:${port}`, protocolVersion);
    });
  }
}

async function conversation(t: ExecutionContext, broker: Broker, url: string, protocolVersion: 4 | 5): Promise<void> {
  const common = { protocolVersion, rejectUnauthorized: false, reconnectPeriod: 0 };
  const lasting = protocolVersion === 5 ? { properties: { sessionExpiryInterval: 100, topicAliasMaximum: 5, receiveMaximum: 3 } } : {};
  const join = (clientId: string, clean: boolean, more = {}): Promise<MqttClient> => mqtt.connectAsync(url, { ...common, clientId, clean, ...more });
  const reader = await join('reader', false, lasting);
  const got: string[] = [];
  let wake: () => void = () => undefined;
  const listen = (client: MqttClient): unknown =>
    client.on('message', (topic, payload, { qos, retain }) => {
      got.push(`${topic} ${payload.toString()} ${qos} ${retain}`);
      wake();
    });
  const count = async (n: number): Promise<string[]> => {
    while (got.length < n) await new Promise<void>((resolve) => (wake = resolve));
    return got.splice(0);
  };
  listen(reader);
  await reader.subscribeAsync('a/#', { qos: 2 });
  const writer = await join('writer', true, { will: { topic: 'a/will', payload: Buffer.from('gone'), qos: 1, retain: false } });
  for (const qos of [0, 1, 2] as const) await writer.publishAsync(`a/${qos}`, `m${qos}`, { qos, retain: qos === 1 });
  t.deepEqual(await count(3), ['a/0 m0 0 false', 'a/1 m1 1 false', 'a/2 m2 2 false']);
  await Promise.all(Array.from({ length: 20 }, (_, i) => writer.publishAsync('a/many', `${i}`, { qos: ((i % 2) + 1) as 1 | 2 })));
  const many = await count(20);
  t.deepEqual(new Set(many.map((line) => line.split(' ')[1])).size, 20);
  await reader.endAsync();
  broker.dropClient('writer');
  await new Promise((resolve) => setImmediate(resolve));
  t.is(broker.session('reader')?.queuedMessages, 1, 'the will waits for the reader');
  writer.end(true);
  const back = mqtt.connect(url, { ...common, clientId: 'reader', clean: false, ...lasting });
  listen(back);
  t.deepEqual(await count(1), ['a/will gone 1 false']);
  const late = await join('late', true);
  listen(late);
  await late.subscribeAsync('a/1', { qos: 0 });
  t.deepEqual(await count(1), ['a/1 m1 0 true']);
  await late.unsubscribeAsync('a/1');
  await Promise.all([late.endAsync(), back.endAsync()]);
  t.deepEqual(broker.violations, []);
}

test('a TLS client certificate reaches the authenticate hook as the socket, and a broken handshake harms nobody', async (t) => {
  let encrypted = false;
  const broker = createTestBroker({
    authenticate: ({ socket, transport }) => {
      encrypted = transport === 'tls' && 'getPeerCertificate' in socket;
      return true;
    },
  });
  t.teardown(() => broker.close());
  const { port } = await broker.listen({ transport: 'tls', tls: await tlsOptions() });
  const plain = await RawClient.open(port);
  plain.send(connectOf(4));
  await plain.rest();
  const client = await mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, { rejectUnauthorized: false, reconnectPeriod: 0 });
  t.true(encrypted);
  await client.endAsync();
});

function openWebSocket(port: number, path: string, protocols: string[]): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols);
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

test('WebSocket: the subprotocol is mqtt, chosen among others, and demanded [MQTT-6.0.0-4]', async (t) => {
  const broker = createTestBroker();
  t.teardown(() => broker.close());
  const { port } = await broker.listen({ transport: 'ws', path: '/mqtt' });
  const socket = await openWebSocket(port, '/mqtt', ['chat', 'mqtt']);
  t.is(socket.protocol, 'mqtt');
  socket.terminate();
  await t.throwsAsync(openWebSocket(port, '/mqtt', ['chat']), { message: /400/ });
  await t.throwsAsync(openWebSocket(port, '/other', ['mqtt']), { message: /400/ });
  const answer = await fetch(`http://127.0.0.1:${port}/mqtt`);
  t.is(answer.status, 426);
  await answer.text();
});

test('WebSocket: a text frame closes the connection [MQTT-6.0.0-1]', async (t) => {
  const broker = createTestBroker();
  t.teardown(() => broker.close());
  const { port } = await broker.listen({ transport: 'ws' });
  const socket = await openWebSocket(port, '/', ['mqtt']);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.send('text');
  await closed;
  t.is(broker.violations[0].statement, 'MQTT-6.0.0-1');
});

test('WebSocket: packets and frames have nothing to do with each other [MQTT-6.0.0-2]', async (t) => {
  const broker = createTestBroker();
  t.teardown(() => broker.close());
  const { port } = await broker.listen({ transport: 'ws' });
  const socket = await openWebSocket(port, '/', ['mqtt']);
  const expected = '20020000' + '9003000100' + publish(4, 'a', 'x') + 'd000';
  let received = '';
  const all = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      received += data.toString('hex');
      if (received.length >= expected.length) resolve();
    });
  });
  const bytes = Buffer.from(connectOf(4) + subscribe(4, 1, 'a', 0) + publish(4, 'a', 'x') + 'c000', 'hex');
  for (let at = 0; at < bytes.length; at += 7) socket.send(bytes.subarray(at, at + 7));
  await all;
  t.is(received, expected);
  socket.terminate();
});

test('one broker listens on several ports of several kinds at once', async (t) => {
  const broker = createTestBroker();
  t.teardown(() => broker.close());
  const [tcp, ws] = await Promise.all([broker.listen(), broker.listen({ transport: 'ws' })]);
  const reader = await mqtt.connectAsync(`ws://127.0.0.1:${ws.port}`, { reconnectPeriod: 0 });
  await reader.subscribeAsync('a');
  const message = new Promise<string>((resolve) => reader.once('message', (_topic, payload) => resolve(payload.toString())));
  const writer = await mqtt.connectAsync(`mqtt://127.0.0.1:${tcp.port}`, { reconnectPeriod: 0 });
  await writer.publishAsync('a', 'across');
  t.is(await message, 'across');
  t.deepEqual(broker.clients().map((client) => client.transport).sort(), ['tcp', 'ws']);
  await Promise.all([reader.endAsync(), writer.endAsync()]);
});
