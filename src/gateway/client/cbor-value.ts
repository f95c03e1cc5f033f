/**
 * CBOR items as values of JavaScript, and back: what JSON can say, and byte strings. Must not know: where they come from.
 *
 * Read first: RFC 8949 sections 6.1 (converting to JSON) and 3.
 */
import {
  cborEnd, cborFloat, cborNext, cborPutArray, cborPutBoolean, cborPutBytes, cborPutFloat, cborPutInt, cborPutMap, cborPutNull, cborPutTextBytes,
  cborReadFrom, CborStatus, CborType, type CborReader, type CborWriter, cborWriteTo, createCborReader, createCborWriter,
} from '../../cbor/index.js';

export type Value = null | boolean | number | string | Buffer | Value[] | { [name: string]: Value };

const enum Limit {
  Depth = 16,
}

class NoValue extends Error {}

/** The one item that the bytes are; undefined: they are not exactly one, or say what has no value here. */
export function readCbor(bytes: Buffer): Value | undefined {
  const reader = createCborReader(Limit.Depth);
  cborReadFrom(reader, bytes, 0, bytes.length);
  try {
    const value = read(reader, cborNext(reader));
    return cborNext(reader) === CborType.End ? value : undefined;
  } catch (thrown) {
    if (thrown instanceof NoValue) return undefined;
    throw thrown;
  }
}

function read(r: CborReader, type: CborType): Value {
  switch (type) {
    case CborType.Unsigned: return wide(r);
    case CborType.Negative: return -1 - wide(r);
    case CborType.Text: return text(r);
    case CborType.Bytes: return Buffer.from(r.bytes.subarray(r.from, r.to));
    case CborType.Float: return cborFloat(r);
    case CborType.False: return false;
    case CborType.True: return true;
    case CborType.Null:
    case CborType.Undefined: return null;
    // What a tag says of the item is left out, as RFC 8949 section 6.1 has it.
    case CborType.Tag: return read(r, behindTags(r));
    case CborType.Array: return items(r);
    case CborType.Map: return entries(r);
    case CborType.TextOpen: return (items(r) as string[]).join('');
    case CborType.BytesOpen: return Buffer.concat(items(r) as Buffer[]);
    case CborType.Simple:
    case CborType.End:
    case CborType.Close:
    case CborType.Fault: throw new NoValue();
  }
}

/** A tag may stand before a tag, as often as the bytes allow, and the stack does not. */
function behindTags(r: CborReader): CborType {
  let type = cborNext(r);
  while (type === CborType.Tag) type = cborNext(r);
  return type;
}

function items(r: CborReader): Value[] {
  const all: Value[] = [];
  for (let type = cborNext(r); type !== CborType.Close; type = cborNext(r)) all.push(read(r, type));
  return all;
}

function entries(r: CborReader): Value {
  const all: [string, Value][] = [];
  for (let type = cborNext(r); type !== CborType.Close; type = cborNext(r)) {
    const key = read(r, type);
    if (typeof key === 'object') throw new NoValue();
    all.push([String(key), read(r, cborNext(r))]);
  }
  return Object.fromEntries(all);
}

function text(r: CborReader): string {
  return Buffer.from(r.bytes.buffer, r.bytes.byteOffset + r.from, r.to - r.from).toString();
}

/** Beyond 2^53 the nearest number there is. */
function wide(r: CborReader): number {
  return (r.high >>> 0) * 2 ** 32 + (r.low >>> 0);
}

/** The value as CBOR; null: it takes more than `bytesMax` bytes. */
export function writeCbor(value: Value, bytesMax: number): Buffer | null {
  const writer = createCborWriter(Limit.Depth);
  const bytes = Buffer.alloc(bytesMax);
  cborWriteTo(writer, bytes, 0, bytesMax);
  write(writer, value);
  return cborEnd(writer) === CborStatus.Ok ? Buffer.from(bytes.subarray(0, writer.at)) : null;
}

function write(w: CborWriter, value: Value): void {
  if (value === null) cborPutNull(w);
  else if (typeof value === 'boolean') cborPutBoolean(w, value);
  else if (typeof value === 'number') {
    if (Number.isInteger(value) && !Object.is(value, -0) && Math.abs(value) <= 0x7fffffff) cborPutInt(w, value);
    else cborPutFloat(w, value);
  } else if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    cborPutTextBytes(w, bytes, 0, bytes.length);
  } else if (Buffer.isBuffer(value)) cborPutBytes(w, value, 0, value.length);
  else if (Array.isArray(value)) {
    cborPutArray(w, value.length);
    for (const item of value) write(w, item);
  } else {
    const all = Object.entries(value);
    cborPutMap(w, all.length);
    for (const [name, item] of all) {
      write(w, name);
      write(w, item);
    }
  }
}

/** For JSON, which has no byte strings: hexadecimal digits in their place. */
export function forJson(value: Value): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map(forJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, forJson(item)]));
}
