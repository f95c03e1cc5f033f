// Parts of the command that need no process: the delivery check, latencies, payloads in words, topic matching.

import { encode } from 'cbor-x';
import test from 'ava';
import { screen } from '../../src/cli/benchScreen.js';
import { textOfPayload } from '../../src/cli/cborText.js';
import { cborText } from '../../src/dashboard/cbor-text.js';
import { brokenPromises, Latencies, Stream } from '../../src/cli/delivery.js';
import { topicMatches } from '../../src/broker/topic-filters.js';
import { nearest } from '../../src/cli/values.js';
import { createReading, createSensor, encodeNumbers, measure, readMessage } from '../../src/sim/telemetry.js';

test('a stream tells lost, twice and out of order apart', (t) => {
  const rows: [arrives: number[], sent: number, delivered: number, lost: number, duplicated: number, reordered: number][] = [
    [[], 0, 0, 0, 0, 0],
    [[], 3, 0, 3, 0, 0],
    [[0, 1, 2], 3, 3, 0, 0, 0],
    [[0, 2], 3, 2, 1, 0, 0],
    [[0, 1], 3, 2, 1, 0, 0],
    [[0, 1, 1, 2, 0], 3, 3, 0, 2, 0],
    [[2, 0, 1], 3, 3, 0, 0, 2],
    [[3, 1, 1], 4, 2, 2, 1, 1],
  ];
  for (const [arrives, sent, delivered, lost, duplicated, reordered] of rows) {
    const stream = new Stream();
    for (const sequence of arrives) stream.take(sequence);
    t.deepEqual([stream.delivered, stream.lost(sent), stream.duplicated, stream.reordered], [delivered, lost, duplicated, reordered], arrives.join());
  }
});

test('what each QoS promises [MQTT-4.3.1] [MQTT-4.3.2] [MQTT-4.3.3]', (t) => {
  const tally = { sent: 9, acknowledged: 9, delivered: 8, lost: 1, duplicated: 1, reordered: 0 };
  t.deepEqual(brokenPromises({ qos: 0, ...tally }), []);
  t.deepEqual(brokenPromises({ qos: 1, ...tally }), ['QoS 1: 1 of 9 messages lost']);
  t.deepEqual(brokenPromises({ qos: 2, ...tally }), ['QoS 2: 1 of 9 messages lost', 'QoS 2: 1 messages delivered twice']);
});

test('percentiles of latency', (t) => {
  const latencies = new Latencies();
  t.is(latencies.percentileMs(0.5), undefined);
  for (let n = 1; n <= 100; n++) latencies.take(n * 1000 - 1);
  t.deepEqual([latencies.percentileMs(0.5), latencies.percentileMs(0.99), latencies.percentileMs(1)], [50, 99, 100]);
  latencies.take(60_000_000);
  t.is(latencies.percentileMs(1), 1000.1);
});

test('payloads in words: text, CBOR, else hexadecimal', (t) => {
  t.is(textOfPayload(Buffer.from('')), '(empty)');
  t.is(textOfPayload(Buffer.from('grün\n1')), 'grün 1');
  t.is(textOfPayload(encode({ a: [1, -2, 1.5, true, null, 'x'], b: Buffer.from([1, 255]) })), '{"a": [1, -2, 1.5, true, null, "x"], "b": h\'01ff\'}');
  t.is(textOfPayload(Buffer.from('ff0102', 'hex')), 'ff0102');
  t.is(cborText(Buffer.from('1bffffffffffffffff', 'hex')), '18446744073709551615');
  t.is(cborText(Buffer.from('c11a514b67b0', 'hex')), '1(1363896240)');
  t.is(cborText(Buffer.from('0101', 'hex')), undefined);
  t.is(textOfPayload(Buffer.alloc(500, 'a')).length, 201);
});

test('telemetry is read back as it was measured, and other maps are passed over', (t) => {
  const [sensor, reading] = [createSensor(7), createReading()];
  for (const sequence of [0, 23, 24, 70_000, 2_000_000_000]) {
    const bytes = measure(sensor, sequence);
    t.true(readMessage(reading, bytes, 0, bytes.length));
    t.is(reading.sequence, sequence);
    t.true(reading.us >= 0);
  }
  const answer = encodeNumbers({ sent: 4, id: 12 });
  t.true(readMessage(reading, answer, 0, answer.length));
  t.deepEqual([reading.id, reading.sequence, reading.us], [12, -1, -1]);
  const other = encode({ seq: 'text', id: [1, { seq: 5 }], us: 3 });
  t.true(readMessage(reading, other, 0, other.length));
  t.deepEqual([reading.id, reading.sequence, reading.us], [-1, -1, 3]);
  for (const bad of ['hello', '', '\xa1']) t.false(readMessage(reading, Buffer.from(bad, 'latin1'), 0, bad.length));
});

test('topics match filters [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.2-1]', (t) => {
  const rows: [filter: string, topic: string, matches: boolean][] = [
    ['a', 'a', true], ['a', 'b', false], ['a/b', 'a', false], ['a', 'a/b', false], ['#', 'a/b', true], ['a/#', 'a', true], ['a/#', 'a/b/c', true],
    ['a/#', 'b', false], ['+', 'a', true], ['+', 'a/b', false], ['+/+', '/a', true], ['a/+', 'a/', true], ['a/+/c', 'a/b/c', true], ['a/+', 'a', false],
    ['#', '$SYS/a', false], ['+/a', '$SYS/a', false], ['$SYS/#', '$SYS/a', true],
  ];
  for (const [filter, topic, matches] of rows) t.is(topicMatches(filter, topic), matches, `${filter} and ${topic}`);
});

test('the nearest word, or none', (t) => {
  t.is(nearest('pbu', ['pub', 'sub']), 'pub');
  t.is(nearest('benhc', ['bench', 'broker']), 'bench');
  t.is(nearest('xyzzy', ['bench', 'broker', 'pub']), undefined);
});

test('a screen draws over itself, cuts long lines, and leaves the cursor visible', (t) => {
  let written = '';
  const out = { rows: 5, columns: 10, write: (text: string) => { written += text; } } as unknown as NodeJS.WriteStream;
  const frames = [['one', '\x1b[1m0123456789abc\x1b[0m'], ['1', '2', '3', '4', '5', '6', '7']];
  const { show, end } = screen(out, () => frames.shift() ?? []);
  show({ perSecond: [] });
  t.is(written, '\x1b[?25l\x1b[2Kone\n\x1b[2K\x1b[1m01234567…\x1b[0m\n\x1b[J');
  written = '';
  show({ perSecond: [] });
  t.is(written, '\x1b[?25l\x1b[2A\x1b[2K1\n\x1b[2K2\n\x1b[2K3\n\x1b[2K4\n\x1b[J');
  written = '';
  end({ perSecond: [] });
  t.is(written, '\x1b[?25l\x1b[4A\x1b[J\x1b[?25h');
});
