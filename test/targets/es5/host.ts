/** The Duktape host for embedding, compiled on first use (Debian: duktape-dev and a C compiler), and scripts built for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { packageRoot } from '../../../targets/build/program.js';
import type { BuildRequest, BuiltFile } from '../../../targets/build/target.js';
import { target } from '../../../targets/es5/target.js';
import { compiled } from '../../engines/c-program.js';

const sourceFile = (name: string): string => join(packageRoot, 'targets/es5', name);
const sources = [sourceFile('embed-duktape.c'), sourceFile('embed-line.h'), sourceFile('counting-heap.h')] as const;
const binary = join(packageRoot, 'dist/targets/es5/embed-duktape');

/** The folder of this test's own scripts, which are not compiled. */
export const scriptFolder = join(packageRoot, 'test/targets/es5');

/** The path of the host, or why there is none. */
export function embedHost(): { readonly path: string } | { readonly reason: string } {
  const able = compiled({
    binary, sources, flags: ['-O2', '-Werror'], libraries: ['duktape', 'm'],
    noCompiler: 'no C compiler (cc)', refused: (complaint) => `duktape-dev is not installed (${complaint})`,
  });
  return able === true ? { path: binary } : { reason: able };
}

/** A folder that goes with the test. */
export function scratch(t: Pick<ExecutionContext, 'teardown'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'midge-es5-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  return folder;
}

const builds = new Map<string, readonly BuiltFile[]>();

/** What the target builds; each once, since it takes seconds. */
export function built(request: BuildRequest): readonly BuiltFile[] {
  const key = JSON.stringify(request);
  const files = builds.get(key) ?? target.build(request);
  builds.set(key, files);
  return files;
}

/** Builds and writes the target's files with their maps, and returns the path of one of them. */
export function builtScript(folder: string, request: BuildRequest, path: string): string {
  for (const file of built(request)) {
    writeFileSync(join(folder, file.path), file.content);
    writeFileSync(join(folder, `${file.path}.map`), file.sourceMap!);
  }
  return join(folder, path);
}
