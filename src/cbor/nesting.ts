/**
 * Which arrays, maps and strings in parts are open, and what each still waits for: one rule book for writer and reader.
 * Must not know bytes.
 *
 * Read first: RFC 8949 section 3.2 (indefinite lengths) and appendix C (well-formedness).
 */
import { createInts } from './primitives.js';
import { CborStatus, Major } from './codes.js';

/** What an open container waits for: zero or more is the number of items left, below zero there is no number. */
export const enum Left {
  /** Items until a break; at the outermost level until the input ends. */
  Items = -1,
  /** Keys and values until a break, a key next. */
  Key = -2,
  /** Keys and values until a break, a value next. */
  Value = -3,
  ByteChunks = -4,
  TextChunks = -5,
}

export interface CborNesting {
  /** Containers open now: the index of the innermost in `left`. */
  depth: number;
  /** The number or rule per open container; the first is the outermost level, a sequence of items. */
  left: Int32Array;
  /** A tag has been seen and its item is still to come. */
  tagged: boolean;
}

/** `depthMax` containers inside each other at most; 4 bytes each. */
export function createNesting(depthMax: number): CborNesting {
  return { depth: 0, left: createInts(depthMax + 1), tagged: false };
}

export function nestingStart(n: CborNesting): void {
  n.depth = 0;
  n.left[0] = Left.Items;
  n.tagged = false;
}

/** Counts one item of a major type; `whole` is false for a string in parts. Changes nothing when the item may not stand here. */
export function nestingItem(n: CborNesting, major: Major, whole: boolean): CborStatus {
  const left = n.left[n.depth];
  if (left <= Left.ByteChunks) {
    const allowed = left === Left.ByteChunks ? Major.Bytes : Major.Text;
    return major === allowed && whole ? CborStatus.Ok : CborStatus.BadChunk;
  }
  if (major === Major.Tag) {
    n.tagged = true;
    return CborStatus.Ok;
  }
  n.tagged = false;
  if (left > 0) {
    n.left[n.depth] = left - 1;
  } else if (left === Left.Key) {
    n.left[n.depth] = Left.Value;
  } else if (left === Left.Value) {
    n.left[n.depth] = Left.Key;
  }
  return CborStatus.Ok;
}

/** Whether one more container may be opened inside the innermost. */
export function nestingHasRoom(n: CborNesting): boolean {
  return n.depth + 1 < n.left.length;
}

/** Opens a container that has been counted as an item, and for which there is room. */
export function nestingOpen(n: CborNesting, left: number): void {
  n.depth++;
  n.left[n.depth] = left;
}

/** Closes the innermost container by a break. */
export function nestingBreak(n: CborNesting): CborStatus {
  const left = n.left[n.depth];
  if (n.depth === 0 || left >= 0 || n.tagged) return CborStatus.BadBreak;
  if (left === Left.Value) return CborStatus.OddMap;
  n.depth--;
  return CborStatus.Ok;
}
