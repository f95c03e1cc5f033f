/** Builds a file of the target `lua` into a folder of its own, once for all tests of a process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildVariant, variants } from '../../targets/lua/build.js';
import type { ProfileName } from '../../targets/build/profiles.js';
import { packageRoot } from '../../targets/build/program.js';
import { canRun } from '../engines/process.js';

let folder: string | undefined;
const built = new Map<string, string>();

/** The path of the minified file, which every test runs: what is flashed is what is tested. */
export function luaFile(path: string, minify = true, profile: ProfileName = 'mqtt311'): string {
  const key = `${path}${minify}${profile}`;
  const known = built.get(key);
  if (known !== undefined) return known;
  if (folder === undefined) {
    const made = folder = mkdtempSync(join(tmpdir(), 'midge-lua-'));
    process.once('exit', () => { rmSync(made, { recursive: true }); });
  }
  const variant = variants.find((v) => v.path === path)!;
  const file = join(folder, `${built.size}.lua`);
  writeFileSync(file, buildVariant(variant, profile, minify).content);
  built.set(key, file);
  return file;
}

/** A file beside the tests' sources. */
export function luaTestFile(name: string): string {
  return join(packageRoot, 'test/targets', name);
}

export interface Lua {
  readonly name: string;
  readonly command: string;
}

export const luas: readonly Lua[] = [
  { name: 'Lua 5.1', command: 'lua5.1' },
  { name: 'Lua 5.3', command: 'lua5.3' },
  { name: 'LuaJIT', command: 'luajit' },
];

/** True, or why this Lua cannot open sockets here. */
export function luaWithSockets({ command }: Lua): true | string {
  const probe = command === 'lua5.3' ? 'require("socket")' : 'require("bit") require("socket")';
  const able = canRun(command, ['-e', probe]);
  return able === true ? true : `${able} (Debian: apt install ${command} lua-bitop lua-socket)`;
}
