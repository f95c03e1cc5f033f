/** Whole conversations give their golden traces: as modules, and as minified builds of every profile that fits on every engine. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import type { ProfileName } from '../../targets/build/profiles.js';
import { presentEngines } from '../engines/engines.js';
import { type Conversation, goldenPath, loadConversations, transcript } from './conversations.js';
import { driverFor, playHere, playOn } from './programs.js';

const conversations = loadConversations();
const golden = new Map(conversations.map((c) => [c.name, readFileSync(goldenPath(c.name), 'utf8')]));

function titleOf(conversation: Conversation): string {
  const ids = conversation.statements.map((id) => ` ${id}`).join('');
  return `${conversation.name}: ${conversation.title}${ids}`;
}

for (const conversation of conversations) {
  test(titleOf(conversation), async (t) => {
    t.is(transcript(conversation.lines, await playHere(conversation.profiles[0], conversation.lines)), golden.get(conversation.name) ?? '');
  });
}

test('no golden trace shows a fault of the script or a broken buffer', (t) => {
  for (const [name, text] of golden) t.notRegex(text, /^(?:no such|no client|HANGS|takes none|BUFFER BROKEN|Unknown)/m, name);
});

const builds: readonly { readonly profile: ProfileName; readonly minify: boolean }[] = [
  { profile: 'full', minify: true }, { profile: 'full', minify: false }, { profile: 'mqtt311', minify: true }, { profile: 'qos0', minify: true },
];

for (const { profile, minify } of builds) {
  const fitting = conversations.filter((c) => c.profiles.includes(profile));
  for (const engine of presentEngines()) {
    test(`${engine.name} gives the same traces, profile ${profile}${minify ? ', minified' : ''}`, async (t) => {
      const traces = await playOn(engine, driverFor('test/parity/player.ts', profile, minify), fitting.flatMap((c) => c.lines));
      let at = 0;
      for (const { name, lines } of fitting) {
        t.is(transcript(lines, traces.slice(at, at + lines.length)), golden.get(name) ?? '', name);
        at += lines.length;
      }
    });
  }
}
