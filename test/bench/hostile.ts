/**
 * 10,000 hostile connections beside good clients: how long a good message takes before, meanwhile and afterwards, and how
 * much memory the broker has at most. The broker is `midge broker` with a rate that suits what its good clients do.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { HostilePlan, HostileReport } from '../broker/limits-hostile.js';
import { publish, RawClient, subscribe, connectOf } from '../broker/support.js';
import type { Row } from './measure.js';
import { cpuMs, portOf, residentKb, residentPeakKb, waitedForCoreMs } from './process-figures.js';

const seed = 20_261_122;
const kinds = 10;
const each = 1000;
const pairs = 10;
const comeMs = 10_000;
const stayMs = 15_000;
const calmMs = 3000;
const packetsPerSecondMax = 100;
const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

interface Pair {
  readonly publisher: RawClient;
  readonly subscriber: RawClient;
  readonly topic: string;
}

async function joined(port: number, clientId: string): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send(connectOf(4, { clientId }));
  await client.takePacket();
  return client;
}

async function pairOf(port: number, index: number): Promise<Pair> {
  const subscriber = await joined(port, `good-subscriber-${index}`);
  subscriber.send(subscribe(4, 1, `good/${index}`, 0));
  await subscriber.takePacket();
  return { publisher: await joined(port, `good-publisher-${index}`), subscriber, topic: `good/${index}` };
}

/** Ten messages a second from each publisher at QoS 1, until `isOver`; milliseconds from each to its subscriber. */
async function latencies(good: readonly Pair[], isOver: () => boolean): Promise<number[]> {
  const found: number[] = [];
  await Promise.all(good.map(async ({ publisher, subscriber, topic }) => {
    for (let id = 1; !isOver(); id++) {
      const sentAt = performance.now();
      publisher.send(publish(4, topic, 'x'.repeat(32), { qos: 1, id }));
      await subscriber.takePacket();
      found.push(performance.now() - sentAt);
      await publisher.takePacket();
      await sleep(100);
    }
  }));
  return found.sort((a, b) => a - b);
}

const after = (ms: number): (() => boolean) => {
  const end = performance.now() + ms;
  return () => performance.now() >= end;
};

function percentiles(sorted: readonly number[]): string {
  const at = (share: number): string => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  return `${at(0.5)} / ${at(0.99)} / ${sorted[sorted.length - 1].toFixed(1)} ms`;
}

export async function hostileRows(): Promise<Row[]> {
  const broker = spawn(process.execPath, [program, 'broker', '--port', '0', '--packets-per-second-max', String(packetsPerSecondMax), '--log-level', 'error'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await portOf(broker);
  const good = await Promise.all(Array.from({ length: pairs }, (_, index) => pairOf(port, index)));
  const before = await latencies(good, after(calmMs));
  const residentBefore = residentKb(broker.pid!);
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('../broker/limits-hostile.js', import.meta.url), { workerData: { port, seed, each, overMs: comeMs, counter } satisfies HostilePlan });
  const allThere = (): boolean => Atomics.load(counter, 0) >= each * kinds;
  const coming = await latencies(good, allThere);
  const busyBefore = cpuMs(broker.pid!);
  const waitedBefore = waitedForCoreMs(broker.pid!);
  const stayBegan = performance.now();
  const meanwhile = await latencies(good, after(stayMs));
  const share = (ms: number): string => `${((100 * ms) / (performance.now() - stayBegan)).toFixed(0)} %`;
  const busy = share(cpuMs(broker.pid!) - busyBefore);
  const waited = share(waitedForCoreMs(broker.pid!) - waitedBefore);
  const peak = residentPeakKb(broker.pid!);
  const ended = new Promise<HostileReport>((resolve) => worker.once('message', resolve));
  worker.postMessage('end');
  const report = await ended;
  await sleep(2000);
  const afterwards = await latencies(good, after(calmMs));
  await worker.terminate();
  for (const { publisher, subscriber } of good) {
    publisher.destroy();
    subscriber.destroy();
  }
  const closed = new Promise((resolve) => broker.once('close', resolve));
  broker.kill('SIGTERM');
  await closed;
  for (const { name, connections, thrownOut } of report.kinds) console.log(`  ${name}: ${connections} connections, ${thrownOut} thrown out`);
  const row = (what: string, ours: string): Row => ({ what, ours, peer: '', ratio: '', bar: 'printed', held: null });
  return [
    row('good messages before, p50 / p99 / slowest', percentiles(before)),
    row(`while ${each * kinds} hostile connections come, seed ${seed}`, percentiles(coming)),
    row(`while they stay, and come back when thrown out (${report.connections} in all, ${report.thrownOut} thrown out)`, percentiles(meanwhile)),
    row('meanwhile the broker had a core, and was ready to run and had none, of that time', `${busy} and ${waited}`),
    row('afterwards', percentiles(afterwards)),
    row('resident memory before, and at most', `${(residentBefore / 1024).toFixed(0)} and ${(peak / 1024).toFixed(0)} MB`),
  ];
}
