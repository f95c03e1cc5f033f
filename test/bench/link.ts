/**
 * The serial link over the simulated UART: what of the line rate arrives, beside plain bytes on the same line; and a long run with every fault,
 * LINK_BYTES bytes of it (LINK_BYTES=1000000000 takes some minutes), from the seed MIDGE_LINK_SEED.
 */
import { measureGoodput, rawErrors } from '../link/goodput.js';
import { runNoise } from '../link/noise.js';
import { seedOf } from '../unit/random.js';
import type { Row } from './measure.js';

const seconds = 60;
const bars = new Map([[0, 0.93], [1e-5, 0.85], [1e-4, 0.5]]);

const percent = (part: number): string => `${(part * 100).toFixed(2)} %`;

function goodputRow(bitErrorRate: number, frames: number, frameBytes: number, isBothWays: boolean): Row {
  const found = measureGoodput({ baud: 115_200, bitErrorRate, frameBytes, frames, isBothWays, seconds, seed: 7 });
  // The bar is that of one direction with buffers of 128 bytes, of which four are the default.
  const bar = !isBothWays && frames === 4 && frameBytes === 128 ? bars.get(bitErrorRate) : undefined;
  return {
    what: `${frames} x ${frameBytes} bytes, bit errors ${bitErrorRate}${isBothWays ? ', both ways' : ''}`,
    ours: found.fault !== '' ? found.fault : isBothWays ? `${percent(found.up)} and ${percent(found.down)}` : percent(found.up),
    peer: `raw: ${rawErrors(bitErrorRate, 115_200, seconds, 7)} bytes wrong or lost in ${seconds} s`,
    ratio: `${found.again} frames again`, bar: bar === undefined ? '' : `>= ${percent(bar)}`, held: bar === undefined ? null : found.fault === '' && found.up >= bar,
  };
}

export function linkRows(): Row[] {
  const rows: Row[] = [];
  for (const bitErrorRate of [0, 1e-5, 1e-4, 3e-4]) for (const frames of [1, 2, 4, 8]) rows.push(goodputRow(bitErrorRate, frames, 128, false));
  for (const bitErrorRate of [0, 1e-5, 1e-4]) rows.push(goodputRow(bitErrorRate, 4, 128, true));
  for (const frameBytes of [32, 64, 254]) rows.push(goodputRow(0, 4, frameBytes, false), goodputRow(1e-4, 4, frameBytes, false));
  const bytes = Number(process.env['LINK_BYTES'] ?? 20_000_000);
  const seed = seedOf('MIDGE_LINK_SEED');
  const begin = process.hrtime.bigint();
  const run = runNoise(seed, bytes, false);
  const tookS = Number(process.hrtime.bigint() - begin) / 1e9;
  rows.push({
    what: `every fault, ${bytes} bytes, seed ${seed}`, ours: run.fault === '' ? 'every byte right, once, in order' : run.fault,
    peer: `${run.damaged} frames damaged, ${run.overrun} bytes overrun`, ratio: `${run.again} frames again, ${run.worlds} worlds, ${tookS.toFixed(0)} s`,
    bar: 'no byte lost, altered, repeated, reordered', held: run.fault === '' && run.bytes >= bytes,
  });
  return rows;
}
