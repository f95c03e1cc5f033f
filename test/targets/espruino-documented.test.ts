/**
 * What Espruino's documentation of its `MQTT` module shows works with Midge in its place: by programs of our own always, and with the documentation's
 * own code blocks, word for word but for the name of the module, where MIDGE_ESPRUINO_DOCS names a checkout of EspruinoDocs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { buildStorageModule } from '../../targets/espruino/build.js';
import { type BoardKind, boardKinds, sayWithoutEngine, startBoard } from './espruino-board.js';
import { Ground } from './espruino-ground.js';
import { documentedEvents, eventsProgram, type Use, uses } from './espruino-uses.js';
import { until } from '../until.js';

const module = buildStorageModule('mqtt311', true).code;
const docs = process.env['MIDGE_ESPRUINO_DOCS'];

function program({ before = '', isConnected }: Use, block: string): string {
  // The text of the block stands as it is, on lines of its own.
  const text = block.replace(/require\("MQTT"\)/g, 'require("midge")');
  if (isConnected === undefined) return `${before}\n${text}\n`;
  return `${before}\nmqtt.on("connected", function () {\nmqtt.removeAllListeners("connected");\n${text}\nprint("connected and run");\n});\nmqtt.connect();\n`;
}

async function prove(t: ExecutionContext, kind: BoardKind, use: Use, block: string): Promise<void> {
  const ground = await Ground.prepare(t, { authenticate: () => true });
  ground.broker.publish({ topic: 'test/espruino', payload: 'what was kept', retain: true });
  await until(() => ground.heard.length === 1, 'the retained message');
  ground.heard.length = 0;
  const board = await startBoard(t, kind, new Map([['midge', module], ['.boot0', ground.boot0()], ['.bootcde', program(use, block)]]));
  await use.prove({ t, ground, board });
  t.deepEqual(board.lines.filter((line) => line.includes('Uncaught')), []);
}

async function proveEvents(t: ExecutionContext, kind: BoardKind, names: readonly string[]): Promise<void> {
  const ground = await Ground.prepare(t, { authorize: ({ topic }) => topic !== 'secret' });
  const board = await startBoard(t, kind, new Map([['midge', module], ['.boot0', ground.boot0()], ['.bootcde', eventsProgram(names)]]));
  for (const name of names.filter((one) => one !== 'error')) await board.shows(`event ${name}`);
  ground.broker.refuseConnects = { reasonCode: 0x87 };
  board.type('mqtt.connect();');
  await board.shows('event error');
  t.pass();
}

/** The code blocks of a page, and the events that it lists. */
function readPage(text: string): { blocks: string[]; events: string[] } {
  const blocks = [...text.matchAll(/^```\w*\n([^]*?)^```$/gm)].map(([, block]) => block);
  const list = /^`mqtt` emits the following events:\n([^]*)/m.exec(text)?.[1] ?? '';
  // What a line has behind a dash are words about the event.
  const events = list.split('\n').flatMap((line) => [...line.replace(/ - .*/, '').matchAll(/`(\w+)(?:\([^`]*\))?`/g)].map(([, name]) => name));
  return { blocks, events };
}

for (const kind of boardKinds) {
  for (const use of uses) {
    test.serial(`${kind}: ${use.title}`, (t) => prove(t, kind, use, use.own));
  }
  test.serial(`${kind}: every event`, (t) => proveEvents(t, kind, documentedEvents));
}
sayWithoutEngine(test, 'what the documentation of MQTT shows');

if (docs === undefined) {
  test("NOT RUN: the documentation's own code blocks, since MIDGE_ESPRUINO_DOCS names no checkout of EspruinoDocs", (t) => { t.pass(); });
} else {
  const { blocks, events } = readPage(readFileSync(join(docs, 'modules/MQTT.md'), 'utf8'));

  test('documentation: each code block is one that is known here, and each that is known is there', (t) => {
    for (const block of blocks) t.true(uses.some(({ marks }) => marks?.test(block)), `not known:\n${block}`);
    for (const { marks, title } of uses) t.true(marks === null || blocks.some((block) => marks.test(block)), `gone: ${title}`);
    for (const name of documentedEvents) t.true(events.includes(name), `${name} is no event of the documentation, which has ${events.join(', ')}`);
  });

  for (const kind of boardKinds) {
    for (const use of uses) {
      const { marks } = use;
      if (marks === null) continue;
      test.serial(`documentation, ${kind}: ${use.title}`, async (t) => {
        for (const block of blocks.filter((one) => marks.test(one))) await prove(t, kind, use, block);
      });
    }
    test.serial(`documentation, ${kind}: every event`, (t) => proveEvents(t, kind, events));
  }
}
