/**
 * Receive Maximum in both directions, and the bounded number of messages on their way in 3.1.1. [5.0 section 4.9, 3.3.4]
 */
import test from 'ava';
import { Acknowledge, clientSubscribe } from '../../src/core/index.js';
import { levels, titled } from './cite.js';
import { connectClient, resumed, type TestClient } from './client-harness.js';
import { puback, pubcomp, publishOf, pubrec, pubrel, subscribeOf } from './packets.js';

/** Identifiers of the publishes sent since the last look. */
function publishIds(x: TestClient): number[] {
  return x.packets().flatMap((packet) => (packet.cmd === 'publish' ? [packet.messageId ?? 0] : []));
}

const room = { inFlightMax: 20, outboxMessages: 20, outboxBytes: 2048 };

test('no more unfinished publishes than the server\'s Receive Maximum v5:[MQTT-3.3.4-7] v5:[MQTT-4.9.0-1] v5:[MQTT-4.9.0-2]', (t) => {
  for (const most of [1, 2, 5, 15]) {
    const x = connectClient(5, room, `20 06 00 00 03 21 000${most.toString(16)}`);
    for (let n = 0; n < 18; n++) x.publish('a', '', n % 2 === 0 ? 2 : 4);
    let waiting = publishIds(x);
    t.is(waiting.length, most, 'the quota begins at the maximum');
    let done = 0;
    while (waiting.length > 0) {
      const id = waiting.shift() ?? 0;
      if (id % 2 === 1) x.feed(puback(id));
      else {
        x.feed(pubrec(id));
        t.deepEqual(publishIds(x), [], 'PUBREC gives nothing back');
        x.feed(pubcomp(id));
      }
      done += 1;
      const next = publishIds(x);
      waiting = [...waiting, ...next];
      t.is(waiting.length, Math.min(most, 18 - done));
    }
    t.is(done, 18);
  }
});

test('a PUBACK or PUBREC from 0x80 on gives back what it took v5:[MQTT-4.9.0-2]', (t) => {
  const x = connectClient(5, room, '20 06 00 00 03 21 0001');
  for (let n = 0; n < 3; n++) x.publish('a', '', n === 1 ? 4 : 2);
  t.deepEqual(publishIds(x), [1]);
  x.feed('40 03 0001 97');
  t.deepEqual(publishIds(x), [2]);
  x.feed('50 03 0002 97');
  t.deepEqual(publishIds(x), [3]);
});

test('at the limit all other packets still go out at once v5:[MQTT-3.3.4-8] v5:[MQTT-4.9.0-3]', (t) => {
  const x = connectClient(5, room, '20 06 00 00 03 21 0001');
  x.publish('a', '', 4);
  x.publish('a', '', 2);
  x.sent();
  x.call((c) => clientSubscribe(c, 'f', 0, 1));
  t.deepEqual(x.sent(), [subscribeOf(5, 3, 'f', '00')]);
  x.feed(publishOf(5, '32', 'b', 7) + publishOf(5, '34', 'b', 8) + pubrel(8));
  t.deepEqual(x.sent(), [puback(7), pubrec(8), pubcomp(8)]);
  x.feed(pubrec(1));
  t.deepEqual(x.sent(), [pubrel(1)]);
  x.advance(60000);
  t.true(x.sent().includes('c000'));
});

test('the limit is the new CONNACK\'s after a reconnect, and what is resent counts v5:[MQTT-3.3.4-7] v5:[MQTT-4.9.0-1]', (t) => {
  const x = connectClient(5, { ...room, cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[5]);
  for (let n = 0; n < 6; n++) x.publish('a', '', 2);
  t.is(publishIds(x).length, 6);
  x.reconnect('20 06 01 00 03 21 0002');
  t.deepEqual(publishIds(x), [1, 2]);
  x.feed(puback(2));
  t.deepEqual(publishIds(x), [3]);
  x.reconnect(resumed[5]);
  t.deepEqual(publishIds(x), [1, 3, 4, 5, 6]);
});

test('PUBRELs owed from before go out whatever the new limit is, and count in it v5:[MQTT-4.9.0-3] v5:[MQTT-3.3.4-7]', (t) => {
  const x = connectClient(5, { ...room, cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[5]);
  for (let n = 0; n < 5; n++) x.publish('a', '', n < 3 ? 4 : 2);
  for (const id of [1, 2, 3]) x.feed(pubrec(id));
  x.reconnect('20 06 01 00 03 21 0002');
  t.deepEqual(x.sent(), [pubrel(1), pubrel(2), pubrel(3)]);
  x.feed(pubcomp(1));
  t.deepEqual(x.sent(), []);
  x.feed(pubcomp(2));
  t.deepEqual(publishIds(x), [4]);
  x.feed(pubcomp(3));
  t.deepEqual(publishIds(x), [5]);
});

test('the client\'s own bound holds where the server\'s is larger, and absent means 65,535 v5:[MQTT-4.9.0-1]', (t) => {
  for (const connack of ['20 03 00 00 00', '20 06 00 00 03 21 ffff']) {
    const x = connectClient(5, { ...room, inFlightMax: 3 }, connack);
    for (let n = 0; n < 6; n++) x.publish('a', '', 2);
    t.is(publishIds(x).length, 3);
  }
});

for (const level of levels) {
  test(titled(level, 'v5:[MQTT-4.9.0-3]', 'QoS 0 waits behind nothing but earlier messages; inbound messages are read at the limit'), (t) => {
    const x = connectClient(level, { ...room, inFlightMax: 1 });
    x.publish('a', '', 0);
    x.publish('a', '', 2);
    x.publish('b', '', 0);
    const sent = x.sent();
    t.deepEqual(sent.slice(0, 2), [publishOf(level, '30', 'a', null), publishOf(level, '32', 'a', 1)]);
    x.publish('a', '', 2);
    x.feed(publishOf(level, '32', 'c', 3));
    t.deepEqual(x.events(), ['Message c "" q1 #3']);
    t.deepEqual(x.sent().filter((one) => one.startsWith('40')), [puback(3)]);
  });

  test(titled(level, '', 'inbound: as many unsettled messages as announced, and each answer makes room'), (t) => {
    const x = connectClient(level, { receiveMaximum: 3, acknowledge: Acknowledge.ByApplication });
    x.feed(publishOf(level, '32', 'a', 1) + publishOf(level, '34', 'a', 2) + publishOf(level, '32', 'a', 3));
    x.acknowledge(1);
    x.feed(publishOf(level, '32', 'a', 4));
    x.acknowledge(2);
    x.acknowledge(3);
    t.deepEqual(x.sent(), [puback(1), pubrec(2), puback(3)]);
    x.feed(publishOf(level, '34', 'a', 5));
    x.feed(pubrel(2)).feed(publishOf(level, '32', 'a', 6));
    t.is(x.events().length, 6);
    t.true(x.isLinkOpen);
  });
}
