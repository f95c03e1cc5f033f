/**
 * Writes CBOR into a caller's buffer, each item in its shortest form, and refuses what would not be well-formed. The first failure stays:
 * later calls do nothing, so that a program may write many items and ask once, at `cborEnd`. Must not know what the items mean.
 *
 * Read first: RFC 8949 sections 3 and 4.1 (preferred serialization).
 */
import { copyBytes, createBytes, putText } from './primitives.js';
import { CborStatus, Info, Initial, Major } from './codes.js';
import { floatSize, putFloat } from './floats.js';
import { createNesting, Left, nestingBreak, nestingHasRoom, nestingItem, nestingOpen, nestingStart, type CborNesting } from './nesting.js';
import { isText } from './text.js';

export interface CborWriter {
  /** The caller's buffer; the writer stores in `bytes[from … limit)` only. */
  bytes: Uint8Array;
  from: number;
  /** Where the next item goes: what has been written is `bytes[from … at)`. */
  at: number;
  limit: number;
  status: CborStatus;
  nesting: CborNesting;
}

/** A writer with at most `depthMax` containers inside each other, of any length. Give it a buffer with `cborWriteTo`. */
export function createCborWriter(depthMax: number): CborWriter {
  return { bytes: createBytes(0), from: 0, at: 0, limit: 0, status: CborStatus.Ok, nesting: createNesting(depthMax) };
}

/** Begins afresh in `bytes[from … limit)`. The buffer stays the caller's; the writer uses it until the next `cborWriteTo`. */
export function cborWriteTo(w: CborWriter, bytes: Uint8Array, from: number, limit: number): void {
  w.bytes = bytes;
  w.from = from;
  w.at = from;
  w.limit = limit;
  w.status = CborStatus.Ok;
  nestingStart(w.nesting);
}

/** Ok when all that was opened has been closed and nothing failed. The result is `bytes[from … at)`. */
export function cborEnd(w: CborWriter): CborStatus {
  if (w.status !== CborStatus.Ok) return w.status;
  return w.nesting.depth > 0 || w.nesting.tagged ? CborStatus.Unfinished : CborStatus.Ok;
}

/** An integer from -2147483648 to 2147483647. */
export function cborPutInt(w: CborWriter, value: number): CborStatus {
  if (!isInteger(value) || value < -2147483648 || value > 2147483647) return failed(w, CborStatus.BadRange);
  return value < 0 ? putItem(w, Major.Negative, 0, -1 - value) : putItem(w, Major.Unsigned, 0, value);
}

/** An integer from 0 to 2^64 - 1, as two halves of 32 bits; a half with its top bit set is negative as int32. */
export function cborPutUnsigned(w: CborWriter, high: number, low: number): CborStatus {
  return putItem(w, Major.Unsigned, high, low);
}

/** The integer -1 minus what the halves hold: down to -2^64. */
export function cborPutNegative(w: CborWriter, high: number, low: number): CborStatus {
  return putItem(w, Major.Negative, high, low);
}

/** The byte string `source[from … to)`; also a chunk inside `cborOpenBytes`. */
export function cborPutBytes(w: CborWriter, source: Uint8Array, from: number, to: number): CborStatus {
  return putString(w, Major.Bytes, source, from, to);
}

/** The text string whose UTF-8 is `source[from … to)`; also a chunk inside `cborOpenText`. */
export function cborPutTextBytes(w: CborWriter, source: Uint8Array, from: number, to: number): CborStatus {
  if (w.status !== CborStatus.Ok) return w.status;
  if (!isRange(source, from, to) || !isText(source, from, to)) return failed(w, CborStatus.BadRange);
  return putString(w, Major.Text, source, from, to);
}

/** A text string; also a chunk inside `cborOpenText`. */
export function cborPutText(w: CborWriter, text: string): CborStatus {
  if (w.status !== CborStatus.Ok) return w.status;
  // How long the text is in UTF-8 shows when it has been written, behind as short a head as it could have; only text
  // that is longer in UTF-8 and so outgrows that head is written a second time.
  let start = w.at + headSize(0, text.length);
  let stop = putText(w.bytes, start, w.limit, text);
  if (stop < 0) return failed(w, CborStatus.NoRoom);
  const count = stop - start;
  start = w.at + headSize(0, count);
  if (start + count !== stop) {
    stop = putText(w.bytes, start, w.limit, text);
    if (stop < 0) return failed(w, CborStatus.NoRoom);
  }
  if (!isText(w.bytes, start, stop)) return failed(w, CborStatus.BadRange);
  if (putItem(w, Major.Text, 0, count) !== CborStatus.Ok) return w.status;
  w.at = stop;
  return CborStatus.Ok;
}

/** An array of `count` items, which follow; it closes itself with the last of them. */
export function cborPutArray(w: CborWriter, count: number): CborStatus {
  return putContainer(w, Major.Array, count, count);
}

/** A map of `count` keys, each followed by its value; it closes itself with the last value. */
export function cborPutMap(w: CborWriter, count: number): CborStatus {
  return putContainer(w, Major.Map, count, count * 2);
}

/** An array of as many items as come until `cborClose`. */
export function cborOpenArray(w: CborWriter): CborStatus {
  return putOpen(w, Major.Array, Left.Items);
}

/** A map of as many keys and values as come until `cborClose`. */
export function cborOpenMap(w: CborWriter): CborStatus {
  return putOpen(w, Major.Map, Left.Key);
}

/** A byte string in parts: `cborPutBytes` until `cborClose`. */
export function cborOpenBytes(w: CborWriter): CborStatus {
  return putOpen(w, Major.Bytes, Left.ByteChunks);
}

/** A text string in parts: `cborPutText` until `cborClose`. */
export function cborOpenText(w: CborWriter): CborStatus {
  return putOpen(w, Major.Text, Left.TextChunks);
}

/** Ends the innermost array, map or string that was opened without a count. */
export function cborClose(w: CborWriter): CborStatus {
  if (w.status !== CborStatus.Ok) return w.status;
  if (w.at >= w.limit) return failed(w, CborStatus.NoRoom);
  if (nestingBreak(w.nesting) !== CborStatus.Ok) return failed(w, CborStatus.BadPlace);
  w.bytes[w.at] = Initial.Break;
  w.at++;
  closeFinished(w);
  return CborStatus.Ok;
}

/** A tag from 0 to 2147483647 for the next item. */
export function cborPutTag(w: CborWriter, tag: number): CborStatus {
  if (!isInteger(tag) || tag < 0 || tag > 2147483647) return failed(w, CborStatus.BadRange);
  return putItem(w, Major.Tag, 0, tag);
}

/** A tag up to 2^64 - 1, as two halves, for the next item. */
export function cborPutLongTag(w: CborWriter, high: number, low: number): CborStatus {
  return putItem(w, Major.Tag, high, low);
}

export function cborPutBoolean(w: CborWriter, value: boolean): CborStatus {
  return putItem(w, Major.Simple, 0, value ? Info.True : Info.False);
}

export function cborPutNull(w: CborWriter): CborStatus {
  return putItem(w, Major.Simple, 0, Info.Null);
}

export function cborPutUndefined(w: CborWriter): CborStatus {
  return putItem(w, Major.Simple, 0, Info.Undefined);
}

/** A simple value by its number: 0 to 23 or 32 to 255. */
export function cborPutSimple(w: CborWriter, value: number): CborStatus {
  if (!isInteger(value) || value < 0 || value > 255 || (value >= 24 && value < 32)) return failed(w, CborStatus.BadRange);
  return putItem(w, Major.Simple, 0, value);
}

/** A floating-point number in as few bytes as hold it exactly. */
export function cborPutFloat(w: CborWriter, value: number): CborStatus {
  if (w.status !== CborStatus.Ok) return w.status;
  const size = floatSize(value);
  if (w.at + 1 + size > w.limit) return failed(w, CborStatus.NoRoom);
  if (nestingItem(w.nesting, Major.Simple, true) !== CborStatus.Ok) return failed(w, CborStatus.BadPlace);
  w.bytes[w.at] = (Major.Simple << 5) | (size === 2 ? Info.TwoBytes : size === 4 ? Info.FourBytes : Info.EightBytes);
  putFloat(w.bytes, w.at + 1, size, value);
  w.at += 1 + size;
  closeFinished(w);
  return CborStatus.Ok;
}

/** Fractions, NaN and infinities come from callers without types; storing one would give another number or, in Lua 5.3, an error. */
function isInteger(value: number): boolean {
  // eslint-disable-next-line midge/integer-operators -- whether there is a remainder at all is the same in every language
  return value % 1 === 0;
}

function failed(w: CborWriter, status: CborStatus): CborStatus {
  if (w.status === CborStatus.Ok) w.status = status;
  return w.status;
}

/** Bytes of an item's head for an argument given as halves. */
function headSize(high: number, low: number): number {
  if (high !== 0) return 9;
  if (low < 0 || low > 0xffff) return 5;
  if (low > 0xff) return 3;
  return low < Info.OneByte ? 1 : 2;
}

/** An item that is nothing but its head. */
function putItem(w: CborWriter, major: Major, high: number, low: number): CborStatus {
  if (w.status !== CborStatus.Ok) return w.status;
  const size = headSize(high, low);
  if (w.at + size > w.limit) return failed(w, CborStatus.NoRoom);
  if (nestingItem(w.nesting, major, true) !== CborStatus.Ok) return failed(w, CborStatus.BadPlace);
  putHead(w, major, size, high, low);
  if (major !== Major.Tag) closeFinished(w);
  return CborStatus.Ok;
}

function putHead(w: CborWriter, major: Major, size: number, high: number, low: number): void {
  const at = w.at;
  w.at = at + size;
  if (size === 1) {
    w.bytes[at] = (major << 5) | (low & 31);
  } else if (size === 2) {
    w.bytes[at] = (major << 5) | Info.OneByte;
    w.bytes[at + 1] = low & 0xff;
  } else if (size === 3) {
    w.bytes[at] = (major << 5) | Info.TwoBytes;
    w.bytes[at + 1] = (low >>> 8) & 0xff;
    w.bytes[at + 2] = low & 0xff;
  } else if (size === 5) {
    w.bytes[at] = (major << 5) | Info.FourBytes;
    putHalf(w.bytes, at + 1, low);
  } else {
    w.bytes[at] = (major << 5) | Info.EightBytes;
    putHalf(w.bytes, at + 1, high);
    putHalf(w.bytes, at + 5, low);
  }
}

function putHalf(bytes: Uint8Array, at: number, half: number): void {
  bytes[at] = (half >>> 24) & 0xff;
  bytes[at + 1] = (half >>> 16) & 0xff;
  bytes[at + 2] = (half >>> 8) & 0xff;
  bytes[at + 3] = half & 0xff;
}

function isRange(source: Uint8Array, from: number, to: number): boolean {
  return from >= 0 && from <= to && to <= source.length;
}

function putString(w: CborWriter, major: Major, source: Uint8Array, from: number, to: number): CborStatus {
  if (!isRange(source, from, to)) return failed(w, CborStatus.BadRange);
  const count = to - from;
  if (w.at + headSize(0, count) + count > w.limit) return failed(w, CborStatus.NoRoom);
  if (putItem(w, major, 0, count) !== CborStatus.Ok) return w.status;
  copyBytes(w.bytes, w.at, source, from, to);
  w.at += count;
  return CborStatus.Ok;
}

function putContainer(w: CborWriter, major: Major, count: number, items: number): CborStatus {
  if (w.status !== CborStatus.Ok) return w.status;
  if (!isInteger(count) || count < 0 || items > 0x3fffffff) return failed(w, CborStatus.BadRange);
  if (!nestingHasRoom(w.nesting)) return failed(w, CborStatus.TooDeep);
  const size = headSize(0, count);
  if (w.at + size > w.limit) return failed(w, CborStatus.NoRoom);
  if (nestingItem(w.nesting, major, true) !== CborStatus.Ok) return failed(w, CborStatus.BadPlace);
  putHead(w, major, size, 0, count);
  nestingOpen(w.nesting, items);
  closeFinished(w);
  return CborStatus.Ok;
}

function putOpen(w: CborWriter, major: Major, left: Left): CborStatus {
  if (w.status !== CborStatus.Ok) return w.status;
  if (!nestingHasRoom(w.nesting)) return failed(w, CborStatus.TooDeep);
  if (w.at >= w.limit) return failed(w, CborStatus.NoRoom);
  if (nestingItem(w.nesting, major, false) !== CborStatus.Ok) return failed(w, CborStatus.BadPlace);
  w.bytes[w.at] = (major << 5) | Info.Indefinite;
  w.at++;
  nestingOpen(w.nesting, left);
  return CborStatus.Ok;
}

/** An item may have been the last of its container, and that container the last item of the one around it. */
function closeFinished(w: CborWriter): void {
  const n = w.nesting;
  while (n.depth > 0 && n.left[n.depth] === 0) n.depth--;
}
