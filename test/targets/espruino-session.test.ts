/** A session in Storage: what was accepted is delivered although the power fails at any moment, and at QoS 2 once. */
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Broker, createBroker } from '../../src/broker/index.js';
import { buildModule } from '../../targets/espruino/build.js';
import { createClient, type MidgeClient } from '../../targets/node/index.js';
import { Random, seedOf } from '../unit/random.js';
import { Espruino, type Flash } from './espruino-stub.js';
import { until } from '../until.js';

const module = buildModule('mqtt311', true).code;

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
    const giveUpAt = Date.now() + 20_000;
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
    for (let waited = 0; !atBoard.includes('important') && waited < 20_000; waited += 5) await sleep(5);
    second.off();
    t.is(atBoard.filter((text) => text === 'important').length, 1);
  });
}

test('a Storage without room is said, and the program goes on', async (t) => {
  const broker = createBroker();
  const { port } = await broker.listen();
  t.teardown(() => broker.close());
  const flash: Flash = new Map([['midge', module]]);
  const board = new Espruino({ print: (line) => { t.log(line); }, flash, flashBytes: module.length + 50 });
  t.teardown(() => { board.off(); });
  const atBoard: string[] = [];
  board.define('heard', (text: string) => { atBoard.push(text); });
  board.run(`${program(port)} mqtt.on("puback", function () { heard("acknowledged"); }); mqtt.publish("up", "text", { qos: 1 });`);
  for (let waited = 0; !atBoard.includes('acknowledged') && waited < 20_000; waited += 5) await sleep(5);
  t.true(atBoard.includes('acknowledged'));
  t.true(atBoard.includes('error Storage has no room for the session'), atBoard.join(', '));
});
