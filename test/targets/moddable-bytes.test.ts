/** XS's own functions in place of the core's loops: the same results, on text of every kind and on bytes that are none. */
import test from 'ava';
import fc from 'fast-check';
import * as core from '../../src/core/bytes.js';
import * as natives from '../../targets/moddable/natives/bytes.js';
import './moddable/stub/globals.js';

const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '/', '+', '#', '$', '\0', 'é', '€', '🦟', '\ud800', '\udfff', 'share') }),
  fc.constantFrom('', '$share/g/a/#', '$share//a', '$share/g', '$share/g/', '$share/g+/a', '$share/ü/a', 'a/b', '+', '#', 'a/#', 'a/+/b', 'sport', 'sport/#'),
);
const pieces = fc.constantFrom([0], [0x61], [0x2b], [0x23], [0xc3, 0xa9], [0xc1, 0x80], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf0, 0x9f, 0xa6, 0x9f], [0xff], [0x80], [0xe2, 0x82]);
const raw = fc.array(pieces).map((list) => list.flat());

/** The bytes in the middle of an own buffer of each kind, where others stand around them. */
function placed(bytes: ArrayLike<number>): [Uint8Array, Uint8Array, number, number] {
  const [a, b] = [core.createBytes(bytes.length + 7), natives.createBytes(bytes.length + 7)];
  for (const buffer of [a, b]) {
    buffer.fill(0xa5);
    buffer.set(Array.from(bytes), 3);
  }
  return [a, b, 3, 3 + bytes.length];
}

test('textFault', (t) => {
  fc.assert(fc.property(raw, raw, (first, second) => {
    const [a, b, from, to] = placed(first);
    const both = (): void => { t.is<number, number>(natives.textFault(b, from, to), core.textFault(a, from, to)); };
    both();
    // What it knows of the first text must not hide the second, nor be lost.
    const [c, , , end] = placed(second);
    b.set(c.subarray(3, Math.min(end, b.length)), 3);
    const length = Math.min(end, b.length);
    t.is<number, number>(natives.textFault(b, 3, length), core.textFault(b, 3, length));
    b.set(first, 3);
    both();
  }));
});

test('putText, at every limit', (t) => {
  fc.assert(fc.property(texts, fc.integer({ min: 2, max: 30 }), (text, limit) => {
    const [a, b] = [core.createBytes(40), natives.createBytes(40)];
    t.is(natives.putText(b, 2, limit, text), core.putText(a, 2, limit, text));
    const to = core.putText(a, 2, 40, text);
    if (to >= 0) {
      natives.putText(b, 2, 40, text);
      t.deepEqual(b.slice(2, to), a.slice(2, to));
    }
  }));
});

test('filters: shared, well-formed, matching', (t) => {
  fc.assert(fc.property(texts, texts, (filter, name) => {
    const [f, g, from, to] = placed(Buffer.from(filter));
    t.is(natives.sharedFilterAt(g, from, to), core.sharedFilterAt(f, from, to), filter);
    t.is(natives.filterHolds(g, from, to), core.filterHolds(f, from, to), filter);
    if (!core.filterHolds(f, from, to)) return;
    const [p, q, at, end] = placed(Buffer.from(name));
    if (core.textFault(p, at, end) !== core.TextFault.None || core.textFault(f, from, to) === core.TextFault.Malformed) return;
    t.is(natives.filterMatches(g, from, to, q, at, end), core.filterMatches(f, from, to, p, at, end), `${filter} ~ ${name}`);
  }), { numRuns: 2000 });
  for (const [filter, name] of [['a/+/c', 'a/b/c'], ['+/+', '/x'], ['/+', '/x'], ['+', 'x/y'], ['a/+', 'a'], ['a/+/#', 'a/b'], ['#', '$SYS/x'], ['+/x', '$SYS/x'], ['a/b/#', 'a/b'], ['a+', 'a+']]) {
    const [f, g, from, to] = placed(Buffer.from(filter));
    const [p, q, at, end] = placed(Buffer.from(name));
    t.is(natives.filterMatches(g, from, to, q, at, end), core.filterMatches(f, from, to, p, at, end), `${filter} ~ ${name}`);
  }
});

test('copying, moving, comparing', (t) => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(40), fc.nat(40), (source, x, y) => {
    const from = Math.min(x, source.length);
    const to = Math.max(from, Math.min(y, source.length));
    const [a, b] = [core.createBytes(80), natives.createBytes(80)];
    core.copyBytes(a, 5, source, from, to);
    natives.copyBytes(b, 5, source, from, to);
    t.deepEqual([...b], [...a]);
    core.moveBytes(a, 2, 5, 5 + to - from);
    natives.moveBytes(b, 2, 5, 5 + to - from);
    t.deepEqual([...b], [...a]);
    t.is(natives.equalBytes(b, 5, source, from, to), core.equalBytes(a, 5, source, from, to));
  }));
});
