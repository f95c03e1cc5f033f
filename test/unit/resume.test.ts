/**
 * The seam for storage: session and outbox are byte ranges and a few numbers. Copied into a fresh client, as after a
 * reboot, they continue the conversation where it was.
 * Knows the client's private fields: what it copies is what a journal would have to keep.
 */
import test from 'ava';
import { type Client, clientConnect, clientLinkUp, clientSubscribe } from '../../src/core/index.js';
import { levels, titled } from '../conformance/cite.js';
import { type Changes, connectClient, resumed, TestClient } from '../conformance/client-harness.js';
import { puback, pubcomp, publishOf, pubrec, pubrel, subackOf } from '../conformance/packets.js';
import { clientHolds } from '../conformance/invariants.js';

/** Byte ranges: the part in use of each buffer. */
interface Stored {
  arena: Uint8Array;
  slots: Int32Array;
  inbound: Int32Array;
  subs: Int32Array;
  filters: Uint8Array;
  counters: Record<string, number>;
}

/** Numbers beside the buffers. What stands in no buffer is found again from the rows: see `restore`. */
const counters = [
  'arenaTo', 'slotsTo', 'slotsUsed', 'special', 'reports', 'expiring', 'inboundCount', 'filtersTo', 'subsPending', 'packetId', 'generation', 'sequence',
] as const satisfies readonly (keyof Client)[];

/** As after a power cut: the link is down, nothing else is told. */
function store(c: Client): Stored {
  return {
    arena: Uint8Array.from(c.arena.slice(0, c.arenaTo)), slots: Int32Array.from(c.slots.slice(0, c.slotsTo)),
    inbound: Int32Array.from(c.inbound.slice(0, c.inboundCount)), subs: Int32Array.from(c.subs.slice()),
    filters: Uint8Array.from(c.filters.slice(0, c.filtersTo)),
    counters: Object.fromEntries(counters.map((name) => [name, c[name]])),
  };
}

function restore(c: Client, stored: Stored): void {
  c.arena.set(stored.arena);
  c.slots.set(stored.slots);
  c.inbound.set(stored.inbound);
  c.subs.set(stored.subs);
  c.filters.set(stored.filters);
  for (const name of counters) c[name] = stored.counters[name];
}

const changes: Changes = { cleanStart: false, outboxBytes: 1024, outboxMessages: 16, v5: { sessionExpiryS: 600 } };

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-4.1.0-1] v3:[MQTT-4.4.0-1] v5:[MQTT-4.1.0-1] v5:[MQTT-4.4.0-1]', 'session and outbox, copied into a fresh client, continue the conversation'), (t) => {
    const old = connectClient(level, changes, resumed[level]);
    old.call((c) => clientSubscribe(c, 'granted', 1, 31));
    old.feed(subackOf(level, 1, '01'));
    for (const [payload, flags] of [['one', 2], ['two', 4], ['three', 4], ['four', 2]] as const) old.publish('a/b', payload, flags);
    old.feed(puback(5)).feed(pubrec(4)).feed(publishOf(level, '34', 'in', 9, 'x'));
    old.call((c) => clientSubscribe(c, 'not/yet', 0, 32));
    old.linkDown();
    old.publish('c', 'queued', 2);
    old.publish('d', 'zero', 0);
    old.events();
    const stored = store(old.c);

    const x = new TestClient(level, changes);
    restore(x.c, stored);
    clientHolds(x.c);
    t.is(x.connect(), 0);
    x.sent();
    x.feed(resumed[level]);
    const sent = x.sent();
    t.deepEqual(sent.filter((one) => one.startsWith('3')), [
      publishOf(level, '3a', 'a/b', 2, 'one'), publishOf(level, '3c', 'a/b', 3, 'two'), publishOf(level, '32', 'c', 7, 'queued'),
      publishOf(level, '30', 'd', null, 'zero'),
    ]);
    t.deepEqual(sent.filter((one) => one.startsWith('6')), [pubrel(4)]);
    t.is(sent.filter((one) => one.startsWith('82')).length, 1, 'the request that was not answered');
    x.feed(puback(2)).feed(pubrec(3)).feed(pubcomp(4)).feed(pubcomp(3)).feed(puback(7));
    t.deepEqual(x.events(), ['Connected present', 'Published #2 00', 'Published #4 00', 'Published #3 00', 'Published #7 00']);
    x.sent();
    // Inbound QoS 2 is not delivered twice, and the subscription still has its number.
    x.feed(publishOf(level, '3c', 'in', 9, 'x')).feed(pubrel(9)).feed(publishOf(level, '30', 'granted', null, 'y'));
    t.deepEqual(x.sent(), [pubrec(9), pubcomp(9)]);
    const [message] = x.seen();
    t.deepEqual([message.topic, message.route], ['granted', 31]);
    t.true((x.publish('e', '', 2) & 0xffff) > 7, 'identifiers go on where they were');
  });

  test(titled(level, '', 'restored at every point of a conversation, nothing is lost and QoS 2 is not repeated'), (t) => {
    const script: ((x: TestClient) => void)[] = [
      (x) => x.publish('a', '1', 4), (x) => x.publish('a', '2', 2), (x) => x.feed(pubrec(1)), (x) => x.feed(puback(2)),
      (x) => x.publish('a', '3', 4), (x) => x.feed(pubcomp(1)), (x) => x.feed(pubrec(3)), (x) => x.feed(pubcomp(3)),
    ];
    for (let point = 0; point <= script.length; point++) {
      const old = connectClient(level, changes, resumed[level]);
      for (const step of script.slice(0, point)) step(old);
      const told = old.events();
      old.linkDown();
      const x = new TestClient(level, changes);
      restore(x.c, store(old.c));
      clientConnect(x.c, x.now);
      clientLinkUp(x.c, x.now);
      x.isLinkOpen = true;
      x.settle();
      x.sent();
      x.feed(resumed[level]);
      // Whatever it sends is answered as its handshake asks.
      for (let round = 0; round < 4; round++) {
        for (const sent of x.sent()) {
          const id = parseInt(sent.slice(10, 14), 16);
          if (sent.startsWith('3a')) x.feed(puback(id));
          if (sent.startsWith('3c')) x.feed(pubrec(id));
          if (sent.startsWith('62')) x.feed(pubcomp(parseInt(sent.slice(4, 8), 16)));
        }
      }
      const published = [...told, ...x.events()].filter((event) => event.startsWith('Published'));
      const expected = [1, 2, 3].filter((id) => point >= [0, 1, 2, 5][id]);
      t.deepEqual(published.map((event) => Number(event.slice(11, 12))).sort(), expected, `restored behind step ${point}`);
    }
  });
}
