/** A broker with a bridge is a client too, and has to be a right one: the strict remote broker records every breach. */
import test from 'ava';
import { bridge, connected, reader, Site, writer } from '../bridge/support.js';
import { until } from '../until.js';

for (const protocolVersion of [4, 5] as const) {
  const version = protocolVersion === 4 ? '3.1.1' : '5.0';
  test(`${version} a bridge breaks no rule as a client while links are cut and acknowledgements are lost, nor its broker as a server${protocolVersion === 4 ? ' [MQTT-7.0.0-1]' : ''}`, async (t) => {
    const cuts = Array.from({ length: 12 }, (_, n) => ({ client: 'bridge-*', attempt: n + 1, faults: [{ fault: 'cut' as const, after: 900 + n * 300, direction: n % 2 === 0 ? 'in' as const : 'out' as const }] }));
    const lost = { client: 'bridge-*', attempt: { from: 13, to: 14 }, faults: [{ fault: 'drop-ack' as const, nth: 5 }, { fault: 'cut' as const, after: 9000 }] };
    const there = await Site.open(t, { faults: { seed: 7, rules: [...cuts, lost] } });
    const here = await Site.open(t);
    const made = bridge(t, here, there, { protocolVersion, topics: [
      { filter: 'up/#', direction: 'out', qos: 2 }, { filter: 'down/#', direction: 'in', qos: 2 },
    ] });
    const [above, below] = [await reader(t, there.url, 'up/#'), await reader(t, here.url, 'down/#')];
    await connected(made);
    await until(() => here.broker.session('$bridge-test-out')?.subscriptions.includes('up/#') === true);
    await until(() => there.broker.session('bridge-in')?.subscriptions.includes('down/#') === true);
    const [one, other] = [await writer(t, here.url), await writer(t, there.url)];
    const payload = (n: number): string => `${n} ${'x'.repeat(50)}`;
    for (let n = 0; n < 600; n++) {
      const qos = (n % 2 + 1) as 1 | 2;
      await Promise.all([one.publish('up/a', payload(n), { qos }), other.publish('down/a', payload(n), { qos })]);
    }
    for (const { payloads } of [above, below]) {
      await until(() => new Set(payloads()).size === 600);
      // Each first arrival is in its place, whatever comes again.
      t.deepEqual([...new Set(payloads())], Array.from({ length: 600 }, (_, n) => payload(n)));
    }
    t.true(there.broker.stats.connectionsOpened > 12, 'links were cut');
    t.deepEqual(there.broker.violations, []);
    t.deepEqual(here.broker.violations, []);
  });
}
