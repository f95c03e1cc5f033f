/** The Node port over TCP, TLS and WebSocket against the reference broker, in both versions. */
import test from 'ava';
import type { Transport } from '../../src/broker/index.js';
import type { ClientOptions, TlsOptions } from '../../targets/node/index.js';
import { refusesTopic, resumes, streams, talksAtEveryQos } from './conversation.js';
import { type Certificate, makeCertificate, makeClient, rejection, startBroker, urlOf } from './support.js';

let certificate: Certificate;

test.before(async () => {
  certificate = await makeCertificate();
});

const transports: readonly Transport[] = ['tcp', 'tls', 'ws', 'wss'];

function tlsOf(transport: Transport): TlsOptions | undefined {
  return transport === 'tls' || transport === 'wss' ? { ca: certificate.cert } : undefined;
}

for (const transport of transports) {
  for (const protocolVersion of [4, 5] as const) {
    const name = `${transport}, version ${protocolVersion}`;
    const start = async (t: Parameters<typeof startBroker>[0]): Promise<{ options: ClientOptions; broker: Awaited<ReturnType<typeof startBroker>>['broker'] }> => {
      const { broker, port } = await startBroker(t, {}, { transport, tls: transport === 'tls' || transport === 'wss' ? certificate : undefined });
      return { broker, options: { url: urlOf(transport, port), protocolVersion, tls: tlsOf(transport) } };
    };

    test(`${name}: publishes and receives at every QoS [MQTT-4.3.1-1] [MQTT-4.3.2-1] [MQTT-4.3.3-1]`, async (t) => {
      const { broker, options } = await start(t);
      await talksAtEveryQos(t, options, 'talk');
      t.deepEqual(broker.violations, []);
    });

    test(`${name}: streams payloads larger than its buffers, both ways`, async (t) => {
      const { broker, options } = await start(t);
      await streams(t, options, 'stream');
      t.deepEqual(broker.violations, []);
    });

    test(`${name}: a session resumes after a lost link, with nothing lost or doubled [MQTT-4.4.0-1]`, async (t) => {
      const { broker, options } = await start(t);
      await resumes(t, options, 'resumer', () => {
        setImmediate(() => broker.dropClient('resumer'));
      });
      t.deepEqual(broker.violations, []);
    });

    test(`${name}: bad topics and filters are refused in words`, async (t) => {
      const { options } = await start(t);
      await refusesTopic(t, options);
    });
  }
}

for (const transport of ['tls', 'wss'] as const) {
  test(`${transport}: a certificate of an unknown authority is a clean error that says what to do`, async (t) => {
    const { port } = await startBroker(t, {}, { transport, tls: certificate });
    const other = await makeCertificate();
    const client = makeClient(t, { url: urlOf(transport, port), tls: { ca: other.cert }, reconnect: false });
    const error = await rejection(t, client.connect());
    t.regex(error.message, /could not be reached: .*certificate.*\(tls\.ca\) \(/);
    t.true(error.cause instanceof Error);
  });

  test(`${transport}: a certificate for another name is a clean error`, async (t) => {
    const { port } = await startBroker(t, {}, { transport, tls: certificate });
    const client = makeClient(t, { url: urlOf(transport, port), tls: { ca: certificate.cert, servername: 'elsewhere.example' }, reconnect: false });
    t.regex((await rejection(t, client.connect())).message, /for another name \(tls\.servername\)/);
  });

  test(`${transport}: rejectUnauthorized: false accepts it`, async (t) => {
    const { port } = await startBroker(t, {}, { transport, tls: certificate });
    const client = makeClient(t, { url: urlOf(transport, port), tls: { rejectUnauthorized: false } });
    t.false((await client.connect()).sessionPresent);
  });
}

test('tls: a server that speaks plain MQTT is a clean error', async (t) => {
  const { port } = await startBroker(t);
  const client = makeClient(t, { host: '127.0.0.1', port, tls: true, reconnect: false, connectTimeoutMs: 2000 });
  t.regex((await rejection(t, client.connect())).message, /^mqtts:\/\/127\.0\.0\.1:\d+ could not be reached/);
});

test('tls: a key that does not parse is a clean error', async (t) => {
  const { port } = await startBroker(t, {}, { transport: 'tls', tls: certificate });
  const client = makeClient(t, { host: '127.0.0.1', port, tls: { key: 'no key', cert: 'no certificate' }, reconnect: false });
  t.regex((await rejection(t, client.connect())).message, /could not be reached: /);
});

test('tls: client certificates are sent', async (t) => {
  const { port } = await startBroker(t, {
    authenticate: (request) => 'getPeerCertificate' in request.socket,
  }, { transport: 'tls', tls: { ...certificate, ca: certificate.cert, requestCert: true, rejectUnauthorized: true } });
  const client = makeClient(t, { host: '127.0.0.1', port, tls: { ca: certificate.cert, cert: certificate.cert, key: certificate.key } });
  t.false((await client.connect()).sessionPresent);
});

test('ws: another path than the server serves is a clean error', async (t) => {
  const { port } = await startBroker(t, {}, { transport: 'ws', path: '/mqtt' });
  const client = makeClient(t, { url: `ws://127.0.0.1:${port}/other`, reconnect: false });
  t.regex((await rejection(t, client.connect())).message, /^ws:\/\/127\.0\.0\.1:\d+\/other could not be reached: Unexpected server response: \d+/);
  const right = makeClient(t, { host: '127.0.0.1', port, ws: { path: '/mqtt', headers: { 'x-test': '1' } } });
  t.false((await right.connect()).sessionPresent);
});
