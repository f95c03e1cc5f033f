/** The Duktape host for embedding, compiled on first use (Debian: duktape-dev and a C compiler), and scripts built for it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../targets/build/program.js';
import type { BuildRequest } from '../../../targets/build/target.js';
import { target } from '../../../targets/es5/target.js';

const sources = ['embed-duktape.c', 'counting-heap.h'].map((name) => join(packageRoot, 'targets/es5', name));
const binary = join(packageRoot, 'dist/targets/es5/embed-duktape');

/** The folder of this test's own scripts, which are not compiled. */
export const scriptFolder = join(packageRoot, 'test/targets/es5');

/** Compiles the host unless it is newer than its sources; several test files may do so at once: the last rename wins. Its path, or why there is none. */
export function embedHost(): { readonly path: string } | { readonly reason: string } {
  if (existsSync(binary) && sources.every((source) => statSync(binary).mtimeMs >= statSync(source).mtimeMs)) return { path: binary };
  mkdirSync(dirname(binary), { recursive: true });
  const own = `${binary}.${process.pid}`;
  const result = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', own, sources[0], '-lduktape', '-lm'], { encoding: 'utf8', timeout: 60_000 });
  if (result.error !== undefined) return { reason: 'no C compiler (cc)' };
  if (result.status !== 0) return { reason: `duktape-dev is not installed (${result.stderr.trim().split('\n')[0] ?? ''})` };
  renameSync(own, binary);
  return { path: binary };
}

/** Builds and writes the target's files, and returns the path of one of them. */
export function builtScript(folder: string, request: BuildRequest, path: string): string {
  const files = target.build(request);
  for (const file of files) writeFileSync(join(folder, file.path), file.content);
  return join(folder, path);
}
