// broker.reconfigure: all options at once or none; a client that is connected keeps what CONNACK told it.

import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import test from 'ava';
import { connectAsync } from 'mqtt';
import selfsigned from 'selfsigned';
import { createBroker, ManualClock } from '../../src/broker/index.js';
import { until } from '../until.js';

test('new limits hold for new connections, what CONNACK announced for those that are open', async (t) => {
  const broker = createBroker({ maximumQoS: 2 });
  t.teardown(() => broker.close());
  const { port } = await broker.listen();
  const open = (clientId: string) => connectAsync(`mqtt://127.0.0.1:${port}`, { clientId, protocolVersion: 5, reconnectPeriod: 0 });
  const before = await open('before');
  broker.reconfigure({ maximumQoS: 0 });
  const after = await open('after');
  await before.publishAsync('a', 'x', { qos: 2 });
  t.deepEqual(broker.violations, []);
  const violated = once(broker, 'violation');
  after.on('error', () => undefined);
  after.publish('a', 'x', { qos: 2 });
  await violated;
  t.deepEqual(broker.violations.map(({ clientId, reasonCode }) => [clientId, reasonCode]), [['after', 0x9b]]);
  broker.reconfigure({ refuseConnects: { reasonCode: 0x88 } });
  await t.throwsAsync(() => open('refused'));
  t.true(before.connected);
  for (const client of [before, after]) await client.endAsync(true);
});

test('a wrong option changes nothing', (t) => {
  const broker = createBroker({ refuseConnects: { reasonCode: 0x88 } });
  t.throws(() => broker.reconfigure({ receiveMaximum: 0 }), { message: /receiveMaximum is 0/ });
  t.throws(() => broker.reconfigure({ faults: { rules: [{}] } as never }), { message: /rules\[0\]/ });
  t.throws(() => broker.reconfigure({ data: 'x' } as never), { message: /data cannot change/ });
  t.is(broker.refuseConnects?.reasonCode, 0x88);
  t.throws(() => broker.renewTls({ host: '127.0.0.1', port: 1 }, {}), { message: /no TLS listener on 127\.0\.0\.1:1/ });
});

test('a TLS handshake has the time that was set last', async (t) => {
  const clock = new ManualClock();
  const broker = createBroker({ clock, connectTimeoutMs: 60_000 });
  t.teardown(() => broker.close({ abrupt: true }));
  const pems = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 });
  for (const [at, transport] of (['tls', 'wss'] as const).entries()) {
    const { port } = await broker.listen({ transport, tls: { key: pems.private, cert: pems.cert } });
    broker.reconfigure({ connectTimeoutMs: 1000 });
    const silent = connect(port, '127.0.0.1');
    const closed = once(silent, 'close');
    while (broker.stats.connectTimeouts === at) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      clock.advance(1000);
    }
    await closed;
    // One that is done is not cut off.
    const done = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(done, 'secureConnect');
    done.destroy();
    t.is(broker.stats.connectTimeouts, at + 1);
  }
});

test('whoever is being let in while the hook is replaced is asked of the new one', async (t) => {
  let answer: (isLetIn: boolean) => void = () => undefined;
  const broker = createBroker({ authenticate: () => new Promise<boolean>((resolve) => { answer = resolve; }) });
  t.teardown(() => broker.close());
  const { port } = await broker.listen();
  const asked = once(broker, 'clientRefused');
  const refused = connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: 'late', protocolVersion: 5, reconnectPeriod: 0 });
  refused.catch(() => undefined);
  await until(() => broker.stats.packetsIn > 0);
  broker.reconfigure({ authenticate: () => false });
  answer(true);
  await asked;
  await t.throwsAsync(refused);
});
