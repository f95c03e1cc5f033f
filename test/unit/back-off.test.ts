/**
 * Pauses between attempts: they grow with failures, are the longest after a server asked for patience, are short again
 * after a connection that lasted, and differ from device to device. [5.0 section 4.13]
 */
import test from 'ava';
import { Time } from '../../src/core/index.js';
import { levels, titled } from '../conformance/cite.js';
import { accepted, type Changes, connectClient, TestClient } from '../conformance/client-harness.js';

const retryMinMs = 10;
const retryMaxMs = 100000;
const seeds = [1, 2, 3, 1000, 123456789, -5];
const base: Changes = { keepAliveS: 0, retryMinMs, retryMaxMs };

/** How long it takes until the next link is opened. */
function pauseMs(x: TestClient): number {
  const from = x.now;
  x.untilLink();
  return (x.now - from) & Time.Mask;
}

function lostMs(x: TestClient): number {
  x.linkDown();
  return pauseMs(x);
}

/** The connection stands for that long. */
function last(x: TestClient, level: 4 | 5, ms: number): void {
  x.feed(accepted[level]);
  x.advance(ms);
}

for (const level of levels) {
  const causes: [string, (x: TestClient) => void][] = [
    ['31 failed attempts', (x) => {
      for (let n = 0; n < 31; n++) lostMs(x);
    }],
    ['a server that broke the protocol', (x) => {
      x.feed(accepted[level]).feed(accepted[level]);
      x.untilLink();
    }],
    ['a server that was busy', (x) => {
      x.feed(level === 4 ? '20 02 00 03' : '20 03 00 89 00');
      x.untilLink();
    }],
  ];
  for (const [cause, happens] of causes) {
    test(titled(level, '', `the pauses are long after ${cause}, and short again after a connection that lasted`), (t) => {
      const before: number[] = [];
      for (const seed of seeds) {
        const x = new TestClient(level, { ...base, seed });
        x.connect();
        happens(x);
        last(x, level, retryMaxMs - 1);
        before.push(lostMs(x));
        last(x, level, retryMaxMs);
        t.true(lostMs(x) <= retryMinMs, `seed ${seed}`);
        t.true(lostMs(x) <= 2 * retryMinMs, `seed ${seed}: and they grow again`);
      }
      t.true(before.every((pause) => pause <= retryMaxMs) && Math.max(...before) > retryMaxMs >>> 3, `pauses ${before.join()}`);
    });
  }

  test(titled(level, '', 'a connection that lasted and ends for a fault of the server\'s is followed by a long pause'), (t) => {
    const pauses = seeds.map((seed) => {
      const x = connectClient(level, { ...base, seed });
      x.advance(2 * retryMaxMs);
      x.feed(accepted[level]);
      return pauseMs(x);
    });
    t.true(Math.max(...pauses) > retryMaxMs >>> 3, `pauses ${pauses.join()}`);
  });
}

test('devices whose seeds differ by one pause differently', (t) => {
  const pausesOf = (seed: number): string => {
    const x = new TestClient(4, { ...base, seed });
    x.connect();
    return Array.from({ length: 12 }, () => lostMs(x)).join();
  };
  for (const seed of [2, 100, 4096, 123456788]) t.not(pausesOf(seed), pausesOf(seed + 1), `seeds ${seed} and ${seed + 1}`);
  t.is(pausesOf(100), pausesOf(100));
});
