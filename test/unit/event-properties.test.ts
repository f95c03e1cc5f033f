/**
 * What an event shows of its packet's properties, while the application goes on to use the client. [MQTT 5.0 section 2.2.2]
 */
import test from 'ava';
import { clientPublishWith, clientSubscribe, createProperties, Event, Property, propertyNext, putPropertyText, Status } from '../../src/core/index.js';
import { connectClient } from '../conformance/client-harness.js';
import { bytes, packet, properties } from '../conformance/hex.js';
import { publishOf } from '../conformance/packets.js';

test('a message that comes in parts shows its properties with each, also when an answer with properties is published in between', (t) => {
  const x = connectClient(5, { receiveBytes: 64 });
  const own = createProperties(32);
  t.is(putPropertyText(own, Property.ContentType, 'answer'), Status.Ok);
  const shown: string[][] = [];
  x.onEvent = (seen) => {
    if (seen.event !== Event.Chunk) return;
    shown.push(seen.properties);
    t.is(clientPublishWith(x.c, 'answer', bytes('"yes"'), 0, 3, 0, 0, own, x.now), 0);
  };
  x.feed(publishOf(5, '30', 'a', null, 'x'.repeat(200), '03 0004 "text"', '26 0001 "n" 0001 "v"'));
  t.true(shown.length > 2);
  t.deepEqual(shown, shown.map(() => ['3=text', '38=n:v']));
  t.is(x.sent().filter((one) => one.startsWith('30')).length, shown.length);
});

test('a request that the server is too small for shows no properties, whatever packet was read before', (t) => {
  const x = connectClient(5, {}, packet('20', '00 00', properties('27 00000014', '1f 0002 "ok"')));
  const shown: number[] = [];
  x.onEvent = (seen) => { if (seen.event === Event.Subscribed) shown.push(propertyNext(x.c.v5!.properties)); };
  x.call((c) => clientSubscribe(c, 'a/filter/longer/than/that', 0, 1));
  x.settle();
  t.deepEqual(shown, [0]);
});
