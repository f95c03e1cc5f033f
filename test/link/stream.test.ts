/** Streams over a simulated UART: what of the line rate arrives, and that with every fault no byte is lost, altered, repeated or reordered. */
import test from 'ava';
import { seedOf } from '../unit/random.js';
import { measureGoodput } from './goodput.js';
import { runNoise } from './noise.js';

const arrangement = { baud: 115_200, frameBytes: 128, frames: 4, isBothWays: false, seconds: 60, seed: 7 };

for (const [bitErrorRate, bar] of [[0, 0.93], [1e-5, 0.85], [1e-4, 0.5]] as const) {
  test(`four buffers of 128 bytes at a bit error rate of ${bitErrorRate} carry ${bar * 100} % of the line rate`, (t) => {
    const found = measureGoodput({ ...arrangement, bitErrorRate });
    t.is(found.fault, '');
    t.log(`${(found.up * 100).toFixed(2)} %`);
    t.true(found.up >= bar, `${found.up}`);
  });
}

test('one buffer of 32 bytes is enough for a stream', (t) => {
  const found = measureGoodput({ ...arrangement, bitErrorRate: 1e-5, frameBytes: 32, frames: 1, isBothWays: true });
  t.is(found.fault, '');
  t.true(found.up > 0.2 && found.down > 0.2, `${found.up} ${found.down}`);
});

test('with every fault, nothing is lost, altered, repeated or reordered', (t) => {
  const seed = seedOf('MIDGE_LINK_SEED');
  t.log(`MIDGE_LINK_SEED=${seed}`);
  const run = runNoise(seed, 3_000_000);
  t.log(JSON.stringify(run));
  t.is(run.fault, '', `MIDGE_LINK_SEED=${seed}`);
  t.true(run.damaged > 0 && run.again > 0);
  // Two in each world, one for each side. Noise alone ends hardly a session: only where the line is both bad and mostly idle may three signs of life in a row be lost.
  t.true(run.sessions <= run.worlds * 3, `${run.sessions} sessions, MIDGE_LINK_SEED=${seed}`);
});
