/**
 * A bridge under load in both directions while either broker is killed at random moments and started again: nothing that a
 * publisher was told is stored goes missing on the other side, and first arrivals keep their order. MIDGE_KILLS sets how often
 * (default 4), MIDGE_SEED repeats a run.
 */
import test from 'ava';
import { ResumingClient } from '../broker/durability-client.js';
import { BrokerProcess, createRandom, waitFor, withFolder } from '../broker/durability-process.js';
import { unusedPort } from '../node/support.js';

const kills = Number(process.env['MIDGE_KILLS'] ?? 4);
const seed = Number(process.env['MIDGE_SEED'] ?? Date.now() % 1_000_000);
const publishersPerSide = 4;
const unfinishedMax = 10;

/** `midge broker` at one port, in a folder, killed and started again. */
class Mortal {
  private process: BrokerProcess | undefined;
  constructor(private readonly folder: string, readonly port: number, private readonly more: readonly string[]) {}

  async start(): Promise<void> {
    const options = { arguments: ['--port', String(this.port), '--session-queue-messages-max', '10000000', '--session-queue-bytes-max', '1000000000', ...this.more] };
    this.process = await BrokerProcess.start(this.folder, options);
    if (this.process.port === undefined) throw new Error(this.process.output);
  }

  get portNow(): number | undefined {
    return this.process?.port;
  }

  async kill(): Promise<void> {
    await this.process?.kill();
  }
}

for (const version of ['5', '3.1.1']) {
  test.serial(`MQTT ${version}: ${kills} kills of either broker under load lose nothing on the way over the bridge`, (t) =>
    withFolder((folderHere) => withFolder(async (folderThere) => {
      t.timeout(120_000 + kills * 30_000);
      t.log(`MIDGE_SEED=${seed}`);
      const random = createRandom(seed);
      const there = new Mortal(folderThere, await unusedPort(), []);
      const here = new Mortal(folderHere, await unusedPort(), [
        '--bridge', `mqtt://127.0.0.1:${there.port}`, '--bridge-version', version, '--bridge-topic', 'out up/# 2', '--bridge-topic', 'in down/# 2',
      ]);
      await there.start();
      await here.start();
      let acknowledgements = 0;
      const clients: ResumingClient[] = [];
      const client = (id: string, at: Mortal): ResumingClient => {
        const made = new ResumingClient(id, () => at.portNow, () => acknowledgements++);
        clients.push(made);
        return made;
      };
      try {
        const [above, below] = [client('above', there), client('below', here)];
        await above.subscribe('up/#', 2);
        await below.subscribe('down/#', 2);
        // The bridge's own subscription at the other broker is made before anything is published there.
        const probe = client('probe', there);
        const probing = setInterval(() => void probe.publish('down/probe', 'probe', 1), 50);
        await waitFor('the bridge', () => below.received.length > 0).finally(() => { clearInterval(probing); });

        let running = true;
        const load = async (name: string, from: ResumingClient, qos: 1 | 2): Promise<void> => {
          const exchanges = new Set<Promise<void>>();
          for (let count = 0; running; count++) {
            const exchange = from.publish(name, `${name}:${count}`, qos).then(() => void exchanges.delete(exchange));
            exchanges.add(exchange);
            if (exchanges.size >= unfinishedMax) await Promise.race(exchanges);
          }
          await Promise.all(exchanges);
        };
        const loads: Promise<void>[] = [];
        const sources: Record<'up' | 'down', ResumingClient[]> = { up: [], down: [] };
        for (const [way, at] of [['up', here], ['down', there]] as const) {
          for (let index = 0; index < publishersPerSide; index++) {
            const source = client(`${way}-${index}`, at);
            sources[way].push(source);
            loads.push(load(`${way}/${index}`, source, index % 2 === 0 ? 1 : 2));
          }
        }
        const victims: string[] = [];
        for (let killed = 0; killed < kills; killed++) {
          const until = acknowledgements + 50 + random(1500);
          await waitFor('acknowledgements', () => acknowledgements >= until);
          await new Promise((resolve) => setTimeout(resolve, random(30)));
          const isHere = random(2) === 0;
          victims.push(isHere ? 'bridge' : 'remote');
          const victim = isHere ? here : there;
          await victim.kill();
          await victim.start();
        }
        running = false;
        await Promise.all(loads);
        t.log(`killed: ${victims.join(', ')}`);
        for (const [way, reader] of [['up', above], ['down', below]] as const) {
          const expected = sources[way].flatMap((source) => source.acknowledged);
          const seen = new Set<string>();
          await waitFor(`${way}: the last messages`, () => {
            for (const { payload } of reader.received) seen.add(payload);
            return expected.every((payload) => seen.has(payload));
          });
          t.deepEqual(expected.filter((payload) => !seen.has(payload)), [], 'acknowledged and missing');
          const latest = new Map<string, number>();
          const first = new Set<string>();
          for (const { topic, payload } of reader.received) {
            if (payload === 'probe' || first.has(payload)) continue;
            first.add(payload);
            const count = Number(payload.split(':')[1]);
            t.true(count === (latest.get(topic) ?? -1) + 1, `${payload} comes after ${latest.get(topic)}`);
            latest.set(topic, count);
          }
          t.log(`${way}: ${expected.length} messages acknowledged, ${reader.received.length - first.size} came again`);
        }
        t.deepEqual(clients.flatMap(({ faults }) => faults), []);
      } finally {
        for (const made of clients) made.stop();
        await here.kill();
        await there.kill();
      }
    })));
}
