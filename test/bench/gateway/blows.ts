/** What unplugs, kills and restarts under load cost: messages lost, doubled, out of order. The same run as test/gateway/blows.test.ts, longer. */
import { type Blow, strike } from '../../gateway/blows.js';
import { Random, seedOf } from '../../unit/random.js';
import type { Row } from '../measure.js';

const unplugs = Number(process.env['GATEWAY_BLOWS'] ?? 100);

async function blowsRow(way: 'link' | 'raw', blow: Blow, count: number): Promise<Row> {
  const endings: (() => unknown)[] = [];
  const seed = seedOf('MIDGE_SEED');
  const startMs = performance.now();
  try {
    const blows = Array.from({ length: count }, () => blow);
    const { sent, lost, twice, disordered, connects } = await strike({ teardown: (end: () => unknown) => { endings.push(end); } }, { way, boards: 4, blows, random: new Random(seed) });
    return {
      what: `mode ${way}, ${count} x ${blow}, in ${((performance.now() - startMs) / 1000).toFixed(0)} s`, ours: `${lost} of ${sent} lost`, peer: `${connects} connections`,
      ratio: `QoS 2: ${twice} twice; ${disordered} out of order; seed ${seed}`, bar: 'none lost', held: lost === 0 && twice === 0 && disordered === 0,
    };
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

/** Unplugs as they are told, of the others a fifth: each takes the time of a start. */
export async function gatewayBlowsRows(): Promise<Row[]> {
  const few = Math.ceil(unplugs / 5);
  return [
    await blowsRow('link', 'unplug', unplugs), await blowsRow('link', 'kill of the gateway', few), await blowsRow('link', 'kill of the broker', few),
    await blowsRow('link', 'restart of the broker', few), await blowsRow('raw', 'unplug', few),
  ];
}
