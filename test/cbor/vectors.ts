/** The list of CBOR vectors, and diagnostic notation (RFC 8949 section 8) of what our reader finds. Strings in parts name their kind when empty. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cborFloat, cborNext, CborStatus, CborType, type CborReader } from '../../src/cbor/index.js';
import { packageRoot } from '../../targets/build/program.js';

export interface WellFormed {
  readonly hex: string;
  readonly diagnostic: string;
  /** The shortest form, which a writer chooses. */
  readonly preferred: boolean;
}

export interface Malformed {
  readonly hex: string;
  readonly status: keyof typeof statusNumbers;
  readonly why: string;
}

/** Status by name; the enum itself is gone at run time for those who only see the package's types. */
export const statusNumbers = {
  Truncated: CborStatus.Truncated, Reserved: CborStatus.Reserved, BadBreak: CborStatus.BadBreak, BadText: CborStatus.BadText, OddMap: CborStatus.OddMap,
  BadChunk: CborStatus.BadChunk, BadSimple: CborStatus.BadSimple, TooDeep: CborStatus.TooDeep,
};

export const vectors = JSON.parse(readFileSync(join(packageRoot, 'test/vectors/cbor.json'), 'utf8')) as {
  readonly wellFormed: readonly WellFormed[];
  readonly malformed: readonly Malformed[];
};

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The next item, whole, in diagnostic notation; throws where the reader reports a fault. */
export function diagnose(r: CborReader): string {
  const type = cborNext(r);
  switch (type) {
    case CborType.Fault: throw new Error(`fault ${r.status} at ${r.at}`);
    case CborType.Unsigned: return String(halves(r));
    case CborType.Negative: return String(-1n - halves(r));
    case CborType.Bytes: return `h'${hexOf(r.bytes.subarray(r.from, r.to))}'`;
    case CborType.Text: return JSON.stringify(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(r.bytes.subarray(r.from, r.to)));
    case CborType.BytesOpen: return inParts(r, '(_bytes )');
    case CborType.TextOpen: return inParts(r, '(_text )');
    case CborType.Array: return `[${r.count < 0 ? '_ ' : ''}${list(r).join(', ')}]`;
    case CborType.Map: return `{${r.count < 0 ? '_ ' : ''}${pairs(list(r)).join(', ')}}`;
    case CborType.Tag: {
      const tag = halves(r);
      return `${tag}(${diagnose(r)})`;
    }
    case CborType.False: return 'false';
    case CborType.True: return 'true';
    case CborType.Null: return 'null';
    case CborType.Undefined: return 'undefined';
    case CborType.Simple: return `simple(${r.low})`;
    case CborType.Float: return floatText(cborFloat(r));
    case CborType.Close: return ')';
    case CborType.End: return '';
  }
}

/** The argument as a number without a sign. */
function halves(r: CborReader): bigint {
  return (BigInt(r.high >>> 0) << 32n) | BigInt(r.low >>> 0);
}

function list(r: CborReader): string[] {
  const items: string[] = [];
  for (let item = diagnose(r); item !== ')'; item = diagnose(r)) items.push(item);
  return items;
}

function inParts(r: CborReader, empty: string): string {
  const parts = list(r);
  return parts.length === 0 ? empty : `(_ ${parts.join(', ')})`;
}

function pairs(items: readonly string[]): string[] {
  return items.flatMap((item, index) => (index % 2 === 0 ? [`${item}: ${items[index + 1] ?? 'nothing'}`] : []));
}

function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}
