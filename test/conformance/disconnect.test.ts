/**
 * How connections end: the client's DISCONNECT, the server's, refusals in CONNACK, and what is done next.
 * [section 3.14 of both; 4.8 of 3.1.1; 4.13 of 5.0]
 */
import test from 'ava';
import { clientConnect, clientDisconnect, createProperties, State, Status } from '../../src/core/index.js';
import { levels, titled } from './cite.js';
import { accepted, connectClient, connectingClient, TestClient } from './client-harness.js';
import { bytes, field, packet, properties, wire } from './hex.js';
import { puback, publishOf } from './packets.js';

for (const level of levels) {
  test(titled(level, 'v3:[MQTT-3.14.4-1] v3:[MQTT-3.14.4-2] v3:[MQTT-2.2.2-1] v5:[MQTT-3.14.4-1] v5:[MQTT-3.14.4-2] v5:[MQTT-2.1.3-1]', 'DISCONNECT: two bytes, nothing behind it, the link is closed'), (t) => {
    const x = connectClient(level);
    t.is(x.call((c, now) => clientDisconnect(c, 0, null, now)), Status.Ok);
    t.deepEqual(x.sent(), wire('e0 00'));
    t.deepEqual([x.isLinkOpen, x.c.state], [false, State.Idle]);
    t.deepEqual(x.events(), ['Disconnected ByApplication 00']);
    x.publish('a', 'x', 2);
    x.advance(600000);
    t.deepEqual([x.sent(), x.events(), x.links], [[], [], 1], 'and not opened again');
  });

  test(titled(level, 'v3:[MQTT-3.14.4-2] v5:[MQTT-3.14.4-1]', 'DISCONNECT is the last packet, whatever waits and whatever comes'), (t) => {
    const x = connectClient(level, { outboxBytes: 4096, outboxMessages: 16 });
    x.takes = 3;
    const received = publishOf(level, '32', 'a', 9, 'in');
    x.takes = 0;
    for (let n = 0; n < 10; n++) x.publish('a', `message ${n}`, n % 3 * 2);
    x.call((c, now) => clientDisconnect(c, 0, null, now));
    t.is(x.publish('a', 'late', 0), 0, 'accepted for another time');
    x.feed(received).feed(puback(1));
    x.takes = 3;
    x.settle();
    const sent = x.sent();
    t.is(sent.at(-1), 'e000');
    t.false(x.isLinkOpen);
    t.is(sent.filter((one) => one === 'e000').length, 1);
    x.takes = 1000;
    x.call((c, now) => clientConnect(c, now));
    x.sent();
    x.feed(accepted[level]);
    t.true(x.sent().length > 0, 'what was not begun is sent on the next connection');
  });

  test(titled(level, '', 'disconnect before the connection stands'), (t) => {
    const x = connectingClient(level);
    x.call((c, now) => clientDisconnect(c, 0, null, now));
    t.deepEqual([x.isLinkOpen, x.c.state, x.events()], [false, State.Idle, ['Disconnected ByApplication 00']]);
    const y = new TestClient(level);
    t.is(y.call((c, now) => clientDisconnect(c, 0, null, now)), Status.Ok);
    y.opensLinks = false;
    y.connect();
    y.call((c, now) => clientDisconnect(c, 0, null, now));
    t.deepEqual([y.c.state, y.events()], [State.Idle, ['Disconnected ByApplication 00']]);
  });

  test(titled(level, '', 'connect again is refused on the way, and cuts a pause short'), (t) => {
    const x = connectClient(level, { retryMinMs: 1000000, retryMaxMs: 1000000 });
    t.is(x.call((c, now) => clientConnect(c, now)), Status.BadState);
    x.linkDown();
    t.is(x.c.state, State.Waiting);
    t.is(x.call((c, now) => clientConnect(c, now)), Status.Ok);
    t.true(x.isLinkOpen);
  });

  test(titled(level, 'v3:[MQTT-4.8.0-1]', 'after a violation the rest of what was received is not looked at'), (t) => {
    const x = connectClient(level);
    x.opensLinks = false;
    x.feed(`${publishOf(level, '30', 'a', null, '1')} 00 00 ${publishOf(level, '30', 'a', null, '2')}`);
    t.deepEqual(x.events(), ['Message a "1" q0', 'Disconnected Malformed 81']);
  });

  test(titled(level, '', 'the pauses between attempts grow to their bound and begin anew after a lasting connection'), (t) => {
    const x = new TestClient(level, { retryMinMs: 100, retryMaxMs: 800 });
    x.connect();
    const pause = (): number => {
      const from = x.now;
      x.linkDown();
      x.untilLink();
      return x.now - from;
    };
    const pauses = Array.from({ length: 40 }, pause);
    t.true(pauses.every((ms) => ms <= 801), pauses.join());
    t.true(pauses.slice(0, 1).every((ms) => ms <= 101));
    t.true(pauses.some((ms) => ms > 400) && new Set(pauses).size > 20, 'spread over the whole range');
  });
}

const refusals3: readonly [string, boolean][] = [['01', false], ['02', false], ['03', true], ['04', false], ['05', false]];
for (const [code, isRetried] of refusals3) {
  test(`3.1.1: CONNACK ${code} is a refusal, never a connection${isRetried ? ', and tried again' : ''}`, (t) => {
    const x = connectingClient(4, { retryMinMs: 1, retryMaxMs: 1 });
    x.feed(`20 02 00 ${code}`);
    t.deepEqual(x.events(), [`Disconnected Refused ${code}`]);
    x.advance(1000);
    t.is(x.links, isRetried ? 2 : 1);
  });
}

const refusals5: readonly [string, 'stop' | 'retry'][] = [
  ['80', 'retry'], ['81', 'stop'], ['82', 'stop'], ['83', 'retry'], ['84', 'stop'], ['85', 'stop'], ['86', 'stop'], ['87', 'stop'],
  ['88', 'retry'], ['89', 'retry'], ['8a', 'stop'], ['8c', 'stop'], ['90', 'stop'], ['95', 'stop'], ['97', 'retry'], ['99', 'stop'],
  ['9a', 'stop'], ['9b', 'stop'], ['9c', 'retry'], ['9d', 'retry'], ['9f', 'retry'],
];
for (const [code, then] of refusals5) {
  test(`5.0: CONNACK ${code} closes the connection; then ${then} v5:[MQTT-4.13.2-1]`, (t) => {
    const x = connectingClient(5, { retryMinMs: 1, retryMaxMs: 1000 });
    x.sent();
    x.feed(packet('20', '00', code, properties('1f 0003 "why"', '1c 0005 "other"')));
    const [seen] = x.seen();
    t.is(seen.status, Status.Refused);
    t.is(seen.reason.toString(16), code);
    t.deepEqual(seen.properties, ['31=why', '28=other']);
    t.deepEqual(x.isLinkOpen, false);
    x.advance(10000);
    t.is(x.links, then === 'stop' ? 1 : 2);
  });
}

const serverCodes = ['00', '80', '81', '82', '83', '87', '89', '8b', '8d', '8e', '8f', '90', '93', '94', '95', '96', '97', '98', '99', '9a', '9b', '9c', '9d', '9e', '9f', 'a0', 'a1', 'a2'];
for (const code of serverCodes) {
  test(`5.0: DISCONNECT ${code} from the server closes the connection, without an answer v5:[MQTT-4.13.2-1] v5:[MQTT-3.14.4-2]`, (t) => {
    const x = connectClient(5);
    x.opensLinks = false;
    x.feed(packet('e0', code, properties('1f 0003 "why"', '26 0001 "a" 0001 "b"')));
    t.deepEqual(x.sent(), []);
    const [seen] = x.seen();
    t.deepEqual([seen.status, seen.reason.toString(16).padStart(2, '0'), seen.properties], [Status.ServerClosed, code, ['31=why', '38=a:b']]);
    t.false(x.isLinkOpen);
  });
}

test('5.0: DISCONNECT without a reason code and without properties is a normal one', (t) => {
  for (const written of ['e0 00', 'e0 01 00', 'e0 02 00 00']) {
    const x = connectClient(5);
    x.opensLinks = false;
    t.deepEqual(x.feed(written).events(), ['Disconnected ServerClosed 00'], written);
  }
});

const clientCodes = [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];
test('5.0: a DISCONNECT carries a client\'s reason codes and no other v5:[MQTT-3.14.2-1]', (t) => {
  for (let code = -1; code <= 257; code++) {
    const isAllowed = clientCodes.includes(code);
    const x = connectClient(5);
    t.is(x.call((c, now) => clientDisconnect(c, code, null, now)), isAllowed ? Status.Ok : Status.BadFlags, `code ${code}`);
    const sent = code === 0 ? 'e0 00' : `e0 01 ${code.toString(16).padStart(2, '0')}`;
    t.deepEqual(x.sent(), isAllowed ? wire(sent) : []);
    t.is(x.isLinkOpen, !isAllowed);
  }
});

const ownLists: readonly [string, string, number, Status][] = [
  ['a reason string and user properties', '1f 0002 "by" 26 0001 "a" 0001 "b"', 0, Status.Ok],
  ['a session expiry where CONNECT had one', '11 0000000a', 60, Status.Ok],
  ['a session expiry where CONNECT had none', '11 0000000a', 0, Status.BadProperties],
  ['a session expiry of 0 where CONNECT had none', '11 00000000', 0, Status.Ok],
  ['a property of another packet', '01 00', 0, Status.BadProperties],
  ['a reason string twice', '1f 0000 1f 0000', 0, Status.BadProperties],
  ['a reason string that is no UTF-8', '1f 0001 ff', 0, Status.BadProperties],
];
for (const [about, list, sessionExpiryS, status] of ownLists) {
  test(`5.0: a DISCONNECT with ${about}: ${status === Status.Ok ? 'sent' : 'refused'}`, (t) => {
    const x = connectClient(5, { v5: { sessionExpiryS } });
    const p = createProperties(32);
    const given = bytes(list);
    p.bytes.set(given);
    p.limit = given.length;
    t.is(x.call((c, now) => clientDisconnect(c, 0, p, now)), status);
    t.deepEqual(x.sent(), status === Status.Ok ? [packet('e0', '00', properties(list))] : []);
  });
}

test('5.0: reason string and user properties are left out of a DISCONNECT that the server would not take v5:[MQTT-3.14.2-3] v5:[MQTT-3.14.2-4] v5:[MQTT-3.2.2-15]', (t) => {
  for (const list of [`1f ${field('x'.repeat(40))}`, `26 ${field('name')} ${field('x'.repeat(40))}`]) {
    const x = connectClient(5, {}, '20 08 00 00 05 27 00000014');
    const p = createProperties(64);
    const given = bytes(list);
    p.bytes.set(given);
    p.limit = given.length;
    const status = x.call((c, now) => clientDisconnect(c, 4, p, now));
    const sent = x.sent();
    t.true(sent.every((one) => one.length / 2 <= 20), `${sent.join()} sent to a server that takes 20 bytes`);
    // Refused as a whole, so that the application can say it shorter.
    t.true(status === Status.Ok || (status < Status.Ok && sent.length === 0));
  }
});

test('5.0: a fault found here closes the connection even where DISCONNECT cannot be sent v5:[MQTT-4.13.2-1]', (t) => {
  const x = connectClient(5, { pingTimeoutMs: 3000 });
  x.opensLinks = false;
  x.takes = 0;
  x.feed('00 00');
  x.advance(6001);
  t.deepEqual([x.events(), x.isLinkOpen, x.sent()], [['Disconnected Malformed 81'], false, []]);
});
