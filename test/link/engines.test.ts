/** The link on every engine: the same bytes and events as on V8, built plainly and minified, and no allocation after its creation. */
import test from 'ava';
import { presentEngines } from '../engines/engines.js';
import { hotProgram, lineProgram } from '../engines/programs.js';
import { driverFor } from '../parity/programs.js';
import { exchange } from './exchange.js';
import { talk } from './rounds.js';

/** Seed, frame size, one of so many bytes flipped and lost, steps between resets and between ends of the connection, steps. */
const talks = [
  '7 128 0 0 0 0 1500', '21 32 2000 0 0 0 1500', '33 64 2500 4000 0 211 2000', '44 254 5000 5000 997 211 2500', '55 48 300 700 0 0 1500',
];

/** Seed, one of so many bytes flipped, steps between two new starts of the gateway's link, steps. */
const exchanges = ['3 0 0 1500', '5 1500 0 1500', '9 1500 397 2000'];

test('what the exchanges come to', (t) => {
  for (const line of exchanges) {
    const text = exchange(line);
    t.log(text);
    const [, accepted, published] = /^faults 0 accepted (\d+) published (\d+) /.exec(text) ?? [];
    t.true(Number(published) > 20 && Number(accepted) - Number(published) <= 6, text);
  }
});

test('what the talks come to', (t) => {
  for (const line of talks) {
    const text = talk(line);
    t.log(text);
    t.regex(text, /^faults 0 /, line);
  }
});

for (const minify of [false, true]) {
  const built = driverFor('test/link/rounds.ts', 'full', minify);
  const builtExchange = driverFor('test/link/exchange.ts', 'mqtt311', minify);
  const builtSmall = driverFor('test/link/exchange.ts', 'mqtt311', minify, 'linkmin');
  for (const engine of presentEngines()) {
    const kind = `${engine.name}${minify ? ', minified' : ''}`;

    test(`the talks are the same on ${kind}`, async (t) => {
      t.is(await engine.run(lineProgram(built, 'talk'), talks), talks.map((line) => `${talk(line)}\n`).join(''));
    });

    test(`MQTT over the link is the same on ${kind}, and allocates nothing`, async (t) => {
      t.is(await engine.run(lineProgram(builtExchange, 'exchange'), exchanges), exchanges.map((line) => `${exchange(line)}\n`).join(''));
      const cost = await engine.measure(hotProgram(builtExchange, 'hotExchangeSteps'), 'hot', engine.name === 'V8' ? 5_000 : 200);
      t.is(cost.amount, 0, `${cost.amount} ${cost.unit}`);
    });

    test(`MQTT over the smallest profile of the link is byte for byte the same on ${kind}, and allocates nothing`, async (t) => {
      t.is(await engine.run(lineProgram(builtSmall, 'exchange'), exchanges), exchanges.map((line) => `${exchange(line)}\n`).join(''));
      const cost = await engine.measure(hotProgram(builtSmall, 'hotExchangeSteps'), 'hot', engine.name === 'V8' ? 5_000 : 200);
      t.is(cost.amount, 0, `${cost.amount} ${cost.unit}`);
    });

    test(`the link allocates nothing on ${kind}`, async (t) => {
      const cost = await engine.measure(hotProgram(built, 'hotStep'), 'hot', engine.name === 'V8' ? 10_000 : 300);
      t.is(cost.amount, 0, `${cost.amount} ${cost.unit}`);
    });
  }
}

for (const engine of presentEngines()) {
  test(`${engine.name} catches an allocation planted in the steps`, async (t) => {
    const often = engine.name === 'V8';
    const built = driverFor('test/link/rounds.ts', 'full', false);
    const cost = await engine.measure(hotProgram(built, often ? 'hotStepPlantedOften' : 'hotStepPlantedSeldom'), 'hot', often ? 100_000 : 1000);
    t.true(cost.amount > 0, `${cost.amount} ${cost.unit}`);
  });
}
