/**
 * Links that are lost and replaced, and listeners that are removed, on the stub and on the engine: what a link that is gone still brings, or had brought and
 * nobody had dealt with, is dropped whole; and messages are acknowledged whether or not anybody hears of them.
 */
import test, { type ExecutionContext } from 'ava';
import { buildStorageModule } from '../../targets/espruino/build.js';
import { boardKinds, sayWithoutEngine, startBoard } from './espruino-board.js';

const module = buildStorageModule('mqtt311', true).code;

/**
 * `link()` is one of a program's own, which writes until it `fails`; what was written, but for CONNECT, is printed. `play` runs steps one after another, each
 * when all that the one before has brought about is over, and prints "end".
 */
const ground = `
  function hex(text) { var made = ""; for (var n = 0; n < text.length; n++) made += (256 + text.charCodeAt(n)).toString(16).substr(1); return made; }
  function link(name) {
    var made = { end: function () {}, fails: false };
    made.write = function (data) {
      if (made.fails) throw new Error("closed");
      if (data[0] !== "\\x10") print(name + " " + hex(data));
    };
    return made;
  }
  function packet(first, rest) { return String.fromCharCode(first, rest.length) + rest; }
  function message(qos, text) { return packet(0x30 | (qos << 1), "\\0\\1t" + (qos > 0 ? "\\0" + String.fromCharCode(+text.substr(0, 1)) : "") + text); }
  function hear(topic, text) { print("message " + text.substr(0, 8)); }
  var CONNACK = "\\x20\\x02\\0\\0", first = link("first"), second = link("second");
  var mqtt = require("midge").create("server", { client_id: "a", receive_bytes: 512 });
  mqtt.on("message", hear);
  function play(steps) {
    setTimeout(function () {
      if (steps.length === 0) { print("end"); return; }
      steps.shift()();
      play(steps);
    }, 20);
  }
  function lose() { first.emit("end"); }
  function open(lent) { mqtt.connect(lent); lent.emit("data", CONNACK); }
  function bring(lent, data) { lent.emit("data", data); }
  setInterval(function () {}, 1000);`;

/** What the board prints while it plays these steps; `own` comes before them. */
async function play(t: ExecutionContext, kind: 'stub' | 'engine', steps: readonly string[], own = ''): Promise<string[]> {
  const list = steps.map((step) => `function () { ${step}; }`).join(', ');
  const board = await startBoard(t, kind, new Map([['midge', module], ['.bootcde', `${ground}\n${own}\nplay([${list}]);`]]));
  await board.shows('end');
  return board.lines.filter((line) => /^(message|first|second|error|disconnected|Uncaught)/.test(line));
}

/** Before the link is lost the short way is open, and has seen such a message. */
const opened = ['open(first)', 'bring(first, message(0, "0 early"))'];

const lates: readonly (readonly [what: string, data: string])[] = [
  ['a message like those before', 'message(0, "0 laten")'],
  ['another message', 'message(0, "0 late and longer")'],
  ['a message of QoS 1', 'message(1, "1 late")'],
  ['the first half of a message', 'message(0, "0 late").substr(0, 4)'],
  ['several', 'message(0, "0 laten") + message(1, "1 laten") + message(0, "0 laten")'],
];

for (const kind of boardKinds) {
  for (const [what, data] of lates) {
    test(`${kind}: ${what} on a link that was replaced`, async (t) => {
      const lines = await play(t, kind, [...opened, 'lose()', 'open(second)', 'bring(second, message(0, "0 fresh"))', `bring(first, ${data})`, 'bring(second, message(0, "0 again"))']);
      t.deepEqual(lines, ['message 0 early', 'message 0 fresh', 'message 0 again']);
    });
  }

  test(`${kind}: a link that could not be written to, and was replaced`, async (t) => {
    const lines = await play(t, kind, [...opened, 'first.fails = true; mqtt.publish("t", "kept", { qos: 1 })', 'open(second)', 'bring(second, message(0, "0 fresh"))', 'bring(first, message(0, "0 laten"))']);
    t.deepEqual(lines, ['message 0 early', 'second 320900017400016b657074', 'message 0 fresh'], 'what was accepted is sent to the next');
  });

  test(`${kind}: the same link, lent again, is heard once`, async (t) => {
    const own = 'mqtt.on("error", function (text) { print("error " + text); }); mqtt.on("disconnected", function () { print("disconnected"); });';
    const lines = await play(t, kind, [...opened, 'lose()', 'open(first)', 'bring(first, message(0, "0 fresh"))', 'first.emit("error", { message: "noise" })', 'lose()'], own);
    t.deepEqual(lines, ['message 0 early', 'disconnected', 'message 0 fresh', 'error noise', 'disconnected']);
  });
}

sayWithoutEngine(test, 'links of Espruino that are lost and replaced');
