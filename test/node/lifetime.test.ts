/** Attempts, losses, refusals and ends of the Node port. */
import { once } from 'node:events';
import test from 'ava';
import { type DisconnectInfo, Reason, type ReceivedMessage, State, Status } from '../../targets/node/index.js';
import { disconnection, makeClient, rejection, startBroker, startRawServer, unusedPort } from './support.js';
import { until } from '../until.js';

const connack4 = Buffer.from([0x20, 2, 0, 0]);
const connack5 = Buffer.from([0x20, 3, 0, 0, 0]);

test('a host where nothing listens: connect says so in words, and nothing stays', async (t) => {
  const port = await unusedPort();
  const client = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, reconnect: false });
  const closed = once(client, 'close');
  const error = await rejection(t, client.connect());
  t.is(error.message, `mqtt://127.0.0.1:${port} could not be reached: nothing listens there (ECONNREFUSED)`);
  t.is(error.status, Status.LinkFailed);
  await closed;
  t.is(client.state, State.Idle);
});

test('a host name that does not exist', async (t) => {
  const client = makeClient(t, { host: 'midge.invalid', reconnect: false });
  t.regex((await rejection(t, client.connect())).message, /^mqtt:\/\/midge\.invalid:1883 could not be reached: .*(ENOTFOUND|EAI_AGAIN)/);
});

test('reconnects with backoff until the server is there, then resolves', async (t) => {
  const port = await unusedPort();
  const client = makeClient(t, { host: '127.0.0.1', port, reconnect: { minMs: 1, maxMs: 4 } });
  const pauses: (number | null)[] = [];
  client.on('disconnect', (info) => pauses.push(info.willRetryInMs));
  const connected = client.connect();
  await until(() => pauses.length >= 5);
  await startBroker(t, {}, { port });
  t.false((await connected).sessionPresent);
  for (const pause of pauses) t.true(pause !== null && pause >= 0 && pause <= 4);
});

for (const protocolVersion of [4, 5] as const) {
  test(`version ${protocolVersion}: a refusal for good is an error in words, and no further attempt`, async (t) => {
    const { broker, port } = await startBroker(t, { authenticate: () => false });
    const client = makeClient(t, { host: '127.0.0.1', port, protocolVersion, username: 'u', password: 'p' });
    const info = disconnection(client);
    const error = await rejection(t, client.connect());
    t.is(error.status, Status.Refused);
    t.regex(error.message, /refused the connection: user name or password are wrong \(0x(86|04)\)/);
    t.like(await info, { status: Status.Refused, willRetryInMs: null, words: error.message });
    await until(() => client.state === State.Idle);
    t.is(broker.stats.connectsRefused, 1);
  });

  test(`version ${protocolVersion}: a refusal for now is retried [MQTT-3.2.2-5]`, async (t) => {
    const { broker, port } = await startBroker(t, { refuseConnects: { reasonCode: Reason.ServerUnavailable, reasonString: 'come back' } });
    const client = makeClient(t, { host: '127.0.0.1', port, protocolVersion });
    const infos: DisconnectInfo[] = [];
    client.on('disconnect', (info) => {
      infos.push(info);
      if (infos.length === 2) broker.refuseConnects = undefined;
    });
    await client.connect();
    t.is(infos[0].status, Status.Refused);
    t.regex(infos[0].words, protocolVersion === 5 ? /not available \(0x88\); it says 'come back'$/ : /not available \(0x03\)$/);
  });
}

test('a server that ends the connection: words, its reason string, and back again', async (t) => {
  const { broker, port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, clientId: 'c' });
  await client.connect();
  const info = disconnection(client);
  const again = once(client, 'connect');
  broker.disconnectClient('c', { reasonCode: Reason.ServerShuttingDown, reasonString: 'maintenance' });
  const { status, reason, words, properties, willRetryInMs } = await info;
  t.is(status, Status.ServerClosed);
  t.is(reason, Reason.ServerShuttingDown);
  t.regex(words, /ended the connection: it is shutting down \(0x8B\); it says 'maintenance'$/);
  t.is(properties.reasonString, 'maintenance');
  t.true(willRetryInMs !== null);
  await again;
});

test('a session taken over by another client is the end', async (t) => {
  const { port } = await startBroker(t);
  const first = makeClient(t, { host: '127.0.0.1', port, clientId: 'same' });
  await first.connect();
  const info = disconnection(first);
  await makeClient(t, { host: '127.0.0.1', port, clientId: 'same' }).connect();
  t.like(await info, { reason: Reason.SessionTakenOver, willRetryInMs: null });
});

test('a half-open link is found by keep-alive, and given up [MQTT-3.1.2-20]', async (t) => {
  const server = await startRawServer(t, (socket) => {
    socket.once('data', () => socket.write(connack4));
  });
  const client = makeClient(t, { host: '127.0.0.1', port: server.port, protocolVersion: 4, keepAliveS: 1, pingTimeoutMs: 20, reconnect: false });
  await client.connect();
  const info = await disconnection(client);
  t.is(info.status, Status.NoPingresp);
  t.regex(info.words, /did not answer PINGREQ in time/);
  await once(client, 'close');
});

test('a server that says nothing to CONNECT is given up', async (t) => {
  const server = await startRawServer(t, () => undefined);
  const client = makeClient(t, { host: '127.0.0.1', port: server.port, connectTimeoutMs: 4000, reconnect: false });
  const error = await rejection(t, client.connect());
  t.is(error.status, Status.NoConnack);
  t.regex(error.message, /did not answer CONNECT in time/);
});

test('an attempt whose time is up before its link was begun ends all the same', async (t) => {
  const client = makeClient(t, { host: '127.0.0.1', port: 1, connectTimeoutMs: 1, reconnect: false });
  const closed = once(client, 'close');
  const failed = rejection(t, client.connect());
  // The event loop is kept from running until the time is up.
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < 5);
  t.is((await failed).status, Status.LinkFailed);
  await closed;
});

test('connect and end in the same tick', async (t) => {
  const { broker, port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port });
  const failed = rejection(t, client.connect());
  await client.end();
  t.is((await failed).status, Status.ByApplication);
  t.is(broker.stats.connectionsOpened, 0);
});

test('a server that closes in the middle of a packet: the link is lost, half a message is none', async (t) => {
  const server = await startRawServer(t, (socket, number) => {
    socket.once('data', () => {
      if (number === 1) socket.end(Buffer.concat([connack5, Buffer.from([0x30, 20, 0, 3, 97])]));
      else socket.write(connack5);
    });
  });
  const client = makeClient(t, { host: '127.0.0.1', port: server.port });
  client.on('message', () => t.fail());
  await client.connect();
  const info = await disconnection(client);
  t.is(info.status, Status.LinkLost);
  t.regex(info.words, /was lost: the other side closed it$/);
  await once(client, 'connect');
  t.is(server.count(), 2);
});

test('a server that breaks the protocol is told why, and the error says what [MQTT-4.13.1-1]', async (t) => {
  let told = Buffer.alloc(0);
  const server = await startRawServer(t, (socket) => {
    socket.once('data', () => {
      socket.write(Buffer.concat([connack5, Buffer.from([0x36, 0])]));
      socket.on('data', (bytes: Buffer) => {
        told = Buffer.concat([told, bytes]);
      });
    });
  });
  const client = makeClient(t, { host: '127.0.0.1', port: server.port, reconnect: false });
  await client.connect();
  const info = await disconnection(client);
  t.is(info.status, Status.Malformed);
  t.regex(info.words, /malformed packet/);
  await until(() => told.length >= 3);
  t.deepEqual([...told], [0xe0, 1, Reason.MalformedPacket]);
});

test('a Server Reference is followed if allowed, and not if not [MQTT-4.11.0-1]', async (t) => {
  const { port: there } = await startBroker(t);
  const { broker: here, port } = await startBroker(t, { refuseConnects: { reasonCode: Reason.UseAnotherServer, serverReference: `127.0.0.1:${there}` } });
  const client = makeClient(t, { host: '127.0.0.1', port, followServerReference: true, reconnect: { minMs: 10000, maxMs: 10000 } });
  const info = disconnection(client);
  await client.connect();
  t.like(await info, { reason: Reason.UseAnotherServer, willRetryInMs: 0, properties: { serverReference: `127.0.0.1:${there}` } });
  t.is(here.stats.connectsRefused, 1);
  await client.end();
  const obedient = makeClient(t, { host: '127.0.0.1', port, reconnect: false });
  t.is((await rejection(t, obedient.connect())).reason, Reason.UseAnotherServer);
});

test('servers that refer to each other do not make a loop without pauses', async (t) => {
  const { broker, port } = await startBroker(t);
  broker.refuseConnects = { reasonCode: Reason.ServerMoved, serverReference: `127.0.0.1:${port}` };
  const client = makeClient(t, { host: '127.0.0.1', port, followServerReference: true, reconnect: { minMs: 100000, maxMs: 100000 } });
  const pauses: (number | null)[] = [];
  client.on('disconnect', (info) => pauses.push(info.willRetryInMs));
  client.connect().catch(() => undefined);
  await until(() => pauses.length === 6);
  t.deepEqual(pauses.slice(0, 5), [0, 0, 0, 0, 0]);
});

test('an assigned client identifier is used from then on [MQTT-3.2.2-16]', async (t) => {
  const { broker, port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, clientId: '', sessionExpiryS: 60 });
  const result = await client.connect();
  t.not(result.clientId, '');
  t.is(client.clientId, result.clientId);
  const again = once(client, 'connect');
  broker.dropClient(result.clientId);
  await again;
  t.is(client.clientId, result.clientId);
  t.is(broker.clients()[0].clientId, result.clientId);
});

test('enhanced authentication: the application answers, at CONNECT and again later [MQTT-4.12.0-1]', async (t) => {
  const { port } = await startBroker(t, {
    authenticationMethods: {
      twice: () => {
        let step = 0;
        return (data) => {
          step += 1;
          t.deepEqual(data === undefined ? null : [...data], [step]);
          return step === 1 ? { kind: 'continue', data: Buffer.from([9]) } : { kind: 'accept', data: Buffer.from([10]) };
        };
      },
    },
  });
  const client = makeClient(t, {
    host: '127.0.0.1', port, authentication: {
      method: 'twice', data: () => Buffer.from([1]),
      respond: (data) => {
        t.deepEqual(data === null ? null : [...data], [9]);
        return Promise.resolve(Buffer.from([2]));
      },
    },
  });
  const result = await client.connect();
  t.deepEqual([...(result.properties.authenticationData ?? [])], [10]);
  await client.reauthenticate(Buffer.from([1]));
  await client.end();
});

test('enhanced authentication: an application that gives up ends the connection with its words', async (t) => {
  const { port } = await startBroker(t, { authenticationMethods: { m: () => () => ({ kind: 'continue' }) } });
  const client = makeClient(t, { host: '127.0.0.1', port, authentication: { method: 'm', respond: () => { throw new Error('no secret at hand'); } } });
  t.regex((await rejection(t, client.connect())).message, /no secret at hand$/);
  await until(() => client.state === State.Idle);
});

test('an unknown authentication method is refused in words', async (t) => {
  const { port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, authentication: { method: 'odd' } });
  t.regex((await rejection(t, client.connect())).message, /does not support this authentication method \(0x8C\)/);
});

test('end sends what is accepted, then DISCONNECT; the will stays unpublished [MQTT-3.14.4-3]', async (t) => {
  const { broker, port } = await startBroker(t);
  const topics: string[] = [];
  broker.on('messageIn', (message) => topics.push(message.topic));
  const ended = once(broker, 'clientDisconnected');
  const client = makeClient(t, { host: '127.0.0.1', port, will: { topic: 'will', payload: 'gone' } });
  await client.connect();
  const payload = Buffer.alloc(100);
  for (let n = 0; n < 300; n++) t.true(client.publishNow('t', payload, n % 3 * 2) >= 0);
  await client.end({ reason: Reason.Success, properties: { reasonString: 'done' } });
  t.like((await ended)[0], { by: 'client', reasonCode: 0 });
  t.is(topics.length, 300);
  t.false(topics.includes('will'));
  t.deepEqual(broker.violations, []);
});

test('end with reason 4 has the will published [MQTT-3.14.4-3]', async (t) => {
  const { broker, port } = await startBroker(t);
  const heir = makeClient(t, { host: '127.0.0.1', port });
  await heir.connect();
  await heir.subscribe('will', { qos: 1 });
  const will = once(heir, 'message');
  const client = makeClient(t, { host: '127.0.0.1', port, will: { topic: 'will', payload: 'gone', qos: 1, properties: { contentType: 'x' } } });
  await client.connect();
  await client.end({ reason: Reason.DisconnectWithWill });
  const [topic, payload, packet] = (await will) as [string, Buffer, ReceivedMessage];
  t.is(topic, 'will');
  t.is(payload.toString(), 'gone');
  t.is(packet.properties.contentType, 'x');
  t.deepEqual(broker.violations, []);
});

test('end while connecting, while waiting and before: resolves, and connect rejects', async (t) => {
  const silent = await startRawServer(t, () => undefined);
  const connecting = makeClient(t, { host: '127.0.0.1', port: silent.port });
  const failed = rejection(t, connecting.connect());
  await until(() => silent.count() === 1);
  await connecting.end();
  t.is((await failed).status, Status.ByApplication);

  const waiting = makeClient(t, { host: '127.0.0.1', port: await unusedPort(), reconnect: { minMs: 100000, maxMs: 100000 } });
  const alsoFailed = rejection(t, waiting.connect());
  await disconnection(waiting);
  const publish = rejection(t, waiting.publish('t', 'x', { qos: 1 }));
  const subscribe = rejection(t, waiting.subscribe('t'));
  await waiting.end();
  for (const error of [await alsoFailed, await publish, await subscribe]) t.is(error.status, Status.ByApplication);
  await makeClient(t, {}).end();
});

test('a client that was ended can connect again', async (t) => {
  const { port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port });
  for (let n = 0; n < 3; n++) {
    const connected = client.connect();
    t.is(client.connect(), connected);
    t.is(await connected, await client.connect());
    await client.end();
    t.is(client.state, State.Idle);
  }
});

test('end is refused in words where its properties or reason cannot be sent', async (t) => {
  const { port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port });
  await client.connect();
  t.regex((await rejection(t, client.end({ properties: { sessionExpiryInterval: 5 } }))).message, /^DISCONNECT was refused: the properties/);
  t.is((await rejection(t, client.end({ properties: { topicAlias: 5 } }))).field, 'properties.topicAlias');
  t.is((await rejection(t, client.end({ timeoutMs: -1 }))).field, 'timeoutMs');
  t.is((await rejection(t, client.end({ reason: 1 as Reason }))).status, Status.BadFlags);
  t.true(client.isConnected);
});
