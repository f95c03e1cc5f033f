/** The Duktape host for embedding, compiled on first use (Debian: duktape-dev and a C compiler), and scripts built for it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { packageRoot } from '../../../targets/build/program.js';
import type { BuildRequest, BuiltFile } from '../../../targets/build/target.js';
import { target } from '../../../targets/es5/target.js';

const sources = ['embed-duktape.c', 'embed-line.h', 'counting-heap.h'].map((name) => join(packageRoot, 'targets/es5', name));
const binary = join(packageRoot, 'dist/targets/es5/embed-duktape');

/** The folder of this test's own scripts, which are not compiled. */
export const scriptFolder = join(packageRoot, 'test/targets/es5');

/** Compiles the host unless it is newer than its sources; several test files may do so at once: the last rename wins. Its path, or why there is none. */
export function embedHost(): { readonly path: string } | { readonly reason: string } {
  if (existsSync(binary) && sources.every((source) => statSync(binary).mtimeMs >= statSync(source).mtimeMs)) return { path: binary };
  mkdirSync(dirname(binary), { recursive: true });
  const own = `${binary}.${process.pid}-${threadId}`;
  const result = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', own, sources[0], '-lduktape', '-lm'], { encoding: 'utf8', timeout: 60_000 });
  if (result.error !== undefined) return { reason: 'no C compiler (cc)' };
  if (result.status !== 0) return { reason: `duktape-dev is not installed (${result.stderr.trim().split('\n')[0] ?? ''})` };
  renameSync(own, binary);
  return { path: binary };
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
