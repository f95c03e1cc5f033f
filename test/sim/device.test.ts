/** A simulated device whose outbox is full, as on a machine that was held up: it answers and says goodbye all the same, behind what is on its way. */
import test from 'ava';
import { createCounters } from '../../src/sim/counters.js';
import { Device } from '../../src/sim/device.js';
import { makeClient, startBroker } from '../node/support.js';
import { until } from '../until.js';

test('a device with more telemetry due than its outbox holds answers commands, and its status is offline when it has stopped', async (t) => {
  const { port } = await startBroker(t);
  const url = `mqtt://127.0.0.1:${port}`;
  const peer = makeClient(t, { url, clientId: 'peer', receiveMaximum: 1000 });
  const status: string[] = [];
  let answers = 0;
  await peer.connect();
  await peer.subscribe('midge/one/status', { qos: 1 }, ({ payload }) => { status.push(payload.toString()); });
  await peer.subscribe('answers', { qos: 1 }, () => { answers += 1; });
  const device = new Device({ name: 'one', url, protocolVersion: 5, seed: 1, rate: 1_000_000, qosMax: 2 }, createCounters(1).devices[0]);
  t.teardown(() => device.client.end({ timeoutMs: 0 }));
  await device.start();
  const floods = setInterval(() => { device.work(); }, 1);
  for (let n = 0; n < 5; n++) await peer.publish('midge/one/command', 'x', { qos: 1, properties: { responseTopic: 'answers', correlationData: Buffer.of(n) } });
  await until(() => answers === 5, 'five answers');
  clearInterval(floods);
  while (device.client.publishNow('any', Buffer.alloc(1), 2) >= 0);
  await device.stop(60_000);
  await until(() => status.length === 2, () => status.join());
  t.deepEqual(status, ['online', 'offline']);
});
