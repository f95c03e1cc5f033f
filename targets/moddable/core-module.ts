/**
 * The core, its journal, or the serial link with its port, as one ES module for XS: flattened, for a profile, with XS's own functions for bulk work.
 * Must not know: the modules that import it, but for their text.
 */
import { minify_sync, type MinifyOptions } from 'terser';
import ts from 'typescript';
import { flatten } from '../build/flatten.js';
import { remembered } from '../build/memory.js';
import { type ProfileName, profiles } from '../build/profiles.js';
import { BuildError, sourceText } from '../build/program.js';

/**
 * What the profiles are on this platform: its MQTT interface writes and reads messages in parts, and knows nothing of routes, which would cost
 * each message a search.
 */
export function moddableProfile(name: ProfileName): Readonly<Record<string, number>> {
  return { ...profiles[name], Streaming: 1, Routing: 0 };
}

/** The core and the short ways through it, with the functions that the users' texts import, and the fields that they read. */
export function coreModule(profile: ProfileName, users: readonly string[], minify: boolean): string {
  return moduleOf(['src/core/index.ts', 'targets/moddable/modules/shortcuts.ts'], moddableProfile(profile), './core.js', users, wordsOf(users), minify);
}

/**
 * The core's journal, apart from the core: who has no store does not carry it. All its fields stay: those that it only writes, the core reads.
 */
export function journalModule(profile: ProfileName, users: readonly string[], minify: boolean): string {
  return moduleOf(['src/core/journal.ts', 'src/core/journal-replay.ts', 'src/core/check.ts'], moddableProfile(profile), './journal.js', users, undefined, minify);
}

/** The serial link, likewise; it shares no code with the core but the primitives. */
export function linkModule(users: readonly string[], minify: boolean): string {
  return moduleOf(['src/link/index.ts'], {}, './link.js', users, wordsOf(users), minify);
}

function wordsOf(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => [...text.matchAll(/\b[A-Za-z_]\w*\b/g)].map(([word]) => word)))];
}

/** `keepFields`: as `flatten` has it. */
function moduleOf(entries: readonly string[], profile: Readonly<Record<string, number>>, specifier: string, users: readonly string[], keepFields: readonly string[] | undefined, minify: boolean): string {
  const exports = [...new Set(users.flatMap((text) => importedFrom(text, specifier)))];
  const sources = { entries, profile, exports, replace: { 'src/core/bytes.ts': sourceText('targets/moddable/natives/bytes.ts') } };
  const { text } = flatten(sources, { keepFields });
  const script = ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022, removeComments: minify } }).outputText;
  const code = `${script.replace(/^"use strict";\n/, '').replace(/^export \{\};\n/m, '')}export { ${exports.join(', ')} };\n`;
  return minify ? minifyModule(code) : code;
}

/** The names that a module's text imports from a specifier. */
export function importedFrom(text: string, specifier: string): string[] {
  const names: string[] = [];
  for (const [, list, from] of text.matchAll(/import\s*\{([^}]*)\}\s*from\s*['"]([^'"]+)['"]/g)) {
    if (from === specifier) names.push(...list.split(',').map((name) => name.trim().split(/\s+as\s+/)[0]).filter((name) => name !== ''));
  }
  return names;
}

/** Names of exports and of fields stay: XS keeps each once, however often it is mentioned. */
const settings: MinifyOptions = { ecma: 2020, module: true, compress: { inline: false, reduce_funcs: false, passes: 2 }, mangle: true, format: { comments: false } };

export function minifyModule(code: string): string {
  return remembered('module', [code, settings], () => {
    const result = minify_sync(code, settings);
    if (result.code === undefined) throw new BuildError('a module cannot be minified');
    return { value: `${result.code}\n`, files: [] };
  });
}
