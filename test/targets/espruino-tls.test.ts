/**
 * TLS as Espruino documents it for `require("tls").connect`: `ca`, `key` and `cert` as DER in strings, or from functions. On the stub, and on the engine that
 * MIDGE_ESPRUINO names.
 */
import test, { type ExecutionContext } from 'ava';
import type { ListenOptions } from '../../src/broker/index.js';
import { buildStorageModule } from '../../targets/espruino/build.js';
import { type Certificate, makeCertificate, startBroker } from '../node/support.js';
import { type Board, type BoardKind, boardKinds, sayWithoutEngine, startBoard } from './espruino-board.js';

const module = buildStorageModule('mqtt311', true).code;

/** What stands between the lines of a PEM file, for `atob`. */
function base64(pem: string): string {
  return pem.split('\n').filter((line) => !line.startsWith('-----')).join('').replace(/\s/g, '');
}

const events = `["connected", "disconnected"].forEach(function (name) { mqtt.on(name, function () { print(name); }); });
  mqtt.on("error", function (text) { print("error " + text); });
  mqtt.on("message", function (topic, text) { print(topic + " " + text); });
  mqtt.on("subscribed", function () { mqtt.publish("a/b", "secret words", { qos: 1 }); });
  mqtt.on("connected", function () { mqtt.subscribe("a/#"); });
  mqtt.connect();`;

function boardOf(t: ExecutionContext, kind: BoardKind, program: string): Promise<Board> {
  return startBoard(t, kind, new Map([['midge', module], ['.boot0', 'setInterval(function () {}, 1000);'], ['.bootcde', program]]));
}

async function brokerOf(t: ExecutionContext, certificate: Certificate, more: ListenOptions['tls'] = {}): Promise<number> {
  return (await startBroker(t, {}, { transport: 'tls', tls: { ...certificate, ...more } })).port;
}

test('the options of tls.connect come to it as they are, with host and port, and are not written to', async (t) => {
  const board = await boardOf(t, 'stub', `
    var seen = [], mine = { ca: "CA", key: function () {}, cert: "CERT" };
    Modules.addCached("tls", 'exports.connect = function (options) { seen.push(options); return { on: function () {}, end: function () {}, removeListener: function () {} }; };');
    Modules.addCached("net", 'exports.connect = function () { print("in the clear"); };');
    require("midge").create("one.example", { tls: mine }).connect();
    require("midge").create("two.example", { tls: mine, port: 443 }).connect();
    require("midge").create("three.example", { tls: true }).connect();
    print(seen.map(function (o) { return o.host + ":" + o.port + " " + o.ca + " " + (o.key === mine.key) + " " + o.cert; }).join(", "));
    print("mine: " + Object.keys(mine).join());`);
  await board.shows('one.example:8883 CA true CERT, two.example:443 CA true CERT, three.example:8883 undefined false undefined');
  await board.shows('mine: ca,key,cert');
  t.false(board.lines.includes('in the clear'));
});

for (const kind of boardKinds) {
  test.serial(`${kind}: messages both ways, with a certificate of the board's own that the server demands`, async (t) => {
    const certificate = await makeCertificate();
    const port = await brokerOf(t, certificate, { requestCert: true, rejectUnauthorized: true, ca: certificate.cert });
    const board = await boardOf(t, kind, `
      var cert = "${base64(certificate.cert)}", key = "${base64(certificate.key)}";
      var mqtt = require("midge").create("127.0.0.1", { port: ${port}, client_id: "board", tls: { ca: atob(cert), cert: function () { return atob(cert); }, key: atob(key) } });
      ${events}`);
    await board.shows('a/b secret words');
    t.pass();
  });

  test.serial(`${kind}: a server that does not want this board, one that speaks no TLS, and a key that is none are said`, async (t) => {
    const certificate = await makeCertificate();
    const demanding = await brokerOf(t, certificate, { requestCert: true, rejectUnauthorized: true, ca: certificate.cert });
    const board = await boardOf(t, kind, `var mqtt = require("midge").create("127.0.0.1", { port: ${demanding}, client_id: "a", tls: true, reconnect: false }); ${events}`);
    await board.shows(/^error /);
    await board.shows('disconnected');
    t.false(board.lines.includes('connected'));
    await board.off();

    const { port: plain } = await startBroker(t);
    const other = await boardOf(t, kind, `var mqtt = require("midge").create("127.0.0.1", { port: ${plain}, client_id: "b", tls: true, reconnect: false }); ${events}`);
    await other.shows(/^error /);
    await other.shows('disconnected');
    await other.off();

    const wrong = await boardOf(t, kind, `var mqtt = require("midge").create("127.0.0.1", { port: ${demanding}, client_id: "c", tls: { key: "no key at all, but long enough that it is not taken for the name of a file: ".repeat(3) }, reconnect: false }); ${events}`);
    await wrong.shows(/^error .*key/);
    await wrong.shows('disconnected');
    t.deepEqual(wrong.lines.filter((line) => line.includes('Uncaught')), []);
  });
}
sayWithoutEngine(test, 'TLS');
