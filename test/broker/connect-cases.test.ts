/*
 * CONNECT, field by field, in both versions. MQTT 5.0, 3.1 and 3.2; MQTT 3.1.1, 3.1 and 3.2.
 */
import test from 'ava';
import type { Row, Version } from './support.js';
import { binary, byte, connect4, connect5, connectOf, long, packet, properties, runRows, text, word } from './support.js';

/** The CONNACK of a broker with default options: Receive Maximum 1024, Maximum Packet Size 16 MiB, Topic Alias Maximum 256. */
const limits5 = '210400' + '2701000000' + '220100';
const accepted: Record<Version, string> = { 4: '20020000', 5: '200e00000b' + limits5 };
const refused = (version: Version, code5: number): string => (version === 5 ? `200300${byte(code5)}00` : '');

function rowsOf(version: Version): Row[] {
  const rows: Row[] = [];
  const level = version === 5 ? '05' : '04';
  const none = version === 5 ? '00' : '';
  const malformedConnect = ' [MQTT-3.1.4-1]' + (version === 5 ? ' [MQTT-3.14.0-1] [MQTT-4.13.1-1]' : ' [MQTT-4.8.0-1]');
  const bad = (title: string, send: string, broken: string, code5 = 0x81): void => {
    rows.push({ title: title + malformedConnect, before: '', send, answer: refused(version, code5), then: 'closed', broken });
  };
  const good = (title: string, send: string): void => {
    rows.push({ title, before: '', send, answer: accepted[version], then: 'open' });
  };
  const acceptance = version === 5 ? '[MQTT-3.1.4-5] [MQTT-3.2.2-2] [MQTT-3.2.2-1]' : '[MQTT-3.1.4-4] [MQTT-3.2.2-1] [MQTT-3.2.0-1]';
  good(`a plain CONNECT is accepted ${acceptance}`, connectOf(version));

  // --- connect flags: all 256 of them ---
  for (let flags = 0; flags < 256; flags++) {
    const [user, password, retain, will, clean] = [flags & 0x80, flags & 0x40, flags & 0x20, flags & 4, flags & 2].map((bit) => bit !== 0);
    const qos = (flags >> 3) & 3;
    const rest =
      (will ? (version === 5 ? '00' : '') + text('w/t') + text('gone') : '') + (user ? text('u') : '') + (password ? binary('70') : '');
    // Each row is a client of its own, so that no row takes over another's session.
    const send = connectOf(version, { clientId: `f${flags}`, flags, rest });
    const title = `Connect Flags 0x${byte(flags)}`;
    if ((flags & 1) !== 0) bad(`${title}: reserved bit [MQTT-3.1.2-3]`, send, '3.1.2-3');
    else if (!will && qos > 0) bad(`${title}: Will QoS without will`, send, version === 5 ? '3.1.2-11' : '3.1.2-13');
    else if (!will && retain) bad(`${title}: Will Retain without will`, send, version === 5 ? '3.1.2-13' : '3.1.2-15');
    else if (qos === 3) bad(`${title}: Will QoS 3`, send, version === 5 ? '3.1.2-12' : '3.1.2-14');
    else if (version === 4 && password && !user) bad(`${title}: password without user name`, send, '3.1.2-22');
    else good(`${title}${clean ? '' : ', no clean start'}`, send);
  }

  // --- protocol name and level ---
  for (const name of ['MQT', 'MQTt', 'mqtt', 'MQTTT', 'MQIsdp', '', 'HTTP', ' MQTT', 'MQTT ', '\ufeffMQTT']) {
    const send = packet(0x10, text(name), level, '02', word(0), none, text('c'));
    rows.push({ title: `Protocol Name ${JSON.stringify(name).replace('\ufeff', 'U+FEFF ')} is closed without an answer [MQTT-3.1.2-1]`, before: '', send, answer: '', then: 'closed', broken: '3.1.2-1' });
  }
  for (const wrong of [0, 1, 2, 3, 6, 7, 0x7f, 0x80, 0x83, 0x84, 0x85, 0xff]) {
    // With the highest bit, which bridges set, it is the answer to the level beneath.
    const answer = wrong < 4 || [0x80, 0x83, 0x84].includes(wrong) ? '20020001' : '2003008400';
    const send = packet(0x10, text('MQTT'), byte(wrong), '02', word(0), none, text('c'));
    rows.push({ title: `Protocol Level ${wrong} [MQTT-3.1.2-2] [MQTT-3.2.2-4] [MQTT-3.2.2-5]`, before: '', send, answer, then: 'closed', broken: '3.1.2-2' });
  }

  // --- client identifier ---
  const alphabet = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  for (const clientId of ['0', alphabet.slice(0, 23), alphabet.slice(20, 43), alphabet.slice(39)]) {
    good(`Client Identifier "${clientId}" [MQTT-3.1.3-5]`, connectOf(version, { clientId }));
  }
  good('a Client Identifier of 1000 bytes', connectOf(version, { clientId: 'x'.repeat(1000) }));
  good('a Client Identifier with blanks and signs', connectOf(version, { clientId: 'a b/+#$' }));

  // --- every cut of a CONNECT with all fields, its length corrected ---
  const will = (version === 5 ? properties('18' + long(1), '0101') : '') + text('w/t') + text('gone');
  const list = version === 5 ? properties('11' + long(7), '26' + text('k') + text('v')) : '';
  const body = text('MQTT') + level + 'c6' + word(60) + list + text('cut') + will + text('user') + text('word');
  const afterLevel = 14;
  // A cut within properties is seen at their length, which then reaches beyond the packet.
  const listAt = afterLevel + 6;
  const willAt = listAt + list.length + text('cut').length;
  const within = (cut: number, at: number, part: string): boolean => cut > at && cut < at + part.length;
  for (let cut = 0; cut < body.length; cut += 2) {
    const send = packet(0x10, body.slice(0, cut));
    const known = cut >= afterLevel;
    // Until the level is there the answer has no form; the record is numbered as in 5.0.
    const answer = known ? refused(version, 0x81) : '';
    const section = known && version === 4 ? '2.2.3' : '2.1.4';
    const broken = version === 5 && (within(cut, listAt, list) || within(cut, willAt, will.slice(0, 16))) ? '2.2.2' : section;
    rows.push({ title: `CONNECT cut to ${cut / 2} bytes${malformedConnect}`, before: '', send, answer, then: 'closed', broken });
  }
  bad('CONNECT with a byte too many', packet(0x10, body, '00'), version === 5 ? '2.1.4' : '2.2.3');
  bad('CONNECT with many bytes too many', packet(0x10, body, '00'.repeat(200)), version === 5 ? '2.1.4' : '2.2.3');

  // --- will topic ---
  const wildcard = version === 5 ? '4.7.0-1' : '4.7.1-1';
  for (const topic of ['+', '#', 'a/+', 'a/#', 'a+b']) {
    bad(`Will Topic "${topic}" [MQTT-${wildcard}]`, connectOf(version, { flags: 6, rest: none + text(topic) + text('') }), wildcard);
  }
  bad('an empty Will Topic [MQTT-4.7.3-1]', connectOf(version, { flags: 6, rest: none + text('') + text('') }), '4.7.3-1');
  return rows;
}

const rows4: Row[] = [
  { title: 'an empty Client Identifier with Clean Session 0 [MQTT-3.1.3-8] [MQTT-3.1.3-9] [MQTT-3.2.2-4] [MQTT-3.2.2-5]', before: '', send: connect4({ clientId: '', flags: 0 }), answer: '20020002', then: 'closed' },
  { title: 'an empty Client Identifier with Clean Session 1 [MQTT-3.1.3-6]', before: '', send: connect4({ clientId: '' }), answer: '20020000', then: 'open' },
  { title: 'what comes behind a refused CONNECT is ignored [MQTT-3.1.4-5]', before: '', send: connect4({ clientId: '', flags: 0 }) + 'c000ffff', answer: '20020002', then: 'closed' },
];

/** Which value a property of CONNECT may have, and what a wrong one is. */
const rows5: Row[] = [
  ['0 of Receive Maximum', '21' + word(0), '3.1.2.11.3'],
  ['0 of Maximum Packet Size', '27' + long(0), '3.1.2.11.4'],
  ['2 of Request Problem Information', '1702', '3.1.2.11.7'],
  ['255 of Request Problem Information', '17ff', '3.1.2.11.7'],
  ['2 of Request Response Information', '1902', '3.1.2.11.6'],
  ['Authentication Data without Authentication Method', '16' + binary('00'), '3.1.2.11.10'],
].map(([what, list, broken]): Row => ({ title: `CONNECT: ${what}`, before: '', send: connect5({ properties: list }), answer: '2003008200', then: 'closed', broken }));
rows5.push(
  ...[
    ['Session Expiry Interval 0', '11' + long(0)],
    ['Session Expiry Interval 1', '11' + long(1)],
    ['Session Expiry Interval without end', '11ffffffff'],
    ['Receive Maximum 1', '21' + word(1)],
    ['Receive Maximum 65535', '21ffff'],
    ['Maximum Packet Size 4294967295', '27ffffffff'],
    ['Topic Alias Maximum 0', '22' + word(0)],
    ['Topic Alias Maximum 65535', '22ffff'],
    ['Request Problem Information 0', '1700'],
    ['Request Problem Information 1', '1701'],
    ['Request Response Information 1 of a broker that has none [MQTT-3.1.2-28]', '1901'],
    ['Request Response Information 0', '1900'],
    ['User Property thrice', ('26' + text('a') + text('b')).repeat(3)],
  ].map(([what, list]): Row => ({ title: `CONNECT: ${what}`, before: '', send: connect5({ clientId: `p${what.length}`, properties: list }), answer: accepted[5], then: 'open' })),
  { title: 'CONNECT: an unknown Authentication Method [MQTT-4.12.0-1] [MQTT-3.2.2-7]', before: '', send: connect5({ properties: '15' + text('none') }), answer: '2003008c00', then: 'closed' },
  { title: 'what comes behind a refused CONNECT is ignored [MQTT-3.1.4-6]', before: '', send: connect5({ properties: '15' + text('none') }) + 'c000ffff', answer: '2003008c00', then: 'closed' },
  { title: 'a CONNACK larger than the client takes is not sent, nor a DISCONNECT in its place [MQTT-3.1.2-24] [MQTT-3.14.0-1] [MQTT-4.13.2-1]', before: '', send: connect5({ clientId: 'tiny', properties: '27' + long(15) }), answer: '2003009500', then: 'closed' },
  { title: 'a CONNACK just as large as the client takes', before: '', send: connect5({ clientId: 'fits', properties: '27' + long(16) }), answer: accepted[5], then: 'open' },
  { title: 'password without user name is allowed', before: '', send: connect5({ clientId: 'pw', flags: 0x42, rest: binary('00ff') }), answer: accepted[5], then: 'open' },
);

runRows(test, 4, [...rowsOf(4), ...rows4]);
runRows(test, 5, [...rowsOf(5), ...rows5]);
