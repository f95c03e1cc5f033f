// midge build and midge flash: what is written, and what is refused without a file left behind.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { sizeText } from '../../src/cli/build.js';
import { Exit } from '../../src/cli/fault.js';
import { run } from '../../src/cli/run.js';
import { targetNames, targetOf } from '../../src/cli/targets.js';
import { writeFiles } from '../../src/cli/writeFiles.js';
import { partNames } from '../../targets/build/target.js';
import { linesOf, midge } from './process.js';

function scratch(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'midge-build-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  return folder;
}

const refused: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [['build'], /midge build needs a target: es5/],
  [['build', 'es6'], /"es6" is no target \(did you mean es5\?\); the targets are .*es5/],
  [['build', 'toString'], /"toString" is no target; the targets are/],
  [['build', 'es5', 'lua'], /"lua" stands behind the target; midge build takes one target/],
  [['build', 'es5', '--profile', 'mqtt31'], /--profile is "mqtt31" \(did you mean mqtt311\?\); it must be qos0, mqtt311, full/],
  [['build', 'es5', '--example', 'kettle'], /--example is "kettle".*es5 has no such example/],
  [['build', 'lua', '--profile', 'qos0', '--example', 'sensor'], /--example is "sensor", which publishes or subscribes at QoS 1, and --profile qos0 has none; take mqtt311 or full/],
  [['build', 'es5', '--out', ''], /--out is empty/],
  [['flash', 'es5', '--port', '/dev/ttyUSB0'], /es5 is not flashed by itself.*targets\/es5\/README\.md/],
  [['flash', 'nothing', '--port', 'x'], /"nothing" is no target; the targets are/],
  [['flash', 'es5', '--baud', '1'], /--baud is "1"; it must be a whole number from 300/],
];

for (const [args, says] of refused) {
  test(`midge ${args.join(' ')} is refused by name, with what is allowed`, async (t) => {
    const complaints: string[] = [];
    t.is(await run(args, (line) => complaints.push(line)), Exit.Usage);
    t.is(linesOf(complaints.join('')).length, 1);
    t.regex(complaints[0], says);
  });
}

test.before('what several tests build at a time is built once', async () => {
  const es5 = await targetOf(['es5'], 'a test');
  for (const minify of [true, false]) es5.build({ profile: 'qos0', minify });
});

test('every target says what it is, and builds its profiles into files whose parts are not larger than the file', async (t) => {
  for (const name of targetNames) {
    const target = await targetOf([name], 'a test');
    t.is(target.name, name);
    t.true(target.summary !== '' && target.profiles.length > 0);
    const files = target.build({ profile: target.profiles[0], minify: true });
    t.true(files.length > 0);
    for (const { path, content, parts } of files) {
      t.false(path.startsWith('/') || path.includes('..'), path);
      t.deepEqual(parts.map((part) => part.name), partNames.filter((known) => parts.some((part) => part.name === known)), 'in one order');
      t.true(parts.every((part) => part.bytes > 0), `${path}: ${parts.map((part) => `${part.name} ${part.bytes}`).join(', ')}`);
      t.true(parts.reduce((sum, part) => sum + part.bytes, 0) <= Buffer.byteLength(content), path);
    }
  }
});

test('the files, their sizes, and the same as JSON', async (t) => {
  const folder = scratch(t);
  const out = join(folder, 'a', 'b');
  const text = await midge(['build', 'es5', '--profile', 'qos0', '--out', out]);
  t.is(text.code, 0, text.stderr);
  t.regex(text.stdout.toString(), /^es5, profile qos0: written to .*\n\n {2}midge\.js +[\d,]+ B.*\n {4}core +[\d,]+ B\n/);
  const json = await midge(['build', 'es5', '--profile', 'qos0', '--no-minify', '--out', out, '--json']);
  const shown = JSON.parse(json.stdout.toString()) as { target: string; profile: string; minify: boolean; files: { path: string; bytes: number }[] };
  t.like(shown, { target: 'es5', profile: 'qos0', minify: false });
  for (const { path, bytes } of shown.files) t.is(readFileSync(join(out, path)).length, bytes, path);
});

test('a folder that cannot be written: one line, and nothing half written', async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'file'), 'kept');
  const behindFile = await midge(['build', 'es5', '--profile', 'qos0', '--out', join(folder, 'file', 'x')]);
  t.is(behindFile.code, 1);
  t.regex(behindFile.stderr, /^midge build: cannot write ".*file.*": .*--out\n$/);
  // What is to be written first gives way to what cannot be: the place of the script is taken by a folder.
  const out = join(folder, 'out');
  mkdirSync(join(out, 'midge.js'), { recursive: true });
  const taken = await midge(['build', 'es5', '--profile', 'qos0', '--no-minify', '--out', out]);
  t.is(taken.code, 1);
  t.regex(taken.stderr, /^midge build: cannot write ".*midge\.js": it is a folder; name a folder that can be written with --out\n$/);
  t.deepEqual(readdirSync(out), ['midge.js']);
  t.deepEqual(readdirSync(folder).sort(), ['file', 'out']);
  if (existsSync('/proc/self')) {
    const proc = await midge(['build', 'es5', '--profile', 'qos0', '--out', '/proc/midge/x']);
    t.is(proc.code, 1);
    t.regex(proc.stderr, /^midge build: cannot write "\/proc\/midge/);
  }
});

test('of several files, all are written or none, and a folder made for them goes too', (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'first'), 'old');
  mkdirSync(join(folder, 'third'));
  const files = ['first', 'new/second', 'third'].map((path) => ({ path, content: 'new' }));
  t.throws(() => writeFiles(folder, files), { message: /^cannot write ".*third": it is a folder; / });
  t.deepEqual(readdirSync(folder).sort(), ['first', 'third']);
  t.is(readFileSync(join(folder, 'first'), 'utf8'), 'old');
  t.deepEqual(writeFiles(folder, files.slice(0, 2)), [join(folder, 'first'), join(folder, 'new/second')]);
  t.deepEqual(readdirSync(folder).sort(), ['first', 'new', 'third']);
});

test('an older build is replaced as a whole', async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'midge.js'), 'old');
  t.is((await midge(['build', 'es5', '--profile', 'qos0', '--out', folder])).code, 0);
  t.true(readFileSync(join(folder, 'midge.js'), 'utf8').startsWith('var midge='));
  t.deepEqual(readdirSync(folder).filter((name) => name.endsWith('.new')), []);
});

test('sizes for people: each file, its map, its parts', (t) => {
  const parts = [{ name: 'core' as const, bytes: 1200 }, { name: 'api' as const, bytes: 34 }];
  t.is(sizeText([{ path: 'a.js', content: 'x'.repeat(1234), parts, sourceMap: '{}' }, { path: 'b.js', content: 'y', parts: [] }]), [
    '  a.js                      1,234 B  and a.js.map, its source map', '    core                    1,200 B', '    api                        34 B', '  b.js                          1 B',
  ].join('\n'));
});
