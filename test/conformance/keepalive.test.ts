/**
 * Keep-alive, and the other waits that end a connection: CONNACK, PINGRESP, a link that takes nothing.
 * [3.1.1 section 3.1.2.10; 5.0 section 3.1.2.10, 3.2.2.3.14]
 */
import test from 'ava';
import { clientDisconnect, State } from '../../src/core/index.js';
import { levels, titled } from './cite.js';
import { accepted, connectClient, connectingClient, type TestClient, TestClient as Client } from './client-harness.js';
import { wire } from './hex.js';
import { publishOf } from './packets.js';

/** When packets were sent within `ms` of quiet, in milliseconds from now. */
function times(x: TestClient, ms: number): [number, string[]][] {
  const out: [number, string[]][] = [];
  for (let at = 0; at < ms; at += 100) {
    x.advance(100);
    const sent = x.sent();
    if (sent.length > 0) out.push([at + 100, sent]);
  }
  return out;
}

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-3.1.2-23] v3:[MQTT-2.2.2-1] v5:[MQTT-3.1.2-20] v5:[MQTT-2.1.3-1]', 'silence never lasts as long as the keep-alive: PINGREQ'), (t) => {
    for (const keepAliveS of [1, 2, 10, 60, 65535]) {
      const x = connectClient(level, { keepAliveS });
      let silent = 0;
      for (let ping = 0; ping < 3; ping++) {
        let left = keepAliveS * 1000;
        while (left > 0 && silent === ping) {
          const pass = Math.min(left, keepAliveS * 50, 9000);
          x.advance(pass);
          left -= pass;
          const sent = x.sent();
          if (sent.length > 0) {
            t.deepEqual(sent, wire('c0 00'));
            silent += 1;
            x.feed('d0 00');
          }
        }
        t.is(silent, ping + 1, `keep-alive ${keepAliveS}: no PINGREQ within ${keepAliveS} s`);
      }
      t.deepEqual(x.events(), []);
    }
  });

  test(titled(level, 'v3:[MQTT-3.1.2-23] v5:[MQTT-3.1.2-20]', 'silence never lasts as long as the keep-alive, whatever is received'), (t) => {
    const x = connectClient(level, { keepAliveS: 10 });
    let last = 0;
    for (let at = 0; at < 100000; at += 500) {
      x.advance(500);
      x.feed(publishOf(level, '30', 'a', null));
      if (x.sent().length > 0) {
        last = at;
        x.feed('d0 00');
      }
      if (at - last >= 10000) t.fail(`${at - last} ms without a packet`);
    }
    t.pass();
  });

  test(titled(level, '', 'other packets count, and pings are still sent for what the server says nothing to'), (t) => {
    const x = connectClient(level, { keepAliveS: 10 });
    for (let at = 0; at < 9; at++) {
      x.advance(1000);
      x.publish('a', '', 0);
    }
    t.true(x.sent().includes('c000'), 'a half-open link would swallow the publishes');
  });

  test(titled(level, '', 'no PINGRESP: the connection ends, and another is opened'), (t) => {
    const x = connectClient(level, { keepAliveS: 10, pingTimeoutMs: 4000, retryMinMs: 1, retryMaxMs: 1 });
    x.opensLinks = false;
    t.deepEqual(times(x, 20000).map(([, sent]) => sent), [wire('c0 00')]);
    t.deepEqual(x.events().slice(0, 1), ['Disconnected NoPingresp 00']);
    t.false(x.isLinkOpen);
  });

  test(titled(level, 'v3:[MQTT-3.1.2-23]', 'a keep-alive of 0 sends no PINGREQ'), (t) => {
    const x = connectClient(level, { keepAliveS: 0 });
    x.advance(0x0fffffff);
    t.deepEqual([x.sent(), x.events()], [[], []]);
  });

  test(titled(level, '', 'PINGRESP that was not asked for is passed over'), (t) => {
    const x = connectClient(level, { keepAliveS: 10 });
    x.feed('d0 00').feed('d0 00 d0 00');
    t.deepEqual([x.events(), x.isLinkOpen], [[], true]);
    t.is(times(x, 10000).length, 1);
  });

  test(titled(level, '', 'no CONNACK: the attempt ends'), (t) => {
    const x = connectingClient(level, { connectTimeoutMs: 5000, retryMinMs: 100, retryMaxMs: 100 });
    x.opensLinks = false;
    x.advance(4999);
    t.deepEqual([x.events(), x.isLinkOpen], [[], true]);
    x.advance(1);
    t.deepEqual([x.events(), x.isLinkOpen], [['Disconnected NoConnack 00'], false]);
  });

  test(titled(level, '', 'a link that is never opened: the attempt ends, and the next one is later'), (t) => {
    const x = new Client(level, { connectTimeoutMs: 5000, retryMinMs: 100, retryMaxMs: 100 });
    x.opensLinks = false;
    x.connect();
    x.advance(5000);
    t.deepEqual(x.events(), ['Disconnected LinkFailed 00']);
    x.opensLinks = true;
    x.advance(5201);
    t.true(x.isLinkOpen);
  });

  test(titled(level, '', 'a link that takes nothing is given up'), (t) => {
    const x = connectClient(level, { keepAliveS: 10, pingTimeoutMs: 4000 });
    x.takes = 0;
    x.opensLinks = false;
    x.publish('a', 'x', 2);
    x.advance(40000);
    t.is(x.events()[0], 'Disconnected NoPingresp 00');
    t.false(x.isLinkOpen);
  });

  test(titled(level, 'v3:[MQTT-3.14.4-1] v5:[MQTT-3.14.4-2]', 'a DISCONNECT that the link does not take: closed all the same'), (t) => {
    const x = connectClient(level, { pingTimeoutMs: 4000 });
    x.takes = 0;
    x.call((c, now) => clientDisconnect(c, 0, null, now));
    t.true(x.isLinkOpen);
    x.advance(8000);
    t.deepEqual([x.isLinkOpen, x.c.state], [false, State.Idle]);
  });

  test(titled(level, '', 'time runs over its end without harm'), (t) => {
    const x = new Client(level, { keepAliveS: 10 });
    x.now = 0x3fffffff - 15000;
    x.connect();
    x.feed(accepted[level]);
    for (let at = 0; at < 40; at++) {
      x.advance(1000);
      if (x.sent().includes('c000')) x.feed('d0 00');
    }
    t.deepEqual(x.events(), ['Connected']);
  });
}

test('5.0: Server Keep Alive takes the place of the client\'s own, either way v5:[MQTT-3.1.2-21] v5:[MQTT-3.2.2-21]', (t) => {
  const pingAt = (own: number, server: string): number => {
    const x = connectClient(5, { keepAliveS: own }, `20 06 00 00 03 13 ${server}`);
    return times(x, 61000)[0]?.[0] ?? 0;
  };
  t.true(pingAt(60, '0005') > 0 && pingAt(60, '0005') <= 5000);
  t.true(pingAt(5, '003c') > 5000 && pingAt(5, '003c') <= 60000);
  t.true(pingAt(0, '0005') > 0 && pingAt(0, '0005') <= 5000);
  t.is(pingAt(5, '0000'), 0, 'a server may turn it off');
});

test('5.0: the client\'s own keep-alive is back on the next connection without one v5:[MQTT-3.2.2-21]', (t) => {
  const x = connectClient(5, { keepAliveS: 50 }, '20 06 00 00 03 13 0005');
  x.reconnect(accepted[5]);
  t.true(times(x, 50000)[0][0] > 5000);
});
