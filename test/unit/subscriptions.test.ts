/**
 * Filters and their routes: a request that the server is too small for is reported, one to withdraw an unknown filter
 * leaves nothing behind, and `$share` means something to 5.0 only. [3.1.1 and 5.0 section 3.8, 3.10; 5.0 section 4.8.2]
 */
import test from 'ava';
import { clientSubscribe, clientUnsubscribe, ConfigFault, configFault, Status } from '../../src/core/index.js';
import { levels, titled } from '../conformance/cite.js';
import { connectClient, resumed, TestClient, testConfig } from '../conformance/client-harness.js';
import { packet, properties } from '../conformance/hex.js';
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
