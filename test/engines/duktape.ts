/** Duktape 2.7 in our own C host, which is compiled on first use (Debian: duktape-dev and a C compiler). Counts every allocation. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../targets/build/program.js';
import { compiled } from './c-program.js';
import type { Cost, Engine, Script } from './engine.js';
import { runProcess } from './process.js';

const source = join(packageRoot, 'targets/es5/duktape-host.c');
const header = join(packageRoot, 'targets/es5/counting-heap.h');
const binary = join(packageRoot, 'dist/targets/es5/duktape-host');

function built(): true | string {
  return compiled({
    binary, sources: [source, header], flags: ['-O2'], libraries: ['duktape', 'm'],
    noCompiler: 'no C compiler (cc)', refused: (complaint) => `duktape-dev is not installed (${complaint})`,
  });
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
