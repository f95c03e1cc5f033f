/**
 * The gateway on real pseudo-terminals with the native bindings: its share of a core, the latency it adds, what comes through
 * noise beside plain socat, what 100 unplugs, kills and restarts cost, and memory where nobody takes anything.
 */
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MidgeError } from '../../targets/node/index.js';
import { connectOf, publish } from '../broker/support.js';
import { Plug, socat, until } from '../gateway/pty.js';
import { type BenchBoard, bytesPerMs, Noise, Site, type Way } from './gateway-site.js';
import type { Usage } from '../gateway/hosted.js';
import type { Row } from './measure.js';

const seed = 20_261_122;
const quiet = (): readonly [Noise, Noise] => [new Noise(1, 0), new Noise(2, 0)];

/** 16 boards that send as fast as their wires carry. */
async function cpuRow(way: 'link' | 'raw' | 'client'): Promise<Row> {
  const boards = 16;
  const site = await Site.open();
  let payloadBytes = 0;
  site.broker.on('messageIn', ({ payload }) => { payloadBytes += payload.length; });
  const all: BenchBoard[] = [];
  for (let n = 0; n < boards; n++) {
    all.push(await site.board(way, `board${n}`, quiet()));
    site.entries.push(site.entry(way, `board${n}`));
  }
  const gateway = await site.startGateway();
  if (way !== 'client') await Promise.all(all.map((board) => board.client.connect()));
  else await sleep(1500);
  let isOver = false;
  const line = Buffer.alloc(60, 0x78);
  line[59] = 0x0a;
  const send = async (board: BenchBoard, n: number): Promise<void> => {
    for (let dueMs = performance.now(); !isOver; await sleep(3)) {
      for (; dueMs <= performance.now(); dueMs += 70 / bytesPerMs) {
        if (way === 'client') board.write(line);
        else board.client.publishNow(`bench/${n}`, line, 0);
      }
    }
  };
  const sending = all.map(send);
  await sleep(2000);
  const before = await gateway.usage();
  const [bytesBefore, startMs] = [payloadBytes, performance.now()];
  await sleep(10_000);
  const after = await gateway.usage();
  const elapsedMs = performance.now() - startMs;
  const percent = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 10 / elapsedMs;
  isOver = true;
  await Promise.all(sending);
  await Promise.all(all.map((board) => board.close()));
  await site.close();
  return {
    what: `${boards} boards at 115,200 baud, mode ${way}: share of a core`, ours: `${percent.toFixed(1)} %`, peer: '', ratio: `${((payloadBytes - bytesBefore) / elapsedMs).toFixed(0)} KB/s of payload`,
    bar: '< 30 %', held: percent < 30,
  };
}

async function latencyOf(site: Site, board: BenchBoard): Promise<number> {
  const times: number[] = [];
  await board.client.connect();
  for (let n = 0; n < 300; n++) {
    const heard = new Promise<void>((resolve) => { site.broker.once('messageIn', () => { resolve(); }); });
    const startMs = performance.now();
    board.client.publishNow('bench/latency', Buffer.from('21.5'), 0);
    await heard;
    times.push(performance.now() - startMs);
    await sleep(8);
  }
  return times.sort((a, b) => a - b)[150];
}

async function latencyRows(): Promise<Row[]> {
  const site = await Site.open();
  const ways: readonly Way[] = ['socat', 'raw', 'link'];
  const boards = new Map<Way, BenchBoard>();
  for (const way of ways) {
    boards.set(way, await site.board(way, `latency-${way}`, quiet()));
    if (way !== 'socat') site.entries.push(site.entry(way, `latency-${way}`));
  }
  await site.startGateway();
  await sleep(1000);
  const found = new Map<Way, number>();
  for (const way of ways) found.set(way, await latencyOf(site, boards.get(way)!));
  await Promise.all([...boards.values()].map((board) => board.close()));
  await site.close();
  const floor = found.get('socat')!;
  return (['raw', 'link'] as const).map((way) => ({
    what: `board to broker, mode ${way}, p50`, ours: `${found.get(way)!.toFixed(2)} ms`, peer: `socat ${floor.toFixed(2)} ms`,
    ratio: `${(found.get(way)! - floor).toFixed(2)} ms added`, bar: '< 2 ms added', held: found.get(way)! - floor < 2,
  }));
}

/** 300 numbered messages of QoS 0 over a wire of this bit error rate: how many arrive as they were sent, and how many are other ones. */
async function noiseOf(way: Way, bitErrorRate: number): Promise<{ right: number; wrong: number; connects: number }> {
  const site = await Site.open();
  if (way !== 'socat') site.entries.push(site.entry(way, 'noisy'));
  const text = (n: number): string => `message ${n} of the bench, with some length to it`;
  const sent = new Set(Array.from({ length: 300 }, (_, n) => text(n)));
  let right = 0;
  let wrong = 0;
  site.broker.on('messageIn', ({ topic, payload }) => {
    if (topic === 'bench/noise' && sent.delete(Buffer.from(payload).toString())) right += 1;
    else wrong += 1;
  });
  const board = await site.board(way, 'noisy', [new Noise(seed, bitErrorRate), new Noise(seed + 1, bitErrorRate)], { keepAliveS: 5, pingTimeoutMs: 1000, connectTimeoutMs: 2000 });
  if (way !== 'socat') await site.startGateway();
  void board.client.connect().catch(() => undefined);
  for (let n = 0; n < 300; n++) {
    await sleep(20);
    board.client.publishNow('bench/noise', Buffer.from(text(n)), 0);
  }
  await sleep(3000);
  const { connects } = board.client.stats;
  await board.close();
  await site.close();
  return { right, wrong, connects };
}

async function noiseRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const bitErrorRate of [0, 1e-4]) {
    const floor = await noiseOf('socat', bitErrorRate);
    for (const way of ['raw', 'link'] as const) {
      const { right, wrong, connects } = await noiseOf(way, bitErrorRate);
      rows.push({
        what: `300 messages of QoS 0, bit error rate ${bitErrorRate}, mode ${way}`, ours: `${right} right, ${wrong} other ones, ${connects} connections`,
        peer: `socat ${floor.right} right, ${floor.wrong} other ones`, ratio: `seed ${seed}`, bar: way === 'link' ? 'all right' : '', held: way === 'link' ? right === 300 && wrong === 0 : null,
      });
    }
  }
  return rows;
}

type Blow = (site: Site, board: BenchBoard, device: string) => Promise<void>;

/** Numbers at QoS 1 and 2 while blows fall: what the subscriber has heard in the end. */
async function blowsRow(what: string, count: number, blow: Blow): Promise<Row> {
  const site = await Site.open();
  const device = `${site.folder}/struck`;
  site.entries.push(site.entry('link', 'struck'));
  const board = await site.board('link', 'struck', quiet(), { cleanStart: false, sessionExpiryS: 3600, keepAliveS: 5, pingTimeoutMs: 2000 });
  const heard = { 1: new Map<number, number>(), 2: new Map<number, number>() };
  const peer = await site.peer((qos, n) => heard[qos].set(n, (heard[qos].get(n) ?? 0) + 1));
  await site.startGateway();
  await board.client.connect();
  let isOver = false;
  let sent = 0;
  const sending = (async () => {
    for (; !isOver; sent++) {
      for (const qos of [1, 2]) {
        while (board.client.publishNow(`bench/q${qos}`, Buffer.from(String(sent)), qos * 2) < 0) await board.client.ready();
      }
      await sleep(10);
    }
  })();
  const startMs = performance.now();
  for (let n = 0; n < count; n++) {
    await sleep(150);
    await blow(site, board, device);
  }
  isOver = true;
  await sending.catch((error: unknown) => { if (!(error instanceof MidgeError)) throw error; });
  await until(() => heard[1].size === sent && heard[2].size === sent, 'all messages').catch(() => undefined);
  const lost = 2 * sent - heard[1].size - heard[2].size;
  const twice = (qos: 1 | 2): number => [...heard[qos].values()].filter((times) => times > 1).length;
  const seconds = (performance.now() - startMs) / 1000;
  await board.close();
  await peer.end({ timeoutMs: 0 });
  await site.close();
  return {
    what: `${count} ${what}, mode link, in ${seconds.toFixed(0)} s`, ours: `${lost} of ${2 * sent} lost`, peer: '', ratio: `QoS 1: ${twice(1)} twice, QoS 2: ${twice(2)} twice`,
    bar: 'none lost, QoS 2 once', held: lost === 0 && twice(2) === 0,
  };
}

async function blowsRows(): Promise<Row[]> {
  return [
    await blowsRow('unplugs', 100, async (site, board, device) => {
      await board.plug.out();
      board.put(await Plug.in(site.context, device));
    }),
    await blowsRow('kills of the gateway', 10, async (site) => {
      await site.gateway?.kill();
      await site.startGateway();
    }),
    await blowsRow('restarts of the broker', 10, (site) => site.startBroker()),
  ];
}

/** Ports whose boards flood while the broker takes nothing. */
async function memoryRow(way: 'raw' | 'client'): Promise<Row> {
  const usageOf = async (boards: number): Promise<Usage> => {
    const site = await Site.open();
    const all: BenchBoard[] = [];
    for (let n = 0; n < boards; n++) {
      all.push(await site.board(way, `flood${n}`, quiet()));
    }
    // A server that accepts, and takes nothing.
    const dead = createServer((socket) => { socket.pause().on('error', () => undefined); });
    await new Promise<void>((resolve) => { dead.listen(0, '127.0.0.1', resolve); });
    site.endings.push(() => dead.close());
    site.port = (dead.address() as AddressInfo).port;
    site.entries = all.map((_, n) => site.entry(way, `flood${n}`));
    const gateway = await site.startGateway();
    await sleep(1500);
    const text = (way === 'raw' ? Buffer.from(publish(4, 'flood', 'x'.repeat(48)), 'hex') : Buffer.from(`${'x'.repeat(55)}\n`)).toString('latin1');
    const flood = Buffer.from(text.repeat(64), 'latin1');
    if (way === 'raw') for (const board of all) board.write(Buffer.from(connectOf(4), 'hex'));
    for (let n = 0; n < 150; n++) {
      for (const board of all) if (board.isDrained) board.write(flood);
      await sleep(20);
    }
    const usage = await gateway.usage();
    await Promise.all(all.map((board) => board.close()));
    await site.close();
    return usage;
  };
  const few = await usageOf(1);
  const many = await usageOf(17);
  // Buffers of Node lie outside the heap.
  const kilobytes = (many.heapUsed + many.external - few.heapUsed - few.external) / 16 / 1024;
  return { what: `memory of a port whose board floods a broker that takes nothing, mode ${way}`, ours: `${kilobytes.toFixed(0)} KB`, peer: '', ratio: `the process: ${(few.rss / 2 ** 20).toFixed(0)} MB with 1 port, ${(many.rss / 2 ** 20).toFixed(0)} MB with 17`, bar: '', held: null };
}

/** Null: socat is not installed. */
export async function gatewayRows(): Promise<Row[] | null> {
  if (socat === null) return null;
  return [
    await cpuRow('link'), await cpuRow('raw'), await cpuRow('client'), ...await latencyRows(), ...await noiseRows(), ...await blowsRows(),
    await memoryRow('raw'), await memoryRow('client'),
  ];
}
