/**
 * A million mutated packets of each version through the inbound side: node dist/test/bench/fuzz.js [cases] [seed].
 * Prints its seed; fails at the first packet that goes wrong.
 */
import { runFuzz } from '../unit/fuzz.js';
import { seedOf } from '../unit/random.js';

const cases = Number(process.argv[2] ?? 1000000);
const seed = process.argv[3] === undefined ? seedOf('FUZZ_SEED') : Number(process.argv[3]) | 0;

for (const level of [4, 5] as const) {
  const from = process.hrtime.bigint();
  const figures = runFuzz(level, seed, cases, 25);
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  const codes = [...figures.codes].sort((a, b) => a[0] - b[0]).map(([code, count]) => `${code.toString(16)}: ${count}`).join(', ');
  process.stdout.write(`level ${level}, seed ${seed}: ${figures.cases} mutated streams in ${seconds.toFixed(1)} s, ${figures.ended} ended the connection, `
    + `${figures.passed} packets passed${codes === '' ? '' : `; sent ${codes}`}\n`);
}
