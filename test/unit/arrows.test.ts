// The import arrows of DESIGN section 1 hold in every file of src, targets and hil.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import ts from 'typescript';
import { partOf, wrongArrows } from './arrows.js';

function importsOfAllFiles(): Map<string, readonly string[]> {
  const imports = new Map<string, readonly string[]>();
  for (const root of ['src', 'targets', 'hil'].filter((folder) => existsSync(folder))) {
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      const path = `${root}/${name.replaceAll('\\', '/')}`;
      if (/\.[cm]?[tj]s$/.test(path) && partOf(path) !== undefined && !path.includes('/node_modules/')) imports.set(path, importsOf(path));
    }
  }
  return imports;
}

/** Every module named by import, export … from, import() or require(), types included. */
function importsOf(path: string): string[] {
  return ts.preProcessFile(readFileSync(path, 'utf8'), true, true).importedFiles.map((file) => file.fileName);
}

test('every import of the sources follows the arrows', (t) => {
  const imports = importsOfAllFiles();
  t.true(imports.has('src/subset/index.ts'));
  t.true(imports.get('src/subset/index.ts')!.includes('./rules/syntax.js'));
  t.deepEqual(wrongArrows(imports), []);
});

test('imports along the arrows pass', (t) => {
  t.deepEqual(wrongArrows(new Map([
    ['src/core/decode.ts', ['./bytes.js']],
    ['src/broker/server.ts', ['node:net', 'ws', './codec/encode.js', '../dashboard/page.js']],
    ['src/gateway/port.ts', ['../link/index.js', '../core/index.js', '../broker/index.js', '../../targets/node/index.js']],
    ['src/sim/world.ts', ['../gateway/index.js', '../broker/index.js']],
    ['src/cli/main.ts', ['commander', '../sim/index.js', '../../targets/lua/build.js']],
    ['targets/lua/port.ts', ['../../src/core/index.js', './build.js', '../build/lua.js']],
    ['hil/run.ts', ['../src/broker/index.js', './rigs/node.js', '../targets/node/index.js']],
  ])), []);
});

const planted: readonly (readonly [file: string, imported: string])[] = [
  ['src/core/client.ts', '../link/frame.js'],
  ['src/core/client.ts', '../cbor/writer.js'],
  ['src/core/client.ts', 'node:buffer'],
  ['src/core/client.ts', 'ws'],
  ['src/link/frame.ts', '../core/bytes.js'],
  ['src/cbor/reader.ts', '../../targets/node/index.js'],
  ['src/broker/codec/decode.ts', '../../core/decode.js'],
  ['src/broker/server.ts', '../link/index.js'],
  ['src/broker/server.ts', 'midge-mqtt/core'],
  ['src/broker/server.ts', '../../targets/node/index.js'],
  ['src/dashboard/page.ts', '../core/codes.js'],
  ['src/gateway/port.ts', '../sim/world.js'],
  ['src/gateway/port.ts', '../cli/main.js'],
  ['src/sim/world.ts', '../cli/main.js'],
  ['targets/node/client.ts', '../../src/broker/index.js'],
  ['targets/lua/port.ts', '../node/client.js'],
  ['src/cli/hil.ts', '../../hil/run.js'],
  ['targets/node/client.ts', '../../hil/agent.js'],
  ['src/sim/world.ts', '../../package.json'],
];

for (const [file, imported] of planted) {
  test(`a planted import of ${imported} in ${file} is caught`, (t) => {
    const wrong = wrongArrows(new Map([[file, [imported]]]));
    t.is(wrong.length, 1);
    t.true(wrong[0].startsWith(`${file} imports ${imported}: `));
  });
}

test('a file outside the layout is caught', (t) => {
  t.regex(wrongArrows(new Map([['src/helpers/text.ts', []]]))[0], /belongs to no part/);
});
