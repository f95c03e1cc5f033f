/**
 * What follows a handler that throws, on ES5 engines and on plain Lua, whose programs (es5/throw.js, lua/raise.lua) do and print the same: a stream whose source
 * failed is given up, and the next message shows its own properties.
 */
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Running, start } from '../cli/process.js';
import { registerNotRun } from '../engines/installed.js';
import { makeClient, startBroker } from '../node/support.js';
import { until } from '../until.js';
import { built, builtScript, embedHost, scratch, scriptFolder } from './es5/host.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';

interface Play {
  readonly port: number;
  readonly scenario: 'source' | 'messages';
  readonly qos: number;
  /** The source of a stream of 4,000 bytes throws when it is asked for this one, or a later one. */
  readonly failAt: number;
}

interface Engine {
  readonly name: string;
  /** True, or why it is not here. */
  readonly able: true | string;
  readonly run: (t: ExecutionContext, play: Play) => Running;
}

const host = embedHost();

const engines: readonly Engine[] = [
  {
    name: 'Duktape', able: 'path' in host ? true : host.reason,
    run: (t, play) => start('path' in host ? host.path : '', [
      ...Object.entries(play).flatMap(([name, value]) => ['--set', name, String(value)]), builtScript(scratch(t), { profile: 'full', minify: true }, 'midge.js'), join(scriptFolder, 'throw.js'),
    ]),
  },
  ...([[luas[0], 'luasocket/midge.lua'], [luas[1], 'luasocket/midge53.lua']] as const).map(([lua, file]): Engine => ({
    name: lua.name, able: luaWithSockets(lua),
    run: (_t, { port, scenario, qos, failAt }) => start(lua.command, [luaTestFile('lua/raise.lua'), luaFile(file, true, 'full'), ...[port, scenario, qos, failAt].map(String)]),
  })),
];

// A build takes the process for seconds, in which the broker of another test would be deaf.
test.before('the scripts are built before the first broker runs', () => {
  built({ profile: 'full', minify: true });
  for (const file of ['luasocket/midge.lua', 'luasocket/midge53.lua']) luaFile(file, true, 'full');
});

/** Plays it, and returns what the program printed, and what a peer has heard of it. */
async function played(t: ExecutionContext, { run }: Engine, play: Omit<Play, 'port'>, messages: readonly (readonly [topic: string, contentType?: string, n?: string])[] = []): Promise<{ lines: string[]; heard: string[] }> {
  const { port } = await startBroker(t);
  const peer = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'peer' });
  const heard: string[] = [];
  peer.on('message', (topic) => { heard.push(topic); });
  await peer.connect();
  for (const topic of ['big', 'after']) await peer.subscribe(topic, { qos: 1 });
  const device = run(t, { port, ...play });
  t.teardown(async () => {
    device.child.kill('SIGKILL');
    await device.ended;
  });
  if (messages.length > 0) await device.said('ready', 'stdout');
  for (const [topic, contentType, n] of messages) {
    await peer.publish(topic, 'x', { qos: 1, properties: { ...contentType === undefined ? {} : { contentType }, ...n === undefined ? {} : { userProperties: [['n', n]] } } });
  }
  const { code, stdout, stderr } = await device.ended;
  t.is(code, 0, stderr);
  if (stdout.includes('published')) await until(() => heard.length > 0, 'what was published');
  return { lines: stdout.toString().trimEnd().split('\n'), heard };
}

for (const engine of engines) {
  if (engine.able !== true) {
    registerNotRun(test, `${engine.name} is installed`, `${engine.able}: what follows a handler that throws was NOT RUN on it`);
    continue;
  }
  for (const qos of [0, 1, 2]) {
    for (const failAt of [0, 2000]) {
      test(`${engine.name}, QoS ${qos}: a stream whose source throws at byte ${failAt} is dropped, and other messages go on`, async (t) => {
        const { lines, heard } = await played(t, engine, { scenario: 'source', qos, failAt });
        t.deepEqual(lines, ['caught no more', 'dropped', 'published']);
        t.deepEqual(heard, ['after']);
      });
    }
    test(`${engine.name}, QoS ${qos}: a message that follows one whose handler threw shows its own properties`, async (t) => {
      const { lines } = await played(t, engine, { scenario: 'messages', qos, failAt: 0 }, [
        ['in/a', 'plain', '1'], ['in/throw', 'first', '2'], ['in/b', 'second', '3'], ['in/throw', 'third', '4'], ['in/c'], ['in/end', 'fourth'],
      ]);
      t.deepEqual(lines, ['ready', 'in/a plain 1', 'caught thrown at first', 'in/b second 3', 'caught thrown at third', 'in/c null null', 'in/end fourth null']);
    });
    test(`${engine.name}, QoS ${qos}: a source that is asked after a handler threw is shown no properties`, async (t) => {
      const { lines, heard } = await played(t, engine, { scenario: 'messages', qos, failAt: 0 }, [['in/stream', 'first', '2']]);
      t.deepEqual(lines, ['ready', 'caught thrown at first', 'no packet', 'published']);
      t.deepEqual(heard, ['big']);
    });
  }
}
