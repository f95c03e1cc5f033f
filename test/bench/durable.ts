/**
 * How fast QoS 1 is with a data folder, beside the same broker in memory, in turn. 20 publishers with 500 messages under way
 * each, so that the time of a commit does not decide; one subscriber whose session is stored. What arrives there counts.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect5, long, publish, subscribe } from '../broker/support.js';
import { median, type Row } from './measure.js';
import { cpuMs, portOf } from './process-figures.js';

const seconds = 2;
const rounds = 7;
const underWay = 500;
/** One client may send 50,000 packets a second by default, which is what would be measured here. */
const program = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Messages acknowledged to publishers, and received by the subscriber. Publishers wait when it is too far behind, as a full queue drops. */
let acknowledged = 0;
let received = 0;
const aheadMax = 9000;
let held: (() => void)[] = [];

/** Keeps `underWay` messages unacknowledged; an acknowledgement is four bytes. */
function startPublisher(port: number, index: number): () => void {
  const messages = Array.from({ length: underWay }, (_, at) => Buffer.from(publish(5, `rate/${index}`, 'x'.repeat(32), { qos: 1, id: at + 1 }), 'hex'));
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  socket.write(Buffer.from(connect5({ clientId: `publisher-${index}`, flags: 0, properties: `11${long(60)}` }), 'hex'));
  let rest = Buffer.alloc(0);
  let connackSeen = false;
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (!connackSeen) {
      if (rest.length < 2 || rest.length < 2 + rest[1]) return;
      rest = rest.subarray(2 + rest[1]);
      connackSeen = true;
      socket.write(Buffer.concat(messages));
    }
    const again: Buffer[] = [];
    let at = 0;
    // PUBACK has two bytes more if nobody subscribed, which is not so here.
    for (; at + 2 + rest[at + 1] <= rest.length; at += 2 + rest[at + 1]) {
      acknowledged++;
      again.push(messages[rest.readUInt16BE(at + 2) - 1]);
    }
    rest = rest.subarray(at);
    if (again.length === 0) return;
    const go = (): void => void socket.write(Buffer.concat(again));
    if (acknowledged - received < aheadMax) go();
    else held.push(go);
  });
  return () => socket.destroy();
}

/** Acknowledges whatever comes; every PUBLISH here has the identifier behind its topic. */
function startSubscriber(port: number): () => void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  socket.write(Buffer.from(connect5({ clientId: 'reader', flags: 0, properties: `11${long(60)}` }) + subscribe(5, 1, 'rate/#', 1), 'hex'));
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    const answers: Buffer[] = [];
    let at = 0;
    for (; at + 2 + rest[at + 1] <= rest.length; at += 2 + rest[at + 1]) {
      if (rest[at] >> 4 !== 3) continue;
      const idAt = at + 4 + rest.readUInt16BE(at + 2);
      received++;
      answers.push(Buffer.from([0x40, 2, rest[idAt], rest[idAt + 1]]));
    }
    rest = rest.subarray(at);
    if (answers.length > 0) socket.write(Buffer.concat(answers));
    if (acknowledged - received >= aheadMax) return;
    const waiting = held;
    held = [];
    for (const go of waiting) go();
  });
  return () => socket.destroy();
}

interface Figures {
  readonly perSecond: number;
  /** CPU time of the broker, all its threads together, for each message. */
  readonly cpuUsPerMessage: number;
}

async function measure(folder: string | undefined): Promise<Figures> {
  const child = spawn(process.execPath, [program, 'broker', '--port', '0', '--packets-per-second-max', '10000000', ...(folder === undefined ? [] : ['--data', folder])], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await portOf(child);
  acknowledged = received = 0;
  held = [];
  const endSubscriber = startSubscriber(port);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const publishers = Array.from({ length: 20 }, (_, index) => startPublisher(port, index));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = received;
  const cpuBefore = cpuMs(child.pid!);
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const count = received - before;
  const perSecond = count / ((performance.now() - startedAt) / 1000);
  const cpuUsPerMessage = ((cpuMs(child.pid!) - cpuBefore) * 1000) / count;
  for (const end of publishers) end();
  endSubscriber();
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await closed;
  return { perSecond, cpuUsPerMessage };
}

export async function durableRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'midge-durable-'));
  const memory: Figures[] = [];
  const durable: Figures[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      memory.push(await measure(undefined));
      durable.push(await measure(join(folder, String(round))));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const rate = (list: readonly Figures[]): number => median(list.map(({ perSecond }) => perSecond));
  const cpu = (list: readonly Figures[]): string => median(list.map(({ cpuUsPerMessage }) => cpuUsPerMessage)).toFixed(1);
  const ratios = durable.map(({ perSecond }, round) => perSecond / memory[round].perSecond);
  const ratio = median(ratios);
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return [{
    what: `QoS 1, 20 publishers, 32 B, with a data folder, median of ${rounds} rounds`,
    ours: `${(rate(durable) / 1000).toFixed(1)}k/s, ${cpu(durable)} µs of CPU a message`,
    peer: `in memory ${(rate(memory) / 1000).toFixed(1)}k/s, ${cpu(memory)} µs`,
    ratio: `${ratio.toFixed(2)} (${range})`, bar: 'at least 0.5', held: ratio >= 0.5,
  }];
}
