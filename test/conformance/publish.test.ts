/**
 * PUBLISH as the client writes it and reads it: bytes, flags, topics; what it refuses from its caller. [section 3.3 of both]
 */
import test from 'ava';
import {
  clientPublish, clientPublishStream, clientPublishWith, clientStream, createProperties, Event, Property, Publish,
  putPropertyNumber, putPropertyText, Status,
} from '../../src/core/index.js';
import { levels, titled } from './cite.js';
import { connectClient } from './client-harness.js';
import { bytes, wire } from './hex.js';
import { publishOf } from './packets.js';

interface Row {
  about: string;
  ids: string;
  topic: string;
  payload: string;
  flags: number;
  v3: string;
  v5: string;
}

const longTopic = 'x'.repeat(150);

const outgoing: readonly Row[] = [
  {
    about: 'QoS 0: DUP 0, no packet identifier', topic: 'a/b', payload: 'hi', flags: 0,
    ids: 'v3:[MQTT-3.3.1-2] v3:[MQTT-2.3.1-5] v3:[MQTT-4.3.1-1] v3:[MQTT-3.3.2-1] v3:[MQTT-2.2.2-1] '
      + 'v5:[MQTT-3.3.1-2] v5:[MQTT-2.2.1-2] v5:[MQTT-4.3.1-1] v5:[MQTT-3.3.2-1] v5:[MQTT-2.2.2-1]',
    v3: '30 07 0003 "a/b" "hi"', v5: '30 08 0003 "a/b" 00 "hi"',
  },
  { about: 'QoS 0, retained', ids: '', topic: 'a', payload: '', flags: 1, v3: '31 03 0001 "a"', v5: '31 04 0001 "a" 00' },
  {
    about: 'QoS 1: DUP 0, a packet identifier other than 0', topic: 'a/b', payload: 'hi', flags: 2,
    ids: 'v3:[MQTT-4.3.2-1] v3:[MQTT-2.3.1-1] v5:[MQTT-4.3.2-1] v5:[MQTT-4.3.2-2] v5:[MQTT-2.2.1-3]',
    v3: '32 09 0003 "a/b" 0001 "hi"', v5: '32 0a 0003 "a/b" 0001 00 "hi"',
  },
  {
    about: 'QoS 2, retained: DUP 0, a packet identifier other than 0', topic: 'a/b', payload: 'hi', flags: 5,
    ids: 'v3:[MQTT-4.3.3-1] v3:[MQTT-2.3.1-1] v5:[MQTT-4.3.3-1] v5:[MQTT-4.3.3-2] v5:[MQTT-2.2.1-3]',
    v3: '35 09 0003 "a/b" 0001 "hi"', v5: '35 0a 0003 "a/b" 0001 00 "hi"',
  },
  {
    about: 'a topic of one character and of a space', ids: 'v3:[MQTT-4.7.3-1] v5:[MQTT-4.7.3-1]', topic: '/ ', payload: 'x', flags: 0,
    v3: '30 05 0002 "/ x"', v5: '30 06 0002 "/ " 00 "x"',
  },
  {
    about: 'a remaining length of two bytes', ids: 'v5:[MQTT-1.5.5-1]', topic: longTopic, payload: 'x', flags: 0,
    v3: `30 9901 0096 "${longTopic}x"`, v5: `30 9a01 0096 "${longTopic}" 00 "x"`,
  },
  {
    about: 'U+FEFF is kept as EF BB BF', ids: 'v3:[MQTT-1.5.3-3] v5:[MQTT-1.5.4-3]', topic: '\ufeffa', payload: '', flags: 0,
    v3: '30 06 0004 efbbbf "a"', v5: '30 07 0004 efbbbf "a" 00',
  },
];

for (const level of levels) {
  for (const row of outgoing) {
    test(titled(level, row.ids, `out: ${row.about}`), (t) => {
      const x = connectClient(level);
      const handle = x.publish(row.topic, row.payload, row.flags);
      t.is(handle & 0xffff, (row.flags & Publish.QosMask) === 0 ? 0 : 1);
      t.deepEqual(x.sent(), wire(level === 4 ? row.v3 : row.v5));
    });
  }

  test(titled(level, '', 'out: what was queued is sent the same at every size of the link\'s appetite'), (t) => {
    for (const takes of [1, 2, 3, 7]) {
      const x = connectClient(level);
      x.takes = takes;
      x.publish('a/b', 'hi', 2);
      x.publish('c', 'there', 0);
      t.deepEqual(x.sent(), [publishOf(level, '32', 'a/b', 1, 'hi'), publishOf(level, '30', 'c', null, 'there')]);
    }
  });

  const refused: readonly [string, string, number, Status][] = [
    ['v3:[MQTT-4.7.3-1] v5:[MQTT-4.7.3-1]', '', 0, Status.BadTopic],
    ['v3:[MQTT-3.3.2-2] v3:[MQTT-4.7.1-1] v5:[MQTT-3.3.2-2] v5:[MQTT-4.7.0-1]', 'a/+', 0, Status.BadTopic],
    ['v3:[MQTT-3.3.2-2] v5:[MQTT-3.3.2-2]', 'a#b', 2, Status.BadTopic],
    ['v3:[MQTT-1.5.3-2] v3:[MQTT-4.7.3-2] v5:[MQTT-1.5.4-2] v5:[MQTT-4.7.3-2]', 'a\u0000', 4, Status.BadTopic],
    ['v3:[MQTT-1.5.3-1] v3:[MQTT-3.3.2-1] v5:[MQTT-1.5.4-1] v5:[MQTT-3.3.2-1]', 'a\ud800', 0, Status.BadTopic],
    ['v3:[MQTT-1.5.3-1] v5:[MQTT-1.5.4-1]', '\udc00b', 0, Status.BadTopic],
    ['v3:[MQTT-3.3.1-4] v5:[MQTT-3.3.1-4]', 'a', 6, Status.BadFlags],
    ['v3:[MQTT-3.3.1-2] v3:[MQTT-3.3.1-1] v5:[MQTT-3.3.1-2]', 'a', 8, Status.BadFlags],
    ['', 'a', 64, Status.BadFlags],
    ['', 'a', -1, Status.BadFlags],
  ];
  for (const [ids, topic, flags, status] of refused) {
    test(titled(level, ids, `out: topic ${JSON.stringify(topic)} with flags ${flags} is refused, and nothing is sent`), (t) => {
      const x = connectClient(level);
      t.is(x.publish(topic, 'p', flags), status);
      t.deepEqual([x.sent(), x.events()], [[], []]);
      t.true(x.publish('a', '', 2) > 0);
      t.deepEqual(x.sent(), [publishOf(level, '32', 'a', 1)]);
    });
  }

  test(titled(level, '', 'out: a range outside the payload is refused'), (t) => {
    const x = connectClient(level);
    for (const [from, to] of [[-1, 1], [2, 1], [0, 4]]) {
      t.is(x.call((c, now) => clientPublish(c, 'a', bytes('"abc"'), from, to, 0, now)), Status.BadRange);
    }
    t.is(x.call((c, now) => clientPublish(c, 'a', bytes('"abc"'), 1, 2, 0, now)), 0);
    t.deepEqual(x.sent(), [publishOf(level, '30', 'a', null, 'b')]);
  });

  test(titled(level, 'v3:[MQTT-4.7.3-3] v5:[MQTT-4.7.3-3]', 'out: 65,535 bytes of topic are sent, one more is refused'), (t) => {
    const x = connectClient(level, { outboxBytes: 70000 });
    t.is(x.publish('t'.repeat(65536), '', 0), Status.BadTopic);
    t.is(x.publish('\u00e9'.repeat(32768), '', 0), Status.BadTopic);
    t.is(x.publish('t'.repeat(65535), '', 0), 0);
    t.deepEqual(x.sent(), [publishOf(level, '30', 't'.repeat(65535), null)]);
  });

  const incoming: readonly [string, string, string, string][] = [
    ['QoS 0', '', publishOf(level, '30', 'a', null, 'hi'), 'Message a "hi" q0'],
    ['retained, an empty payload', '', publishOf(level, '31', 'a', null), 'Message a "" q0 retain'],
    ['QoS 1', '', publishOf(level, '32', 'a', 7, 'hi'), 'Message a "hi" q1 #7'],
    ['DUP at QoS 1 that was not seen before', 'v3:[MQTT-4.3.2-2] v5:[MQTT-4.3.2-5]', publishOf(level, '3a', 'a', 7, 'hi'), 'Message a "hi" q1 #7'],
    ['QoS 2', '', publishOf(level, '34', 'a', 65535, 'hi'), 'Message a "hi" q2 #65535'],
    ['U+FEFF at the front', 'v3:[MQTT-1.5.3-3] v5:[MQTT-1.5.4-3]', publishOf(level, '30', '\ufeffa', null), 'Message \ufeffa "" q0'],
    ['a topic of the highest plane', '', publishOf(level, '30', '\u{10ffff}', null), 'Message \u{10ffff} "" q0'],
    ['a topic of spaces and slashes', '', publishOf(level, '30', '/ /', null), 'Message / / "" q0'],
  ];
  for (const [about, ids, written, event] of incoming) {
    test(titled(level, ids, `in: ${about}, at every split`), (t) => {
      for (let cut = 0; cut <= bytes(written).length; cut++) {
        const x = connectClient(level, { receiveBytes: 40 });
        x.feedCut(written, cut);
        t.deepEqual(x.events(), [event], `split at ${cut}`);
      }
      const x = connectClient(level, { receiveBytes: 40 });
      t.deepEqual(x.feedBytewise(written).events(), [event]);
    });
  }

  test(titled(level, '', 'a stream: header first, then the bytes that were asked for, and a range is refused that is not of it'), (t) => {
    const x = connectClient(level);
    const source = bytes('"0123456789"');
    const statuses: Status[] = [];
    x.onEvent = (seen) => {
      if (seen.event !== Event.StreamWanted) return;
      statuses.push(clientStream(x.c, source, 0, 11), clientStream(x.c, source, 5, 5), clientStream(x.c, source, -1, 5));
      statuses.push(clientStream(x.c, source, seen.streamAt, Math.min(seen.streamAt + 4, 10)));
    };
    t.is(x.call((c) => clientStream(c, source, 0, 1)), Status.BadState);
    t.true(x.call((c, now) => clientPublishStream(c, 's', 10, Publish.Qos1, null, now)) > 0);
    t.is(x.call((c, now) => clientPublishStream(c, 's', 10, Publish.Qos1, null, now)), Status.NoSlot);
    t.deepEqual(x.sent(), [publishOf(level, '32', 's', 1, '0123456789')]);
    t.deepEqual(statuses.map((status) => (status === Status.Ok ? 'Ok' : 'BadRange')), [0, 1, 2].flatMap(() => ['BadRange', 'BadRange', 'BadRange', 'Ok']));
  });

  test(titled(level, '', 'expiry and stream sizes out of range are refused'), (t) => {
    const x = connectClient(level);
    const p = new Uint8Array(0);
    for (const expiry of [-1, 536871]) t.is(x.call((c, now) => clientPublishWith(c, 'a', p, 0, 0, 0, expiry, null, now)), Status.BadRange);
    for (const total of [-1, 268435455]) t.is(x.call((c, now) => clientPublishStream(c, 'a', total, 0, null, now)), Status.BadRange);
    t.is(x.call((c, now) => clientPublishStream(c, 'a', 5, Publish.KeepLatest, null, now)), Status.BadFlags);
    t.deepEqual(x.sent(), []);
  });
}

test('3.1.1 publishes no properties', (t) => {
  const x = connectClient(4);
  const p = createProperties(8);
  t.is(x.call((c, now) => clientPublishWith(c, 'a', bytes(''), 0, 0, 0, 0, p, now)), Status.BadProperties);
});

const ownProperties: readonly [string, string, string, Status][] = [
  ['v5:[MQTT-3.3.4-6]', 'a subscription identifier', '0b 01', Status.BadProperties],
  ['v5:[MQTT-3.3.2-8] v5:[MQTT-3.2.2-18]', 'a topic alias of the caller\'s', '23 0001', Status.BadProperties],
  ['', 'a message expiry beside its own argument', '02 00000001', Status.BadProperties],
  ['v5:[MQTT-3.3.2-14]', 'a response topic with a wildcard', '08 0003 "a/#"', Status.BadProperties],
  ['v5:[MQTT-3.3.2-13]', 'a response topic that is no UTF-8', '08 0001 ff', Status.BadProperties],
  ['v5:[MQTT-3.3.2-19]', 'a content type that is no UTF-8', '03 0002 c328', Status.BadProperties],
  ['v5:[MQTT-1.5.7-1]', 'a user property whose name holds U+0000', '26 0001 00 0000', Status.BadProperties],
  ['v5:[MQTT-1.5.7-1]', 'a user property whose value is a surrogate', '26 0000 0003 eda080', Status.BadProperties],
  ['', 'a payload format of 2', '01 02', Status.BadProperties],
  ['', 'a property of CONNECT', '11 00000001', Status.BadProperties],
  ['', 'a payload format twice', '01 01 01 01', Status.BadProperties],
  ['', 'a property cut short', '09 0005 00', Status.BadProperties],
  ['v5:[MQTT-3.3.2-13] v5:[MQTT-3.3.2-19] v5:[MQTT-1.5.7-1]', 'everything allowed', '01 01 03 0001 "t" 08 0001 "r" 09 0001 00 26 0001 "a" 0001 "b" 26 0001 "a" 0001 "b"', Status.Ok],
];

for (const [ids, about, list, status] of ownProperties) {
  test(titled(5, ids, `out: a publish with ${about}`), (t) => {
    const x = connectClient(5);
    const given = bytes(list);
    const p = createProperties(64);
    p.bytes.set(given);
    p.limit = given.length;
    t.is(x.call((c, now) => clientPublishWith(c, 'a', bytes('"x"'), 0, 1, 0, 0, p, now)), status);
    t.deepEqual(x.sent(), status === Status.Ok ? [publishOf(5, '30', 'a', null, 'x', list)] : []);
  });
}

test('5.0: properties are written as the specification codes them, and not at all where there is no room v5:[MQTT-1.5.5-1]', (t) => {
  const p = createProperties(12);
  t.is(putPropertyNumber(p, Property.SubscriptionIdentifier, 300), Status.Ok);
  t.is(putPropertyText(p, Property.ReasonString, 'no room here'), Status.NoRoom);
  t.is(putPropertyText(p, Property.ReasonString, 'fits'), Status.Ok);
  t.is(putPropertyNumber(p, Property.TopicAlias, 1), Status.NoRoom);
  t.is(putPropertyText(p, Property.TopicAlias, 'x'), Status.BadProperties);
  t.is(putPropertyNumber(p, Property.ReasonString, 1), Status.BadProperties);
  t.deepEqual([...p.bytes.subarray(0, p.limit)], [...bytes('0b ac02 1f 0004 "fits"')]);
});

