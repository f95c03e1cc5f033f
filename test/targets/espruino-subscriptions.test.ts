/**
 * Subscriptions on Espruino, on the stub and on the engine: any number of them, asked for before there is a connection or while there is one, made again where
 * the server has lost the session, and sent once where the program asks for them in `connected` itself.
 */
import test, { type ExecutionContext } from 'ava';
import { buildModule, buildStorageModule } from '../../targets/espruino/build.js';
import { type Board, boardKinds, sayWithoutEngine, startBoard } from './espruino-board.js';
import { Ground } from './espruino-ground.js';
import { until } from '../until.js';

const module = buildStorageModule('mqtt311', true).code;
const withBothVersions = buildModule('full', true).code;

/** A board that connects, with a client that is made with these further options and asks for this. */
async function place(t: ExecutionContext, kind: 'stub' | 'engine', requests: string, options = '', code = module): Promise<{ ground: Ground; board: Board }> {
  const ground = await Ground.prepare(t);
  const text = `var mqtt = require("midge").create("192.168.1.10", { client_id: "board", retry_min: 0.02, retry_max: 0.05${options} });
    mqtt.on("message", function (topic, text) { print("heard " + topic + " " + text); });
    ["connected", "subscribed_fail", "error", "unsubscribed"].forEach(function (name) { mqtt.on(name, function (a, b) { print(name + " " + a + " " + b); }); });
    ${requests}
    mqtt.connect();`;
  const board = await startBoard(t, kind, new Map([['midge', code], ['.boot0', ground.boot0()], ['.bootcde', text]]));
  return { ground, board };
}

function filtersOf({ broker }: Ground): readonly string[] {
  return broker.session('board')?.subscriptions ?? [];
}

const many = Array.from({ length: 30 }, (_, n) => `plant/line${n}/${'a-long-name/'.repeat(4)}set`);
const forMany = (call: string): string => `for (var n = 0; n < 30; n++) mqtt.${call}("plant/line" + n + "/" + "a-long-name/".repeat(4) + "set", { qos: n % 3 });`;

for (const kind of boardKinds) {
  test(`${kind}: thirty subscriptions, asked for while connected`, async (t) => {
    const { ground, board } = await place(t, kind, '');
    await board.shows('connected false undefined');
    board.type(forMany('subscribe'));
    await until(() => filtersOf(ground).length === 30, () => board.lines.join(' | '));
    t.deepEqual([...filtersOf(ground)].sort(), [...many].sort());
    await ground.peer.publish(many[29], 'last', { qos: 2 });
    await board.shows(`heard ${many[29]} last`);
    board.type('mqtt.unsubscribe("plant/line29/" + "a-long-name/".repeat(4) + "set");');
    await board.shows(/^unsubscribed plant\/line29/);
    t.is(filtersOf(ground).length, 29);
    t.deepEqual(board.lines.filter((line) => /fail|error/.test(line)), []);
  });

  test(`${kind}: thirty subscriptions, asked for before there is a connection, and again after each loss of the session`, async (t) => {
    const { ground, board } = await place(t, kind, `${forMany('subscribe')} mqtt.unsubscribe("never"); mqtt.subscribe("never"); mqtt.unsubscribe("never");`);
    for (const round of [1, 2, 3]) {
      await until(() => ground.clients.length === round && filtersOf(ground).length === 30, () => `${filtersOf(ground).length} subscriptions: ${board.lines.join(' | ')}`);
      t.deepEqual([...filtersOf(ground)].sort(), [...many].sort());
      t.true(ground.broker.dropClient('board'));
    }
  });

  test(`${kind}: what the handlers of connected ask for is not asked for twice`, async (t) => {
    const { ground, board } = await place(t, kind, `mqtt.on("connected", function () { mqtt.subscribe("kept/#", { qos: 1 }); }); mqtt.subscribe("other", { qos: 1 });`);
    await ground.peer.publish('kept/here', 'word', { qos: 1, retain: true });
    const heard = (): number => board.lines.filter((line) => line === 'heard kept/here word').length;
    for (const round of [1, 2, 3]) {
      await until(() => ground.clients.length === round && filtersOf(ground).length === 2 && heard() === round, () => board.lines.join(' | '));
      await ground.peer.publish('other', `round ${round}`, { qos: 1 });
      await board.shows(`heard other round ${round}`);
      t.is(heard(), round, 'the retained message came once with each connection');
      t.true(ground.broker.dropClient('board'));
    }
  });

  test(`${kind}: a filter that never fits is refused, and holds up no others`, async (t) => {
    const { ground, board } = await place(t, kind, `mqtt.subscribe("x".repeat(150)); mqtt.unsubscribe("x".repeat(150)); mqtt.subscribe("x".repeat(112)); mqtt.subscribe("short");`);
    await until(() => filtersOf(ground).length === 2, () => board.lines.join(' | '));
    t.true(board.lines.includes(`subscribed_fail ${'x'.repeat(150)} no room for the packet (control_bytes)`));
    t.true(board.lines.includes(`error unsubscribe refused: no room for the packet (control_bytes) ${'x'.repeat(150)}`));
  });
}

test('a request that was not answered is sent to the next link, and what was granted is not where the session was kept', async (t) => {
  const board = await startBoard(t, 'stub', new Map([['midge', module], ['.bootcde', `
    var mqtt = require("midge").create("h", { client_id: "a", clean_session: false }), link;
    function open(session) {
      link = { end: function () {}, write: function (data) {
        for (var at = 0; at < data.length; at += data.charCodeAt(at + 1) + 2) {
          if (data.charCodeAt(at) > 0x80) print("asked " + data.charCodeAt(at) + " " + data.substr(at + 6, data.charCodeAt(at + 5)));
        }
      } };
      mqtt.connect(link);
      link.emit("data", "\\x20\\x02" + session + "\\0");
    }
    ["connected", "disconnected"].forEach(function (name) { mqtt.on(name, function () { print(name); }); });
    mqtt.on("subscribed", function (filter) { print("granted " + filter); });
    open("\\0");`]]));
  await board.shows('connected');
  board.type('mqtt.subscribe("one"); link.emit("data", "\\x90\\x03\\0\\1\\0");');
  await board.shows('granted one');
  board.type('mqtt.subscribe("two"); mqtt.unsubscribe("three"); link.emit("data", "\\x90\\x03\\0\\x63\\0"); link.emit("end");');
  await board.shows('disconnected');
  const from = board.lines.length;
  board.type('open("\\1");');
  await board.shows('connected', from);
  board.type('mqtt.subscribe("four");');
  await board.shows(/four/, from);
  t.deepEqual(board.lines.slice(from).filter((line) => line !== 'connected'), ['asked 130 two', 'asked 162 three', 'asked 130 four']);
});

/** What is printed of SUBSCRIBEs, over links of the program's own; `session` of CONNACK is "\\0" or "\\1". */
const lentProgram = `
  var mqtt = require("midge").create("h", { client_id: "a", clean_session: false, control_bytes: 32 }), link;
  function open(session, more) {
    link = { end: function () {}, write: function (data) {
      for (var at = 0; at < data.length; at += data.charCodeAt(at + 1) + 2) if (data.charCodeAt(at) === 0x82) print("asked " + data.substr(at + 6, data.charCodeAt(at + 5)));
    } };
    mqtt.connect(link);
    link.emit("data", "\\x20\\x02" + session + "\\0");
    if (more) link.emit(more);
  }
  ["connected", "disconnected"].forEach(function (name) { mqtt.on(name, function () { print(name); }); });
  mqtt.on("subscribed", function (filter) { print("granted " + filter); });`;

for (const kind of boardKinds) {
  test(`${kind}: a connection that lost the session and ends at once: what was granted is asked for on the next one, once`, async (t) => {
    const board = await startBoard(t, kind, new Map([['midge', module], ['.bootcde', `${lentProgram} open("\\0");`]]));
    await board.shows('connected');
    board.type('mqtt.subscribe(["one", "two/of/it", "three"]); for (var id = 1; id < 4; id++) link.emit("data", "\\x90\\x03\\0" + String.fromCharCode(id) + "\\0");');
    await board.shows('granted three');
    let from = board.lines.length;
    board.type('link.emit("end"); setTimeout(function () { open("\\0", "end"); }, 5);');
    await board.shows('connected', from);
    await board.shows('disconnected', board.lines.indexOf('connected', from));
    for (const session of ['1', '0']) {
      from = board.lines.length;
      board.type(`open("\\${session}"); setTimeout(function () { print("later"); }, 50);`);
      await board.shows('later', from);
      t.deepEqual(board.lines.slice(from).filter((line) => line.startsWith('asked')), ['asked one', 'asked two/of/it', 'asked three'], session);
    }
  });
}

test('over MQTT 5.0: subscriptions, shared ones, and what is none', async (t) => {
  const { ground, board } = await place(t, 'stub', `mqtt.subscribe({ "a/#": 1, "$share/group/b": 2 }); mqtt.subscribe("$share//c"); mqtt.unsubscribe("never");`, ', protocol_level: 5', withBothVersions);
  for (const round of [1, 2]) {
    await until(() => ground.clients.length === round && filtersOf(ground).length === 2, () => board.lines.join(' | '));
    t.true(board.lines.includes('subscribed_fail $share//c the filter is empty, is not valid text or has a wildcard beside other characters'));
    await ground.peer.publish('a/b', `round ${round}`, { qos: 1 });
    await board.shows(`heard a/b round ${round}`);
    t.true(ground.broker.dropClient('board'));
  }
});

test('over MQTT 5.0: a request that is larger than the server takes is refused, and holds up no others', async (t) => {
  const board = await startBoard(t, 'stub', new Map([['midge', withBothVersions], ['.bootcde', `
    var mqtt = require("midge").create("h", { client_id: "a", protocol_level: 5 });
    var link = { end: function () {}, write: function (data) { if (data.charCodeAt(0) > 0x80) print("asked " + data.substr(7, 5)); } };
    mqtt.on("subscribed_fail", function (filter, words) { print("refused " + filter + ": " + words); });
    mqtt.on("connected", function () { mqtt.subscribe("longer/than/twenty"); mqtt.subscribe("short"); });
    mqtt.connect(link);
    link.emit("data", "\\x20\\x08\\0\\0\\x05\\x27\\0\\0\\0\\x14");`]]));
  await board.shows('refused longer/than/twenty: larger than the server accepts');
  await board.shows('asked short');
  t.pass();
});

sayWithoutEngine(test, 'subscriptions of Espruino');
