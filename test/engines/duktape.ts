/** Duktape 2.7 in our own C host, which is compiled on first use (Debian: duktape-dev and a C compiler). Counts every allocation. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { packageRoot } from '../../targets/build/program.js';
import type { Cost, Engine, Script } from './engine.js';
import { runProcess } from './process.js';

const source = join(packageRoot, 'targets/es5/duktape-host.c');
const header = join(packageRoot, 'targets/es5/counting-heap.h');
const binary = join(packageRoot, 'dist/targets/es5/duktape-host');

/** Compiles the host unless it is newer than its sources. Several test files may do so at once: the last rename wins. */
function built(): true | string {
  if (existsSync(binary) && [source, header].every((path) => statSync(binary).mtimeMs >= statSync(path).mtimeMs)) return true;
  mkdirSync(dirname(binary), { recursive: true });
  const own = `${binary}.${process.pid}-${threadId}`;
  const result = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-o', own, source, '-lduktape', '-lm'], { encoding: 'utf8', timeout: 60_000 });
  if (result.error !== undefined) return 'no C compiler (cc)';
  if (result.status !== 0) return `duktape-dev is not installed (${result.stderr.trim().split('\n')[0] ?? ''})`;
  renameSync(own, binary);
  return true;
}

async function run(code: string, lines: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'midge-duktape-'));
  try {
    const path = join(folder, 'script.js');
    await writeFile(path, code);
    return await runProcess(binary, [path], lines.map((line) => `${line}\n`).join(''));
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const duktapeEngine: Engine = {
  name: 'Duktape',
  language: 'es5',
  available: built,
  run: (script: Script, lines: readonly string[] = []) => run(script.es5, lines),
  async measure(script: Script, hot: string, repetitions: number): Promise<Cost> {
    const program = `${script.es5}
      function midgeLoop(count) { for (var i = 0; i < count; i++) ${hot}(); }
      midgeLoop(100);
      var midgeBefore = allocations();
      midgeLoop(${repetitions});
      print(allocations() - midgeBefore);`;
    return { amount: Number(await run(program, [])), unit: 'allocations' };
  },
};
