// Good and bad code for the integer rules: literals, operators, shifts, byte stores.

import { testRule } from './ruleTester.js';

testRule('integer-literals', {
  good: ['const a = 2147483647;', 'const a = -2147483648;', 'const a = 0xff;', 'const a = 0x0e;', 'const a = 1_000;', 'const enum Limit { PayloadMax = 268435455 }'],
  bad: [
    ['const a = 1.5;', 'fraction'], ['const a = 1.0;', 'fraction'], ['const a = .5;', 'fraction'], ['const a = 1e3;', 'fraction'],
    ['const a = 2147483648;', 'range'], ['const a = -2147483649;', 'range'], ['const a = 0xffffffff;', 'range'], ['const enum E { A = 4294967295 }', 'range'],
    ['const a = 1n;', 'big'], ['const a = NaN;', 'special'], ['function f(a: number) { return a < Infinity; }', 'special'],
  ],
});

testRule('integer-operators', {
  good: [
    'function f(a: number, b: number) { return a + b - (a >>> 2); }',
    'function f(seconds: number) { return seconds * 1000; }',
    'function f(ids: Int32Array, b: Uint8Array) { return ids[0] * 4 + b.length * 2; }',
    'const enum Size { Record = 12 } function f(n: number) { return n * Size.Record; }',
    'function f(a: number, b: number) { return (a & 1023) * (b & 65535); }',
    'function f(b: Uint8Array, n: number) { return b[n] * 65536; }',
    'function f(a: number, b: number) { return (a & 255) % 7 + (a & 1023) % b; }',
  ],
  bad: [
    ['function f(a: number) { return a / 2; }', 'divides'], ['function f(a: number) { a /= 2; return a; }', 'divides'],
    ['function f(a: number) { return a ** 2; }', 'power'], ['function f(a: number) { a **= 2; return a; }', 'power'],
    ['function f(a: number) { return a >> 2; }', 'signedShift'], ['function f(a: number) { a >>= 2; return a; }', 'signedShift'],
    ['function f(a: number, b: number) { return a * b; }', 'product'], ['function f(a: number) { return a * 100000; }', 'product'],
    ['function f(a: number) { a *= a; return a; }', 'product'], ['function f(b: Uint8Array, n: number) { return b[n] * 16777216; }', 'product'],
    ['function f(a: number) { return a % 7; }', 'remainder'], ['function f(a: number) { return (a & 255) % 0; }', 'remainder'], ['function f(a: number) { return (a & 255) % -7; }', 'remainder'],
    ['function f(a: boolean) { return +a; }', 'plus'],
  ],
});

testRule('integer-operators', { options: { constantMax: 4 }, good: ['function f(a: number) { return a * 4; }'], bad: [['function f(a: number) { return a * 5; }', 'product']] });

testRule('bounded-shifts', {
  good: [
    'function f(b: Uint8Array, at: number) { return (b[at] << 8) | b[at + 1]; }',
    'function f(b: Uint8Array, at: number) { return ((b[at] & 127) << 24) | (b[at + 1] << 16); }',
    'function f(crc: number) { return ((crc << 1) ^ 4129) & 65535; }',
    'function f(a: number) { return (a << 4) & 255; }',
    'function f(bit: number) { return 1 << (bit & 7); }',
    'function f(a: number) { return a >>> 1; }',
    'function f(b: Uint8Array) { let v = 0; for (let shift = 0; shift < 28 && v >= 0; shift += 7) v |= (b[0] & 127) << shift; return v; }',
    'function f(n: number) { let s = 0; for (let shift = 19; shift >= 0; shift--) s += n < 1000 << shift ? 0 : 1 << shift; return s; }',
    'function f(a: number, n: number) { return (a & 65535) >>> (n & 15); }',
    'const enum Flag { Dup = 1 << 3 }',
    'function f(a: number) { a >>>= 4; return a; }',
  ],
  bad: [
    ['function f(a: number, n: number) { return (a & 1) << n; }', 'amount'], ['function f(a: number) { for (let s = 0; s < 40; s++) a += 1 << s; return a; }', 'amount'],
    ['function f(a: number, n: number) { for (let s = 0; s < n; s++) a += 1 << s; return a; }', 'amount'], ['function f(a: number) { for (let s = 0; s < 8; s++) { s += a; a += 1 << s; } return a; }', 'amount'],
    ['function f(a: number) { for (let s = 0; s < 40; s += 8) a += 1 << (s & 31); return a; }', 'left'], ['function f(a: number) { return a >>> 32; }', 'amount'], ['function f(a: number, n: number) { return a >>> n; }', 'amount'],
    ['function f(a: number) { return a << 8; }', 'left'], ['function f(b: Uint8Array) { return b[0] << 24; }', 'left'], ['function f(bit: number) { return 1 << (bit & 31); }', 'left'],
    ['function f(a: number) { return (a << 8) >>> 8; }', 'left'], ['function f(a: number) { a <<= 1; return a; }', 'left'], ['function f(a: number) { return (a << 8) & -2; }', 'left'],
    ['function f(a: number) { return a >>> 0; }', 'right'], ['function f(a: number, n: number) { return a >>> (n & 31); }', 'right'],
  ],
});

testRule('masked-stores', {
  good: [
    'function f(b: Uint8Array, n: number) { b[0] = n & 255; }',
    'function f(b: Uint8Array, n: number) { b[0] = (n >>> 8) & 255; b[1] = n >>> 24; }',
    'const enum Packet { Connect = 1, Publish = 3 } function f(b: Uint8Array, p: Packet) { b[0] = Packet.Publish; b[1] = p; b[2] = (p << 4) | 2; }',
    'function f(b: Uint8Array, from: Uint8Array) { b[0] = from[1]; b[1] |= 128; b[2] ^= from[0]; b[3] &= 7; }',
    'function f(b: Uint8Array, session: boolean) { b[0] = session ? 1 : 0; }',
    'const table: readonly number[] = [0, 255]; function f(b: Uint8Array, i: number) { b[i] = table[i & 1]; }',
    'function f(b: Uint8Array, n: number) { const low = n & 127; b[0] = low | 128; }',
    'function flags(retain: boolean): number { return retain ? 1 : 0; } function f(b: Uint8Array) { b[0] = flags(true) | 48; }',
    'function f(b: Uint8Array, dup: boolean) { let flags = 48; if (dup) flags |= 8; b[0] = flags; }',
    'function f(b: Int32Array, n: number) { b[0] = n; }',
    'function f(b: Uint16Array, n: number) { b[0] = n & 65535; }',
    'function f(b: Uint8Array, n: number) { b[0] = 255 - (n & 255); }',
  ],
  bad: [
    ['function f(b: Uint8Array, n: number) { b[0] = n; }', 'unmasked'], ['function f(b: Uint8Array) { b[0] = 256; }', 'unmasked'], ['function f(b: Uint8Array) { b[0] = -1; }', 'unmasked'],
    ['function f(b: Uint8Array, n: number) { b[0] = n >>> 8; }', 'unmasked'], ['function f(b: Uint8Array, n: number) { b[0] = n & 511; }', 'unmasked'],
    ['function f(b: Uint8Array) { b[0] = b[1] + 1; }', 'unmasked'], ['function f(b: Uint8Array) { b[0]++; }', 'unmasked'], ['function f(b: Uint8Array) { b[0] += 1; }', 'unmasked'],
    ['function f(b: Uint8Array, n: number) { b[0] |= n; }', 'unmasked'], ['const enum E { A = 300 } function f(b: Uint8Array) { b[0] = E.A; }', 'unmasked'],
    ['const table: readonly number[] = [0, 256]; function f(b: Uint8Array, i: number) { b[i] = table[i]; }', 'unmasked'],
    ['function f(b: Uint8Array, n: number) { let v = 1; v = n; b[0] = v; }', 'unmasked'], ['function f(b: Uint8Array, n: number) { let v = 0; v++; b[0] = v; }', 'unmasked'],
    ['function g(n: number): number { return n; } function f(b: Uint8Array) { b[0] = g(1); }', 'unmasked'],
    ['interface C { out: Uint8Array } function f(c: C, n: number) { c.out[0] = n; }', 'unmasked'], ['function f(b: Uint16Array, n: number) { b[0] = n; }', 'unmasked'],
    ['function f(b: Uint8Array) { b[0] = ~b[1]; }', 'unmasked'], ['function f(b: Uint8Array | undefined, n: number) { b![0] = n; }', 'unmasked'],
  ],
});
