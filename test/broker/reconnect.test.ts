/*
 * Messages through connections that are cut again and again, with MQTT.js at both ends: QoS 1 at least once, QoS 2 exactly
 * once and in order. Where the cuts fall is decided by a seed. MQTT 5.0, 4.3, 4.4 and 4.6.
 */
import test from 'ava';
import mqtt from 'mqtt';
import { createTestBroker } from './support.js';

const messages = 400;

for (const protocolVersion of [4, 5] as const) {
  for (const qos of [1, 2] as const) {
    const ids = qos === 1 ? '[MQTT-4.3.2-2] [MQTT-4.4.0-1]' : '[MQTT-4.3.3-2] [MQTT-4.4.0-1]';
    test(`${protocolVersion === 4 ? '3.1.1' : '5.0'} QoS ${qos} through cut connections ${ids}`, async (t) => {
      const seed = 1000 + protocolVersion * 10 + qos;
      let state = seed;
      const random = (below: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
        return Math.floor((state / 0x80000000) * below);
      };
      const broker = createTestBroker();
      t.teardown(() => broker.close());
      const { port } = await broker.listen();
      const common = {
        protocolVersion, clean: false, reconnectPeriod: 1, resubscribe: false,
        ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 1000, receiveMaximum: 7 } } : {}),
      };
      const reader = mqtt.connect(`mqtt://127.0.0.1:${port}`, { ...common, clientId: 'reader' });
      const writer = mqtt.connect(`mqtt://127.0.0.1:${port}`, { ...common, clientId: 'writer' });
      const got: number[] = [];
      let wake: () => void = () => undefined;
      reader.on('message', (_topic, payload) => {
        got.push(Number(payload.toString()));
        wake();
      });
      await reader.subscribeAsync('a', { qos });
      let cuts = 0;
      broker.on('messageIn', () => {
        if (random(25) === 0 && broker.dropClient('writer')) cuts++;
      });
      broker.on('messageOut', () => {
        if (random(25) === 0) setImmediate(() => broker.dropClient('reader') && cuts++);
      });
      await Promise.all(Array.from({ length: messages }, (_, i) => writer.publishAsync('a', `${i}`, { qos })));
      while (new Set(got).size < messages) await new Promise<void>((resolve) => (wake = resolve));
      await Promise.all([reader.endAsync(true), writer.endAsync(true)]);
      t.true(cuts > 10, `seed ${seed}: ${cuts} cuts`);
      t.is(new Set(got).size, messages, `seed ${seed}: nothing lost`);
      if (qos === 2) t.is(got.length, messages, `seed ${seed}: nothing twice`);
      t.deepEqual(broker.violations, [], `seed ${seed}`);
    });
  }
}
