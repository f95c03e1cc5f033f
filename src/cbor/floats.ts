/**
 * Floating-point numbers as bytes, most significant first, in 2, 4 or 8 of them. A target may replace this file, and a program that
 * never calls it does not contain it: some platforms have no floats. Must not know items.
 *
 * Read first: RFC 8949 section 3.3 and appendix D (half-precision).
 */

/* eslint-disable midge/integer-literals, midge/bounded-shifts, midge/masked-stores, midge/no-module-state --
   The one file that handles floats, which are outside the subset; a target without this memory layout brings its own. Its shifts are
   bounded by the exponents just compared, and its only state is scratch memory that no call leaves anything in. */

/** One memory seen as numbers and as bytes; the only way to a float's bits that allocates nothing. */
interface FloatScratch {
  bytes: Uint8Array;
  asFloat32: Float32Array;
  asFloat64: Float64Array;
  /** Turns an index of a float64's bytes, most significant first, into one of this machine's: exclusive or. */
  flip64: number;
  flip32: number;
}

function createFloatScratch(): FloatScratch {
  const asFloat64 = new Float64Array(1);
  const bytes = new Uint8Array(asFloat64.buffer);
  asFloat64[0] = 1;
  const isLittleEndian = bytes[7] !== 0;
  return { bytes: bytes, asFloat32: new Float32Array(asFloat64.buffer), asFloat64: asFloat64, flip64: isLittleEndian ? 7 : 0, flip32: isLittleEndian ? 3 : 0 };
}

const scratch = createFloatScratch();

/** The fewest bytes that hold the value exactly: 2, 4 or 8. [RFC 8949 section 4.1] */
export function floatSize(value: number): number {
  if (value !== value) return 2;
  scratch.asFloat32[0] = value;
  if (scratch.asFloat32[0] !== value) return 8;
  const exponent = singleExponent();
  const mantissa = singleMantissa();
  if (exponent === 0) return mantissa === 0 ? 2 : 4;
  if (exponent === 255 || (exponent >= 113 && exponent <= 142)) return (mantissa & 0x1fff) === 0 ? 2 : 4;
  // Between 2^-24 and 2^-14 a half has fewer digits, the smaller the fewer.
  if (exponent < 103 || exponent > 112) return 4;
  return ((mantissa | 0x800000) & ((1 << (126 - exponent)) - 1)) === 0 ? 2 : 4;
}

/** Writes the value to `target[at … at + size)`; `size` is what `floatSize` gave, or more. */
export function putFloat(target: Uint8Array, at: number, size: number, value: number): void {
  if (size === 2) {
    const half = halfOf(value);
    target[at] = half >>> 8;
    target[at + 1] = half & 0xff;
  } else if (size === 4) {
    scratch.asFloat32[0] = value;
    for (let i = 0; i < 4; i++) target[at + i] = scratch.bytes[i ^ scratch.flip32];
  } else {
    scratch.asFloat64[0] = value;
    for (let i = 0; i < 8; i++) target[at + i] = scratch.bytes[i ^ scratch.flip64];
  }
}

/** The value of `bytes[at … at + size)`; `size` is 2, 4 or 8. */
export function getFloat(bytes: Uint8Array, at: number, size: number): number {
  if (size === 8) {
    for (let i = 0; i < 8; i++) scratch.bytes[i ^ scratch.flip64] = bytes[at + i];
    return scratch.asFloat64[0];
  }
  if (size === 4) {
    for (let i = 0; i < 4; i++) scratch.bytes[i ^ scratch.flip32] = bytes[at + i];
    return scratch.asFloat32[0];
  }
  return fromHalf(bytes[at], bytes[at + 1]);
}

function singleByte(index: number): number {
  return scratch.bytes[index ^ scratch.flip32];
}

function singleExponent(): number {
  return ((singleByte(0) & 0x7f) << 1) | (singleByte(1) >>> 7);
}

function singleMantissa(): number {
  return ((singleByte(1) & 0x7f) << 16) | (singleByte(2) << 8) | singleByte(3);
}

function halfOf(value: number): number {
  if (value !== value) return 0x7e00;
  scratch.asFloat32[0] = value;
  const sign = (singleByte(0) & 0x80) << 8;
  const exponent = singleExponent();
  if (exponent === 255) return sign | 0x7c00;
  if (exponent >= 113) return sign | ((exponent - 112) << 10) | (singleMantissa() >>> 13);
  return exponent < 103 ? sign : sign | ((singleMantissa() | 0x800000) >>> (126 - exponent));
}

function fromHalf(first: number, second: number): number {
  const exponent = (first >>> 2) & 31;
  const mantissa = ((first & 3) << 8) | second;
  if (exponent === 0) {
    const small = mantissa * 5.960464477539063e-8; // 2^-24
    return first < 128 ? small : -small;
  }
  const wide = exponent === 31 ? 255 : exponent + 112;
  scratch.bytes[0 ^ scratch.flip32] = (first & 0x80) | (wide >>> 1);
  scratch.bytes[1 ^ scratch.flip32] = ((wide & 1) << 7) | (mantissa >>> 3);
  scratch.bytes[2 ^ scratch.flip32] = (mantissa & 7) << 5;
  scratch.bytes[3 ^ scratch.flip32] = 0;
  return scratch.asFloat32[0];
}
