/**
 * What a port holds when one side takes nothing and the other pours, on wires of 3 Mbaud: what 17 ports take beside one, when
 * they are quiet, in the middle and at the end, as what is bounded does not go on growing.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectOf, publish } from '../../broker/support.js';
import { socat } from '../../gateway/pty.js';
import { median, type Row } from '../measure.js';
import { Site } from './site.js';
import { until } from '../../until.js';

const baudRate = 3_000_000;
const pourMs = Number(process.env['GATEWAY_MS'] ?? 3000);
type Mode = 'link' | 'raw' | 'client';

/** What the README allows a port beyond its client, 20 KiB to read, for the broker and for the board, and 12 for the objects of a connection. */
const boundKiB = 32;
/** Bytes for the broker at which a board has to wait. */
const unsentBytes = 8192;
const fillMsMost = 60_000;

/**
 * Accepts each client, or not even that, and takes nothing from then on. On the same machine the system would take megabytes in its place,
 * so that nothing would be held back within the time of a benchmark: socat stands in front, with small buffers and segments.
 */
async function stallingServer(isMute: boolean): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (isMute) socket.pause();
    else socket.once('data', (bytes: Buffer) => {
      socket.pause();
      const version = bytes[bytes.indexOf('MQTT') + 4];
      socket.write(Buffer.from(version === 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]));
    });
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'midge-stall-'));
  const file = path.join(folder, 'server');
  await new Promise<void>((resolve) => { server.listen(file, resolve); });
  const ends = ['TCP-LISTEN:0,bind=127.0.0.1,fork,backlog=64,rcvbuf=4096,mss=536', `UNIX-CONNECT:${file},sndbuf=4096`];
  const front = spawn(socat ?? 'socat', ['-d', '-d', ...ends], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  front.stderr.on('data', (bytes: Buffer) => { said += bytes.toString(); });
  const listening = /listening on AF=2 127\.0\.0\.1:(\d+)/;
  await until(() => listening.test(said), 'socat in front of the server');
  const close = async (): Promise<void> => {
    front.kill();
    for (const socket of sockets) socket.destroy();
    server.close();
    await rm(folder, { recursive: true });
  };
  return { port: Number(listening.exec(said)?.[1]), close };
}

interface Held {
  readonly residentKiB: number;
  readonly liveKiB: number;
  /** Of each port. */
  readonly heldBytes: readonly number[];
}

async function held(site: Site): Promise<Held> {
  const { rss, heapUsed, external } = await site.gateway!.settled();
  const ports = await site.gateway!.ports();
  return { residentKiB: rss / 1024, liveKiB: (heapUsed + external) / 1024, heldBytes: ports.map(({ board }) => board.heldBytes) };
}

/** Boards that pour and a broker that stalls, or the other way round: `halves` are what is held in the middle and at the end. */
type Pour = (names: readonly string[]) => Promise<{ quiet: Held; halves: readonly [Held, Held] }>;

async function pourFor(site: Site, begin: () => Promise<() => void>): ReturnType<Pour> {
  await sleep(500);
  const quiet = await held(site);
  const end = await begin();
  await sleep(pourMs);
  const once = await held(site);
  await sleep(pourMs);
  const twice = await held(site);
  end();
  return { quiet, halves: [once, twice] };
}

/** Until every port has held as many bytes for the broker as it may: the system's own buffers are filled first, and grow now and then. */
async function allFull(site: Site): Promise<void> {
  const full = new Set<string>();
  for (let waitedMs = 0; waitedMs < fillMsMost; waitedMs += 50) {
    const ports = await site.gateway!.ports();
    for (const { name, board } of ports) if (board.heldBytes >= unsentBytes) full.add(name);
    if (full.size === ports.length) return;
    await sleep(50);
  }
  throw new Error(`${full.size} ports were full within ${fillMsMost / 1000} s`);
}

/** What a port takes: 17 ports beside one. */
async function memoryRow(what: string, mode: Mode, pour: Pour): Promise<Row> {
  const few = await pour(['board0']);
  const many = await pour(Array.from({ length: 17 }, (_, n) => `board${n}`));
  const perPort = (read: (run: Awaited<ReturnType<Pour>>) => number): number => (read(many) - read(few)) / 16;
  const liveKiB = perPort(({ halves }) => halves[1].liveKiB);
  const grownKiB = liveKiB - perPort(({ quiet }) => quiet.liveKiB);
  const { heldBytes } = many.halves[1];
  const furtherKiB = liveKiB - perPort(({ halves }) => halves[0].liveKiB);
  return {
    what: `mode ${mode}, ${what}`, ours: `a port ${liveKiB.toFixed(0)} KiB live, ${perPort(({ halves }) => halves[1].residentKiB).toFixed(0)} KiB resident`,
    peer: `of that ${grownKiB.toFixed(1)} KiB since it was quiet, ${furtherKiB.toFixed(1)} KiB in the second half`,
    ratio: `held_bytes at most ${Math.max(...heldBytes)}, median ${median(heldBytes)}`,
    bar: `<= ${boundKiB} KiB beyond quiet`, held: grownKiB <= boundKiB,
  };
}

/** Raw: the broker does not even answer the TLS handshake, as else what the system takes for it would go on growing. */
function stalledBroker(mode: Mode): Promise<Row> {
  return memoryRow('boards pour, the broker stalls', mode, async (names) => {
    const server = await stallingServer(mode === 'raw');
    const site = await Site.open(server.port, mode === 'raw' ? 'mqtts' : 'mqtt');
    try {
      for (const name of names) await site.board(mode, name, { baudRate });
      await site.startGateway();
      if (mode === 'link') await Promise.all(names.map((name) => site.boards.ask({ what: 'connect', name })));
      return await pourFor(site, async () => {
        const lines = Buffer.from(`${'x'.repeat(99)}\n`.repeat(20));
        const packets = Buffer.from(publish(4, 'flood', 'x'.repeat(100)), 'hex');
        for (const name of names) {
          if (mode === 'link') await site.boards.ask({ what: 'flood', name, payloadBytes: 1000, qos: 0 });
          else await site.boards.ask({ what: 'pour', name, first: mode === 'raw' ? Buffer.from(connectOf(4), 'hex') : lines, bytes: mode === 'raw' ? packets : lines });
        }
        if (mode !== 'client') await allFull(site);
        return () => undefined;
      });
    } finally {
      await site.close();
      await server.close();
    }
  });
}

function deafBoards(mode: 'link' | 'raw'): Promise<Row> {
  return memoryRow('the broker pours, boards take nothing', mode, async (names) => {
    const site = await Site.open();
    try {
      for (const name of names) await site.board(mode, name, { baudRate });
      await site.startGateway();
      for (const name of names) {
        await site.boards.ask({ what: 'connect', name });
        await site.boards.ask({ what: 'subscribe', name, filter: 'down' });
      }
      const peer = await site.peer();
      return await pourFor(site, async () => {
        for (const name of names) await site.boards.ask({ what: 'deafen', name });
        const payload = Buffer.alloc(1000, 0x78);
        const timer = setInterval(() => { for (let n = 0; n < 5; n++) peer.publishNow('down', payload, 0); }, 10);
        return () => clearInterval(timer);
      });
    } finally {
      await site.close();
    }
  });
}

export async function gatewayMemoryRows(): Promise<Row[]> {
  return [
    await stalledBroker('link'), await stalledBroker('raw'), await stalledBroker('client'), await deafBoards('link'), await deafBoards('raw'),
  ];
}
