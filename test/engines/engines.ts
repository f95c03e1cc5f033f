/** All engines that run device code in tests. With MIDGE_DEMAND_ENGINES=1 (set by .ci/run) an absent one is a failure, else it is reported. */
import { duktapeEngine } from './duktape.js';
import type { Engine } from './engine.js';
import { everythingIsDemanded } from './installed.js';
import { lua51Engine, lua53Engine, luaJitEngine } from './lua-process.js';
import { lua54Engine } from './lua-wasm.js';
import { quickJsEngine } from './quickjs.js';
import { v8Engine } from './v8.js';

export const engines: readonly Engine[] = [v8Engine, quickJsEngine, duktapeEngine, lua51Engine, lua53Engine, lua54Engine, luaJitEngine];

export interface AbsentEngine {
  readonly name: string;
  readonly reason: string;
}

export function absentEngines(): AbsentEngine[] {
  const absent: AbsentEngine[] = [];
  for (const engine of engines) {
    const available = engine.available();
    if (available !== true) absent.push({ name: engine.name, reason: available });
  }
  return absent;
}

/** The engines that a test can use. Throws when one is demanded but absent. */
export function presentEngines(): Engine[] {
  const absent = absentEngines();
  if (everythingIsDemanded && absent.length > 0) {
    throw new Error(`MIDGE_DEMAND_ENGINES=1, but ${absent.map((a) => `${a.name} is absent (${a.reason})`).join('; ')}`);
  }
  return engines.filter((engine) => !absent.some((a) => a.name === engine.name));
}
