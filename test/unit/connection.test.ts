/**
 * The ends of a connection that are easily got wrong: a second wish to disconnect, a refused one, a server of the other
 * version, an AUTH that nobody asked for, a packet cut short at the end of a full buffer. [5.0 section 3.2, 3.14, 3.15]
 */
import test from 'ava';
import {
  clientDisconnect, clientInput, clientLinkDown, clientNextEvent, createProperties, Event, Property, putPropertyNumber, putPropertyText,
  putUserProperty, State, Status,
} from '../../src/core/index.js';
import { levels, titled } from '../conformance/cite.js';
import { connectClient, connectingClient, resumed } from '../conformance/client-harness.js';
import { bytes, packet, properties, wire } from '../conformance/hex.js';
import { puback, pubcomp, publishOf, pubrec, pubrel } from '../conformance/packets.js';

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-3.14.4-1] v5:[MQTT-3.14.4-1]', 'a second wish to disconnect leaves the DISCONNECT of the first on its way'), (t) => {
    const x = connectClient(level);
    const results = x.call((c, now) => [clientDisconnect(c, 0, null, now), clientDisconnect(c, 0, null, now)]);
    t.deepEqual(results, [Status.Ok, Status.Ok]);
    t.deepEqual(x.sent(), wire('e0 00'));
    t.deepEqual(x.events(), ['Disconnected ByApplication 00']);
    t.is(x.c.state, State.Idle);
  });

  test(titled(level, 'v3:[MQTT-3.14.4-1] v5:[MQTT-3.14.4-1]', 'a wish to disconnect while a message is handled: its acknowledgement leaves first, and it does not come again'), (t) => {
    for (const [first, answer] of [['32', puback(7)], ['34', pubrec(7)]]) {
      const x = connectClient(level, { cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[level]);
      x.onEvent = ({ event }) => {
        if (event === Event.Message) t.is(clientDisconnect(x.c, 0, null, x.now), Status.Ok);
      };
      x.feed(publishOf(level, first, 'a', 7, 'sleep') + publishOf(level, first, 'a', 8, 'next'));
      t.deepEqual(x.sent(), [answer, wire('e0 00')[0]]);
      t.deepEqual(x.events().slice(1), ['Disconnected ByApplication 00']);
      // Told once: QoS 2 is known when the server, which has not had the answer, sends it again; what was not told comes.
      x.onEvent = null;
      x.connect();
      x.feed(resumed[level]);
      x.events();
      x.feed(publishOf(level, first === '32' ? '32' : '3c', 'a', first === '32' ? 9 : 7, 'sleep'));
      t.deepEqual(x.events().length, first === '32' ? 1 : 0);
      t.deepEqual(x.sent().slice(-1), [first === '32' ? puback(9) : pubrec(7)]);
    }
  });

  test(titled(level, '', 'a wish to disconnect within a message in chunks acknowledges it only at its last'), (t) => {
    for (const at of [0, 24]) {
      const x = connectClient(level, { receiveBytes: 24, cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[level]);
      x.onEvent = ({ event }) => {
        if (event === Event.Chunk && x.c.offset + x.c.payloadTo - x.c.payloadFrom > at) clientDisconnect(x.c, 0, null, x.now);
      };
      x.feed(publishOf(level, '32', 'a', 7, 'x'.repeat(25)));
      t.deepEqual(x.sent(), at === 0 ? wire('e0 00') : [puback(7), wire('e0 00')[0]]);
    }
  });

  test(titled(level, '', 'an acknowledgement too short for an identifier, at the end of a full receive buffer, is malformed'), (t) => {
    for (const first of ['40', '50', '62', '70', '90', 'b0']) {
      for (const short of [`${first} 00`, `${first} 01 00`]) {
        const size = 16 - bytes(short).length;
        const before = publishOf(level, '30', 'a', null, 'x'.repeat(size - (level === 4 ? 5 : 6)));
        const x = connectClient(level, { receiveBytes: 16 });
        t.notThrows(() => x.feed(before + short), short);
        t.deepEqual(x.events().slice(1, 2), ['Disconnected Malformed 81'], short);
      }
    }
  });

  test(titled(level, 'v3:[MQTT-4.3.3-2] v5:[MQTT-4.3.3-10]', 'a QoS 2 message that was seen when the link went is not delivered twice, and its handshake ends'), (t) => {
    const x = connectClient(level, { receiveMaximum: 1, cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[level]);
    const given = bytes(publishOf(level, '34', 'a', 7, 'B'));
    clientInput(x.c, given, 0, given.length, x.now);
    t.is(clientNextEvent(x.c), Event.Message);
    clientLinkDown(x.c, x.now);
    x.isLinkOpen = false;
    x.settle();
    x.untilLink();
    x.sent();
    x.events();
    x.feed(resumed[level]).feed(publishOf(level, '3c', 'a', 7, 'B'));
    t.deepEqual(x.events(), ['Connected present']);
    t.deepEqual([...new Set(x.sent())], [pubrec(7)]);
    x.feed(pubrel(7)).feed(publishOf(level, '34', 'a', 8, 'C'));
    t.deepEqual(x.events(), ['Message a "C" q2 #8']);
    t.deepEqual(x.sent(), [pubcomp(7), pubrec(8)]);
  });
}

test('5.0: a server that knows 3.1.1 only is told as one that refuses the version, and is not asked again', (t) => {
  const x = connectingClient(5);
  x.feed('20 02 00 01');
  t.deepEqual(x.events(), ['Disconnected Refused 84']);
  x.advance(600000);
  t.deepEqual([x.c.state, x.links], [State.Idle, 1]);
});

test('5.0: AUTH to a client that named no method breaks the protocol v5:[MQTT-4.12.0-6]', (t) => {
  for (const given of ['f0 00', 'f0 02 18 00', 'f0 02 19 00', 'f0 06 18 04 15 0001 "m"']) {
    const x = connectClient(5);
    x.feed(given);
    t.deepEqual(x.events(), ['Disconnected ProtocolError 82'], given);
  }
});

test('5.0: a refused wish to disconnect changes nothing v5:[MQTT-3.14.2-3]', (t) => {
  const x = connectClient(5, { cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[5]);
  const list = createProperties(200);
  putPropertyNumber(list, Property.SessionExpiryInterval, 0);
  putUserProperty(list, 'k', 'v'.repeat(120));
  t.is(x.call((c, now) => clientDisconnect(c, 0, list, now)), Status.NoControlRoom);
  t.is(x.c.state, State.Connected);
  // The session is still resumed: a kept one is no surprise.
  x.reconnect(resumed[5]);
  t.deepEqual(x.events(), ['Connected present']);
});

test('5.0: no session expiry in DISCONNECT where CONNECT had none, whatever the server set v5:[MQTT-3.1.2-23]', (t) => {
  const x = connectClient(5, { v5: { sessionExpiryS: 0 } }, packet('20', '00 00', properties('11 00000032')));
  const list = createProperties(20);
  putPropertyNumber(list, Property.SessionExpiryInterval, 5);
  t.is(x.call((c, now) => clientDisconnect(c, 0, list, now)), Status.BadProperties);
  t.deepEqual([x.sent(), x.events()], [[], []]);
});

test('property identifiers that MQTT does not have are refused', (t) => {
  for (const id of [-1, 0, 4, 43, 44, 99, 127, 128, 255, 1000]) {
    const list = createProperties(40);
    t.is(putPropertyNumber(list, id as Property, 1), Status.BadProperties, `number ${id}`);
    t.is(putPropertyText(list, id as Property, 'x'), Status.BadProperties, `text ${id}`);
    t.is(list.limit, 0);
  }
  for (const id of ['2b', '63', '7f', 'ff 01']) {
    const x = connectClient(5);
    x.feed(packet('30', '0001 61', properties(`${id} 00`)));
    t.deepEqual(x.events(), ['Disconnected Malformed 81'], id);
  }
});


test('an attempt that finds no link shows no properties of the connection before', (t) => {
  const x = connectClient(5);
  x.feed(packet('e0', '8b', properties('1f 0002 41 42')));
  x.events();
  x.opensLinks = false;
  if (x.isLinkOpen) x.linkDown();
  let told: string[] = [];
  for (let n = 0; n < 1000 && !told.join().includes('LinkFailed'); n++) {
    x.advance(1000);
    told = x.events();
  }
  t.true(told.join().includes('LinkFailed'), told.join());
  const { at, limit } = x.c.v5!.properties;
  t.is(limit - at, 0);
});
