/** Lua 5.4 as WebAssembly (wasmoon), so that Lua is tested with npm alone. */
import { LuaFactory, type LuaEngine } from 'wasmoon';
import type { Cost, Engine, Script } from './engine.js';
import { luaMeasuring } from './lua-process.js';

const factory = new LuaFactory();

async function run(code: string, lines: readonly string[]): Promise<string> {
  const lua: LuaEngine = await factory.createEngine();
  try {
    let output = '';
    let next = 0;
    lua.global.set('print', (text: unknown) => { output += `${String(text)}\n`; });
    lua.global.set('readLine', () => lines[next++]);
    await lua.doString(code);
    return output;
  } finally {
    lua.global.close();
  }
}

export const lua54Engine: Engine = {
  name: 'Lua 5.4 (WebAssembly)',
  language: 'lua53',
  available: () => true,
  run: (script: Script, lines: readonly string[] = []) => run(script.lua53, lines),
  async measure(script: Script, hot: string, repetitions: number): Promise<Cost> {
    return { amount: Number(await run(luaMeasuring(script.lua53, hot, repetitions), [])), unit: 'bytes' };
  },
};
