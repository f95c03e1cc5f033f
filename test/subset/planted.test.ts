// Each rule of the subset, violated once in a file of src/core, must fail under the real eslint.config.js; the real device code
// must pass. Knows no rule in detail: the cases of each rule are in the other tests of this folder.

import test from 'ava';
import { ESLint, type Linter } from 'eslint';
import plugin from '../../src/subset/index.js';

const device = `
export const enum State { Idle, Connected }
export interface Client { state: State; count: number; readonly out: Uint8Array; readonly ids: Int32Array }
const limits: readonly number[] = [1, 2];
export function createPlanted(): Client { return { state: State.Idle, count: 0, out: new Uint8Array(8), ids: new Int32Array(4) }; }
export function add(c: Client, value: number): boolean {
  if (c.count >= limits[1] || value < 0) return false;
  c.out[c.count] = (value >>> 8) & 255;
  for (let i = 0; i < c.ids.length; i++) c.ids[i] = value;
  c.count++;
  return true;
}
`;

/** What is added to the device file above to break one rule. */
const planted: Record<string, string> = {
  'no-allocation': 'export function f(b: Uint8Array): Uint8Array { return b.subarray(1); }',
  'no-string-building': 'export function f(n: number): string { return `${n}`; }',
  'no-module-state': 'let count = 0; export function f(): void { count++; }',
  'no-function-values': 'export function f(done: () => void): void { done(); }',
  'plain-calls': 'export function f(b: Uint8Array): void { b.fill(0); }',
  'no-recursion': 'export function f(n: number): number { return n < 1 ? 0 : f(n - 1); }',
  'integer-literals': 'export function f(n: number): boolean { return n < 0.5; }',
  'integer-operators': 'export function f(n: number): number { return n / 2; }',
  'bounded-shifts': 'export function f(n: number): number { return n << 8; }',
  'masked-stores': 'export function f(b: Uint8Array, n: number): void { b[0] = n; }',
  'boolean-conditions': 'export function f(n: number): number { return n ? 1 : 2; }',
  'no-assignment-value': 'export function f(b: Uint8Array, n: number): void { let at = n; b[at++] = 1; }',
  'no-byte-loops': 'export function f(b: Uint8Array, n: number): void { for (let i = 0; i < n; i++) b[i] = 0; }',
  'no-foreign-keywords': 'export function f(end: number): number { return end; }',
  'device-imports': 'import { connect } from "node:net"; export { connect };',
  'no-classes': 'export class Session { id = 1; }',
  'no-namespaces': 'export namespace inner { export const a = 1; }',
  'no-exceptions': 'export function f(): void { throw new Error("bad"); }',
  'no-spread': 'export function createCopy(a: readonly number[]): number[] { return [...a]; }',
  'plain-parameters': 'export function f(n = 1): number { return n; }',
  'no-destructuring': 'export function f(c: Client): number { const { count } = c; return count; }',
  'no-regexp': 'export function f(s: string): boolean { return /a/.test(s); }',
  'no-generators': 'export function* f(): Generator<number> { yield 1; }',
  'no-async': 'export async function f(): Promise<void> { await g(); } declare function g(): Promise<void>;',
  'no-accessors': 'export function createA(): { readonly a: number } { return { get a(): number { return 1; } }; }',
  'no-any': 'export function f(n: any): boolean { return n === 1; }',
  'no-for-each': 'export function f(b: Uint8Array): number { let sum = 0; for (const byte of b) sum += byte; return sum; }',
  'no-optional-chaining': 'export function f(c: Client | undefined): boolean { return c?.count === 1; }',
  'no-nullish': 'export function f(n: number | undefined): number { return n ?? 1; }',
  'no-jumps': 'export function f(n: number): void { for (let i = 0; i < n; i++) { if (i === 2) continue; g(i); } } declare function g(n: number): void;',
  'default-last': 'export function f(n: number): number { switch (n) { default: return 1; case 2: return 2; } }',
  'no-comma': 'export function f(n: number): number { let a = n; a++, a++; return a; }',
  'no-reflection': 'export function f(n: unknown): boolean { return typeof n === "number"; }',
  'no-this': 'export function f(this: Client): number { return this.count; }',
  'const-enums': 'export enum Mode { Off, On }',
  'no-loose-equality': 'export function f(n: number): boolean { return n == 1; }',
  'no-deep-updates': 'export function f(all: readonly Client[]): void { all[0].count -= 1; }',
  'no-computed-keys': 'export function f(c: Client): number { return c["count"]; }',
  'no-default-export': 'export default function f(): void {}',
  'no-math': 'export function f(n: number): number { return Math.abs(n); }',
};

/** The real configuration; only the planted file, which is not on disk, is let into the typed program. */
const eslint = new ESLint({
  overrideConfig: {
    files: ['src/core/planted.ts'],
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['src/core/planted.ts'], defaultProject: 'tsconfig.json' } } },
  },
});

async function messagesOf(code: string): Promise<Linter.LintMessage[]> {
  const [result] = await eslint.lintText(code, { filePath: 'src/core/planted.ts' });
  return result.messages;
}

test.serial('device code without a violation passes the configuration', async (t) => {
  t.deepEqual(await messagesOf(device), []);
});

test('each rule of the plugin has a planted violation', (t) => {
  t.deepEqual(Object.keys(planted).sort(), Object.keys(plugin.rules).sort());
});

for (const [rule, violation] of Object.entries(planted)) {
  test.serial(`a planted violation of ${rule} fails the lint of src/core`, async (t) => {
    const messages = await messagesOf(`${device}${violation}\n`);
    const found = messages.filter((message) => message.ruleId === `midge/${rule}`);
    t.true(found.length > 0, `reported instead: ${messages.map((message) => message.ruleId ?? message.message).join(', ')}`);
    t.true(found.every((message) => message.severity === 2));
  });
}

test.serial('the real device code passes', async (t) => {
  const files = new ESLint({ errorOnUnmatchedPattern: false });
  const results = await files.lintFiles(['src/core/**/*.ts', 'src/link/**/*.ts', 'src/cbor/**/*.ts']);
  const problems = results.flatMap((result) => result.messages.map((message) => `${result.filePath}:${message.line} ${message.ruleId}: ${message.message}`));
  t.deepEqual(problems, []);
});
