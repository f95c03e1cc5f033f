/**
 * The specification's data types written into a buffer: integers, strings, binary data, variable byte integers.
 * A position of -1 means that an earlier write did not fit; every function passes it on, so that a packet is written
 * as a chain and checked once at its end. Must not know: packets, clients.
 *
 * Read first: MQTT 5.0 section 1.5.
 */
import { copyBytes, putText } from './bytes.js';

export const enum Wire {
  /** Largest string or binary data. */
  DataMax = 65535,
  /** Largest variable byte integer. */
  VarintMax = 268435455,
}

/** Bytes that `value` takes as a variable byte integer: 1 to 4. */
export function varintSize(value: number): number {
  if (value < 128) return 1;
  if (value < 16384) return 2;
  return value < 2097152 ? 3 : 4;
}

/**
 * Reads the variable byte integer at `bytes[at … to)`: its value shifted left by 3, with its size of 1 to 4 in the lower
 * bits. 0: it does not end before `to`. -1: longer than 4 bytes, or (`isStrict`) than it need be. [MQTT-1.5.5-1]
 */
export function readVarint(bytes: Uint8Array, at: number, to: number, isStrict: boolean): number {
  let value = 0;
  for (let size = 1; size < 5; size++) {
    const next = at + size - 1;
    if (next >= to) return 0;
    const byte = bytes[next];
    value |= (byte & 127) << ((size * 7 - 7) & 31);
    if (byte < 128) return byte === 0 && size > 1 && isStrict ? -1 : (value << 3) | size;
  }
  return -1;
}

/** Writes one byte; returns the next position, or -1. */
export function putByte(target: Uint8Array, at: number, value: number): number {
  if (at < 0 || at >= target.length) return -1;
  target[at] = value & 255;
  return at + 1;
}

/** Writes a two byte integer; returns the next position, or -1. */
export function putInt16(target: Uint8Array, at: number, value: number): number {
  return putByte(target, putByte(target, at, value >>> 8), value);
}

/** Writes a four byte integer (-1 stands for 0xFFFFFFFF); returns the next position, or -1. */
export function putInt32(target: Uint8Array, at: number, value: number): number {
  return putInt16(target, putInt16(target, at, value >>> 16), value);
}

/** Writes a variable byte integer; returns the next position, or -1. */
export function putVarint(target: Uint8Array, at: number, value: number): number {
  let next = at;
  let left = value;
  while (left > 127) {
    next = putByte(target, next, 128 | (left & 127));
    left = left >>> 7;
  }
  return putByte(target, next, left);
}

/** Writes a string with its length; returns the next position, or -1 (no room, or longer than 65,535 bytes). */
export function putString(target: Uint8Array, at: number, text: string): number {
  if (at < 0 || at + 2 > target.length) return -1;
  const next = putText(target, at + 2, target.length, text);
  if (next - at - 2 > Wire.DataMax) return -1;
  if (next >= 0) putInt16(target, at, next - at - 2);
  return next;
}

/** Writes bytes without a length; returns the next position, or -1. */
export function putBytes(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  if (at < 0 || at + to - from > target.length) return -1;
  copyBytes(target, at, source, from, to);
  return at + to - from;
}

/** Writes binary data with its length; returns the next position, or -1. */
export function putData(target: Uint8Array, at: number, source: Uint8Array, from: number, to: number): number {
  if (to - from > Wire.DataMax) return -1;
  return putBytes(target, putInt16(target, at, to - from), source, from, to);
}
