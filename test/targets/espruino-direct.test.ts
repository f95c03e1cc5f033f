/** What passes the core by is what the core would have done: two clients on Espruino's stub, one of which never takes the short way. */
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { buildModule } from '../../targets/espruino/build.js';
import { Espruino } from './espruino-stub.js';

/**
 * `step(command)` does the same to both clients; `logs` are what each one reported, `written` its bytes. A server owes answers to what a client writes, and gives
 * them when it is told to; a program that is sent "reply" publishes while it handles that.
 */
const program = `
  var logs = [[], []], written = ["", ""], passed = 0;
  function hex(text) { var made = ""; for (var n = 0; n < text.length; n++) made += (256 + text.charCodeAt(n)).toString(16).substr(1); return made; }
  function note(client, data) {
    for (var at = 0; at < data.length;) {
      var first = data.charCodeAt(at), short = data.charCodeAt(at + 1) < 128, qos = (first >> 1) & 3;
      var body = at + (short ? 2 : 3), end = body + (data.charCodeAt(at + 1) & 127) + (short ? 0 : data.charCodeAt(at + 2) << 7);
      var answers = { 5: "\\x62", 6: "\\x70" }, kind = first >> 4, idAt = kind === 3 ? body + 2 + (data.charCodeAt(body) << 8) + data.charCodeAt(body + 1) : body;
      var answer = kind === 3 ? ["", "\\x40", "\\x50"][qos] : answers[kind];
      if (answer) client.owed.push(answer + "\\x02" + data.substr(idAt, 2));
      at = end;
    }
  }
  function start(which) {
    var log = logs[which], client = { owed: [] };
    var socket = { write: function (data) { written[which] += hex(data); note(client, data); }, end: function () { log.push("end"); } };
    var mqtt = require("midge").create("server", { client_id: "a", receive_bytes: 200, outbox_messages: MESSAGES, outbox_bytes: BYTES, retry_min: 100, retry_max: 100 });
    if (which === 1) {
      ["isDirect", "isClear"].forEach(function (name) { Object.defineProperty(mqtt, name, { get: function () { return false; }, set: function () {} }); });
    } else {
      mqtt.was = 0;
      Object.defineProperty(mqtt, "passed", { get: function () { return this.was; }, set: function (is) { if (is > 0) passed++; this.was = is; } });
    }
    ["connected", "disconnected", "error", "puback", "pubcomp", "dropped", "overflow"].forEach(function (name) {
      mqtt.on(name, function (a, b) { log.push(name + " " + a + " " + b); });
    });
    mqtt.on("message", function (topic, message) {
      log.push("message " + hex(topic) + " " + hex(message));
      if (message.substr(0, 5) === "reply") log.push("replied " + mqtt.publish("reply", message.substr(5), { qos: Math.max(LEAST, +message.substr(5, 1)) }));
    });
    mqtt.on("publish", function (about) { log.push("publish " + JSON.stringify(about)); });
    mqtt.connect(socket);
    socket.emit("data", "\\x20\\x02\\0\\0");
    // The first identifier is the core's to give.
    mqtt.publish("first", "", { qos: 1 });
    // And the last one is near.
    mqtt.packetId = 65531;
    mqtt.idsFree = 4;
    client.mqtt = mqtt;
    client.socket = socket;
    return client;
  }
  var clients = [start(0), start(1)];
  function step(command) {
    var data = "";
    if (command.name === "answer") {
      // What both have written so far: one of them may be ahead.
      var owed = clients[0].owed.filter(function (answer) { return clients[1].owed.indexOf(answer) >= 0; });
      var given = owed.slice(owed.length > 0 ? command.which % owed.length : 0).slice(0, command.count);
      clients.forEach(function (client) { client.owed = client.owed.filter(function (answer) { return given.indexOf(answer) < 0; }); });
      data = given.join("");
      if (data === "") return;
    }
    clients.forEach(function (client, which) {
      if (command.name === "publish") logs[which].push("returned " + client.mqtt.publish(command.topic, command.message, command.options));
      else if (command.name === "data") client.socket.emit("data", command.data);
      else {
        client.socket.emit("data", data.substr(0, data.length - command.short));
        if (command.short > 0) client.socket.emit("data", data.substr(data.length - command.short));
      }
    });
  }`;

function packet(first: number, topic: string, payload: string): string {
  const rest = String.fromCharCode(topic.length >> 8, topic.length & 255) + topic + payload;
  const length = rest.length < 128 ? String.fromCharCode(rest.length) : String.fromCharCode((rest.length & 127) | 128, rest.length >> 7);
  return String.fromCharCode(first) + length + rest;
}

const topic = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('t', 'plant/line4/temp', 'plant/line5/temp', 'x'.repeat(60)) }, { weight: 1, arbitrary: fc.constantFrom('y'.repeat(126), '', 'a/+/b', '#', 'a\0b', 'caf\xc3\xa9', '\xff', 'a b"!$') });
// Some too long by as much as what tells the heads of other flags apart.
const lengths = [66, 120, 127, 180, 255, 383, 511, 639];
const payload = fc.oneof(fc.constantFrom('', '21.5', '-3', ...lengths.map((length) => 'x'.repeat(length))), fc.string({ maxLength: 130, unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)) }));
const options = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(undefined, {}, { retain: true }, { qos: 0 }, { qos: 0, retain: false }, { qos: 1, retain: true }, { dup: false, qos: 2 }) }, { weight: 3, arbitrary: fc.constantFrom({ qos: 1 }, { qos: 2 }) },
);
const published = fc.record({ name: fc.constant('publish'), topic, message: fc.oneof({ weight: 5, arbitrary: payload }, { weight: 1, arbitrary: fc.constantFrom(7, true, 2.5) }), options });
const answered = fc.record({ name: fc.constant('answer'), which: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 5 }) }), count: fc.constantFrom(1, 1, 1, 2, 3), short: fc.constantFrom(0, 0, 0, 0, 1, 3) });
const good = fc.tuple(fc.constantFrom(0x30, 0x30, 0x31), fc.constantFrom('t', 'plant/line4/temp', 'x'.repeat(60)), payload).map(([first, name, text]) => packet(first, name, text));
const identified = fc.tuple(fc.constantFrom(0x32, 0x33, 0x34, 0x35, 0x3a), fc.constantFrom('t', 'plant/line4/temp', 'x'.repeat(60)), fc.integer({ min: 1, max: 250 }), fc.oneof(payload, fc.constantFrom('reply0', 'reply1', 'reply2')))
  .map(([first, name, id, text]) => packet(first, name, `\0${String.fromCharCode(id)}${text}`));
const odd = fc.oneof(
  fc.tuple(fc.constantFrom(0x30, 0x31, 0x32, 0x34, 0x36, 0x38), topic, payload).map(([first, name, text]) => packet(first, name, text)),
  fc.constantFrom('', '\xd0\x00', '\x40\x02\x00\x01', '\x50\x02\x00\x09', '\x62\x02\x00\x07', '\x30\x80\x00', '\x30\x02\x00\x05', '\x30\x03\x01\x00a', '\x30\x00', '\x32\x05\x00\x01t\x00\x00'),
);
const arrived = fc.oneof(
  { weight: 6, arbitrary: good.map((data) => [data]) },
  { weight: 6, arbitrary: identified.map((data) => [data]) },
  { weight: 1, arbitrary: odd.map((data) => [data]) },
  { weight: 2, arbitrary: fc.array(fc.oneof(good, identified), { minLength: 2, maxLength: 4 }).map((list) => [list.join('')]) },
  { weight: 2, arbitrary: fc.tuple(fc.oneof(good, identified), fc.integer({ min: 1, max: 5 })).map(([data, at]) => [data.slice(0, at), data.slice(at)]) },
).map((parts) => parts.map((data) => ({ name: 'data', data })));
const commands = (publishes: fc.Arbitrary<object>) => fc.array(fc.tuple(fc.oneof<fc.MaybeWeightedArbitrary<object[]>[]>(
  { weight: 2, arbitrary: publishes.map((command) => [command]) }, { weight: 2, arbitrary: answered.map((command) => [command]) }, { weight: 2, arbitrary: arrived },
), fc.boolean()), { maxLength: 16, size: 'max' });

/** What QoS 0 publishes need of an outbox, on the short way they do not: where there is little, only others can be compared. */
const outboxes = [
  { name: 'all that a program may do', messages: 16, bytes: 4000, leastQos: 0, publishes: published },
  { name: 'an outbox that is often full', messages: 3, bytes: 200, leastQos: 1, publishes: published.map((one) => ({ ...one, options: (one.options?.qos ?? 0) > 0 ? one.options : { qos: 1 as const } })) },
] as const;

for (const { name, messages, bytes, leastQos, publishes } of outboxes) test(`the short way writes and reports what the core would: ${name}`, async (t) => {
  const { code } = buildModule('mqtt311', false);
  const seed = Number(process.env['MIDGE_TARGET_SEED'] ?? Date.now() & 0x7fffffff);
  t.log(`MIDGE_TARGET_SEED=${seed}`);
  let passed = 0;
  await fc.assert(fc.asyncProperty(commands(publishes), async (list) => {
    const board = new Espruino({ print: (line) => { t.fail(line); }, flash: new Map([['midge', code]]), clock: () => 1000 });
    board.run(`var MESSAGES = ${messages}, BYTES = ${bytes}, LEAST = ${leastQos};${program}`);
    const step = board.run('step') as (command: object) => void;
    await setTimeout(1);
    // Some come while what others brought is still to be handled.
    for (const [some, isPause] of list) {
      for (const command of some) {
        step(command);
        if (isPause) await new Promise(setImmediate);
      }
    }
    await setTimeout(1);
    const [short, long] = JSON.parse(board.run('JSON.stringify(logs)') as string) as [string[], string[]];
    const [shortBytes, longBytes] = board.run('written') as [string, string];
    passed += board.run('passed') as number;
    board.off();
    t.deepEqual(short, long);
    t.is(shortBytes, longBytes);
  }), { seed, numRuns: 200 });
  t.true(passed > 100, `${passed} publishes passed the core by`);
});
