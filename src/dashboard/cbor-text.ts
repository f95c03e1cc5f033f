/*
 * CBOR as people read it: the diagnostic notation of RFC 8949 section 8. Must not know where the bytes come from.
 */
import { cborFloat, cborNext, cborReadFrom, CborType, type CborReader, createCborReader } from '../cbor/index.js';

const depthMax = 16;

/** Undefined when it is not exactly one item of CBOR. */
export function cborText(bytes: Uint8Array): string | undefined {
  const reader = createCborReader(depthMax);
  cborReadFrom(reader, bytes, 0, bytes.length);
  const item = itemText(reader, cborNext(reader));
  return item !== undefined && cborNext(reader) === CborType.End ? item : undefined;
}

function itemText(r: CborReader, type: CborType): string | undefined {
  switch (type) {
    case CborType.Unsigned: return String(wide(r));
    case CborType.Negative: return String(-1n - wide(r));
    case CborType.Text: return JSON.stringify(string(r).toString());
    case CborType.Bytes: return `h'${string(r).toString('hex')}'`;
    case CborType.Float: return String(cborFloat(r));
    case CborType.False: return 'false';
    case CborType.True: return 'true';
    case CborType.Null: return 'null';
    case CborType.Undefined: return 'undefined';
    case CborType.Simple: return `simple(${r.low})`;
    case CborType.Tag: {
      const tag = wide(r);
      const item = itemText(r, cborNext(r));
      return item === undefined ? undefined : `${tag}(${item})`;
    }
    case CborType.Array: return containerText(r, '[', ']', false);
    case CborType.Map: return containerText(r, '{', '}', true);
    case CborType.BytesOpen:
    case CborType.TextOpen: return containerText(r, '(_ ', ')', false);
    case CborType.End:
    case CborType.Close:
    case CborType.Fault: return undefined;
  }
}

function containerText(r: CborReader, open: string, close: string, isMap: boolean): string | undefined {
  const items: string[] = [];
  for (let type = cborNext(r); type !== CborType.Close; type = cborNext(r)) {
    const item = itemText(r, type);
    if (item === undefined) return undefined;
    items.push(item);
  }
  const shown = isMap ? items.flatMap((item, at) => at % 2 === 0 ? [`${item}: ${items[at + 1]}`] : []) : items;
  return `${open}${shown.join(', ')}${close}`;
}

function string(r: CborReader): Buffer {
  return Buffer.from(r.bytes.subarray(r.from, r.to));
}

function wide(r: CborReader): bigint {
  return (BigInt(r.high >>> 0) << 32n) | BigInt(r.low >>> 0);
}
