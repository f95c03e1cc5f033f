/** A session in Storage: what was accepted is delivered although the power fails at any moment, and at QoS 2 once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { type Broker, createBroker } from '../../src/broker/index.js';
import { buildModule } from '../../targets/espruino/build.js';
import { createClient, type MidgeClient } from '../../targets/node/index.js';
import { Random, seedOf } from '../unit/random.js';
import { Espruino, type Flash } from './espruino-stub.js';
import { until } from '../until.js';

const module = buildModule('mqtt311', true).code;
const withBothVersions = buildModule('full', true).code;

function program(port: number): string {
  return `var mqtt = require("midge").create("127.0.0.1", { port: ${port}, client_id: "board", clean_session: false, session_file: "session",
      outbox_bytes: 2048, outbox_messages: 16, retry_min: 0.01, retry_max: 0.05 });
    mqtt.on("error", function (text) { heard("error " + text); });
    mqtt.on("dropped", function (topic, why, pid) { heard("dropped " + topic + ": " + why + " " + pid); });
    mqtt.on("message", function (topic, text) { heard(text); });
    mqtt.on("subscribed", function () { heard("subscribed"); });
    mqtt.connect();`;
}

/** A broker, and a client there for the other end; both end with the test. */
async function brokerWithPeer(t: ExecutionContext): Promise<{ broker: Broker; port: number; peer: MidgeClient }> {
  const broker = createBroker();
  const { port } = await broker.listen();
  const peer = createClient({ host: '127.0.0.1', port });
  t.teardown(async () => {
    await peer.end();
    await broker.close();
  });
  await peer.connect();
  return { broker, port, peer };
}

for (const qos of [1, 2] as const) {
  test(`reboots while publishing and receiving at QoS ${qos}`, async (t) => {
    const seed = seedOf('MIDGE_TARGET_SEED');
    t.log(`MIDGE_TARGET_SEED=${seed}`);
    const random = new Random(seed);
    const { port, peer } = await brokerWithPeer(t);
    const atPeer: string[] = [];
    await peer.subscribe('up', { qos: 2 }, (message) => { atPeer.push(message.payload.toString()); });
    const flash: Flash = new Map([['midge', module]]);
    const atBoard: string[] = [];
    const start = (): Espruino => {
      const board = new Espruino({ print: (line) => { t.log(line); }, flash, devices: () => ({}) });
      board.define('heard', (text: string) => {
        atBoard.push(text);
        if (/^(error|dropped)/.test(text)) t.log(text);
      });
      board.run(program(port));
      return board;
    };
    let board = start();
    board.run(`mqtt.subscribe("down", { qos: ${qos} });`);
    await until(() => atBoard.includes('subscribed'));
    const accepted: string[] = [];
    for (let n = 0; n < 25; n++) {
      for (let k = 0; k < 2; k++) {
        const text = `text ${n} ${k}`;
        if ((board.run(`mqtt.publish("up", "${text}", { qos: ${qos} })`) as number) >= 0) accepted.push(text);
      }
      await peer.publish('down', `down ${n}`, { qos });
      await sleep(random.below(25));
      board.off();
      board = start();
    }
    const giveUpAt = Date.now() + 120_000;
    const isDone = (): boolean => accepted.every((text) => atPeer.includes(text)) && Array.from({ length: 25 }, (_, n) => `down ${n}`).every((text) => atBoard.includes(text));
    while (!isDone() && Date.now() < giveUpAt) await sleep(20);
    board.off();
    t.true(accepted.length > 10);
    t.deepEqual([...new Set(atPeer)].sort(), [...accepted].sort());
    t.true(isDone(), `the board heard ${atBoard.join(', ')}`);
    if (qos === 2) t.is(atPeer.length, accepted.length, 'a message came twice');
    t.true(flash.has('session.0') && flash.has('session.1'));
  });
}

for (const qos of [1, 2] as const) {
  test(`the power fails while a message of QoS ${qos} is handed to the program: it comes again`, async (t) => {
    const { broker, port, peer } = await brokerWithPeer(t);
    const flash: Flash = new Map([['midge', module]]);
    const atBoard: string[] = [];
    const start = (): Espruino => {
      const board = new Espruino({ print: (line) => { t.log(line); }, flash });
      board.define('heard', (text: string) => { atBoard.push(text); });
      return board;
    };
    const first = start();
    first.define('fail', () => { first.off(); });
    first.run(`${program(port)} mqtt.on("publish", function () { fail(); }); mqtt.subscribe("down", { qos: ${qos} });`);
    await until(() => atBoard.includes('subscribed'));
    await peer.publish('down', 'important', { qos });
    await until(() => broker.session('board')?.connected === false);
    t.false(atBoard.includes('important'), 'its handler had not run');
    const second = start();
    second.run(program(port));
    await until(() => atBoard.includes('important'), () => atBoard.join(' | '));
    second.off();
    t.is(atBoard.filter((text) => text === 'important').length, 1);
  });
}

/** What a session is kept with, what the board starts with next, and what is said of that. */
const changed: readonly (readonly [what: string, before: string, after: string, says: RegExp])[] = [
  ['room for fewer messages', '', 'outbox_messages: 2', /MQTT option outbox_messages is 2; the session in s was kept with another: set that, or erase s\.0 and s\.1/],
  ['fewer bytes for them', '', 'outbox_bytes: 64', /MQTT option outbox_bytes is 64; the session in s was kept/],
  ['another version of MQTT', '', 'protocol_level: 5', /MQTT option protocol_level is 5; the session in s was kept/],
  ['the version before', 'protocol_level: 5, session_expiry: 60', 'protocol_level: 4', /MQTT option protocol_level is 4; the session in s was kept/],
  ['another identifier', '', 'client_id: "other"', /MQTT option client_id is other; the session in s was kept/],
];

for (const [what, before, after, says] of changed) {
  test(`a session that waits in Storage is not gone on with by ${what}, and not lost`, (t) => {
    const flash: Flash = new Map([['midge', withBothVersions]]);
    const start = (options: string, then: string): unknown => {
      const board = new Espruino({ print: (line) => { t.fail(line); }, flash });
      t.teardown(() => { board.off(); });
      const all = `Object.assign({ client_id: "a", clean_session: false, session_file: "s" }, { ${options} })`;
      return board.run(`var mqtt = require("midge").create("127.0.0.1", ${all}); ${then}`);
    };
    start(before, 'for (var n = 0; n < 4; n++) mqtt.publish("up", "text " + n, { qos: 1 });');
    const kept = [flash.get('s.0'), flash.get('s.1')];
    t.throws(() => start(after, ''), { message: says });
    t.deepEqual([flash.get('s.0'), flash.get('s.1')], kept);
    t.is(start(before, 'mqtt.publish("up", "next", { qos: 1 })'), 5, 'with the options of before it goes on');
  });
}

test('a session that another version of Midge has kept is refused', (t) => {
  const body = Buffer.alloc(40, 7);
  const check = Buffer.alloc(4);
  check.writeUInt32LE(crc32(body));
  const flash: Flash = new Map([['midge', module], ['s.1', Buffer.concat([check, body]).toString('latin1')]]);
  const board = new Espruino({ print: (line) => { t.fail(line); }, flash });
  t.teardown(() => { board.off(); });
  t.throws(() => board.run('require("midge").create("h", { client_id: "a", clean_session: false, session_file: "s" })'), { message: /session_file is s; another version of Midge wrote it: erase s\.0 and s\.1/ });
});

test('where nothing waits the options may change', async (t) => {
  const { port } = await brokerWithPeer(t);
  const flash: Flash = new Map([['midge', module]]);
  const lines: string[] = [];
  const start = (options: string): Espruino => {
    const board = new Espruino({ print: (line) => { lines.push(line); }, flash });
    t.teardown(() => { board.off(); });
    board.run(`var mqtt = require("midge").create("127.0.0.1", Object.assign({ port: ${port}, client_id: "a", clean_session: false, session_file: "s" }, { ${options} }));
      mqtt.on("puback", function (pid) { print("puback " + pid); });
      mqtt.connect(); mqtt.publish("up", "text", { qos: 1 });`);
    return board;
  };
  const first = start('');
  await until(() => lines.length === 1, () => lines.join(' | '));
  first.off();
  start('client_id: "b", outbox_messages: 2, outbox_bytes: 64, receive_maximum: 1');
  await until(() => lines.length === 2, () => lines.join(' | '));
  t.deepEqual(lines, ['puback 1', 'puback 2'], 'identifiers go on');
});

test('a Storage without room is said once, nothing is kept in it, and the program goes on; with room it is kept again', async (t) => {
  const { port, peer } = await brokerWithPeer(t);
  const atPeer: string[] = [];
  await peer.subscribe('up', { qos: 2 }, (message) => { atPeer.push(message.payload.toString()); });
  const flash: Flash = new Map([['midge', module]]);
  const atBoard: string[] = [];
  let room = Number.POSITIVE_INFINITY;
  const start = (): Espruino => {
    const board = new Espruino({ print: (line) => { t.log(line); }, flash, get flashBytes() { return room; } });
    t.teardown(() => { board.off(); });
    board.define('heard', (text: string) => { atBoard.push(text); });
    board.run(`${program(port)} mqtt.on("pubcomp", function (pid) { heard("pubcomp " + pid); });`);
    return board;
  };
  const errors = (): string[] => atBoard.filter((text) => text.startsWith('error'));
  const first = start();
  first.run('mqtt.publish("up", "once", { qos: 2 });');
  t.deepEqual([...flash.keys()], ['midge', 'session.1'], 'accepted, and kept before it leaves');
  // The program has filled Storage.
  room = module.length;
  await until(() => atBoard.includes('pubcomp 1'), () => atBoard.join(' | '));
  t.deepEqual(errors(), ['error Storage has no room for the session: after a reboot it is lost']);
  t.deepEqual([...flash.keys()], ['midge'], 'what is no longer true is not kept');
  first.run('mqtt.publish("up", "without", { qos: 2 });');
  await until(() => atBoard.includes('pubcomp 2'), () => atBoard.join(' | '));
  t.is(errors().length, 1);
  room = Number.POSITIVE_INFINITY;
  first.run('mqtt.publish("up", "with", { qos: 2 });');
  t.is(flash.size, 2, 'there is room again');
  first.off();
  room = module.length;
  start().run('mqtt.publish("up", "last", { qos: 2 });');
  await until(() => atPeer.includes('last'), () => atPeer.join(' | '));
  t.deepEqual([...atPeer].sort(), ['last', 'once', 'with', 'without'], 'each once');
});
