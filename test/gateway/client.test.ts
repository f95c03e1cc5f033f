/** Mode client on real pseudo-terminals with the native bindings, against the reference broker. */
import test, { type ExecutionContext } from 'ava';
import { type Broker, createBroker } from '../../src/broker/index.js';
import type { ModeSettings } from '../../src/gateway/settings.js';
import type { MidgeClient } from '../../targets/node/index.js';
import { makeClient } from '../node/support.js';
import { clientEntry, field, framing, rule, subscription, template } from './entries.js';
import { Hosted } from './hosted.js';
import { deviceFolder, Plug, socatIsHere } from './pty.js';
import { until } from '../until.js';

type ClientMode = Extract<ModeSettings, { mode: 'client' }>;

interface Site {
  folder: string;
  device: string;
  broker: Broker;
  port: number;
  gateway: Hosted;
  plug: Plug;
  peer: MidgeClient;
  /** `topic payload` of what the peer has received. */
  heard: string[];
}

async function site(t: ExecutionContext, mode: Partial<ClientMode>, hasSpool = false): Promise<Site> {
  const folder = await deviceFolder(t);
  const device = `${folder}/ttyBoard`;
  const broker = createBroker();
  t.teardown(() => broker.close());
  const { port } = await broker.listen();
  const peer = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'peer', cleanStart: false, sessionExpiryS: 3600 });
  const heard: string[] = [];
  peer.on('message', (topic, payload) => heard.push(`${topic} ${payload.toString()}`));
  await peer.connect();
  await peer.subscribe('#', { qos: 1 });
  const plug = await Plug.in(t, device);
  const gateway = await Hosted.start(t, settingsOf(folder, port, mode, hasSpool));
  await gateway.state('open');
  return { folder, device, broker, port, gateway, plug, peer, heard };
}

function settingsOf(folder: string, port: number, mode: Partial<ClientMode>, hasSpool: boolean): Parameters<typeof Hosted.start>[1] {
  const spool = hasSpool ? { file: `${folder}/spool.mdb`, portBytesMax: 1_000_000 } : null;
  return { spool, ports: [clientEntry(`${folder}/ttyBoard`, port, mode)] };
}

const reading = rule('meters/{id}/power', {
  match: String.raw`^(?<id>\w+) (?<power>[-0-9.]+) W$`, fields: [field('power', { type: 'number' })], payload: 'json',
});

if (socatIsHere(test)) {
  test.serial('lines become messages, messages become lines, a status says whether the board is there', async (t) => {
    const { plug, peer, heard, gateway } = await site(t, {
      publish: [reading], subscribe: [subscription('meters/+/set', { text: template('SET {level1} {payload}') })],
      status: { topic: 'meters/status', online: 'on', offline: 'off' },
    });
    await until(() => heard.includes('meters/status on'), 'the status');
    plug.send(Buffer.from('boot\nkitchen 21.50 W\r\n'));
    await until(() => heard.includes('meters/kitchen/power {"id":"kitchen","power":21.5}'), 'the reading');
    t.regex((await gateway.said('unusedFrame')).words, /it prints text \("boot"\)/);
    await peer.publish('meters/kitchen/set', '17', { qos: 1 });
    t.is(Buffer.from(await plug.take(15), 'hex').toString(), 'SET kitchen 17\n');
    // A line of the sender's own choice is not smuggled in.
    await peer.publish('meters/kitchen/set', '1\nFORMAT', { qos: 1 });
    await gateway.said('noFrame');
    await plug.out();
    await until(() => heard.includes('meters/status off'), 'the status of a board that is gone');
    t.like((await gateway.ports())[0].board, { badFrames: 1, messagesIn: 1, messagesOut: 1, dropped: 1 });
  });

  test.serial('a killed gateway is announced by the broker, and the session goes on with the next', async (t) => {
    const mode: Partial<ClientMode> = { subscribe: [subscription('to/board')], status: { topic: 'status', online: 'on', offline: 'off' } };
    const { folder, port, plug, peer, heard, gateway } = await site(t, mode);
    await until(() => heard.includes('status on'), 'the status');
    await gateway.kill();
    await until(() => heard.includes('status off'), 'the will');
    await peer.publish('to/board', 'while away', { qos: 1 });
    await Hosted.start(t, settingsOf(folder, port, mode, false));
    t.is(Buffer.from(await plug.take(11), 'hex').toString(), 'while away\n');
  });

  test.serial('COBS frames with numbers inside, both ways', async (t) => {
    const { plug, peer, heard } = await site(t, {
      framing: { ...framing, kind: 'cobs' },
      publish: [rule('t', { content: 'bytes', fields: [field('t', { at: 1, type: 'i16le', scale: 0.1 })], payload: 'text', text: template('{t}') })],
      subscribe: [subscription('raw')],
    });
    plug.send('00' + '020105' + 'ff' + '00' + '040122ff' + '00');
    await until(() => heard.includes('t -22.2'), 'the temperature');
    await peer.publish('raw', Buffer.from('0100', 'hex'), { qos: 1 });
    t.is(await plug.take(5), '0002010100');
  });

  test.serial('while the broker is away messages wait on disk, outlive a kill, and come in order', async (t) => {
    const mode: Partial<ClientMode> = {};
    const { folder, broker, port, plug, gateway, heard, peer } = await site(t, mode, true);
    plug.send(Buffer.from('first\n'));
    await until(() => heard.length === 1, 'the first');
    await peer.end();
    await broker.close();
    for (let number = 0; number < 500; number++) plug.send(Buffer.from(`line ${number} ${'x'.repeat(200)}\n`));
    const allIn = async (): Promise<boolean> => (await gateway.ports())[0].board.messagesIn === 501;
    while (!await allIn());
    // What lmdb has been given takes a moment to be there.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await gateway.kill();
    const again = createBroker();
    t.teardown(() => again.close());
    await again.listen({ port });
    const late = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'late' });
    const lines: string[] = [];
    late.on('message', (_topic, payload) => lines.push(payload.toString().split(' ')[1]));
    await late.connect();
    await late.subscribe('#', { qos: 1 });
    await Hosted.start(t, settingsOf(folder, port, mode, true));
    await until(() => lines.length >= 500, '500 lines');
    t.deepEqual([...new Set(lines)], Array.from({ length: 500 }, (_, number) => String(number)));
  });
}
