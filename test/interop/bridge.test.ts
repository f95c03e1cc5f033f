/**
 * Mosquitto as a bridge to the reference broker: with its defaults, where it first asks for a protocol of its own and is
 * refused as the specification demands, and with the settings of src/broker/INTEROP.md.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type Broker, createBroker } from '../../src/broker/index.js';
import { createClient } from '../../targets/node/index.js';
import { findProgram, registerNotRun } from '../engines/installed.js';
import { Peer } from './place.js';
import { longPatience } from './play.js';
import { makeFolder, removeFolder, ServerProcess, unusedPorts } from './serverProcess.js';

const program = findProgram('mosquitto');

interface Site {
  readonly broker: Broker;
  /** A client of the bridging Mosquitto. */
  readonly near: Peer;
  /** A client of the reference broker. */
  readonly far: Peer;
}

async function bridged(t: ExecutionContext, settings: readonly string[]): Promise<Site> {
  const broker = createBroker();
  t.teardown(() => broker.close());
  const { port } = await broker.listen();
  const folder = await makeFolder('bridge');
  const [nearPort] = await unusedPorts(1);
  const configuration = join(folder, 'mosquitto.conf');
  await writeFile(configuration, [
    'allow_anonymous true', 'log_type error', `listener ${nearPort} 127.0.0.1`, 'connection site', `address 127.0.0.1:${port}`,
    'topic # out 1 up/ up/', 'topic # in 1 down/ down/', 'restart_timeout 1', ...settings, '',
  ].join('\n'));
  const mosquitto = new ServerProcess({ command: program!, args: ['-c', configuration], port: nearPort });
  t.teardown(async () => {
    await mosquitto.stop();
    await removeFolder(folder);
  });
  await mosquitto.start();
  const connected = async (at: number): Promise<Peer> => {
    const peer = new Peer(createClient({ host: '127.0.0.1', port: at }), longPatience.stepMs);
    t.teardown(() => peer.client.end({ timeoutMs: 0 }));
    await peer.client.connect();
    return peer;
  };
  const [near, far] = [await connected(nearPort), await connected(port)];
  await near.client.subscribe('down/#', { qos: 1 });
  await far.client.subscribe('up/#', { qos: 1 });
  t.true(await far.comes(() => broker.clients().length === 2), 'the bridge is connected');
  return { broker, near, far };
}

async function passesBothWays(t: ExecutionContext, { near, far }: Site): Promise<void> {
  await near.client.publish('up/a', 'from the site', { qos: 1 });
  t.true(await far.hasText('from the site'));
  t.is(far.seen[0].qos, 1);
  await far.client.publish('down/a', 'to the site', { qos: 1 });
  t.true(await near.hasText('to the site'));
}

if (program === undefined) {
  registerNotRun(test, 'Mosquitto is installed', 'Mosquitto is not installed (Debian: apt-get install mosquitto): its bridge was NOT RUN');
} else {
  test("Mosquitto's bridge with its defaults: its private protocol level is refused once, then it comes with 3.1.1", async (t) => {
    const site = await bridged(t, []);
    t.deepEqual(site.broker.violations.map(({ statement }) => statement), ['MQTT-3.1.2-2']);
    await passesBothWays(t, site);
  });

  for (const [name, settings] of [
    ['3.1.1', ['try_private false']], ['3.1.1, without UNSUBSCRIBE', ['try_private false', 'bridge_attempt_unsubscribe false']],
    ['5.0', ['bridge_protocol_version mqttv50']],
  ] as const) {
    test(`Mosquitto's bridge, ${name}: passes both ways, breaks nothing, and loses nothing when it is cut`, async (t) => {
      const site = await bridged(t, settings);
      await passesBothWays(t, site);
      const bridge = site.broker.clients().find(({ clientId }) => clientId.endsWith('.site'))!;
      t.is(bridge.version, name === '5.0' ? 5 : 4);
      const texts = Array.from({ length: 60 }, (_, number) => `message ${number}`);
      for (const [at, text] of texts.entries()) {
        if (at === 20) t.true(site.broker.dropClient(bridge.clientId));
        await site.near.client.publish('up/b', text, { qos: 1 });
      }
      t.true(await site.far.comes(() => new Set(site.far.texts()).size === texts.length + 1));
      t.deepEqual(site.broker.violations, []);
    });
  }
}
