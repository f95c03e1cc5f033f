/**
 * The outbox: what stands in it stays what it was until it is sent or reported, whatever comes and goes around it; what
 * gives way does so only where that helps. [3.1.1 and 5.0 section 3.3, 4.3, 4.4]
 */
import test from 'ava';
import {
  clientCancelStream, clientLinkDown, clientOutput, clientPublish, clientPublishStream, clientPublishWith, clientSent,
  Status, Time,
} from '../../src/core/index.js';
import { levels, titled } from '../conformance/cite.js';
import { accepted, type Changes, connectClient, resumed, TestClient } from '../conformance/client-harness.js';
import { bytes } from '../conformance/hex.js';
import { publishOf, pubrec } from '../conformance/packets.js';

const qos1 = 2;
const qos2 = 4;
const keepLatest = 16;
const priority = 32;

/** QoS 0 with an expiry; the handle or a status. */
function publishExpiring(x: TestClient, topic: string, expiryS: number): number {
  return x.call((c, now) => clientPublishWith(c, topic, bytes('"x"'), 0, 1, 0, expiryS, null, now));
}

function droppedTopics(x: TestClient, status: Status): string[] {
  return x.seen().filter((seen) => seen.status === status && seen.topic !== '').map((seen) => seen.topic);
}

const comings: [string, (x: TestClient) => void][] = [
  ['another expires', (x) => {
    publishExpiring(x, 'e', 1);
    x.advance(2000);
  }],
  ['a stream is cancelled', (x) => {
    x.call((c, now) => clientPublishStream(c, 's', 100, 0, null, now));
    x.call((c, now) => clientCancelStream(c, now));
  }],
];

for (const [what, happens] of comings) {
  test(`3.1.1: a QoS 0 publish that is partly with the link keeps its bytes while ${what} and the outbox empties`, (t) => {
    const x = connectClient(4);
    x.takes = 0;
    x.publish('aaaa', 'AAAAAAAAAA', 0);
    x.takes = 4;
    x.step();
    x.takes = 0;
    happens(x);
    x.publish('zzzz', 'ZZZZZZZZZZ', 0);
    x.takes = 1000;
    x.settle();
    t.deepEqual(x.sent(), [publishOf(4, '30', 'aaaa', null, 'AAAAAAAAAA'), publishOf(4, '30', 'zzzz', null, 'ZZZZZZZZZZ')]);
  });
}

for (const level of levels) {
  test(titled(level, '', 'each publish expires in its own second, in whatever order they were accepted'), (t) => {
    for (const start of [1000, Time.Mask - 1500]) {
      for (const order of [[1, 2, 100], [100, 2, 1], [2, 100, 1], [2, 1, 100]]) {
        const x = new TestClient(level, { keepAliveS: 0 });
        x.now = start;
        for (const expiryS of order) publishExpiring(x, `${expiryS}s`, expiryS);
        const told = [1000, 1000, 3000, 95000].map((ms) => {
          x.advance(ms);
          x.settle();
          return droppedTopics(x, Status.Expired);
        });
        t.deepEqual(told, [['1s'], ['2s'], [], ['100s']], `accepted ${order.join()} at ${start}`);
      }
    }
  });

  test(titled(level, '', 'what expired while offline is not sent'), (t) => {
    const x = new TestClient(level, { keepAliveS: 0 });
    for (const expiryS of [1, 2, 100]) publishExpiring(x, `${expiryS}s`, expiryS);
    x.advance(5000);
    x.events();
    x.connect();
    x.sent();
    x.feed(accepted[level]);
    const left = level === 5 ? ['02 0000005f'] : [];
    t.deepEqual(x.sent(), [publishOf(level, '30', '100s', null, 'x', ...left)]);
  });

  test(titled(level, '', 'a publish that the link takes nothing of is reported when the connection is given up'), (t) => {
    const x = connectClient(level, { keepAliveS: 10, pingTimeoutMs: 1000 });
    x.takes = 0;
    x.opensLinks = false;
    x.publish('a', '', 0);
    x.advance(30000);
    t.deepEqual(x.events().slice(0, 2), ['Disconnected NoPingresp 00', 'Dropped #0 LinkLost 00']);
  });

  test(titled(level, '', 'keep-latest replaces an older message in a full outbox'), (t) => {
    const x = new TestClient(level, { outboxMessages: 2 });
    t.deepEqual([x.publish('a', '1', keepLatest), x.publish('b', '1', keepLatest)], [0, 0]);
    for (const payload of ['2', '3', 'longer']) t.is(x.publish('a', payload, keepLatest), 0, `update ${payload}`);
    t.is(x.publish('c', '1', keepLatest), Status.NoSlot, 'nothing of its topic to replace');
    t.deepEqual(x.events(), ['Dropped #0 Replaced 00', 'Dropped #0 Replaced 00', 'Dropped #0 Replaced 00']);
    x.connect();
    x.sent();
    x.feed(accepted[level]);
    t.deepEqual(x.sent().sort(), [publishOf(level, '30', 'a', null, 'longer'), publishOf(level, '30', 'b', null, '1')].sort());
  });

  test(titled(level, '', 'bytes told too late, or none at all, change nothing that is sent'), (t) => {
    const x = connectClient(level, { cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[level]);
    x.takes = 0;
    x.publish('a', 'x', qos1);
    const count = clientOutput(x.c, x.now);
    x.isLinkOpen = false;
    clientLinkDown(x.c, x.now);
    for (const late of [count, 1, 0]) x.call((c) => clientSent(c, late));
    x.takes = 1000;
    x.untilLink();
    x.sent();
    x.feed(resumed[level]);
    t.deepEqual(x.sent(), [publishOf(level, '3a', 'a', 1, 'x')]);
    x.publish('b', 'y', qos1);
    for (const none of [0, 0]) x.call((c) => clientSent(c, none));
    x.publish('c', 'z', 0);
    t.deepEqual(x.sent(), [publishOf(level, '32', 'b', 2, 'y'), publishOf(level, '30', 'c', null, 'z')]);
  });
}

test('5.0: a PUBREC that refuses a message whose PUBREL is due ends it, and the next one is sent', (t) => {
  const x = connectClient(5, { cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[5]);
  x.publish('a', '', qos2);
  x.feed(pubrec(1));
  x.linkDown();
  x.untilLink();
  x.sent();
  x.events();
  x.feed(`${resumed[5]} 50 03 0001 87`);
  t.deepEqual(x.events(), ['Connected present', 'Dropped #1 Refused 87']);
  x.publish('b', '', qos1);
  x.publish('c', '', 0);
  t.deepEqual(x.sent(), [publishOf(5, '32', 'b', 2), publishOf(5, '30', 'c', null)]);
});

/** What has been queued, the urgent publish's size and flags, how many of the queued must give way (-1: it is refused). */
type Eviction = readonly [string, Changes, (x: TestClient) => void, number, number, number];

function queue(x: TestClient, count: number, size: number, flags: number): number {
  let done = 0;
  while (done < count && x.publish('t', 'x'.repeat(size), flags) >= 0) done += 1;
  return done;
}

const evictions: Eviction[] = [
  ['a full table with one publish partly with the link', { outboxMessages: 3 }, (x) => queue(x, 3, 5, 0), 5, qos1, 1],
  ['a full table with a replaced message unread', { outboxMessages: 3 }, (x) => {
    queue(x, 1, 5, 0);
    for (const payload of ['333', '22']) clientPublish(x.c, 'k', bytes(`"${payload}"`), 0, payload.length, keepLatest, x.now);
    clientPublish(x.c, 'c', bytes('""'), 0, 0, 0, x.now);
  }, 5, qos1, -1],
  ['a full arena of QoS 1 with many small QoS 0', { outboxBytes: 8192, outboxMessages: 64 }, (x) => {
    x.publish('first', '', 0);
    queue(x, 6, 990, qos1);
    queue(x, 40, 90, 0);
  }, 1500, 0, 16],
  ['a full arena of QoS 1', { outboxBytes: 8192, outboxMessages: 64 }, (x) => queue(x, 20, 990, qos1), 1500, 0, -1],
  ['QoS 0 that does not make enough room', { outboxBytes: 256, outboxMessages: 16 }, (x) => {
    queue(x, 2, 20, 0);
    queue(x, 20, 40, qos1);
  }, 200, 0, -1],
];

for (const [what, changes, fill, size, flags, gone] of evictions) {
  test(`3.1.1: priority evicts QoS 0 only where that makes enough room: ${what}`, (t) => {
    const x = connectClient(4, { ...changes, inFlightMax: 1 });
    x.takes = 0;
    fill(x);
    x.takes = 3;
    x.step();
    x.takes = 0;
    const before = x.events().filter((event) => event.includes('Evicted')).length;
    const result = x.publish('urgent', 'x'.repeat(size), flags | priority);
    const evicted = x.events().filter((event) => event.includes('Evicted')).length;
    t.is(before, 0);
    t.is(result >= 0, gone >= 0, `result ${result}, ${evicted} evicted`);
    if (gone < 0) t.is(evicted, 0, 'refused, with nothing changed');
    else t.true(evicted >= 1 && evicted <= gone, `${evicted} evicted, at most ${gone} needed`);
  });
}

test('5.0: what the server forbids evicts nothing v5:[MQTT-3.2.2-15]', (t) => {
  const x = connectClient(5, { outboxBytes: 64 }, '20 08 00 00 05 27 0000001e');
  x.takes = 0;
  queue(x, 2, 18, 0);
  t.is(x.publish('b', 'x'.repeat(40), priority), Status.TooLarge);
  t.deepEqual(x.events(), []);
});

test('5.0: a new alias never makes a packet larger than the server\'s Maximum Packet Size v5:[MQTT-3.2.2-15]', (t) => {
  let aliases = 0;
  for (let size = 0; size <= 10; size++) {
    const x = connectClient(5, { v5: { topicAliasesOut: 2 } }, '20 0b 00 00 08 22 0002 27 00000014');
    const payload = 'x'.repeat(size);
    t.is(x.publish('topic', payload, 0), 0);
    const [sent] = x.sent();
    t.true(sent.length <= 40, `${sent.length / 2} bytes to a server that takes 20`);
    const plain = publishOf(5, '30', 'topic', null, payload);
    if (sent !== plain) {
      aliases += 1;
      t.is(sent, publishOf(5, '30', 'topic', null, payload, '23 0001'));
    }
  }
  t.true(aliases >= 7, 'where there is room for it, the alias is told');
});

test('a stream whose packet could pass the largest remaining length is refused', (t) => {
  const most = 268435455;
  for (const level of levels) {
    const x = connectClient(level, { outboxBytes: 70000 });
    const topic = 'x'.repeat(65535);
    for (const total of [most, most - 65535, most - 65537]) {
      const result = x.call((c, now) => clientPublishStream(c, topic, total, qos1, null, now));
      t.is(result, Status.BadRange, `a payload of ${total}`);
    }
    t.deepEqual(x.sent(), []);
    t.true(x.call((c, now) => clientPublishStream(c, topic, 100000000, qos1, null, now)) > 0);
  }
});
