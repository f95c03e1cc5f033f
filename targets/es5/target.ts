/**
 * The target `es5`: one script for any engine that runs ES5 and has typed arrays, such as Duktape, MicroQuickJS and QuickJS.
 * `midge.js` speaks over a TCP connection of the firmware, `midge-link.js` over its serial port, to a gateway. Must not know the engines' own
 * programming interfaces; targets/es5/README.md tells how to embed.
 */
import { buildEs5 } from '../build/es5.js';
import { profiles } from '../build/profiles.js';
import { sourceText } from '../build/program.js';
import type { BuildRequest, BuiltFile, Target } from '../build/target.js';
import { publicNames } from './public-names.js';

function build({ profile, minify }: BuildRequest): readonly BuiltFile[] {
  const sources = { entries: ['targets/es5/api.ts'], exports: ['create'], profile: profiles[profile], minify, publicFields: publicNames(profile) };
  const overTcp = buildEs5(sources);
  const overLink = buildEs5({ ...sources, replace: { 'targets/es5/port.ts': sourceText('targets/es5/link-port.ts') } });
  return [
    { path: 'midge.js', content: overTcp.code, parts: [{ name: 'core', bytes: overTcp.bytes }] },
    { path: 'midge-link.js', content: overLink.code, parts: [{ name: 'core', bytes: overLink.bytes }] },
  ];
}

export const target: Target = {
  name: 'es5',
  summary: 'one script to embed in a firmware with Duktape, MicroQuickJS or QuickJS',
  profiles: ['qos0', 'mqtt311', 'full'],
  examples: [],
  build,
};
