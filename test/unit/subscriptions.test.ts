/**
 * Filters and their routes: a request that the server is too small for is reported, one to withdraw an unknown filter
 * leaves nothing behind, and `$share` means something to 5.0 only. [3.1.1 and 5.0 section 3.8, 3.10; 5.0 section 4.8.2]
 */
import test from 'ava';
import { clientSubscribe, clientUnsubscribe, ConfigFault, configFault, Event, Status } from '../../src/core/index.js';
import { levels, titled } from '../conformance/cite.js';
import { connectClient, resumed, TestClient, testConfig } from '../conformance/client-harness.js';
import { bytes, hex, packet, properties, wire } from '../conformance/hex.js';
import { publishOf, subackOf, subscribeOf, unsubackOf, unsubscribeOf } from '../conformance/packets.js';

const long = 'x'.repeat(60);
const room = { filterBytes: 400, controlBytes: 256, cleanStart: false, v5: { sessionExpiryS: 60 } };
/** CONNACK of a server that takes 40 bytes. */
const takes40 = packet('20', '00 00', properties('27 00000028'));
const takes40Resumed = packet('20', '01 00', properties('27 00000028'));

test('5.0: a SUBSCRIBE too large for the server is told by its event, whenever it was asked for v5:[MQTT-3.2.2-15]', (t) => {
  const offline = new TestClient(5, room);
  t.true(offline.call((c) => clientSubscribe(c, long, 0, 5)) >= 0);
  t.true(offline.call((c) => clientSubscribe(c, 'short', 1, 6)) >= 0);
  offline.connect();
  offline.sent();
  offline.feed(takes40);
  offline.settle();
  t.deepEqual(offline.events(), ['Connected', 'Subscribed 5 95']);
  t.deepEqual(offline.sent().map((sent) => sent.slice(-14)), [subscribeOf(5, 1, 'short', '01').slice(-14)]);

  const x = connectClient(5, room, takes40);
  t.true(x.call((c) => clientSubscribe(c, long, 0, 5)) >= 0);
  x.settle();
  t.deepEqual([x.events(), x.sent()], [['Subscribed 5 95'], []]);
  x.feed(publishOf(5, '30', long, null));
  t.is(x.seen()[0].route, -1, 'it is not kept');
  // On a link to a server with more room it can be asked for again.
  x.reconnect(resumed[5]);
  t.deepEqual(x.sent(), []);
  x.call((c) => clientSubscribe(c, long, 0, 5));
  t.is(x.sent().length, 1);
});

test('5.0: an UNSUBSCRIBE too large for the server is told by its event v5:[MQTT-3.2.2-15]', (t) => {
  const x = connectClient(5, room, takes40);
  t.true(x.call((c) => clientUnsubscribe(c, long)) >= 0);
  x.settle();
  t.deepEqual([x.events(), x.sent()], [['Unsubscribed -1 95'], []]);
});

test('5.0: a known filter whose UNSUBSCRIBE has become too large is told by an Unsubscribed event v5:[MQTT-3.2.2-15]', (t) => {
  const x = connectClient(5, room, resumed[5]);
  x.call((c) => clientSubscribe(c, long, 0, 5));
  x.feed(subackOf(5, 1, '00'));
  x.reconnect(takes40Resumed);
  x.events();
  x.call((c) => clientUnsubscribe(c, long));
  x.settle();
  t.deepEqual([x.events(), x.sent()], [['Unsubscribed 5 95'], []]);
});

for (const level of levels) {
  test(titled(level, '', 'withdrawing a filter that was never registered hides no route'), (t) => {
    const x = connectClient(level, room);
    x.call((c) => clientUnsubscribe(c, 'a/#'));
    x.call((c) => clientSubscribe(c, 'a/b', 0, 5));
    x.feed(publishOf(level, '30', 'a/b', null));
    t.is(x.seen()[0].route, 5);
  });

  test(titled(level, '', 'a filter that was only to be withdrawn is never subscribed'), (t) => {
    for (const code of ['00', '11', '87']) {
      const x = connectClient(level, room);
      x.call((c) => clientUnsubscribe(c, 'x/y'));
      t.deepEqual(x.sent(), [unsubscribeOf(level, 1, 'x/y')]);
      x.feed(unsubackOf(level, 1, code));
      t.is(x.events().length, 1);
      x.reconnect(level === 4 ? '20 02 00 00' : '20 03 00 00 00');
      t.deepEqual(x.sent(), [], `after code ${code}`);
    }
  });

  test(titled(level, '', 'a route below 0 is refused, since it would mean none'), (t) => {
    const x = connectClient(level, room);
    t.is(x.call((c) => clientSubscribe(c, 'a', 0, -1)), Status.BadRange);
    t.deepEqual(x.sent(), []);
  });

  test(titled(level, '', 'publishes and subscriptions together leave a packet identifier free'), (t) => {
    const rows: [number, number, ConfigFault][] = [
      [65534, 0, ConfigFault.None], [65535, 0, ConfigFault.OutboxMessages], [60000, 5534, ConfigFault.None],
      [60000, 5535, ConfigFault.Subscriptions], [1, 65533, ConfigFault.None], [1, 65534, ConfigFault.Subscriptions],
    ];
    for (const [outboxMessages, subscriptions, fault] of rows) {
      t.is(configFault(testConfig(level, { outboxMessages, subscriptions })), fault, `${outboxMessages} and ${subscriptions}`);
    }
  });
}

test('3.1.1: $share is an ordinary level of a filter', (t) => {
  const x = connectClient(4, room);
  t.true(x.call((c) => clientSubscribe(c, '$share/x', 0, 5)) >= 0);
  t.deepEqual(x.sent(), [subscribeOf(4, 1, '$share/x', '00')]);
  x.feed(publishOf(4, '30', '$share/x', null));
  t.is(x.seen()[0].route, 5);
});

test('5.0: $share without a filter behind the name is refused', (t) => {
  const x = connectClient(5, room);
  for (const filter of ['$share/x', '$share/x/', '$share//a', '$share/+/a']) {
    t.is(x.call((c) => clientSubscribe(c, filter, 0, 5)), Status.BadFilter, filter);
  }
});

for (const level of levels) {
  test(titled(level, '', 'subscriptions 0: as many as the server keeps, each request leaves at once, and an answer names it'), (t) => {
    const x = connectClient(level, { subscriptions: 0, filterBytes: 0 });
    for (let n = 1; n <= 6; n++) {
      const filter = `site/${n}/#`;
      t.is(x.call((c) => clientSubscribe(c, filter, n % 3, 0)), n);
      t.deepEqual(x.sent(), wire(subscribeOf(level, n, filter, `0${n % 3}`, 0)));
      x.feed(subackOf(level, n, `0${n % 3}`));
      t.deepEqual(x.seen().map(({ event, handle, reason, route }) => [event, handle, reason, route]), [[Event.Subscribed, n, n % 3, -1]]);
    }
    x.feed(publishOf(level, '30', 'site/6/a', null));
    t.is(x.seen()[0].route, -1);
    t.is(x.call((c) => clientUnsubscribe(c, 'site/6/#')), 7);
    t.deepEqual(x.sent(), wire(unsubscribeOf(level, 7, 'site/6/#')));
    x.feed(unsubackOf(level, 7));
    t.deepEqual(x.events(), ['Unsubscribed -1 00']);
    for (const filter of ['', 'a/#/b', 'a+']) t.is(x.call((c) => clientSubscribe(c, filter, 0, 0)), Status.BadFilter, filter);
    t.deepEqual(x.sent(), []);
  });

  test(titled(level, '', 'subscriptions 0: not while there is no connection, and what does not fit the queue is refused'), (t) => {
    const idle = new TestClient(level, { subscriptions: 0, filterBytes: 0 });
    t.is(idle.call((c) => clientSubscribe(c, 'a', 0, 0)), Status.BadState);
    t.is(idle.call((c) => clientUnsubscribe(c, 'a')), Status.BadState);
    for (let length = 1; length < 70; length++) {
      const x = connectClient(level, { subscriptions: 0, filterBytes: 0, controlBytes: 64 });
      const filter = 'x'.repeat(length);
      // The room of the longest header is asked for, 5 bytes, of which it takes 2.
      const isSmall = hex(bytes(subscribeOf(level, 1, filter, '00', 0))).length / 2 + 3 <= 64;
      t.is(x.call((c) => clientSubscribe(c, filter, 0, 0)), isSmall ? 1 : Status.NoControlRoom, String(length));
      t.is(x.sent().length, isSmall ? 1 : 0);
    }
  });
}

test('5.0: subscriptions 0: the configured properties are sent, the server\'s limit holds, and `$share` is looked at v5:[MQTT-3.2.2-15] v5:[MQTT-4.8.2-1] v5:[MQTT-3.8.3-4]', (t) => {
  const x = connectClient(5, { ...room, subscriptions: 0, filterBytes: 0, v5: { requestProperties: bytes('26 0001 "k" 0001 "v"') } }, takes40);
  t.is(x.call((c) => clientSubscribe(c, 'a', 1, 0)), 1);
  t.is(x.call((c) => clientUnsubscribe(c, 'a')), 2);
  t.deepEqual(x.sent(), wire(packet('82', '0001', properties('26 0001 "k" 0001 "v"'), '0001 "a" 01'), packet('a2', '0002', properties('26 0001 "k" 0001 "v"'), '0001 "a"')));
  t.is(x.call((c) => clientSubscribe(c, long, 1, 0)), Status.TooLarge);
  t.is(x.call((c) => clientSubscribe(c, '$share//a', 1, 0)), Status.BadFilter);
  t.is(x.call((c) => clientSubscribe(c, '$share/g/a', 5, 0)), Status.BadFlags);
  t.is(x.call((c) => clientUnsubscribe(c, '$share/g/a')) > 0, true);
  t.is(x.sent().length, 1);
});
