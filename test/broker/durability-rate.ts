/*
 * How fast QoS 1 is with a data folder, beside the same broker in memory: `node dist/test/broker/durability-rate.js [seconds]`.
 * 20 publishers with 500 messages under way each, so that the time of a commit does not decide, in a process of their own; one subscriber whose session is stored. Counts what arrives
 * there. Prints, asserts nothing.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect5, long, publish, subscribe } from './support.js';

const seconds = Number(process.argv[2] ?? 4);
const underWay = 500;
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

async function rate(folder: string | undefined): Promise<number> {
  // The subscriber's acknowledgements alone would reach the limit on a client's packets.
  const limits = ['--packets-per-second-max', '10000000', '--bytes-per-second-max', '2000000000'];
  const child = spawn(process.execPath, [program, 'broker', '--port', '0', ...limits, ...(folder === undefined ? [] : ['--data', folder])]);
  let said = '';
  const port = await new Promise<number>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const listening = /listening on 127\.0\.0\.1:(\d+)/.exec(said);
      if (listening !== null) resolve(Number(listening[1]));
    });
  });
  acknowledged = received = 0;
  held = [];
  const endSubscriber = startSubscriber(port);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const publishers = Array.from({ length: 20 }, (_, index) => startPublisher(port, index));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = received;
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const perSecond = (received - before) / ((performance.now() - startedAt) / 1000);
  for (const end of publishers) end();
  endSubscriber();
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('close', resolve));
  return perSecond;
}

const folder = mkdtempSync(join(tmpdir(), 'midge-rate-'));
try {
  for (let round = 1; round <= 2; round++) {
    const inMemory = await rate(undefined);
    const durable = await rate(join(folder, String(round)));
    process.stdout.write(
      `QoS 1, 20 publishers, 32 B: ${Math.round(inMemory)}/s in memory, ${Math.round(durable)}/s with a data folder, ratio ${(durable / inMemory).toFixed(2)}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
