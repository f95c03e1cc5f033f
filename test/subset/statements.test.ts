// Good and bad code for conditions, assignments, byte loops, names and imports.

import { testRule } from './ruleTester.js';

testRule('boolean-conditions', {
  good: [
    'function f(n: number) { if (n !== 0) f(1); while (n > 0 && n < 3) n--; }', 'function f(a: boolean, b: boolean) { return !a || b ? 1 : 2; }',
    'function f(n: number) { for (let i = 0; i < n; i++) f(i); do { n--; } while (n > 0); }', 'function f() { while (true) f(); }', 'function f() { for (;;) f(); }',
  ],
  bad: [
    ['function f(n: number) { if (n) f(1); }', 'condition'], ['function f(n: number) { while (n) n--; }', 'condition'], ['function f(n: number) { do n--; while (n); }', 'condition'],
    ['function f(n: number) { for (; n; ) n--; }', 'condition'], ['function f(n: number) { return n ? 1 : 2; }', 'condition'], ['function f(n: number) { return !n; }', 'condition'],
    ['function f(n: number, b: boolean) { return b && n; }', 'condition'], ['function f(n: number) { return n || 1; }', 'condition', 'condition'], ['function f(n: number) { if (n & 1) f(2); }', 'condition'],
    ['function f(s: string) { if (s) f(s); }', 'condition'], ['function f(b: boolean | undefined) { if (b) f(b); }', 'condition'], ['const enum E { A } function f(e: E) { if (e) f(e); }', 'condition'],
    ['function f(b: Uint8Array | undefined) { return b && b.length > 0; }', 'condition'],
  ],
});

testRule('no-assignment-value', {
  good: ['function f(n: number) { n = 1; n += 2; n++; for (let i = 0; i < n; i++) n--; }', 'function f(n: number) { for (n = 0; n < 3; n += 1) f(n); }'],
  bad: [
    ['function f(a: number, b: number) { a = b = 1; return a; }', 'value'], ['function f(n: number) { return n++; }', 'value'], ['function f(b: Uint8Array, n: number) { b[n++] = 1; }', 'value'],
    ['function f(n: number) { while ((n = n - 1) > 0) f(n); }', 'value'], ['function f(n: number) { f(n += 1); }', 'value'], ['function f(n: number) { if (--n > 0) f(n); }', 'value'],
  ],
});

const copyLoop = 'function f(to: Uint8Array, from: Uint8Array, n: number) { for (let i = 0; i < n; i++) to[i] = from[i]; }';
testRule('no-byte-loops', {
  good: [
    'function f(b: Uint8Array) { let sum = 0; for (let i = 0; i < 4; i++) sum += b[i]; return sum; }',
    'const enum Size { Id = 8 } function f(b: Uint8Array, at: number) { let sum = 0; for (let i = 1; i <= Size.Id; i++) sum += b[at + i]; return sum; }',
    'function f(ids: Int32Array, n: number) { for (let i = 0; i < n; i++) ids[i] = 0; }',
    'function f(b: Uint8Array, n: number, at: number) { for (let i = 0; i < n; i++) g(i, b[at]); } declare function g(i: number, n: number): void;',
    'export function createTable(t: Uint8Array) { for (let i = 0; i < 256; i++) t[i] = i & 255; }',
    'function f(b: Uint8Array, n: number) { return b[n]; }',
    'function f(b: Uint8Array, starts: Int32Array, n: number) { let sum = 0; for (let i = 0; i < n; i++) { const at = starts[i]; sum += b[at] + b[starts[i] + 1]; } return sum; }',
    'function f(b: Uint8Array, n: number) { let sum = 0; for (let i = 0; i < n; i++) sum += b[startOf(i)]; return sum; } declare function startOf(i: number): number;',
    'const enum Row { Size = 12 } function f(b: Uint8Array, n: number) { let sum = 0; for (let at = 0; at < n; at += Row.Size) sum += b[at]; return sum; }',
    'function f(b: Uint8Array, to: number) { let at = 0; while (at < to) at += b[at]; return at; }',
    'function f(b: Uint8Array, at: number) { let v = 0; for (let n = 0; n < 4 && b[at + n] > 127; n++) v += b[at + n]; return v; }',
    'function f(b: Uint8Array, at: number) { let v = 0; for (let shift = 0; shift < 28; shift += 7) { v += b[at]; at++; } return v; }',
  ],
  bad: [
    [copyLoop, 'loop'], ['function f(b: Uint8Array, n: number) { for (let i = 0; i < n; i += 1) b[i] = 0; }', 'loop'], ['function f(b: Uint8Array, n: number) { while (n > 0) { n -= 1; b[n] = 0; } }', 'loop'],
    ['function f(b: Uint8Array) { let i = 0; while (b[i] !== 0) i++; return i; }', 'loop'], ['function f(b: Uint8Array) { let i = 0; do { i = i + 1; } while (b[i] !== 0); }', 'loop'],
    ['function f(b: Uint8Array, n: number) { for (let i = 0; i < n; i++) { const at = i + 1; b[at] = 0; } }', 'loop'], ['interface R { at: number; b: Uint8Array } function f(r: R) { while (r.b[r.at] > 0) r.at++; }', 'loop'],
    ['function f(b: Uint8Array) { for (let i = 0; i < 9; i++) b[i] = 0; }', 'loop'], ['function f(b: Uint8Array, n: number) { for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) b[k] = 0; }', 'loop'],
    ['function f(b: Uint8Array, n: number) { for (let i = 0; i < n; i++) b[n - i] = 0; }', 'loop'],
  ],
});
testRule('no-byte-loops', { filename: 'bytes.ts', good: [copyLoop], bad: [] });
testRule('no-byte-loops', { options: { boundMax: 2 }, good: [], bad: [['function f(b: Uint8Array) { for (let i = 0; i < 4; i++) b[i] = 0; }', 'loop']] });

testRule('no-foreign-keywords', {
  good: ['function f(from: number, to: number) { return to - from; }', 'const enum Event { End, Not }', 'interface C { endAt: number }', 'function f(c: { length: number }) { return c.length; }'],
  bad: [
    ['function f(end: number) {}', 'keyword'], ['function register() {}', 'keyword'], ['function f() { const local = 1; return local; }', 'keyword'], ['interface C { until: number }', 'keyword'],
    ['interface C { "end": number }', 'keyword'], ['function createC() { return { not: true }; }', 'keyword'], ['const enum E { signed }', 'keyword'], ['import { a as then } from "./a.js";', 'keyword'],
    ['function f() {} export { f as repeat };', 'keyword'], ['declare function goto(): void;', 'keyword'],
    ['type union = number;', 'keyword'], ['interface struct { a: number }', 'keyword'], ['function f(short: number, long: number) {}', 'keyword', 'keyword'],
  ],
});

testRule('device-imports', {
  good: ['import { a } from "./a.js";', 'import { createClient } from "midge-mqtt/core";', 'import type { Socket } from "node:net";', 'import { type Socket } from "node:net";', 'export { a } from "../b.js";', 'export const a = 1;'],
  bad: [
    ['import { connect } from "node:net";', 'outside'], ['import "node:net";', 'outside'], ['import { type Socket, connect } from "node:net";', 'outside'], ['export { connect } from "node:net";', 'outside'],
    ['export * from "ws";', 'outside'], ['import * as bytes from "./bytes.js";', 'whole'], ['import bytes from "./bytes.js";', 'whole'], ['const a = import("./a.js");', 'whole'],
  ],
});
testRule('device-imports', {
  options: { folders: ['src/core'], packages: [] }, filename: 'src/core/planted.ts',
  good: ['import { a } from "./codes.js";', 'import { a } from "./inner/codes.js";', 'import type { A } from "../link/frame.js";'],
  bad: [['import { a } from "../link/frame.js";', 'outside'], ['import { a } from "../core2/frame.js";', 'outside'], ['import { createClient } from "midge-mqtt/core";', 'outside']],
});
