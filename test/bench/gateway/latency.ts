/**
 * From a publish on a board to the subscriber, on a quiet line: each way beside the same client on TCP, in turn. The time that
 * bytes were on the (paced) wire is measured for each message and taken off.
 */
import type { MidgeClient } from '../../../targets/node/index.js';
import { median, type Row } from '../measure.js';
import { Site } from './site.js';
import { readStamped } from './stamped.js';

const rounds = 3;
const perRound = 50;
/** Between two messages: a wire that is quiet in between, and one that is used for more than half of the time. */
const gapsMs = [30, 12];
const ways = ['tcp', 'socat', 'raw', 'link'] as const;

async function round(site: Site, peer: MidgeClient, way: string, gapMs: number): Promise<{ wholeMs: number[]; beyondWireMs: number[] }> {
  const arrivals = new Array<number>(perRound).fill(NaN);
  peer.handlers.message = ({ payload }) => {
    const { number, agedMs } = readStamped(payload)!;
    arrivals[number] = agedMs;
  };
  const wireMs = await site.boards.ask<number[]>({ what: 'stamp', name: way, count: perRound, gapMs, qos: 0 });
  return { wholeMs: arrivals, beyondWireMs: arrivals.map((ms, n) => ms - wireMs[n]) };
}

async function rowsOf(site: Site, peer: MidgeClient, gapMs: number): Promise<Row[]> {
  const whole = new Map<string, number[]>(ways.map((way) => [way, []]));
  const beyond = new Map<string, number[]>(ways.map((way) => [way, []]));
  for (let n = 0; n <= rounds; n++) {
    for (const way of ways) {
      const found = await round(site, peer, way, gapMs);
      // The first one warms up.
      if (n === 0) continue;
      whole.get(way)!.push(...found.wholeMs.filter((ms) => !Number.isNaN(ms)));
      beyond.get(way)!.push(...found.beyondWireMs.filter((ms) => !Number.isNaN(ms)));
    }
  }
  const tcpMs = median(whole.get('tcp')!);
  return (['socat', 'raw', 'link'] as const).map((way) => {
    const addedMs = median(beyond.get(way)!) - tcpMs;
    return {
      what: `${way}, one in ${gapMs} ms, p50 of ${beyond.get(way)!.length}`, ours: `${median(whole.get(way)!).toFixed(2)} ms, ${median(beyond.get(way)!).toFixed(2)} ms beyond the wire`,
      peer: `TCP ${tcpMs.toFixed(2)} ms`, ratio: `${addedMs.toFixed(2)} ms added`, bar: way === 'socat' ? '' : '< 2 ms added', held: way === 'socat' ? null : addedMs < 2,
    };
  });
}

export async function gatewayLatencyRows(): Promise<Row[]> {
  const site = await Site.open();
  try {
    for (const way of ways) await site.board(way, way);
    await site.startGateway();
    const peer = await site.peer();
    await peer.subscribe('stamp/+');
    for (const way of ways) await site.boards.ask({ what: 'connect', name: way });
    const rows: Row[] = [];
    for (const gapMs of gapsMs) rows.push(...await rowsOf(site, peer, gapMs));
    return rows;
  } finally {
    await site.close();
  }
}
