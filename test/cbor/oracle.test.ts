/** Agreement with cbor-x both ways over arbitrary values, and with arbitrary and mutated bytes no throw, no hang, no read outside. */
import test from 'ava';
import { Decoder, Encoder } from 'cbor-x';
import fc from 'fast-check';
import {
  cborEnd, cborNext, cborOpenArray, cborClose, cborPutArray, cborPutBoolean, cborPutBytes, cborPutFloat, cborPutInt, cborPutMap, cborPutNegative, cborPutNull, cborPutText,
  cborPutUndefined, cborPutUnsigned, cborFloat, cborInt, cborReadFrom, cborSkip, CborStatus, CborType, cborWriteTo, createCborReader, createCborWriter, type CborReader,
  type CborWriter,
} from '../../src/cbor/index.js';
import { vectors, bytesOf, hexOf } from './vectors.js';

const seed = Date.now() % 0x7fffffff;
console.log(`fast-check seed ${seed}`);
const settings = { seed, numRuns: 2000 };

const oracleDecoder = new Decoder({ mapsAsObjects: false, useRecords: false });
const oracleEncoder = new Encoder({ mapsAsObjects: false, useRecords: false, variableMapSize: true, tagUint8Array: false });

type Value = number | bigint | boolean | null | undefined | string | Uint8Array | Value[] | Map<string, Value>;

// Not -2^64: cbor-x writes that one as a tagged byte string. It is among the vectors.
const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.integer(), fc.bigInt({ min: 1n - 2n ** 64n, max: 2n ** 64n - 1n }), fc.boolean(), fc.constant(null), fc.constant(undefined),
  fc.string({ unit: 'binary', maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), fc.double({ noNaN: false }), fc.float(),
);
const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true }, scalar, fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(fc.string({ maxLength: 6 }), tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
  ),
})).value;

const writer = createCborWriter(8);
const reader = createCborReader(8);

function put(w: CborWriter, v: Value, withCounts: boolean): void {
  if (typeof v === 'number') {
    if (Number.isInteger(v) && !Object.is(v, -0) && Math.abs(v) < 2 ** 31) cborPutInt(w, v);
    else cborPutFloat(w, v);
  } else if (typeof v === 'bigint') {
    const rest = v < 0n ? -1n - v : v;
    const high = Number(BigInt.asIntN(32, rest >> 32n));
    const low = Number(BigInt.asIntN(32, rest));
    if (v < 0n) cborPutNegative(w, high, low);
    else cborPutUnsigned(w, high, low);
  } else if (typeof v === 'boolean') cborPutBoolean(w, v);
  else if (v === null) cborPutNull(w);
  else if (v === undefined) cborPutUndefined(w);
  else if (typeof v === 'string') cborPutText(w, v);
  else if (v instanceof Uint8Array) cborPutBytes(w, v, 0, v.length);
  else if (v instanceof Map) {
    cborPutMap(w, v.size);
    for (const [key, item] of v) {
      cborPutText(w, key);
      put(w, item, withCounts);
    }
  } else if (withCounts) {
    cborPutArray(w, v.length);
    for (const item of v) put(w, item, withCounts);
  } else {
    cborOpenArray(w);
    for (const item of v) put(w, item, withCounts);
    cborClose(w);
  }
}

/** The next item as a value, integers beyond 2^53 as bigint like cbor-x. */
function take(r: CborReader): Value | typeof closed {
  const type = cborNext(r);
  if (type === CborType.Unsigned || type === CborType.Negative) {
    if (cborInt(r) === CborStatus.Ok) return r.value;
    const rest = (BigInt(r.high >>> 0) << 32n) | BigInt(r.low >>> 0);
    return type === CborType.Unsigned ? rest : -1n - rest;
  }
  if (type === CborType.Bytes) return r.bytes.slice(r.from, r.to);
  if (type === CborType.Text) return Buffer.from(r.bytes.subarray(r.from, r.to)).toString();
  if (type === CborType.False || type === CborType.True) return type === CborType.True;
  if (type === CborType.Null) return null;
  if (type === CborType.Undefined) return undefined;
  if (type === CborType.Float) return cborFloat(r);
  if (type === CborType.Close) return closed;
  if (type !== CborType.Array && type !== CborType.Map) throw new Error(`type ${type}, status ${r.status} at ${r.at}`);
  const items: Value[] = [];
  for (let item = take(r); item !== closed; item = take(r)) items.push(item);
  if (type === CborType.Array) return items;
  const map = new Map<string, Value>();
  for (let at = 0; at < items.length; at += 2) map.set(items[at] as string, items[at + 1]);
  return map;
}

const closed = Symbol('closed');

/** What both sides agree to call the same: integers by value, floats by value, bytes by content; cbor-x writes -0 as the integer 0. */
function plain(v: unknown): unknown {
  if (v === 0) return 0;
  if (typeof v === 'bigint') return v >= -(2n ** 53n) && v <= 2n ** 53n ? Number(v) : v;
  if (v instanceof Uint8Array) return `h'${hexOf(v)}'`;
  if (Array.isArray(v)) return v.map(plain);
  if (v instanceof Map) return new Map([...v].map(([key, item]) => [key, plain(item)]));
  return v;
}

test(`what we write, cbor-x reads (seed ${seed})`, (t) => {
  fc.assert(fc.property(value, fc.boolean(), (v, withCounts) => {
    const buffer = new Uint8Array(4096);
    cborWriteTo(writer, buffer, 0, buffer.length);
    put(writer, v, withCounts);
    t.is(cborEnd(writer), CborStatus.Ok);
    t.deepEqual(plain(oracleDecoder.decode(buffer.subarray(0, writer.at))), plain(v));
  }), settings);
});

test(`what cbor-x writes, we read (seed ${seed})`, (t) => {
  fc.assert(fc.property(value, (v) => {
    const bytes = oracleEncoder.encode(v);
    cborReadFrom(reader, bytes, 0, bytes.length);
    t.deepEqual(plain(take(reader)), plain(v));
    t.is(cborNext(reader), CborType.End);
  }), settings);
});

test(`every capacity below the need says NoRoom, and writes nothing outside (seed ${seed})`, (t) => {
  fc.assert(fc.property(value, (v) => {
    const buffer = new Uint8Array(4096);
    cborWriteTo(writer, buffer, 0, buffer.length);
    put(writer, v, true);
    const need = writer.at;
    const step = Math.max(1, Math.floor(need / 50));
    for (let room = 0; room < need; room += step) {
      const small = new Uint8Array(room + 8).fill(0xa5);
      cborWriteTo(writer, small, 4, 4 + room);
      put(writer, v, true);
      t.is(cborEnd(writer), CborStatus.NoRoom);
      t.is(hexOf(small.subarray(0, 4)) + hexOf(small.subarray(4 + room)), 'a5a5a5a5a5a5a5a5');
      t.is(hexOf(small.subarray(4, writer.at)), hexOf(buffer.subarray(0, writer.at - 4)));
    }
  }), { ...settings, numRuns: 300 });
});

/** Reads to the end or to a fault in a bounded number of steps, whatever the bytes. */
function readsToAnEnd(bytes: Uint8Array, skip: boolean): CborStatus {
  cborReadFrom(reader, bytes, 0, bytes.length);
  // Each step uses a byte or closes a container, and each container took a byte.
  for (let steps = 0; steps <= 2 * bytes.length + 1; steps++) {
    const type = cborNext(reader);
    if (reader.at > bytes.length) throw new Error(`read to ${reader.at} of ${bytes.length}`);
    if (type === CborType.End || type === CborType.Fault) return reader.status;
    if (type === CborType.Bytes || type === CborType.Text || type === CborType.Float) {
      if (reader.from > reader.to || reader.to > bytes.length) throw new Error(`range ${reader.from} to ${reader.to} of ${bytes.length}`);
    }
    if (skip) cborSkip(reader);
  }
  throw new Error(`no end in ${hexOf(bytes)}`);
}

test(`arbitrary bytes end in a status (seed ${seed})`, (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, skip) => {
    t.true(readsToAnEnd(bytes, skip) <= 0);
  }), { ...settings, numRuns: 20_000 });
});

test(`mutated vectors end in a status, the same when skipped (seed ${seed})`, (t) => {
  const originals = [...vectors.wellFormed, ...vectors.malformed].map((v) => bytesOf(v.hex));
  fc.assert(fc.property(fc.constantFrom(...originals), fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }), (bytes, changes) => {
    const mutated = bytes.slice();
    for (const [at, byte] of changes) mutated[at % mutated.length] = byte;
    t.is(readsToAnEnd(mutated, true), readsToAnEnd(mutated, false));
  }), { ...settings, numRuns: 20_000 });
});
