/** From frames to messages and from messages to frames: rules, values, templates. No device, no broker. */
import test from 'ava';
import { type OutboundMessage, messageOf, type PublishRule, readyRules } from '../../src/gateway/client/publish-rule.js';
import { filterFits, frameOf, type Subscription } from '../../src/gateway/client/subscription.js';
import { fill, readTemplate } from '../../src/gateway/client/template.js';
import { field, rule, subscription, template } from './entries.js';

const shown = (message: OutboundMessage | null): string | null => (message === null ? null : `${message.topic} ${message.payload.toString()}`);
const cbor = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** What it shows, a frame, rules, topic and payload (null: no message). */
const rows: readonly (readonly [string, Buffer | string, readonly PublishRule[], string | null])[] = [
  ['the line as it is', 'T=21', [rule('a/{port}')], 'a/p1 T=21'],
  ['named groups in the topic', 'k7 5', [rule('m/{id}', { match: String.raw`^(?<id>\w+) (?<v>\d+)$`, payload: 'text', text: template('{v} W') })], 'm/k7 5 W'],
  ['a line that does not match', 'boot', [rule('m', { match: String.raw`^\d` })], null],
  ['the first rule that fits', '7', [rule('letters', { match: '^[a-z]' }), rule('digits', { match: String.raw`^\d` }), rule('all')], 'digits 7'],
  ['a group as a number in JSON', 'v=007', [rule('m', { match: String.raw`v=(?<v>\d+)`, payload: 'json', fields: [field('v', { type: 'number' })] })], 'm {"v":7}'],
  ['a number that is none', 'v=x', [rule('m', { match: 'v=(?<v>.+)', payload: 'json', fields: [field('v', { type: 'number' })] })], null],
  ['a value that would add a level to the topic', 'a/b', [rule('m/{line}')], null],
  ['a value that would make a filter of the topic', '+', [rule('m/{line}')], null],
  ['an empty value in the topic', '', [rule('m/{line}')], null],
  ['a control character in the topic', 'a\u0001b', [rule('m/{line}')], null],
  ['a character that is none in the topic', 'a\uffffb', [rule('m/{line}')], null],
  ['half a character in the topic', '{"a":"\\ud800"}', [rule('m/{a}', { content: 'json', fields: [field('a')] })], null],
  ["a value that would make a topic of the server's own", '$SYS', [rule('{line}/x')], null],
  ['a topic that the template says begins with $', '$x', [rule('$local/{line}')], '$local/$x $x'],
  ['a topic longer than any', 'x'.repeat(40_000), [rule('{line}-{line}')], null],
  ['bytes that are no text', cbor('ff'), [rule('m')], null],
  ['JSON by path', '{"a":{"b":[1,2]},"id":3}', [rule('m/{id}', { content: 'json', payload: 'json', fields: [field('id'), field('x', { path: ['a', 'b', '1'] })] })], 'm/3 {"id":3,"x":2}'],
  ['JSON without the path', '{"a":1}', [rule('m', { content: 'json', payload: 'json', fields: [field('b')] })], null],
  ['no way into the prototype', '{}', [rule('m', { content: 'json', payload: 'json', fields: [field('x', { path: ['constructor', 'name'] })] })], null],
  ['what is no JSON', '{', [rule('m', { content: 'json' })], null],
  ['JSON nested as deep as is read', '['.repeat(64) + ']'.repeat(64), [rule('m', { content: 'json', payload: 'json' })], `m ${'['.repeat(64)}${']'.repeat(64)}`],
  ['JSON nested deeper than any stack', '['.repeat(32_000) + ']'.repeat(32_000), [rule('m', { content: 'json', payload: 'json' })], null],
  ['CBOR with more tags than any stack holds', Buffer.concat([Buffer.alloc(60_000, 0xc1), cbor('05')]), [rule('m', { content: 'cbor', payload: 'json' })], 'm 5'],
  ['CBOR as JSON, whole', cbor('a26161f94248616243010203'), [rule('m', { content: 'cbor', payload: 'json' })], 'm {"a":3.140625,"b":"010203"}'],
  ['numbers at offsets', cbor('0102fffe40490fdb'), [rule('m', {
    content: 'bytes', payload: 'json',
    fields: [field('a', { type: 'u16be' }), field('b', { type: 'i16be', at: 2, scale: 0.1 }), field('c', { type: 'f32be', at: 4 }), field('d', { type: 'hex', bytes: 2 })],
  })], 'm {"a":258,"b":-0.2,"c":3.1415927410125732,"d":"0102"}'],
  ['a text of fixed length', cbor('6162000020'), [rule('m/{n}', { content: 'bytes', payload: 'text', text: template(''), fields: [field('n', { type: 'text', bytes: 5 })] })], 'm/ab '],
  ['a record that is too short', cbor('01'), [rule('m', { content: 'bytes', payload: 'json', fields: [field('a', { type: 'u16le' })] })], null],
];

for (const [name, frame, rules, expected] of rows) {
  test(name, (t) => {
    t.is(shown(messageOf(Buffer.from(frame as string), readyRules(rules), 'p1')), expected);
  });
}

test('no expression and no line holds up the process: time grows with the line only', (t) => {
  // An engine that backtracks is busy with each of these for longer than the test may take, most of them for ever.
  const long = 60_000;
  for (const [match, line, fits] of [
    ['^(a+)+$', `${'a'.repeat(long)}b`, false],
    ['^(?<v>(x+x+)+y)$', 'x'.repeat(long), false],
    ['^(\\w+\\s?)*$', `${'word '.repeat(long / 5)}!`, false],
    ['(?<v>.*)(.*)(.*)=', 'x'.repeat(long), false],
    ['^(?<v>(a|a)*)$', 'a'.repeat(long), true],
  ] as const) {
    t.is(messageOf(Buffer.from(line), readyRules([rule('m', { match })]), 'p') !== null, fits, match);
  }
});

test('a group that took no part is no value', (t) => {
  const rules = readyRules([rule('m/{b}', { match: '^((?<a>x)|(?<b>y))$' }), rule('other')]);
  t.is(messageOf(Buffer.from('y'), rules, 'p')?.topic, 'm/y');
  t.is(messageOf(Buffer.from('x'), rules, 'p')?.topic, 'other');
});

test('values as CBOR', (t) => {
  const message = messageOf(Buffer.from('5 x'), readyRules([rule('m', { match: String.raw`(?<n>\d) (?<s>\w)`, payload: 'cbor', fields: [field('n', { type: 'number', scale: 0.5 })] })]), 'p');
  t.is(message?.payload.toString('hex'), 'a2616ef941006173' + '6178');
});

const back: readonly (readonly [string, string, string, Subscription, string | null])[] = [
  ['the payload as it is', 'a/b', 'on', subscription('a/b'), 'on'],
  ['a template with levels', 'x/one/set/two/three', '5', subscription('x/+/set/#', { text: template('{level1} {level2} {payload}') }), 'one two/three 5'],
  ['values of a JSON payload', 'a', '{"on":true,"n":5}', subscription('a', { content: 'json', fields: [field('on'), field('n')], text: template('L {on} {n}') }), 'L true 5'],
  ['a payload that is no JSON', 'a', 'x', subscription('a', { content: 'json', text: template('{payload}') }), null],
  ['braces', 'a', 'x', subscription('a', { text: template('{{{payload}}}') }), '{x}'],
];

for (const [name, topic, payload, one, expected] of back) {
  test(`back: ${name}`, (t) => {
    t.is(frameOf(topic, Buffer.from(payload), one, 'p1')?.toString() ?? null, expected);
  });
}

test('templates that are none', (t) => {
  for (const source of ['{', '}', '{}', '{a', 'a}', '{1}', '{a b}']) t.is(readTemplate(source), null, source);
  t.is(fill(template('{a}'), new Map()), null);
});

test('filters', (t) => {
  const fits: [string, string, boolean][] = [
    ['a/b', 'a/b', true], ['a/b', 'a', false], ['a', 'a/b', false], ['a/+', 'a/b', true], ['a/+', 'a', false], ['a/+', 'a/b/c', false],
    ['a/#', 'a', true], ['a/#', 'a/b/c', true], ['#', 'a', true], ['+', 'a', true], ['+/b', '/b', true],
  ];
  for (const [filter, topic, expected] of fits) t.is(filterFits(filter, topic), expected, `${filter} ${topic}`);
});
