/**
 * Reads CBOR from a caller's buffer, one item per call, in place: strings are ranges of the input. Every byte is checked; whatever a sender
 * does wrong ends in a status. Must not know what the items mean.
 *
 * Read first: RFC 8949 section 3 and appendix C (well-formedness).
 */
import { createBytes, equalBytes } from './primitives.js';
import { CborStatus, CborType, Info, Initial, Major } from './codes.js';
import { getFloat } from './floats.js';
import { createNesting, Left, nestingBreak, nestingHasRoom, nestingItem, nestingOpen, nestingStart, type CborNesting } from './nesting.js';
import { isText } from './text.js';

export interface CborReader {
  /** The caller's buffer: the reader looks at `bytes[at … limit)` and stores nothing. */
  bytes: Uint8Array;
  at: number;
  limit: number;
  status: CborStatus;
  /** What `cborNext` returned last. */
  type: CborType;
  /** The argument of an integer, tag or simple value: halves of 32 bits; one with its top bit set is negative as int32. */
  high: number;
  low: number;
  /** The integer as int32, after `cborInt` said Ok. */
  value: number;
  /** Items of an array, keys of a map; -1 when they are as many as come. */
  count: number;
  /** A string or float is `bytes[from … to)`. */
  from: number;
  to: number;
  nesting: CborNesting;
}

/** A reader for at most `depthMax` containers inside each other. Give it input with `cborReadFrom`. */
export function createCborReader(depthMax: number): CborReader {
  return {
    bytes: createBytes(0), at: 0, limit: 0, status: CborStatus.Ok, type: CborType.End, high: 0, low: 0, value: 0, count: 0, from: 0, to: 0,
    nesting: createNesting(depthMax),
  };
}

/** Begins afresh with `bytes[from … limit)`: one item or a sequence of them. The bytes must stay as they are while they are read. */
export function cborReadFrom(r: CborReader, bytes: Uint8Array, from: number, limit: number): void {
  r.bytes = bytes;
  r.at = from;
  r.limit = limit;
  r.status = CborStatus.Ok;
  r.type = CborType.End;
  nestingStart(r.nesting);
}

/**
 * Goes to the next item and returns its type; the fields that are valid with it stand at `CborType`. Arrays, maps and strings in parts end
 * with Close, whether they have a count or not. After a Fault every further call returns Fault.
 */
export function cborNext(r: CborReader): CborType {
  if (r.status !== CborStatus.Ok) return CborType.Fault;
  const n = r.nesting;
  if (n.left[n.depth] === 0) {
    n.depth--;
    r.type = CborType.Close;
    return CborType.Close;
  }
  if (r.at >= r.limit) {
    if (n.depth > 0 || n.tagged) return faulty(r, CborStatus.Truncated);
    r.type = CborType.End;
    return CborType.End;
  }
  const initial = r.bytes[r.at];
  if (initial === Initial.Break) {
    const status = nestingBreak(n);
    if (status !== CborStatus.Ok) return faulty(r, status);
    r.at++;
    r.type = CborType.Close;
    return CborType.Close;
  }
  const major = initial >>> 5;
  const info = initial & 31;
  if (info === Info.Indefinite) return openIndefinite(r, major);
  if (info > Info.EightBytes) return faulty(r, CborStatus.Reserved);
  const next = r.at + 1 + (info < Info.OneByte ? 0 : 1 << (info & 3));
  if (next > r.limit) return faulty(r, CborStatus.Truncated);
  readArgument(r, info);
  if (major === Major.Simple) return simpleOrFloat(r, info, next);
  if (major === Major.Array || major === Major.Map) return openCounted(r, major, next);
  if (major === Major.Bytes || major === Major.Text) return stringOf(r, major, next);
  return accepted(r, major, next, major === Major.Tag ? CborType.Tag : major === Major.Negative ? CborType.Negative : CborType.Unsigned);
}

/** Passes over what is left of the item that `cborNext` returned last: the inside of a container, the item of a tag. */
export function cborSkip(r: CborReader): CborStatus {
  let type = r.type;
  const isOpen = type === CborType.Array || type === CborType.Map || type === CborType.BytesOpen || type === CborType.TextOpen;
  const depth = isOpen ? r.nesting.depth - 1 : r.nesting.depth;
  while (r.status === CborStatus.Ok && (r.nesting.depth > depth || type === CborType.Tag)) type = cborNext(r);
  return r.status;
}

/** Whether the integer read last is an int32, which is then in `value`; else TooBig or WrongType. */
export function cborInt(r: CborReader): CborStatus {
  if (r.type !== CborType.Unsigned && r.type !== CborType.Negative) return CborStatus.WrongType;
  if (r.high !== 0 || r.low < 0) return CborStatus.TooBig;
  r.value = r.type === CborType.Unsigned ? r.low : -1 - r.low;
  return CborStatus.Ok;
}

/** The value of the Float read last; 0 for any other type. */
export function cborFloat(r: CborReader): number {
  return r.type === CborType.Float ? getFloat(r.bytes, r.from, r.to - r.from) : 0;
}

/** Whether the Bytes or Text read last are `other[from … to)`: how a program recognises a key without making a string. */
export function cborIs(r: CborReader, other: Uint8Array, from: number, to: number): boolean {
  if (r.type !== CborType.Bytes && r.type !== CborType.Text) return false;
  return r.to - r.from === to - from && equalBytes(r.bytes, r.from, other, from, to);
}

function faulty(r: CborReader, status: CborStatus): CborType {
  r.status = status;
  r.type = CborType.Fault;
  return CborType.Fault;
}

/** Counts the item in its container and leaves it behind. */
function accepted(r: CborReader, major: Major, next: number, type: CborType): CborType {
  const status = nestingItem(r.nesting, major, true);
  if (status !== CborStatus.Ok) return faulty(r, status);
  r.at = next;
  r.type = type;
  return type;
}

function readArgument(r: CborReader, info: number): void {
  const at = r.at + 1;
  r.high = 0;
  if (info < Info.OneByte) {
    r.low = info;
  } else if (info === Info.OneByte) {
    r.low = r.bytes[at];
  } else if (info === Info.TwoBytes) {
    r.low = (r.bytes[at] << 8) | r.bytes[at + 1];
  } else if (info === Info.FourBytes) {
    r.low = halfAt(r.bytes, at);
  } else {
    r.high = halfAt(r.bytes, at);
    r.low = halfAt(r.bytes, at + 4);
  }
}

/** Four bytes as int32. A shift into the top bit would give a negative number in JavaScript, a positive one in Lua 5.3. */
function halfAt(bytes: Uint8Array, at: number): number {
  const rest = ((bytes[at] & 127) << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  return bytes[at] < 128 ? rest : rest - 2147483647 - 1;
}

function simpleOrFloat(r: CborReader, info: number, next: number): CborType {
  let type = CborType.Simple;
  if (info > Info.OneByte) {
    type = CborType.Float;
    r.from = r.at + 1;
    r.to = next;
  } else if (info === Info.OneByte) {
    if (r.low < 32) return faulty(r, CborStatus.BadSimple);
  } else if (info >= Info.False) {
    type = info === Info.False ? CborType.False : info === Info.True ? CborType.True : info === Info.Null ? CborType.Null : CborType.Undefined;
  }
  return accepted(r, Major.Simple, next, type);
}

/** Each item needs a byte at least, so a count beyond the input's end shows at once, and no count is beyond int32. */
function openCounted(r: CborReader, major: Major, next: number): CborType {
  const room = r.limit - next;
  if (r.high !== 0 || r.low < 0 || r.low > (major === Major.Map ? room >>> 1 : room)) return faulty(r, CborStatus.Truncated);
  if (!nestingHasRoom(r.nesting)) return faulty(r, CborStatus.TooDeep);
  const type = accepted(r, major, next, major === Major.Map ? CborType.Map : CborType.Array);
  if (type === CborType.Fault) return type;
  r.count = r.low;
  nestingOpen(r.nesting, major === Major.Map ? r.low * 2 : r.low);
  return type;
}

function stringOf(r: CborReader, major: Major, next: number): CborType {
  if (r.high !== 0 || r.low < 0 || r.low > r.limit - next) return faulty(r, CborStatus.Truncated);
  if (major === Major.Text && !isText(r.bytes, next, next + r.low)) return faulty(r, CborStatus.BadText);
  r.from = next;
  r.to = next + r.low;
  return accepted(r, major, r.to, major === Major.Text ? CborType.Text : CborType.Bytes);
}

function openIndefinite(r: CborReader, major: Major): CborType {
  if (major < Major.Bytes || major > Major.Map) return faulty(r, CborStatus.Reserved);
  const status = nestingItem(r.nesting, major, false);
  if (status !== CborStatus.Ok) return faulty(r, status);
  if (!nestingHasRoom(r.nesting)) return faulty(r, CborStatus.TooDeep);
  r.at++;
  r.count = -1;
  let type = CborType.Array;
  let left = Left.Items;
  if (major === Major.Map) {
    type = CborType.Map;
    left = Left.Key;
  } else if (major === Major.Bytes) {
    type = CborType.BytesOpen;
    left = Left.ByteChunks;
  } else if (major === Major.Text) {
    type = CborType.TextOpen;
    left = Left.TextChunks;
  }
  nestingOpen(r.nesting, left);
  r.type = type;
  return type;
}
