/**
 * How long a device may sleep: never while an event waits that was raised as output was asked for, and no byte of
 * output tells of it. A port reads events, asks for output, then sleeps (src/core/README.md).
 */
import test from 'ava';
import { clientNextDeadline, clientPublishWith, clientSubscribe } from '../../src/core/index.js';
import { levels, titled } from '../conformance/cite.js';
import { connectClient, resumed, TestClient } from '../conformance/client-harness.js';
import { bytes, packet, properties } from '../conformance/hex.js';

/** What was told, or that the device is told to look again at once. */
function tellsOf(x: TestClient, event: string): boolean {
  return x.events().includes(event) || clientNextDeadline(x.c, x.now) === 0;
}

for (const level of levels) {
  test(titled(level, '', 'an expiry is told when it is due, not when something else happens'), (t) => {
    const idle = new TestClient(level);
    const connected = connectClient(level);
    connected.takes = 0;
    connected.publish('a', '', 0);
    for (const x of [idle, connected]) {
      x.call((c, now) => clientPublishWith(c, 'e', bytes('"x"'), 0, 1, 0, 1, null, now));
      x.advance(1000);
      t.true(tellsOf(x, 'Dropped #0 Expired 00'));
    }
  });
}

test('5.0: a request or a publish that the server is too small for is told at once', (t) => {
  const changes = { filterBytes: 200, cleanStart: false, v5: { sessionExpiryS: 60 } };
  const takes20 = packet('20', '01 00', properties('27 00000014'));
  const x = connectClient(5, changes, takes20);
  x.call((c) => clientSubscribe(c, 'x'.repeat(60), 0, 5));
  t.true(tellsOf(x, 'Subscribed 5 95'));

  const y = connectClient(5, changes, resumed[5]);
  y.linkDown();
  y.publish('a', 'x'.repeat(60), 2);
  y.untilLink();
  y.feed(takes20);
  t.true(tellsOf(y, 'Dropped #1 TooLarge 00'));
});
