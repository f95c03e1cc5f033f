/*
 * UTF-8 and variable byte integers, table by table, in the places where clients send them.
 * MQTT 5.0, 1.5.4 and 1.5.5; MQTT 3.1.1, 1.5.3 and 2.2.3.
 */
import test from 'ava';
import type { Row, Version } from './support.js';
import { binary, packet, properties, publish, runRows, text, variable, word } from './support.js';

interface Sample {
  readonly what: string;
  readonly bytes: string;
}

const good: readonly Sample[] = [
  { what: 'U+0001', bytes: '01' },
  { what: 'U+001F', bytes: '1f' },
  { what: 'U+007F', bytes: '7f' },
  { what: 'U+0080, the least of two bytes', bytes: 'c280' },
  { what: 'U+009F', bytes: 'c29f' },
  { what: 'U+07FF, the last of two bytes', bytes: 'dfbf' },
  { what: 'U+0800, the least of three bytes', bytes: 'e0a080' },
  { what: 'U+0FFF', bytes: 'e0bfbf' },
  { what: 'U+D7FF, just below the surrogates', bytes: 'ed9fbf' },
  { what: 'U+E000, just above the surrogates', bytes: 'ee8080' },
  { what: 'U+FDD0, a non-character', bytes: 'efb790' },
  { what: 'U+FEFF, kept as it is', bytes: 'efbbbf' },
  { what: 'U+FFFD', bytes: 'efbfbd' },
  { what: 'U+FFFF, a non-character', bytes: 'efbfbf' },
  { what: 'U+10000, the least of four bytes', bytes: 'f0908080' },
  { what: 'U+3FFFF', bytes: 'f0bfbfbf' },
  { what: 'U+FFFFF', bytes: 'f3bfbfbf' },
  { what: 'U+10FFFF, the last of all', bytes: 'f48fbfbf' },
];

const illFormed: readonly Sample[] = [
  { what: 'a lone continuation 80', bytes: '80' },
  { what: 'a lone continuation BF', bytes: 'bf' },
  { what: 'two continuations', bytes: '80bf' },
  { what: 'overlong U+0000 as C0 80', bytes: 'c080' },
  { what: 'overlong U+007F as C1 BF', bytes: 'c1bf' },
  { what: 'overlong U+0000 as E0 80 80', bytes: 'e08080' },
  { what: 'overlong U+07FF as E0 9F BF', bytes: 'e09fbf' },
  { what: 'overlong U+0000 as F0 80 80 80', bytes: 'f0808080' },
  { what: 'overlong U+FFFF as F0 8F BF BF', bytes: 'f08fbfbf' },
  { what: 'surrogate U+D800', bytes: 'eda080' },
  { what: 'surrogate U+DBFF', bytes: 'edafbf' },
  { what: 'surrogate U+DC00', bytes: 'edb080' },
  { what: 'surrogate U+DFFF', bytes: 'edbfbf' },
  { what: 'a pair of surrogates', bytes: 'eda081edb080' },
  { what: 'U+110000', bytes: 'f4908080' },
  { what: 'U+13FFFF', bytes: 'f4bfbfbf' },
  { what: 'lead byte F5', bytes: 'f5808080' },
  { what: 'lead byte F8', bytes: 'f888808080' },
  { what: 'lead byte FC', bytes: 'fc8480808080' },
  { what: 'byte FE', bytes: 'fe' },
  { what: 'byte FF', bytes: 'ff' },
  { what: 'two bytes cut after one', bytes: 'c2' },
  { what: 'three bytes cut after one', bytes: 'e1' },
  { what: 'three bytes cut after two', bytes: 'e180' },
  { what: 'four bytes cut after one', bytes: 'f1' },
  { what: 'four bytes cut after two', bytes: 'f180' },
  { what: 'four bytes cut after three', bytes: 'f18080' },
  { what: 'two bytes whose second is ASCII', bytes: 'c241' },
  { what: 'two bytes whose second is a lead', bytes: 'c2c2' },
  { what: 'three bytes whose second is ASCII', bytes: 'e14180' },
  { what: 'three bytes whose third is ASCII', bytes: 'e18041' },
  { what: 'three bytes whose third is a lead', bytes: 'e180c2' },
  { what: 'four bytes whose second is ASCII', bytes: 'f1418080' },
  { what: 'four bytes whose third is ASCII', bytes: 'f1804180' },
  { what: 'four bytes whose fourth is ASCII', bytes: 'f1808041' },
];

function rowsOf(version: Version): Row[] {
  const rows: Row[] = [];
  const illFormedStatement = version === 5 ? '1.5.4-1' : '1.5.3-1';
  const nullStatement = version === 5 ? '1.5.4-2' : '1.5.3-2';
  const close = version === 5 ? 'e00181' : '';
  const none = version === 5 ? '00' : '';
  const place = (bytes: string): string => packet(0x30, binary(bytes), none);
  const surroundings: readonly [string, string, string][] = [
    ['alone', '', ''],
    ['between letters', '61', '62'],
    ['at the end', '6162', ''],
  ];
  for (const [where, head, tail] of surroundings) {
    for (const { what, bytes } of good) {
      const kept = bytes !== 'efbbbf' ? '' : version === 5 ? ' [MQTT-1.5.4-3]' : ' [MQTT-1.5.3-3]';
      rows.push({ title: `Topic Name: ${what}, ${where}${kept}`, send: place(head + bytes + tail), answer: '', then: 'open' });
    }
    for (const { what, bytes } of illFormed) {
      // A cut form followed by a letter is the "second is ASCII" kind: it stays ill-formed.
      rows.push({
        title: `Topic Name: ${what}, ${where} [MQTT-${illFormedStatement}]`,
        send: place(head + bytes + tail), answer: close, then: 'closed', broken: illFormedStatement,
      });
    }
    rows.push({
      title: `Topic Name: U+0000 ${where} [MQTT-${nullStatement}] [MQTT-4.7.3-2]`,
      send: place(head + '00' + tail), answer: close, then: 'closed', broken: nullStatement,
    });
  }
  const surrogate = 'eda080';
  rows.push(
    { title: `Topic Filter of SUBSCRIBE: a surrogate [MQTT-${illFormedStatement}]`, send: packet(0x82, '0001', none, binary(surrogate), '00'), answer: close, then: 'closed', broken: illFormedStatement },
    { title: `Topic Filter of SUBSCRIBE: U+0000 [MQTT-${nullStatement}] [MQTT-4.7.3-2]`, send: packet(0x82, '0001', none, binary('610062'), '00'), answer: close, then: 'closed', broken: nullStatement },
    { title: `Topic Filter of UNSUBSCRIBE: a surrogate [MQTT-${illFormedStatement}]`, send: packet(0xa2, '0001', none, binary(surrogate)), answer: close, then: 'closed', broken: illFormedStatement },
    { title: `Topic Filter of UNSUBSCRIBE: U+0000 [MQTT-${nullStatement}]`, send: packet(0xa2, '0001', none, binary('00')), answer: close, then: 'closed', broken: nullStatement },
  );
  const level = version === 5 ? '05' : '04';
  const connack = version === 5 ? '2003008100' : '';
  const connectWith = (flags: string, ...fields: string[]): string => packet(0x10, text('MQTT'), level, flags, word(0), none, ...fields);
  for (const [fault, bytes, statement] of [['a surrogate', surrogate, illFormedStatement], ['U+0000', '6100', nullStatement]] as const) {
    rows.push(
      { title: `Client Identifier: ${fault} [MQTT-${statement}]`, before: '', send: connectWith('02', binary(bytes)), answer: connack, then: 'closed', broken: statement },
      { title: `Will Topic: ${fault} [MQTT-${statement}]`, before: '', send: connectWith('06', text('c'), none, binary(bytes), binary('')), answer: connack, then: 'closed', broken: statement },
      { title: `User Name: ${fault} [MQTT-${statement}]`, before: '', send: connectWith('82', text('c'), binary(bytes)), answer: connack, then: 'closed', broken: statement },
    );
  }
  // A password is binary data: any byte goes.
  if (version === 4) {
    rows.push({ title: 'Password may hold any bytes', before: '', send: connectWith('c2', text('c'), text('u'), binary('00eda080ff')), answer: '20020000', then: 'open' });
  }
  return rows;
}

/** Text properties of 5.0, each with a surrogate and with U+0000. */
function propertyRows(): Row[] {
  const rows: Row[] = [];
  const places: readonly [string, (bytes: string) => string][] = [
    ['Content Type', (bytes) => publish(5, 'a', '', { properties: '03' + binary(bytes) })],
    ['Response Topic', (bytes) => publish(5, 'a', '', { properties: '08' + binary(bytes) })],
    ['the name of a User Property', (bytes) => publish(5, 'a', '', { properties: '26' + binary(bytes) + binary('') })],
    ['the value of a User Property', (bytes) => publish(5, 'a', '', { properties: '26' + binary('') + binary(bytes) })],
    ['Reason String', (bytes) => packet(0xe0, '04', properties('1f' + binary(bytes)))],
  ];
  const more: Record<string, string> = {
    'Content Type': ' [MQTT-3.3.2-19]',
    'Response Topic': ' [MQTT-3.3.2-13]',
    'the name of a User Property': ' [MQTT-1.5.7-1]',
    'the value of a User Property': ' [MQTT-1.5.7-1]',
  };
  for (const [where, build] of places) {
    const title = (fault: string, statement: string): string => `${where}: ${fault} [MQTT-${statement}]${more[where] ?? ''}`;
    rows.push(
      { title: title('a surrogate', '1.5.4-1'), send: build('eda080'), answer: 'e00181', then: 'closed', broken: '1.5.4-1' },
      { title: title('U+0000', '1.5.4-2'), send: build('6100'), answer: 'e00181', then: 'closed', broken: '1.5.4-2' },
    );
  }
  return rows;
}

/** Remaining Length and the variable byte integers of 5.0. */
function lengthRows(version: Version): Row[] {
  const rows: Row[] = [];
  const none = version === 5 ? '00' : '';
  const close = version === 5 ? 'e00181' : '';
  const endless = version === 5 ? '1.5.5' : '2.2.3';
  for (const bytes of ['80808080', 'ffffffff', '80808081', 'ff808080']) {
    rows.push({ title: `Remaining Length ${bytes} goes on after four bytes`, send: '30' + bytes, answer: close, then: 'closed', broken: endless });
  }
  for (const payload of [0, 121, 122, 123, 16_377, 16_378]) {
    rows.push({ title: `a PUBLISH with a payload of ${payload} bytes, around the borders of the length's length`, send: publish(version, 'abc', 'x'.repeat(payload)), answer: '', then: 'open' });
  }
  // 3.1.1 does not forbid a length that is longer than it need be; 5.0 does.
  for (const [what, bytes] of [['two', '8400'], ['three', '848000'], ['four', '84808000']] as const) {
    const send = '30' + (version === 5 ? bytes.replace('84', '85') : bytes) + text('ab') + none;
    if (version === 5) rows.push({ title: `Remaining Length in ${what} bytes where one is enough [MQTT-1.5.5-1]`, send, answer: close, then: 'closed', broken: '1.5.5-1' });
    else rows.push({ title: `Remaining Length in ${what} bytes where one is enough is taken`, send, answer: '', then: 'open' });
  }
  return rows;
}

function variableByteRows(): Row[] {
  const rows: Row[] = [];
  const subscribeWith = (identifier: string): string => packet(0x82, '0001', properties('0b' + identifier), text('x/y'), '00');
  for (const value of [1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455]) {
    rows.push({ title: `Subscription Identifier ${value}`, send: subscribeWith(variable(value)), answer: '9004' + '00010000', then: 'open' });
  }
  rows.push({ title: 'Subscription Identifier 0', send: subscribeWith('00'), answer: 'e00182', then: 'closed', broken: '3.8.2.1.2' });
  for (const bytes of ['8000', '8100', '818000', '81808000', 'ff00', 'ff8000']) {
    rows.push({ title: `Subscription Identifier as ${bytes}, not the shortest form [MQTT-1.5.5-1]`, send: subscribeWith(bytes), answer: 'e00181', then: 'closed', broken: '1.5.5-1' });
  }
  for (const bytes of ['80808080', 'ffffffff7f', '8080808001']) {
    rows.push({ title: `Subscription Identifier as ${bytes}, more than four bytes`, send: subscribeWith(bytes), answer: 'e00181', then: 'closed', broken: '1.5.5' });
  }
  for (const [what, bytes] of [['0 as 8000', '8000'], ['0 as 808000', '808000'], ['2 as 8200', '8200']] as const) {
    const send = packet(0x30, text('a'), bytes, bytes.startsWith('82') ? '0100' : '');
    rows.push({ title: `Property Length ${what}, not the shortest form [MQTT-1.5.5-1]`, send, answer: 'e00181', then: 'closed', broken: '1.5.5-1' });
  }
  rows.push(
    { title: 'Property Length of five bytes', send: packet(0x30, text('a'), '8080808001'), answer: 'e00181', then: 'closed', broken: '1.5.5' },
    { title: 'a property identifier in two bytes [MQTT-1.5.5-1]', send: packet(0x30, text('a'), '03', '810001'), answer: 'e00181', then: 'closed', broken: '1.5.5-1' },
    { title: `a CONNECT whose Remaining Length is not in its shortest form [MQTT-1.5.5-1]`, before: '', send: '108e00' + text('MQTT') + '05020000' + '00' + text('c'), answer: '2003008100', then: 'closed', broken: '1.5.5-1' },
  );
  return rows;
}

runRows(test, 4, [...rowsOf(4), ...lengthRows(4)]);
runRows(test, 5, [...rowsOf(5), ...propertyRows(), ...lengthRows(5), ...variableByteRows()]);
