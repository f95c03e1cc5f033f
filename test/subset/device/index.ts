// The entry points of the tiny device program.

import { bufferPut, createBuffer, type Buffer } from './buffer.js';

export { createBuffer };

export function putPair(b: Buffer, value: number): boolean {
  return putTwo(b, value >>> 8, value);
}

function putTwo(b: Buffer, high: number, low: number): boolean {
  return bufferPut(b, high) && bufferPut(b, low);
}
