/** Writes an input's items again into a poisoned buffer of chosen room, and watches what lies around it. */
import { cborEnd, cborNext, cborReadFrom, CborType, cborWriteTo, createCborReader, createCborWriter, type CborStatus } from '../../src/cbor/index.js';
import { rewriteItem } from './rewrite-item.js';

const reader = createCborReader(16);
const writer = createCborWriter(16);
const margin = 16;
const poison = 0xa5;

export interface Rewritten {
  readonly ended: CborStatus;
  readonly written: Uint8Array;
  readonly outsideIsUntouched: boolean;
}

export function rewriteInto(bytes: Uint8Array, room: number): Rewritten {
  const buffer = new Uint8Array(margin + room + margin).fill(poison);
  cborReadFrom(reader, bytes, 0, bytes.length);
  cborWriteTo(writer, buffer, margin, margin + room);
  for (let type = cborNext(reader); type !== CborType.End && type !== CborType.Fault; type = cborNext(reader)) rewriteItem(reader, writer, type);
  const outside = [...buffer.subarray(0, margin), ...buffer.subarray(margin + room)];
  return {
    ended: cborEnd(writer),
    written: buffer.slice(margin, writer.at),
    outsideIsUntouched: outside.every((byte) => byte === poison) && writer.at <= margin + room,
  };
}
