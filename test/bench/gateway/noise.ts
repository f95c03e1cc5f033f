/**
 * What each way delivers over the same noisy wire, at QoS 1 with kept sessions: first one message in 14 ms (a third of the
 * line), then as fast as the way goes. Plain socat is started again whenever the broker has closed its connection.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { median, type Row } from '../measure.js';
import type { BoardFigures } from './boards-worker.js';
import { Site } from './site.js';
import { readStamped } from './stamped.js';

const seed = 20_261_122;
const ways = ['socat', 'raw', 'link'] as const;
const paced = 250;
const floodMs = 5000;
/** For what is sent again after a lost connection. */
const settleMs = 3000;

class Heard {
  readonly right = new Set<number>();
  agesMs: number[] = [];
  wrong = 0;

  take(payload: Uint8Array): void {
    const message = readStamped(payload);
    if (message === null) this.wrong += 1;
    else if (!this.right.has(message.number)) {
      this.right.add(message.number);
      this.agesMs.push(message.agedMs);
    }
  }
}

async function noiseRows(bitErrorRate: number): Promise<Row[]> {
  const site = await Site.open();
  try {
    const client = { cleanStart: false, sessionExpiryS: 3600, keepAliveS: 5, pingTimeoutMs: 1000, connectTimeoutMs: 2000 };
    for (const way of ways) await site.board(way, way, { bitErrorRate, seed, client });
    await site.startGateway();
    const peer = await site.peer();
    const topics = new Map<string, Heard>();
    for (const way of ways) for (const phase of ['stamp', 'up']) topics.set(`${phase}/${way}`, new Heard());
    let strange = 0;
    peer.handlers.message = ({ topic, payload }) => {
      const heard = topics.get(topic);
      if (heard === undefined) strange += 1;
      else heard.take(payload);
    };
    await peer.subscribe('#');
    await Promise.all(ways.map((name) => site.boards.ask({ what: 'connect', name })));
    await Promise.all(ways.map((name) => site.boards.ask({ what: 'stamp', name, count: paced, gapMs: 14, qos: 1 })));
    await sleep(settleMs);
    await Promise.all(ways.map((name) => site.boards.ask({ what: 'flood', name, payloadBytes: 60, qos: 1 })));
    await sleep(floodMs);
    const rates = ways.map((way) => topics.get(`up/${way}`)!.right.size / floodMs * 1000);
    await Promise.all(ways.map((name) => site.boards.ask({ what: 'stop', name })));
    await sleep(settleMs);
    const rows: Row[] = [];
    for (const [at, way] of ways.entries()) {
      const [slow, fast] = ['stamp', 'up'].map((phase) => topics.get(`${phase}/${way}`)!);
      const { accepted, connects } = await site.boards.ask<BoardFigures>({ what: 'figures', name: way });
      const lost = accepted - slow.right.size - fast.right.size;
      const wrong = slow.wrong + fast.wrong;
      const sorted = slow.agesMs.sort((a, b) => a - b);
      rows.push({
        what: `bit errors ${bitErrorRate}, ${way}`, ours: `${lost} of ${accepted} missing, ${wrong} altered`,
        peer: `${rates[at].toFixed(0)} messages/s`, ratio: `p50 ${median(sorted).toFixed(1)} ms, p99 ${(sorted[Math.floor(sorted.length * 0.99)] ?? NaN).toFixed(1)} ms, ${connects} connections`,
        bar: way === 'link' ? 'none missing or altered' : '', held: way === 'link' ? lost === 0 && wrong === 0 : null,
      });
    }
    if (strange > 0) rows.push({ what: `bit errors ${bitErrorRate}, under topics nobody sent to`, ours: `${strange} messages`, peer: '', ratio: '', bar: '', held: null });
    return rows;
  } finally {
    await site.close();
  }
}

export async function gatewayNoiseRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const bitErrorRate of [0, 1e-6, 1e-5, 1e-4]) rows.push(...await noiseRows(bitErrorRate));
  return rows;
}
