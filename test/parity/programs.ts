/** Builds a driver for every engine and runs a script on one. Must not know what the script means. */
import { buildEs5 } from '../../targets/build/es5.js';
import { buildLua } from '../../targets/build/lua.js';
import { type LinkProfileName, linkProfiles, profiles, type ProfileName } from '../../targets/build/profiles.js';
import type { Engine, Script } from '../engines/engine.js';
import { lineProgram } from '../engines/programs.js';
import { v8Engine } from '../engines/v8.js';
import { play } from './player.js';

const natives = { 'test/parity/text.ts': 'test/parity/text.lua' };
const built = new Map<string, Script>();

/** The driver in the languages of the engines, minified as a device would get it. Built once per process. */
export function driverFor(entry: string, profile: ProfileName, minify = true, linkProfile: LinkProfileName = 'link'): Script {
  const key = `${entry} ${profile} ${minify} ${linkProfile}`;
  const known = built.get(key);
  if (known !== undefined) return known;
  const sources = { entries: [entry], profile: profiles[profile], linkProfile: linkProfiles[linkProfile], minify };
  const script: Script = {
    es5: buildEs5(sources).code,
    luaJit: buildLua({ ...sources, natives, target: 'jit' }).code,
    lua53: buildLua({ ...sources, natives, target: '5.3' }).code,
  };
  built.set(key, script);
  return script;
}

/** Plays lines on an engine; the trace of each line, '' where there is none. A trace ends with an empty line, as `print` adds one. */
export async function playOn(engine: Engine, driver: Script, lines: readonly string[]): Promise<string[]> {
  const output = await engine.run(lineProgram(driver, 'play'), lines);
  const traces: string[] = [];
  let trace = '';
  for (const line of output.slice(0, -1).split('\n')) {
    if (line === '') {
      traces.push(trace);
      trace = '';
    } else trace += `${line}\n`;
  }
  return traces;
}

/** Plays lines on V8, as the first of the profiles would on a device: full stands for the modules themselves. */
export async function playHere(profile: ProfileName, lines: readonly string[]): Promise<string[]> {
  return profile === 'full' ? lines.map(play) : playOn(v8Engine, driverFor('test/parity/player.ts', profile), lines);
}
