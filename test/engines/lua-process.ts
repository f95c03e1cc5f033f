/** Lua 5.1 (with lua-bitop), Lua 5.3 and LuaJIT as child processes. Allocation in bytes, exactly, with the collector stopped. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cost, Engine, Script } from './engine.js';
import { canRun, runProcess } from './process.js';

const surroundings = 'function readLine() return io.read("*l") end\nif not bit then pcall(require, "bit") end\n';

/**
 * Lua code that ends by printing the bytes that the hot function's repetitions left behind. Shared with the WebAssembly build.
 * The warm-up comes after the collection, which gives back call frames that the first call takes again.
 */
export function luaMeasuring(code: string, hot: string, repetitions: number): string {
  return `if jit then jit.off() end
do
${code}
end
local function midgeLoop(count) for _ = 1, count do ${hot}() end end
collectgarbage()
collectgarbage("stop")
midgeLoop(100)
local before = collectgarbage("count")
midgeLoop(${repetitions})
local after = collectgarbage("count")
print(string.format("%.0f", (after - before) * 1024))
`;
}

function luaEngine(name: string, command: string, language: 'luaJit' | 'lua53', probe: string): Engine {
  const run = async (code: string, lines: readonly string[]): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'midge-lua-'));
    try {
      const path = join(folder, 'script.lua');
      await writeFile(path, surroundings + code);
      return await runProcess(command, [path], lines.map((line) => `${line}\n`).join(''));
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  return {
    name,
    language,
    available: () => canRun(command, ['-e', probe]),
    run: (script: Script, lines: readonly string[] = []) => run(script[language], lines),
    async measure(script: Script, hot: string, repetitions: number): Promise<Cost> {
      return { amount: Number(await run(luaMeasuring(script[language], hot, repetitions), [])), unit: 'bytes' };
    },
  };
}

/** Lua 5.1 has no bit operators: a script loads the library as a global, as NodeMCU has it. */
export const lua51Engine = luaEngine('Lua 5.1', 'lua5.1', 'luaJit', 'require("bit")');
export const lua53Engine = luaEngine('Lua 5.3', 'lua5.3', 'lua53', '');
export const luaJitEngine = luaEngine('LuaJIT', 'luajit', 'luaJit', 'require("bit")');
