/**
 * XS itself, by its test shell: MIDGE_XS names the executable `xst`. Runs modules that `midge build moddable` writes, with the platform's module
 * replaced by a script, and counts instructions where valgrind is installed. Must not know: what the scripts do.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProfileName } from '../../../targets/build/profiles.js';
import { target } from '../../../targets/moddable/target.js';

export const xs = process.env['MIDGE_XS'];

/** In place of platform.js: a clock that stands unless the script moves it, and alarms that it rings. */
const platform = `export function clock() { return globalThis.now & 0x3fffffff; }
export class Alarm {
  constructor(ring) { this.ring = ring; }
  within(ms) { globalThis.alarms.add(this.ring); }
  clear() { globalThis.alarms.delete(this.ring); }
}
`;

export const prelude = `globalThis.now = 5;
globalThis.alarms = new Set();
if (globalThis.trace === undefined) globalThis.trace = (...words) => print(words.join(''));
`;

/** A folder with the built modules. The caller removes it. */
export function buildFolder(profile: ProfileName): string {
  const folder = mkdtempSync(join(tmpdir(), 'midge-xs-'));
  for (const { path, content } of target.build({ profile, minify: true })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), path === 'midge/platform.js' ? platform : content);
  }
  return folder;
}

/** Runs a module on XS; returns what it printed, and throws what it threw. */
export function runModule(folder: string, source: string): string {
  const file = join(folder, 'main.js');
  writeFileSync(file, source);
  const { stdout, stderr, status } = spawnSync(xs!, ['-m', file], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0 || /Error/.test(stderr)) throw new Error(`${xs!} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

export function withFolder<T>(profile: ProfileName, use: (folder: string) => T): T {
  const folder = buildFolder(profile);
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Instructions that a run takes, counted by valgrind. `words`: `-m file` or `-s file`. */
export function instructions(words: readonly string[]): number {
  const { stderr, stdout, error } = spawnSync('valgrind', ['--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null', xs!, ...words], { encoding: 'utf8', timeout: 300_000 });
  const [, count] = /I\s+refs:\s+([\d,]+)/.exec(stderr) ?? [];
  if (count === undefined || /Error|rror:/.test(stdout + stderr.replace(/^==.*\n/gm, ''))) throw new Error(`valgrind ${xs!}: ${error?.message ?? ''}${stdout}${stderr.slice(-1000)}`);
  return Number(count.replaceAll(',', ''));
}
