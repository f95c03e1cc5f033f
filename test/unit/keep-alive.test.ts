/**
 * Keep-alive beside long packets: a connection whose bytes move is alive, one whose peer has gone is not, and is found
 * out in time. [3.1.1 and 5.0 section 3.1.2.10]
 */
import test from 'ava';
import { clientPublishStream, clientStream, State } from '../../src/core/index.js';
import { levels, titled } from '../conformance/cite.js';
import { connectClient, type TestClient } from '../conformance/client-harness.js';
import { packet } from '../conformance/hex.js';
import { publishOf } from '../conformance/packets.js';

const keepAliveS = 10;
const pingTimeoutMs = 3000;
const changes = { keepAliveS, pingTimeoutMs, retryMinMs: 100000, retryMaxMs: 100000 };
const kilobyte = new Uint8Array(1000);

/** The link takes `count` bytes, once. */
function trickle(x: TestClient, count: number): void {
  x.takes = count;
  x.step();
  x.takes = 0;
}

/** Passes time until the connection ends; returns how long that took, or `ms`. */
function endsAfter(x: TestClient, ms: number, each: () => void): number {
  for (let at = 0; at < ms; at += 100) {
    if (x.c.state !== State.Connected) return at;
    x.advance(100);
    each();
  }
  return ms;
}

for (const level of levels) {
  test(titled(level, '', 'a publish that takes longer than the keep-alive to send does not end the connection'), (t) => {
    const x = connectClient(level, { ...changes, outboxBytes: 20000 });
    x.takes = 0;
    x.publish('a', 'x'.repeat(15000), 2);
    t.is(endsAfter(x, 30000, () => trickle(x, 50)), 30000);
    t.deepEqual(x.events(), []);
    // PINGREQ follows at last, and its answer is awaited.
    x.takes = 1000;
    x.settle();
    t.is(x.sent().pop(), 'c000');
    x.feed('d0 00').feed('40 02 0001');
    t.is(endsAfter(x, 5000, () => null), 5000);
  });

  test(titled(level, '', 'a stream that takes longer than the keep-alive to send does not end the connection'), (t) => {
    const x = connectClient(level, changes);
    x.call((c, now) => clientPublishStream(c, 's', 400000, 2, null, now));
    t.is(endsAfter(x, 30000, () => {
      if (x.events().some((event) => event.startsWith('StreamWanted'))) x.call((c) => clientStream(c, kilobyte, 0, 1000));
    }), 30000);
  });

  test(titled(level, '', 'a message that takes longer than the keep-alive to arrive does not end the connection'), (t) => {
    const x = connectClient(level, changes);
    // 300,000 bytes of payload follow.
    x.feed(level === 4 ? '30 e3 a7 12 0001 61' : '30 e4 a7 12 0001 61 00');
    t.is(endsAfter(x, 30000, () => x.feed(kilobyte.subarray(0, 500))), 30000);
    t.true(x.sent().includes('c000'));
    t.true(x.events().every((event) => event.startsWith('Chunk')));
  });

  for (const [ownS, patienceMs] of [[10, 3000], [4, 10000]]) {
    test(titled(level, 'v3:[MQTT-3.1.2-23] v5:[MQTT-3.1.2-20]', `a PINGREQ that finds no room in the control queue is sent within the keep-alive (${ownS} s, ${patienceMs} ms)`), (t) => {
      const x = connectClient(level, {
        ...changes, keepAliveS: ownS, pingTimeoutMs: patienceMs, controlBytes: 33, acknowledge: 0, receiveMaximum: 30, receiveBytes: 600,
      });
      const dueMs = ownS * 875;
      x.takes = 0;
      x.advance(dueMs - 100);
      x.feed(Array.from({ length: 9 }, (_, n) => publishOf(level, '32', 'a', n + 1)).join(''));
      x.advance(200);
      t.deepEqual(x.sent(), []);
      x.takes = 1000;
      x.settle();
      let isSent = x.sent().includes('c000');
      let silentMs = 0;
      for (; !isSent && silentMs < 20000; silentMs += 100) {
        x.feed(publishOf(level, '30', 'a', null));
        x.advance(100);
        isSent = x.sent().includes('c000');
      }
      t.true(silentMs < ownS * 1000, `nothing sent for ${silentMs} ms`);
      x.feed('d0 00');
      t.is(endsAfter(x, 5000, () => null), 5000);
    });
  }

  /** From what the peer does last to the end of the connection: keep-alive, and patience for PINGREQ to leave and to be answered. */
  const latest = keepAliveS * 1000 + 2 * pingTimeoutMs + 200;
  const silences: [string, (x: TestClient) => void, (x: TestClient) => void][] = [
    ['takes and says nothing', (x) => x.publish('a', 'x', 2), (x) => { x.takes = 0; }],
    ['takes everything and says nothing', (x) => x.publish('a', 'x', 2), () => null],
    ['takes everything that is published all the time and says nothing', () => null, (x) => x.publish('a', '', 0)],
    ['stops taking in the midst of a long publish', (x) => {
      x.takes = 0;
      x.publish('a', 'x'.repeat(400), 2);
      trickle(x, 100);
    }, () => null],
    ['stops sending in the midst of a long message', (x) => x.feed(packet('30', '0001 61', '00'.repeat(200)).slice(0, 100)), () => null],
    ['takes nothing while the control queue is full', (x) => {
      x.takes = 0;
      x.feed(Array.from({ length: 8 }, (_, n) => publishOf(level, '32', 'a', n + 1)).join(''));
    }, () => null],
  ];
  for (const [what, begins, goesOn] of silences) {
    test(titled(level, '', `a peer that ${what} is found out in time`), (t) => {
      const x = connectClient(level, { ...changes, controlBytes: 33, acknowledge: 0, receiveMaximum: 30, receiveBytes: 600 });
      begins(x);
      const ms = endsAfter(x, 60000, () => goesOn(x));
      t.true(ms <= latest, `${ms} ms, at most ${latest}`);
      t.true(x.events().includes('Disconnected NoPingresp 00'));
    });
  }
}

