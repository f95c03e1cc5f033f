/**
 * Whole clients against a real Mosquitto, each in a process of its own: CPU time per 100,000 messages beside MQTT.js, and
 * bytes allocated per message beside a bare socket.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, medianRatio, type Row } from './measure.js';
import { startMosquitto } from './mosquitto.js';

interface Result {
  cpuMs: number;
  heapBytes: number;
  messages: number;
  collections: number;
  wallMs: number;
}

const worker = fileURLToPath(new URL('client-worker.js', import.meta.url));

/** Runs a worker to its end; `onReady` is called when it says that it is subscribed. */
function run(kind: string, mode: string, port: number, count: number, flags: readonly string[] = [], onReady?: () => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, worker, kind, mode, String(port), String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let wasReady = false;
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!wasReady && text.includes('ready\n')) {
        wasReady = true;
        onReady?.();
      }
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`client-worker ${kind} ${mode} ended with code ${code}`));
      else resolve(JSON.parse(text.replace('ready\n', '')) as Result);
    });
  });
}

/** A receiver needs a sender: the worker itself, whose figures are not looked at. */
async function receive(kind: string, port: number, count: number): Promise<Result> {
  const senders: Promise<Result>[] = [];
  const result = await run(kind, 'receive', port, count, [], () => { senders.push(run('midge', 'publish0', port, count)); });
  await Promise.all(senders);
  return result;
}

const rounds = 3;
/** More than the 100,000 that the figure is for: what the engine spends on compiling is a start-up cost, and is left out with the warm-up. */
const count = 400_000;

const per100k = ({ cpuMs, messages }: Result): number => (cpuMs * 100_000) / messages;

async function cpuRow(what: string, one: (kind: string) => Promise<Result>, bar: number): Promise<Row> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(per100k(await one('midge')));
    theirs.push(per100k(await one('mqttjs')));
  }
  const ratio = medianRatio(ours, theirs);
  return {
    what: `CPU per 100,000: ${what}`, ours: `${median(ours).toFixed(0)} ms`, peer: `MQTT.js ${median(theirs).toFixed(0)} ms`,
    ratio: `${ratio.toFixed(2)} of it`, bar: `at most ${bar.toFixed(2)}`, held: ratio <= bar,
  };
}

/** New space is made so large that nothing is collected: then what the heap grew by is what was allocated. */
async function allocationRow(port: number): Promise<Row> {
  const flags = ['--max-semi-space-size=256', '--min-semi-space-size=256'];
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [kind, list] of [['midge', ours], ['raw', theirs]] as const) {
      const { heapBytes, messages, collections } = await run(kind, 'publish0', port, count, flags);
      if (collections > 0 && kind === 'midge') console.log(`  (a collection ran during the measurement of ${kind}: its figure is too small)`);
      list.push(heapBytes / messages);
    }
  }
  const more = median(ours) - median(theirs);
  return {
    what: 'bytes allocated per message, whole process', ours: `${median(ours).toFixed(1)} B`, peer: `raw net.Socket ${median(theirs).toFixed(1)} B`,
    ratio: `${more >= 0 ? '+' : ''}${more.toFixed(1)} B`, bar: 'at most 20 more', held: more <= 20,
  };
}

/** Null where Mosquitto is not installed. */
export async function clientRows(): Promise<Row[] | null> {
  const broker = await startMosquitto();
  if (broker === null) return null;
  try {
    return [
      await cpuRow('publish QoS 0', (kind) => run(kind, 'publish0', broker.port, count), 1 / 3),
      await cpuRow('publish QoS 1, window 100', (kind) => run(kind, 'publish1', broker.port, count), 1 / 2),
      await cpuRow('receive QoS 0', (kind) => receive(kind, broker.port, count), 1 / 2),
      await allocationRow(broker.port),
    ];
  } finally {
    await broker.stop();
  }
}
