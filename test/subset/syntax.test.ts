// Good and bad code for each row of the syntax table.

import test from 'ava';
import { syntaxTable } from '../../src/subset/syntaxTable.js';
import { testRule } from './ruleTester.js';

/** For each rule: code that passes, then codes that fail once each. */
const cases: Record<string, { good: string[]; bad: string[] }> = {
  'no-classes': { good: ['interface Client { state: number }'], bad: ['class Client {}', 'const kind = class {};'] },
  'no-namespaces': { good: ['const enum State { Idle }'], bad: ['namespace inner { export const a = 1; }'] },
  'no-exceptions': {
    good: ['function f(n: number): number { if (n < 0) return -1; return n; }'],
    bad: ['function f() { throw 1; }', 'function f() { try { f(); } finally { f(); } }'],
  },
  'no-spread': {
    good: ['function f(a: number, b: number): void {}'],
    bad: ['function f(...all: number[]) {}', 'const a = [1]; const b = [...a];', 'const a = { b: 1 }; const c = { ...a };', 'declare const a: [number]; function f(n: number) {} f(...a);'],
  },
  'plain-parameters': {
    good: ['function f(a: number): void {}', 'interface Config { keepAlive?: number }'],
    bad: ['function f(a = 1) {}', 'function f(a?: number) {}', 'declare function f(a?: number): void;'],
  },
  'no-destructuring': {
    good: ['function f(c: { a: number }): number { const a = c.a; return a; }'],
    bad: ['function f(c: { a: number }) { const { a } = c; return a; }', 'function f([a]: number[]) { return a; }'],
  },
  'no-regexp': { good: ['const slash = 47;'], bad: ['const r = /a/;'] },
  'no-generators': { good: ['function f(): void {}'], bad: ['function* f() {}'] },
  'no-async': { good: ['function f(): void {}'], bad: ['async function f() {}'] },
  'no-accessors': { good: ['const a = { b: 1 };'], bad: ['const a = { get b() { return 1; } };', 'const a = { set b(n: number) {} };', 'interface A { get b(): number }'] },
  'no-any': { good: ['function f(n: number): void {}'], bad: ['function f(n: any) {}', 'const a = 1 as any;'] },
  'no-for-each': {
    good: ['function f(n: number) { for (let i = 0; i < n; i++) f(i); }'],
    bad: ['function f(a: number[]) { for (const n of a) f([n]); }', 'function f(a: number[]) { for (const n in a) f(a); }'],
  },
  'no-optional-chaining': { good: ['function f(c: { a: number }) { return c.a; }'], bad: ['function f(c?: { a: number }) { return c?.a; }'] },
  'no-nullish': {
    good: ['function f(a: boolean, b: boolean) { return a || b; }'],
    bad: ['function f(a: number | undefined) { return a ?? 1; }', 'function f(a: boolean) { a ||= true; }', 'function f(a: boolean) { a &&= true; }', 'function f(a?: number) { a ??= 1; }'],
  },
  'no-jumps': {
    good: ['function f() { while (true) { break; } }'],
    bad: ['function f() { for (let i = 0; i < 3; i++) { if (i === 1) continue; f(); } }', 'function f() { here: while (true) { f(); } }'],
  },
  'default-last': {
    good: ['function f(n: number) { switch (n) { case 1: return 1; default: return 2; } }'],
    bad: ['function f(n: number) { switch (n) { default: return 2; case 1: return 1; } }'],
  },
  'no-comma': { good: ['function f(a: number) { a = 1; a = 2; }'], bad: ['function f(a: number) { a = 1, a = 2; }'] },
  'no-deep-updates': {
    good: [
      'interface A { n: number; list: A[]; inner: A; rows: Int32Array } function f(a: A) { a.n += 1; a.n++; a.list[0].n = a.list[0].n + 1; a.inner.n = 2; a.rows[1] -= 1; a.list[0].rows[1] += 1; a.inner.rows[0]++; }',
      'interface A { n: number; list: A[] } function f(a: A) { const one = a.list[0]; one.n -= 1; --one.n; }',
    ],
    bad: [
      'interface A { n: number; list: A[] } function f(a: A) { a.list[0].n -= 1; }', 'interface A { n: number } function f(a: A[], i: number) { a[i].n |= 1; }',
      'interface A { n: number; inner: A } function f(a: A) { a.inner.n++; }', 'interface A { n: number } declare function g(): A; function f() { --g().n; }',
      'interface A { n: number; list: A[] } function f(a: A) { a.list[0]!.n += 1; }',
    ],
  },
  'no-reflection': {
    good: ['function f(a: boolean) { return !a; } type A = typeof f;'],
    bad: ['function f(a: unknown) { return typeof a; }', 'function f(a: { b?: number }) { delete a.b; }', 'function f(a: object) { return "b" in a; }',
      'function f(a: unknown) { return a instanceof Uint8Array; }', 'function f() { return void 0; }'],
  },
  'no-this': {
    good: ['function f(c: { arguments: number }) { return c.arguments; }'],
    bad: ['function f(this: { a: number }) { return this.a; }', 'function f() { return arguments; }', 'function f() { return arguments[0]; }', 'function f() { return arguments.length; }', 'function f() { return new.target; }'],
  },
  'const-enums': {
    good: ['const enum State { Idle, Waiting = 4 }', 'export const enum Flag { A = 1 << 2 }'],
    bad: ['enum State { Idle }', 'const enum State { Idle = "idle" }', 'export declare enum A { B }'],
  },
  'no-loose-equality': { good: ['function f(a: number) { return a === 1 || a !== 2; }'], bad: ['function f(a: number) { return a == 1; }', 'function f(a: number) { return a != 1; }'] },
  'no-computed-keys': {
    good: ['function f(b: Uint8Array, n: number) { return b[n]; }', 'const a = { b: 1 };'],
    bad: ['const key = "a"; const a = { [key]: 1 };', 'function f(a: { b: number }) { return a["b"]; }'],
  },
  'no-default-export': { good: ['export function f() {}'], bad: ['export default function f() {}', 'export default 1;', 'function f() {} export { f as default };'] },
  'no-math': {
    good: ['function f(a: number, b: number) { return a < b ? a : b; }'],
    bad: ['function f(a: number) { return Math.floor(a); }', 'const m = Number.MAX_SAFE_INTEGER;', 'function f(a: string) { return parseInt(a, 10); }'],
  },
};

test('every row of the syntax table has cases', (t) => {
  t.deepEqual(Object.keys(cases).sort(), syntaxTable.map((row) => row.name).sort());
});

for (const [name, { good, bad }] of Object.entries(cases)) testRule(name, { good, bad: bad.map((code) => [code, 'forbidden'] as const) });
