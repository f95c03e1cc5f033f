/**
 * What an ACL file costs: CPU time of the broker's process for the same load, with the file and without, in turn.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rateOf, startWorker, type Server } from './load.js';
import { median, medianRatio, type Row } from './measure.js';
import { cpuMs } from './process-figures.js';

const rounds = 9;
const lines = ['topic deny load/secret/#', 'topic read news/#', 'topic load/+/+', 'pattern readwrite dev/%c/#', 'pattern write up/%c', ''].join('\n');

const loads = [
  ['fan-out 1 to 10, QoS 0, 32 B', 'fanout', 60_000, 10],
  ['fan-in 10 to 1, QoS 0, 32 B', 'fanin', 200_000, 1],
  ['QoS 1 publish to PUBACK, window 100', 'qos1', 150_000, 1],
] as const;

/** Microseconds of CPU time, all threads, for each message delivered (acknowledged, at QoS 1). */
async function cost(mode: string, server: Server, count: number, copies: number): Promise<number> {
  const before = cpuMs(server.pid);
  await rateOf(mode, server, count);
  return ((cpuMs(server.pid) - before) * 1000) / (count * copies);
}

export async function accessRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'midge-bench-'));
  const file = join(folder, 'acl');
  writeFileSync(file, lines);
  const plain = await startWorker('without an ACL file', 'broker-worker.js');
  const checked = await startWorker('with an ACL file', 'broker-worker.js', file);
  const rows: Row[] = [];
  try {
    for (const [what, mode, count, copies] of loads) {
      const withFile: number[] = [];
      const without: number[] = [];
      for (let round = -1; round < rounds; round++) {
        // Who is second finds the machine as the first has left it: they change places.
        const order = round % 2 === 0 ? [plain, checked] : [checked, plain];
        for (const server of order) {
          const micros = await cost(mode, server, count, copies);
          if (round >= 0) (server === checked ? withFile : without).push(micros);
        }
      }
      const ratio = medianRatio(withFile, without);
      rows.push({
        what, ours: `${median(withFile).toFixed(2)} µs with`, peer: `${median(without).toFixed(2)} µs without`, ratio: `${((ratio - 1) * 100).toFixed(0)} % more`,
        bar: mode === 'fanout' ? 'at most 10 %' : 'printed', held: mode === 'fanout' ? ratio <= 1.1 : null,
      });
    }
  } finally {
    await plain.stop();
    await checked.stop();
    rmSync(folder, { recursive: true });
  }
  return rows;
}
