// Good and bad code for the rules about functions, calls and recursion.

import { testRule } from './ruleTester.js';

testRule('no-function-values', {
  good: [
    'export function f(): void {} function g() { f(); }', 'declare function now(): number; function f() { return now(); }', 'function f() {} export { f };', 'import { g } from "./g.js"; function f() { g(); }',
    'function f(c: { f: number }) { return c.f; }', 'function f() {} type F = ReturnType<typeof f>;', 'function f(a: string) { return a.charCodeAt(0); }', 'function state() { return 1; } const a = { state: 1 };',
  ],
  bad: [
    ['const f = () => 1;', 'closure'], ['const f = function () {};', 'closure'], ['const a = { f() {} };', 'closure'], ['function f() { function g() {} g(); }', 'nested'],
    ['function f() {} const g = f;', 'value'], ['function f() {} function g(a: unknown) {} g(f);', 'value'], ['function f() {} function g() { return f; }', 'value'],
    ['function f() {} const table = { f };', 'value'], ['function f() {} const table = [f];', 'value'], ['function g(b: Uint8Array) { return b.set; }', 'value'],
    ['interface C { onMessage: () => void }', 'type'], ['function f(done: (n: number) => void) {}', 'type'], ['interface C { close(): void }', 'type'], ['type F = new () => object;', 'type'],
    ['function f() {} f.call(undefined);', 'value'], ['if (true) { function f() {} }', 'nested'],
  ],
});

testRule('plain-calls', {
  good: [
    'function f() {} function g() { f(); }', 'declare function now(): number; function f() { return now(); }', 'function g() {} function f() { (g)(); }',
    'function f(b: Uint8Array) { return b.length; }',
  ],
  bad: [
    ['function f(b: Uint8Array) { b.set(b, 1); }', 'method'], ['function f(b: Uint8Array) { b.fill(0); }', 'method'], ['function f(a: string) { return a.charCodeAt(0); }', 'method'],
    ['function f() { console.log(1); }', 'method'], ['function f() { return Date.now(); }', 'method'], ['function f(g: () => void) { g(); }', 'unknown'], ['function f(a: string) { return isNaN(1); }', 'unknown'],
    ['export function createClient(a: string) { return a.charCodeAt(0); }', 'method'], ['export function createView(b: Uint8Array) { return b.subarray(1); }', 'method'],
    ['const tables = [f]; function f() { tables[0](); }', 'unknown'],
  ],
});
testRule('plain-calls', { filename: 'bytes.ts', good: ['function f(b: Uint8Array) { b.set(b, 1); }'], bad: [['function f(g: () => void) { g(); }', 'unknown']] });
testRule('plain-calls', { options: { primitives: ['fast.ts'] }, filename: 'bytes.ts', good: [], bad: [['function f(b: Uint8Array) { b.fill(0); }', 'method']] });

testRule('no-recursion', {
  good: ['function f() {} function g() { f(); f(); } function h() { g(); f(); }', 'function f(n: number) { while (n > 0) n--; }', 'declare function f(): void; function g() { f(); }'],
  bad: [
    ['function f() { f(); }', 'recursive'], ['function f() { g(); } function g() { f(); }', 'recursive', 'recursive'],
    ['function f() { g(); } function g() { h(); } function h() { g(); }', 'recursive', 'recursive'], ['export function f(n: number): number { return n < 2 ? 1 : n * f(n - 1); }', 'recursive'],
  ],
});
