/**
 * XS itself, by its test shell: MIDGE_XS names the executable `xst`. Runs modules that `midge build moddable` writes, with the platform's module
 * replaced by a script, and counts instructions where valgrind is installed. Must not know: what the scripts do.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
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

const globals = new URL('./stub/globals.js', import.meta.url).href;

/** What Node.js prints of a script, with the built modules. */
export function onNode(folder: string, source: string): string {
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'node.js'), `import '${globals}';\nglobalThis.print = (text) => console.log(text);\nawait import('${pathToFileURL(join(folder, 'main.js')).href}');\n`);
  writeFileSync(join(folder, 'main.js'), source);
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'node.js')], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(stdout + stderr);
  return stdout;
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

/** Slots and chunks, XS's two kinds of memory, that a run takes: calls of the functions that hand them out, counted by valgrind. */
export function allocations(folder: string, source: string): { slots: number; chunks: number } {
  const file = join(folder, 'main.js');
  const out = join(folder, 'callgrind.out');
  writeFileSync(file, source);
  const { stderr, status } = spawnSync('valgrind', ['--tool=callgrind', `--callgrind-out-file=${out}`, xs!, '-m', file], { encoding: 'utf8', timeout: 300_000 });
  if (status !== 0 || /rror:/.test(stderr)) throw new Error(stderr);
  const names = new Map<string, string>();
  const calls = new Map<string, number>();
  let called = '';
  for (const line of readFileSync(out, 'utf8').split('\n')) {
    const [, kind, id, name] = /^(c?fn)=\((\d+)\)(?: (\w+))?/.exec(line) ?? [];
    if (name !== undefined) names.set(id, name);
    if (kind === 'cfn') called = id;
    const [, count] = /^calls=(\d+)/.exec(line) ?? [];
    if (count !== undefined) calls.set(names.get(called)!, (calls.get(names.get(called)!) ?? 0) + Number(count));
  }
  if (!calls.has('fxNewSlot')) throw new Error('this xst has no symbols: build it without stripping them');
  return { slots: calls.get('fxNewSlot') ?? 0, chunks: calls.get('fxNewChunk') ?? 0 };
}
