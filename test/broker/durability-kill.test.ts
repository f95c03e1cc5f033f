/*
 * Nothing lost: 20 publishers under load, the broker killed at random moments and started again. No acknowledged message
 * is missing, no QoS 2 message comes twice, order is kept. MIDGE_KILLS sets how often (default 4), MIDGE_SEED repeats a run.
 */
import test from 'ava';
import { ResumingClient } from './durability-client.js';
import { BrokerProcess, createRandom, waitFor, withFolder } from './durability-process.js';

const kills = Number(process.env.MIDGE_KILLS ?? 4);
const seed = Number(process.env.MIDGE_SEED ?? Date.now() % 1_000_000);
const publishers = 20;
const unfinishedMax = 10;

test(`${kills} kills under load lose nothing and double nothing [MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-4.3.3-10] [MQTT-4.4.0-1] [MQTT-4.1.0-1]`, (t) =>
  withFolder(async (folder) => {
    t.timeout(120_000 + kills * 30_000);
    t.log(`MIDGE_SEED=${seed}`);
    const random = createRandom(seed);
    const options = { arguments: ['--session-queue-messages-max', '10000000'] };
    let broker = await BrokerProcess.start(folder, options);
    t.not(broker.port, undefined, broker.output);
    const port = (): number | undefined => broker.port;
    let acknowledgements = 0;
    const clients: ResumingClient[] = [];
    const client = (id: string): ResumingClient => {
      const made = new ResumingClient(id, port, () => acknowledgements++);
      clients.push(made);
      return made;
    };
    try {
      const subscribers = [client('reader-qos-2'), client('reader-qos-1')];
      await subscribers[0].subscribe('load/#', 2);
      await subscribers[1].subscribe('load/#', 1);
      const away = client('away');
      await away.subscribe('load/#', 2);
      away.stop();

      let running = true;
      const load = async (index: number, from: ResumingClient): Promise<void> => {
        const qos = index % 2 === 0 ? 1 : 2;
        const exchanges = new Set<Promise<void>>();
        for (let count = 0; running; count++) {
          const exchange = from.publish(`load/${index}`, `${index}:${qos}:${count}`, qos).then(() => void exchanges.delete(exchange));
          exchanges.add(exchange);
          if (exchanges.size >= unfinishedMax) await Promise.race(exchanges);
        }
        await Promise.all(exchanges);
      };
      const sources = Array.from({ length: publishers }, (_, index) => client(`publisher-${index}`));
      const loads = sources.map((source, index) => load(index, source));
      for (let killed = 0; killed < kills; killed++) {
        const until = acknowledgements + 50 + random(1500);
        await waitFor('acknowledgements', () => acknowledgements >= until);
        await new Promise((resolve) => setTimeout(resolve, random(20)));
        await broker.kill();
        broker = await BrokerProcess.start(folder, options);
        if (broker.port === undefined) throw new Error(broker.output);
      }
      running = false;
      await Promise.all(loads);
      const back = client('away');
      const expected = new Set(sources.flatMap((source) => source.acknowledged));
      const readers = [...subscribers, back];
      await waitFor('the subscribers', () => readers.every(({ received }) => new Set(received.map(({ payload }) => payload)).size >= expected.size));
      t.log(`${expected.size} messages acknowledged`);

      for (const { received } of readers) {
        const seen = new Map<string, number>();
        const latest = new Map<string, number>();
        for (const { topic, payload } of received) {
          const times = (seen.get(payload) ?? 0) + 1;
          seen.set(payload, times);
          if (times > 1) continue;
          const count = Number(payload.split(':')[2]);
          t.true(count === (latest.get(topic) ?? -1) + 1, `${payload} comes after ${latest.get(topic)} [MQTT-4.6.0-5]`);
          latest.set(topic, count);
        }
        t.deepEqual([...expected].filter((payload) => !seen.has(payload)), [], 'acknowledged and missing');
        if (received === subscribers[1].received) continue;
        t.deepEqual([...seen].filter(([payload, times]) => times > 1 && payload.includes(':2:')), [], 'QoS 2 messages that came twice');
      }
      t.deepEqual(clients.flatMap(({ faults }) => faults), []);
    } finally {
      for (const made of clients) made.stop();
      await broker.kill();
    }
  }));
