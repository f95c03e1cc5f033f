/**
 * Topic aliases of 5.0 in both directions. [5.0 section 3.3.2.3.4]
 */
import test from 'ava';
import { accepted, connectClient } from './client-harness.js';
import { int16, packet, properties } from './hex.js';
import { publishOf } from './packets.js';

/** CONNACK that allows aliases up to `most`. */
function allowing(most: number): string {
  return packet('20', '00 00', properties(`22 ${int16(most)}`));
}

function aliased(topic: string, alias: number, payload: string, first = '30', id: number | null = null): string {
  return publishOf(5, first, topic, id, payload, `23 ${int16(alias)}`);
}

const own = { v5: { topicAliasesOut: 8, topicAliasMaximum: 3, sessionExpiryS: 60 } };

test('out: no alias where CONNACK allows none v5:[MQTT-3.2.2-18]', (t) => {
  for (const connack of [accepted[5], allowing(0)]) {
    const x = connectClient(5, own, connack);
    for (let n = 0; n < 3; n++) x.publish('a/b', 'x', 0);
    t.deepEqual(x.sent(), [0, 1, 2].map(() => publishOf(5, '30', 'a/b', null, 'x')));
  }
});

test('out: an alias is given with the topic, then stands for it, from 1 to what CONNACK allows v5:[MQTT-3.3.2-8] v5:[MQTT-3.3.2-9] v5:[MQTT-3.2.2-17]', (t) => {
  const x = connectClient(5, own, allowing(2));
  for (const topic of ['a', 'b', 'a', 'b', 'c', 'c', 'a']) x.publish(topic, 'x', 0);
  t.deepEqual(x.sent(), [
    aliased('a', 1, 'x'), aliased('b', 2, 'x'), aliased('', 1, 'x'), aliased('', 2, 'x'),
    // The third topic takes an alias from another, which then has to be told anew.
    aliased('c', 1, 'x'), aliased('', 1, 'x'), aliased('a', 2, 'x'),
  ]);
});

test('out: aliases at QoS 1 and 2 with the identifier, and the whole topic when sent again v5:[MQTT-3.3.2-7] v5:[MQTT-3.3.2-9]', (t) => {
  const x = connectClient(5, own, allowing(5));
  x.publish('a', '1', 2);
  x.publish('a', '2', 4);
  t.deepEqual(x.sent(), [aliased('a', 1, '1', '32', 1), aliased('', 1, '2', '34', 2)]);
  x.reconnect('20 03 01 00 00');
  t.deepEqual(x.sent(), [publishOf(5, '3a', 'a', 1, '1'), publishOf(5, '3c', 'a', 2, '2')], 'another link, another server\'s limits');
  x.reconnect(packet('20', '01 00', properties('22 0001')));
  t.deepEqual(x.sent(), [aliased('a', 1, '1', '3a', 1), aliased('', 1, '2', '3c', 2)]);
});

test('out: at most as many as the client has room for, and none for a topic too long for its row v5:[MQTT-3.3.2-9] v5:[MQTT-3.3.2-8]', (t) => {
  const x = connectClient(5, { outboxBytes: 2048, v5: { topicAliasesOut: 2, aliasTopicBytes: 4 } }, allowing(65535));
  const aliases = new Set<string>();
  for (let n = 0; n < 20; n++) x.publish(`t${n}`, '', 0);
  for (const sent of x.sent()) aliases.add(sent.slice(-4));
  t.deepEqual([...aliases].sort(), ['0001', '0002']);
  x.publish('12345', '', 0);
  t.deepEqual(x.sent(), [publishOf(5, '30', '12345', null)]);
});

test('in: every alias from 1 to the announced maximum, set, used and set anew v5:[MQTT-3.3.2-10]', (t) => {
  const x = connectClient(5, own);
  for (const [topic, alias] of [['a', 1], ['b', 3], ['c', 2]] as const) x.feed(aliased(topic, alias, 'set'));
  for (const alias of [1, 2, 3]) x.feed(aliased('', alias, 'use'));
  x.feed(aliased('longer/than/before', 1, 'set')).feed(aliased('', 1, 'use', '32', 7)).feed(aliased('', 3, 'use'));
  t.deepEqual(x.events(), [
    'Message a "set" q0', 'Message b "set" q0', 'Message c "set" q0', 'Message a "use" q0', 'Message c "use" q0', 'Message b "use" q0',
    'Message longer/than/before "set" q0', 'Message longer/than/before "use" q1 #7', 'Message b "use" q0',
  ]);
});

test('in: the announced maximum itself, 65,535 v5:[MQTT-3.3.2-10]', (t) => {
  const x = connectClient(5, { v5: { topicAliasMaximum: 65535, aliasTopicBytes: 4 } });
  x.feed(aliased('a', 65535, '1')).feed(aliased('b', 1, '2')).feed(aliased('', 65535, '3'));
  t.deepEqual(x.events(), ['Message a "1" q0', 'Message b "2" q0', 'Message a "3" q0']);
});

test('in: aliases end with the connection v5:[MQTT-3.3.2-7]', (t) => {
  const x = connectClient(5, own);
  x.feed(aliased('a', 1, 'set'));
  x.reconnect('20 03 01 00 00');
  x.opensLinks = false;
  x.events();
  x.feed(aliased('', 1, 'use'));
  t.deepEqual(x.events(), ['Disconnected ProtocolError 82']);
});

test('in: a topic longer than its row is owned up to, not guessed at', (t) => {
  const x = connectClient(5, { v5: { topicAliasMaximum: 2, aliasTopicBytes: 4 } });
  x.opensLinks = false;
  x.feed(aliased('12345', 1, 'x'));
  t.deepEqual(x.events(), ['Disconnected InboundTooLarge 97']);
});

test('out and in: a stream with an alias, and one that is received in chunks v5:[MQTT-3.3.2-10]', (t) => {
  const x = connectClient(5, { receiveBytes: 32, ...own });
  x.feed(aliased('abc', 2, 'x')).feed(aliased('', 2, '0123456789'.repeat(5)));
  const chunks = x.seen().slice(1);
  t.true(chunks.length > 1);
  t.true(chunks.every((chunk) => chunk.topic === 'abc' && chunk.total === 50));
  t.is(chunks.map((chunk) => Buffer.from(chunk.payload).toString()).join(''), '0123456789'.repeat(5));
});
