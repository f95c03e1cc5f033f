/**
 * The modules compile as the Moddable SDK compiles them, against its typings: those of the npm package, and those of the SDK that MIDGE_MODDABLE names.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { packageRoot } from '../../targets/build/program.js';

const sources = ['modules', 'natives'].flatMap((folder) => {
  const path = join(packageRoot, 'targets/moddable', folder);
  return readdirSync(path).filter((name) => name.endsWith('.ts')).map((name) => join(path, name));
});

function npmTypings(): string {
  return dirname(createRequire(import.meta.url).resolve('@moddable/typings/package.json'));
}

/** The compiler's words on the modules, with the options that mcconfig gives it. */
function compiled(globals: string, typings: string): string[] {
  const roots = [...sources, globals, join(typings, 'timer.d.ts'), join(typings, 'time.d.ts')];
  const program = ts.createProgram(roots, {
    module: ts.ModuleKind.Preserve, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2025, lib: ['lib.es2025.d.ts'],
    types: [], strict: true, noEmit: true, forceConsistentCasingInFileNames: true, resolveJsonModule: true,
  });
  return ts.getPreEmitDiagnostics(program).map((d) => `${d.file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`);
}

test('against @moddable/typings', (t) => {
  const typings = npmTypings();
  t.deepEqual(compiled(join(typings, 'xs.d.ts'), typings), []);
});

const sdk = process.env['MIDGE_MODDABLE'];

test(sdk === undefined ? 'NOT RUN against the typings of the SDK: MIDGE_MODDABLE names no SDK' : 'against the typings of the SDK', (t) => {
  if (sdk === undefined) {
    t.pass();
    return;
  }
  const globals = join(sdk, 'xs/includes/xs.d.ts');
  t.true(existsSync(globals), `MIDGE_MODDABLE is ${sdk}; it must be the SDK's folder, with xs/includes/xs.d.ts`);
  t.deepEqual(compiled(globals, join(sdk, 'typings')), []);
});
