// What people read fits 80 columns: help, size, the live screen with every figure, the summary.

import test from 'ava';
import type { BenchRun } from '../../src/cli/benchRun.js';
import { frame, plainPaint, summary } from '../../src/cli/benchText.js';
import { Latencies } from '../../src/cli/delivery.js';
import { wrap, wrapProse } from '../../src/cli/wrap.js';
import { linesOf, midge } from './process.js';

const columns = 80;

for (const command of ['', 'bench', 'board', 'broker', 'build', 'flash', 'pub', 'size', 'sub']) {
  test(`midge ${command} --help fits ${columns} columns`, async (t) => {
    const { stdout } = await midge([...command === '' ? [] : [command], '--help']);
    for (const line of linesOf(stdout)) t.true(line.length <= columns, line);
  });
}

test.serial(`midge size fits ${columns} columns`, async (t) => {
  const { stdout } = await midge(['size', '--profile', 'mqtt311']);
  for (const line of linesOf(stdout)) t.true(line.length <= columns, line);
});

/** A long run with figures as large as they get. */
function longRun(hasBoard = true): BenchRun {
  const latencies = new Latencies();
  for (let n = 1; n <= 100; n++) latencies.take(n * 9_999);
  const tally = (qos: 0 | 1 | 2): object => ({
    qos, sent: 123_456_789, acknowledged: 123_456_789, delivered: 123_456_788, lost: 1_234_567, duplicated: 1_234_568, reordered: 7_654_321,
  });
  const few = (qos: 0 | 1 | 2): object => ({ ...tally(qos), sent: 658_436, delivered: 658_000, lost: 436, duplicated: 411 });
  const board = {
    qos: [few(0), few(1), few(2)], reconnects: 9_999,
    link: { device: '/dev/pts/1234', baud: 115_200, isUp: true, roundTripMs: 999.9, framesFromBoard: 12_345_678, framesToBoard: 12_345_678, retransmissions: 1_234_567, damaged: 1, sessions: 9_999 },
  };
  const run = {
    options: { port: undefined, devices: 200, rate: 100_000, protocolVersion: 4 },
    address: { host: '127.0.0.1', port: 1983 },
    monitor: { latencies, latest: new Map([['midge/dev-200/status', 'online']]) },
    counters: { devices: Array.from({ length: 200 }, () => new Int32Array(32)) },
    elapsedMs: 98_765_432, runningMs: () => 98_765_432,
    tally: () => ({ qos: [tally(0), tally(1), tally(2)], commands: { asked: 17_654_321, answered: 17_654_320 }, refusals: 8_888_888, reconnects: 9_999, board: hasBoard ? board : null, violations: 4_321 }),
    notRun: hasBoard ? [] : [`board behind the gateway: ${'there is none of those here; '.repeat(5)}`],
    allocations: () => ({
      core: { messages: 10_000, heapBytes: 1_234, bytesPerMessage: 0, measured: 'growth of the heap, the core alone over a link of fixed bytes, all in one thread' },
      thread: { bytesPerMessage: 1_234, messages: 123_456_789, scavenges: 123_456, otherCollections: 1_234, measured: 'growth of the heap in the thread of the devices, after one second' },
    }),
  };
  return run as unknown as BenchRun;
}

// The screen leaves the last column free: a terminal would break the line behind it.
test('the live screen shows every figure in 79 columns, and the last of its lines are the messages', (t) => {
  const lines = frame(longRun(), { perSecond: [100_001, 200_002, 300_003] }, plainPaint);
  for (const line of lines) t.true(line.length <= columns - 1, line);
  const text = lines.join('\n');
  for (const part of ['MQTT 3.1.1', '1883 is in use', '200 devices at 100,000 messages/s', '300,003', '123,456,789', '123,456,788', '1,234,567', '1,234,568',
    '7,654,321', 'out of order', '17,654,320 of 17,654,321', 'reconnects 9,999', '0 of 200 connected; away: dev-1 dev-2', '99% within', 'midge/dev-1/response', '1,974,000 of 1,975,308 delivered, 1,233 twice, round trip 999.9 ms']) {
    t.true(text.includes(part), part);
  }
  t.is(lines.at(-1), '  midge/dev-200/status  online');
  const without = frame(longRun(false), { perSecond: [1, 2, 3] }, plainPaint);
  for (const line of without) t.true(line.length <= columns - 1, line);
  t.regex(without.join('\n'), /\nnot run: board behind the gateway: there .*…\n/);
  for (const one of [lines, without]) t.true(one.length + 3 < 24, 'with four messages it fits 24 rows');
});

test('the summary fits, whatever went wrong', (t) => {
  const lines = summary(longRun(), plainPaint);
  for (const line of lines) t.true(line.length <= columns - 1, line);
  for (const part of ['8,888,888 times', 'reconnects 9,999', '17,654,321 asked', '123,456 scavenges', 'Broken: the broker saw', 'Broken: board: QoS 2', '1,974,000 of 1,975,308 delivered, 1,308 lost, 1,233 duplicated', '1,234,567 of 24,691,356 frames sent again']) {
    t.true(lines.join('\n').includes(part), part);
  }
  const without = summary(longRun(false), plainPaint);
  for (const line of without) t.true(line.length <= columns - 1, line);
  t.regex(without.join(' '), /Not run: board behind the gateway: (there is none of those here; ){4}/);
});

test('text is broken between words', (t) => {
  t.deepEqual(wrap('one two three', 7), ['one two', 'three']);
  t.deepEqual(wrap('  (one two three)', 8, 3), ['  (one', '   two', '   three)']);
  t.deepEqual(wrap('immeasurable', 5), ['immeasurable']);
  t.deepEqual(wrap('', 5), ['']);
  t.is(wrapProse('one two three\n  one two three\n', 8), 'one two\nthree\n  one two three\n');
});
