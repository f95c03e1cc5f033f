/**
 * The handshakes of QoS 1 and 2 in both directions on one connection: who answers what, and which identifiers are free.
 * [section 4.3 of both; 4.6 for the order of acknowledgements]
 */
import test from 'ava';
import {
  Acknowledge, type Client, clientAcknowledge, clientInput, clientNextEvent, clientOutput, clientPublish, clientSent,
  clientSubscribe, Event, Reason, Status,
} from '../../src/core/index.js';
import { levels, titled } from './cite.js';
import { connectClient } from './client-harness.js';
import { bytes, hex, wire } from './hex.js';
import { puback, pubcomp, publishOf, pubrec, pubrel, subackOf } from './packets.js';

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-4.3.2-1] v5:[MQTT-4.3.2-3]', 'out, QoS 1: unacknowledged until PUBACK'), (t) => {
    const x = connectClient(level);
    x.publish('a', 'x', 2);
    t.deepEqual(x.sent(), [publishOf(level, '32', 'a', 1, 'x')]);
    t.deepEqual(x.events(), []);
    x.advance(30000);
    t.deepEqual(x.sent(), [], 'nothing is sent again on a living connection');
    t.deepEqual(x.feed(puback(1)).events(), ['Published #1 00']);
    t.deepEqual(x.sent(), []);
  });

  test(titled(level, 'v3:[MQTT-4.3.3-1] v3:[MQTT-2.3.1-6] v5:[MQTT-4.3.3-3] v5:[MQTT-4.3.3-4] v5:[MQTT-4.3.3-5] v5:[MQTT-2.2.1-5]', 'out, QoS 2: PUBREC, PUBREL with its identifier, PUBCOMP'), (t) => {
    const x = connectClient(level);
    x.publish('a', 'x', 4);
    t.deepEqual(x.sent(), [publishOf(level, '34', 'a', 1, 'x')]);
    t.deepEqual(x.feed(pubrec(1)).events(), [], 'not settled by PUBREC');
    t.deepEqual(x.sent(), [pubrel(1)]);
    x.feed(pubrec(1));
    t.deepEqual(x.sent(), [pubrel(1)], 'PUBREC again asks for PUBREL again, never for the PUBLISH');
    t.deepEqual(x.feed(pubcomp(1)).events(), ['Published #1 00']);
    t.deepEqual(x.sent(), []);
  });

  test(titled(level, 'v3:[MQTT-3.6.1-1] v5:[MQTT-3.6.1-1]', 'out: PUBREL has the flags 0010'), (t) => {
    const x = connectClient(level);
    x.publish('a', 'x', 4);
    x.sent();
    x.feed(pubrec(1));
    t.deepEqual(x.sent(), wire('62 02 0001'));
  });

  test(titled(level, 'v3:[MQTT-4.6.0-4] v5:[MQTT-4.6.0-4]', 'out: PUBRELs leave in the order in which PUBRECs came'), (t) => {
    const x = connectClient(level);
    for (let n = 0; n < 4; n++) x.publish('a', 'x', 4);
    x.sent();
    x.feed(pubrec(3) + pubrec(1)).feed(pubrec(4)).feed(pubrec(2));
    t.deepEqual(x.sent(), [pubrel(3), pubrel(1), pubrel(4), pubrel(2)]);
  });

  test(titled(level, '', 'out: acknowledgements may come in any order'), (t) => {
    const x = connectClient(level);
    for (let n = 0; n < 4; n++) x.publish('a', 'x', 2);
    x.feed(puback(4) + puback(2) + puback(1) + puback(3));
    t.deepEqual(x.events(), ['Published #4 00', 'Published #2 00', 'Published #1 00', 'Published #3 00']);
  });

  test(titled(level, 'v3:[MQTT-3.3.4-1] v3:[MQTT-2.3.1-6] v3:[MQTT-4.5.0-2] v5:[MQTT-3.3.4-1] v5:[MQTT-2.2.1-5] v5:[MQTT-4.5.0-2] v5:[MQTT-4.3.2-4] v5:[MQTT-4.3.3-8]', 'in: answered by QoS with nothing, PUBACK or PUBREC, whatever the application does'), (t) => {
    for (const acknowledge of [Acknowledge.AtOnce, Acknowledge.AtEnd]) {
      const x = connectClient(level, { acknowledge });
      x.feed(publishOf(level, '30', 'a', null, 'x'));
      t.deepEqual(x.sent(), []);
      x.feed(publishOf(level, '32', 'a', 258, 'x'));
      t.deepEqual(x.sent(), wire('40 02 0102'));
      x.feed(publishOf(level, '34', 'a', 772, 'x'));
      t.deepEqual(x.sent(), wire('50 02 0304'));
      t.is(x.events().length, 3);
    }
  });

  test(titled(level, 'v3:[MQTT-4.3.2-2] v5:[MQTT-4.3.2-5]', 'in, QoS 1: after PUBACK the identifier is a new message\'s, whatever its DUP'), (t) => {
    const x = connectClient(level);
    x.feed(publishOf(level, '32', 'a', 5, 'one')).feed(publishOf(level, '3a', 'a', 5, 'two'));
    t.deepEqual(x.events(), ['Message a "one" q1 #5', 'Message a "two" q1 #5']);
    t.deepEqual(x.sent(), [puback(5), puback(5)]);
  });

  test(titled(level, 'v3:[MQTT-4.3.3-2] v5:[MQTT-4.3.3-10] v5:[MQTT-4.3.3-11] v5:[MQTT-4.3.3-12]', 'in, QoS 2: once before PUBREL, and the identifier is new after PUBCOMP'), (t) => {
    for (const acknowledge of [Acknowledge.AtOnce, Acknowledge.AtEnd]) {
      const x = connectClient(level, { acknowledge });
      x.feed(publishOf(level, '34', 'a', 5, 'one'));
      t.deepEqual(x.sent(), [pubrec(5)]);
      x.feed(publishOf(level, '3c', 'a', 5, 'one'));
      t.deepEqual(x.sent(), [pubrec(5)], 'the repeat is answered');
      x.feed(pubrel(5));
      t.deepEqual(x.sent(), [pubcomp(5)]);
      t.deepEqual(x.events(), ['Message a "one" q2 #5']);
      x.feed(publishOf(level, '3c', 'a', 5, 'two'));
      t.deepEqual(x.events(), ['Message a "two" q2 #5'], 'after PUBCOMP it is another message');
      t.deepEqual(x.sent(), [pubrec(5)]);
    }
  });

  test(titled(level, 'v3:[MQTT-4.6.0-2] v3:[MQTT-4.6.0-3] v5:[MQTT-4.6.0-2] v5:[MQTT-4.6.0-3]', 'in: acknowledgements leave in the order of receipt, however the application answers'), (t) => {
    const x = connectClient(level, { acknowledge: Acknowledge.ByApplication });
    x.feed(publishOf(level, '32', 'a', 3) + publishOf(level, '34', 'a', 1) + publishOf(level, '32', 'a', 2) + publishOf(level, '34', 'a', 4));
    const handles = x.seen().map((seen) => seen.handle);
    t.deepEqual(x.sent(), []);
    for (const place of [3, 1, 2]) {
      t.is(x.call((c) => clientAcknowledge(c, handles[place], Reason.Success)), Status.Ok);
      t.deepEqual(x.sent(), [], `${place} waits for the first`);
    }
    t.is(x.call((c) => clientAcknowledge(c, handles[0], Reason.Success)), Status.Ok);
    t.deepEqual(x.sent(), [puback(3), pubrec(1), puback(2), pubrec(4)]);
    t.is(x.call((c) => clientAcknowledge(c, handles[0], Reason.Success)), Status.Stale);
    t.is(x.call((c) => clientAcknowledge(c, 99, Reason.Success)), Status.Stale);
  });

  test(titled(level, 'v3:[MQTT-4.3.3-1]', 'out: a PUBREC of an unknown identifier is answered with PUBREL'), (t) => {
    const x = connectClient(level);
    x.feed(pubrec(77));
    t.deepEqual(x.sent(), level === 4 ? [pubrel(77)] : wire('62 03 004d 92'));
    x.feed(puback(77)).feed(pubcomp(78));
    t.deepEqual([x.sent(), x.events()], [[], []]);
  });

  test(titled(level, 'v3:[MQTT-4.3.3-2] v5:[MQTT-4.3.3-11] v5:[MQTT-3.7.2-1]', 'in: a PUBREL of an unknown identifier is answered with PUBCOMP'), (t) => {
    const x = connectClient(level);
    x.feed(pubrel(77));
    t.deepEqual(x.sent(), level === 4 ? [pubcomp(77)] : wire('70 03 004d 92'));
  });

  test(titled(level, 'v3:[MQTT-2.3.1-1] v3:[MQTT-2.3.1-2] v3:[MQTT-2.3.1-3] v5:[MQTT-2.2.1-3] v5:[MQTT-4.3.2-1] v5:[MQTT-4.3.3-1]', 'out: identifiers go round without 0 and without those in use'), (t) => {
    const x = connectClient(level, { outboxMessages: 4 });
    // 1 awaits PUBACK, 2 PUBREC, 3 PUBCOMP all the way.
    x.publish('a', '', 2);
    x.publish('a', '', 4);
    x.publish('a', '', 4);
    x.feed(pubrec(3));
    x.sent();
    const seen = new Set<number>();
    // 65,532 times, so without the harness's checks after every call.
    const { c, now } = x;
    const nothing = new Uint8Array(0);
    for (let n = 0; n < 65532; n++) {
      const handle = clientPublish(c, 'a', nothing, 0, 0, 2, now);
      const id = handle & 0xffff;
      clientSent(c, clientOutput(c, now));
      clientInput(c, bytes(puback(id)), 0, 4, now);
      if (handle <= 0 || id < 4 || seen.has(id) || clientNextEvent(c) !== Event.Published) t.fail(`publish ${n}: handle ${handle}`);
      seen.add(id);
    }
    x.settle();
    t.is(seen.size, 65532);
    t.is(x.publish('a', '', 2) & 0xffff, 4, 'all but those in use have had their turn');
    x.feed(puback(1)).feed(puback(4));
    t.deepEqual(x.events(), ['Published #1 00', 'Published #4 00']);
  });

  test(titled(level, 'v3:[MQTT-2.3.1-2] v3:[MQTT-2.3.1-3] v5:[MQTT-2.2.1-3]', 'out: publishes and subscriptions share the identifiers'), (t) => {
    const x = connectClient(level);
    x.call((c) => subscribe(c, 'a'));
    t.is(x.publish('a', '', 2) & 0xffff, 2);
    x.call((c) => subscribe(c, 'b'));
    t.is(x.publish('a', '', 4) & 0xffff, 4);
    x.feed(subackOf(level, 3, '00')).feed(subackOf(level, 1, '01'));
    t.deepEqual(x.events(), ['Subscribed 9 00', 'Subscribed 9 01']);
  });
}

test('3.1.1: a QoS 1 message that the server repeats before it is answered is delivered and acknowledged once', (t) => {
  const x = connectClient(4, { acknowledge: Acknowledge.ByApplication });
  x.feed(publishOf(4, '32', 'a', 5, 'one')).feed(publishOf(4, '3a', 'a', 5, 'one'));
  t.deepEqual(x.events(), ['Message a "one" q1 #5']);
  x.acknowledge(5);
  t.deepEqual(x.sent(), [puback(5)]);
});

test('5.0: every code of PUBACK and PUBREC from 0x80 on ends the message as refused v5:[MQTT-4.4.0-2]', (t) => {
  for (const code of ['80', '83', '87', '90', '91', '97', '99']) {
    const x = connectClient(5, { cleanStart: false, v5: { sessionExpiryS: 60 } }, '20 03 01 00 00');
    x.publish('a', '', 2);
    x.publish('a', '', 4);
    x.feed(`40 03 0001 ${code}`).feed(`50 04 0002 ${code} 00`);
    t.deepEqual(x.events(), [`Dropped #1 Refused ${code}`, `Dropped #2 Refused ${code}`]);
    x.sent();
    x.reconnect('20 03 01 00 00');
    t.deepEqual(x.sent(), [], 'never sent again');
  }
});

test('5.0: a PUBREC from 0x80 on is not answered with PUBREL, one below is v5:[MQTT-4.3.3-4]', (t) => {
  const x = connectClient(5);
  x.publish('a', '', 4);
  x.publish('a', '', 4);
  x.sent();
  x.feed('50 03 0001 97');
  t.deepEqual(x.sent(), []);
  x.feed('50 03 0002 10');
  t.deepEqual(x.sent(), [pubrel(2)]);
  t.deepEqual(x.feed('70 03 0002 92').events(), ['Dropped #1 Refused 97', 'Published #2 92']);
});

test('5.0: an acknowledgement with reason string and user properties is read v5:[MQTT-1.5.7-1]', (t) => {
  const x = connectClient(5);
  x.publish('a', '', 2);
  x.feed('40 11 0001 10 0d 1f 0001 "r" 26 0002 "nn" 0002 "vv"');
  t.deepEqual(x.events(), ['Published #1 10']);
});

test('5.0: a QoS 2 message that the application refuses ends with PUBREC, and its identifier is new v5:[MQTT-4.3.3-9]', (t) => {
  const x = connectClient(5, { acknowledge: Acknowledge.ByApplication });
  x.feed(publishOf(5, '34', 'a', 6, 'one'));
  t.is(x.call((c) => clientAcknowledge(c, 6, Reason.QuotaExceeded)), Status.Ok);
  t.deepEqual(x.sent(), wire('50 03 0006 97'));
  x.feed(publishOf(5, '34', 'a', 6, 'two'));
  t.deepEqual(x.events(), ['Message a "one" q2 #6', 'Message a "two" q2 #6']);
});

const answerCodes: readonly [string, string, number, Status][] = [
  ...[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99].map((code): [string, string, number, Status] => ['32', '40', code, Status.Ok]),
  ...[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99].map((code): [string, string, number, Status] => ['34', '50', code, Status.Ok]),
  ...[0x01, 0x04, 0x11, 0x81, 0x82, 0x92, 0x9b, 0xff, 0x100, -1].map((code): [string, string, number, Status] => ['32', '40', code, Status.BadFlags]),
  ...[0x02, 0x18, 0x85, 0x92, 0xa2].map((code): [string, string, number, Status] => ['34', '50', code, Status.BadFlags]),
];

for (const [first, answer, code, status] of answerCodes) {
  test(`5.0: the application answers ${first === '32' ? 'QoS 1' : 'QoS 2'} with ${code}: ${status === Status.Ok ? 'sent' : 'refused, since its packet has no such code'} v5:[MQTT-3.4.2-1] v5:[MQTT-3.5.2-1]`, (t) => {
    const x = connectClient(5, { acknowledge: Acknowledge.ByApplication });
    x.feed(publishOf(5, first, 'a', 6));
    t.is(x.call((c) => clientAcknowledge(c, 6, code)), status);
    const sent = status !== Status.Ok ? [] : wire(code === 0 ? `${answer} 02 0006` : `${answer} 03 0006 ${code.toString(16)}`);
    t.deepEqual(x.sent(), sent);
  });
}

test('5.0: PUBREL and PUBCOMP carry Success or Packet Identifier Not Found v5:[MQTT-3.6.2-1] v5:[MQTT-3.7.2-1]', (t) => {
  const x = connectClient(5);
  x.publish('a', '', 4);
  x.feed(publishOf(5, '34', 'a', 6));
  x.sent();
  x.feed(pubrec(1) + pubrec(9) + pubrel(6) + pubrel(9));
  t.deepEqual(x.sent(), [pubrel(1), hex('62 03 0009 92'), pubcomp(6), hex('70 03 0009 92')]);
});

test('5.0: no acknowledgement carries properties, however small the server\'s packets v5:[MQTT-3.4.2-2] v5:[MQTT-3.4.2-3] v5:[MQTT-3.5.2-2] v5:[MQTT-3.5.2-3] v5:[MQTT-3.6.2-2] v5:[MQTT-3.6.2-3] v5:[MQTT-3.7.2-2] v5:[MQTT-3.7.2-3]', (t) => {
  const x = connectClient(5, { acknowledge: Acknowledge.ByApplication }, '20 08 00 00 05 27 00000008');
  x.publish('a', '', 4);
  x.feed(publishOf(5, '32', 'a', 5) + publishOf(5, '34', 'a', 6) + publishOf(5, '34', 'a', 7));
  for (const [id, code] of [[5, 0x99], [6, 0x97], [7, 0]]) x.call((c) => clientAcknowledge(c, id, code));
  x.feed(pubrec(1) + pubrec(8) + pubrel(7) + pubrel(9));
  const sent = x.sent().slice(1);
  t.deepEqual(sent, wire('40 03 0005 99', '50 03 0006 97', '50 02 0007', '62 02 0001', '62 03 0008 92', '70 02 0007', '70 03 0009 92'));
  for (const answer of sent) t.true(answer.length / 2 <= 5);
});

function subscribe(c: Client, filter: string): number {
  return clientSubscribe(c, filter, 1, 9);
}
