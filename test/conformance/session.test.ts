/**
 * What outlives a connection: resending, order, DUP, what becomes of both directions with the session and without it.
 * [section 3.1.2.4, 4.1, 4.3, 4.4 and 4.6 of both]
 */
import test from 'ava';
import { Acknowledge, clientConnect, clientDisconnect, clientLinkDown, clientPublish, clientPublishWith, Event, State } from '../../src/core/index.js';
import { type Level, levels, titled } from './cite.js';
import { accepted, connectClient, connectingClient, resumed, type TestClient } from './client-harness.js';
import { puback, pubcomp, publishOf, pubrec, pubrel } from './packets.js';

/** A client whose session the server keeps. */
function kept(level: Level): TestClient {
  return connectClient(level, { cleanStart: false, outboxBytes: 2048, outboxMessages: 16, v5: { sessionExpiryS: 600 } }, resumed[level]);
}

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-4.4.0-1] v3:[MQTT-3.3.1-1] v3:[MQTT-2.3.1-3] v3:[MQTT-3.1.2-4] v3:[MQTT-4.1.0-1] v5:[MQTT-4.4.0-1] v5:[MQTT-3.3.1-1] v5:[MQTT-3.1.2-23] v5:[MQTT-4.1.0-1]', 'resumed: what was not acknowledged goes out again with DUP and its identifier'), (t) => {
    const x = kept(level);
    x.publish('a', '1', 2);
    x.publish('a', '2', 5);
    x.publish('a', '3', 4);
    x.publish('a', '4', 2);
    x.feed(pubrec(3)).feed(puback(4));
    for (let link = 0; link < 3; link++) {
      x.reconnect(resumed[level]);
      const sent = x.sent();
      t.deepEqual(sent.filter((one) => one.startsWith('3')), [publishOf(level, '3a', 'a', 1, '1'), publishOf(level, '3d', 'a', 2, '2')]);
      t.deepEqual(sent.filter((one) => !one.startsWith('3')), [pubrel(3)]);
      t.deepEqual(x.events(), ['Connected present']);
    }
    x.feed(puback(1)).feed(pubrec(2)).feed(pubcomp(3)).feed(pubcomp(2));
    t.deepEqual(x.events(), ['Published #1 00', 'Published #3 00', 'Published #2 00']);
    x.sent();
    x.reconnect(resumed[level]);
    t.deepEqual(x.sent(), [], 'what was acknowledged is free');
  });

  test(titled(level, 'v3:[MQTT-4.3.3-1] v5:[MQTT-4.3.3-6] v5:[MQTT-4.3.3-5]', 'resumed: after PUBREL never the PUBLISH again'), (t) => {
    const x = kept(level);
    x.publish('a', 'x', 4);
    x.feed(pubrec(1));
    // The PUBREL itself is lost with the link.
    x.takes = 0;
    x.reconnect(resumed[level]);
    x.takes = 100;
    x.settle();
    t.deepEqual(x.sent().filter((sent) => !sent.startsWith('10')), [pubrel(1)]);
    x.reconnect(resumed[level]);
    t.deepEqual(x.sent(), [pubrel(1)]);
    t.deepEqual(x.feed(pubcomp(1)).events(), ['Connected present', 'Published #1 00']);
  });

  test(titled(level, 'v3:[MQTT-4.6.0-1] v5:[MQTT-4.6.0-1]', 'resumed: the order of the first sending is kept, and new messages follow'), (t) => {
    const x = kept(level);
    for (let n = 1; n <= 5; n++) x.publish('a', String(n), n % 2 === 0 ? 4 : 2);
    x.feed(puback(3));
    x.linkDown();
    x.publish('a', '6', 2);
    x.untilLink();
    x.sent();
    x.feed(resumed[level]);
    t.deepEqual(x.sent(), [
      publishOf(level, '3a', 'a', 1, '1'), publishOf(level, '3c', 'a', 2, '2'), publishOf(level, '3c', 'a', 4, '4'),
      publishOf(level, '3a', 'a', 5, '5'), publishOf(level, '32', 'a', 6, '6'),
    ]);
  });

  test(titled(level, 'v3:[MQTT-4.6.0-4] v5:[MQTT-4.6.0-4]', 'resumed: PUBRELs leave in the order in which the PUBRECs came'), (t) => {
    const x = kept(level);
    for (let n = 1; n <= 4; n++) x.publish('a', '', 4);
    for (const id of [4, 2, 3, 1]) x.feed(pubrec(id));
    x.reconnect(resumed[level]);
    t.deepEqual(x.sent(), [4, 2, 3, 1].map(pubrel));
  });

  test(titled(level, '', 'a PUBLISH cut at any byte by the loss of the link'), (t) => {
    for (const flags of [2, 4]) {
      const whole = publishOf(level, flags === 2 ? '32' : '34', 'a', 1, 'hello');
      for (let cut = 0; cut < whole.length / 2; cut++) {
        const x = kept(level);
        x.takes = 0;
        x.publish('a', 'hello', flags);
        x.takes = 1;
        for (let n = 0; n < cut; n++) x.step();
        t.is(x.sent().join(''), whole.slice(0, cut * 2));
        x.takes = 1000;
        x.reconnect(resumed[level]);
        const [again] = x.sent();
        t.is(again.slice(2), whole.slice(2), `cut at ${cut}`);
        // DUP as soon as a byte may have been seen by the server; before that, either is right.
        if (cut > 0) t.is(again.slice(0, 2), flags === 2 ? '3a' : '3c');
      }
    }
  });

  test(titled(level, 'v3:[MQTT-3.1.2-6] v5:[MQTT-3.2.2-5] v5:[MQTT-3.1.2-4]', 'session lost: QoS 1 begins anew, QoS 2 on its way is dropped, QoS 2 released counts as published, in order'), (t) => {
    const x = kept(level);
    x.publish('a', '1', 2);
    x.publish('a', '2', 4);
    x.publish('a', '3', 4);
    x.publish('a', '4', 2);
    x.feed(pubrec(3));
    x.reconnect(accepted[level]);
    const events = x.events();
    t.is(events[0], 'Connected');
    t.deepEqual(events.slice(1).sort(), ['Dropped #2 SessionLost 00', 'Published #3 00']);
    const sent = x.sent();
    t.is(sent.length, 2);
    t.deepEqual(sent.map((packet) => packet.slice(0, 2)), ['32', '32'], 'DUP 0: new messages to this server');
    t.true(sent[0].includes('31') && sent[1].includes('34'));
  });

  test(titled(level, 'v3:[MQTT-3.1.2-6] v5:[MQTT-3.1.2-4] v5:[MQTT-3.2.2-5]', 'session lost: an inbound QoS 2 identifier is new'), (t) => {
    const x = kept(level);
    x.feed(publishOf(level, '34', 'a', 5, 'one'));
    x.reconnect(accepted[level]);
    x.events();
    x.feed(publishOf(level, '34', 'a', 5, 'two'));
    t.deepEqual(x.events(), ['Message a "two" q2 #5']);
  });

  test(titled(level, 'v3:[MQTT-3.1.2-4] v3:[MQTT-4.3.3-2] v5:[MQTT-3.1.2-23] v5:[MQTT-4.3.3-10] v5:[MQTT-4.1.0-1]', 'resumed: an inbound QoS 2 message is not delivered again'), (t) => {
    for (const acknowledge of [Acknowledge.AtOnce, Acknowledge.AtEnd, Acknowledge.ByApplication]) {
      const x = connectClient(level, { cleanStart: false, acknowledge, v5: { sessionExpiryS: 600 } }, resumed[level]);
      x.feed(publishOf(level, '34', 'a', 5, 'one'));
      t.deepEqual(x.events(), ['Message a "one" q2 #5']);
      x.reconnect(resumed[level]);
      x.feed(publishOf(level, '3c', 'a', 5, 'one'));
      t.deepEqual(x.events(), ['Connected present']);
      if (acknowledge === Acknowledge.ByApplication) {
        t.deepEqual(x.sent(), []);
        x.acknowledge(5);
      }
      t.deepEqual(x.sent(), [pubrec(5)]);
      x.feed(pubrel(5));
      t.deepEqual(x.sent(), [pubcomp(5)]);
      x.feed(publishOf(level, '34', 'a', 5, 'two'));
      t.deepEqual(x.events(), ['Message a "two" q2 #5']);
    }
  });

  test(titled(level, 'v3:[MQTT-4.1.0-2] v5:[MQTT-4.1.0-1]', 'the session lives while the connection does'), (t) => {
    const x = connectClient(level, { keepAliveS: 0 });
    x.publish('a', 'x', 4);
    x.feed(publishOf(level, '34', 'b', 9, 'y'));
    x.advance(0x18000000);
    x.sent();
    x.events();
    x.feed(pubrec(1)).feed(pubcomp(1)).feed(publishOf(level, '3c', 'b', 9, 'y'));
    t.deepEqual(x.events(), ['Published #1 00'], 'four days later nothing is forgotten');
    t.deepEqual(x.sent(), [pubrel(1), pubrec(9)]);
  });

  test(titled(level, 'v3:[MQTT-3.1.2-4] v5:[MQTT-3.1.2-23]', 'both directions are kept after the client\'s own DISCONNECT'), (t) => {
    const x = kept(level);
    x.publish('a', 'x', 4);
    x.feed(publishOf(level, '34', 'b', 9, 'y'));
    x.call((c, now) => clientDisconnect(c, 0, null, now));
    t.is(x.c.state, State.Idle);
    x.sent();
    x.call((c, now) => clientConnect(c, now));
    t.is(x.sent()[0].slice(18, 20), '00', 'neither Clean Session nor Clean Start');
    x.feed(resumed[level]);
    t.deepEqual(x.sent(), [publishOf(level, '3c', 'a', 1, 'x')]);
    x.events();
    x.feed(publishOf(level, '3c', 'b', 9, 'y'));
    t.deepEqual(x.events(), []);
  });

  test(titled(level, '', 'QoS 0 on its way is reported when the link is lost, QoS 0 not begun waits for the next'), (t) => {
    const x = kept(level);
    x.takes = 0;
    x.publish('a', '1', 0);
    x.publish('a', '2', 0);
    x.takes = 1;
    x.step();
    x.takes = 1000;
    x.reconnect(resumed[level]);
    t.deepEqual(x.sent(), [publishOf(level, '30', 'a', null, '2')]);
  });
}

test('3.1.1: the topic of a QoS 0 publish that the link interrupted is reported as it was, whatever is published meanwhile', (t) => {
  const x = connectClient(4, { cleanStart: false, outboxBytes: 64 });
  x.takes = 0;
  x.publish('first', 'x', 0);
  x.publish('second', 'yy', 0);
  x.isLinkOpen = false;
  clientLinkDown(x.c, x.now);
  // Before the event is read: this needs the room that compaction makes.
  clientPublish(x.c, 'third/longer/than/what/is/left/over', new Uint8Array(0), 0, 0, 0, x.now);
  x.settle();
  t.deepEqual(x.seen().filter((seen) => seen.event === Event.Dropped).map((seen) => seen.topic), ['first']);
});

test('3.1.1: CONNECT asks for a clean session every time where the configuration says so v3:[MQTT-3.1.2-6]', (t) => {
  const x = connectingClient(4);
  for (let link = 0; link < 3; link++) {
    t.is(x.sent()[0].slice(18, 20), '02');
    x.feed(accepted[4]);
    x.publish('a', 'x', 4);
    x.linkDown();
    x.untilLink();
  }
  x.feed(accepted[4]);
  t.is(x.events().filter((event) => event.includes('SessionLost')).length, 3);
});

test('5.0: Clean Start at first, then the session that was made v5:[MQTT-3.1.2-4] v5:[MQTT-3.1.2-23]', (t) => {
  const x = connectingClient(5, { cleanStart: true, v5: { sessionExpiryS: 60 } });
  t.is(x.sent()[0].slice(18, 20), '02');
  x.feed(accepted[5]);
  x.linkDown();
  x.untilLink();
  t.is(x.sent()[0].slice(18, 20), '00');
  x.feed(resumed[5]);
  t.deepEqual(x.events(), ['Connected', 'Disconnected LinkLost 00', 'Connected present']);
});

test('5.0: without a session expiry, every CONNECT starts clean, and a session would be an error v5:[MQTT-3.2.2-4]', (t) => {
  const x = connectingClient(5, { cleanStart: true });
  x.feed(accepted[5]);
  x.linkDown();
  x.untilLink();
  t.is(x.sent()[0].slice(18, 20), '02');
  x.feed(resumed[5]);
  t.deepEqual(x.events(), ['Connected', 'Disconnected LinkLost 00', 'Disconnected ProtocolError 82']);
});

test('5.0: CONNACK\'s session expiry of 0 ends the session with the connection v5:[MQTT-3.1.2-23]', (t) => {
  const x = connectClient(5, { cleanStart: false, v5: { sessionExpiryS: 60 } }, '20 08 01 00 05 11 00000000');
  x.linkDown();
  x.untilLink();
  t.is(x.sent()[0].slice(18, 20), '02');
});

test('5.0: once a PUBLISH has gone out, its expiry no longer applies v5:[MQTT-4.3.3-7]', (t) => {
  for (const flags of [2, 4]) {
    const x = kept(5);
    x.call((c, now) => clientPublishWith(c, 'a', new Uint8Array(0), 0, 0, flags, 5, null, now));
    x.sent();
    x.advance(60000);
    t.deepEqual(x.events(), []);
    x.sent();
    x.reconnect(resumed[5]);
    t.deepEqual(x.events(), ['Connected present']);
    t.is(x.sent().length, 1, 'it is sent again all the same');
    if (flags === 4) {
      x.feed(pubrec(1)).feed(pubcomp(1));
      t.deepEqual(x.events(), ['Published #1 00']);
    }
  }
});

test('5.0: the handshake of an inbound message is completed whatever its expiry v5:[MQTT-4.3.3-13]', (t) => {
  const x = connectClient(5, { acknowledge: Acknowledge.ByApplication });
  x.feed(publishOf(5, '34', 'a', 5, 'x', '02 00000001'));
  x.advance(30000);
  x.sent();
  x.acknowledge(5);
  t.deepEqual(x.sent(), [pubrec(5)]);
  x.feed(pubrel(5));
  t.deepEqual(x.sent(), [pubcomp(5)]);
});
