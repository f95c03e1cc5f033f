/** Frames of every kind: at every split of the bytes, with noise between, too long, and back onto the wire. No device. */
import test from 'ava';
import { encode, Tag } from 'cbor-x';
import fc from 'fast-check';
import { createSplitter, encodeFrame, type FramingKind, type FramingSettings } from '../../src/gateway/client/framing.js';
import { decodeCobs, encodeCobs } from '../../src/gateway/client/stuffing.js';
import { framing } from './entries.js';

const settingsOf = (kind: FramingKind, more: Partial<FramingSettings> = {}): FramingSettings => ({ ...framing, kind, frameBytesMax: 16, ...more });

/** Kind, bytes, frames that come of them, frames that are dropped. */
const rows: readonly (readonly [string, FramingSettings, string, readonly string[], number])[] = [
  ['lines', settingsOf('lines'), hex('one\r\n\ntwo\nthr'), ['one', '', 'two'].map(hex), 0],
  ['a line of the greatest length', settingsOf('lines'), hex(`${'x'.repeat(16)}\r\n`), [hex('x'.repeat(16))], 0],
  ['a line that is too long is dropped whole', settingsOf('lines'), hex(`${'x'.repeat(18)}\nok\n`), [hex('ok')], 1],
  ['COBS, damaged', settingsOf('cobs'), '0005010200' + '0000' + '020100' + '00', ['01'], 1],
  ['COBS as its authors show it', settingsOf('cobs'), '00' + '0101' + '00' + '031122' + '0233' + '00', ['00', '11220033'], 0],
  ['SLIP', settingsOf('slip'), 'c001dbdc02dbdd03c0c0aadb00c0bbc0', ['01c002db03', 'bb'], 1],
  ['SLIP, too long', settingsOf('slip', { frameBytesMax: 2 }), '0102030405c0' + '0607c0', ['0607'], 1],
  ['CBOR', settingsOf('cbor'), '01' + '820203' + 'a1616101' + 'f6', ['01', '820203', 'a1616101', 'f6'], 0],
  ['CBOR, after which nothing can be told', settingsOf('cbor'), '01' + 'ff' + '02', ['01'], 1],
  ['records', settingsOf('records', { recordBytes: 3 }), '010203040506' + '07', ['010203', '040506'], 0],
  ['records that begin with known bytes', settingsOf('records', { recordBytes: 4, recordStart: Buffer.from('aa55', 'hex') }),
    'ffaa' + 'aa550102' + 'aa550304' + '00' + 'aa5505', ['aa550102', 'aa550304'], 2],
];

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}

for (const [name, settings, bytesHex, frames, bad] of rows) {
  test(`${name}, at every split`, (t) => {
    const bytes = Buffer.from(bytesHex, 'hex');
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const splitter = createSplitter(settings);
        const got: string[] = [];
        for (const part of [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]) {
          // The parts lie in one buffer that is used again, as that of a port is.
          const lent = Buffer.from(part);
          splitter.take(lent, (frame) => got.push(frame.toString('hex')));
          lent.fill(0xa5);
        }
        t.deepEqual(got, [...frames], `cut at ${first} and ${second}`);
        t.is(splitter.badFrames, bad, `cut at ${first} and ${second}`);
      }
    }
  });
}

test('a pause ends records and sequences whose rest is lost', (t) => {
  for (const settings of [settingsOf('records', { recordBytes: 2 }), settingsOf('cbor')]) {
    const splitter = createSplitter(settings);
    const got: string[] = [];
    const take = (bytesHex: string): void => splitter.take(Buffer.from(bytesHex, 'hex'), (frame) => got.push(frame.toString('hex')));
    take('82');
    splitter.pause();
    take('1903');
    splitter.pause();
    take('1803');
    t.is(got.at(-1), '1803');
    t.true(splitter.badFrames > 0);
  }
});

test('a CBOR sequence gives the same frames however the wire cuts it', (t) => {
  const item = fc.letrec<{ item: unknown }>((tie) => ({
    item: fc.oneof(
      { depthSize: 'small' }, fc.integer(), fc.double(), fc.string(), fc.boolean(), fc.uint8Array({ maxLength: 40 }), fc.constant(null),
      fc.array(tie('item'), { maxLength: 5 }), fc.dictionary(fc.string(), tie('item'), { maxKeys: 4 }), tie('item').map((inner) => new Tag(inner, 4711)),
    ),
  })).item;
  fc.assert(fc.property(fc.array(item, { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), (items, step) => {
    const frames = items.map((one) => encode(one));
    const splitter = createSplitter(settingsOf('cbor', { frameBytesMax: 65_535 }));
    const got: string[] = [];
    const bytes = Buffer.concat(frames);
    for (let at = 0; at < bytes.length;) {
      const to = Math.min(at + step, bytes.length);
      splitter.take(Buffer.from(bytes.subarray(at, to)), (frame) => got.push(frame.toString('hex')));
      at = to;
    }
    t.deepEqual(got, frames.map((frame) => frame.toString('hex')));
    t.is(splitter.badFrames, 0);
  }), { verbose: true });
});

test('a large item that comes byte by byte is read once', (t) => {
  // Read anew with each byte it takes half an hour.
  const count = 65_000;
  const splitter = createSplitter(settingsOf('cbor', { frameBytesMax: 65_535 }));
  const got: number[] = [];
  const take = (bytes: Buffer): void => splitter.take(bytes, (frame) => got.push(frame.length));
  take(Buffer.from('9f', 'hex'));
  for (let n = 0; n < count; n++) take(Buffer.from([n % 24]));
  take(Buffer.from('ff01', 'hex'));
  t.deepEqual(got, [count + 2, 1]);
  t.is(splitter.badFrames, 0);
  // One byte more than a frame may have, in one item and in the middle of one.
  for (const [max, bad] of [[count + 1, 1], [count + 2, 0]]) {
    const bounded = createSplitter(settingsOf('cbor', { frameBytesMax: max }));
    bounded.take(Buffer.concat([Buffer.from('9f', 'hex'), Buffer.alloc(count), Buffer.from('ff', 'hex')]), () => undefined);
    t.is(bounded.badFrames, bad);
  }
});

test('what is written to a board is read the same by it, whatever bytes it is', (t) => {
  fc.assert(fc.property(fc.constantFrom<FramingKind>('cobs', 'slip'), fc.uint8Array({ minLength: 1, maxLength: 600 }), (kind, bytes) => {
    const settings = settingsOf(kind, { frameBytesMax: 600 });
    const splitter = createSplitter(settings);
    const got: Buffer[] = [];
    splitter.take(encodeFrame(Buffer.from(bytes), settings)!, (frame) => got.push(frame));
    return got.length === 1 && got[0].equals(bytes) && splitter.badFrames === 0;
  }), { verbose: true });
  for (const length of [253, 254, 255, 508, 509]) {
    const bytes = Buffer.alloc(length, 1);
    t.deepEqual(decodeCobs(encodeCobs(bytes).subarray(1, -1)), bytes, `${length} bytes without a zero`);
  }
});

test('what cannot be framed is refused', (t) => {
  t.is(encodeFrame(Buffer.from('a\nb'), settingsOf('lines')), null);
  t.is(encodeFrame(Buffer.from('a\rb'), settingsOf('lines')), null);
  t.is(encodeFrame(Buffer.alloc(17), settingsOf('cobs')), null);
  t.is(encodeFrame(Buffer.alloc(3), settingsOf('records', { recordBytes: 4 })), null);
  t.deepEqual(encodeFrame(Buffer.from('ab'), settingsOf('lines', { lineEnd: '\r\n' })), Buffer.from('ab\r\n'));
});
