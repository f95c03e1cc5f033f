/** Writing and reading a CBOR message allocates nothing, on any engine, built plainly or minified. The gates' own tests are with the engines. */
import test from 'ava';
import { presentEngines } from '../engines/engines.js';
import { buildDriver, hotProgram, lineProgram } from '../engines/programs.js';

for (const minify of [false, true]) {
  const built = buildDriver({ entry: 'test/cbor/driver.ts', minify });
  for (const engine of presentEngines()) {
    const kind = `${engine.name}${minify ? ', minified' : ''}`;

    test(`CBOR allocates nothing on ${kind}`, async (t) => {
      t.is(await engine.run(lineProgram(built, 'telegramHolds'), ['x']), 'x11\n');
      const cost = await engine.measure(hotProgram(built, 'telegram'), 'hot', engine.name === 'V8' ? 200_000 : 2000);
      t.is(cost.amount, 0, `${cost.amount} ${cost.unit}`);
    });

    // V8 keeps a float that a function returns in a heap number of its own; no other engine of these does.
    if (engine.name === 'V8') continue;
    test(`CBOR floats allocate nothing on ${kind}`, async (t) => {
      const cost = await engine.measure(hotProgram(built, 'floatTelegram'), 'hot', 1000);
      t.is(cost.amount, 0, `${cost.amount} ${cost.unit}`);
    });
  }
}
