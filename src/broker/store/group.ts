/*
 * Records with neighbouring numbers as one value: a database that keeps 64 messages under one key does a sixty-fourth of
 * the work for messages that come and go in their order. Large records stay apart, so that what goes does not make them
 * be written again. Knows nothing of files. Changes together with database.ts; a change of form needs a new `formatName`.
 */
import { crc32 } from 'node:zlib';

export const groupRecords = 64;
/** Beyond this many bytes a record is kept apart. */
export const groupedBytesMax = 256;

/** In place of a record's length: the record is kept apart. */
const apartMark = 0xffffffff;

/** The bytes of each record by its place in the group; undefined for one that is kept apart. */
export type Group = Map<number, Uint8Array | undefined>;

/** The value of a group: its checksum, then for each record its place (1 byte), its length (4 bytes, or the mark) and its bytes. */
export function encodeGroup(group: Group): Buffer {
  let length = 4;
  for (const bytes of group.values()) length += 5 + (bytes?.length ?? 0);
  const value = Buffer.allocUnsafe(length);
  let at = 4;
  for (const place of [...group.keys()].sort((a, b) => a - b)) {
    const bytes = group.get(place);
    value[at] = place;
    value.writeUInt32LE(bytes === undefined ? apartMark : bytes.length, at + 1);
    at += 5;
    if (bytes === undefined) continue;
    value.set(bytes, at);
    at += bytes.length;
  }
  value.writeUInt32LE(crc32(value.subarray(4)), 0);
  return value;
}

/** Undefined if the value does not match its checksum. The group's bytes are views of the value. */
export function decodeGroup(value: Buffer): Group | undefined {
  if (value.length < 4 || value.readUInt32LE(0) !== crc32(value.subarray(4))) return undefined;
  const group: Group = new Map();
  for (let at = 4; at < value.length;) {
    const place = value[at];
    const length = value.readUInt32LE(at + 1);
    at += 5;
    if (length === apartMark) group.set(place, undefined);
    else {
      group.set(place, value.subarray(at, at + length));
      at += length;
    }
  }
  return group;
}
