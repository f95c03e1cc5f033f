/**
 * Takes values out of a frame: the named groups of a regular expression, the entries of JSON or CBOR, numbers and texts at
 * offsets. Must not know: topics, wires.
 */
import { readCbor, type Value } from './cbor-value.js';

const enum Limit {
  /** Of JSON: what is nested deeper is no reading, and the stack has an end. */
  Depth = 64,
}

export type Content = 'text' | 'json' | 'cbor' | 'bytes';

export type FieldType =
  | 'text' | 'number' | 'hex' | 'u8' | 'i8' | 'u16le' | 'u16be' | 'i16le' | 'i16be' | 'u32le' | 'u32be' | 'i32le' | 'i32be'
  | 'f32le' | 'f32be' | 'f64le' | 'f64be';

export interface Field {
  readonly name: string;
  readonly type: FieldType | null;
  /** Of content bytes. */
  readonly at: number;
  /** Length of a text or of bytes shown as hexadecimal digits. */
  readonly bytes: number;
  /** Of content json and cbor: names and indices, joined by points. */
  readonly path: readonly string[];
  /** Factor of a number; null: as it is. */
  readonly scale: number | null;
}

export const numberBytes: Readonly<Partial<Record<FieldType, number>>> = {
  u8: 1, i8: 1, u16le: 2, u16be: 2, i16le: 2, i16be: 2, u32le: 4, u32be: 4, i32le: 4, i32be: 4, f32le: 4, f32be: 4, f64le: 8, f64be: 8,
};

const numbers: Readonly<Partial<Record<FieldType, (bytes: Buffer, at: number) => number>>> = {
  u8: (b, at) => b.readUInt8(at), i8: (b, at) => b.readInt8(at),
  u16le: (b, at) => b.readUInt16LE(at), u16be: (b, at) => b.readUInt16BE(at), i16le: (b, at) => b.readInt16LE(at), i16be: (b, at) => b.readInt16BE(at),
  u32le: (b, at) => b.readUInt32LE(at), u32be: (b, at) => b.readUInt32BE(at), i32le: (b, at) => b.readInt32LE(at), i32be: (b, at) => b.readInt32BE(at),
  f32le: (b, at) => b.readFloatLE(at), f32be: (b, at) => b.readFloatBE(at), f64le: (b, at) => b.readDoubleLE(at), f64be: (b, at) => b.readDoubleBE(at),
};

/** What a frame says as a whole; undefined: it is not of this content. */
export function readContent(frame: Buffer, content: Content): Value | undefined {
  switch (content) {
    case 'text': {
      const text = frame.toString();
      return text.includes('\uFFFD') ? undefined : text;
    }
    case 'json': {
      let value: Value;
      try {
        value = JSON.parse(frame.toString()) as Value;
      } catch {
        return undefined;
      }
      return isWithin(value, Limit.Depth) ? value : undefined;
    }
    case 'cbor':
      return readCbor(frame);
    case 'bytes':
      return frame;
  }
}

/** Whether lists and tables are nested no deeper than that. */
function isWithin(value: Value, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((item: Value) => isWithin(item, depth - 1));
}

/** The groups of a match, and the fields; undefined: one that was asked for is not there, or no number. */
export function readFields(whole: Value, groups: Readonly<Record<string, string | undefined>>, fields: readonly Field[]): Map<string, Value> | undefined {
  const values = new Map<string, Value>();
  for (const [name, text] of Object.entries(groups)) if (text !== undefined) values.set(name, text);
  for (const field of fields) {
    const value = valueOf(field, whole, values);
    if (value === undefined) return undefined;
    values.set(field.name, value);
  }
  return values;
}

function valueOf(field: Field, whole: Value, groups: ReadonlyMap<string, Value>): Value | undefined {
  const found = Buffer.isBuffer(whole) ? at(field, whole) : typeof whole === 'string' ? groups.get(field.name) : inside(whole, field.path);
  if (field.type === 'number' || field.scale !== null) {
    const number = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
    return typeof number === 'number' && Number.isFinite(number) ? scaled(number, field.scale) : undefined;
  }
  return found;
}

function at({ type, at: from, bytes }: Field, whole: Buffer): Value | undefined {
  const read = type === null ? undefined : numbers[type];
  const length = type === null ? 0 : numberBytes[type] ?? bytes;
  if (from + length > whole.length) return undefined;
  if (read !== undefined) {
    const number = read(whole, from);
    return Number.isFinite(number) ? number : undefined;
  }
  const part = whole.subarray(from, from + length);
  // Texts of a fixed length are filled up with zeros or blanks.
  return type === 'hex' ? part.toString('hex') : part.toString().replace(/[\0 ]+$/, '');
}

function inside(whole: Value, path: readonly string[]): Value | undefined {
  let value: Value | undefined = whole;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return undefined;
    value = Object.hasOwn(value, name) ? (value as Record<string, Value>)[name] : undefined;
  }
  return value;
}

/** 215 × 0.1 is 21.5, and not 21.500000000000004. */
function scaled(value: number, scale: number | null): number {
  return scale === null ? value : Number((value * scale).toPrecision(12));
}
