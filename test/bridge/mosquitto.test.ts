/** The bridge with a real Mosquitto as the remote broker, where one is installed: both directions, versions, a restart. */
import test from 'ava';
import { findProgram, registerNotRun } from '../engines/installed.js';
import { startMosquitto } from '../node/mosquitto.js';
import { type Certificate, makeCertificate } from '../node/support.js';
import { bridge, connected, reader, Site, writer } from './support.js';
import { until } from '../until.js';

const binary = findProgram('mosquitto');
let certificate: Certificate;

test.before(async () => {
  certificate = await makeCertificate();
});

if (binary === undefined) {
  registerNotRun(test, 'Mosquitto is installed', 'Mosquitto is not installed: bridges to it were NOT RUN (Debian: apt-get install mosquitto)');
} else {
  for (const protocolVersion of [4, 5] as const) {
    for (const qos of [0, 1, 2] as const) {
      test.serial(`Mosquitto, version ${protocolVersion}: QoS ${qos} in both directions, over TLS`, async (t) => {
        const mosquitto = await startMosquitto(t, binary, certificate);
        const url = `mqtt://127.0.0.1:${mosquitto.port}`;
        const here = await Site.open(t);
        const made = bridge(t, here, { url: `mqtts://127.0.0.1:${mosquitto.tlsPort}` }, {
          protocolVersion, tls: { ca: certificate.cert }, topics: [{ filter: 'up/#', direction: 'out', qos }, { filter: 'down/#', direction: 'in', qos }],
        });
        const [above, below] = [await reader(t, url, 'up/#'), await reader(t, here.url, 'down/#')];
        await connected(made);
        const [one, other] = [await writer(t, here.url), await writer(t, url)];
        // Neither broker tells when the bridge's subscriptions stand.
        await until(() => {
          void one.publish('up/probe', 'probe', { qos }).catch(() => undefined);
          void other.publish('down/probe', 'probe', { qos }).catch(() => undefined);
          return above.received.length > 0 && below.received.length > 0;
        });
        const sent = Array.from({ length: 200 }, (_, n) => `m${n}`);
        await Promise.all(sent.flatMap((payload) => [one.publish('up/a', payload, { qos }), other.publish('down/a', payload, { qos })]));
        for (const { received } of [above, below]) {
          const arrived = (): string[] => received.filter(({ topic }) => topic.endsWith('/a')).map(({ payload }) => payload.toString());
          await until(() => arrived().length >= sent.length);
          t.deepEqual(arrived(), sent);
        }
      });
    }

    test.serial(`Mosquitto, version ${protocolVersion}: it restarts under load, nothing acknowledged is missing on either side`, async (t) => {
      const mosquitto = await startMosquitto(t, binary, certificate);
      const url = `mqtt://127.0.0.1:${mosquitto.port}`;
      const here = await Site.open(t);
      const made = bridge(t, here, { url }, { protocolVersion, topics: [{ filter: 'up/#', direction: 'out', qos: 2 }, { filter: 'down/#', direction: 'in', qos: 2 }] });
      const lasting = { clientId: 'above', cleanStart: false, sessionExpiryS: 1000 };
      const [above, below] = [await reader(t, url, 'up/#', lasting), await reader(t, here.url, 'down/#')];
      await connected(made);
      const [one, other] = [await writer(t, here.url), await writer(t, url, { clientId: 'other', cleanStart: false, sessionExpiryS: 1000 })];
      await until(() => {
        void other.publish('down/probe', 'probe', { qos: 1 }).catch(() => undefined);
        return below.received.length > 0;
      });
      let running = true;
      const load = async (client: typeof one, topic: string, qos: 1 | 2, sent: string[]): Promise<void> => {
        for (let count = 0; running; count++) {
          await client.publish(topic, `${topic} ${count}`, { qos });
          sent.push(`${topic} ${count}`);
        }
      };
      const [up, down]: [string[], string[]] = [[], []];
      const loads = [load(one, 'up/1', 1, up), load(one, 'up/2', 2, up), load(other, 'down/1', 1, down), load(other, 'down/2', 2, down)];
      for (let restarts = 0; restarts < 2; restarts++) {
        const before = down.length;
        await until(() => down.length > before + 200);
        await mosquitto.restart();
      }
      const before = down.length;
      await until(() => down.length > before + 100);
      running = false;
      await Promise.all(loads);
      for (const [reader, sent] of [[above, up], [below, down]] as const) {
        const missing = (): string[] => {
          const seen = new Set(reader.payloads());
          return sent.filter((payload) => !seen.has(payload));
        };
        await until(() => missing().length === 0, () => missing().join(', '));
        t.deepEqual(missing(), []);
        t.log(`${sent.length} messages, ${reader.received.length} arrivals`);
      }
    });
  }

  test.serial('Mosquitto, version 5: both directions of one topic, each message once on each side', async (t) => {
    const mosquitto = await startMosquitto(t, binary, certificate);
    const url = `mqtt://127.0.0.1:${mosquitto.port}`;
    const here = await Site.open(t);
    const made = bridge(t, here, { url }, { topics: [{ filter: '#', direction: 'both' }] });
    const [above, below] = [await reader(t, url, '#'), await reader(t, here.url, '#')];
    await connected(made);
    const [one, other] = [await writer(t, here.url), await writer(t, url)];
    await until(() => {
      void other.publish('probe', 'probe', { qos: 1 }).catch(() => undefined);
      return below.received.length > 0;
    });
    await one.publish('a', 'from here', { qos: 1, retain: true });
    await other.publish('b', 'from there', { qos: 1 });
    await until(() => made.stats.in.dropped.loop >= 1 && below.received.some(({ topic }) => topic === 'b') && above.received.some(({ topic }) => topic === 'a'));
    for (const { received } of [above, below]) {
      t.is(received.filter(({ topic }) => topic === 'a').length, 1);
      t.is(received.filter(({ topic }) => topic === 'b').length, 1);
    }
  });
}
