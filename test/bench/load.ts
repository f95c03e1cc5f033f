/**
 * The reference broker beside Mosquitto and aedes under the same load, in turn: fan-out, fan-in, QoS 1 round trips, a
 * subscriber that does not read, memory of idle connections.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { optionDefaults } from '../../src/broker/option-ranges.js';
import { median, type Row } from './measure.js';
import { startMosquitto } from './mosquitto.js';
import { residentKb, residentPeakKb } from './process-figures.js';

export interface Server {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const ended = (child: ChildProcess): Promise<void> => new Promise((resolve) => { child.once('exit', () => { resolve(); }); });

/** A broker in a process of its own that prints its port. */
export async function startWorker(name: string, file: string, ...words: string[]): Promise<Server> {
  const child = spawn(process.execPath, [path(file), ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => { resolve(Number(chunk.toString())); });
    child.once('exit', (code) => { reject(new Error(`${name} ended with code ${code}`)); });
  });
  return { name, port, pid: child.pid ?? 0, stop: async () => { child.kill('SIGTERM'); await ended(child); } };
}

async function startAll(): Promise<Server[]> {
  const servers = [await startWorker('Midge', 'broker-worker.js'), await startWorker('aedes', 'aedes-worker.js')];
  const mosquitto = await startMosquitto('set_tcp_nodelay true\n');
  if (mosquitto === null) console.log('  Mosquitto NOT RUN: it is not installed (Debian: apt-get install mosquitto)');
  else servers.push({ name: 'Mosquitto', port: mosquitto.port, pid: mosquitto.pid, stop: () => mosquitto.stop() });
  return servers;
}

/** How much more the broker takes at most beside a subscriber that does not read, and its limit for one client. */
async function deadSubscriberRow(): Promise<Row> {
  const limit = optionDefaults.outputBytesMax;
  const server = await startWorker('Midge', 'broker-worker.js');
  try {
    // What the same load takes without it is not its doing.
    await rateOf('fanout', server, 60_000);
    const before = residentPeakKb(server.pid);
    await rateOf('slow', server, 60_000);
    const grown = (residentPeakKb(server.pid) - before) / 1024;
    return {
      what: 'the same: resident memory that it adds at most', ours: `${grown.toFixed(1)} MB`, peer: `limit: outputBytesMax ${limit / 1048576} MB`,
      ratio: '', bar: 'printed', held: null,
    };
  } finally {
    await server.stop();
  }
}

export async function rateOf(mode: string, server: Server, count: number): Promise<number> {
  const child = spawn(process.execPath, [path('load-worker.js'), mode, String(server.port), String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  await ended(child);
  if (text === '') console.log(`  ${server.name} did not finish ${mode}`);
  return text === '' ? NaN : (JSON.parse(text) as { rate: number }).rate;
}

/** Holds `count` idle connections while `work` runs. */
async function whileIdle(server: Server, count: number, work: () => void): Promise<void> {
  const child = spawn(process.execPath, [path('load-worker.js'), 'idle', String(server.port), String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve) => { child.stdout.once('data', () => { resolve(); }); });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  work();
  child.stdin.end();
  await ended(child);
}

/** Resident memory that each of `count` idle connections adds, in KB. What first use costs whatever the number is not of them: a thousand come and go before. */
async function idleKb(server: Server, count: number): Promise<number> {
  await whileIdle(server, 1000, () => undefined);
  const before = residentKb(server.pid);
  let after = before;
  await whileIdle(server, count, () => { after = residentKb(server.pid); });
  return (after - before) / count;
}

/** Each broker in turn, and a bare server of Node.js, which is what a broker on it cannot go below. */
async function idleRow(servers: readonly Server[]): Promise<Row> {
  const bare = [await startWorker('bare Node.js server', 'bare-worker.js'), await startWorker('the same with a small young heap', 'bare-worker.js', 'small')];
  const perIdle = new Map<string, number>();
  try {
    for (const server of [...servers, ...bare]) perIdle.set(server.name, await idleKb(server, 5000));
  } finally {
    for (const server of bare) await server.stop();
  }
  const ours = perIdle.get('Midge') ?? NaN;
  return {
    what: '5,000 idle connections, resident memory of each', ours: `${ours.toFixed(1)} KB`,
    peer: [...perIdle].filter(([name]) => name !== 'Midge').map(([name, kb]) => `${name} ${kb.toFixed(1)} KB`).join(', '),
    ratio: '', bar: 'at most 4 KB', held: ours <= 4,
  };
}

const thousands = (rate: number): string => (Number.isNaN(rate) ? 'stalled' : `${(rate / 1000).toFixed(0)}k/s`);

async function rateRow(what: string, mode: string, count: number, servers: readonly Server[], bar: number | null): Promise<Row> {
  const rates = new Map<string, number>();
  const rounds = new Map<string, number[]>();
  for (let round = 0; round < 3; round++) {
    for (const server of servers) rounds.set(server.name, [...rounds.get(server.name) ?? [], await rateOf(mode, server, count)]);
  }
  for (const [name, list] of rounds) rates.set(name, median(list));
  const ours = rates.get('Midge') ?? NaN;
  const mosquitto = rates.get('Mosquitto') ?? NaN;
  const peers = [...rates].filter(([name]) => name !== 'Midge').map(([name, rate]) => `${name} ${thousands(rate)}`).join(', ');
  const ratio = ours / mosquitto;
  return { what, ours: thousands(ours), peer: peers, ratio: `${ratio.toFixed(2)} of Mosquitto's`, bar: bar === null ? 'printed' : `at least ${bar}`, held: bar === null ? null : ratio >= bar };
}

export async function loadRows(): Promise<Row[]> {
  const servers = await startAll();
  try {
    // First, while the processes are fresh: memory that load has left behind would be used again.
    const idle = await idleRow(servers);
    return [
      idle,
      await rateRow('fan-out 1 to 10, QoS 0, 32 B', 'fanout', 60_000, servers, 1),
      await rateRow('fan-in 10 to 1, QoS 0, 32 B', 'fanin', 200_000, servers, 0.6),
      await rateRow('QoS 1 publish to PUBACK, window 100', 'qos1', 100_000, servers, null),
      await rateRow('fan-out 1 to 10 beside one that does not read', 'slow', 60_000, servers, null),
      await deadSubscriberRow(),
    ];
  } finally {
    for (const server of servers) await server.stop();
  }
}
