/**
 * The boards of a benchmark in a process of their own, driven by messages of its parent: what they cost is not the gateway's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchBoard, type BoardOptions } from './bench-board.js';
import { stampedMessage } from './stamped.js';

export type BoardsRequest =
  | { readonly what: 'open'; readonly options: BoardOptions }
  /** `deafen`: reads no more from its wire. */
  | { readonly what: 'connect' | 'figures' | 'stop' | 'deafen'; readonly name: string }
  | { readonly what: 'subscribe'; readonly name: string; readonly filter: string }
  /** Publishes `payloadBytes` at QoS 0 as fast as the wire takes them, or lines in mode client, until `stop`. */
  | { readonly what: 'flood'; readonly name: string; readonly payloadBytes: number; readonly qos: 0 | 1 }
  /** Bytes as they are, again and again, until `stop`. */
  | { readonly what: 'pour'; readonly name: string; readonly bytes: Uint8Array; readonly first: Uint8Array }
  /** Numbered publishes with the moment in them. */
  | { readonly what: 'stamp'; readonly name: string; readonly count: number; readonly gapMs: number; readonly qos: 0 | 1 }
  | { readonly what: 'close' };

export interface BoardFigures {
  readonly accepted: number;
  readonly connects: number;
  readonly heard: number;
}

const boards = new Map<string, BenchBoard>();
const flooding = new Set<string>();

function boardOf(name: string): BenchBoard {
  const board = boards.get(name);
  if (board === undefined) throw new Error(`no board "${name}"`);
  return board;
}

async function flood(name: string, payloadBytes: number, qos: 0 | 1): Promise<void> {
  const { client } = boardOf(name);
  for (let n = 0; flooding.has(name);) {
    if (client.publishNow(`up/${name}`, stampedMessage(n, payloadBytes), qos * 2) >= 0) n += 1;
    else await Promise.race([client.ready(), sleep(50)]);
    if (n % 16 === 0) await new Promise(setImmediate);
  }
}

async function pour(name: string, first: Uint8Array, bytes: Uint8Array): Promise<void> {
  const uart = boardOf(name).uart!;
  uart.write(first);
  while (flooding.has(name)) {
    uart.write(bytes);
    await new Promise<void>((resolve) => { uart.drained(resolve); });
  }
}

/** For how long each message was on the wire, by number. */
async function stamp(name: string, count: number, gapMs: number, qos: 0 | 1): Promise<number[]> {
  const { client, uart } = boardOf(name);
  const wireMs = new Array<number>(count).fill(0);
  let present = -1;
  if (uart !== null) {
    uart.sent = (ms) => {
      if (present >= 0) wireMs[present] = ms;
      present = -1;
    };
  }
  for (let n = 0; n < count; n++) {
    await sleep(gapMs);
    present = n;
    client.publishNow(`stamp/${name}`, stampedMessage(n, 60), qos * 2);
  }
  await sleep(100);
  return wireMs;
}

async function answer(request: BoardsRequest): Promise<unknown> {
  switch (request.what) {
    case 'open':
      boards.set(request.options.name, await BenchBoard.open(request.options));
      return undefined;
    case 'connect':
      await boardOf(request.name).client.connect();
      return undefined;
    case 'subscribe':
      await boardOf(request.name).client.subscribe(request.filter);
      return undefined;
    case 'flood':
    case 'pour':
      flooding.add(request.name);
      void (request.what === 'flood' ? flood(request.name, request.payloadBytes, request.qos) : pour(request.name, request.first, request.bytes));
      return undefined;
    case 'deafen':
      boardOf(request.name).uart?.deafen();
      return undefined;
    case 'stop':
      flooding.delete(request.name);
      return undefined;
    case 'stamp':
      return stamp(request.name, request.count, request.gapMs, request.qos);
    case 'figures': {
      const { client, heard } = boardOf(request.name);
      return { accepted: client.stats.accepted, connects: client.stats.connects, heard: [...heard.values()].reduce((sum, times) => sum + times, 0) } satisfies BoardFigures;
    }
    case 'close':
      flooding.clear();
      for (const board of boards.values()) await board.close();
      process.disconnect();
      return undefined;
  }
}

process.on('message', ({ id, request }: { id: number; request: BoardsRequest }) => {
  answer(request).then((value) => ({ id, value }), (error: Error) => ({ id, error: error.message }))
    .then((reply) => { if (process.connected) process.send?.(reply); }, () => undefined);
});
// The parent is gone, or has said that it is over.
process.on('disconnect', () => { setTimeout(() => process.exit(0), 1000).unref(); });
