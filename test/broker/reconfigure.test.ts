// broker.reconfigure: all options at once or none; a client that is connected keeps what CONNACK told it.

import { once } from 'node:events';
import test from 'ava';
import { connectAsync } from 'mqtt';
import { createBroker } from '../../src/broker/index.js';

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
