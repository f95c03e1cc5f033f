/** Each vector of RFC 8949 appendix A and our own: read, written again, cut short everywhere, with too little room, on every engine. */
import test from 'ava';
import { cborNext, cborReadFrom, cborSkip, CborStatus, CborType, createCborReader, type CborReader } from '../../src/cbor/index.js';
import { presentEngines } from '../engines/engines.js';
import { buildDriver, lineProgram } from '../engines/programs.js';
import { answer } from './driver.js';
import { rewriteInto } from './rewrite.js';
import { bytesOf, diagnose, hexOf, statusNumbers, vectors } from './vectors.js';

const reader = createCborReader(6);

function readerOf(bytes: Uint8Array): CborReader {
  cborReadFrom(reader, bytes, 0, bytes.length);
  return reader;
}

for (const v of vectors.wellFormed) {
  test(`RFC 8949 well-formed ${v.hex} is ${v.diagnostic}`, (t) => {
    const bytes = bytesOf(v.hex);
    t.is(diagnose(readerOf(bytes)), v.diagnostic);
    t.is(cborNext(reader), CborType.End);
    t.is(reader.at, bytes.length);

    // Within a larger buffer nothing is read outside the range: poison around it would be found.
    const padded = new Uint8Array(bytes.length + 8).fill(0xa5);
    padded.set(bytes, 3);
    cborReadFrom(reader, padded, 3, 3 + bytes.length);
    t.is(diagnose(reader), v.diagnostic);
    t.is(cborNext(reader), CborType.End);

    cborReadFrom(reader, bytes, 0, bytes.length);
    cborNext(reader);
    t.is(cborSkip(reader), CborStatus.Ok);
    t.is(reader.at, bytes.length);
    t.is(cborNext(reader), CborType.End);
  });

  test(`RFC 8949 ${v.hex} is truncated at every shorter length`, (t) => {
    const bytes = bytesOf(v.hex);
    cborReadFrom(reader, bytes, 0, 0);
    t.is(cborNext(reader), CborType.End);
    for (let length = 1; length < bytes.length; length++) {
      cborReadFrom(reader, bytes, 0, length);
      while (cborNext(reader) > CborType.Fault);
      t.is(reader.status, CborStatus.Truncated, `${length} bytes`);
      t.is(cborNext(reader), CborType.Fault);
    }
  });

  test(`writing ${v.diagnostic} (${v.hex}) gives the shortest form, or NoRoom in every smaller buffer`, (t) => {
    const bytes = bytesOf(v.hex);
    const whole = rewriteInto(bytes, 500);
    t.is(whole.ended, CborStatus.Ok);
    if (v.preferred) t.is(hexOf(whole.written), v.hex);
    else t.true(whole.written.length <= bytes.length);
    t.is(diagnose(readerOf(whole.written)), v.diagnostic);
    for (let room = 0; room < whole.written.length; room++) {
      const part = rewriteInto(bytes, room);
      t.is(part.ended, CborStatus.NoRoom, `${room} bytes`);
      t.true(part.outsideIsUntouched);
      t.is(hexOf(part.written), hexOf(whole.written.subarray(0, part.written.length)));
    }
    t.true(rewriteInto(bytes, whole.written.length).ended === CborStatus.Ok);
  });
}

for (const m of vectors.malformed) {
  test(`${m.hex} is ${m.status}: ${m.why}`, (t) => {
    readerOf(bytesOf(m.hex));
    while (cborNext(reader) > CborType.Fault);
    t.is(reader.status, statusNumbers[m.status]);
    t.is(reader.type, CborType.Fault);
    t.true(reader.at <= m.hex.length / 2);

    readerOf(bytesOf(m.hex));
    while (cborNext(reader) > CborType.Fault && cborSkip(reader) === CborStatus.Ok);
    t.is(reader.status, statusNumbers[m.status], 'skipped');
  });
}

const texts = ['', 'a', 'hello', 'ü'.repeat(12), 'x'.repeat(23), 'x'.repeat(24), '水'.repeat(8), 'x'.repeat(200), '水'.repeat(84), '水'.repeat(85) + 'x', '𐅑', 'x𐅑'.repeat(30)];
const lines = [
  ...vectors.wellFormed.flatMap((v) => [`r${v.hex}`, `s${v.hex}`, `w${v.hex}`]),
  ...vectors.malformed.flatMap((m) => [`r${m.hex}`, `s${m.hex}`, `w${m.hex}`]),
  ...texts.flatMap((text) => {
    const need = Buffer.byteLength(text) + (Buffer.byteLength(text) < 24 ? 1 : Buffer.byteLength(text) < 256 ? 2 : 3);
    return [0, 1, need - 1, need, need + 1].filter((room) => room >= 0 && room < 256).map((room) => `t${room.toString(16).padStart(2, '0')}:${text}`);
  }),
];
const expected = lines.map((line) => `${answer(line)}\n`).join('');

for (const minify of [false, true]) {
  const program = lineProgram(buildDriver({ entry: 'test/cbor/driver.ts', minify }), 'answer');
  for (const engine of presentEngines()) {
    test(`${engine.name} reads and writes every CBOR vector like V8 does${minify ? ', minified' : ''}`, async (t) => {
      t.deepEqual((await engine.run(program, lines)).split('\n'), expected.split('\n'));
    });
  }
}
