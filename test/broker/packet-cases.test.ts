/*
 * PUBLISH, its acknowledgements, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT and AUTH on one connection, in both versions.
 * MQTT 5.0, 3.3 to 3.15; MQTT 3.1.1, 3.3 to 3.14.
 */
import test from 'ava';
import type { Row, Version } from './support.js';
import { binary, byte, connectOf, long, packet, properties, publish, runRows, subscribe, text, word } from './support.js';

const none = (version: Version): string => (version === 5 ? '00' : '');
const disconnect = (version: Version, code: number): string => (version === 5 ? `e001${byte(code)}` : '');

function publishRows(version: Version): Row[] {
  const rows: Row[] = [];
  const bad = (title: string, send: string, broken: string, code = 0x81): void => {
    rows.push({ title: `PUBLISH: ${title}`, send, answer: disconnect(version, code), then: 'closed', broken });
  };
  const good = (title: string, send: string, answer: string): void => {
    rows.push({ title: `PUBLISH: ${title}`, send, answer, then: 'open' });
  };
  // 5.0 says that nobody subscribed; 3.1.1 has no way to.
  const puback = (id: number): string => (version === 5 ? `4003${word(id)}10` : `4002${word(id)}`);
  const pubrec = (id: number): string => (version === 5 ? `5003${word(id)}10` : `5002${word(id)}`);
  const qosIds = '[MQTT-3.3.4-1]';
  // --- every combination of flags ---
  for (let flags = 0; flags < 16; flags++) {
    const qos = (flags >> 1) & 3;
    const dup = (flags & 8) !== 0;
    const send = packet(0x30 | flags, text(`flags/${flags}`), qos > 0 ? '0007' : '', none(version), '70');
    const idField = version === 5 ? '[MQTT-2.2.1-2] [MQTT-2.2.1-5]' : '[MQTT-2.3.1-5] [MQTT-2.3.1-6]';
    if (qos === 3) bad(`flags ${flags}: QoS 3 [MQTT-3.3.1-4]`, send, '3.3.1-4');
    else if (dup && qos === 0) bad(`flags ${flags}: DUP at QoS 0 [MQTT-3.3.1-2]`, send, '3.3.1-2');
    else good(`flags ${flags} ${qosIds} ${idField}`, send, qos === 0 ? '' : qos === 1 ? puback(7) : pubrec(7));
  }
  // --- topic names ---
  for (const topic of ['a', '/', '//', '/a', 'a/', 'a b', '$other/x', '$SYSTEM', '$', 'ä', '𝄞', 'x'.repeat(65_535)]) {
    good(`topic of ${topic.length} characters "${topic.slice(0, 8)}" [MQTT-4.7.3-3] [MQTT-3.3.2-1]`, publish(version, topic, '', { qos: 1 }), puback(1));
  }
  // Only the server speaks under $SYS, as in Mosquitto; a bridge may tell of its own state.
  const denied = (type: string): string => (version === 5 ? `${type}03000187` : `${type}020001`);
  for (const topic of ['$SYS', '$SYS/', '$SYS/x', '$SYS/broker/uptime', '$SYS/broker/connection/state', '$share/g/a']) {
    good(`topic "${topic}" is the server's own, QoS 1`, publish(version, topic, 'x', { qos: 1, retain: true }), denied('40'));
    good(`topic "${topic}" is the server's own, QoS 2`, publish(version, topic, 'x', { qos: 2 }), denied('50'));
    good(`topic "${topic}" is the server's own, QoS 0`, publish(version, topic, 'x'), '');
  }
  good('a bridge tells of its state', publish(version, '$SYS/broker/connection/bridge/state', '1', { qos: 1 }), puback(1));
  for (const topic of ['+', '#', 'a/+', 'a/#', '+/a', 'a+', 'a#', 'a/+/b', '##', '$SYS/#']) {
    const id = version === 5 ? '[MQTT-4.7.0-1]' : '[MQTT-4.7.1-1]';
    bad(`topic "${topic}" [MQTT-3.3.2-2] ${id}`, publish(version, topic, ''), '3.3.2-2');
  }
  bad('empty topic [MQTT-4.7.3-1]', publish(version, '', 'x'), '4.7.3-1', 0x82);
  // A topic deeper than this broker's tree may get is not accepted, but it is well-formed.
  const deep = '/'.repeat(128);
  good('a topic of 128 levels', publish(version, deep.slice(1), '', { qos: 1 }), puback(1));
  good('a topic of 129 levels', publish(version, deep, '', { qos: 1 }), version === 5 ? '4003000190' : '40020001');
  good('a topic of 129 levels at QoS 2', publish(version, deep, '', { qos: 2 }), version === 5 ? '5003000190' : '50020001');
  good('a topic of 65536 levels at QoS 0', publish(version, '/'.repeat(65_535), ''), '');
  // --- packet identifiers ---
  const zeroId = version === 5 ? '2.2.1-3' : '2.3.1-1';
  for (const qos of [1, 2]) {
    bad(`packet identifier 0 at QoS ${qos} [MQTT-${zeroId}]`, publish(version, 'a', 'x', { qos, id: 0 }), zeroId, 0x82);
    for (const id of [1, 255, 256, 32_767, 32_768, 65_535]) {
      good(`packet identifier ${id} at QoS ${qos}`, publish(version, 'a', 'x', { qos, id }), qos === 1 ? puback(id) : pubrec(id));
    }
  }
  good(`the same identifier again after its PUBACK is a new message [MQTT-4.3.2-${version === 5 ? 5 : 2}]`, publish(version, 'a', 'x', { qos: 1 }).repeat(2), puback(1).repeat(2));
  const exchange = (id: number): string => (version === 5 ? `[MQTT-4.3.3-${id}]` : '[MQTT-4.3.3-2]');
  good(`a repeated QoS 2 message gets its PUBREC again ${exchange(10)}`, publish(version, 'a', 'x', { qos: 2 }) + publish(version, 'a', 'x', { qos: 2, dup: true }), pubrec(1) + '50020001');
  good(`a whole QoS 2 exchange ${exchange(8)} ${exchange(11)}`, publish(version, 'a', 'x', { qos: 2 }) + '62020001', pubrec(1) + '70020001');
  good(`two QoS 2 exchanges under one identifier ${exchange(12)}`, (publish(version, 'a', 'x', { qos: 2 }) + '62020001').repeat(2), (pubrec(1) + '70020001').repeat(2));
  const busy = publish(version, 'a', 'x', { qos: 2, id: 5 });
  if (version === 5) {
    good('QoS 1 under an identifier in use by QoS 2', busy + publish(5, 'a', 'x', { qos: 1, id: 5 }), pubrec(5) + '4003000591');
    good('SUBSCRIBE under an identifier in use by QoS 2', busy + subscribe(5, 5, 'z', 0), pubrec(5) + '900400050091');
    good('UNSUBSCRIBE under an identifier in use by QoS 2', busy + packet(0xa2, '0005', '00', text('z')), pubrec(5) + 'b00400050091');
    bad('empty topic with an alias that stands for nothing', publish(5, '', '', { properties: '23' + word(1) }), '3.3.2.3.4', 0x82);
    good('an alias set and used', publish(5, 'a', '', { properties: '23' + word(1) }) + publish(5, '', '', { qos: 1, properties: '23' + word(1) }), puback(1));
  } else {
    const inUse = (title: string, send: string): void => {
      rows.push({ title: `${title} under an identifier in use by QoS 2 [MQTT-2.3.1-2]`, send: busy + send, answer: pubrec(5), then: 'closed', broken: '2.3.1-2' });
    };
    inUse('QoS 1', publish(4, 'a', 'x', { qos: 1, id: 5 }));
    inUse('SUBSCRIBE', subscribe(4, 5, 'z', 0));
    inUse('UNSUBSCRIBE', packet(0xa2, '0005', text('z')));
  }
  // --- cut in its header, the length corrected ---
  const whole = text('abc') + '0001' + (version === 5 ? properties('01' + '00') : '');
  for (let cut = 0; cut < whole.length; cut += 2) {
    const inProperties = version === 5 && cut >= text('abc').length + 6;
    bad(`QoS 1 cut to ${cut / 2} bytes`, packet(0x32, whole.slice(0, cut)), inProperties ? '2.2.2' : version === 5 ? '2.1.4' : '2.2.3');
  }
  good('QoS 1 with no payload', packet(0x32, whole), puback(1));
  return rows;
}

function acknowledgementRows(version: Version): Row[] {
  const rows: Row[] = [];
  const types: readonly [string, number, string, string | undefined][] = [
    ['PUBACK', 0x40, '', version === 5 ? '2.2.1-5' : '2.3.1-6'],
    ['PUBREC', 0x50, version === 5 ? '6203000992' : '62020009', undefined],
    ['PUBREL', 0x62, version === 5 ? '7003000992' : '70020009', undefined],
    ['PUBCOMP', 0x70, '', undefined],
  ];
  const listed: Record<string, number[]> = {
    PUBACK: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
    PUBREC: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
    PUBREL: [0, 0x92],
    PUBCOMP: [0, 0x92],
  };
  const codeStatement: Record<string, string> = { PUBACK: '3.4.2-1', PUBREC: '3.5.2-1', PUBREL: '3.6.2-1', PUBCOMP: '3.7.2-1' };
  const cut = version === 5 ? '2.1.4' : '2.2.3';
  for (const [name, first, answer, broken] of types) {
    const good = { answer, then: 'open' as const, ...(broken === undefined ? {} : { broken }) };
    rows.push({ title: `${name} for nothing in flight`, send: packet(first, '0009'), ...good });
    const bad = (title: string, send: string, statement: string, code = 0x81): void => {
      rows.push({ title: `${name} ${title}`, send, answer: disconnect(version, code), then: 'closed', broken: statement });
    };
    bad('with no body', packet(first), cut);
    bad('with one byte', packet(first, '00'), cut);
    bad('with packet identifier 0', packet(first, '0000'), version === 5 ? '2.2.1-3' : '2.3.1-1', 0x82);
    if (version === 4) {
      bad('with a third byte', packet(first, '000900'), '2.2.3');
      bad('with many bytes', packet(first, '0009', '00'.repeat(50)), '2.2.3');
      continue;
    }
    for (let code = 0; code < 256; code++) {
      if (listed[name].includes(code)) {
        rows.push({ title: `${name} with reason code 0x${byte(code)}`, send: packet(first, '0009', byte(code)), ...good });
        rows.push({ title: `${name} with reason code 0x${byte(code)} and no properties [MQTT-2.2.2-1]`, send: packet(first, '0009', byte(code), '00'), ...good });
      } else bad(`with reason code 0x${byte(code)} [MQTT-${codeStatement[name]}]`, packet(first, '0009', byte(code)), codeStatement[name], 0x82);
    }
    bad('with a byte behind its properties', packet(first, '0009', '00', '00', '00'), '2.1.4');
    bad('with properties longer than the packet', packet(first, '0009', '00', '05'), '2.2.2');
  }
  return rows;
}

const goodFilters = ['a', '/', '#', '+', '/#', '/+', '+/#', 'a/+/b', 'a/#', '+/+', '//', 'a//b', '$SYS/#', '$share', 'ä/+', ' ', 'a b/#'];
const badFilters: readonly [filter: string, kind: '#' | '+'][] = [
  ['a#', '#'], ['a/#/b', '#'], ['#/a', '#'], ['##', '#'], ['a/b#', '#'], ['#a', '#'], ['#/', '#'], ['+#', '#'],
  ['a+', '+'], ['+a', '+'], ['a/b+/c', '+'], ['++', '+'], ['a/+b', '+'], ['+a/#', '+'], ['a/++/b', '+'],
];

function subscribeRows(version: Version): Row[] {
  const rows: Row[] = [];
  const close = (code: number): string => disconnect(version, code);
  const bad = (title: string, send: string, broken: string, code = 0x81): void => {
    rows.push({ title, send, answer: close(code), then: 'closed', broken });
  };
  const good = (title: string, send: string, answer: string): void => {
    rows.push({ title, send, answer, then: 'open' });
  };
  const suback = (id: number, ...codes: number[]): string => packet(0x90, word(id), none(version), codes.map(byte).join(''));
  const answered = '[MQTT-3.8.4-1] [MQTT-3.8.4-2]';
  const hashId = version === 5 ? '4.7.1-1' : '4.7.1-2';
  const plusId = version === 5 ? '4.7.1-2' : '4.7.1-3';
  for (const filter of goodFilters) {
    // '$share' alone asks for a share without a name: see sharedRows.
    if (filter === '$share') continue;
    good(`SUBSCRIBE to "${filter}" ${answered}`, packet(0x82, '0003', none(version), text(`own/${filter}`), '00'), suback(3, 0));
    good(`UNSUBSCRIBE from "${filter}"`, packet(0xa2, '0004', none(version), text(`own/${filter}`)), version === 5 ? 'b00400040011' : 'b0020004');
  }
  for (const [filter, kind] of badFilters) {
    const statement = kind === '#' ? hashId : plusId;
    bad(`SUBSCRIBE to "${filter}" [MQTT-${statement}]`, packet(0x82, '0003', none(version), text(filter), '00'), statement);
    bad(`UNSUBSCRIBE from "${filter}" [MQTT-${statement}]`, packet(0xa2, '0003', none(version), text(filter)), statement);
    bad(`SUBSCRIBE with "${filter}" as its second filter [MQTT-${statement}]`, packet(0x82, '0003', none(version), text('ok'), '00', text(filter), '00'), statement);
  }
  bad('SUBSCRIBE to an empty filter [MQTT-4.7.3-1]', packet(0x82, '0003', none(version), text(''), '00'), '4.7.3-1');
  bad('UNSUBSCRIBE from an empty filter [MQTT-4.7.3-1]', packet(0xa2, '0003', none(version), text('')), '4.7.3-1');
  good('SUBSCRIBE to 129 levels', packet(0x82, '0003', none(version), text('/'.repeat(128)), '00'), suback(3, version === 5 ? 0x8f : 0x80));
  good('SUBSCRIBE to a filter of 65535 bytes [MQTT-4.7.3-3]', packet(0x82, '0003', none(version), text('f'.repeat(65_535)), '00'), suback(3, 0));

  // --- subscription options: all 256 ---
  for (let options = 0; options < 256; options++) {
    const send = packet(0x82, '0003', none(version), text(`options/${options}`), byte(options));
    const title = `SUBSCRIBE with options 0x${byte(options)}`;
    const qos = options & 3;
    if (version === 4) {
      if (options > 2) bad(`${title} [MQTT-3.8.3-4]`, send, '3.8.3-4');
      else good(`${title} [MQTT-3.8.4-5] [MQTT-3.9.3-2]`, send, suback(3, qos));
    } else if ((options & 0xc0) !== 0) bad(`${title}: reserved bits [MQTT-3.8.3-5]`, send, '3.8.3-5');
    else if (qos === 3) bad(`${title}: QoS 3`, send, '3.8.3.1', 0x82);
    else if ((options & 0x30) === 0x30) bad(`${title}: Retain Handling 3`, send, '3.8.3.1', 0x82);
    else good(`${title} [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-2]`, send, suback(3, qos));
  }
  // --- shape ---
  const noFilter = version === 5 ? '3.8.3-2' : '3.8.3-3';
  bad(`SUBSCRIBE without a filter [MQTT-${noFilter}]`, packet(0x82, '0003', none(version)), noFilter, 0x82);
  bad('UNSUBSCRIBE without a filter [MQTT-3.10.3-2]', packet(0xa2, '0003', none(version)), '3.10.3-2', 0x82);
  const zeroId = version === 5 ? '2.2.1-3' : '2.3.1-1';
  bad(`SUBSCRIBE with packet identifier 0 [MQTT-${zeroId}]`, packet(0x82, '0000', none(version), text('a'), '00'), zeroId, 0x82);
  bad(`UNSUBSCRIBE with packet identifier 0 [MQTT-${zeroId}]`, packet(0xa2, '0000', none(version), text('a')), zeroId, 0x82);
  const cut = version === 5 ? '2.1.4' : '2.2.3';
  const filters = text('abc') + '01' + text('de') + '00';
  for (let at = 2; at < filters.length; at += 2) {
    if (at === text('abc').length + 2) continue;
    bad(`SUBSCRIBE cut within its filters after ${at / 2} bytes`, packet(0x82, '0003', none(version), filters.slice(0, at)), cut);
  }
  const names = text('abc') + text('de');
  for (let at = 2; at < names.length; at += 2) {
    if (at === text('abc').length) continue;
    bad(`UNSUBSCRIBE cut within its filters after ${at / 2} bytes`, packet(0xa2, '0003', none(version), names.slice(0, at)), cut);
  }
  for (const bytes of ['', '00']) {
    bad(`SUBSCRIBE of ${bytes.length / 2} bytes`, packet(0x82, bytes), cut);
    bad(`UNSUBSCRIBE of ${bytes.length / 2} bytes`, packet(0xa2, bytes), cut);
  }
  const orderIds = version === 5 ? '[MQTT-3.8.4-5] [MQTT-3.9.3-1]' : '[MQTT-3.8.4-4] [MQTT-3.9.3-1]';
  good(`SUBSCRIBE to many filters, codes in their order ${orderIds}`, packet(0x82, 'fffe', none(version), text('m/1'), '02', text('m/2'), '00', text('m/3'), '01'), suback(0xfffe, 2, 0, 1));
  good('SUBSCRIBE to one filter twice in a packet', packet(0x82, '0003', none(version), text('m/1'), '02', text('m/1'), '00'), suback(3, 2, 0));
  const both = subscribe(version, 1, 'u/1', 0) + packet(0xa2, '0002', none(version), text('u/1'), text('u/2'), text('u/1'));
  const unsubackIds = version === 5 ? '[MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2] [MQTT-2.2.1-6]' : '[MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6] [MQTT-2.3.1-7]';
  good(`UNSUBSCRIBE from known and unknown filters ${unsubackIds}`, both, suback(1, 0) + (version === 5 ? 'b006000200001111' : 'b0020002'));
  return rows;
}

function sharedRows(version: Version): Row[] {
  const rows: Row[] = [];
  const wrong: readonly [string, string][] = [
    ['$share', '4.8.2-1'], ['$share/', '4.8.2-1'], ['$share/g', '4.8.2-1'], ['$share/g/', '4.8.2-1'], ['$share//a', '4.8.2-1'],
  ];
  const wildcardName = ['$share/+/a', '$share/#', '$share/g+/a', '$share/+'];
  const accepted = (filter: string): Row => ({ title: `SUBSCRIBE to "${filter}"`, send: subscribe(version, 1, filter, 1), answer: packet(0x90, '0001', none(version), '01'), then: 'open' });
  for (const [filter, broken] of wrong) {
    // In 3.1.1 these are filters like any other.
    if (version === 4) rows.push(accepted(filter));
    else rows.push({ title: `SUBSCRIBE to "${filter}" [MQTT-4.8.2-1] [MQTT-4.8.2-2]`, send: subscribe(5, 1, filter, 0), answer: 'e00181', then: 'closed', broken });
  }
  for (const filter of wildcardName) {
    const misplaced = filter === '$share/g+/a';
    if (version === 4 && !misplaced) rows.push(accepted(filter));
    else {
      const broken = version === 4 ? '4.7.1-3' : misplaced ? '4.7.1-2' : '4.8.2-1';
      rows.push({ title: `SUBSCRIBE to "${filter}" [MQTT-${misplaced ? broken : '4.8.2-2'}]`, send: subscribe(version, 1, filter, 0), answer: disconnect(version, 0x81), then: 'closed', broken });
    }
  }
  for (const filter of ['$share/g/a', '$share/g/#', '$share/g/+/b', '$share/g//', '$sharex/+', '$shared']) {
    rows.push(accepted(filter));
  }
  if (version === 5) {
    rows.push({ title: 'SUBSCRIBE to a share with No Local [MQTT-3.8.3-4]', send: subscribe(5, 1, '$share/g/a', 4), answer: 'e00182', then: 'closed', broken: '3.8.3-4' });
  }
  return rows;
}

function otherRows(version: Version): Row[] {
  const rows: Row[] = [];
  const cut = version === 5 ? '2.1.4' : '2.2.3';
  rows.push(
    { title: 'PINGREQ [MQTT-3.12.4-1]', send: 'c000', answer: 'd000', then: 'open' },
    { title: 'many PINGREQ in a chunk [MQTT-3.12.4-1]', send: 'c000'.repeat(100), answer: 'd000'.repeat(100), then: 'open' },
    { title: 'PINGREQ with a body', send: 'c00100', answer: disconnect(version, 0x81), then: 'closed', broken: cut },
    { title: 'DISCONNECT [MQTT-3.14.4-2]', send: 'e000', answer: '', then: 'closed' },
    { title: 'what comes behind DISCONNECT is ignored [MQTT-3.14.4-1]', send: 'e000' + 'c000' + 'ffff', answer: '', then: 'closed' },
  );
  if (version === 4) {
    for (const body of ['00', '0000', '00'.repeat(30)]) {
      rows.push({ title: `DISCONNECT with ${body.length / 2} bytes [MQTT-3.14.1-1]`, send: packet(0xe0, body), answer: '', then: 'closed', broken: '2.2.3' });
    }
    return rows;
  }
  const fromClients = [0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];
  for (let code = 0; code < 256; code++) {
    if (fromClients.includes(code)) {
      rows.push({ title: `DISCONNECT with reason code 0x${byte(code)}`, send: packet(0xe0, byte(code)), answer: '', then: 'closed' });
      rows.push({ title: `DISCONNECT with reason code 0x${byte(code)} and no properties`, send: packet(0xe0, byte(code), '00'), answer: '', then: 'closed' });
    } else {
      rows.push({ title: `DISCONNECT with reason code 0x${byte(code)} [MQTT-3.14.2-1]`, send: packet(0xe0, byte(code)), answer: 'e00182', then: 'closed', broken: '3.14.2-1' });
    }
    const auth = code === 0x18 || code === 0x19;
    rows.push({
      title: `AUTH with reason code 0x${byte(code)}, no method named in CONNECT${auth ? '' : ' [MQTT-3.15.2-1]'}`,
      send: packet(0xf0, byte(code), properties('15' + text('m'))), answer: 'e00182', then: 'closed', broken: auth ? '4.12.0-7' : '3.15.2-1',
    });
  }
  rows.push(
    { title: 'DISCONNECT with a byte behind its properties', send: packet(0xe0, '00', '00', '00'), answer: 'e00181', then: 'closed', broken: '2.1.4' },
    { title: 'DISCONNECT with properties longer than the packet', send: packet(0xe0, '00', '09'), answer: 'e00181', then: 'closed', broken: '2.2.2' },
    { title: 'DISCONNECT sets a session expiry where CONNECT had none', send: packet(0xe0, '00', properties('11' + long(1))), answer: 'e00182', then: 'closed', broken: '3.14.2.2.2' },
    { title: 'DISCONNECT sets a session expiry of 0 where CONNECT had none', send: packet(0xe0, '00', properties('11' + long(0))), answer: '', then: 'closed' },
    { title: 'DISCONNECT changes the session expiry of CONNECT', before: connectOf(5, { properties: '11' + long(5) }), send: packet(0xe0, '00', properties('11' + long(1))), answer: '', then: 'closed' },
    { title: 'AUTH without a body', send: 'f000', answer: 'e00182', then: 'closed', broken: '3.15.2-1' },
    { title: 'AUTH without a method', send: packet(0xf0, '18', '00'), answer: 'e00182', then: 'closed', broken: '3.15.2.2.2' },
    { title: 'AUTH with a byte behind its properties', send: packet(0xf0, '18', properties('15' + text('m')), '00'), answer: 'e00181', then: 'closed', broken: '2.1.4' },
    { title: 'AUTH with authentication data only', send: packet(0xf0, '18', properties('16' + binary('00'))), answer: 'e00182', then: 'closed', broken: '3.15.2.2.2' },
  );
  return rows;
}

for (const version of [4, 5] as const) {
  runRows(test, version, [
    ...publishRows(version), ...acknowledgementRows(version), ...subscribeRows(version), ...sharedRows(version), ...otherRows(version),
  ]);
}
