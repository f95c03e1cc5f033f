/** Builds whose functions stand where they are called, as the ES5 target ships them, give the same golden traces as the others. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { buildEs5 } from '../../targets/build/es5.js';
import { profiles, type ProfileName } from '../../targets/build/profiles.js';
import type { Script } from '../engines/engine.js';
import { presentEngines } from '../engines/engines.js';
import { goldenPath, loadConversations, transcript } from './conversations.js';
import { playOn } from './programs.js';

const conversations = loadConversations();
const builds: readonly { readonly profile: ProfileName; readonly minify: boolean }[] = [
  { profile: 'full', minify: false }, { profile: 'full', minify: true }, { profile: 'mqtt311', minify: true }, { profile: 'qos0', minify: true },
];

for (const { profile, minify } of builds) {
  const { code } = buildEs5({ entries: ['test/parity/player.ts'], profile: profiles[profile], minify, inline: true });
  const script: Script = { es5: code, luaJit: '', lua53: '' };
  const fitting = conversations.filter((c) => c.profiles.includes(profile));
  for (const engine of presentEngines().filter(({ language }) => language === 'es5')) {
    test(`${engine.name} gives the same traces of inlined code, profile ${profile}${minify ? ', minified' : ''}`, async (t) => {
      const traces = await playOn(engine, script, fitting.flatMap((c) => c.lines));
      let at = 0;
      for (const { name, lines } of fitting) {
        t.is(transcript(lines, traces.slice(at, at + lines.length)), readFileSync(goldenPath(name), 'utf8'), name);
        at += lines.length;
      }
    });
  }
}

test('fewer functions, none of them made anew at a call', (t) => {
  const sources = { entries: ['src/core/index.ts'], profile: profiles.mqtt311, minify: true, form: 'flat' } as const;
  const functions = (code: string): number => code.match(/\bfunction\b/g)!.length;
  const [separate, moved] = [buildEs5(sources).code, buildEs5({ ...sources, inline: true }).code];
  t.true(functions(moved) < functions(separate) * 0.75, `${functions(moved)} of ${functions(separate)}`);
  t.notRegex(moved, /[(,=!]function\b/);
});
