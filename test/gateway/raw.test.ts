/** Mode raw on real pseudo-terminals with the native bindings, against the reference broker. */
import test, { type ExecutionContext } from 'ava';
import { createBroker, type Broker, type BrokerOptions } from '../../src/broker/index.js';
import type { PortEntry } from '../../src/gateway/settings.js';
import type { Identity } from '../../src/gateway/tunnel/connect-packet.js';
import { connectOf, hex, publish, subscribe, type Version } from '../broker/support.js';
import type { TlsOptions } from '../../targets/node/api-options.js';
import { parseUrl } from '../../targets/node/url.js';
import { makeCertificate, urlOf } from '../node/support.js';
import { rawEntry } from './entries.js';
import { Hosted } from './hosted.js';
import { deviceFolder, Plug, socatIsHere } from './pty.js';
import { until } from '../until.js';

interface Site {
  broker: Broker;
  port: number;
  gateway: Hosted;
  plug: Plug;
}

async function site(t: ExecutionContext, identity: Identity | null = null, options: BrokerOptions = {}): Promise<Site> {
  const device = `${await deviceFolder(t)}/ttyBoard`;
  const broker = createBroker(options);
  t.teardown(() => broker.close());
  const { port } = await broker.listen();
  const plug = await Plug.in(t, device);
  const gateway = await Hosted.start(t, { spool: null, ports: [rawEntry(device, port, identity)] });
  await gateway.state('open');
  return { broker, port, gateway, plug };
}

const accepted = { 4: '20020000', 5: '2003000000' } as const;

async function connackOf(plug: Plug): Promise<string> {
  const head = await plug.take(2);
  return head + await plug.take(parseInt(head.slice(2), 16));
}

if (socatIsHere(test)) {
  for (const version of [4, 5] as const satisfies readonly Version[]) {
    test.serial(`a board that speaks plain MQTT ${version === 5 ? '5.0' : '3.1.1'} publishes and receives`, async (t) => {
      const { plug, broker, gateway } = await site(t);
      plug.send(connectOf(version, { clientId: 'uno' }));
      t.regex(await connackOf(plug), version === 5 ? /^20..0000/ : /^20020000$/);
      plug.send(subscribe(version, 1, 'a/b', 1));
      t.is(await plug.take(version === 5 ? 6 : 5), version === 5 ? '900400010001' : '9003000101');
      const message = publish(version, 'a/b', '\r\n\u0003\u0011\u0013\u007f', { qos: 1, id: 7 });
      plug.send(message);
      const answers = await plug.take(message.length / 2 + 4);
      t.true(answers.includes('40020007'));
      t.true(answers.includes(hex('a/b')) && answers.includes('0d0a0311137f'), 'bytes that terminals change come as they were sent');
      t.is(broker.stats.clientsConnected, 1);
      t.like((await gateway.ports())[0].board, { connects: 1, isConnected: true, skippedBytes: 0 });
    });
  }

  test.serial('what comes before CONNECT is passed over, and named', async (t) => {
    const { plug, gateway } = await site(t);
    const chatter = Buffer.from('ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n'.repeat(8));
    plug.send(chatter);
    t.regex((await gateway.said('strangeBytes')).words, /it prints text/);
    plug.send(connectOf(4));
    t.is(await connackOf(plug), accepted[4]);
    t.is((await gateway.ports())[0].board.skippedBytes, chatter.length);
  });

  test.serial('a slow packet is never taken for a new connection, whichever of its bytes comes after a pause', async (t) => {
    const { plug, gateway } = await site(t);
    const pause = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 300));
    plug.send(connectOf(4, { clientId: 'slow' }));
    await connackOf(plug);
    // 0x10 begins CONNECT, and may as well be a byte of a payload: the first, one in the middle, the last; as many as CONNECT has before it is told.
    for (const parts of [['10', '78'], ['7810', '78'], ['78', '10'], ['100c', '0004'], ['100c0004', '4d51'], ['10', '0c', '00']]) {
      const payload = parts.join('');
      plug.send(`32${(5 + payload.length / 2).toString(16).padStart(2, '0')}0001610007`);
      for (const part of parts) {
        await pause();
        plug.send(part);
      }
      t.is(await plug.take(4), '40020007', payload);
    }
    t.like((await gateway.ports())[0].board, { connects: 1, skippedBytes: 0, isConnected: true });
  });

  test.serial('a board that is reset begins anew, between packets and in the middle of one', async (t) => {
    const { plug, broker, gateway } = await site(t);
    plug.send(connectOf(4, { clientId: 'one' }));
    await connackOf(plug);
    plug.send(connectOf(4, { clientId: 'two' }));
    t.is(await connackOf(plug), accepted[4]);
    const { bytesIn } = (await gateway.ports())[0];
    plug.send('30ff0100036162');
    // The pause is one for the gateway only if it has these before it.
    while ((await gateway.ports())[0].bytesIn < bytesIn + 7);
    await new Promise((resolve) => setTimeout(resolve, 300));
    plug.send(connectOf(4, { clientId: 'three' }));
    t.is(await connackOf(plug), accepted[4]);
    t.is((await gateway.ports())[0].board.connects, 3);
    await until(() => broker.stats.clientsConnected === 1, 'the first two to be gone');
  });

  test.serial('bytes that are no MQTT end the connection, so that the broker publishes the will', async (t) => {
    const { plug, broker, gateway } = await site(t);
    plug.send(connectOf(4));
    await connackOf(plug);
    plug.send('c000');
    t.is(await plug.take(2), 'd000');
    plug.send('ffffff');
    await until(() => broker.stats.clientsConnected === 0, 'the end of the connection');
    t.is((await gateway.ports())[0].board.skippedBytes, 3);
  });

  test.serial('the identity goes into CONNECT', async (t) => {
    const seen: unknown[] = [];
    const { plug } = await site(t, { userName: 'meter', password: 's3cret', clientIdPrefix: 'site7-' }, {
      authenticate: ({ clientId, userName, password }) => {
        seen.push([clientId, userName, password === undefined ? undefined : Buffer.from(password).toString()]);
        return true;
      },
    });
    plug.send(connectOf(5, { clientId: 'uno' }));
    t.regex(await connackOf(plug), /^20..0000/);
    t.deepEqual(seen, [['site7-uno', 'meter', 's3cret']]);
  });

  for (const transport of ['tls', 'ws', 'wss'] as const) {
    test.serial(`the broker is reached by ${transport}, and a certificate that is not trusted is not`, async (t) => {
      const { cert, key } = await makeCertificate();
      const device = `${await deviceFolder(t)}/ttyBoard`;
      const broker = createBroker();
      t.teardown(() => broker.close());
      const { port } = await broker.listen({ transport, ...(transport === 'ws' ? {} : { tls: { cert, key } }) });
      const plug = await Plug.in(t, device);
      const entry = (tls: TlsOptions): PortEntry => ({
        ...rawEntry(device, port), board: { mode: 'raw', identity: null, broker: { endpoint: parseUrl(urlOf(transport, port)), tls } },
      });
      const gateway = await Hosted.start(t, { spool: null, ports: [entry({ ca: cert })] });
      await gateway.state('open');
      plug.send(connectOf(4));
      t.is(await connackOf(plug), accepted[4]);
      if (transport === 'ws') return;
      await gateway.reload({ spool: null, ports: [entry({})] });
      await gateway.state('open');
      plug.send(connectOf(4));
      t.is(await connackOf(plug), '20020003');
      t.regex((await gateway.said('brokerUnreachable')).words, /self.signed certificate/);
    });
  }

  test.serial('a board is told when the broker cannot be reached, and when it goes', async (t) => {
    const { plug, broker, port } = await site(t);
    plug.send(connectOf(5));
    await connackOf(plug);
    broker.restart();
    t.is(await plug.take(4), 'e0028b00', 'said by the gateway, since the broker could not');
    plug.send(connectOf(5));
    await connackOf(plug);
    await broker.close();
    t.is(await plug.take(3), 'e0018b', 'said by the broker, and not again by the gateway');
    plug.send(connectOf(5));
    t.is(await plug.take(5), '2003008800');
    plug.send(connectOf(4));
    t.is(await plug.take(4), '20020003');
    const again = createBroker();
    t.teardown(() => again.close());
    await again.listen({ port });
    plug.send(connectOf(4));
    t.is(await connackOf(plug), accepted[4]);
  });

  test.serial('unplugged and plugged in again: the will is published, the board connects anew', async (t) => {
    const { plug, broker, gateway } = await site(t);
    plug.send(connectOf(4));
    await connackOf(plug);
    await plug.out();
    await until(() => broker.stats.clientsConnected === 0, 'the end of the connection');
    await gateway.state('missing');
    const again = await Plug.in(t, plug.device);
    await gateway.state('open');
    again.send(connectOf(4));
    t.is(await connackOf(again), accepted[4]);
    t.like((await gateway.ports())[0], { opens: 2, losses: 1 });
  });

  test.serial('the end leaves nothing: the broker has no client, the device is free', async (t) => {
    const { plug, broker, gateway } = await site(t);
    plug.send(connectOf(5));
    await connackOf(plug);
    t.is(await gateway.end(), 0);
    t.is(await plug.take(4), 'e0028b00');
    await until(() => broker.stats.clientsConnected === 0, 'the end of the connection');
  });
}
