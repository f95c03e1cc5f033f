/** What passes between strings and the link is what the core would do: two plain-Lua clients, one of which never takes the short way. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { registerNotRun } from '../engines/installed.js';
import { runProcess } from '../engines/process.js';
import { luaFile, luas, luaTestFile, luaWithSockets } from './lua-files.js';

/** A call of `play` in lua/short.lua. */
type Command = readonly [name: string, ...args: (string | number | boolean | object | null)[]];

function inLua(value: Command[number] | null): string {
  if (typeof value === 'string') return `"${[...Buffer.from(value, 'latin1')].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;
  if (value !== null && typeof value === 'object') return `{ ${Object.entries(value).map(([name, field]) => `${name} = ${String(field)}`).join(', ')} }`;
  return value === null ? 'nil' : String(value);
}

function packet(first: number, topic: string, rest: string): string {
  const body = String.fromCharCode(topic.length >> 8, topic.length & 255) + topic + rest;
  const length = body.length < 128 ? String.fromCharCode(body.length) : String.fromCharCode((body.length & 127) | 128, body.length >> 7);
  return String.fromCharCode(first) + length + body;
}

const plainTopic = fc.constantFrom('t', 'plant/line4/temp', 'plant/line5/temp', 'x'.repeat(60));
const topic = fc.oneof({ weight: 15, arbitrary: plainTopic }, { weight: 1, arbitrary: fc.constantFrom('y'.repeat(126), '', 'a/+/b', '#', 'a\0b', 'caf\xc3\xa9', '\xff', 'a b"!$') });
const payload = fc.oneof(fc.constantFrom('', '21.5', '-3', ...[63, 64, 66, 107, 108, 109, 110, 120, 127, 180].map((length) => 'x'.repeat(length))), fc.string({ maxLength: 130, unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)) }));
const told = fc.oneof({ weight: 3, arbitrary: payload }, { weight: 1, arbitrary: fc.constantFrom('fail', 'save', 'ack') });
const publishOptions: fc.Arbitrary<object> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom({ qos: 1 }, { qos: 2 }) }, { weight: 1, arbitrary: fc.constantFrom({ qos: 1, retain: true }, { qos: 2, latest: true }, { qos: 1, priority: true }) },
);
const published = (leastQos: number): fc.Arbitrary<Command> => fc.tuple(topic, payload, leastQos > 0 ? publishOptions : fc.oneof(publishOptions, fc.constantFrom<(object | null)[]>(null, { retain: true }, { qos: 0 })))
  .map(([name, text, how]) => ['publish', name, text, how]);
const answered: fc.Arbitrary<Command> = fc.tuple(fc.constantFrom(1, 1, 1, 2, 4), fc.constantFrom(1, 1, 1, 2, 3), fc.constantFrom(0, 0, 0, 1, 3)).map((args) => ['answer', ...args]);
/** Packets of a server. One that behaves sends no topic that is none, no acknowledgement that nothing awaits: what a handler publishes meanwhile may have left or not when that ends the connection. */
const packets = (texts: fc.Arbitrary<string>, behaves: boolean): fc.Arbitrary<string> => {
  const name = behaves ? plainTopic : topic;
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(0x30, 0x30, 0x31), name, texts).map(([first, to, text]) => packet(first, to, text)) },
    { weight: 12, arbitrary: fc.tuple(fc.constantFrom(0x32, 0x32, 0x33, 0x34, 0x34, 0x35, 0x3a, 0x3c), name, fc.integer({ min: 1, max: 12 }), texts).map(([first, to, id, text]) => packet(first, to, `\0${String.fromCharCode((first & 4) === 0 ? id : id + 12)}${text}`)) },
    { weight: behaves ? 0 : 1, arbitrary: fc.tuple(fc.constantFrom(0x62, 0x62, 0x62, 0x40, 0x50, 0x70), fc.integer({ min: 1, max: 12 })).map(([first, id]) => `${String.fromCharCode(first)}\x02\0${String.fromCharCode(id)}`) },
    { weight: behaves ? 0 : 1, arbitrary: fc.constantFrom('\xd0\x00', '\x62\x02\x00\x00', '\x60\x02\x00\x01', '\x40\x03\x00\x01\x00', '\x36\x05\x00\x01t\x00\x01', '\x32\x05\x00\x01t\x00\x00', '\x32\x04\x00\x02tt', '\x30\x80\x00', '\x30\x02\x00\x05', '\x30\x00', '\x31\x03\x01\x00a') },
  );
};
const arrived = (some: fc.Arbitrary<string>): fc.Arbitrary<Command[]> => fc.oneof(
  { weight: 6, arbitrary: some.map((data) => [data]) },
  { weight: 3, arbitrary: fc.array(some, { minLength: 2, maxLength: 6 }).map((list) => [list.join('')]) },
  { weight: 2, arbitrary: fc.tuple(some, fc.integer({ min: 1, max: 5 })).map(([data, at]) => [data.slice(0, at), data.slice(at)]) },
).map((parts) => parts.map((data) => ['data', data]));
const link: fc.Arbitrary<Command> = fc.oneof(
  fc.boolean().map((isPresent): Command => ['cut', isPresent]), fc.boolean().map((isOld): Command => ['reboot', isOld]), fc.constantFrom(7, 40, null).map((most): Command => ['slow', most]),
);
const commandsOf = (leastQos: number, texts: fc.Arbitrary<string>, behaves = false): fc.Arbitrary<Command[]> => fc.array(fc.oneof(
  { weight: 4, arbitrary: published(leastQos).map((command) => [command]) }, { weight: 4, arbitrary: answered.map((command) => [command]) },
  { weight: 5, arbitrary: arrived(packets(texts, behaves)) }, { weight: behaves ? 0 : 1, arbitrary: link.map((command) => [command]) },
), { maxLength: 30, size: 'max' }).map((lists) => lists.flat());

const sizes = { id: '"a"', clean: false, seed: 5, keep_alive: 0, retry_min_ms: 1, retry_max_ms: 1 };

/** What QoS 0 publishes need of an outbox, on the short way they do not: where there is little, only others can be compared. A reply leaves before the message it is for is acknowledged, or behind. */
const kinds = [
  { name: 'all that a program may do', options: { ...sizes, messages: 16, outbox: 4000 }, commands: commandsOf(0, told), isStrict: true },
  { name: 'a handler that publishes', options: { ...sizes, messages: 16, outbox: 4000 }, commands: commandsOf(0, fc.oneof(payload, fc.constantFrom('reply0', 'reply1', 'reply2')), true), isStrict: false },
  { name: 'an outbox that is often full', options: { ...sizes, messages: 3, outbox: 250, inbound: 3 }, commands: commandsOf(1, told), isStrict: true },
  { name: 'a receive buffer smaller than packets', options: { ...sizes, messages: 16, outbox: 4000, receive: 64 }, commands: commandsOf(0, told), isStrict: true },
  { name: 'a program that acknowledges', options: { ...sizes, messages: 16, outbox: 4000, manual_ack: true }, commands: commandsOf(0, told), isStrict: true },
] as const;

/** The module whole, with a count of packets made the short way; and one that never takes it. */
async function modules(folder: string, path: string): Promise<[string, string]> {
  const whole = await readFile(luaFile(path, false), 'utf8');
  const changed = (pairs: readonly (readonly [RegExp, string])[]): string => pairs.reduce((code, [from, to]) => {
    if (!from.test(code)) throw new Error(`${path} has no ${String(from)}`);
    return code.replace(from, to);
  }, whole);
  const files: [string, string] = [join(folder, 'short.lua'), join(folder, 'long.lua')];
  await writeFile(files[0], changed([
    [/^local function publishPacket\(.*$/m, '$& _G.shortSent = (_G.shortSent or 0) + 1'], [/^local function answerPacket\(.*$/m, '$& _G.shortAnswered = (_G.shortAnswered or 0) + 1'],
  ]));
  await writeFile(files[1], changed([[/^function isOpenInward\(.*$/m, '$& if c then return false end'], [/^function engineQuickPublish\(.*$/m, '$& if e then return -1 end']]));
  return files;
}

for (const { name, command } of luas.slice(0, 2)) {
  const able = luaWithSockets({ name, command });
  if (able !== true) {
    registerNotRun(test, `${name} with LuaSocket is installed`, `${able}: its short way was NOT compared`);
    continue;
  }
  for (const kind of kinds) test(`${name}: the short way writes and reports what the core would: ${kind.name}`, async (t) => {
    const seed = Number(process.env['MIDGE_TARGET_SEED'] ?? Date.now() & 0x7fffffff);
    const folder = await mkdtemp(join(tmpdir(), 'midge-short-'));
    t.log(`MIDGE_TARGET_SEED=${seed}`);
    let [sent, answers] = [0, 0];
    try {
      const [short, long] = await modules(folder, command === 'lua5.3' ? 'luasocket/midge53.lua' : 'luasocket/midge.lua');
      const played = join(folder, 'played.lua');
      await fc.assert(fc.asyncProperty(kind.commands, async (commands) => {
        const all: Command[] = [['start', kind.options], ...commands, ['cut', true], ['reboot', false]];
        const calls = all.map(([word, ...args]) => `play(${[`"${word}"`, ...args.map(inLua)].join(', ')})`);
        await writeFile(played, `isStrict = ${kind.isStrict}\n${calls.join('\n')}\n`);
        const output = await runProcess(command, [luaTestFile('lua/short.lua'), short, long, played], '');
        const [, made, given] = /^passed (\d+) (\d+)\n$/.exec(output) ?? [];
        t.not(made, undefined, output);
        sent += Number(made);
        answers += Number(given);
      }), { seed, numRuns: 40 });
    } finally {
      await rm(folder, { recursive: true });
    }
    t.log(`${sent} publishes and ${answers} answers took the short way`);
    t.true(sent > 20 && (answers > 40 || 'manual_ack' in kind.options || 'receive' in kind.options));
  });
}
