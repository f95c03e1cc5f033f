/** The builds: the same results on every engine, minified or not, code left out by a profile, and refusal of what no engine could run. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { buildEs5 } from '../../targets/build/es5.js';
import { buildLua } from '../../targets/build/lua.js';
import { profiles } from '../../targets/build/profiles.js';
import { packageRoot, profileText } from '../../targets/build/program.js';
import { presentEngines } from './engines.js';
import { buildDriver, lineProgram } from './programs.js';
import { visit } from './tour.js';

const entries = ['test/engines/tour.ts'];

function build(profile: Readonly<Record<string, number>>, minify: boolean) {
  return buildDriver({ entry: 'test/engines/tour.ts', profile, minify });
}

const lines = ['', '00', 'ff00ff00', '7fffffff', '80000001', '48656c6c6f', 'c3a9', 'eda080', '612f2b2f23', '24736861 ', '2473686172652f672f612f23', '0102030405060708090a0b0c'];

for (const minify of [false, true]) {
  const programs = lineProgram(build(profiles.full, minify), 'visit');
  for (const engine of presentEngines()) {
    test(`a tour of the subset gives the same on ${engine.name}${minify ? ', minified' : ''}`, async (t) => {
      const expected = await engine.run(programs, lines);
      const here = await presentEngines()[0].run(programs, lines);
      t.deepEqual(expected.split('\n'), here.split('\n'));
    });
  }
}

test('the ES5 build gives the same as the modules', async (t) => {
  const output = await presentEngines()[0].run(lineProgram(build(profiles.full, true), 'visit'), lines);
  t.is(output, lines.map((line) => `${visit(line)}\n`).join(''));
});

test('a profile leaves out code in every language', (t) => {
  const full = build(profiles.full, false);
  const small = build(profiles.qos0, false);
  for (const language of ['es5', 'luaJit', 'lua53'] as const) {
    t.regex(full[language], /4242/);
    t.notRegex(small[language], /4242|onlyInV5/, language);
    t.true(small[language].length < full[language].length);
    t.notRegex(full[language], /Profile\.|Kind\./);
  }
});

test('only what the exports reach is built, with figures of its size', (t) => {
  const built = buildEs5({ entries: ['src/core/bytes.ts'], exports: ['equalBytes'], minify: true });
  t.deepEqual(built.exports, ['equalBytes']);
  t.notRegex(built.code, /Uint8Array/);
  t.is(built.bytes, built.code.length);
  t.true(built.gzipBytes > 0);
  const lua = buildLua({ entries: ['src/core/bytes.ts'], exports: ['equalBytes'], target: 'jit', minify: true });
  t.regex(lua.code, /local function /);
  t.notRegex(lua.code, /\n.|--|textFault/);
});

test('an unknown profile member, entry or export is named', (t) => {
  t.throws(() => buildEs5({ entries, profile: { Colour: 1 } }), { message: /profile member Colour is unknown.*Qos, V5/ });
  t.throws(() => buildEs5({ entries, profile: { Qos: 1.5 } }), { message: /Qos is 1.5; it must be an integer/ });
  t.throws(() => buildEs5({ entries: ['src/core/nothing.ts'] }), { message: /nothing.ts does not exist/ });
  t.throws(() => buildEs5({ entries, exports: ['fly'] }), { message: /export fly is not among the entries' exports: visit/ });
  t.is(profileText('  Qos = 2,\n  V5 = 1,\n', { V5: 0 }), '  Qos = 2,\n  V5 = 0,\n');
});

async function withSource<T>(text: string, use: (path: string) => T): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'midge-build-'));
  try {
    const path = join(folder, 'device.ts');
    await writeFile(path, text);
    return use(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const refused: readonly { what: string; text: string; message: RegExp }[] = [
  { what: 'a type error', text: 'export function f(): number { return "x"; }', message: /device.ts:1: Type 'string' is not assignable/ },
  { what: 'a statement at the top level', text: 'export function f(): void {}\nf();', message: /device.ts:2: only functions, constants/ },
  { what: 'a constructor', text: 'export function f(): Uint8Array { return new Uint8Array(3); }', message: /runtime library \(__TS__New\)/ },
  { what: 'continue inside a switch', text: 'export function f(n: number): number {\n  let s = 0;\n  while (s < n) {\n    s++;\n    switch (s) { case 1: continue; default: s++; }\n    s += 2;\n  }\n  return s;\n}', message: /continue.*switch/ },
  { what: 'a signed shift', text: 'export function f(n: number): number { return n >> 1; }', message: />>/ },
];

for (const { what, text, message } of refused) {
  test(`${what} is refused for Lua with its place and reason`, async (t) => {
    await withSource(text, (path) => {
      t.throws(() => { for (const target of ['jit', '5.3'] as const) buildLua({ entries: [path], target }); }, { message });
    });
  });
}

test('a minified build has no fields that nobody reads, except those named, and what only they needed is gone', async (t) => {
  const text = `
    import { createBytes } from '${join(packageRoot, 'src/core/bytes.js')}';
    export interface Client { count: number; aliases: Uint8Array; unread: number; shown: number }
    function costly(): number { return 31337; }
    export function createThing(): Client { return { count: 3, aliases: createBytes(7), unread: costly(), shown: 5 }; }
    export function step(c: Client): number {
      const before = c.count;
      const dropped = c.count + 1;
      c.unread = c.count;
      c.unread++;
      if (c.count > 4) c.unread = 0;
      c.shown = before;
      c.count = before + 1;
      return c.count;
    }`;
  await withSource(text, (path) => {
    const options = { entries: [path], publicFields: ['shown'], minify: true };
    for (const built of [buildEs5(options), buildLua({ ...options, target: 'jit' }), buildLua({ ...options, target: '5.3' })]) {
      t.notRegex(built.code, /Uint8Array|length|unread|aliases|dropped|[^_]4\b/);
      t.regex(built.code, /31337/, 'a call that may do something stays');
      t.regex(built.code, /shown/);
      t.false('shown' in built.renamed);
    }
    const whole = buildEs5({ ...options, publicFields: 'all' });
    t.regex(whole.code, /aliases.*unread|unread.*aliases/s);
    t.deepEqual(whole.renamed, {});
    t.deepEqual(Object.keys(buildEs5({ ...options, publicFields: [] }).renamed), ['count', 'unread'], 'its value may do something, so its place stays');
  });
});

test('functions that are called once stand in their place, whatever the shape of call and function', async (t) => {
  const text = `
    function early(n: number): number { for (let i = 0; i < n; i++) { switch (i) { case 3: return 30; default: } if (i > 5) return 6; } return -n; }
    function both(value: number, next: number): number { const result = value * 10; return result + next; }
    function nothing(n: number): void { if (n > 2) return; log.count += 100; }
    function hidden(n: number): number { return count(n) + 1; }
    function count(n: number): number { return n + 7; }
    function isOdd(n: number): boolean { if (n > 100) return false; return (n & 1) === 1; }
    function deep(n: number): number { const value = n + 1; return outer(value); }
    function outer(value: number): number { if (value > 4) return inner(value); return 0; }
    function inner(n: number): number { let value = n; while (value > 3) { if (value === 5) return value; value -= 2; } return value + 1000; }
    function after(n: number): number { log.count = log.count * 2 + n; return log.count; }
    const log = { count: 1 };
    export function line(text: string): string {
      let out = '';
      for (let n = 0; n < 8; n++) {
        const first = early(n);
        if (isOdd(n)) out += 'odd '; else if (n === 6) nothing(n - 5);
        const count = hidden(n);
        let value = 0;
        value = both(n, first);
        out += first + ' ' + count + ' ' + value + ' ' + deep(n) + ' ' + (log.count + after(n)) + ';';
      }
      return out + text;
    }`;
  await withSource(text, async (path) => {
    const run = async (minify: boolean, inline: boolean) => {
      const { code } = buildEs5({ entries: [path], minify, inline });
      return { code, said: await presentEngines()[0].run(lineProgram({ es5: code, luaJit: '', lua53: '' }, 'line'), ['x']) };
    };
    const plain = await run(false, false);
    for (const minify of [false, true]) {
      const moved = await run(minify, true);
      t.is(moved.said, plain.said);
      // A variable of the caller is called like what `hidden` needs; `deep` and `after` are evaluated behind something else.
      if (!minify) t.deepEqual([...moved.code.matchAll(/^function (\w+)/gm)].map(([, name]) => name), ['hidden', 'count', 'deep', 'after', 'line']);
    }
  });
});

test('more functions than Lua has locals, and more callees than it has upvalues', async (t) => {
  let text = '';
  for (let n = 0; n < 230; n++) text += `function f${n}(x: number): number { return x + ${n}; }\n`;
  text += 'export function line(text: string): string { let sum = text.length;\n';
  for (let n = 0; n < 230; n++) text += `sum = f${n}(sum);\n`;
  text += 'return "" + sum; }\n';
  await withSource(text, async (path) => {
    const built = (minify: boolean) => ({
      es5: buildEs5({ entries: [path], minify }).code,
      luaJit: buildLua({ entries: [path], target: 'jit', minify }).code,
      lua53: buildLua({ entries: [path], target: '5.3', minify }).code,
    });
    for (const programs of [lineProgram(built(false), 'line'), lineProgram(built(true), 'line')]) {
      for (const engine of presentEngines()) t.is(await engine.run(programs, ['abc']), `${3 + 229 * 115}\n`, engine.name);
    }
  });
});
