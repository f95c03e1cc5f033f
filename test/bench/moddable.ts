/**
 * Instructions per message on XS, of this package's client and of the two clients of the Moddable SDK, over the same scripted sockets, in one run.
 * MIDGE_XS names `xst`, MIDGE_MODDABLE the SDK, and valgrind counts. Must not know: how the clients work.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instructions, prelude, withFolder, xs } from '../targets/moddable/xs.js';
import type { Row } from './measure.js';

const sdk = process.env['MIDGE_MODDABLE'];

/** A topic and a payload of 20 bytes each, the packet of such a message, and a loop without a message. */
const messages = `
const TOPIC = 'plant/line4/temp/01x', PAYLOAD = ArrayBuffer.fromString('01234567890123456789'), BYTES = new Uint8Array(PAYLOAD);
const PACKET = Uint8Array.from([0x30, 42, 0, 20, ...new Uint8Array(ArrayBuffer.fromString(TOPIC)), ...BYTES]), CONNACK = Uint8Array.of(0x20, 2, 0, 0);
let sent = 0, got = 0, callbacks, arrived, at;
function nothing() {}
`;

/** ECMA-419 sockets. Both clients that use them read and write what they need in their own way. */
const ecma419 = `${messages}
class TCP {
  constructor(options) { callbacks = options; this.format = 'buffer'; }
  write(data) { sent += data.byteLength; return 1400; }
  read(what) {
    if (this.format === 'number') return arrived[at++];
    if (typeof what === 'object') { what.set(arrived.subarray(at, at + what.byteLength)); at += what.byteLength; return what.byteLength; }
    const result = arrived.slice(at, at + what).buffer;
    at += what;
    return result;
  }
  close() {}
}
class Resolver { resolve(options) { options.onResolved(options.host, '10.0.0.1'); } }
function come(packet) { arrived = packet; at = 0; callbacks.onReadable(packet.length); ring(); }
const client = new Client({ host: 'h', id: 'dev1', dns: { io: Resolver }, socket: { io: TCP }, onReadable(count, options) { this.read(count); got++; } });
forget();
callbacks.onWritable(1400);
come(CONNACK);
function publish() { client.write(PAYLOAD, { topic: TOPIC }); }
function inbound() { come(PACKET); }
`;

const noTimers = 'function ring() {}\nfunction forget() {}\n';

const timers = `globalThis.waiting = []; function ring() { while (waiting.length > 0) waiting.shift()(); }
// The time-out of a connection that is made at once.
function forget() { waiting.length = 0; }
`;

interface Peer {
  /** Module and imports of the script, in a folder with the built modules. */
  readonly source: string;
}

const midge: Peer = { source: `import Client from './midge/client.js';\n${prelude}${noTimers}${ecma419}` };
const midgeOwn: Peer = {
  source: `import Midge from './midge/midge.js';\n${prelude}${noTimers}${ecma419.replace(/const client = .*/, "const client = new Midge({ host: '10.0.0.1', id: 'dev1', socket: { io: TCP }, onMessage(message) { message.topic; message.bytes; got++; } }); client.connect();").replace(/client\.write.*\}/, 'client.publish(TOPIC, BYTES); }')}`,
};
const sdk419: Peer = { source: `import Client from './sdk/mqttclient.js';\n${timers}${ecma419}` };
const sdkMqtt: Peer = {
  source: `import Client from './sdk/mqtt.js';\n${timers}${messages}
class Socket { constructor() {} write(data) { sent += data.byteLength; } read() { return arrived.slice(0).buffer; } close() {} }
const client = new Client({ host: 'h', id: 'dev1', Socket });
client.onMessage = () => { got++; };
client.onReady = () => {};
client.ws.callback(1);
arrived = CONNACK;
client.ws.callback(2);
ring();
function publish() { client.publish(TOPIC, PAYLOAD); }
function inbound() { arrived = PACKET; client.ws.callback(2); ring(); }
`,
};

/** The SDK's modules, with the platform's modules that they import replaced by what does nothing but wait to be rung. */
function putSdk(folder: string): void {
  const stubs: Readonly<Record<string, string>> = {
    timer: 'export default { set(f) { waiting.push(f); return {}; }, repeat() { return {}; }, schedule() {}, clear() {} };',
    time: 'export default { ticks: 0, delta(a, b) { return b - a; } };', websocket: 'export class Client {}', socket: 'export class Socket {}',
  };
  mkdirSync(join(folder, 'sdk'));
  for (const [name, text] of Object.entries(stubs)) writeFileSync(join(folder, 'sdk', `${name}.js`), text);
  for (const [name, path] of [['mqttclient', 'examples/io/tcp/mqttclient/mqttclient.js'], ['mqtt', 'modules/network/mqtt/mqtt.js']]) {
    const text = readFileSync(join(sdk!, path), 'utf8').replace(/^(import .* from )"(\w+)"/gm, '$1"./$2.js"');
    writeFileSync(join(folder, 'sdk', `${name}.js`), `function trace() {}\n${text}`);
  }
}

/** Instructions of a call, as the difference of two runs; the loop around it is subtracted. */
function cost(folder: string, { source }: Peer, call: string): number {
  const file = join(folder, 'main.js');
  const run = (times: number): number => {
    writeFileSync(file, `${source}\npublish(); inbound(); if (got !== 1 || sent < 60) throw new Error('Error: ' + got + ' ' + sent);\nfor (let n = 0; n < ${times}; n++) ${call}();\n`);
    return instructions(['-m', file]);
  };
  return (run(600) - run(300)) / 300;
}

export function moddableRows(): Row[] | null {
  const lacks = [
    ...xs === undefined ? ['MIDGE_XS names no xst'] : [], ...sdk === undefined ? ['MIDGE_MODDABLE names no SDK'] : [],
    ...spawnSync('valgrind', ['--version']).status === 0 ? [] : ['valgrind is not installed'],
  ];
  if (lacks.length > 0) {
    console.error(`*** NOT RUN: the comparison on XS: ${lacks.join('; ')}`);
    return null;
  }
  return withFolder('mqtt311', (folder) => {
    putSdk(folder);
    return (['publish', 'inbound'] as const).flatMap((call) => {
      const nothing = cost(folder, midge, 'nothing');
      const [ecma, own, peer419, peerMqtt] = [midge, midgeOwn, sdk419, sdkMqtt].map((each) => cost(folder, each, call) - nothing);
      return [row(`${call}: ECMA-419 API / mqttclient (ECMA-419)`, ecma, peer419), row(`${call}: ECMA-419 API / modules/network/mqtt`, ecma, peerMqtt), row(`${call}: own API / modules/network/mqtt`, own, peerMqtt)];
    });
  });
}

function row(what: string, ours: number, peer: number): Row {
  const words = (value: number): string => Math.round(value).toLocaleString('en-US');
  return { what, ours: words(ours), peer: words(peer), ratio: (ours / peer).toFixed(2), bar: '<= 1.0, moonshot 0.3', held: ours <= peer };
}
