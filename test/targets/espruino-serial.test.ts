/**
 * The module `midge-serial`, over a wire that loses bytes and flips bits: every scenario of the targets, resets of the board and of the link's other end, on
 * the stub's `Serial`; and on the engine that MIDGE_ESPRUINO names, over a pseudo-terminal.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { buildStorageModule } from '../../targets/espruino/build.js';
import { socat } from '../gateway/pty.js';
import { makeClient, startBroker } from '../node/support.js';
import { Random, seedOf } from '../unit/random.js';
import { engine } from './espruino-board.js';
import { type Noise, serialPort, wirePair } from './espruino-serial-stub.js';
import { Espruino, type Flash } from './espruino-stub.js';
import { LinkEnd } from './link-end.js';
import { registerTargetScenarios } from './register.js';
import { until } from '../until.js';

// The actor's noise comes from the seed that is printed.
const seed = seedOf('MIDGE_TARGET_SEED');
process.env['MIDGE_TARGET_SEED'] = String(seed);

const module = buildStorageModule('mqtt311', true, 'midge-serial').code;
const folder = mkdtempSync(join(tmpdir(), 'midge-espruino-'));
const file = join(folder, 'midge-serial.js');
writeFileSync(file, module, 'latin1');
test.after.always('no file is left', () => { rmSync(folder, { recursive: true }); });

const actor = fileURLToPath(new URL('espruino-actor.js', import.meta.url));

function registerScenarios(name: string, more: readonly string[]): void {
  registerTargetScenarios(test, name, 2, () => ({ name, command: process.execPath, args: [actor, file, ...more], large: 'reported' }));
}

registerScenarios('Espruino stub, serial', []);
if (engine !== undefined && socat !== null) registerScenarios('Espruino, serial', [engine]);
else test('NOT RUN: serial on the real engine, which needs MIDGE_ESPRUINO and socat', (t) => { t.pass(); });

const program = `Serial1.setup(115200);
  var mqtt = require("midge-serial").create(Serial1, { client_id: "board", clean_session: false, session_file: "session",
    outbox_bytes: 2048, outbox_messages: 16, retry_min: 0.01, retry_max: 0.05 });
  mqtt.on("error", function (text) { heard("error " + text); });
  mqtt.on("dropped", function (topic, why) { heard("dropped " + topic + ": " + why); });
  mqtt.on("message", function (topic, text) { heard(text); });
  mqtt.on("subscribed", function () { heard("subscribed"); });
  mqtt.connect();`;

test('the board and the other end are reset again and again, with noise: what was accepted at QoS 2 arrives once', async (t) => {
  t.log(`MIDGE_TARGET_SEED=${seed}`);
  const random = new Random(seed);
  const { port } = await startBroker(t);
  const peer = makeClient(t, { host: '127.0.0.1', port });
  await peer.connect();
  const atPeer: string[] = [];
  await peer.subscribe('up', { qos: 2 }, (message) => { atPeer.push(message.payload.toString()); });
  const flash: Flash = new Map([['midge-serial', module]]);
  const atBoard: string[] = [];
  const noise: Noise = { random, lostOfMillion: 1000, flippedOfMillion: 1000 };
  const [far, near] = wirePair(noise);
  const wire = { stdin: far, stdout: far };
  let other = new LinkEnd(wire, port);
  t.teardown(() => { other.end(); });
  const start = (): Espruino => {
    near.removeAllListeners('data');
    const board = new Espruino({ print: (line) => { t.log(line); }, flash, devices: (idle) => ({ Serial1: serialPort(idle, near) }) });
    board.define('heard', (text: string) => { atBoard.push(text); });
    board.run(program);
    return board;
  };
  let board = start();
  t.teardown(() => { board.off(); });
  board.run('mqtt.subscribe("down", { qos: 2 });');
  await until(() => atBoard.includes('subscribed'));
  const accepted: string[] = [];
  const sent: string[] = [];
  for (let n = 0; n < 20; n++) {
    for (const text of [`up ${n} a`, `up ${n} b`]) if ((board.run(`mqtt.publish("up", "${text}", { qos: 2 })`) as number) >= 0) accepted.push(text);
    sent.push(`down ${n}`);
    await peer.publish('down', `down ${n}`, { qos: 2 });
    await sleep(random.below(200));
    if (random.below(3) > 0) {
      board.off();
      board = start();
    } else {
      other.end();
      other = new LinkEnd(wire, port);
    }
  }
  const isDone = (): boolean => accepted.every((text) => atPeer.includes(text)) && sent.every((text) => atBoard.includes(text));
  await until(isDone, () => `the rest: the board heard ${atBoard.join(', ')}; the peer ${atPeer.join(', ')}; accepted was ${accepted.join(', ')}`);
  t.true(isDone());
  t.true(accepted.length > 10);
  t.log(`${noise.damaged ?? 0} bytes were lost or wrong`);
  t.true((noise.damaged ?? 0) > 0);
  t.deepEqual([...atPeer].sort(), [...accepted].sort(), 'each once');
  t.deepEqual(atBoard.filter((text) => text.startsWith('dropped')), []);
});

/** What a link whose frames have room for 512 bytes is given in one go, and how many bytes of outbox take the rest. */
const bursts: readonly (readonly [what: string, publishes: string, count: number])[] = [
  ['of QoS 0, and one of QoS 1', 'for (var n = 0; n < 4; n++) mqtt.publish("a", "x".repeat(115)); mqtt.publish("a", "last", { qos: 1 });', 5],
  ['of QoS 1', 'for (var n = 0; n < 9; n++) mqtt.publish("a", "x".repeat(100), { qos: 1 });', 9],
  ['of QoS 0, 1 and 2', 'for (var n = 0; n < 9; n++) mqtt.publish("a", "x".repeat(100), { qos: n % 3 });', 9],
];

/** A board whose link has no noise, connected; `lines` are its events. */
async function connectedBoard(t: ExecutionContext): Promise<{ board: Espruino; lines: string[]; arrived: () => number }> {
  const { port } = await startBroker(t);
  const peer = makeClient(t, { host: '127.0.0.1', port });
  await peer.connect();
  let arrived = 0;
  await peer.subscribe('a', { qos: 2 }, () => { arrived += 1; });
  const [far, near] = wirePair();
  const other = new LinkEnd({ stdin: far, stdout: far }, port);
  t.teardown(() => { other.end(); });
  const lines: string[] = [];
  const board = new Espruino({ print: (line) => { lines.push(line); }, flash: new Map([['midge-serial', module]]), devices: (idle) => ({ Serial1: serialPort(idle, near) }) });
  t.teardown(() => { board.off(); });
  board.run(`Serial1.setup(115200);
    var mqtt = require("midge-serial").create(Serial1, { client_id: "board", outbox_bytes: 2048, outbox_messages: 16 });
    function watch(client, name) {
      ["connected", "disconnected", "error", "dropped", "puback", "pubcomp"].forEach(function (event) { client.on(event, function (about) { print(name + event + " " + about); }); });
    }
    watch(mqtt, "");
    mqtt.connect();`);
  await until(() => lines.includes('connected false'), () => lines.join(' | '));
  return { board, lines, arrived: () => arrived };
}

for (const [what, publishes, count] of bursts) {
  test(`more messages than the link has room for, ${what}: they wait, and the connection stays`, async (t) => {
    const { board, lines, arrived } = await connectedBoard(t);
    board.run('mqtt.publish("a", "first", { qos: 1 });');
    await until(() => arrived() === 1 && lines.length === 2, () => lines.join(' | '));
    board.run(publishes);
    await until(() => arrived() === count + 1, () => lines.join(' | '));
    board.run('mqtt.publish("a", "after it", { qos: 2 });');
    await until(() => lines.some((line) => line.startsWith('pubcomp')) && arrived() === count + 2, () => lines.join(' | '));
    t.deepEqual(lines.slice(1).filter((line) => !/^pub(ack|comp) \d+$/.test(line)), []);
  });
}

test('connect at once after disconnect, while the link is full: what is left goes with the next connection', async (t) => {
  const { board, lines, arrived } = await connectedBoard(t);
  board.run('for (var n = 0; n < 9; n++) mqtt.publish("a", "x".repeat(100)); mqtt.disconnect(); mqtt.connect();');
  await until(() => arrived() === 9, () => lines.join(' | '));
  t.deepEqual(lines, ['connected false', 'disconnected undefined', 'connected false']);
});

test('a port has one client at a time: another one is told so, and has it when it is free', async (t) => {
  const { board, lines } = await connectedBoard(t);
  board.run('var other = require("midge-serial").create(Serial1, { client_id: "other", retry_min: 0.01, retry_max: 0.05 }); watch(other, "other "); other.connect();');
  await until(() => lines.includes('other error another client uses this port: disconnect it first'), () => lines.join(' | '));
  board.run('mqtt.publish("a", "x", { qos: 1 });');
  await until(() => lines.includes('puback 1'), () => lines.join(' | '));
  board.run('mqtt.disconnect();');
  await until(() => lines.includes('other connected false'), () => lines.join(' | '));
  board.run('other.publish("a", "y", { qos: 1 });');
  await until(() => lines.includes('other puback 1'), () => lines.join(' | '));
  t.deepEqual(lines.filter((line) => !line.startsWith('other')), ['connected false', 'puback 1', 'disconnected undefined']);
});

test('what is no port, and a link in its place, is refused by name', async (t) => {
  const { board, lines } = await connectedBoard(t);
  t.throws(() => board.run('mqtt.connect({ write: function () {}, end: function () {} })'), { message: /MQTT over a serial link takes no other/ });
  board.run('mqtt.publish("a", "x", { qos: 1 });');
  await until(() => lines.includes('puback 1'), () => lines.join(' | '));
  t.deepEqual(lines, ['connected false', 'puback 1']);
  for (const port of ['undefined', '"Serial1"']) {
    board.run(`var wrong = require("midge-serial").create(${port}); watch(wrong, "wrong "); wrong.connect();`);
    await until(() => lines.some((line) => /^wrong error MQTT port is (undefined|Serial1); it must be a serial port, such as Serial1$/.test(line)), () => lines.join(' | '));
    board.run('wrong.disconnect();');
    lines.length = 0;
  }
});

test('what is refused on a serial port is refused by name', (t) => {
  const [, near] = wirePair();
  const board = new Espruino({ print: () => undefined, flash: new Map([['midge-serial', module]]), devices: (idle) => ({ Serial1: serialPort(idle, near) }) });
  t.teardown(() => { board.off(); });
  for (const option of ['port: 1883', 'tls: true', 'host: "a"']) {
    t.throws(() => board.run(`require("midge-serial").create(Serial1, { ${option} })`), { message: /the server is named to the gateway/ });
  }
});
