/**
 * What a message costs the plain-Lua client, and what it keeps in memory, beside luamqtt in the same run: instructions counted by valgrind, bytes of garbage
 * by Lua itself, QoS 1 and 2 to the end of their handshakes. MIDGE_LUAMQTT names the folder that holds luamqtt's `mqtt`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildVariant, variants } from '../../targets/lua/build.js';
import { packageRoot } from '../../targets/build/program.js';
import type { Row } from './measure.js';

const program = join(packageRoot, 'test/bench/lua/measure.lua');
const peer = process.env['MIDGE_LUAMQTT'];
const rounds = 1000;

function output(command: string, args: readonly string[]): string {
  const { stdout, stderr, status, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return `${stdout}${stderr}`;
}

function instructionsOf(lua: string, args: readonly string[], count: number): number {
  const text = output('valgrind', ['--tool=callgrind', '--callgrind-out-file=/dev/null', lua, program, ...args, String(count)]);
  return Number(/Collected : (\d+)/.exec(text)?.[1]);
}

const kinds = ['publish', 'inbound'] as const;
const qualities = [0, 1, 2] as const;

/** What the work leaves behind, in bytes. */
function bytesOf(lua: string, library: string, path: string, work: string, count: number): number {
  return Number(output(lua, [program, library, path, work, String(count)]).trim());
}

/** Instructions of one round, without what is done before. */
function roundOf(lua: string, library: string, path: string, work: string): number {
  return Math.round((instructionsOf(lua, [library, path, work], 200 + rounds) - instructionsOf(lua, [library, path, work], 200)) / rounds);
}

function inWords(value: number | undefined): string {
  return value === undefined ? '' : value.toLocaleString('en-US');
}

function instructionRow(what: string, ours: number, theirs: number | undefined): Row {
  const ratio = theirs === undefined ? '' : (ours / theirs).toFixed(2);
  return { what, ours: inWords(ours), peer: inWords(theirs), ratio, bar: '<= 0.5, moonshot 0.25', held: theirs === undefined ? null : ours <= theirs / 2 };
}

function bytesRow(what: string, ours: number, theirs: number | undefined, most?: number, bar = ''): Row {
  return { what, ours: `${inWords(ours)} B`, peer: theirs === undefined ? '' : `${inWords(theirs)} B`, ratio: '', bar, held: most === undefined ? null : ours <= most };
}

/** Why nothing can be measured here, or null. */
export function luaLack(): string | null {
  const programs = ['lua5.1', 'lua5.3', 'valgrind'];
  const missing = programs.filter((name) => spawnSync(name, [name === 'valgrind' ? '--version' : '-v']).error !== undefined);
  return missing.length === 0 ? null : `${missing.join(', ')} not installed (Debian: apt-get install lua5.1 lua5.3 lua-bitop lua-socket valgrind)`;
}

export function luaRows(): Row[] | null {
  if (luaLack() !== null) return null;
  if (peer === undefined) console.error('*** luamqtt is NOT MEASURED: set MIDGE_LUAMQTT to a checkout of xHasKx/luamqtt');
  const folder = mkdtempSync(join(tmpdir(), 'midge-lua-bench-'));
  try {
    return ([['lua5.1', 'luasocket/midge.lua'], ['lua5.3', 'luasocket/midge53.lua']] as const).flatMap(([lua, file]) => rowsOf(lua, file, folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rowsOf(lua: string, file: string, folder: string): Row[] {
  const variant = variants.find((v) => v.path === file)!;
  const [path, small] = (['mqtt311', 'qos0'] as const).map((profile) => {
    const name = join(folder, `${profile}-${lua}.lua`);
    writeFileSync(name, buildVariant(variant, profile, true).content);
    return name;
  });
  const beside = (measureOne: (library: string, where: string) => number): [number, number | undefined] => [measureOne('midge', path), peer === undefined ? undefined : measureOne('luamqtt', peer)];
  const rows: Row[] = [];
  for (const qos of qualities) {
    for (const kind of kinds) rows.push(instructionRow(`${lua}: instructions, ${kind} QoS ${qos}`, ...beside((library, where) => roundOf(lua, library, where, `${kind}${qos}`))));
  }
  for (const qos of qualities) {
    for (const kind of kinds) rows.push(bytesRow(`${lua}: garbage, ${kind} QoS ${qos}`, ...beside((library, where) => bytesOf(lua, library, where, `${kind}${qos}`, rounds)), 0, '0'));
  }
  const bar = '<= 60 KB, moonshot 40';
  rows.push(bytesRow(`${lua}: resident after loading, mqtt311`, ...beside((library, where) => bytesOf(lua, library, where, 'load', 0)), 60 * 1024, bar));
  rows.push(bytesRow(`${lua}: resident after loading, qos0`, bytesOf(lua, 'midge', small, 'load', 0), undefined, 60 * 1024, bar));
  rows.push(bytesRow(`${lua}: resident when connected, subscribed, after QoS 0, 1 and 2 both ways`, ...beside((library, where) => bytesOf(lua, library, where, 'used', 10))));
  rows.push(bytesRow(`${lua}: of it the client itself, with its buffers`, ...beside((library, where) => bytesOf(lua, library, where, 'client', 10))));
  return rows;
}
