/** Builds one device-side driver for every engine, and wraps it into a program that handles lines or is measured. */
import { buildEs5 } from '../../targets/build/es5.js';
import { buildLua } from '../../targets/build/lua.js';
import type { Script } from './engine.js';

export interface DriverOptions {
  /** The driver's source, which exports what is called; relative to the package. */
  readonly entry: string;
  readonly profile?: Readonly<Record<string, number>>;
  readonly minify?: boolean;
}

/** The builds' code: in ES5 a variable `midge`, in Lua a chunk that returns the exports. */
export function buildDriver(options: DriverOptions): Script {
  const sources = { entries: [options.entry], profile: options.profile ?? {}, minify: options.minify ?? false };
  const natives = { 'test/engines/hex.ts': 'test/engines/hex.lua' };
  return {
    es5: buildEs5(sources).code,
    luaJit: buildLua({ ...sources, natives, target: 'jit' }).code,
    lua53: buildLua({ ...sources, natives, target: '5.3' }).code,
  };
}

/** A program that calls `handle(line)` (an export of the driver) for each input line and prints each result. */
export function lineProgram(built: Script, handle: string): Script {
  const lua = (code: string): string =>
    `local midge = (function()\n${code}\nend)()\nlocal line = readLine()\nwhile line ~= nil do\n  print(midge.${handle}(line))\n  line = readLine()\nend\n`;
  return {
    es5: `${built.es5}\nvar line = readLine();\nwhile (line !== null) {\n  print(midge.${handle}(line));\n  line = readLine();\n}\n`,
    luaJit: lua(built.luaJit),
    lua53: lua(built.lua53),
  };
}

/** A program whose global function `hot` is an export of the driver, for `measure`. */
export function hotProgram(built: Script, hot: string): Script {
  const lua = (code: string): string => `local midge = (function()\n${code}\nend)()\nhot = midge.${hot}\n`;
  return { es5: `${built.es5}\nvar hot = midge.${hot};\n`, luaJit: lua(built.luaJit), lua53: lua(built.lua53) };
}
