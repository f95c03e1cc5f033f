// Places of keys in TOML text: each place that is found holds the very text of the value that the parser has there.

import test from 'ava';
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import type { Place } from '../../src/config/place.js';
import { placesOf } from '../../src/config/places.js';

/** `line:column` of a key. */
function at(source: string, ...path: readonly (string | number)[]): string {
  let place: Place = placesOf(source);
  for (const part of path) place = place.inner.get(part)!;
  return `${place.line}:${place.column}`;
}

const source = String.raw`# listener = 1
top = 1 # top = 2
"quoted key" = "x"
'a.b' = 2
dotted.one.two = 3
  indented = [ 1,
    # two = 2
    2, { x = 1, 'y' = [5] } ]
text = '''
[limits]
top = 5 \
port = 6
"""
'''
raw = '''
[[listener]]
port = 7 \'''
after = "[a]\"b = 3"
last = 'a"b'
[limits]
port = 8
in.line = { port = 9, b.c = 10 }
[[listener]]
port = 11
[listener.tls]
port = 12
[[listener]]
[[listener.item]]
port = 13
[[listener.item]]
port = 14
[ "a.b c" . c ]
port = 15
[deep.er]
x = 1979-05-27 07:32:00
[deep]
y = 1
`;

test('keys of every form have their line and column', (t) => {
  const rows: readonly (readonly [place: string, path: readonly (string | number)[]])[] = [
    ['2:1', ['top']],
    ['3:1', ['quoted key']],
    ['4:1', ['a.b']],
    ['5:1', ['dotted', 'one', 'two']],
    ['5:1', ['dotted']],
    ['6:3', ['indented']],
    ['6:16', ['indented', 0]],
    ['8:5', ['indented', 1]],
    ['8:8', ['indented', 2]],
    ['8:10', ['indented', 2, 'x']],
    ['8:17', ['indented', 2, 'y']],
    ['8:24', ['indented', 2, 'y', 0]],
    ['9:1', ['text']],
    ['15:1', ['raw']],
    ['18:1', ['after']],
    ['19:1', ['last']],
    ['20:1', ['limits']],
    ['21:1', ['limits', 'port']],
    ['22:13', ['limits', 'in', 'line', 'port']],
    ['22:23', ['limits', 'in', 'line', 'b', 'c']],
    ['23:1', ['listener', 0]],
    ['24:1', ['listener', 0, 'port']],
    ['26:1', ['listener', 0, 'tls', 'port']],
    ['27:1', ['listener', 1]],
    ['29:1', ['listener', 1, 'item', 0, 'port']],
    ['31:1', ['listener', 1, 'item', 1, 'port']],
    ['33:1', ['a.b c', 'c', 'port']],
    ['34:1', ['deep', 'er']],
    ['35:1', ['deep', 'er', 'x']],
    ['36:1', ['deep']],
    ['37:1', ['deep', 'y']],
  ];
  t.notThrows(() => parse(source));
  for (const [place, path] of rows) t.is(at(source, ...path), place, path.join(' '));
});

/** Each plain value's place holds text that means the same value. */
function agrees(text: string, value: unknown, place: Place | undefined, path: string): string | undefined {
  if (place === undefined) return `${path} has no place`;
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
    if (entries.length !== place.inner.size) return `${path} has ${entries.length} keys and ${place.inner.size} places`;
    for (const [key, one] of entries) {
      const wrong = agrees(text, one, place.inner.get(key), `${path} ${key}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  const { key } = parse(`key = ${place.text}`) as { key: unknown };
  return Object.is(key, value) || (key instanceof Date && value instanceof Date && key.valueOf() === value.valueOf()) ? undefined : `${path} is ${String(value)}, its place says ${place.text}`;
}

const key = fc.oneof(fc.constantFrom('a', 'b', 'port', 'a-b', 'a.b', 'a b', '"', "'", '#', '[x]', '=', ''), fc.string({ maxLength: 6 }));
const plain = fc.oneof(fc.integer(), fc.boolean(), fc.string(), fc.constantFrom('"""', "'''", '\\', '[a]\nb = 1', '# no', 'x = "y"', '\r\n', '{', '}'), fc.constant(new Date(0)));
const { tree } = fc.letrec((tie) => ({
  tree: fc.dictionary(key, fc.oneof({ depthSize: 'small' }, plain, fc.array(plain, { maxLength: 3 }), tie('tree'), fc.array(tie('tree'), { maxLength: 3 })), { maxKeys: 4, noNullPrototype: true }),
}));

test('every value of a generated document is found where it stands', (t) => {
  fc.assert(fc.property(tree, (value) => {
    const text = stringify(value);
    const wrong = agrees(text, parse(text), placesOf(text), '');
    if (wrong !== undefined) throw new Error(`${wrong} in\n${text}`);
  }), { numRuns: 500 });
  t.pass();
});

/** Ways to write the same text that `stringify` never chooses. */
const written = fc.constantFrom(
  '"""\n[a]\nport = 1\n"""', "'''\n[[a]]\nport = 1\n'''", '"""a"b""c\\""" """', '""""quoted""""', "''''x''''", '"""\\\n   x"""', '"a\\\\"', '"a\\"b"', "'a\\'", '""', "''", '[\n1, # ]\n 2,\n]', '[[1, 2], ["]"]]',
  '{ port = 1, b = { c = "}" } }', '{a.b = 1, "c d" = [ {e = 2} ]}', '{}', '[]', '1_000', '0xff', '-1.5e3', 'inf', '1979-05-27T07:32:00Z', '1979-05-27 07:32:00', '07:32:00', 'true',
);

test('every way to write a value leaves the places after it right', (t) => {
  const line = fc.tuple(fc.constantFrom('  ', '', '\t'), written, fc.constantFrom('', ' # port = 2', '\t#"""', "#'''"), fc.constantFrom('\n', '\r\n', '\n\n# [x]\n'));
  fc.assert(fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom('', '\uFEFF', '# """\n'), (lines, begin) => {
    const text = begin + lines.map(([indent, value, comment, end], n) => `${indent}k${n} = ${value}${comment}${end}`).join('') + 'end = 1';
    const wrong = agrees(text, parse(text), placesOf(text), '');
    if (wrong !== undefined) throw new Error(`${wrong} in\n${text}`);
    const found = placesOf(text).inner.get('end')!;
    if (found.line !== text.split('\n').length) throw new Error(`end is found in line ${found.line} of\n${text}`);
  }), { numRuns: 1000 });
  t.pass();
});
