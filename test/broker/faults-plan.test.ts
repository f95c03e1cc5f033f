/*
 * Fault plans that are wrong: the message names the path, the value and what is allowed. And the plan as an option and file.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { FaultPlan } from '../../src/broker/index.js';
import { createBroker, FaultPlanError } from '../../src/broker/index.js';
import { midge, startMidge } from '../cli/process.js';
import { connect4, createTestBroker, publish, RawClient } from './support.js';

const one = (fault: object): object => ({ rules: [{ faults: [fault] }] });

const wrong: readonly [plan: unknown, message: RegExp][] = [
  [[], /^the fault plan must be an object/],
  [{}, /^rules is missing: a fault plan needs it$/],
  [{ rules: {} }, /^rules is {}: it must be a list of rules$/],
  [{ rules: [], speed: 1 }, /^speed is unknown: a fault plan has seed, rules$/],
  [{ seed: 1.5, rules: [] }, /^seed is 1.5: it must be a whole number from 0 to 4294967295$/],
  [{ rules: [5] }, /^rules\[0\] is 5: it must be a rule: an object$/],
  [{ rules: [{ faults: [{ fault: 'cut' }] }, {}] }, /^rules\[1\]\.faults is missing/],
  [{ rules: [{ faults: [] }] }, /^rules\[0\]\.faults is \[\]: it must be a list of faults, not empty$/],
  [{ rules: [{ clientId: 'a', faults: [] }] }, /^rules\[0\]\.clientId is unknown: a rule has client, connection, attempt, probability, faults$/],
  [{ rules: [{ client: 1, faults: [{ fault: 'cut' }] }] }, /^rules\[0\]\.client is 1: it must be a text$/],
  [{ rules: [{ connection: 0, faults: [{ fault: 'cut' }] }] }, /^rules\[0\]\.connection is 0: it must be a whole number from 1/],
  [{ rules: [{ connection: { from: 5, to: 4 }, faults: [{ fault: 'cut' }] }] }, /^rules\[0\]\.connection\.to is 4: it must be 5 or more/],
  [{ rules: [{ attempt: 'x', faults: [{ fault: 'cut' }] }] }, /^rules\[0\]\.attempt is "x"/],
  [{ rules: [{ probability: 0, faults: [{ fault: 'cut' }] }] }, /^rules\[0\]\.probability is 0: it must be a number above 0, at most 1$/],
  [one({ fault: 'explode' }), /^rules\[0\]\.faults\[0\]\.fault is "explode": it must be one of "delay", "bandwidth"/],
  [one({ fault: 'toString' }), /fault is "toString"/],
  [one({}), /^rules\[0\]\.faults\[0\]\.fault is undefined/],
  [one({ fault: 'delay' }), /^rules\[0\]\.faults\[0\]\.ms is missing: the fault "delay" needs it$/],
  [one({ fault: 'delay', ms: -1 }), /\.ms is -1: it must be milliseconds from 0 to 86400000$/],
  [one({ fault: 'delay', ms: '5' }), /\.ms is "5"/],
  [one({ fault: 'delay', ms: 5, jitter: 1 }), /\.jitter is unknown: the fault "delay" has ms, jitterMs, direction$/],
  [one({ fault: 'delay', ms: 5, direction: 'up' }), /\.direction is "up": it must be one of "in", "out", "both"$/],
  [one({ fault: 'cut', direction: 'both' }), /\.direction is "both": it must be one of "in", "out"$/],
  [one({ fault: 'cut', after: -1 }), /\.after is -1/],
  [one({ fault: 'bandwidth', bytesPerSecond: 0 }), /\.bytesPerSecond is 0/],
  [one({ fault: 'split' }), /^rules\[0\]\.faults\[0\] splits nowhere/],
  [one({ fault: 'split', at: [3, 'x'] }), /\.at\[1\] is "x"/],
  [one({ fault: 'split', size: {  from: 3, upto: 4 } }), /\.size\.upto is unknown: a range has from, to$/],
  [one({ fault: 'corrupt', byte: 0 }), /\.byte is 0/],
  [one({ fault: 'corrupt', byte: 1, xor: 256 }), /\.xor is 256: it must be a whole number from 1 to 255$/],
  [one({ fault: 'drop-ack', type: 'PUBLISH' }), /\.type is "PUBLISH"/],
  [one({ fault: 'drop-ack', type: 'SUBACK', direction: 'in' }), /\.type is "SUBACK": .* with "direction": "in"$/],
  [one({ fault: 'duplicate-ack', nth: [] }), /\.nth is \[\]/],
  [one({ fault: 'refuse', reasonCode: 0 }), /\.reasonCode is 0: it must be a reason code of CONNACK: 0x80, /],
  [one({ fault: 'refuse', reasonCode: '0xzz' }), /\.reasonCode is "0xzz"/],
  [one({ fault: 'restart', keepState: 1 }), /\.keepState is 1: it must be true or false$/],
];
for (const [plan, message] of wrong) {
  test(`refused: ${JSON.stringify(plan)}`, (t) => {
    t.throws(() => createBroker({ faults: plan as FaultPlan }), { instanceOf: FaultPlanError, message });
    const broker = createTestBroker();
    t.teardown(async () => { await broker.close(); });
    t.throws(() => (broker.faults = plan as FaultPlan), { message });
    t.is(broker.faults, undefined);
  });
}

function folder(t: { teardown(end: () => void): void }): string {
  const made = mkdtempSync(join(tmpdir(), 'midge-faults-'));
  t.teardown(() => { rmSync(made, { recursive: true }); });
  return made;
}

test('midge broker --faults: a file that is missing, no JSON, or wrong is named with its reason', async (t) => {
  const file = join(folder(t), 'plan.json');
  const missing = await midge(['broker', '--port', '0', '--faults', file]);
  t.is(missing.code, 2);
  t.is(missing.stderr, `midge broker: --faults is "${file}"; there is no such file\n`);
  writeFileSync(file, '{ "rules": [');
  t.regex((await midge(['broker', '--port', '0', '--faults', file])).stderr, /^midge broker: --faults: .*plan\.json: it is not JSON: .*\n$/);
  writeFileSync(file, JSON.stringify(one({ fault: 'cut', afer: 3 })));
  const { code, stderr } = await midge(['broker', '--port', '0', '--faults', file]);
  t.is(code, 2);
  t.is(stderr, `midge broker: --faults: ${file}: rules[0].faults[0].afer is unknown: the fault "cut" has after, direction\n`);
});

test('the example of the README does what it says', async (t) => {
  const readme = readFileSync(new URL('../../../src/broker/faults/README.md', import.meta.url), 'utf8');
  const file = join(folder(t), 'plan.json');
  writeFileSync(file, /```json\n(.*?)```/s.exec(readme)![1]);
  const broker = startMidge(['broker', '--port', '0', '--faults', file]);
  await broker.said('(TCP)', 'stdout');
  const port = Number(/127\.0\.0\.1:(\d+) \(TCP\)/.exec(broker.heard('stdout'))![1]);
  const first = await RawClient.open(port);
  first.send(connect4({ clientId: 'sensor-1' }) + publish(4, 'a', 'x', { qos: 1, id: 1 }));
  t.is(await first.rest(), '20020000' + '4002', 'cut in the midst of the PUBACK');
  const second = await RawClient.open(port);
  second.send(connect4({ clientId: 'sensor-1' }) + publish(4, 'a', 'x', { qos: 1, id: 1, dup: true }));
  t.is(await second.untilPong(), '20020000' + '40020001'.repeat(2), 'the PUBACK twice');
  second.destroy();
  const refused = await RawClient.open(port);
  refused.send(connect4({ clientId: 'newcomer' }));
  t.is(await refused.rest(), '20020003');
  broker.child.kill('SIGINT');
  t.is((await broker.ended).code, 0);
});
