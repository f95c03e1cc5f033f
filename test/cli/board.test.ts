// midge board as a process, behind the real gateway in another: what it sends arrives, through noise; what it is told is answered.

import test, { type ExecutionContext } from 'ava';
import { createBroker } from '../../src/broker/index.js';
import type { PortEntry } from '../../src/gateway/settings.js';
import type { MidgeClient } from '../../targets/node/index.js';
import { createReading, readMessage } from '../../src/sim/telemetry.js';
import { clientEntry, linkEntry, rawEntry, subscription, template } from '../gateway/entries.js';
import { Hosted } from '../gateway/hosted.js';
import { makeClient } from '../node/support.js';
import { pseudoTerminalsAreHere } from '../sim/pty.js';
import { midge, type Running, startMidge } from './process.js';
import { until } from '../until.js';

interface Site {
  readonly board: Running;
  readonly gateway: Hosted;
  readonly peer: MidgeClient;
  /** Payloads by topic, in the order in which they came. */
  readonly heard: Map<string, Buffer[]>;
}

async function site(t: ExecutionContext, args: readonly string[], entryOf: (device: string, port: number) => PortEntry): Promise<Site> {
  const broker = createBroker();
  t.teardown(() => broker.close());
  const { port } = await broker.listen();
  const heard = new Map<string, Buffer[]>();
  const peer = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'peer' });
  peer.on('message', (topic, payload) => heard.set(topic, [...heard.get(topic) ?? [], Buffer.from(payload)]));
  await peer.connect();
  await peer.subscribe('#', { qos: 2 });
  const board = startMidge(['board', '--pty', ...args]);
  t.teardown(() => { board.child.kill('SIGKILL'); });
  await board.said('in gateway.toml', 'stdout');
  const device = /the board is at (\S+),/.exec(board.heard('stdout'))![1];
  return { board, gateway: await Hosted.start(t, { spool: null, ports: [entryOf(device, port)] }), peer, heard };
}

/** The gateway goes before the device does, whose name may be another's next. */
async function end(t: ExecutionContext, { board, gateway }: Site): Promise<string> {
  t.is(await gateway.end(), 0);
  board.child.kill('SIGINT');
  const { code, stdout, stderr } = await board.ended;
  t.is(code, 0, stderr);
  return stdout.toString();
}

function count({ heard }: Site, topic: string): number {
  return heard.get(topic)?.length ?? 0;
}

function sequences({ heard }: Site, topic: string): number[] {
  const reading = createReading();
  return (heard.get(topic) ?? []).map((payload) => (readMessage(reading, payload, 0, payload.length) ? reading.sequence : -1));
}

test('where the board is to be, and what it cannot be', async (t) => {
  const refused: [string[], RegExp][] = [
    [[], /--pty or --port <path> is missing/], [['--pty', '--port', '/dev/ttyUSB0'], /both given; give one/],
    [['--pty', '--noise', '0.5'], /--noise is "0\.5"; it must be a bit error rate from 0 to 0\.1, such as 1e-5/], [['--pty', '--baud', '600'], /--baud is 600; mode link needs 1200 or more/], [['--pty', '--baud', '5'], /--baud is "5"; .*from 300 to 4000000/],
    [['--pty', '--mode', 'lines', '--baud-max', '230400'], /--baud-max is for mode link/], [['--pty', '--baud-max', '9600'], /--baud-max is 9600; it must be 0 or at least --baud, which is 115200/],
    [['--pty', '--name', 'a/b'], /--name is "a\/b"; it must be 1 to 32 letters/],
  ];
  for (const [args, words] of refused) {
    const { code, stderr } = await midge(['board', ...args]);
    t.is(code, 2, stderr);
    t.regex(stderr, words);
  }
});

if (pseudoTerminalsAreHere(test)) {
  test.serial('mode link: through noise nothing is lost, repeated or reordered, commands are answered, and the rate goes up', async (t) => {
    const one = await site(t, ['--noise', '2e-4', '--seed', '11', '--rate', '60', '--name', 'pump', '--baud-max', '230400'], (device, port) => {
      const entry = linkEntry(device, port);
      return { ...entry, board: { ...entry.board, baudRateMax: 230_400 } } as PortEntry;
    });
    await until(() => count(one, 'midge/pump/telemetry/q2') >= 60, 'telemetry of the board');
    await one.peer.publish('midge/pump/command', 'hello', { qos: 1, properties: { responseTopic: 'answers', correlationData: Buffer.from('4') } });
    await until(() => count(one, 'answers') === 1, 'the answer');
    for (const qos of [1, 2]) {
      const got = sequences(one, `midge/pump/telemetry/q${qos}`);
      t.deepEqual(got, got.map((_, at) => at), `QoS ${qos}: each once and in order`);
    }
    t.deepEqual(one.heard.get('midge/pump/status')?.map(String), ['online']);
    t.like((await one.gateway.ports())[0].link, { baudRate: 230_400, isUp: true });
    const text = await end(t, one);
    t.regex(text, /\[port\.pump\]\n {2}path = "\S+"\n {2}baud-max = 230400\n/);
    t.regex(text, /the rate is now 230400 baud\n/);
    t.regex(text, /1 commands answered/);
    const [, flipped] = /, (\d+) bits flipped/.exec(text)!;
    const [, again] = /sent, (\d+) of them again/.exec(text)!;
    t.true(Number(flipped) > 0 && Number(again) > 0, text);
  });

  test.serial('mode raw and MQTT 3.1.1: the core alone on the wire', async (t) => {
    const one = await site(t, ['--mode', 'raw', '--mqtt', '3.1.1', '--rate', '60'], rawEntry);
    await until(() => count(one, 'midge/board-1/telemetry/q2') >= 20, 'telemetry of the board');
    await one.peer.publish('midge/board-1/command', 'hello', { qos: 1 });
    await until(() => count(one, 'midge/board-1/response') === 1, 'the answer');
    const got = sequences(one, 'midge/board-1/telemetry/q1');
    t.deepEqual(got, got.map((_, at) => at));
    t.regex(await end(t, one), /mode = "raw"\n(.*\n)*connected to the server, new session\n/);
  });

  test.serial('mode lines: text for mode client, both ways', async (t) => {
    const one = await site(t, ['--mode', 'lines', '--rate', '20'], (device, port) => clientEntry(device, port, { subscribe: [subscription('set', { text: template('{payload}') })] }));
    await until(() => count(one, 'lines/board') >= 5, 'lines of the board');
    t.regex(String(one.heard.get('lines/board')!.at(-1)), /^seq=\d+ temperature=-?[\d.]+ humidity=[\d.]+$/);
    await one.peer.publish('set', 'led on', { qos: 1 });
    await until(() => one.heard.get('lines/board')!.some((line) => String(line) === 'ok led on'), 'the answer');
    t.regex(await end(t, one), /mode = "client"\n(.*\n)*\d+ measurements printed, 1 lines answered\n/);
  });
}
