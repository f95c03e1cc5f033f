/** What passes the core by is what the core would have done: two clients on Espruino's stub, one of which never takes the short way. */
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { buildModule } from '../../targets/espruino/build.js';
import { Espruino } from './espruino-stub.js';

/** `step(command)` does the same to both clients; `logs` are what each one wrote and reported. */
const program = `
  var logs = [[], []], shortcuts = 0;
  function hex(text) { var made = ""; for (var n = 0; n < text.length; n++) made += (256 + text.charCodeAt(n)).toString(16).substr(1); return made; }
  function start(which) {
    var log = logs[which];
    var socket = { write: function (data) { log.push("write " + hex(data)); }, end: function () { log.push("end"); } };
    var mqtt = require("midge").create("server", { client_id: "a", receive_bytes: 200, retry_min: 100, retry_max: 100 });
    if (which === 1) Object.defineProperty(mqtt, "isDirect", { get: function () { return false; }, set: function () {} });
    else Object.defineProperty(mqtt, "isDirect", { get: function () { return this.wasDirect; }, set: function (is) { if (is) shortcuts++; this.wasDirect = is; } });
    ["connected", "disconnected", "error", "puback", "dropped", "overflow"].forEach(function (name) {
      mqtt.on(name, function (a, b) { log.push(name + " " + a + " " + b); });
    });
    mqtt.on("message", function (topic, message) { log.push("message " + hex(topic) + " " + hex(message)); });
    mqtt.on("publish", function (about) { log.push("publish " + JSON.stringify(about)); });
    mqtt.connect(socket);
    socket.emit("data", "\\x20\\x02\\0\\0");
    return { mqtt: mqtt, socket: socket };
  }
  var clients = [start(0), start(1)];
  function step(command) {
    clients.forEach(function (client, which) {
      if (command.name === "publish") logs[which].push("returned " + client.mqtt.publish(command.topic, command.message, command.options));
      else client.socket.emit("data", command.data);
    });
  }`;

function packet(first: number, topic: string, payload: string): string {
  const rest = String.fromCharCode(topic.length >> 8, topic.length & 255) + topic + payload;
  const length = rest.length < 128 ? String.fromCharCode(rest.length) : String.fromCharCode((rest.length & 127) | 128, rest.length >> 7);
  return String.fromCharCode(first) + length + rest;
}

const topic = fc.constantFrom('t', 'plant/line4/temp', 'plant/line5/temp', 'x'.repeat(60), 'y'.repeat(126), '', 'a/+/b', '#', 'a\0b', 'caf\xc3\xa9', '\xff', 'a b"!$');
const payload = fc.oneof(fc.constantFrom('', '21.5', '-3', 'x'.repeat(66), 'x'.repeat(120), 'x'.repeat(180)), fc.string({ maxLength: 130, unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)) }));
const published = fc.record({ name: fc.constant('publish'), topic, message: fc.oneof(payload, fc.constantFrom(7, true, null)), options: fc.constantFrom(undefined, undefined, undefined, { retain: true }, { qos: 1 }) });
const good = fc.tuple(fc.constantFrom(0x30, 0x30, 0x31), fc.constantFrom('t', 'plant/line4/temp', 'x'.repeat(60)), payload).map(([first, name, text]) => packet(first, name, text));
const odd = fc.oneof(
  fc.tuple(fc.constantFrom(0x30, 0x31, 0x32, 0x34, 0x38), topic, payload).map(([first, name, text]) => packet(first, name, text)),
  fc.constantFrom('', '\xd0\x00', '\x40\x02\x00\x01', '\x30\x80\x00', '\x30\x02\x00\x05', '\x30\x03\x01\x00a', '\x30\x00'),
);
const arrived = fc.oneof(
  { weight: 6, arbitrary: good.map((data) => [data]) },
  { weight: 1, arbitrary: odd.map((data) => [data]) },
  { weight: 1, arbitrary: fc.tuple(good, good).map(([a, b]) => [a + b]) },
  { weight: 2, arbitrary: fc.tuple(good, fc.integer({ min: 1, max: 5 })).map(([data, at]) => [data.slice(0, at), data.slice(at)]) },
).map((parts) => parts.map((data) => ({ name: 'data', data })));
const commands = fc.array(fc.oneof({ weight: 1, arbitrary: published.map((command) => [command] as object[]) }, { weight: 1, arbitrary: arrived }), { maxLength: 12 });

test('the short way writes and reports what the core would', async (t) => {
  const { code } = buildModule('mqtt311', false);
  const seed = Number(process.env['MIDGE_TARGET_SEED'] ?? Date.now() & 0x7fffffff);
  t.log(`MIDGE_TARGET_SEED=${seed}`);
  let shortcuts = 0;
  await fc.assert(fc.asyncProperty(commands, async (list) => {
    const board = new Espruino({ print: (line) => { t.fail(line); }, flash: new Map([['midge', code]]), clock: () => 1000 });
    board.run(program);
    const step = board.run('step') as (command: object) => void;
    await setTimeout(1);
    for (const command of list.flat()) {
      step(command);
      await new Promise(setImmediate);
    }
    await setTimeout(1);
    const [short, long] = JSON.parse(board.run('JSON.stringify(logs)') as string) as [string[], string[]];
    shortcuts += board.run('shortcuts') as number;
    board.off();
    t.deepEqual(short, long);
  }), { seed, numRuns: 300 });
  t.true(shortcuts > 300, 'the short way was open');
});
