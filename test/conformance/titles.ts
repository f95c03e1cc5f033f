/**
 * The titles of the broker's tests as they come out when the tests are declared: tables and templates make most of
 * them, so their sources do not show them. The test files are loaded with an `ava` that only writes titles down; nothing
 * runs. Run as a process of its own (report.ts does), it prints them as JSON.
 * Must not know what a title means.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface TestTitle {
  /** From the top of the repository, as TypeScript. */
  file: string;
  title: string;
}

/** Resolves `ava` to a module that hands every title to `globalThis.testDeclared`. */
const hook = `
const ava = 'data:text/javascript,' + encodeURIComponent(\`
  const declare = (title) => { if (typeof title === 'string') globalThis.testDeclared(title); };
  const nothing = Object.assign(() => undefined, { always: () => undefined });
  const test = Object.assign((title) => declare(title), { before: nothing, after: nothing, beforeEach: nothing, afterEach: nothing });
  test.serial = Object.assign((title) => declare(title), test);
  export default test;
\`);
export async function resolve(specifier, context, next) {
  return specifier === 'ava' ? { url: ava, shortCircuit: true } : next(specifier, context);
}`;

const folder = fileURLToPath(new URL('../broker/', import.meta.url));

/** Titles of all tests of the broker, in the order of their declaration. */
export function brokerTitles(): TestTitle[] {
  const out = execFileSync(process.execPath, [fileURLToPath(import.meta.url)], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(out) as TestTitle[];
}

async function main(): Promise<void> {
  const titles: TestTitle[] = [];
  register(`data:text/javascript,${encodeURIComponent(hook)}`);
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.test.js')).sort()) {
    const file = `test/broker/${name.replace(/\.js$/, '.ts')}`;
    (globalThis as { testDeclared?: (title: string) => void }).testDeclared = (title) => titles.push({ file, title });
    await import(pathToFileURL(resolve(folder, name)).href);
  }
  process.stdout.write(JSON.stringify(titles));
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
