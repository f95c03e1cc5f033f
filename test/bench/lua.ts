/**
 * What a message costs the plain-Lua client, and what it keeps in memory, beside luamqtt in the same run: instructions counted by valgrind, bytes of garbage
 * by Lua itself. MIDGE_LUAMQTT names the folder that holds luamqtt's `mqtt`.
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

interface Cost {
  readonly publish: number;
  readonly inbound: number;
  readonly garbage: string;
  readonly residentBytes: number;
}

function measure(lua: string, library: string, path: string, loadPath: string): Cost {
  const cost = (work: string): number => Math.round((instructionsOf(lua, [library, path, work], 200 + rounds) - instructionsOf(lua, [library, path, work], 200)) / rounds);
  const bytes = (work: string): string => output(lua, [program, library, path, work, String(rounds)]).trim();
  return {
    publish: cost('publish'), inbound: cost('inbound'), garbage: `${bytes('publish')} / ${bytes('inbound')} B`, residentBytes: residentBytes(lua, library, loadPath),
  };
}

function residentBytes(lua: string, library: string, path: string): number {
  return Number(output(lua, [program, library, path, 'load', '0']).trim());
}

/** Bytecode without debug information: what `luac -s`, and NodeMCU's LFS, keep. */
function stripped(lua: string, folder: string, path: string): string {
  const target = join(folder, `${lua}.luac`);
  output(lua === 'lua5.1' ? 'luac5.1' : 'luac5.3', ['-s', '-o', target, path]);
  return target;
}

function inWords(value: number | undefined): string {
  return value === undefined ? '' : value.toLocaleString('en-US');
}

function instructionRow(what: string, ours: number, theirs: number | undefined): Row {
  const ratio = theirs === undefined ? '' : (ours / theirs).toFixed(2);
  return { what, ours: inWords(ours), peer: inWords(theirs), ratio, bar: '<= 0.5, moonshot 0.25', held: theirs === undefined ? null : ours <= theirs / 2 };
}

function residentRow(what: string, bytes: number, theirs: number | undefined): Row {
  return { what, ours: `${inWords(bytes)} B`, peer: theirs === undefined ? '' : `${inWords(theirs)} B`, ratio: '', bar: '<= 60 KB, moonshot 40', held: bytes <= 60 * 1024 };
}

/** Why nothing can be measured here, or null. */
export function luaLack(): string | null {
  const programs = ['lua5.1', 'luac5.1', 'lua5.3', 'luac5.3', 'valgrind'];
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
  const fileOf = (profile: 'mqtt311' | 'qos0'): string => {
    const path = join(folder, `${profile}.lua`);
    writeFileSync(path, buildVariant(variant, profile, true).content);
    return path;
  };
  const source = fileOf('mqtt311');
  const ours = measure(lua, 'midge', source, stripped(lua, folder, source));
  const theirs = peer === undefined ? undefined : measure(lua, 'luamqtt', peer, peer);
  return [
    instructionRow(`${lua}: instructions per publish`, ours.publish, theirs?.publish),
    instructionRow(`${lua}: instructions per inbound message`, ours.inbound, theirs?.inbound),
    { what: `${lua}: garbage per publish / inbound message`, ours: ours.garbage, peer: theirs?.garbage ?? '', ratio: '', bar: '0', held: ours.garbage === '0 / 0 B' },
    residentRow(`${lua}: resident after loading, mqtt311, stripped bytecode`, ours.residentBytes, undefined),
    residentRow(`${lua}: the same from source`, residentBytes(lua, 'midge', source), theirs?.residentBytes),
    residentRow(`${lua}: qos0, stripped bytecode`, residentBytes(lua, 'midge', stripped(lua, folder, fileOf('qos0'))), undefined),
  ];
}
