/**
 * The module as one script for Espruino: core, link to the platform and API in one flat scope, so that constants are inlined and names
 * shortened across all of them, and what a profile does not need is gone.
 *
 * Must not know: files, tools (target.ts). Read first: ../build/es5.ts.
 */
import { type Build, buildEs5 } from '../build/es5.js';
import { profiles, type ProfileName } from '../build/profiles.js';

/** What the module exports, which is also what each client inherits. */
const exported = ['create', 'connect', 'disconnect', 'publish', 'subscribe', 'unsubscribe'];

/** Names that programs see, in options, clients and events: never shortened, never dropped for being unread. */
const publicNames = [
  'connected', '__proto__', 'topic', 'message', 'dup', 'qos', 'pid', 'retain', 'offset', 'total', 'host', 'port', 'emit',
];

export function buildModule(profile: ProfileName, minify: boolean): Build {
  const flat = buildEs5({
    entries: ['targets/espruino/api.ts'], profile: profiles[profile], exports: exported, form: 'flat', minify,
    publicFields: minify ? publicNames : 'all',
  });
  const code = flat.code + exported.map((name) => `exports.${name}=${name};`).join('') + '\n';
  return { ...flat, code, bytes: Buffer.byteLength(code) };
}
