// Hostile clients, run as a worker thread beside a broker: each opens a connection, does harm of its kind, and comes back
// when it is thrown out. Everything random comes from the seed.

import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { connect4, connect5, publish, subscribe, word } from './support.js';

export interface HostilePlan {
  readonly port: number;
  readonly seed: number;
  /** Clients of each kind. */
  readonly each: number;
  /** They come over this time; default: all at once. */
  readonly overMs?: number;
  /** Its first element counts the connections, for whoever waits for them. */
  readonly counter?: Int32Array;
}

export interface HostileReport {
  readonly connections: number;
  readonly thrownOut: number;
  readonly kinds: readonly { readonly name: string; connections: number; thrownOut: number }[];
}

const { port, seed, each, overMs = 0, counter } = workerData as HostilePlan;

let state = seed >>> 0;
/** From 0 up to below `limit`. */
function random(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const repeated = (piece: Buffer, size: number): Buffer => Buffer.alloc(Math.floor(size / piece.length) * piece.length, piece);

interface Harm {
  readonly name: string;
  readonly first: (serial: number) => Buffer;
  /** Sent again and again as fast as the socket takes it. */
  readonly flood?: (serial: number) => Buffer;
  /** Sent byte by byte. */
  readonly slow?: Buffer;
}

const half = bytes(connect5({ clientId: 'half' })).subarray(0, 12);
const hello = (serial: number): Buffer => bytes(connect4({ clientId: `hostile-${serial}` }));

const kinds: readonly Harm[] = [
  { name: 'half a CONNECT', first: () => half },
  { name: 'silence', first: () => Buffer.alloc(0) },
  { name: 'a byte at a time', first: () => Buffer.alloc(0), slow: bytes(connect4({ clientId: 'x'.repeat(400) })) },
  { name: 'random bytes', first: () => Buffer.from(Array.from({ length: 1 + random(2000) }, () => random(256))) },
  { name: 'a CONNECT of 256 MB', first: () => bytes('10ffffff7f000400') },
  { name: 'an endless length', first: () => bytes('10ffffffffff') },
  { name: 'PINGREQ flood', first: hello, flood: () => repeated(bytes('c000'), 16_384) },
  { name: 'PUBLISH flood', first: hello, flood: () => repeated(bytes(publish(4, 'flood/a', 'x'.repeat(30))), 16_384) },
  // Sends to itself, and acknowledges nothing.
  {
    name: 'QoS 1 flood to itself',
    first: (serial) => Buffer.concat([hello(serial), bytes(subscribe(4, 1, `flood/${serial}`, 1))]),
    flood: (serial) => repeated(bytes(publish(4, `flood/${serial}`, 'y'.repeat(200), { qos: 1, id: 9 })), 16_384),
  },
  // A large packet that never ends.
  { name: 'a PUBLISH that never ends', first: (serial) => Buffer.concat([hello(serial), bytes('30ffff7f' + word(1) + '61'), Buffer.alloc(100_000, 0x61)]) },
];

let connections = 0;
let thrownOut = 0;
let ending = false;
const counts = kinds.map(({ name }) => ({ name, connections: 0, thrownOut: 0 }));
const open = new Set<ReturnType<typeof connect>>();

function begin(kind: number): void {
  if (ending) return;
  const harm = kinds[kind];
  const socket = connect({ port, host: '127.0.0.1' });
  open.add(socket);
  connections++;
  counts[kind].connections++;
  if (counter !== undefined) counter[0] = connections;
  let timer: NodeJS.Timeout | undefined;
  const serial = connections;
  socket.on('error', () => undefined);
  // Half of the flooders do not read what they are answered.
  if (harm.flood !== undefined && serial % 2 === 0) socket.pause();
  else socket.resume();
  socket.on('connect', () => {
    socket.write(harm.first(serial));
    const { slow } = harm;
    const flood = harm.flood?.(serial);
    if (flood !== undefined) {
      const pour = (): void => { while (!socket.destroyed && socket.write(flood)); };
      socket.on('drain', pour);
      pour();
    }
    if (slow !== undefined) {
      let at = 0;
      timer = setInterval(() => { socket.write(slow.subarray(at, ++at)); }, 20);
    }
  });
  socket.on('close', () => {
    clearInterval(timer);
    open.delete(socket);
    if (ending) return;
    thrownOut++;
    counts[kind].thrownOut++;
    setTimeout(() => begin(kind), 50);
  });
}

for (let count = 0; count < each; count++) {
  for (let kind = 0; kind < kinds.length; kind++) {
    if (overMs === 0) begin(kind);
    else setTimeout(() => begin(kind), (overMs * count) / each);
  }
}

parentPort!.once('message', () => {
  ending = true;
  for (const socket of open) socket.destroy();
  parentPort!.postMessage({ connections, thrownOut, kinds: counts } satisfies HostileReport);
  parentPort!.close();
});
