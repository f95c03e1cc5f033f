/**
 * Links that are lost and replaced, and listeners that are removed, on the stub and on the engine: what a link that is gone still brings, or had brought and
 * nobody had dealt with, is dropped whole; and messages are acknowledged whether or not anybody hears of them.
 */
import test, { type ExecutionContext } from 'ava';
import { buildStorageModule } from '../../targets/espruino/build.js';
import { type Board, type BoardKind, boardKinds, sayWithoutEngine, startBoard } from './espruino-board.js';

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
  function packet(first, rest) { return (rest.length < 128 ? String.fromCharCode(first, rest.length) : String.fromCharCode(first, rest.length & 127 | 128, rest.length >> 7)) + rest; }
  function message(qos, text) { return packet(0x30 | (qos << 1), "\\0\\1t" + (qos > 0 ? "\\0" + String.fromCharCode(+text.substr(0, 1)) : "") + text); }
  function hear(topic, text) { print("message " + text.substr(0, 7)); }
  var CONNACK = "\\x20\\x02\\0\\0", first = link("first"), second = link("second");
  var mqtt = require("midge").create("server", { client_id: "a", receive_bytes: 512 });
  mqtt.on("message", hear);
  // A turn of the interpreter's loop runs what was queued before it: in ten of them all that a step has queued, one thing after another, is over.
  function play(steps) { wait(10, steps); }
  function wait(turns, steps) {
    if (turns > 0) setTimeout(wait, 1, turns - 1, steps);
    else if (steps.length === 0) print("end");
    else {
      steps.shift()();
      play(steps);
    }
  }
  function lose() { first.emit("end"); }
  function open(lent) { mqtt.connect(lent); lent.emit("data", CONNACK); }
  function bring(lent, data) { lent.emit("data", data); }
  setInterval(function () {}, 1000);`;

async function boardThatPlays(t: ExecutionContext, kind: BoardKind, steps: readonly string[], own: string): Promise<Board> {
  const list = steps.map((step) => `function () { ${step}; }`).join(', ');
  const board = await startBoard(t, kind, new Map([['midge', module], ['.bootcde', `${ground}\n${own}\nplay([${list}]);`]]));
  await board.shows('end');
  return board;
}

/** What the board prints while it plays these steps; `own` comes before them. */
async function play(t: ExecutionContext, kind: BoardKind, steps: readonly string[], own = ''): Promise<string[]> {
  const board = await boardThatPlays(t, kind, steps, own);
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

for (const kind of boardKinds) {
  test(`${kind}: connect while connected over a link of the program's own changes nothing: it needs no drain, and no server is gone to`, async (t) => {
    const own = `mqtt.on("disconnected", function () { print("disconnected"); });
      Modules.addCached("net", 'exports.connect = function () { print("error: went to the server"); throw new Error("no network"); };');`;
    const lines = await play(t, kind, [...opened, 'mqtt.connect()', 'for (var n = 0; n < 12; n++) mqtt.publish("t", "x".repeat(120))', 'mqtt.publish("t", "last", { qos: 1 })', 'lose()'], own);
    t.deepEqual(lines.map((line) => line.slice(0, 16)), ['message 0 early', ...Array.from({ length: 12 }, () => 'first 307b000174'), 'first 3209000174', 'disconnected']);
  });
}

/** What is written for a message whose handler disconnects: its acknowledgement and DISCONNECT. */
const partings: readonly (readonly [qos: number, lines: readonly string[]])[] = [
  [0, ['message 0 leave', 'first e000']], [1, ['message 1 leave', 'first 40020001', 'first e000']], [2, ['message 2 leave', 'first 50020002', 'first e000']],
];

for (const kind of boardKinds) {
  for (const [qos, expected] of partings) {
    for (const [what, more] of [['short', ''], ['on the way through the core', 'x'.repeat(150)]] as const) {
      test(`${kind}: disconnect in the handler of a message of QoS ${qos}, ${what}: it is acknowledged before`, async (t) => {
        const own = 'mqtt.on("message", function (topic, text) { if (text.substr(2, 5) === "leave") mqtt.disconnect(); }); mqtt.on("disconnected", function () { print("disconnected"); });';
        const lines = await play(t, kind, [...opened, `bring(first, message(${qos}, "${qos} leave${more}"))`, 'open(second)', 'bring(second, message(1, "3 fresh"))'], own);
        const written = lines.map((line) => line.replace(/first (40020001|50020002)e000/, 'first $1|first e000')).flatMap((line) => line.split('|'));
        t.deepEqual(written, ['message 0 early', ...expected, 'disconnected', 'message 3 fresh', 'second 40020003']);
      });
    }
  }
}

/** What comes together with what makes the link fail, and what is answered before it does. */
const failing: readonly (readonly [what: string, data: string, lines: readonly string[]])[] = [
  ['PUBREC, whose PUBREL fails, and messages', '"\\x50\\x02\\0\\1" + message(0, "0 laten") + message(1, "1 laten")', []],
  ['two messages of QoS 1, of which the first one\'s PUBACK fails', 'message(1, "1 first") + message(1, "2 laten")', ['message 1 first']],
  ['a message of QoS 2, whose PUBREC fails, and messages', 'message(2, "1 first") + message(0, "0 laten") + message(1, "2 laten")', ['message 1 first']],
  ['a message of QoS 1 that fails, and half of another', 'message(1, "1 first") + message(0, "0 laten").substr(0, 4)', ['message 1 first']],
];

for (const kind of boardKinds) {
  for (const [what, data, expected] of failing) {
    test(`${kind}: ${what}: what is left of a link that failed is dropped`, async (t) => {
      const lines = await play(t, kind, [
        ...opened, 'mqtt.publish("t", "kept", { qos: 2 })', `first.fails = true; bring(first, ${data})`, 'open(second)', 'bring(second, message(0, "0 fresh"))', 'bring(second, message(1, "3 fresh"))',
      ]);
      t.deepEqual(lines.filter((line) => line.startsWith('message')), ['message 0 early', ...expected, 'message 0 fresh', 'message 3 fresh']);
      t.true(lines.includes('second 40020003'), `a message of the next link is acknowledged: ${lines.join(', ')}`);
    });
  }

  for (const then of ['', 'second.emit("go")'] as const) {
    test(`${kind}: what came behind a message that is being handled is dropped when the link ends${then === '' ? '' : ', and is replaced at once'}`, async (t) => {
      const lines = await play(t, kind, [
        ...opened, `bring(first, message(1, "1 first")); bring(first, message(0, "0 laten")); lose(); ${then}`, then === '' ? 'open(second)' : '', 'bring(second, message(0, "0 fresh"))',
      ], 'second.on("go", function () { open(second); });');
      t.deepEqual(lines, ['message 0 early', 'message 1 first', 'message 0 fresh']);
    });
  }

  test(`${kind}: a link that ends while a message is handled leaves the next one all its time`, async (t) => {
    const own = 'second.on("go", function () { mqtt.connect(second); }); mqtt.on("error", function (text) { print("error " + text); });';
    const lines = await play(t, kind, [...opened, 'bring(first, message(1, "1 first")); lose(); second.emit("go")', 'bring(second, CONNACK)', 'bring(second, message(0, "0 fresh"))'], own);
    t.deepEqual(lines, ['message 0 early', 'message 1 first', 'message 0 fresh']);
  });

  for (const [what, text] of [['a short message', '" text"'], ['one that takes the way through the core', '" text" + "x".repeat(150)']] as const) {
    const message = (qos: number, id: number): string => `message(${qos}, "${id}" + ${text})`;
    test(`${kind}: all listeners are removed while messages come, ${what}: they are acknowledged, and new listeners hear`, async (t) => {
      const lines = await play(t, kind, [
        ...opened, `bring(first, ${message(1, 1)})`, 'mqtt.removeAllListeners()', `bring(first, ${message(1, 2)})`, `bring(first, ${message(2, 3)})`, 'bring(first, "\\x62\\x02\\0\\3")',
        'mqtt.on("message", function (topic, text) { hear(topic, text); mqtt.removeAllListeners(); })', `bring(first, ${message(1, 4)})`, `bring(first, ${message(1, 5)})`,
        'mqtt.on("message", hear)', 'bring(first, message(1, "6 last"))', 'mqtt.publish("t", "x", { qos: 1 })',
      ]);
      t.deepEqual(lines.map((line) => line.replace(/x$/, '')), [
        'message 0 early', 'message 1 text', 'first 40020001', 'first 40020002', 'first 50020003', 'first 70020003', 'message 4 text', 'first 40020004', 'first 40020005',
        'message 6 last', 'first 40020006', 'first 3206000174000178',
      ]);
    });
  }
}

/** Sockets of `net` that take everything and send nothing while `isFull`; each is opened and answers CONNECT at once. */
const sockets = `
  var isFull = false, sockets = [];
  global.openSocket = function (opened) {
    var made = link("first"), write = made.write;
    made.write = function (data) {
      if (data[0] === "\\x10") setTimeout(function () { made.emit("data", CONNACK); }, 1);
      else write(data.length > 9 ? data.substr(0, 7) + data.length : data);
      if (isFull) made.dSnd = (made.dSnd || "") + data;
    };
    made.end = function () { print("first ended"); };
    sockets.push(made);
    setTimeout(function () { opened.call(made, made); }, 1);
    return made;
  };
  Modules.addCached("net", 'exports.connect = function (options, opened) { return openSocket(opened); };');
  mqtt = require("midge").create("server", { client_id: "a", outbox_bytes: 2048, outbox_messages: 24, keep_alive: 2, ping_timeout: 1, reconnect: false });
  ["connected", "disconnected"].forEach(function (name) { mqtt.on(name, function () { print("first " + name); }); });
  function burst(count) { isFull = true; for (var n = 0; n < count; n++) mqtt.publish("t", "x".repeat(100)); }`;

for (const kind of boardKinds) {
  test(`${kind}: what waits for a socket to drain goes ahead of DISCONNECT, and connect is heard at once`, async (t) => {
    const own = `${sockets} mqtt.on("connected", function () {
      if (sockets.length > 1) mqtt.publish("t", "y");
      else { burst(24); mqtt.disconnect(); isFull = false; mqtt.connect(); }
    });`;
    const board = await boardThatPlays(t, kind, ['mqtt.connect()'], own);
    await board.shows('first 300400017479');
    const lines = board.lines.filter((line) => /^first ([0-9a-f]+|ended)$/.test(line) && line !== 'first c000');
    t.deepEqual(lines, [...Array.from({ length: 24 }, () => 'first 30670001747878313035'), 'first e000', 'first ended', 'first 300400017479']);
  });

  test(`${kind}: connect while a dead link still has bytes to send is heard when it is closed`, async (t) => {
    const board = await boardThatPlays(t, kind, ['mqtt.connect()'], `${sockets}
      mqtt.on("connected", function () { if (sockets.length < 2) burst(24); });
      mqtt.on("disconnected", function () { isFull = false; mqtt.connect(); });`);
    await board.shows('first ended');
    await board.shows('first connected', board.lines.indexOf('first ended'));
    t.true(board.lines.indexOf('first disconnected') < board.lines.lastIndexOf('first connected'));
  });
}

sayWithoutEngine(test, 'links of Espruino that are lost and replaced');
