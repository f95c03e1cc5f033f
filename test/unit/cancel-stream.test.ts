/**
 * Giving up an outbound stream: what becomes of it, of the connection, and of the places it took. [3.1.1 and 5.0 section 4.3]
 */
import test from 'ava';
import { clientCancelStream, clientDisconnect, clientPublishStream, clientStream, State, Status } from '../../src/core/index.js';
import { levels, titled } from '../conformance/cite.js';
import { accepted, connectClient, resumed } from '../conformance/client-harness.js';
import { bytes } from '../conformance/hex.js';
import { puback, publishOf } from '../conformance/packets.js';

for (const level of levels) {
  test(titled(level, '', 'a stream that is cancelled while the client disconnects does not make it connect again'), (t) => {
    for (const flags of [0, 2, 4]) {
      const x = connectClient(level, { cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[level]);
      x.call((c, now) => clientPublishStream(c, 's', 300, flags, null, now));
      const results = x.call((c, now) => [clientDisconnect(c, 0, null, now), clientCancelStream(c, now)]);
      t.deepEqual(results, [Status.Ok, Status.Ok]);
      x.advance(600000);
      t.deepEqual([x.c.state, x.links, x.isLinkOpen], [State.Idle, 1, false], `QoS ${flags / 2}`);
      const id = flags === 0 ? 0 : 1;
      t.deepEqual(x.events(), ['StreamWanted 0', 'Disconnected ByApplication 00', `Dropped #${id} ByApplication 00`]);
    }
  });

  test(titled(level, '', 'a stream that is cancelled in its midst starts the connection over, once'), (t) => {
    const x = connectClient(level, { cleanStart: false, v5: { sessionExpiryS: 60 } }, resumed[level]);
    x.call((c, now) => clientPublishStream(c, 's', 300, 2, null, now));
    x.call((c) => clientStream(c, bytes('"abc"'), 0, 3));
    t.is(x.call((c, now) => clientCancelStream(c, now)), Status.Ok);
    x.untilLink();
    x.feed(accepted[level]);
    x.advance(10000);
    t.deepEqual([x.c.state, x.links], [State.Connected, 2]);
    t.is(x.call((c, now) => clientCancelStream(c, now)), Status.Stale);
  });

  test(titled(level, '', 'a stream whose last byte is with the link is past cancelling: its place is given back by PUBACK'), (t) => {
    const x = connectClient(level, { inFlightMax: 1 });
    x.call((c, now) => clientPublishStream(c, 's', 3, 2, null, now));
    x.call((c) => clientStream(c, bytes('"abc"'), 0, 3));
    x.sent();
    t.is(x.call((c, now) => clientCancelStream(c, now)), Status.BadState);
    x.publish('b', '', 2);
    t.deepEqual(x.sent(), []);
    x.feed(puback(1));
    t.deepEqual(x.events().slice(-1), ['Published #1 00']);
    t.deepEqual(x.sent(), [publishOf(level, '32', 'b', 2)]);
  });
}
