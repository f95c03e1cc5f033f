// Good and bad code for the rules about memory: allocation, text, module state.

import { testRule } from './ruleTester.js';

testRule('no-allocation', {
  good: [
    'export function createClient() { return { bytes: new Uint8Array(64), ids: [1, 2] }; }',
    'function create() { return {}; }',
    'export const table: readonly number[] = [1, 2, 3];',
    'function createBytes(n: number) { return new Uint8Array(n); } function createClient() { return { a: createBytes(4) }; }',
    'function f(b: Uint8Array, n: number) { b[0] = n & 255; }',
    'export function createView(b: Uint8Array) { return b.subarray(1); }',
    'declare const tables: readonly (readonly number[])[]; function f(n: number) { return tables[n][0]; }',
  ],
  bad: [
    ['function f() { return new Uint8Array(4); }', 'allocates'], ['function f() { return { a: 1 }; }', 'allocates'], ['function f() { return [1]; }', 'allocates'],
    ['function f(b: Uint8Array) { return b.subarray(1); }', 'allocates'], ['function f(b: Uint8Array) { return b.slice(1); }', 'allocates'], ['function f(a: number[]) { a.push(1); }', 'allocates'],
    ['function f(a: string) { return a.split(","); }', 'allocates'], ['function f(n: number) { return n.toString(); }', 'allocates'], ['function f(a: string) { return JSON.parse(a); }', 'allocates'],
    ['function f(b: Uint8Array) { return Array.from(b); }', 'allocates'], ['function f(n: number) { return String(n); }', 'allocates'], ['function f(a: number[]) { return a.map(g); } declare function g(n: number): number;', 'allocates'],
    ['function createA() { return {}; } function f() { return createA(); }', 'allocates'], ['declare function createA(): number; export { createA as made }; function created() { return createA(); }', 'allocates'],
    ['new Uint8Array(4);', 'allocates'], ['function f() { const inner = () => [1]; return inner; }', 'allocates'], ['let table = [1, 2];', 'allocates'],
    ['function recreate() { return []; }', 'allocates'], ['function f(s: string) { return s.concat("a"); }', 'allocates'],
  ],
});

testRule('no-string-building', {
  good: ['function f(a: number, b: number) { return a + b; }', 'const name = "MQTT";', 'function f(a: string, b: string) { return a === b; }', 'function f(b: Uint8Array, n: number) { return b[n]; }'],
  bad: [
    ['function f(n: number) { return `n ${n}`; }', 'template'], ['const a = ``;', 'template'], ['function f(a: string) { return a + "b"; }', 'concatenation'],
    ['function f(a: string) { a += "b"; }', 'concatenation'], ['function f(n: number) { return "n" + n; }', 'concatenation'], ['function f(a: string) { return a[0]; }', 'character'],
  ],
});

testRule('no-module-state', {
  good: [
    'export const limit = 12;', 'const table: readonly number[] = [1, 2];', 'export const rows = [[1, 2], [3, 4]] as const;', 'const rows: readonly (readonly number[])[] = [[1], [2]];',
    'const name = "MQTT"; const on = true;', 'declare const profile: boolean;', 'export const enum E { A } const first: E = E.A;', 'import type { A } from "./a.js"; export type { A };',
    'function f() { let a = 1; a = 2; return a; }', 'declare function f(): void; export { f };',
  ],
  bad: [
    ['let count = 0;', 'variable'], ['var count = 0;', 'variable'], ['export let count = 0;', 'variable'], ['const table = [1, 2];', 'mutable'], ['const bytes = new Uint8Array(4);', 'mutable'],
    ['const client = { state: 0 };', 'mutable'], ['export const rows: readonly number[][] = [[1]];', 'mutable'], ['function f() {} f();', 'runs'], ['if (true) { }', 'runs'], ['const pair: [number] = [1];', 'mutable'],
  ],
});
