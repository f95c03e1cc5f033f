/**
 * The module as one script for Espruino: core, link to the platform and API in one flat scope, so that constants are inlined and names
 * shortened across all of them, and what a profile does not need is gone.
 *
 * Must not know: files, tools (target.ts). Read first: ../build/espruino.ts.
 */
import { buildEspruino, type EspruinoBuild, type EspruinoOptions } from '../build/espruino.js';
import { profiles, type ProfileName } from '../build/profiles.js';
import { residentFunctions } from './resident.js';

/** The name under which the module is in Storage, and which programs require. */
export const moduleName = 'midge';

/** What the module exports, which is also what each client inherits. */
const exported = ['create', 'connect', 'disconnect', 'publish', 'subscribe', 'unsubscribe'];

/** Names that programs see, in options, clients and events: never shortened, never dropped for being unread. */
const publicNames = [
  'connected', '__proto__', 'topic', 'message', 'dup', 'qos', 'pid', 'retain', 'offset', 'total', 'host', 'port', 'emit',
];

/** With every function there from the start: quickest, and it works from wherever it is loaded. */
export function buildModule(profile: ProfileName, minify: boolean): EspruinoBuild {
  return buildEspruino(options(profile, minify));
}

/** With the least JsVars: it works from Storage alone, under its name, where it reads the functions that are seldom called. */
export function buildStorageModule(profile: ProfileName, minify: boolean): EspruinoBuild {
  return buildEspruino({ ...options(profile, minify), resident: residentFunctions });
}

function options(profile: ProfileName, minify: boolean): EspruinoOptions {
  return { moduleName, entries: ['targets/espruino/api.ts'], profile: profiles[profile], exports: exported, minify, publicFields: publicNames };
}
