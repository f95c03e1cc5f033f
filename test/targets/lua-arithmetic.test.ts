/** Bit operations that stand as arithmetic in a file for Lua 5.1: the same numbers as JavaScript's, also of negative ones. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { inArithmetic } from '../../targets/build/arithmetic.js';
import { buildEs5 } from '../../targets/build/es5.js';
import { buildLua } from '../../targets/build/lua.js';
import { registerNotRun } from '../engines/installed.js';
import { canRun } from '../engines/process.js';

const source = `
  interface Pair { x: number }
  const bytes = [0, 1, 127, 128, 255];
  export function line(x: number): string {
    const p: Pair = { x: x };
    const small = x & 0xffff;
    return (x & 1) + ' ' + (x & 6) + ' ' + (p.x & 0x60000) + ' ' + (x & 0xffff) + ' ' + ((x - 5) & 0x3fffffff) + ' ' + (x & 5) + ' ' + (x & 0x40000000) + ' ' + (x & 0x7fffffff)
      + ' ' + ((x >>> 8) & 255) + ' ' + ((p.x >>> 24) & 255) + ' ' + ((x >>> 28) & 255) + ' ' + (x >>> 4) + ' ' + ((small >>> 1) & 0x7ff) + ' ' + (small << 3) + ' ' + ((small << 13) & 0x3fffffff)
      + ' ' + ((bytes[small % 5] << 8) | bytes[(small + 1) % 5]) + ' ' + (small | 0x30) + ' ' + (small & ~4 & 255) + ' ' + ((small & 7) === 3 ? 'three' : 'other');
  }`;

const able = canRun('lua5.1', ['-e', 'require("bit")']);
if (able !== true) registerNotRun(test, 'Lua 5.1 with bit is installed', `${able}: arithmetic in place of bit operations was NOT RUN`);
else {
  test('bit operations as arithmetic', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'midge-arithmetic-'));
    try {
      const path = join(folder, 'device.ts');
      writeFileSync(path, source);
      const seed = Number(process.env['MIDGE_TARGET_SEED'] ?? Date.now() % 1_000_000);
      t.log(`MIDGE_TARGET_SEED=${seed}`);
      const numbers = [0, 1, -1, 2, 5, -5, 255, 256, -256, 0x3fffffff, 0x40000000, 0x7fffffff, -0x7fffffff, -0x80000000];
      for (let n = 0, x = seed; n < 500; n++) {
        x = (Math.imul(x, 1664525) + 1013904223) | 0;
        numbers.push(x >> (n % 31));
      }
      const program = join(folder, 'program.lua');
      const { code } = buildLua({ entries: [path], target: 'jit' });
      writeFileSync(program, `require("bit")\nlocal midge = (function()\n${code}\nend)()\nfor _, x in ipairs({ ${numbers.join(', ')} }) do print(midge.line(x)) end\n`);
      const expected = runInNewContext(`${buildEs5({ entries: [path] }).code}; numbers.map(midge.line)`, { numbers }) as string[];
      t.deepEqual(execFileSync('lua5.1', [program], { encoding: 'utf8' }).trim().split('\n'), [...expected]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test('what would cost more, or might come out otherwise, stays as it is', (t) => {
  for (const text of ['x >>> 4', 'x & 5', 'f(x) & 6', 'x | y', 'ints[i] << shift', 'x & mask', '(f(x) >>> 8) & y']) {
    const written = inArithmetic(`${text};\n`).trim();
    t.is(written, `${text};`);
  }
  t.is(inArithmetic('(f(x) >>> 8) & 255;\n').trim(), '((f(x) >>> 8) % 256);');
  t.is(inArithmetic('x & 6;\n').trim(), '((x % 8) - (x % 2));');
});
