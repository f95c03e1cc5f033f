/**
 * What 16 boards cost that send as fast as 115,200 baud carry: the gateway's share of a core. Both ways: the broker sends
 * each board as much as its wire carries, too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../measure.js';
import type { BoardFigures } from './boards-worker.js';
import { Site } from './site.js';

const boards = 16;
const payloadBytes = 60;
const measuredMs = Number(process.env['GATEWAY_MS'] ?? 8000);

async function loadRow(way: 'link' | 'raw' | 'client', isBothWays: boolean): Promise<Row> {
  const site = await Site.open();
  try {
    const names = Array.from({ length: boards }, (_, n) => `board${n}`);
    for (const name of names) await site.board(way, name);
    const gateway = await site.startGateway();
    const peer = await site.peer();
    let messages = 0;
    peer.handlers.message = () => { messages += 1; };
    await peer.subscribe(way === 'client' ? 'lines/+' : 'up/+');
    const line = Buffer.from(`${'x'.repeat(payloadBytes)}\n`);
    for (const name of names) {
      if (way === 'client') await site.boards.ask({ what: 'pour', name, first: line, bytes: line });
      else {
        await site.boards.ask({ what: 'connect', name });
        if (isBothWays) await site.boards.ask({ what: 'subscribe', name, filter: `down/${name}` });
        await site.boards.ask({ what: 'flood', name, payloadBytes, qos: 0 });
      }
    }
    let isOver = false;
    const down = async (): Promise<void> => {
      const payload = Buffer.alloc(payloadBytes, 0x78);
      // 78 bytes a message on the wire, a little more than it carries.
      for (let dueMs = performance.now(); isBothWays && !isOver; await sleep(2)) {
        for (; dueMs <= performance.now(); dueMs += 78 / 11.52) for (const name of names) peer.publishNow(`down/${name}`, payload, 0);
      }
    };
    const sendingDown = down();
    await sleep(2000);
    const heardBefore = await heard(site, names);
    const before = await gateway.usage();
    const bytesBefore = await bytes(site);
    const [messagesBefore, startMs] = [messages, performance.now()];
    await sleep(measuredMs);
    const after = await gateway.usage();
    const bytesAfter = await bytes(site);
    const elapsedMs = performance.now() - startMs;
    const up = (messages - messagesBefore) / elapsedMs * 1000;
    const downRate = (await heard(site, names) - heardBefore) / elapsedMs * 1000;
    isOver = true;
    await sendingDown;
    const percent = (after.user + after.system - before.user - before.system) / 10 / elapsedMs;
    const wire = (read: 'in' | 'out'): string => `${((bytesAfter[read] - bytesBefore[read]) / elapsedMs / boards / 11.52 * 100).toFixed(0)} %`;
    return {
      what: `mode ${way}, ${isBothWays ? 'both ways' : 'from the boards'}`, ours: `${percent.toFixed(1)} % of a core`, peer: `lines used ${wire('in')} up, ${wire('out')} down`,
      ratio: `${up.toFixed(0)} messages/s up, ${downRate.toFixed(0)} down`, bar: '< 30 %', held: percent < 30,
    };
  } finally {
    await site.close();
  }
}

async function heard(site: Site, names: readonly string[]): Promise<number> {
  let sum = 0;
  for (const name of names) sum += (await site.boards.ask<BoardFigures>({ what: 'figures', name })).heard;
  return sum;
}

async function bytes(site: Site): Promise<{ in: number; out: number }> {
  const ports = await site.gateway!.ports();
  return { in: ports.reduce((sum, { bytesIn }) => sum + bytesIn, 0), out: ports.reduce((sum, { bytesOut }) => sum + bytesOut, 0) };
}

export async function gatewayLoadRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const way of ['link', 'raw'] as const) for (const isBothWays of [false, true]) rows.push(await loadRow(way, isBothWays));
  rows.push(await loadRow('client', false));
  return rows;
}
