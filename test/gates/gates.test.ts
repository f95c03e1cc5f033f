/**
 * Nothing is allocated after start-up: messages of each QoS in each direction, streams, keep-alive, lost links and resumed sessions, in both versions,
 * measured by each engine as exactly as it can. Each gate is shown to catch an allocation that was planted.
 */
import test from 'ava';
import { lineProgram, hotProgram } from '../engines/programs.js';
import { presentEngines } from '../engines/engines.js';
import { driverFor } from '../parity/programs.js';

const driver = driverFor('test/gates/rounds.ts', 'full');

/** A round has six messages and more; V8 shows an allocation only when its young generation is full, so it is given more rounds. */
function roundsFor(engine: string): number {
  return engine === 'V8' ? 170_000 : 10_000;
}

/** What 80 rounds lead to: see `tally` in rounds.ts. */
const expected = 'faults 0 messages 80 80 80 events 0 11 10 240 60 200 0 0 0 0 300 packets 0 11 0 300 100 80 90 80 0 0 0 0 80 0 0 0';

for (const engine of presentEngines()) {
  test(`the rounds do on ${engine.name} what they should`, async (t) => {
    t.is(await engine.run(lineProgram(driver, 'report'), ['4 80', '5 80']), `${expected}\n${expected}\n`);
  });

  for (const [version, hot] of [['3.1.1', 'round311'], ['5.0', 'round5']] as const) {
    test(`${engine.name} counts no allocation in ${roundsFor(engine.name)} rounds of ${version}`, async (t) => {
      const cost = await engine.measure(hotProgram(driver, hot), 'hot', roundsFor(engine.name));
      t.log(`${cost.amount} ${cost.unit} in ${6 * roundsFor(engine.name)} messages and more`);
      t.is(cost.amount, 0, `${cost.amount} ${cost.unit}`);
    });
  }

  test(`${engine.name} catches an allocation planted in the rounds`, async (t) => {
    const often = engine.name === 'V8';
    const hot = often ? 'roundPlantedOften' : 'roundPlantedSeldom';
    const cost = await engine.measure(hotProgram(driver, hot), 'hot', often ? 170_000 : 1_000);
    t.log(`${cost.amount} ${cost.unit}`);
    t.true(cost.amount > 0, `${cost.amount} ${cost.unit}`);
  });
}
