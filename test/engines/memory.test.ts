/** What a build remembers between tests holds only as long as everything that it was made of is the same. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { remembered } from '../../targets/build/memory.js';
import { packageRoot } from '../../targets/build/program.js';

test('what was made is made again when an input, a source or the record is another', (t) => {
  const [memory, sources] = [mkdtempSync(join(tmpdir(), 'midge-memory-')), mkdtempSync(join(packageRoot, 'dist/memory-'))];
  const before = process.env['MIDGE_BUILD_MEMORY'];
  t.teardown(() => {
    process.env['MIDGE_BUILD_MEMORY'] = before;
    for (const folder of [memory, sources]) rmSync(folder, { recursive: true });
  });
  process.env['MIDGE_BUILD_MEMORY'] = memory;
  let made = 0;
  const file = (name: string, text: string): string => {
    const path = join(sources, name);
    writeFileSync(path, text);
    return path;
  };
  const take = (input: string, files: string[] = []): ReadonlyMap<string, number> => remembered('step', [input], () => ({ value: new Map([[input, ++made]]), files }));
  t.deepEqual(take('a'), new Map([['a', 1]]));
  t.deepEqual(take('a'), new Map([['a', 1]]), 'remembered');
  t.deepEqual(take('b'), new Map([['b', 2]]), 'another input');
  // A digest is taken once for a process, as a build is: so each case has a file of its own, whose record is made false instead.
  t.deepEqual(take('c', [file('one.ts', 'one')]), new Map([['c', 3]]));
  t.deepEqual(take('c'), new Map([['c', 3]]));
  rmSync(join(sources, 'one.ts'));
  t.deepEqual(take('c'), new Map([['c', 4]]), 'a source that is gone');
  for (const name of readdirSync(memory)) writeFileSync(join(memory, name), readFileSync(join(memory, name)).subarray(0, -1));
  t.deepEqual(take('a'), new Map([['a', 5]]), 'a record that is not whole');
  const passing = join(memory, 'passing.ts');
  writeFileSync(passing, 'x');
  t.deepEqual([take('d', [passing]).get('d'), take('d', [passing]).get('d')], [6, 7], 'a source outside the package');
  process.env['MIDGE_BUILD_MEMORY'] = '';
  t.deepEqual(take('a'), new Map([['a', 8]]), 'no memory');
  t.deepEqual(readdirSync(memory).filter((name) => /\.\d+$/.test(name)), [], 'nothing half written');
});
