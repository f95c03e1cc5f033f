/** The build for Espruino: golden traces and vectors byte for byte, however the module is lowered and wherever its functions are; and what it refuses. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { buildEspruino } from '../../targets/build/espruino.js';
import { withGuardedStrings } from '../../targets/build/espruino-strings.js';
import { profiles } from '../../targets/build/profiles.js';
import { goldenPath, loadConversations, transcript } from '../parity/conversations.js';
import { createBoard } from './espruino.js';

const builds = [
  { profile: 'mqtt311', title: 'every function read from Storage', minify: true, resident: [] },
  { profile: 'mqtt311', title: 'minified', minify: true, resident: undefined },
  { profile: 'full', title: 'some functions read from Storage', minify: true, resident: ['clientInput', 'clientOutput', 'putByte', 'readPacket', 'setRun'] },
  { profile: 'qos0', title: 'readable', minify: false, resident: undefined },
] as const;

for (const { profile, title, ...form } of builds) {
  test(`golden traces, profile ${profile}, ${title}`, (t) => {
    const { code } = buildEspruino({ entries: ['test/parity/player.ts'], profile: profiles[profile], moduleName: 'player', ...form });
    const { play } = createBoard({ player: code }).load('player');
    for (const conversation of loadConversations().filter((c) => (c.profiles as readonly string[]).includes(profile))) {
      const traces = conversation.lines.map((line) => play(line) as string);
      t.is(transcript(conversation.lines, traces), readFileSync(goldenPath(conversation.name), 'utf8'), conversation.name);
    }
  });
}

test('no statement begins with a string behind a block or a case, where the engine reads it as an empty one', (t) => {
  const guarded = (code: string): string => withGuardedStrings({ code, segments: [] }).code;
  t.is(guarded('switch(a){case 1:"x"!==b&&c();break;default:"y"===b&&c()}'), 'switch(a){case 1:;"x"!==b&&c();break;default:;"y"===b&&c()}');
  t.is(guarded('if(a){b()}"x"!==c&&d();'), 'if(a){b()};"x"!==c&&d();');
  t.is(guarded('function f(a){/x/.test(a)&&b()}'), 'function f(a){;/x/.test(a)&&b()}');
  const other = 'a="x"!==b;if(a)"x"!==b&&c();else"y"!==b&&c();d("x")';
  t.is(guarded(other), other);
  const segments = [0, 7, 10, 18].map((column) => ({ line: 0, column, source: 'a', sourceLine: 0, sourceColumn: column }));
  t.deepEqual(withGuardedStrings({ code: 'if(a){}"x"===b&&c();', segments }).segments.map(({ column }) => column), [0, 8, 11, 19]);
});

const port = 'test/engines/espruino-port.ts';

test('a function that is read when it is called has no JsVars, and one named resident is there', (t) => {
  const options = { entries: [port], profile: profiles.mqtt311, moduleName: 'port', minify: true };
  const all = buildEspruino(options);
  t.deepEqual(all.loaded, []);
  const some = buildEspruino({ ...options, resident: ['clientInput'] });
  t.true(some.resident.includes('clientInput') && !some.loaded.includes('clientInput') && some.loaded.includes('readConnack'));
  t.throws(() => buildEspruino({ ...options, resident: ['clientInputs'] }), { message: /clientInputs is to be resident, but is no function/ });
});

test('a module that is not in Storage under its name, or not whole, says so when it is loaded', (t) => {
  const { code } = buildEspruino({ entries: [port], profile: profiles.mqtt311, moduleName: 'port', minify: true, resident: [] });
  t.notThrows(() => createBoard({ port: code }).load('port'));
  t.throws(() => createBoard({ other: code }).load('other'), { message: /must be in Storage, unchanged, as port/ });
  const stripped = code.replace(/^\/\*[^]*?\*\//, '');
  t.throws(() => createBoard({ port: stripped }).load('port'), { message: /must be in Storage, unchanged, as port/ });
});
