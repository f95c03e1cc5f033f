/** C programs of the tests, compiled on first use. Must not know what they are for. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { threadId } from 'node:worker_threads';

export interface CProgram {
  readonly binary: string;
  /** The one that is compiled, then what it includes. */
  readonly sources: readonly [string, ...string[]];
  readonly flags: readonly string[];
  /** Without "-l". */
  readonly libraries: readonly string[];
  /** What is said without a compiler, and of the first line of its complaint. */
  readonly noCompiler: string;
  readonly refused: (complaint: string) => string;
}

/** Compiles a program unless it is newer than its sources. Several test files, which are threads of one process, may do so at once: the last rename wins. */
export function compiled({ binary, sources, flags, libraries, noCompiler, refused }: CProgram): true | string {
  if (existsSync(binary) && sources.every((source) => statSync(binary).mtimeMs >= statSync(source).mtimeMs)) return true;
  mkdirSync(dirname(binary), { recursive: true });
  const own = `${binary}.${process.pid}-${threadId}`;
  const result = spawnSync('cc', [...flags, '-Wall', '-Wextra', '-o', own, sources[0], ...libraries.map((name) => `-l${name}`)], { encoding: 'utf8', timeout: 60_000 });
  if (result.error !== undefined) return noCompiler;
  if (result.status !== 0) return refused(result.stderr.trim().split('\n')[0] ?? '');
  renameSync(own, binary);
  return true;
}
