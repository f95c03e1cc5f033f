/** What the writer and reader say to their caller: ranges, misplaced items, int32 and halves, text in all lengths. */
import test from 'ava';
import {
  cborClose, cborEnd, cborFloat, cborInt, cborIs, cborNext, cborOpenArray, cborOpenBytes, cborOpenMap, cborOpenText, cborPutArray, cborPutBoolean, cborPutBytes,
  cborPutFloat, cborPutInt, cborPutLongTag, cborPutMap, cborPutNegative, cborPutNull, cborPutSimple, cborPutTag, cborPutText, cborPutTextBytes, cborPutUndefined,
  cborPutUnsigned, cborReadFrom, cborSkip, CborStatus, CborType, cborWriteTo, createCborReader, createCborWriter, type CborReader, type CborWriter,
} from '../../src/cbor/index.js';
import { bytesOf, hexOf } from './vectors.js';

function written(write: (w: CborWriter) => void, room = 300): { status: CborStatus; hex: string } {
  const w = createCborWriter(3);
  const buffer = new Uint8Array(room + 8).fill(0xa5);
  cborWriteTo(w, buffer, 4, 4 + room);
  write(w);
  if (hexOf(buffer.subarray(0, 4)) !== 'a5a5a5a5' || hexOf(buffer.subarray(4 + room)) !== 'a5a5a5a5') throw new Error('wrote outside its range');
  return { status: cborEnd(w), hex: hexOf(buffer.subarray(4, w.at)) };
}

const refusals: readonly [string, CborStatus, (w: CborWriter) => void][] = [
  ['an integer above int32', CborStatus.BadRange, (w) => { cborPutInt(w, 2147483648); }],
  ['an integer below int32', CborStatus.BadRange, (w) => { cborPutInt(w, -2147483649); }],
  ['a fraction as an integer', CborStatus.BadRange, (w) => { cborPutInt(w, 1.5); }],
  ['NaN as an integer', CborStatus.BadRange, (w) => { cborPutInt(w, NaN); }],
  ['Infinity as an integer', CborStatus.BadRange, (w) => { cborPutInt(w, Infinity); }],
  ['a negative tag', CborStatus.BadRange, (w) => { cborPutTag(w, -1); }],
  ['a fractional tag', CborStatus.BadRange, (w) => { cborPutTag(w, 0.5); }],
  ['a negative count', CborStatus.BadRange, (w) => { cborPutArray(w, -1); }],
  ['a fractional count', CborStatus.BadRange, (w) => { cborPutMap(w, 1.5); }],
  ['a count of 2^30', CborStatus.BadRange, (w) => { cborPutArray(w, 0x40000000); }],
  ['a map of 2^29 keys', CborStatus.BadRange, (w) => { cborPutMap(w, 0x20000000); }],
  ['a reserved simple value', CborStatus.BadRange, (w) => { cborPutSimple(w, 24); }],
  ['a simple value above 255', CborStatus.BadRange, (w) => { cborPutSimple(w, 256); }],
  ['a simple value below 0', CborStatus.BadRange, (w) => { cborPutSimple(w, -1); }],
  ['a range outside its source', CborStatus.BadRange, (w) => { cborPutBytes(w, new Uint8Array(2), 0, 3); }],
  ['a range before its source', CborStatus.BadRange, (w) => { cborPutBytes(w, new Uint8Array(2), -1, 1); }],
  ['a range that ends before it begins', CborStatus.BadRange, (w) => { cborPutTextBytes(w, new Uint8Array(2), 2, 1); }],
  ['bytes as text that are no UTF-8', CborStatus.BadRange, (w) => { cborPutTextBytes(w, bytesOf('c0'), 0, 1); }],
  ['text with a lone surrogate', CborStatus.BadRange, (w) => { cborPutText(w, 'a\ud800'); }],
  ['an integer inside a byte string', CborStatus.BadPlace, (w) => { cborOpenBytes(w); cborPutInt(w, 1); }],
  ['text inside a byte string', CborStatus.BadPlace, (w) => { cborOpenBytes(w); cborPutText(w, 'a'); }],
  ['bytes inside a text', CborStatus.BadPlace, (w) => { cborOpenText(w); cborPutBytes(w, bytesOf('00'), 0, 1); }],
  ['a tag inside a text', CborStatus.BadPlace, (w) => { cborOpenText(w); cborPutTag(w, 1); }],
  ['a float inside a text', CborStatus.BadPlace, (w) => { cborOpenText(w); cborPutFloat(w, 1); }],
  ['an array inside a text', CborStatus.BadPlace, (w) => { cborOpenText(w); cborPutArray(w, 0); }],
  ['a text in parts inside a text in parts', CborStatus.BadPlace, (w) => { cborOpenText(w); cborOpenText(w); }],
  ['a close with nothing open', CborStatus.BadPlace, (w) => { cborClose(w); }],
  ['a close of an array that has a count', CborStatus.BadPlace, (w) => { cborPutArray(w, 1); cborClose(w); }],
  ['a close behind a tag', CborStatus.BadPlace, (w) => { cborOpenArray(w); cborPutTag(w, 1); cborClose(w); }],
  ['a close behind a key', CborStatus.BadPlace, (w) => { cborOpenMap(w); cborPutInt(w, 1); cborClose(w); }],
  ['an end with an open array', CborStatus.Unfinished, (w) => { cborPutArray(w, 2); cborPutInt(w, 1); }],
  ['an end behind a tag', CborStatus.Unfinished, (w) => { cborPutTag(w, 1); }],
  ['a fourth level with three allowed', CborStatus.TooDeep, (w) => { cborPutArray(w, 1); cborPutMap(w, 1); cborOpenArray(w); cborPutArray(w, 0); }],
  ['a fourth level opened with three allowed', CborStatus.TooDeep, (w) => { cborPutArray(w, 1); cborPutMap(w, 1); cborOpenArray(w); cborOpenText(w); }],
];

for (const [what, status, write] of refusals) {
  test(`the writer refuses ${what}, and stays refused`, (t) => {
    t.is(written(write).status, status);
    let before = '';
    const later = written((w) => {
      write(w);
      before = hexOf(w.bytes.subarray(w.from, w.at));
      if (status === CborStatus.Unfinished) return;
      const kept = Uint8Array.of(1);
      for (const put of [
        () => cborPutInt(w, 1), () => cborPutUnsigned(w, 0, 1), () => cborPutNegative(w, 0, 1), () => cborPutBytes(w, kept, 0, 1), () => cborPutTextBytes(w, kept, 0, 1),
        () => cborPutText(w, 'a'), () => cborPutArray(w, 1), () => cborPutMap(w, 1), () => cborOpenArray(w), () => cborOpenMap(w), () => cborOpenBytes(w), () => cborOpenText(w),
        () => cborClose(w), () => cborPutTag(w, 1), () => cborPutLongTag(w, 0, 1), () => cborPutBoolean(w, true), () => cborPutNull(w), () => cborPutUndefined(w),
        () => cborPutSimple(w, 1), () => cborPutFloat(w, 1), () => cborPutInt(w, 0.5), () => cborPutTag(w, -1), () => cborPutSimple(w, 24), () => cborPutBytes(w, kept, 0, 2),
      ]) t.is(put(), status);
    });
    t.is(later.hex, before);
    t.is(later.status, status);
  });
}

test('halves and int32 meet in the same shortest form', (t) => {
  const cases: readonly [string, (w: CborWriter) => void][] = [
    ['00', (w) => { cborPutUnsigned(w, 0, 0); }], ['17', (w) => { cborPutUnsigned(w, 0, 23); }], ['1818', (w) => { cborPutUnsigned(w, 0, 24); }],
    ['1a7fffffff', (w) => { cborPutUnsigned(w, 0, 2147483647); }], ['1a80000000', (w) => { cborPutUnsigned(w, 0, -2147483648); }],
    ['1affffffff', (w) => { cborPutUnsigned(w, 0, -1); }], ['1b0000000100000000', (w) => { cborPutUnsigned(w, 1, 0); }],
    ['1bffffffffffffffff', (w) => { cborPutUnsigned(w, -1, -1); }], ['3bffffffffffffffff', (w) => { cborPutNegative(w, -1, -1); }],
    ['20', (w) => { cborPutNegative(w, 0, 0); }], ['3a7fffffff', (w) => { cborPutInt(w, -2147483648); }], ['1a7fffffff', (w) => { cborPutInt(w, 2147483647); }],
    ['dbffffffffffffffff00', (w) => { cborPutLongTag(w, -1, -1); cborPutInt(w, 0); }], ['00', (w) => { cborPutInt(w, -0); }],
  ];
  for (const [hex, write] of cases) t.deepEqual(written(write), { status: CborStatus.Ok, hex });
});

test('text of every length around the steps of its head, in one to four bytes per character', (t) => {
  for (const character of ['a', 'ü', '水', '𐅑']) {
    const width = Buffer.byteLength(character);
    for (const bytes of [0, 20, 22, 23, 24, 25, 28, 250, 252, 255, 256, 260]) {
      const text = character.repeat(Math.floor(bytes / width)) + 'x'.repeat(bytes % width);
      const head = bytes < 24 ? 1 : bytes < 256 ? 2 : 3;
      const result = written((w) => { cborPutText(w, text); });
      t.is(result.status, CborStatus.Ok);
      t.is(result.hex.slice(2 * head), Buffer.from(text).toString('hex'));
      t.is(result.hex.length, 2 * (head + bytes));
      t.is(written((w) => { cborPutText(w, text); }, head + bytes).status, CborStatus.Ok);
      for (const room of [head + bytes - 1, Math.max(0, head + bytes - 3), 0]) {
        t.deepEqual(written((w) => { cborPutText(w, text); }, room), { status: CborStatus.NoRoom, hex: '' });
      }
    }
  }
});

function readerAt(hex: string): CborReader {
  const r = createCborReader(4);
  const bytes = bytesOf(hex);
  cborReadFrom(r, bytes, 0, bytes.length);
  cborNext(r);
  return r;
}

test('an integer is asked for as int32, and told apart from what it cannot be', (t) => {
  const cases: readonly [string, CborStatus, number][] = [
    ['00', CborStatus.Ok, 0], ['20', CborStatus.Ok, -1], ['1a7fffffff', CborStatus.Ok, 2147483647], ['3a7fffffff', CborStatus.Ok, -2147483648],
    ['1a80000000', CborStatus.TooBig, 0], ['3a80000000', CborStatus.TooBig, 0], ['1b0000000100000000', CborStatus.TooBig, 0], ['1b0000000000000007', CborStatus.Ok, 7],
    ['f93c00', CborStatus.WrongType, 0], ['40', CborStatus.WrongType, 0], ['c100', CborStatus.WrongType, 0],
  ];
  for (const [hex, status, value] of cases) {
    const r = readerAt(hex);
    t.is(cborInt(r), status, hex);
    if (status === CborStatus.Ok) t.is(r.value, value);
    t.is(r.status, CborStatus.Ok, 'asking for the wrong type is no fault of the input');
  }
});

test('a key is recognised in place, and what follows an unknown one is skipped', (t) => {
  const r = readerAt('a3616182010263666f6f16c16262618140');
  const foo = bytesOf('666f6f');
  t.is(r.type, CborType.Map);
  t.false(cborIs(r, foo, 0, 3));
  let found = 0;
  while (cborNext(r) === CborType.Text || r.type === CborType.Tag) {
    if (r.type === CborType.Tag) cborNext(r);
    const isFoo = cborIs(r, foo, 0, 3);
    cborNext(r);
    if (isFoo && cborInt(r) === CborStatus.Ok) found = r.value;
    t.is(cborSkip(r), CborStatus.Ok);
  }
  t.is(found, 22);
  t.is(r.type, CborType.Close);
  t.is(cborNext(r), CborType.End);
});

test('cborFloat of something else is 0, and skipping a plain item moves nowhere', (t) => {
  const r = readerAt('0102');
  t.is(cborFloat(r), 0);
  t.is(cborSkip(r), CborStatus.Ok);
  t.is(r.at, 1);
  t.is(cborNext(r), CborType.Unsigned);
});

test('a fault inside a skipped item is reported', (t) => {
  const r = readerAt('8261ff00');
  t.is(cborSkip(r), CborStatus.BadText);
  t.is(cborNext(r), CborType.Fault);
});
