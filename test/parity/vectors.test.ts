/**
 * Every vector on every engine: what the client sends, with its buffer of every size below its need; what the server sends, cut at every
 * place and byte by byte. Cross-checked with `mqtt-packet` in codec.test.ts.
 */
import test from 'ava';
import { presentEngines } from '../engines/engines.js';
import { play } from './player.js';
import { driverFor, playOn } from './programs.js';
import { faultOf, loadVectors, scriptOf, vectorFiles } from './vectors.js';

for (const file of vectorFiles) {
  for (const vector of loadVectors(file)) {
    const ids = vector.statements.map((id) => ` ${id}`).join('');
    test(`${vector.version === 4 ? '3.1.1' : '5.0'}: ${vector.name}${ids}`, (t) => {
      t.is(faultOf(vector, scriptOf(vector, true).map(play)), '');
    });
  }
}

const all = vectorFiles.flatMap(loadVectors);

for (const engine of presentEngines()) {
  test(`${engine.name} gives the same for every vector`, async (t) => {
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
