/**
 * The target `es5`: one script for any engine that runs ES5 and has typed arrays, such as Duktape, MicroQuickJS and QuickJS.
 * Must not know the engines' own programming interfaces; targets/es5/README.md tells how to embed.
 */
import { buildEs5 } from '../build/es5.js';
import { profileExports, profiles } from '../build/profiles.js';
import type { BuildRequest, BuiltFile, Target } from '../build/target.js';

function build({ profile, minify }: BuildRequest): readonly BuiltFile[] {
  const exports = profileExports[profile];
  const core = buildEs5({ entries: ['src/core/index.ts'], profile: profiles[profile], minify, publicFields: 'all', ...exports === undefined ? {} : { exports } });
  return [{ path: 'midge.js', content: core.code, parts: [{ name: 'core', bytes: core.bytes }] }];
}

export const target: Target = {
  name: 'es5',
  summary: 'one script to embed in a firmware with Duktape, MicroQuickJS or QuickJS',
  profiles: ['qos0', 'mqtt311', 'full'],
  examples: [],
  build,
};
