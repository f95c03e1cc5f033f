// A tiny device program for the tests of the reports: correct device code.

const limits: readonly number[] = [16, 64];

export interface Buffer {
  readonly bytes: Uint8Array;
  count: number;
}

export function createBuffer(large: boolean): Buffer {
  return { bytes: new Uint8Array(limits[large ? 1 : 0]), count: 0 };
}

export function bufferRoom(b: Buffer): number {
  return b.bytes.length - b.count;
}

export function bufferPut(b: Buffer, value: number): boolean {
  if (bufferRoom(b) === 0) return false;
  b.bytes[b.count] = value & 255;
  b.count++;
  return true;
}
