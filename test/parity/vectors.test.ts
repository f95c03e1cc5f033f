/**
 * Every vector on every engine: what the client sends, with its buffer of every size below its need; what the server sends, cut at every
 * place and byte by byte. Cross-checked with `mqtt-packet` in codec.test.ts.
 */
import test from 'ava';
import { presentEngines } from '../engines/engines.js';
import { v8Engine } from '../engines/v8.js';
import { play } from './player.js';
import { driverFor, playOn } from './programs.js';
import { faultOf, loadVectors, scriptOf, vectorFiles } from './vectors.js';

for (const file of vectorFiles) {
  for (const vector of loadVectors(file)) {
    const ids = vector.statements.map((id) => ` ${id}`).join('');
    test(`${vector.version === 4 ? '3.1.1' : '5.0'} ${vector.call === undefined ? 'received' : 'sent'}: ${vector.name}${ids}`, (t) => {
      t.is(faultOf(vector, scriptOf(vector, true).map(play)), '');
    });
  }
}

const all = vectorFiles.flatMap(loadVectors);

for (const engine of presentEngines()) {
  // One after the other: several at once on few cores would take longer than an engine is given.
  test.serial(`${engine.name} gives the same for every vector`, async (t) => {
    const scripts = all.map((vector) => scriptOf(vector, false));
    const traces = await playOn(engine, driverFor('test/parity/player.ts', 'full'), scripts.flat());
    const faults: string[] = [];
    let at = 0;
    all.forEach((vector, n) => {
      const fault = faultOf(vector, traces.slice(at, at + scripts[n].length));
      if (fault !== '') faults.push(`${vector.version} ${vector.name}: ${fault}`);
      at += scripts[n].length;
    });
    t.deepEqual(faults, []);
  });
}

test('the build of profile mqtt311 gives the same for every vector of 3.1.1', async (t) => {
  const own = all.filter((vector) => vector.version === 4 && vector.call?.startsWith('publishStream') !== true);
  const scripts = own.map((vector) => scriptOf(vector, false));
  const traces = await playOn(v8Engine, driverFor('test/parity/player.ts', 'mqtt311'), scripts.flat());
  let at = 0;
  own.forEach((vector, n) => {
    t.is(faultOf(vector, traces.slice(at, at + scripts[n].length)), '', vector.name);
    at += scripts[n].length;
  });
});
