/** What a user of the `MQTT` module knows, on the stub: its ways to connect and subscribe, its events; and what is refused by name. */
import { readdirSync } from 'node:fs';
import test from 'ava';
import ts from 'typescript';
import { createBroker } from '../../src/broker/index.js';
import { buildModule } from '../../targets/espruino/build.js';
import { sourcePath, sourceText } from '../../targets/build/program.js';
import { Espruino } from './espruino-stub.js';
import { until } from '../until.js';

const module = buildModule('mqtt311', true).code;

function board(): { run: (text: string) => unknown; off: () => void; heard: string[] } {
  const heard: string[] = [];
  const made = new Espruino({ print: (line) => { heard.push(line); }, flash: new Map([['midge', module]]) });
  return { run: (text) => made.run(text), off: () => { made.off(); }, heard };
}

const refused: readonly (readonly [options: string, says: RegExp])[] = [
  ['{ colour: "red" }', /MQTT option colour is red; there is no such option/],
  ['{ protocol_name: "MQIsdp" }', /MQTT option protocol_name is MQIsdp; only MQTT is spoken/],
  ['{ protocol_level: 3 }', /MQTT option protocol_level is 3; 4 is spoken/],
  ['{ clean_session: false }', /MQTT option clean_session is false; a session needs a client_id/],
  ['{ session_file: "s" }', /MQTT option session_file is s; clean_session must be false/],
  ['{ keep_alive: 70000 }', /MQTT option keep_alive is out of range/],
  ['{ username: 5 }', /MQTT option username is 5; it must be a string/],
  ['{ will: { topic: "a", colour: 1 } }', /MQTT option will\.colour is 1; there is no such option/],
  ['{ port: "x" }', /MQTT option port is x; it must be 1 to 65535/],
  ['{ port: 70000 }', /MQTT option port is 70000; it must be 1 to 65535/],
  ['{ tls: "yes" }', /MQTT option tls is yes; it must be true or false/],
  ['{ reconnect: "no" }', /MQTT option reconnect is no; it must be true or false/],
  ['{ clean_session: "yes" }', /MQTT option clean_session is yes; it must be true or false/],
  ['{ keep_alive: "60" }', /MQTT option keep_alive is out of range/],
  ['{ will: 5 }', /MQTT option will is 5; it must be an object with topic and message/],
  ['{ will: null }', /MQTT option will is null; it must be an object with topic and message/],
  ['{ will: { topic: "a", qos: "1" } }', /MQTT option will\.qos is 1; it must be 0, 1 or 2/],
  ['{ will: { topic: "a", retain: "x" } }', /MQTT option will\.retain is x; it must be true or false/],
  ['{ client_id: null }', /MQTT option client_id is null; it must be a string/],
  ['{ receive_bytes: 1e9 }', /MQTT option receive_bytes is out of range/],
  ['5', /MQTT options are 5; they must be an object/],
  ['null', /MQTT options are null; they must be an object/],
  ['{ client_id: "a\\0" }', /MQTT option client_id is a\0; it must be text in UTF-8 without NUL/],
  ['{ client_id: "a\\xff" }', /MQTT option client_id is a\xff; it must be text in UTF-8 without NUL/],
  ['{ username: "\\xc3" }', /MQTT option username is \xc3; it must be text in UTF-8/],
  ['{ will: { topic: "a/#" } }', /MQTT option will\.topic is a\/#; it must be a topic, without wildcards/],
  ['{ will: { topic: "" } }', /MQTT option will\.topic is ; it must be a topic/],
  ['{ client_id: "x".repeat(200) }', /MQTT option control_bytes is 128; CONNECT with its will and credentials needs more/],
  ['{ will: { topic: "a", message: "x".repeat(300) } }', /MQTT option control_bytes is 128; CONNECT with its will/],
  ['{ host: "other" }', /MQTT option host is other; the server is the first argument of create: h/],
  ['{ password: "x" }', /MQTT option password is alone; it needs a username/],
];

for (const [options, says] of refused) {
  test(`create with ${options} is refused by name`, (t) => {
    t.throws(() => board().run(`require("midge").create("h", ${options})`), { message: says });
  });
}

test('publish with options that are not known is refused by name', (t) => {
  const { run, off } = board();
  run('var mqtt = require("midge").create("h")');
  t.throws(() => run('mqtt.publish("a", "b", { dup: true })'), { message: /MQTT option dup is true/ });
  t.throws(() => run('mqtt.publish("a", "b", { qos: 3 })'), { message: /MQTT option qos is 3; it must be 0, 1 or 2/ });
  off();
});

test('what is no filter, and options that a subscription has not, are refused by name', (t) => {
  const { run, off } = board();
  run('var mqtt = require("midge").create("h")');
  for (const call of ['subscribe(5)', 'subscribe()', 'subscribe(null)', 'subscribe([5])', 'unsubscribe()', 'unsubscribe(["a"])']) {
    t.throws(() => run(`mqtt.${call}`), { message: /MQTT filter is (5|undefined|null|a); it must be a string/ }, call);
  }
  t.throws(() => run('mqtt.subscribe("a", { retain: 1 })'), { message: /MQTT option retain is 1; a subscription has no such option/ });
  t.throws(() => run('mqtt.subscribe("a", { qos: 3 })'), { message: /MQTT option qos is 3; it must be 0, 1 or 2/ });
  off();
});

test('the order of options makes no difference', (t) => {
  const made = new Espruino({ print: (line) => { t.fail(line); }, flash: new Map([['midge', buildModule('full', true).code]]) });
  t.notThrows(() => made.run('require("midge").create("h", { session_expiry: 60, clean_session: false, client_id: "a", protocol_level: 5 })'));
  t.throws(() => made.run('require("midge").create("h", { session_expiry: 60 })'), { message: /MQTT option session_expiry is 60; there is no such option/ });
  made.off();
});

test('options of publish may be null, with and without a connection, and nothing else that is no object', async (t) => {
  const { run, off } = board();
  run('var mqtt = require("midge").create("h"), link = { write: function () {}, end: function () {} };');
  for (const state of ['not connected', 'connected']) {
    t.is(run('mqtt.publish("a", "x", null)'), 0, state);
    t.throws(() => run('mqtt.publish("a", "x", 1)'), { message: /MQTT option options is 1; they must be an object/ }, state);
    run('mqtt.connect(link); link.emit("data", "\\x20\\x02\\0\\0");');
    await until(() => run('mqtt.connected') === true);
  }
  off();
});

test('what cannot be published, and what is no link, is refused by name, and does no harm; null is no link, and undefined is no option', async (t) => {
  const { run, off, heard } = board();
  run('var sent = [], mqtt = require("midge").create("h", { client_id: "a" }), link = { write: function (data) { sent.push(data); }, end: function () {} };');
  const refuses = (call: string, message: RegExp): void => { t.throws(() => run(`mqtt.${call}`), { message }, call); };
  for (const isConnected of [false, true]) {
    t.is(run('mqtt.connected'), isConnected);
    for (const options of ['', ', { qos: 1 }']) {
      for (const topic of ['5', 'undefined', 'null', '["a"]']) refuses(`publish(${topic}, "x"${options})`, /^MQTT topic is (5|undefined|null|a); it must be a string$/);
    }
    refuses('publish("a")', /^MQTT message is undefined; it must be a string$/);
    refuses('publish("a", null)', /^MQTT message is null; it must be a string$/);
    for (const lent of ['5', '"host"', '{}', '{ write: function () {} }']) refuses(`connect(${lent})`, /^MQTT link is (5|host|\[object Object\]); it must be an object with write and end$/);
    run('mqtt.connect(link); link.emit("data", "\\x20\\x02\\0\\0");');
    await until(() => run('mqtt.connected') === true);
  }
  run('mqtt.publish("a", "x", { qos: 1, retain: undefined }); mqtt.publish("a", "y", { qos: undefined, dup: undefined });');
  t.deepEqual(run('sent.slice(-2)'), ['\x32\x06\0\x01a\0\x01x', '\x30\x04\0\x01ay']);
  run('mqtt.disconnect(); Modules.addCached("net", \'exports.connect = function (options) { print("net " + options.host); return { write: function () {}, end: function () {} }; };\'); mqtt.connect(null);');
  t.true(heard.includes('net h'), heard.join(' | '));
  off();
});

test('a client without a server is told so when it connects, and may connect over a link of its own', async (t) => {
  const { run, off, heard } = board();
  for (const call of ['create()', 'create("")', 'connect()', 'connect({ client_id: "a" })']) {
    run(`var mqtt = require("midge").${call}; mqtt.on("error", function (text) { print(text); }); mqtt.connect();`);
    await until(() => heard.some((line) => /^MQTT server is (undefined|); it must be a host name or an address$/.test(line)), () => `${call}: ${heard.join(' | ')}`);
    heard.length = 0;
    run('var link = { write: function () {}, end: function () {} }; mqtt.on("connected", function () { print("connected"); }); mqtt.connect(link); link.emit("data", "\\x20\\x02\\0\\0");');
    await until(() => heard.includes('connected'));
    t.is(run('mqtt.connected'), true, call);
    run('mqtt.disconnect();');
    heard.length = 0;
  }
  off();
});

test('what does not fit or cannot be sent is said, before there is a connection', async (t) => {
  const { run, off, heard } = board();
  run(`var mqtt = require("midge").create("127.0.0.1", { outbox_bytes: 512 });
    mqtt.on("error", function (text, about) { print("error: " + text + ": " + about); });
    mqtt.on("subscribed_fail", function (filter, text) { print("not subscribed to " + filter + ": " + text); });`);
  t.true((run('mqtt.publish("a", "x".repeat(5000), { qos: 1 })') as number) < 0);
  t.true((run('mqtt.publish("a/#", "x")') as number) < 0);
  t.true((run('mqtt.publish("", "x")') as number) < 0);
  t.true((run('mqtt.publish("kept", "until there is a connection", { qos: 1 })') as number) > 0);
  run('mqtt.subscribe("a/#/b"); mqtt.subscribe({ c: 5 }); mqtt.disconnect();');
  await until(() => heard.length === 5, () => heard.join(' | '));
  t.deepEqual([...heard].sort(), [
    'error: publish refused: the outbox is full (outbox_bytes): a',
    'error: publish refused: the topic is empty, is not valid text or holds a wildcard: ',
    'error: publish refused: the topic is empty, is not valid text or holds a wildcard: a/#',
    'not subscribed to a/#/b: the filter is empty, is not valid text or has a wildcard beside other characters',
    'not subscribed to c: the QoS is not one that this build knows',
  ]);
  off();
});

test('connect of the module, subscriptions in every form, events under their names', async (t) => {
  const broker = createBroker();
  const { port } = await broker.listen();
  t.teardown(() => broker.close());
  const { run, off, heard } = board();
  run(`var mqtt = require("midge").connect({ host: "127.0.0.1", port: ${port} });
    ["connect", "connected", "subscribed", "unsubscribed", "puback", "pubcomp", "disconnected", "close"].forEach(function (name) {
      mqtt.on(name, function (value) { print(name + " " + value); });
    });
    mqtt.on("publish", function (pub) { print("publish " + pub.topic + " " + pub.message + " " + pub.qos); });
    mqtt.on("message", function (topic, message) { print("message " + topic + " " + message); });
    mqtt.on("connected", function () {
      mqtt.subscribe("one");
      mqtt.subscribe(["two", "three"], { qos: 1 });
      mqtt.subscribe({ four: 2 });
    });`);
  const has = (line: string) => (): boolean => heard.includes(line);
  const words = (): string => heard.join(' | ');
  await until(has('subscribed four'), words);
  run('mqtt.publish("one", 21.5); mqtt.publish("two", "b", { qos: 1 }); mqtt.publish("four", "d", { qos: 2, retain: true });');
  await until(() => heard.some((line) => line.startsWith('pubcomp')), words);
  for (const line of ['connect false', 'connected false', 'subscribed one', 'subscribed two', 'subscribed three', 'message one 21.5', 'publish two b 1', 'publish four d 2']) {
    await until(has(line), () => `${line}: ${words()}`);
  }
  t.true(heard.some((line) => line.startsWith('puback')));
  run('mqtt.unsubscribe("one")');
  await until(has('unsubscribed one'), words);
  run('mqtt.disconnect()');
  await until(has('close undefined'), words);
  t.true(heard.includes('disconnected undefined'));
  off();
});

test('over a link of the program\'s own, which is not opened anew', async (t) => {
  const { run, off, heard } = board();
  run(`var sent = [], client = { write: function (data) { sent.push(data); }, end: function () { print("end"); } };
    var mqtt = require("midge").create("h", { client_id: "d" });
    mqtt.on("connected", function () { print("connected"); });
    mqtt.on("disconnected", function () { print("disconnected"); });
    mqtt.on("message", function (topic, message) { print(topic + " " + message); });
    mqtt.connect(client);
    client.emit("data", "\\x20\\x02\\0\\0");
    client.emit("data", "\\x30\\x04\\0\\x01ab");
    client.emit("end");`);
  await until(() => heard.includes('disconnected'), () => heard.join(' | '));
  t.deepEqual(heard, ['connected', 'a b', 'disconnected']);
  t.is((run('sent.join("")') as string).charCodeAt(0), 0x10);
  off();
});

test('the types are those of programs', (t) => {
  const program = `
    import * as midge from 'midge';
    import { create } from 'midge-serial';
    const mqtt = midge.create('h', { client_id: 'a', will: { topic: 't' } });
    mqtt.on('publish', function (pub) { const qos: 0 | 1 | 2 = pub.qos; this.publish(pub.topic, pub.message, { qos }); });
    mqtt.connect({ write: (data: string) => data, end() {} });
    // As @types/espruino has it.
    interface Serial { new(): Serial; setup(baudrate: number, options: any): void; on(eventName: string, f: (str: string) => void): void; write(data: any): void; available(): number }
    declare const Serial1: Serial;
    create(Serial1, { client_id: 'board-7' }).connect();
    create({ write: (data: string) => data }).connect();
    // @ts-expect-error no such option
    midge.create('h', { colour: 'red' });
    // @ts-expect-error no such event
    mqtt.on('messages', () => undefined);`;
  const options: ts.CompilerOptions = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [] };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) => name === 'program.ts' ? ts.createSourceFile(name, program, version) : read(name, version);
  const made = ts.createProgram(['program.ts', sourcePath('targets/espruino/midge-mqtt.d.ts')], options, host);
  t.deepEqual(ts.getPreEmitDiagnostics(made).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n')), []);
});

/** The names in a file that stand where the pattern has its group. */
function namesIn(path: string, pattern: RegExp): string[] {
  return [...new Set([...sourceText(path).matchAll(pattern)].flatMap(([, names]) => [...names.matchAll(/\w+/g)].map(([name]) => name)))].sort();
}

test('the types name every option and every event that there is, and no others', (t) => {
  const types = sourceText('targets/espruino/midge-mqtt.d.ts');
  const fields = [...types.matchAll(/export interface Mqtt(?:Server)?Options [^]*?\n  \}/g)].flatMap(([text]) => [...text.matchAll(/^    (\w+)\?:/gm)].map(([, name]) => name));
  const known = namesIn('targets/espruino/options.ts', /^    case '(\w+)'/gm).filter((name) => name !== 'host');
  t.deepEqual([...new Set(fields)].sort(), [...known, 'session_expiry'].sort());
  const lines = readdirSync(sourcePath('targets/espruino')).filter((name) => /(?<!\.d)\.ts$/.test(name)).flatMap((name) => sourceText(`targets/espruino/${name}`).split('\n'));
  const events = new Set(lines.filter((line) => line.includes('.emit(')).flatMap((line) => [...line.matchAll(/'(\w+)'/g)].map(([, name]) => name)));
  // It is for the module itself.
  events.delete('handled');
  t.deepEqual(namesIn('targets/espruino/midge-mqtt.d.ts', /on\(event: ([^,]*)/g), [...events].sort());
});
