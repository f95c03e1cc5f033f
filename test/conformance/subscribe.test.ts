/**
 * SUBSCRIBE and UNSUBSCRIBE as the client writes them, their answers, what is refused from the caller, and which
 * subscription a message matched. [section 3.8 to 3.11 and 4.7 of both; 4.8 of 5.0]
 */
import test from 'ava';
import { clientSubscribe, clientUnsubscribe, Status } from '../../src/core/index.js';
import { levels, titled } from './cite.js';
import { accepted, connectClient, resumed, type TestClient } from './client-harness.js';
import { bytes, packet, properties, wire } from './hex.js';
import { publishOf, subackOf, subscribeOf, unsubackOf, unsubscribeOf } from './packets.js';

function subscribe(x: TestClient, filter: string, options = 0, route = 7): number {
  return x.call((c) => clientSubscribe(c, filter, options, route));
}

function unsubscribe(x: TestClient, filter: string): number {
  return x.call((c) => clientUnsubscribe(c, filter));
}

const badFilters: readonly [string, string, string][] = [
  ['', 'v3:[MQTT-4.7.3-1] v5:[MQTT-4.7.3-1]', 'empty'],
  ['a\u0000', 'v3:[MQTT-1.5.3-2] v3:[MQTT-4.7.3-2] v5:[MQTT-1.5.4-2] v5:[MQTT-4.7.3-2]', 'U+0000'],
  ['\ud800', 'v3:[MQTT-1.5.3-1] v3:[MQTT-3.8.3-1] v3:[MQTT-3.10.3-1] v5:[MQTT-1.5.4-1] v5:[MQTT-3.8.3-1] v5:[MQTT-3.10.3-1]', 'a surrogate'],
  ['a/\udfff/#', 'v3:[MQTT-3.8.3-1] v3:[MQTT-3.10.3-1] v5:[MQTT-3.8.3-1] v5:[MQTT-3.10.3-1]', 'a surrogate before a wildcard'],
  ['a#', 'v3:[MQTT-4.7.1-2] v5:[MQTT-4.7.1-1]', '# behind a character'],
  ['a/#/b', 'v3:[MQTT-4.7.1-2] v5:[MQTT-4.7.1-1]', '# before the end'],
  ['#/', 'v3:[MQTT-4.7.1-2] v5:[MQTT-4.7.1-1]', '# before a slash'],
  ['##', 'v3:[MQTT-4.7.1-2] v5:[MQTT-4.7.1-1]', '# twice'],
  ['a+', 'v3:[MQTT-4.7.1-3] v5:[MQTT-4.7.1-2]', '+ behind a character'],
  ['+a', 'v3:[MQTT-4.7.1-3] v5:[MQTT-4.7.1-2]', '+ before a character'],
  ['a/b+/c', 'v3:[MQTT-4.7.1-3] v5:[MQTT-4.7.1-2]', '+ inside a level'],
  ['++', 'v3:[MQTT-4.7.1-3] v5:[MQTT-4.7.1-2]', '+ twice on a level'],
];

const goodFilters = ['a', '/', '+', '#', '+/+', '+/#', '/+', 'a/#', 'a/+/b', ' ', '$SYS/#', '\ufeff', 'gr\u00fc\u00dfe/\u{1f600}'];

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-3.8.1-1] v3:[MQTT-3.8.3-3] v3:[MQTT-3.8.3-1] v3:[MQTT-2.3.1-1] v5:[MQTT-3.8.1-1] v5:[MQTT-3.8.3-2] v5:[MQTT-3.8.3-1] v5:[MQTT-2.2.1-3]', 'SUBSCRIBE: flags 0010, an identifier, one filter'), (t) => {
    const x = connectClient(level);
    t.is(subscribe(x, 'a/+', 1), 0);
    t.deepEqual(x.sent(), wire(level === 4 ? '82 08 0001 0003 "a/+" 01' : '82 0b 0001 02 0b 01 0003 "a/+" 01'));
    t.deepEqual(x.feed(subackOf(level, 1, '01')).events(), ['Subscribed 7 01']);
  });

  test(titled(level, 'v3:[MQTT-3.10.1-1] v3:[MQTT-3.10.3-2] v3:[MQTT-3.10.3-1] v5:[MQTT-3.10.1-1] v5:[MQTT-3.10.3-2] v5:[MQTT-3.10.3-1] v5:[MQTT-2.2.2-1]', 'UNSUBSCRIBE: flags 0010, an identifier, one filter'), (t) => {
    const x = connectClient(level);
    t.true(unsubscribe(x, 'a/+') >= 0);
    t.deepEqual(x.sent(), wire(level === 4 ? 'a2 07 0001 0003 "a/+"' : 'a2 08 0001 00 0003 "a/+"'));
    t.deepEqual(x.feed(unsubackOf(level, 1)).events(), ['Unsubscribed -1 00']);
  });

  test(titled(level, 'v3:[MQTT-3.8.3-3] v5:[MQTT-3.8.3-2]', 'SUBSCRIBE: several filters are several packets, each with its own'), (t) => {
    const x = connectClient(level, { controlBytes: 512 });
    ['a', 'b', 'c'].forEach((filter, n) => t.true(subscribe(x, filter, n, n) >= 0));
    const sent = x.sent();
    t.is(sent.length, 3);
    const identifiers = sent.map((one) => (level === 5 ? parseInt(one.slice(12, 14), 16) : 0));
    sent.forEach((one, n) => t.is(one, subscribeOf(level, n + 1, 'abc'[n], `0${n}`, identifiers[n])));
    x.feed(subackOf(level, 2, '80')).feed(subackOf(level, 3, '02')).feed(subackOf(level, 1, '00'));
    t.deepEqual(x.events(), ['Subscribed 1 80', 'Subscribed 2 02', 'Subscribed 0 00']);
  });

  for (const [filter, ids, about] of badFilters) {
    test(titled(level, ids, `a filter with ${about} is refused`), (t) => {
      const x = connectClient(level);
      t.is(subscribe(x, filter), Status.BadFilter);
      t.is(unsubscribe(x, filter), Status.BadFilter);
      t.deepEqual([x.sent(), x.events()], [[], []]);
    });
  }

  test(titled(level, 'v3:[MQTT-4.7.1-2] v3:[MQTT-4.7.1-3] v3:[MQTT-1.5.3-3] v5:[MQTT-4.7.1-1] v5:[MQTT-4.7.1-2] v5:[MQTT-1.5.4-3]', 'every filter that the specification allows is sent as it is'), (t) => {
    for (const filter of goodFilters) {
      const x = connectClient(level);
      t.is(subscribe(x, filter), 0, filter);
      t.deepEqual(x.sent(), [subscribeOf(level, 1, filter, '00')]);
    }
  });

  test(titled(level, 'v3:[MQTT-4.7.3-3] v5:[MQTT-4.7.3-3]', 'a filter of 65,535 bytes is sent, one more is refused'), (t) => {
    const x = connectClient(level, { controlBytes: 70000, filterBytes: 140000 });
    t.is(subscribe(x, 'f'.repeat(65536)), Status.BadFilter);
    t.is(subscribe(x, 'f'.repeat(65535)), 0);
    t.deepEqual(x.sent(), [subscribeOf(level, 1, 'f'.repeat(65535), '00')]);
  });

  test(titled(level, '', 'options out of range, and more than there is room for, are refused'), (t) => {
    const x = connectClient(level, { subscriptions: 2, filterBytes: 16, controlBytes: 40 });
    for (const options of level === 4 ? [3, 4, 8, 16, 64, -1] : [3, 0x30, 64, 128, -1]) t.is(subscribe(x, 'a', options), Status.BadFlags, String(options));
    t.is(subscribe(x, 'a-filter-beyond-it'), Status.NoFilterRoom);
    t.true(subscribe(x, 'a') >= 0);
    t.true(subscribe(x, 'b') >= 0);
    t.is(subscribe(x, 'c'), Status.NoFilterRoom);
    t.true(subscribe(x, 'a', 1) >= 0, 'a filter that is there already takes no room');
  });

  test(titled(level, '', 'a request is made again on the next link until it is answered'), (t) => {
    const x = connectClient(level, { cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[level]);
    subscribe(x, 'a', 1);
    unsubscribe(x, 'b');
    x.reconnect(resumed[level]);
    const ids = x.sent().map((one) => ({ type: one.slice(0, 2), id: parseInt(one.slice(4, 8), 16) }));
    t.deepEqual(ids.map((one) => one.type), ['82', 'a2']);
    x.feed(subackOf(level, ids[0].id, '01')).feed(unsubackOf(level, ids[1].id));
    t.deepEqual(x.events(), ['Connected present', 'Subscribed 7 01', 'Unsubscribed -1 00']);
    x.reconnect(resumed[level]);
    t.deepEqual(x.sent(), [], 'the session keeps them');
    x.reconnect(accepted[level]);
    t.is(x.sent()[0]?.slice(0, 2), '82', 'and without a session they are made again');
  });

  test(titled(level, '', 'an answer to nothing is passed over'), (t) => {
    const x = connectClient(level);
    x.feed(subackOf(level, 9, '00')).feed(unsubackOf(level, 9));
    t.deepEqual([x.events(), x.isLinkOpen], [[], true]);
  });

  test(titled(level, '', 'subscribe, then unsubscribe before SUBACK'), (t) => {
    const x = connectClient(level);
    subscribe(x, 'a');
    unsubscribe(x, 'a');
    const sent = x.sent();
    t.deepEqual(sent, [subscribeOf(level, 1, 'a', '00'), unsubscribeOf(level, 2, 'a')]);
    x.feed(subackOf(level, 1, '00')).feed(unsubackOf(level, 2));
    t.is(x.events().at(-1), 'Unsubscribed 7 00');
    t.true(x.isLinkOpen);
  });

  const matches: readonly [string, string, boolean][] = [
    ['sport/tennis/player1/#', 'sport/tennis/player1', true], ['sport/tennis/player1/#', 'sport/tennis/player1/ranking/x', true],
    ['sport/#', 'sport', true], ['sport/#', 'sports', false], ['#', 'a/b', true], ['#', '/', true], ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true], ['sport/+', 'sport/a/b', false], ['+/+', '/finance', true], ['/+', '/finance', true],
    ['+', '/finance', false], ['+', 'a', true], ['+/monitor/Clients', '$SYS/monitor/Clients', false], ['#', '$SYS/a', false],
    ['$SYS/#', '$SYS/a', true], ['$SYS/monitor/+', '$SYS/monitor/Clients', true], ['a/b', 'a/b', true], ['a/b', 'A/b', false],
    ['a/b', 'a/b/', false], ['a//b', 'a//b', true], ['a/+/b', 'a//b', true], ['+/#', 'a', true], ['+/+/#', 'a', false],
  ];
  test(titled(level, 'v3:[MQTT-4.7.1-2] v3:[MQTT-4.7.1-3] v5:[MQTT-4.7.1-1] v5:[MQTT-4.7.1-2]', 'a message names the filter that matches it'), (t) => {
    for (const [filter, topic, isMatch] of matches) {
      const x = connectClient(level);
      subscribe(x, filter, 0, 42);
      x.feed(subackOf(level, 1, '00')).events();
      x.feed(publishOf(level, '30', topic, null));
      t.is(x.seen()[0].route, isMatch ? 42 : -1, `${filter} and ${topic}`);
    }
  });
}

test('5.0: the subscription identifier of a message names the subscription, whatever the topic', (t) => {
  const x = connectClient(5);
  subscribe(x, 'a', 0, 10);
  subscribe(x, 'b', 0, 20);
  const identifiers = x.sent().map((one) => one.slice(12, 14));
  x.feed(publishOf(5, '30', 'zzz', null, '', `0b ${identifiers[1]}`)).feed(publishOf(5, '30', 'zzz', null, '', `0b ${identifiers[0]}`, '0b 7f'));
  x.feed(publishOf(5, '30', 'b', null, '', '0b ff7f'));
  t.deepEqual(x.seen().map((seen) => seen.route), [20, 10, 20]);
});

const shared: readonly [string, string, Status | 0][] = [
  ['$share/g/a', '', 0], ['$share/g/+/b', '', 0], ['$share/g/#', '', 0], ['$share/g//', '', 0],
  ['$share//a', 'v5:[MQTT-4.8.2-1]', Status.BadFilter],
  ['$share/', 'v5:[MQTT-4.8.2-1]', Status.BadFilter],
  ['$share/g', 'v5:[MQTT-4.8.2-2]', Status.BadFilter],
  ['$share/g/', 'v5:[MQTT-4.8.2-2]', Status.BadFilter],
  ['$share/g+/a', 'v5:[MQTT-4.8.2-2]', Status.BadFilter],
  ['$share/#/a', 'v5:[MQTT-4.8.2-2]', Status.BadFilter],
  ['$share/g/a#', 'v5:[MQTT-4.8.2-2]', Status.BadFilter],
];
for (const [filter, ids, status] of shared) {
  test(titled(5, `${ids} v5:[MQTT-4.8.2-1]`, `shared filter ${filter} is ${status === 0 ? 'sent' : 'refused'}`), (t) => {
    const x = connectClient(5);
    t.is(subscribe(x, filter), status);
    t.deepEqual(x.sent(), status === 0 ? [subscribeOf(5, 1, filter, '00')] : []);
    if (status !== 0) t.is(unsubscribe(x, filter), status);
  });
}

test('5.0: No Local on a shared subscription is refused v5:[MQTT-3.8.3-4]', (t) => {
  const x = connectClient(5);
  t.is(subscribe(x, '$share/g/a', 4), Status.BadFlags);
  t.is(subscribe(x, 'a', 4), 0);
  t.deepEqual(x.sent(), [subscribeOf(5, 1, 'a', '04')]);
});

test('5.0: every option is sent as it was given', (t) => {
  for (const options of [0, 1, 2, 4, 8, 16, 32, 46]) {
    const x = connectClient(5);
    subscribe(x, 'a', options);
    t.deepEqual(x.sent(), [subscribeOf(5, 1, 'a', options.toString(16).padStart(2, '0'))]);
  }
});

test('5.0: every reason code of SUBACK and UNSUBACK is reported', (t) => {
  for (const code of ['00', '01', '02', '80', '83', '87', '8f', '91', '97', '9e', 'a1', 'a2']) {
    const x = connectClient(5);
    subscribe(x, 'a', 2);
    t.deepEqual(x.feed(subackOf(5, 1, code)).events(), [`Subscribed 7 ${code}`]);
  }
  for (const code of ['00', '11', '80', '83', '87', '8f', '91']) {
    const x = connectClient(5);
    unsubscribe(x, 'a');
    t.deepEqual(x.feed(packet('b0', '0001', properties('1f 0002 "ok"', '26 0001 "a" 0001 "b"'), code)).events(), [`Unsubscribed -1 ${code}`]);
  }
});

test('5.0: user properties go with SUBSCRIBE and UNSUBSCRIBE, and no identifier where the server has none', (t) => {
  const x = connectClient(5, { v5: { requestProperties: bytes('26 0001 "k" 0001 "v"') } }, '20 05 00 00 02 29 00');
  subscribe(x, 'a');
  unsubscribe(x, 'b');
  t.deepEqual(x.sent(), wire('82 0e 0001 07 26 0001 "k" 0001 "v" 0001 "a" 00', 'a2 0d 0002 07 26 0001 "k" 0001 "v" 0001 "b"'));
});
