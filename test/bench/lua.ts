/**
 * What a message costs the plain-Lua client, and what it keeps in memory, beside luamqtt in the same run: instructions counted by valgrind, bytes of garbage
 * by Lua itself. MIDGE_LUAMQTT names the folder that holds luamqtt's `mqtt`. Use: node dist/test/bench/lua.js
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildVariant, variants } from '../../targets/lua/build.js';
import { packageRoot } from '../../targets/build/program.js';
import type { ProfileName } from '../../targets/build/profiles.js';

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

interface Row {
  readonly name: string;
  readonly publish: string;
  readonly inbound: string;
  readonly garbage: string;
  readonly resident: string;
}

function measure(name: string, lua: string, library: string, path: string, loadPath = path): Row {
  const cost = (work: string): string => String(Math.round((instructionsOf(lua, [library, path, work], 200 + rounds) - instructionsOf(lua, [library, path, work], 200)) / rounds));
  const bytes = (work: string): string => output(lua, [program, library, path, work, String(rounds)]).trim();
  return {
    name, publish: cost('publish'), inbound: cost('inbound'), garbage: `${bytes('publish')} / ${bytes('inbound')}`,
    resident: output(lua, [program, library, loadPath, 'load', '0']).trim(),
  };
}

function show(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}\n`);
  console.log('| | instructions per publish | per inbound message | garbage per publish / inbound, bytes | resident after loading, bytes |\n| --- | --- | --- | --- | --- |');
  for (const { name, publish, inbound, garbage, resident } of rows) console.log(`| ${name} | ${publish} | ${inbound} | ${garbage} | ${resident} |`);
}

/** Bytecode without debug information: what `luac -s`, and NodeMCU's LFS, keep. */
function stripped(lua: string, folder: string, path: string): string {
  const target = join(folder, `${lua}.luac`);
  output(lua === 'lua5.1' ? 'luac5.1' : 'luac5.3', ['-s', '-o', target, path]);
  return target;
}

const folder = mkdtempSync(join(tmpdir(), 'midge-lua-bench-'));
try {
  console.log(`node ${process.version}; ${output('valgrind', ['--version']).trim()}; QoS 0, 20 + 20 bytes, a socket in memory that takes everything`);
  if (peer === undefined) console.log('*** luamqtt is NOT MEASURED: set MIDGE_LUAMQTT to a checkout of xHasKx/luamqtt');
  for (const [lua, file] of [['lua5.1', 'luasocket/midge.lua'], ['lua5.3', 'luasocket/midge53.lua']] as const) {
    const rows: Row[] = [];
    for (const profile of ['mqtt311', 'qos0'] as const satisfies readonly ProfileName[]) {
      const path = join(folder, `${profile}.lua`);
      writeFileSync(path, buildVariant(variants.find((v) => v.path === file)!, profile, true).content);
      rows.push(measure(`Midge ${profile}, stripped`, lua, 'midge', path, stripped(lua, folder, path)));
      rows.push({ ...rows[rows.length - 1], name: `Midge ${profile}, from source`, resident: output(lua, [program, 'midge', path, 'load', '0']).trim() });
    }
    if (peer !== undefined) rows.push(measure('luamqtt, from source', lua, 'luamqtt', peer));
    show(output(lua, ['-v']).trim().split('  ')[0], rows);
  }
} finally {
  rmSync(folder, { recursive: true });
}
