/** What crosses a bridge and what becomes of it: both directions, every QoS, both versions of the remote side. */
import test from 'ava';
import { bridge, connected, reader, Site, writer } from './support.js';
import { until } from '../until.js';

for (const protocolVersion of [4, 5] as const) {
  for (const qos of [0, 1, 2] as const) {
    test(`out at QoS ${qos} to a remote broker of version ${protocolVersion}, in order`, async (t) => {
      const [here, there] = [await Site.open(t), await Site.open(t)];
      const made = bridge(t, here, there, { protocolVersion, topics: [{ filter: 'a/#', direction: 'out', qos }] });
      const { payloads, received } = await reader(t, there.url, '#');
      await connected(made);
      await until(() => here.broker.session('$bridge-test-out')?.subscriptions.includes('a/#') === true);
      const source = await writer(t, here.url);
      await source.publish('b/other', 'x', { qos });
      const sent = Array.from({ length: 300 }, (_, n) => `m${n}`);
      await Promise.all(sent.map((payload) => source.publish('a/b', payload, { qos })));
      await until(() => received.length >= sent.length);
      t.deepEqual(payloads(), sent);
      t.deepEqual([...new Set(received.map((message) => `${message.topic} ${message.qos}`))], [`a/b ${qos}`]);
      await until(() => made.stats.out.messages === 300);
    });

    test(`in at QoS ${qos} from a remote broker of version ${protocolVersion}, in order`, async (t) => {
      const [here, there] = [await Site.open(t), await Site.open(t)];
      const made = bridge(t, here, there, { protocolVersion, topics: [{ filter: 'a/#', direction: 'in', qos }] });
      const { payloads, received } = await reader(t, here.url, '#');
      await connected(made);
      await until(() => there.broker.session('bridge-in')?.subscriptions.includes('a/#') === true);
      const source = await writer(t, there.url);
      const sent = Array.from({ length: 300 }, (_, n) => `m${n}`);
      await Promise.all(sent.map((payload) => source.publish('a/b', payload, { qos })));
      await until(() => received.length >= sent.length);
      t.deepEqual(payloads(), sent);
      t.deepEqual([...new Set(received.map((message) => `${message.topic} ${message.qos}`))], [`a/b ${qos}`]);
    });
  }
}

for (const protocolVersion of [4, 5] as const) {
  for (const qos of [1, 2] as const) {
    for (const keepsState of [true, false]) {
      test(`the remote broker of version ${protocolVersion} goes down and comes back ${keepsState ? 'with' : 'without'} its state: QoS ${qos} messages all arrive`, async (t) => {
        const [here, there] = [await Site.open(t), await Site.open(t)];
        const made = bridge(t, here, there, { protocolVersion, topics: [{ filter: 'a/#', direction: 'out', qos }], inFlightMax: 20 });
        await connected(made);
        await until(() => here.broker.session('$bridge-test-out')?.subscriptions.includes('a/#') === true);
        const source = await writer(t, here.url);
        const sent: string[] = [];
        const send = async (count: number): Promise<void> => {
          for (let n = 0; n < count; n++) {
            sent.push(`m${sent.length}`);
            await source.publish('a/b', sent[sent.length - 1], { qos });
          }
        };
        const first = await reader(t, there.url, '#', { clientId: 'reader', cleanStart: false, sessionExpiryS: 1000 });
        const sending = send(200);
        await until(() => first.received.length > 50);
        const up = await there.down(keepsState);
        await sending;
        await send(50);
        await up();
        // Without its state the remote broker has forgotten its reader too, who may be back after the messages are.
        const arrived = keepsState ? first.payloads : () => there.accepted;
        await until(() => sent.every((payload) => arrived().includes(payload)), () => `${sent.length} messages: ${new Set(arrived()).size} came`);
        t.pass();
      });
    }
  }
}
