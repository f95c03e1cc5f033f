/**
 * What a port holds when one side takes nothing and the other pours: 16 boards on wires of 3 Mbaud, a broker that stalls, and
 * the other way round. Growth of the gateway's process over what it is with all ports open and quiet; twice, as what is
 * bounded does not go on growing.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../measure.js';
import { Site } from './site.js';

const boards = 16;
const baudRate = 3_000_000;
const pourMs = Number(process.env['GATEWAY_MS'] ?? 4000);
const names = Array.from({ length: boards }, (_, n) => `board${n}`);
type Mode = 'link' | 'raw' | 'client';

/** Bytes that the README allows a port: to read, for the broker, for the board; in mode client messages on their way, too. */
const boundKiB: Readonly<Record<Mode, number>> = { link: 20, raw: 20, client: 20 };

/** Accepts each client, and takes nothing from then on. */
async function stallingServer(): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes: Buffer) => {
      socket.pause();
      const version = bytes[bytes.indexOf('MQTT') + 4];
      socket.write(Buffer.from(version === 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

interface Held {
  readonly residentKiB: number;
  readonly liveKiB: number;
  readonly heldBytes: number;
}

async function held(site: Site): Promise<Held> {
  const ports = await site.gateway!.ports();
  const { rss, heapUsed, external } = await site.gateway!.settled();
  return { residentKiB: rss / 1024, liveKiB: (heapUsed + external) / 1024, heldBytes: ports.reduce((sum, { board }) => sum + board.heldBytes, 0) / boards };
}

async function measure(what: string, mode: Mode, site: Site, pour: (site: Site) => Promise<() => void>): Promise<Row> {
  await sleep(1000);
  const quiet = await held(site);
  const end = await pour(site);
  await sleep(pourMs);
  const once = await held(site);
  await sleep(pourMs);
  const twice = await held(site);
  end();
  const perPort = (read: (held: Held) => number, from: Held): string => `${((read(twice) - read(from)) / boards).toFixed(1)} KiB`;
  const grownKiB = (twice.liveKiB - quiet.liveKiB) / boards;
  return {
    what: `mode ${mode}, ${what}`, ours: `${grownKiB.toFixed(1)} KiB live, ${perPort(({ residentKiB }) => residentKiB, quiet)} resident`,
    peer: `held_bytes ${twice.heldBytes.toFixed(0)}`, ratio: `second half ${perPort(({ liveKiB }) => liveKiB, once)} live, ${perPort(({ residentKiB }) => residentKiB, once)} resident`,
    bar: `<= ${boundKiB[mode]} KiB live a port`, held: grownKiB <= boundKiB[mode],
  };
}

async function stalledBroker(mode: Mode): Promise<Row> {
  const server = await stallingServer();
  const site = await Site.open(server.port);
  try {
    for (const name of names) await site.board(mode, name, { baudRate });
    await site.startGateway();
    if (mode !== 'client') await Promise.all(names.map((name) => site.boards.ask({ what: 'connect', name })));
    return await measure('boards pour, the broker stalls', mode, site, async () => {
      const lines = Buffer.from(`${'x'.repeat(99)}\n`.repeat(20));
      for (const name of names) {
        if (mode === 'client') await site.boards.ask({ what: 'pour', name, first: lines, bytes: lines });
        else await site.boards.ask({ what: 'flood', name, payloadBytes: 1000, qos: 0 });
      }
      return () => undefined;
    });
  } finally {
    await site.close();
    server.close();
  }
}

async function deafBoards(mode: 'link' | 'raw'): Promise<Row> {
  const site = await Site.open();
  try {
    for (const name of names) await site.board(mode, name, { baudRate });
    await site.startGateway();
    for (const name of names) {
      await site.boards.ask({ what: 'connect', name });
      await site.boards.ask({ what: 'subscribe', name, filter: 'down' });
    }
    const peer = await site.peer();
    return await measure('the broker pours, the boards take nothing', mode, site, async () => {
      for (const name of names) await site.boards.ask({ what: 'deafen', name });
      const payload = Buffer.alloc(1000, 0x78);
      const timer = setInterval(() => { for (let n = 0; n < 5; n++) peer.publishNow('down', payload, 0); }, 10);
      return () => clearInterval(timer);
    });
  } finally {
    await site.close();
  }
}

export async function gatewayMemoryRows(): Promise<Row[]> {
  return [
    await stalledBroker('link'), await stalledBroker('raw'), await stalledBroker('client'), await deafBoards('link'), await deafBoards('raw'),
  ];
}
