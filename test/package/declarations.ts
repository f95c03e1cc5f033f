/**
 * Readies the compiler's declarations in `dist` for those who install the package: run by npm's `prepare`, after the compiler.
 *
 * A `const enum` of another package cannot be used by programs that are compiled file by file (`isolatedModules`, `verbatimModuleSyntax`: what
 * `tsc --init` writes), since its values stand in the declarations alone. The enums of this package are objects at run time too (`preserveConstEnums`),
 * so that they can be declared as plain ones. Must not know which enums there are.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function withPlainEnums(declarations: string): string {
  return declarations.replace(/^(export )?declare const enum /gm, '$1declare enum ');
}

function ready(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.d.ts'))) {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    const plain = withPlainEnums(text);
    if (plain !== text) writeFileSync(path, plain);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const folder of ['src', 'targets']) ready(fileURLToPath(new URL(`../../${folder}`, import.meta.url)));
