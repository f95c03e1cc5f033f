/** Subscriptions of both APIs, from the sources and as `midge build` writes them: as many as there are, whatever their length, and what does not fit is refused. */
import test, { type ExecutionContext } from 'ava';
import { built } from './moddable/built.js';
import { broker, MQTTClient, network } from './moddable/site.js';
import { until } from '../until.js';

const { default: Midge } = await import('../../targets/moddable/modules/midge.js');

interface Classes { readonly MQTTClient: typeof MQTTClient; readonly Midge: typeof Midge }

const forms: readonly (readonly [name: string, make: (t: ExecutionContext) => Promise<Classes>])[] = [
  ['from the sources', () => Promise.resolve({ MQTTClient, Midge })],
  ['built for 3.1.1', (t) => built(t, 'mqtt311')],
  ['built with everything', (t) => built(t, 'full')],
];

for (const [name, make] of forms) {
  test(`${name}: a SUBACK for six filters, and messages of each`, async (t) => {
    const classes = await make(t);
    const { port } = await broker(t);
    const told: string[] = [];
    const topics = [1, 2, 3, 4, 5, 6].map((n) => `site/building/floor/room/${n}/temperature`);
    const client = new classes.MQTTClient({
      host: 'localhost', port, id: 'dev', ...network,
      onControl(message) {
        if (message.operation === MQTTClient.CONNACK) this.write(null, { operation: MQTTClient.SUBSCRIBE, items: topics.map((topic) => ({ topic, QoS: 1 })) });
        if (message.operation === MQTTClient.SUBACK) {
          told.push(message.payload!.join());
          for (const topic of topics) this.write(new ArrayBuffer(1), { topic, QoS: 1 });
        }
      },
      onReadable(count, { topic }) {
        this.read(count);
        told.push(topic!);
      },
    });
    t.teardown(() => client.close());
    await until(() => told.length === 7, () => told.join());
    t.deepEqual(told, ['1,1,1,1,1,1', ...topics]);
  });

  test(`${name}: a filter that does not fit is refused, and does not hold up the next`, async (t) => {
    const classes = await make(t);
    const { port } = await broker(t);
    const told: string[] = [];
    const client = new classes.Midge({ host: 'localhost', port, id: 'dev', ...network, onMessage: ({ topic }) => { told.push(topic); } });
    t.teardown(() => client.close());
    client.subscribe('x'.repeat(150), 1, (reason) => {
      told.push(`long ${reason}`);
      client.subscribe('short', 1, (granted) => { told.push(`short ${granted}`); });
    });
    client.subscribe('y'.repeat(150), 1, (reason) => { told.push(`longer ${reason}`); });
    client.connect();
    await until(() => told.length === 3, () => told.join());
    client.publish('short', '1', { QoS: 1 });
    await until(() => told.length === 4, () => told.join());
    t.deepEqual(told, ['long 128', 'longer 128', 'short 1', 'short']);
  });
}

for (const [name, make] of forms.filter(([form]) => form !== 'built for 3.1.1')) {
  test(`${name}: MQTT 5.0`, async (t) => {
    const classes = await make(t);
    const { port } = await broker(t);
    const told: string[] = [];
    const client = new classes.Midge({ host: 'localhost', port, id: 'dev', version: 5, ...network, onMessage: ({ topic }) => { told.push(topic); }, onDisconnected: (words) => { told.push(words); } });
    t.teardown(() => client.close());
    client.subscribe('a/+', 1, (reason) => { told.push(`granted ${reason}`); });
    client.connect();
    client.publish('a/b', '1', { QoS: 1 });
    await until(() => told.length === 2, () => told.join());
    client.unsubscribe('a/+', (reason) => { told.push(`ended ${reason}`); });
    await until(() => told.length === 3, () => told.join());
    t.deepEqual(told, ['granted 1', 'a/b', 'ended 0']);
  });
}
