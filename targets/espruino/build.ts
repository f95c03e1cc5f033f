/**
 * The modules as scripts for Espruino: core, link to the platform and API in one flat scope, so that constants are inlined and names
 * shortened across all of them, and what a profile does not need is gone.
 *
 * Must not know: files, tools (target.ts). Read first: ../build/espruino.ts.
 */
import { buildEspruino, type EspruinoBuild, type EspruinoOptions } from '../build/espruino.js';
import { overrideFunctions } from '../build/override.js';
import { profiles, type ProfileName } from '../build/profiles.js';
import { sourceText } from '../build/program.js';
import { type BuiltPart, partNames } from '../build/target.js';
import { residentFunctions } from './resident.js';

/** The names under which the modules are in Storage, and which programs require: over `net` and `tls`, and over the serial link. */
export type ModuleName = 'midge' | 'midge-serial';

/** What a module exports, which is also what each client inherits. */
const exported = ['create', 'connect', 'disconnect', 'publish', 'subscribe', 'unsubscribe'];

/** Names that programs see, in options, clients and events: never shortened, never dropped for being unread. */
const publicNames = [
  'connected', '__proto__', 'topic', 'message', 'dup', 'qos', 'pid', 'retain', 'offset', 'total', 'host', 'port', 'emit',
];

/** What stands in place of what, in the module over the serial link. */
const serialReplaces: Readonly<Record<string, string>> = { 'targets/espruino/transport.ts': 'targets/espruino/serial.ts' };

/** With every function there from the start: quickest, and it works from wherever it is loaded. */
export function buildModule(profile: ProfileName, minify: boolean, moduleName: ModuleName = 'midge'): EspruinoBuild {
  return buildEspruino(options(profile, minify, moduleName));
}

/** With the least JsVars: it works from Storage alone, under its name, where it reads the functions that are seldom called. */
export function buildStorageModule(profile: ProfileName, minify: boolean, moduleName: ModuleName = 'midge'): EspruinoBuild {
  return buildEspruino({ ...options(profile, minify, moduleName), resident: residentFunctions(profile, moduleName) });
}

/** Without the core's routing: subscriptions.ts keeps the filters, of which the core's tables have room for a few. */
function options(profile: ProfileName, minify: boolean, moduleName: ModuleName): EspruinoOptions {
  const replaces = moduleName === 'midge' ? {} : serialReplaces;
  return {
    moduleName, entries: ['targets/espruino/api.ts'], profile: { ...profiles[profile], Routing: 0 }, exports: exported, minify, publicFields: publicNames,
    replace: {
      'src/link/primitives.ts': overrideFunctions('src/link/primitives.ts', 'targets/espruino/link-primitives.ts'),
      ...Object.fromEntries(Object.entries(replaces).map(([path, by]) => [path, sourceText(by)])),
    },
  };
}

/** The link, the loop over it, what is stored, and what the engine has natively; transport.ts is serial.ts in the module over the serial link. */
const portFiles = ['transport.ts', 'pump.ts', 'session.ts'].map((name) => `targets/espruino/${name}`);

/** The parts of a module. What it takes to read functions from Storage is spread over them as the text is. */
export function partsOf({ bytes, sources }: EspruinoBuild): BuiltPart[] {
  const counts = new Map<BuiltPart['name'], number>();
  for (const [source, count] of sources) counts.set(partOf(source), (counts.get(partOf(source)) ?? 0) + count);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const shares = new Map([...counts].map(([name, count]) => [name, Math.floor(count * bytes / total)]));
  const shared = [...shares.values()].reduce((sum, count) => sum + count, 0);
  shares.set('api', (shares.get('api') ?? 0) + bytes - shared);
  return partNames.flatMap((name) => shares.has(name) ? { name, bytes: shares.get(name)! } : []);
}

function partOf(source: string): BuiltPart['name'] {
  if (source.startsWith('src/core/')) return 'core';
  if (source.startsWith('src/link/')) return 'link';
  return portFiles.includes(source) ? 'port' : 'api';
}
