/** Noise on the inbound side. `node dist/test/bench/fuzz.js` runs a million of each version; FUZZ_CASES sets how many run here. */
import test from 'ava';
import { titled } from '../conformance/cite.js';
import { runFuzz } from './fuzz.js';
import { seedOf } from './random.js';

const cases = Number(process.env.FUZZ_CASES ?? 50000);

for (const level of [4, 5] as const) {
  test(titled(level, 'v5:[MQTT-4.13.2-1]', `${cases} mutated packets: no throw, no hang, nothing outside, the right reason code`), (t) => {
    const seed = seedOf('FUZZ_SEED');
    t.log(`seed ${seed} (FUZZ_SEED=${seed} runs it again)`);
    const figures = runFuzz(level, seed, cases, 10);
    t.is(figures.cases, cases);
    t.true(figures.ended > cases / 4 && figures.passed > cases / 4, 'mutations both break packets and leave some whole');
    if (level === 5) t.true([0x81, 0x82, 0x94, 0x95].every((code) => figures.codes.has(code)));
  });
}
