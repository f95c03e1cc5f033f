/*
 * The conformance report per client: what is in it, its limits, and the file of `midge broker --report`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ConformanceReport } from '../../src/broker/index.js';
import { ConformanceRecorder } from '../../src/broker/index.js';
import { midge, startMidge } from '../cli/process.js';
import { connect4, connect5, publish, RawClient, withBroker } from './support.js';

test('a report names each client, what it broke, how often and with which bytes', (t) =>
  withBroker({}, async (world) => {
    const recorder = new ConformanceRecorder(world.broker);
    (await world.join(4, { clientId: 'good' })).destroy();
    for (let n = 0; n < 2; n++) {
      const bad = await world.join(5, { clientId: 'bad' });
      bad.send('c005');
      bad.send('0102030405');
      await bad.rest();
    }
    const old = await world.join(4, { clientId: 'bad' });
    old.send('3600');
    await old.rest();
    const nameless = await world.open();
    nameless.send('c000');
    await nameless.rest();
    recorder.stop();
    const late = await world.join(5, { clientId: 'late' });
    late.destroy();
    const report = recorder.report();
    t.is(report.violationCount, 4);
    t.is(report.clientCount, 3);
    t.is(report.conformingClientCount, 1);
    t.deepEqual(report.clients.map(({ clientId, conforms }) => [clientId, conforms]), [['bad', false], ['', false], ['good', true]]);
    const [bad, unnamed, good] = report.clients;
    t.deepEqual({ ...bad, violations: [] }, {
      clientId: 'bad', editions: ['5.0', '3.1.1'], connections: 3, refused: 0, conforms: false, violationCount: 3,
      statements: [
        { edition: '5.0', statement: 'MQTT-2.1.4', count: 2 },
        { edition: '3.1.1', statement: 'MQTT-3.3.1-4', count: 1 },
      ],
      violations: [],
    });
    const { at, ...first } = bad.violations[0];
    t.is(new Date(at).toISOString(), at);
    t.deepEqual(first, {
      edition: '5.0', statement: 'MQTT-2.1.4', reasonCode: 0x81, reason: 'PINGREQ has 5 bytes too many',
      packetHex: 'c0050102030405', packetLength: 7, closed: true,
    });
    t.is(unnamed.violations[0].statement, 'MQTT-3.1.0-1');
    t.is(unnamed.violations[0].edition, '');
    t.deepEqual(good.violations, []);
  }));

test('a report has limits, and says what it leaves out', (t) =>
  withBroker({}, async (world) => {
    const recorder = new ConformanceRecorder(world.broker, { clientsMax: 2, violationsPerClientMax: 1 });
    for (const clientId of ['a', 'a', 'b', 'c', 'c', 'd']) {
      const client = await world.join(4, { clientId });
      client.send(publish(4, 'a/#', 'x'));
      await client.rest();
    }
    const report = recorder.report();
    recorder.stop();
    t.is(report.violationCount, 6);
    t.is(report.clientsLeftOut, 2);
    t.deepEqual(report.clients.map(({ clientId, violationCount, violations }) => [clientId, violationCount, violations.length]), [['a', 2, 1], ['b', 1, 1]]);
  }));

test('midge broker --report writes the report at start, on SIGUSR1 and at the end', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'midge-report-'));
  t.teardown(() => { rmSync(folder, { recursive: true }); });
  const file = join(folder, 'report.json');
  const read = (): ConformanceReport => JSON.parse(readFileSync(file, 'utf8')) as ConformanceReport;
  const broker = startMidge(['broker', '--port', '0', '--report', file, '--log-level', 'error']);
  await broker.said('(TCP)', 'stdout');
  t.is(read().clientCount, 0);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(broker.heard('stdout'))![1]);
  const first = await RawClient.open(port);
  first.send(connect4({ clientId: 'first' }) + '3600');
  await first.rest();
  broker.child.kill('SIGUSR1');
  await broker.said(`conformance report written to ${file}`, 'stdout');
  t.deepEqual(read().clients.map(({ clientId, violations }) => [clientId, violations[0].statement, violations[0].packetHex]), [['first', 'MQTT-3.3.1-4', '3600']]);
  const second = await RawClient.open(port);
  second.send(connect5({ clientId: 'second' }) + 'e000');
  await second.rest();
  broker.child.kill('SIGINT');
  const { code, stdout } = await broker.ended;
  t.is(code, 0);
  t.false(stdout.includes('broke'), 'breaches are warnings, and --log-level is error');
  t.deepEqual(read().clients.map(({ clientId }) => clientId), ['first', 'second']);
  t.deepEqual(readdirSync(folder), ['report.json']);
});

test('midge broker --report: a file that cannot be written is said at once', async (t) => {
  const { code, stderr } = await midge(['broker', '--port', '0', '--report', '/nowhere/report.json']);
  t.is(code, 1);
  t.regex(stderr, /^midge broker: --report: cannot write "\/nowhere\/report\.json": /);
});
