/*
 * Every property identifier in every packet a client may send: allowed once, refused twice, refused where it does not
 * belong, refused when cut. The table of 2.2.2.2 is written down here anew. MQTT 5.0, 2.2.2.
 */
import test from 'ava';
import type { Row } from './support.js';
import { binary, byte, connect5, long, packet, properties, runRows, text, variable, word } from './support.js';

interface Property {
  readonly id: number;
  readonly name: string;
  /** A good value. */
  readonly value: string;
  /** Where Table 2-4 has it, of what clients send. */
  readonly places: string;
  readonly repeatable?: boolean;
}

const table: readonly Property[] = [
  { id: 0x01, name: 'Payload Format Indicator', value: '01', places: 'PUBLISH WILL' },
  { id: 0x02, name: 'Message Expiry Interval', value: long(9), places: 'PUBLISH WILL' },
  { id: 0x03, name: 'Content Type', value: text('t'), places: 'PUBLISH WILL' },
  { id: 0x08, name: 'Response Topic', value: text('r'), places: 'PUBLISH WILL' },
  { id: 0x09, name: 'Correlation Data', value: binary('00ff'), places: 'PUBLISH WILL' },
  { id: 0x0b, name: 'Subscription Identifier', value: variable(300), places: 'SUBSCRIBE' },
  { id: 0x11, name: 'Session Expiry Interval', value: long(0), places: 'CONNECT DISCONNECT' },
  { id: 0x12, name: 'Assigned Client Identifier', value: text('i'), places: '' },
  { id: 0x13, name: 'Server Keep Alive', value: word(5), places: '' },
  { id: 0x15, name: 'Authentication Method', value: text('m'), places: 'CONNECT AUTH' },
  { id: 0x16, name: 'Authentication Data', value: binary('00'), places: 'CONNECT AUTH' },
  { id: 0x17, name: 'Request Problem Information', value: '01', places: 'CONNECT' },
  { id: 0x18, name: 'Will Delay Interval', value: long(0), places: 'WILL' },
  { id: 0x19, name: 'Request Response Information', value: '00', places: 'CONNECT' },
  { id: 0x1a, name: 'Response Information', value: text('r'), places: '' },
  { id: 0x1f, name: 'Reason String', value: text('why'), places: 'PUBACK PUBREC PUBREL PUBCOMP DISCONNECT AUTH' },
  { id: 0x21, name: 'Receive Maximum', value: word(5), places: 'CONNECT' },
  { id: 0x22, name: 'Topic Alias Maximum', value: word(5), places: 'CONNECT' },
  { id: 0x23, name: 'Topic Alias', value: word(5), places: 'PUBLISH' },
  { id: 0x24, name: 'Maximum QoS', value: '01', places: '' },
  { id: 0x25, name: 'Retain Available', value: '01', places: '' },
  { id: 0x26, name: 'User Property', value: text('k') + text('v'), places: 'CONNECT PUBLISH WILL PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE UNSUBSCRIBE DISCONNECT AUTH', repeatable: true },
  { id: 0x27, name: 'Maximum Packet Size', value: long(1000), places: 'CONNECT' },
];

interface Place {
  readonly name: string;
  readonly build: (list: string) => string;
  /** The answer and the state after good properties. */
  readonly answer: string;
  readonly then: 'open' | 'closed';
  /** What else the good packet breaks: acknowledgements here are for nothing in flight, and no method was named for AUTH. */
  readonly broken?: string;
  readonly before?: string;
}

const connack = '200e00000b210400' + '2701000000' + '220100';
const places: readonly Place[] = [
  { name: 'CONNECT', before: '', build: (list) => connect5({ properties: list }), answer: connack, then: 'open' },
  { name: 'WILL', before: '', build: (list) => connect5({ flags: 6, rest: properties(list) + text('w') + text('') }), answer: connack, then: 'open' },
  { name: 'PUBLISH', build: (list) => packet(0x30, text('a'), properties(list)), answer: '', then: 'open' },
  { name: 'PUBACK', build: (list) => packet(0x40, word(9), '00', properties(list)), answer: '', then: 'open', broken: '2.2.1-5' },
  { name: 'PUBREC', build: (list) => packet(0x50, word(9), '00', properties(list)), answer: '6203000992', then: 'open' },
  { name: 'PUBREL', build: (list) => packet(0x62, word(9), '00', properties(list)), answer: '7003000992', then: 'open' },
  { name: 'PUBCOMP', build: (list) => packet(0x70, word(9), '00', properties(list)), answer: '', then: 'open' },
  { name: 'SUBSCRIBE', build: (list) => packet(0x82, word(9), properties(list), text('f'), '00'), answer: '900400090000', then: 'open' },
  { name: 'UNSUBSCRIBE', build: (list) => packet(0xa2, word(9), properties(list), text('g')), answer: 'b00400090011', then: 'open' },
  { name: 'DISCONNECT', build: (list) => packet(0xe0, '00', properties(list)), answer: '', then: 'closed' },
  { name: 'AUTH', build: (list) => packet(0xf0, '18', properties('15' + text('m'), list)), answer: 'e00182', then: 'closed', broken: '4.12.0-7' },
];

const rows: Row[] = [];
for (const place of places) {
  const inConnect = place.before === '';
  const refusal = (code: number): string => (inConnect ? `200300${byte(code)}00` : `e001${byte(code)}`);
  const common = place.before === undefined ? {} : { before: place.before };
  const bad = (title: string, list: string, code: number, broken = '2.2.2'): void => {
    rows.push({ ...common, title: `${place.name}: ${title}`, send: place.build(list), answer: refusal(code), then: 'closed', broken });
  };
  for (const property of table) {
    const id = byte(property.id);
    const allowed = property.places.split(' ').includes(place.name);
    const needsMethod = place.name === 'CONNECT' && (property.id === 0x15 || property.id === 0x16);
    if (!allowed) {
      // Two that the table has for the packet type, though never from a client.
      if (property.id === 0x0b && place.name === 'PUBLISH') bad('Subscription Identifier [MQTT-3.3.4-6]', id + property.value, 0x82, '3.3.4-6');
      else bad(`${property.name} does not belong there`, id + property.value, 0x81);
      continue;
    }
    if (place.name === 'AUTH' && property.id === 0x15) {
      bad('Authentication Method twice', id + property.value, 0x82);
      continue;
    }
    const { answer, then, broken } = place;
    const good = { ...common, answer, then, ...(broken === undefined ? {} : { broken }) };
    if (!needsMethod) rows.push({ ...good, title: `${place.name}: ${property.name}`, send: place.build(id + property.value) });
    if (property.repeatable) rows.push({ ...good, title: `${place.name}: ${property.name} twice`, send: place.build((id + property.value).repeat(2)) });
    else bad(`${property.name} twice`, (id + property.value).repeat(2), 0x82);
    // Properties that end within the value, at each byte of it.
    for (let cut = 0; cut < property.value.length; cut += 2) {
      bad(`${property.name} cut to ${cut / 2} of ${property.value.length / 2} bytes`, id + property.value.slice(0, cut), 0x81, '2.1.4');
    }
  }
  if (place.name === 'DISCONNECT') bad('Server Reference', '1c' + text('x'), 0x82, '3.14.2.2.5');
  else bad('Server Reference does not belong there', '1c' + text('x'), 0x81);
  const known = new Set([...table.map((property) => property.id), 0x1c]);
  for (let id = 0; id < 128; id++) if (!known.has(id)) bad(`property identifier 0x${byte(id)} does not exist`, byte(id) + '00', 0x81);
  for (const id of [128, 129, 255, 16_384, 268_435_455]) bad(`property identifier ${id} does not exist`, variable(id) + '00', 0x81);
}

const values: readonly [string, string, number, string][] = [
  ['Payload Format Indicator 2', '0102', 0x82, '3.3.2.3.2'],
  ['Payload Format Indicator 255', '01ff', 0x82, '3.3.2.3.2'],
  ['Topic Alias 0 [MQTT-3.3.2-8]', '230000', 0x94, '3.3.2-8'],
  ['Topic Alias 257 where 256 is the most [MQTT-3.3.2-9]', '230101', 0x94, '3.3.2-9'],
  ['Topic Alias 65535', '23ffff', 0x94, '3.3.2-9'],
  ['Response Topic with # [MQTT-3.3.2-14]', '08' + text('a/#'), 0x82, '3.3.2-14'],
  ['Response Topic with + [MQTT-3.3.2-14]', '08' + text('+'), 0x82, '3.3.2-14'],
  ['an empty Response Topic', '08' + text(''), 0x82, '3.3.2-14'],
];
for (const [title, list, code, broken] of values) {
  rows.push({ title: `PUBLISH: ${title}`, send: packet(0x30, text('a'), properties(list)), answer: `e001${byte(code)}`, then: 'closed', broken });
}
for (const alias of [1, 2, 255, 256]) {
  rows.push({ title: `PUBLISH: Topic Alias ${alias} [MQTT-3.3.2-12]`, send: packet(0x30, text('a'), properties('23' + word(alias))), answer: '', then: 'open' });
}
for (const claimed of [1, 2, 100, 127]) {
  rows.push({ title: `PUBLISH: Property Length ${claimed} in a packet that ends there`, send: packet(0x30, text('a'), byte(claimed)), answer: 'e00181', then: 'closed', broken: '2.2.2' });
}

runRows(test, 5, rows);
