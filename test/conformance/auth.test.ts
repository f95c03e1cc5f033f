/**
 * Enhanced authentication. [5.0 section 3.15, 4.12]
 */
import test from 'ava';
import { clientAuthenticate, createProperties, type Properties, Reason, State, Status } from '../../src/core/index.js';
import { connectClient, connectingClient, type TestClient } from './client-harness.js';
import { bytes, field, packet, properties, wire } from './hex.js';

const method = { v5: { connectProperties: bytes('15 0001 "m" 16 0001 aa') } };
const connack = '20 07 00 00 04 15 0001 "m"';

function list(...written: readonly string[]): Properties {
  const given = bytes(written.join(''));
  const p = createProperties(given.length);
  p.bytes.set(given);
  p.limit = given.length;
  return p;
}

function authenticate(x: TestClient, reason: Reason, p: Properties): Status {
  return x.call((c, now) => clientAuthenticate(c, reason, p, now));
}

test('CONNECT names the method and carries the first data', (t) => {
  const x = connectingClient(5, method);
  t.deepEqual(x.sent(), wire('10 1c 0004 "MQTT" 05 02 003c 0b 21 0008 15 0001 "m" 16 0001 aa 0004 "dev1"'));
});

test('the whole exchange: AUTH 0x18 is answered with 0x18 under the same method, until CONNACK v5:[MQTT-4.12.0-3] v5:[MQTT-4.12.0-5] v5:[MQTT-2.1.3-1]', (t) => {
  const x = connectingClient(5, method);
  x.sent();
  for (let round = 0; round < 3; round++) {
    x.feed('f0 0a 18 08 15 0001 "m" 16 0001 bb');
    const [seen] = x.seen();
    t.deepEqual([seen.reason, seen.properties], [Reason.ContinueAuthentication, ['21=m', '22=bb']]);
    t.is(authenticate(x, Reason.ContinueAuthentication, list('15 0001 "m"', '16 0001 cc')), Status.Ok);
    t.deepEqual(x.sent(), wire('f0 0a 18 08 15 0001 "m" 16 0001 cc'));
  }
  x.feed(connack);
  t.deepEqual([x.events(), x.c.state], [['Connected'], State.Connected]);
});

test('before CONNACK nothing but AUTH and DISCONNECT leaves the client v5:[MQTT-3.1.2-30]', (t) => {
  const x = connectingClient(5, method);
  x.sent();
  x.publish('a', 'x', 2);
  x.publish('b', 'x', 0);
  x.advance(5000);
  x.feed('f0 06 18 04 15 0001 "m"');
  authenticate(x, Reason.ContinueAuthentication, list('15 0001 "m"'));
  t.deepEqual(x.sent().map((sent) => sent.slice(0, 2)), ['f0']);
  x.feed(connack);
  t.deepEqual(x.sent().map((sent) => sent.slice(0, 1)), ['3', '3']);
});

test('re-authentication: AUTH 0x19 under the method of CONNECT, while messages go on v5:[MQTT-4.12.1-1]', (t) => {
  const x = connectClient(5, method, connack);
  t.is(authenticate(x, Reason.Reauthenticate, list('15 0001 "m"', '16 0001 01')), Status.Ok);
  t.deepEqual(x.sent(), wire('f0 0a 19 08 15 0001 "m" 16 0001 01'));
  x.publish('a', '', 0);
  x.feed('f0 06 18 04 15 0001 "m"');
  t.is(authenticate(x, Reason.ContinueAuthentication, list('15 0001 "m"')), Status.Ok);
  x.feed('f0 06 00 04 15 0001 "m"');
  t.deepEqual(x.events(), ['Authenticate 18', 'Authenticate 00']);
  t.deepEqual(x.sent().length, 2);
});

test('re-authentication that fails closes the connection v5:[MQTT-4.12.1-2]', (t) => {
  const x = connectClient(5, method, connack);
  authenticate(x, Reason.Reauthenticate, list('15 0001 "m"'));
  x.sent();
  x.feed('e0 01 87');
  t.deepEqual([x.events(), x.isLinkOpen, x.sent()], [['Disconnected ServerClosed 87'], false, []]);
});

test('without a method in CONNECT the client sends no AUTH v5:[MQTT-4.12.0-7]', (t) => {
  const x = connectClient(5);
  for (const reason of [Reason.ContinueAuthentication, Reason.Reauthenticate]) t.is(authenticate(x, reason, list('15 0001 "m"')), Status.BadState);
  t.deepEqual(x.sent(), []);
  const y = connectClient(4);
  t.is(authenticate(y, Reason.Reauthenticate, list('15 0001 "m"')), Status.BadState);
});

test('another method, or none, is refused v5:[MQTT-4.12.0-5] v5:[MQTT-4.12.1-1]', (t) => {
  const x = connectClient(5, method, connack);
  for (const written of ['15 0001 "n"', '15 0002 "mm"', '15 0000', '', '16 0001 00', '15 0001 "m" 15 0001 "m"']) {
    t.is(authenticate(x, Reason.Reauthenticate, list(written)), Status.BadProperties, written);
  }
  t.deepEqual(x.sent(), []);
});

test('AUTH carries 0x18 or 0x19 and no other code v5:[MQTT-3.15.2-1] v5:[MQTT-4.12.0-3]', (t) => {
  const x = connectClient(5, method, connack);
  for (const reason of [0, 1, 0x17, 0x1a, 0x80, 0x87]) t.is(authenticate(x, reason, list('15 0001 "m"')), Status.BadFlags, String(reason));
  const y = connectingClient(5, method);
  y.feed('f0 06 18 04 15 0001 "m"');
  y.sent();
  t.true(authenticate(y, Reason.Reauthenticate, list('15 0001 "m"')) < 0, 'not before the connection stands');
  t.deepEqual([x.sent(), y.sent()], [[], []]);
});

test('an AUTH that the server would not take is not sent with its reason string or user properties v5:[MQTT-3.15.2-2] v5:[MQTT-3.15.2-3] v5:[MQTT-3.2.2-15]', (t) => {
  for (const extra of [`1f ${field('x'.repeat(40))}`, `26 ${field('k')} ${field('x'.repeat(40))}`]) {
    const x = connectClient(5, method, packet('20', '00 00', properties('15 0001 "m"', '27 00000018')));
    const status = authenticate(x, Reason.Reauthenticate, list('15 0001 "m"', extra));
    const sent = x.sent();
    t.true(sent.every((one) => one.length / 2 <= 24), `${sent.join()} sent to a server that takes 24 bytes`);
    // Refused as a whole, so that the application can say it shorter.
    t.true(status === Status.Ok || (status < Status.Ok && sent.length === 0));
  }
});
