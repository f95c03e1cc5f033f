/**
 * What CONNACK says about the server's limits, and what the client does within them: Maximum QoS, Retain Available,
 * Maximum Packet Size; and the client's own limits. [5.0 section 3.2.2.3; 4.8 of 3.1.1]
 */
import test from 'ava';
import {
  Acknowledge, clientPublishWith, clientSkip, clientSubscribe, clientUnsubscribe, createProperties, Event, Reason, Status,
} from '../../src/core/index.js';
import { levels, titled } from './cite.js';
import { accepted, connectClient, resumed } from './client-harness.js';
import { bytes, field, packet, properties, wire } from './hex.js';
import { puback, publishOf, pubrec } from './packets.js';

function limited(...list: readonly string[]): string {
  return packet('20', '00 00', properties(...list));
}

test('no publish above the server\'s Maximum QoS v5:[MQTT-3.2.2-11]', (t) => {
  for (const most of [0, 1]) {
    const x = connectClient(5, {}, limited(`24 0${most}`));
    const results = [0, 2, 4].map((flags) => x.publish('a', '', flags) >= 0);
    t.deepEqual(results, [true, most === 1, false]);
    t.is(x.publish('a', '', 4), Status.NotSupported);
    t.is(x.sent().length, most + 1);
  }
  t.true(connectClient(5).publish('a', '', 4) > 0, 'absent: 2');
});

test('what was accepted before the limit was known is dropped with an event, never sent v5:[MQTT-3.2.2-11] v5:[MQTT-3.2.2-14] v5:[MQTT-3.2.2-15]', (t) => {
  const x = connectClient(5, { cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[5]);
  x.linkDown();
  x.publish('a', '', 4);
  x.publish('b', '', 1);
  x.publish('c', 'x'.repeat(30), 2);
  x.publish('d', '', 0);
  x.untilLink();
  x.sent();
  x.events();
  x.feed(packet('20', '01 00', properties('24 01', '25 00', '27 00000014')));
  const seen = x.seen().filter((one) => one.event === Event.Dropped);
  t.deepEqual(seen.map((one) => [one.topic, one.status]), [['a', Status.NotSupported], ['b', Status.NotSupported], ['c', Status.TooLarge]]);
  t.deepEqual(x.sent(), [publishOf(5, '30', 'd', null)]);
});

test('RETAIN is never set where the server has no retained messages v5:[MQTT-3.2.2-14]', (t) => {
  const x = connectClient(5, {}, limited('25 00'));
  for (const flags of [1, 3, 5]) t.is(x.publish('a', '', flags), Status.NotSupported);
  t.deepEqual(x.sent(), []);
  t.is(connectClient(5, {}, limited('25 01')).publish('a', '', 1), 0);
});

test('nothing larger than the server\'s Maximum Packet Size is sent: publishes v5:[MQTT-3.2.2-15]', (t) => {
  const x = connectClient(5, { outboxBytes: 1024 }, limited('27 00000020'));
  for (let size = 0; size < 40; size++) {
    // Two bytes of header, a topic of one character, a property length.
    const result = x.publish('a', 'x'.repeat(size), 0);
    t.is(result, 6 + size <= 32 ? 0 : Status.TooLarge, `payload of ${size}`);
  }
  t.true(x.sent().every((sent) => sent.length / 2 <= 32));
  const p = createProperties(64);
  p.bytes.set(bytes(`03 ${field('t'.repeat(30))}`));
  p.limit = 33;
  t.is(x.call((c, now) => clientPublishWith(c, 'a', bytes(''), 0, 0, 0, 0, p, now)), Status.TooLarge);
});

test('nothing larger than the server\'s Maximum Packet Size is sent: requests v5:[MQTT-3.2.2-15]', (t) => {
  const x = connectClient(5, { cleanStart: false, v5: { sessionExpiryS: 60 } }, limited('27 00000020'));
  x.call((c) => clientSubscribe(c, 'a/long/filter/that/is/more', 0, 1));
  x.call((c) => clientUnsubscribe(c, 'another/long/filter/beyond'));
  x.call((c) => clientSubscribe(c, 'a', 0, 1));
  const sent = x.sent();
  t.true(sent.every((one) => one.length / 2 <= 32), `sent ${sent.join()} to a server that takes 32 bytes`);
  t.true(sent.length >= 1, 'the one that fits is not held up');
  // Accepted under another limit, then asked for again on a link with a smaller one.
  x.reconnect(packet('20', '00 00', properties('27 00000008')));
  t.true(x.sent().every((one) => one.length / 2 <= 8));
});

test('Maximum Packet Size counts the whole packet, header and all v5:[MQTT-3.2.2-15]', (t) => {
  const x = connectClient(5, { outboxBytes: 1024 }, limited('27 000000c8'));
  t.is(x.publish('a', 'x'.repeat(200 - 7), 0), 0);
  t.is(x.publish('a', 'x'.repeat(200 - 6), 0), Status.TooLarge);
  t.is(x.sent()[0].length / 2, 200);
});

test('CONNACK\'s properties are all there to read', (t) => {
  const list = [
    '11 00000e10', '21 0010', '24 01', '25 00', '27 00010000', '12 0003 "new"', '22 0004', '1f 0002 "ok"', '26 0001 "a" 0001 "b"',
    '28 00', '29 00', '2a 00', '13 003c', '1a 0004 "info"', '1c 0005 "other"',
  ];
  const x = connectClient(5, { clientId: '' }, accepted[5]);
  x.linkDown();
  x.untilLink();
  x.events();
  x.feed(packet('20', '00 00', properties(...list)));
  t.deepEqual(x.seen()[0].properties, [
    '17=00000e10', '33=0010', '36=01', '37=00', '39=00010000', '18=new', '34=0004', '31=ok', '38=a:b', '40=00', '41=00', '42=00',
    '19=003c', '26=info', '28=other',
  ]);
});

test('an assigned client identifier is the one of every later CONNECT v5:[MQTT-3.1.3-2]', (t) => {
  const x = connectClient(5, { clientId: '', v5: { sessionExpiryS: 60 } }, limited('12 0005 "auto7"'));
  for (let link = 0; link < 2; link++) {
    x.linkDown();
    x.untilLink();
    t.deepEqual(x.sent(), wire('10 1a 0004 "MQTT" 05 00 003c 08 11 0000003c 21 0008 0005 "auto7"'));
    x.feed(resumed[5]);
  }
});

for (const level of levels) {
  test(titled(level, '', 'a message larger than the receive buffer comes in chunks at every size of input'), (t) => {
    const payload = '0123456789'.repeat(10);
    const written = bytes(publishOf(level, '32', 'a', 9, payload));
    for (let size = 1; size <= written.length; size++) {
      const x = connectClient(level, { receiveBytes: 24 });
      for (let from = 0; from < written.length; from += size) x.feed(written.subarray(from, Math.min(from + size, written.length)));
      let offset = 0;
      let text = '';
      for (const seen of x.seen()) {
        t.deepEqual([seen.event, seen.offset, seen.total, seen.topic], [Event.Chunk, offset, 100, 'a']);
        offset += seen.payload.length;
        text += Buffer.from(seen.payload).toString();
      }
      t.is(text, payload);
      t.deepEqual(x.sent(), [puback(9)]);
    }
  });

  test(titled(level, 'v3:[MQTT-4.5.0-2] v5:[MQTT-4.5.0-2]', 'a message in chunks that the application skips is acknowledged at its end'), (t) => {
    const x = connectClient(level, { receiveBytes: 24 });
    x.onEvent = (seen) => {
      if (seen.event === Event.Chunk) t.is(clientSkip(x.c, Reason.Success), Status.Ok);
    };
    x.feed(publishOf(level, '34', 'a', 9, 'x'.repeat(100)));
    t.is(x.events().length, 1);
    t.deepEqual(x.sent(), [pubrec(9)]);
    t.is(x.call((c) => clientSkip(c, Reason.Success)), Status.BadState);
  });

  test(titled(level, '', 'a message in chunks that the link interrupts is delivered anew'), (t) => {
    for (const acknowledge of [Acknowledge.AtEnd, Acknowledge.ByApplication]) {
      const x = connectClient(level, { receiveBytes: 24, acknowledge, cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[level]);
      const written = bytes(publishOf(level, '34', 'a', 9, 'x'.repeat(60)));
      x.feed(written.subarray(0, 40));
      t.true(x.events().length > 0);
      x.reconnect(resumed[level]);
      x.events();
      x.feed(written);
      t.is(x.seen().reduce((sum, seen) => sum + seen.payload.length, 0), 60);
      if (acknowledge === Acknowledge.ByApplication) x.acknowledge(9);
      t.deepEqual(x.sent(), [pubrec(9)]);
    }
  });

  test(titled(level, '', 'a packet that begins at the last byte of the receive buffer'), (t) => {
    const one = publishOf(level, '30', 'a', null, 'x'.repeat(level === 4 ? 10 : 9));
    for (let extra = 1; extra < 4; extra++) {
      const x = connectClient(level, { receiveBytes: 16 });
      const stream = bytes(one + publishOf(level, '32', 'b', 7));
      t.is(bytes(one).length, 15);
      x.feed(stream.subarray(0, 15 + extra)).feed(stream.subarray(15 + extra));
      t.deepEqual(x.events().slice(1), ['Message b "" q1 #7']);
    }
  });

  test(titled(level, '', 'a packet of exactly the receive buffer is one message, a byte more comes in chunks'), (t) => {
    const x = connectClient(level, { receiveBytes: 32 });
    const over = level === 4 ? 5 : 6;
    x.feed(publishOf(level, '30', 'a', null, 'x'.repeat(32 - over)));
    x.feed(publishOf(level, '30', 'a', null, 'x'.repeat(33 - over)));
    const kinds = x.seen().map((seen) => seen.event);
    t.is(kinds[0], Event.Message);
    t.true(kinds.length > 1 && kinds.slice(1).every((kind) => kind === Event.Chunk));
  });
}

test('the client takes packets up to the size it announced', (t) => {
  const x = connectClient(5, { v5: { maximumPacketBytes: 20 } });
  x.feed(publishOf(5, '30', 'a', null, 'x'.repeat(14)));
  t.deepEqual(x.events(), [`Message a "${'x'.repeat(14)}" q0`]);
});
