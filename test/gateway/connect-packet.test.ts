/** A board's CONNECT with the gateway's identity, the search for it on a noisy wire, and the walk over what follows. */
import test from 'ava';
import { beginsConnect, readConnect, withIdentity } from '../../src/gateway/tunnel/connect-packet.js';
import { PacketWalk } from '../../src/gateway/tunnel/packet-walk.js';
import { ConnectSearch } from '../../src/gateway/raw/connect-search.js';
import { connect4, connect5, connectOf, publish, text } from '../broker/support.js';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const identity = { userName: 'u', password: 'p', clientIdPrefix: 'x-' };

const will4 = text('will/topic') + text('gone');
const will5 = '05' + '1800000005' + will4;

test('the identity is put in, whatever else is there', (t) => {
  const rows: [string, string][] = [
    [connect4({ clientId: 'c' }), connect4({ clientId: 'x-c', flags: 0xc2, rest: text('u') + text('p') })],
    [connect4({ clientId: 'c', flags: 0x82, rest: text('me') }), connect4({ clientId: 'x-c', flags: 0xc2, rest: text('u') + text('p') })],
    [connect4({ clientId: '', flags: 2 }), connect4({ clientId: '', flags: 0xc2, rest: text('u') + text('p') })],
    [connect4({ flags: 0xf6, rest: will4 + text('me') + text('pw') }), connect4({ clientId: 'x-c', flags: 0xf6, rest: will4 + text('u') + text('p') })],
    [connect5({ properties: '1100000e10', flags: 6, rest: will5 }), connect5({ clientId: 'x-c', properties: '1100000e10', flags: 0xc6, rest: will5 + text('u') + text('p') })],
  ];
  for (const [given, wanted] of rows) t.is(withIdentity(bytes(given), identity)?.toString('hex'), wanted);
  t.is(withIdentity(bytes(connect4({ flags: 0xc2, rest: text('me') + text('pw') })), { clientIdPrefix: 'y' })?.toString('hex'),
    connect4({ clientId: 'yc', flags: 0xc2, rest: text('me') + text('pw') }), 'what is not given stays');
});

test('a remaining length grows a byte where it has to', (t) => {
  const given = connect4({ clientId: 'c'.repeat(110) });
  const made = withIdentity(bytes(given), identity)!;
  t.is(made.toString('hex'), connect4({ clientId: `x-${'c'.repeat(110)}`, flags: 0xc2, rest: text('u') + text('p') }));
});

test('what is no CONNECT to the last byte is left alone', (t) => {
  for (const whole of [connect4({ flags: 0xf6, rest: will4 + text('me') + text('pw') }), connect5({ properties: '1100000e10', flags: 0xc6, rest: will5 + text('a') + text('b') })]) {
    t.not(readConnect(bytes(whole)), null);
    for (let length = 0; length < whole.length; length += 2) {
      // Cut short, with the length that it then has.
      const cut = bytes(whole.slice(0, length));
      if (cut.length > 1) cut[1] = cut.length - 2;
      t.is(withIdentity(cut, identity), null, `the first ${length / 2} bytes`);
    }
    t.is(withIdentity(bytes(`${whole}00`), identity), null);
  }
  t.is(withIdentity(bytes(connect4({ flags: 3 })), identity), null, 'a reserved flag');
  t.is(withIdentity(bytes(connect4().replace('4d515454', '4d515453')), identity), null, 'another protocol');
  t.is(withIdentity(bytes(connect4()), { password: 'p' }), null, 'a password without user name in 3.1.1 [MQTT-3.1.2-22]');
  t.is(withIdentity(bytes(connect5()), { password: 'p' })?.toString('hex'), connect5({ flags: 0x42, rest: text('p') }), 'but in 5.0');
  t.is(withIdentity(bytes(connect4({ clientId: 'c'.repeat(65_530) })), { clientIdPrefix: 'x'.repeat(10) }), null, 'an identifier that grows too long');
});

test('CONNECT is found at every split, behind any noise', (t) => {
  const connect = connectOf(5, { clientId: 'uno', properties: '1100000e10' });
  for (const noise of ['', '10', '1010', '100c00044d51', 'ffff10ff', '101000044d5154']) {
    const all = bytes(noise + connect + 'c000');
    for (let cut = 0; cut <= all.length; cut++) {
      const search = new ConnectSearch();
      let found = search.take(Buffer.from(all.subarray(0, cut)));
      if (found === null) found = search.take(Buffer.from(all.subarray(cut)));
      t.is(found?.packet.toString('hex'), connect, `noise ${noise}, cut at ${cut}`);
      t.is(search.skippedBytes, noise.length / 2);
    }
  }
});

test('a CONNECT that is too long to be one is passed over', (t) => {
  const search = new ConnectSearch();
  t.is(search.take(bytes('10ffff7f00044d51545404')), null);
  t.false(search.hasPart);
  t.is(beginsConnect(bytes('10ffffffff'), 0, 5), 0);
});

test('the walk goes from packet to packet at every split, and stops at a wrong byte', (t) => {
  const good = bytes(publish(4, 'a/b', 'x'.repeat(200), { qos: 1, id: 1 }) + 'c000' + '40020001' + 'e000');
  for (let cut = 0; cut <= good.length; cut++) {
    const walk = new PacketWalk('board', 1000);
    for (const part of [good.subarray(0, cut), good.subarray(cut)]) {
      let at = 0;
      while (at < part.length && !walk.isBroken) at = walk.advance(part, at, part.length);
    }
    t.false(walk.isBroken);
    t.true(walk.isBetween);
    t.is(walk.packets, 4);
    t.is(walk.type, 14);
  }
  const wrong: [string, number][] = [['00', 0], ['c0ff80808000', 4], ['36', 0], ['60', 0], ['20', 0], ['d000', 0], ['c0e807', 2]];
  for (const [hex, at] of wrong) {
    const walk = new PacketWalk('board', 999);
    t.is(walk.advance(bytes(hex), 0, hex.length / 2), at, hex);
    t.true(walk.isBroken, hex);
  }
});
