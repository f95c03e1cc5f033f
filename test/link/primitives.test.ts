/** COBS and the check of the link against plain definitions of both. */
import zlib from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { indexOfZero, putCheck, stuff, unstuff } from '../../src/link/primitives.js';

const none = new Uint8Array(4);

/** COBS as its definition has it: each run up to a zero is preceded by its length and one. Runs stay below 254 bytes here. */
function stuffed(content: Uint8Array): Uint8Array {
  const out: number[] = [];
  let from = 0;
  for (let at = 0; at <= content.length; at++) {
    if (at < content.length && content[at] !== 0) continue;
    out.push(at - from + 1, ...content.subarray(from, at));
    from = at + 1;
  }
  return Uint8Array.from(out);
}

const contents = fc.oneof(
  fc.uint8Array({ minLength: 0, maxLength: 253 }),
  fc.array(fc.constantFrom(0, 0, 1, 255), { maxLength: 253 }).map((list) => Uint8Array.from(list)),
);

test('COBS in place is COBS, and back', (t) => {
  fc.assert(fc.property(contents, fc.integer({ min: 0, max: 5 }), (content, before) => {
    const buffer = new Uint8Array(before + 1 + content.length + 3).fill(0xa5);
    buffer.set(content, before + 1);
    const to = before + 1 + content.length;
    stuff(buffer, before, to);
    t.deepEqual(buffer.slice(before, to), stuffed(content));
    t.is(indexOfZero(buffer, before, to), to);
    t.true(unstuff(buffer, before, to));
    t.deepEqual(buffer.slice(before + 1, to), content);
    t.deepEqual([...buffer.subarray(to)], [0xa5, 0xa5, 0xa5]);
  }));
});

test('codes that lead past the end are refused, and touch nothing behind it', (t) => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 40 }), (list) => {
    const buffer = Uint8Array.from([...list, 0xa5, 0xa5]);
    let at = 0;
    while (at < list.length) at += list[at];
    t.is(unstuff(buffer, 0, list.length), at === list.length);
    t.deepEqual([...buffer.subarray(list.length)], [0xa5, 0xa5]);
  }));
});

test('the check is CRC-32 as zlib has it, combined with the mask', (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 253 }), fc.uint8Array({ minLength: 4, maxLength: 4 }), (content, mask) => {
    const found = new Uint8Array(6).fill(0xa5);
    putCheck(found, 1, content, 0, content.length, mask, 0);
    const expected = Buffer.alloc(4);
    expected.writeUInt32LE(zlib.crc32(content));
    t.deepEqual([...found], [0xa5, ...expected.map((byte, at) => byte ^ mask[at]), 0xa5]);
  }));
});

test('every change of up to four bits of a short content changes its check', (t) => {
  const content = Uint8Array.from([0, 7, 0, 65, 66, 0]);
  const checks = new Map<string, string>();
  const look = (label: string, bytes: Uint8Array): void => {
    const found = new Uint8Array(4);
    putCheck(found, 0, bytes, 0, bytes.length, none, 0);
    const key = Buffer.from(found).toString('hex');
    if (checks.has(key)) t.fail(`${label} and ${checks.get(key)} have the check ${key}`);
    checks.set(key, label);
  };
  // Up to two bits each: two such contents differ in up to four.
  look('none', content);
  for (let a = 0; a < content.length * 8; a++) {
    const one = content.slice();
    one[a >>> 3] ^= 1 << (a & 7);
    look(`${a}`, one);
    for (let b = a + 1; b < content.length * 8; b++) {
      const two = one.slice();
      two[b >>> 3] ^= 1 << (b & 7);
      look(`${a} ${b}`, two);
    }
  }
  t.is(checks.size, 1 + 48 + (48 * 47) / 2);
});
