/** Mode link on real pseudo-terminals: a board that runs the core, behind the link and the gateway, against the reference broker. */
import test, { type ExecutionContext } from 'ava';
import { type Broker, createBroker } from '../../src/broker/index.js';
import type { GatewaySettings } from '../../src/gateway/settings.js';
import type { Identity } from '../../src/gateway/tunnel/connect-packet.js';
import { disconnection, makeClient } from '../node/support.js';
import { linkEntry } from './entries.js';
import { Hosted } from './hosted.js';
import { deviceFolder, Plug, socatIsHere } from './pty.js';
import { virtualBoard } from './virtual-board.js';
import { until } from '../until.js';

interface Site {
  device: string;
  broker: Broker;
  port: number;
  gateway: Hosted;
  plug: Plug;
  settings: GatewaySettings;
}

async function site(t: ExecutionContext, identity: Identity | null = null, options: Parameters<typeof createBroker>[0] = {}): Promise<Site> {
  const device = `${await deviceFolder(t)}/ttyBoard`;
  const broker = createBroker(options);
  t.teardown(() => broker.close());
  const { port } = await broker.listen();
  const plug = await Plug.in(t, device);
  const settings = { spool: null, ports: [linkEntry(device, port, identity)] };
  const gateway = await Hosted.start(t, settings);
  await gateway.state('open');
  return { device, broker, port, gateway, plug, settings };
}

const persistent = { clientId: 'board', cleanStart: false, sessionExpiryS: 3600, keepAliveS: 10 };

/** What a peer hears of `topic`, by number. */
async function listener(t: ExecutionContext, port: number): Promise<number[]> {
  const heard: number[] = [];
  const peer = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'peer', cleanStart: false, sessionExpiryS: 3600 });
  peer.on('message', (_topic, payload) => heard.push(Number(payload.toString())));
  await peer.connect();
  await peer.subscribe('count', { qos: 2 });
  return heard;
}

if (socatIsHere(test)) {
  test.serial('a board behind the link publishes and receives at every QoS, and logs', async (t) => {
    const seen: string[] = [];
    const { plug, gateway } = await site(t, { userName: 'meter', password: 's3cret', clientIdPrefix: 'site7-' }, {
      authenticate: ({ clientId, userName, password }) => {
        seen.push(`${clientId} ${userName} ${password === undefined ? '' : Buffer.from(password).toString()}`);
        return true;
      },
    });
    const { client, end } = virtualBoard(t, plug, { clientId: 'uno' });
    await client.connect();
    t.deepEqual(seen, ['site7-uno meter s3cret']);
    const heard: string[] = [];
    client.on('message', (topic, payload, { qos }) => heard.push(`${topic} ${payload.toString()} ${qos}`));
    await client.subscribe('a/#', { qos: 2 });
    for (const qos of [0, 1, 2] as const) await client.publish('a/b', `m${qos}`, { qos });
    await client.publish('a/large', Buffer.alloc(20_000, 120), { qos: 1 });
    await until(() => heard.length === 4, 'four messages');
    t.deepEqual(heard.slice(0, 3).sort(), ['a/b m0 0', 'a/b m1 1', 'a/b m2 2']);
    t.is(heard[3].length, 20_000 + 'a/large  1'.length);
    t.true(end.log('sensor 3 does not answer'));
    t.is((await gateway.said('boardLog')).words, 'sensor 3 does not answer');
    t.like((await gateway.ports())[0].board, { connects: 1, isConnected: true });
    t.like((await gateway.ports())[0].link, { isUp: true, sessions: 1 });
    await client.end();
    // Who is heard to close first is chance: the broker closes when it hears DISCONNECT.
    await until(() => gateway.news.some(({ event }) => event === 'boardClosed' || event === 'brokerClosed'), 'the end of the connection');
  });

  test.serial('the rate goes up where both sides can', async (t) => {
    const device = `${await deviceFolder(t)}/ttyBoard`;
    const broker = createBroker();
    t.teardown(() => broker.close());
    const { port } = await broker.listen();
    const plug = await Plug.in(t, device);
    const gateway = await Hosted.start(t, { spool: null, ports: [linkEntry(device, port, null, 460_800)] });
    await gateway.state('open');
    const { client } = virtualBoard(t, plug, persistent, 230_400);
    await client.connect();
    t.is((await gateway.said('baud')).words, 'the rate is now 230400 baud');
    await client.publish('a', 'at the new rate', { qos: 2 });
    t.like((await gateway.ports())[0].link, { baudRate: 230_400, isUp: true, sessions: 1 });
  });

  test.serial('a rate that both can have already is not proposed, nor is a lower one', async (t) => {
    for (const [gatewayMax, boardMax] of [[115_200, 230_400], [230_400, 115_200]]) {
      const device = `${await deviceFolder(t)}/ttyBoard`;
      const broker = createBroker();
      t.teardown(() => broker.close());
      const { port } = await broker.listen();
      const plug = await Plug.in(t, device);
      const gateway = await Hosted.start(t, { spool: null, ports: [linkEntry(device, port, null, gatewayMax)] });
      await gateway.state('open');
      const { client, end } = virtualBoard(t, plug, persistent, boardMax);
      await client.connect();
      await client.publish('a', 'b', { qos: 2 });
      t.false(gateway.news.some(({ event }) => event === 'baud'), `gateway ${gatewayMax}, board ${boardMax}`);
      t.is(end.link.baud, 115_200);
    }
  });

  test.serial('a board that speaks something else is recognised', async (t) => {
    const { plug, gateway } = await site(t);
    plug.send(Buffer.from('Temperature: 21.5 C\r\n'.repeat(30)));
    t.regex((await gateway.said('strangeBytes')).words, /does not speak the link: it prints text \("Temperature: 21\.5 C/);
    t.is((await gateway.ports())[0].link?.isUp, false);
  });

  test.serial('a server that cannot be reached is told to the board, which tries again by itself', async (t) => {
    const { plug, broker, gateway, port } = await site(t);
    await broker.close();
    const { client } = virtualBoard(t, plug, persistent);
    const connected = client.connect();
    await gateway.said('brokerUnreachable');
    const again = createBroker();
    t.teardown(() => again.close());
    await again.listen({ port });
    t.is((await connected).sessionPresent, false);
    // The last words of a broker that shuts down are read, and then the end of the connection is noticed at once.
    const lost = disconnection(client);
    await again.close();
    t.is((await lost).reason, 0x8b);
  });

  test.serial('a gateway that is killed and one that is started anew lose nothing, neither do unplugs and restarts of the broker', async (t) => {
    const { plug, gateway, port, device, settings, broker } = await site(t);
    const heard = await listener(t, port);
    const board = virtualBoard(t, plug, persistent);
    await board.client.connect();
    let sent = 0;
    const send = async (): Promise<void> => {
      for (; sent < 400; sent++) {
        while (board.client.publishNow('count', Buffer.from(String(sent)), 4) < 0) await board.client.ready();
        if (sent % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const sending = send();
    await until(() => heard.length > 50, 'the first messages');
    await gateway.kill();
    const next = await Hosted.start(t, settings);
    await until(() => heard.length > 150, 'messages after the kill');
    await plug.out();
    const other = await Plug.in(t, device);
    board.plug(other);
    for (const count of [200, 250, 300]) {
      await until(() => heard.length > count, `${count} messages`);
      broker.restart();
    }
    await sending;
    await until(() => heard.length >= 400, 'all messages');
    t.deepEqual(heard, Array.from({ length: 400 }, (_, number) => number), 'exactly once, in order');
    t.is(await next.end(), 0);
  });
}
