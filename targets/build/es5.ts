/**
 * Builds device code as one ES5 script: no let, const, class, arrow or module, for MicroQuickJS, Duktape, Espruino and QuickJS.
 * Must not know what the code does. Read `flatten.ts` first, then ENGINES.md's facts on Espruino and MicroQuickJS.
 */
import { gzipSync } from 'node:zlib';
import { minify_sync, type MinifyOptions } from 'terser';
import ts from 'typescript';
import { flatten, type FlatProgram } from './flatten.js';
import { inlined } from './inline.js';
import { remembered } from './memory.js';
import { throughOrigins } from './origins.js';
import type { DeviceSources } from './program.js';
import type { Mapped } from './script.js';
import { lineStarts, readMap, type Segment, writeMap } from './source-map.js';

export interface Es5Options extends DeviceSources {
  /** `module` (the default): one variable holds the exports. `flat`: plain global functions, smallest, for application code to be appended. */
  readonly form?: 'module' | 'flat';
  /** The variable of the `module` form. */
  readonly globalName?: string;
  readonly minify?: boolean;
  /** Functions that are called in one place stand in that place: less memory where a function costs much, longer functions where text does. */
  readonly inline?: boolean;
  /** Struct fields that stay, with their names, when minified, because hosts or applications use them; `'all'` keeps every one. */
  readonly publicFields?: readonly string[] | 'all';
}

export interface Build {
  readonly code: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** The exported functions, in order. */
  readonly exports: readonly string[];
  /** Struct fields that were renamed, old to new, so that a port's code can follow. Empty when not minified. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Where the code comes from, where the language's compiler can tell. */
  readonly segments: readonly Segment[];
}

export function buildEs5(options: Es5Options): Build {
  const separate = flatten(options, { keepFields: fieldsToKeep(options) });
  const flat = options.inline === true ? inlined(separate) : separate;
  const body = toEs5(flat);
  const whole = options.form === 'flat' ? body : wrapped(body, flat.exports, options.globalName ?? 'midge');
  if (options.minify !== true) return measured(whole.code, flat.exports, {}, whole.segments);
  const keep = options.publicFields ?? [];
  const fields = keep === 'all' ? [] : fieldsToShorten(flat, keep);
  const { code, renamed, segments } = minified(whole, fields, [...flat.exports, options.globalName ?? 'midge']);
  return measured(code, flat.exports, renamed, segments);
}

/** Fields whose names a minifier may shorten: those that neither an outsider nor the platform uses. */
export function fieldsToShorten(flat: { readonly fields: readonly string[]; readonly exports: readonly string[] }, keep: readonly string[]): string[] {
  return flat.fields.filter((field) => !keep.includes(field) && !namesOfBuiltIns.has(field) && !flat.exports.includes(field));
}

/** A minified build has no fields that nobody reads; a readable one shows the structs whole. */
export function fieldsToKeep(options: { readonly minify?: boolean; readonly publicFields?: readonly string[] | 'all' }): readonly string[] | undefined {
  return options.minify !== true || options.publicFields === 'all' ? undefined : options.publicFields ?? [];
}

export function measured(code: string, exports: readonly string[], renamed: Readonly<Record<string, string>>, segments: readonly Segment[] = []): Build {
  const bytes = Buffer.from(code);
  return { code, bytes: bytes.length, gzipBytes: gzipSync(bytes, { level: 9 }).length, exports, renamed, segments };
}

/** Strips types and turns const into var. TypeScript 6 calls ES5 deprecated, but still writes it. */
export function toEs5(flat: Pick<FlatProgram, 'text' | 'origins'>): Mapped {
  const { text, origins } = flat;
  return remembered('es5', [text, origins], () => ({ value: transpiled(flat), files: [] }));
}

function transpiled({ text, origins }: Pick<FlatProgram, 'text' | 'origins'>): Mapped {
  const result = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES5, module: ts.ModuleKind.ES2015, ignoreDeprecations: '6.0', alwaysStrict: false, sourceMap: true,
    },
    reportDiagnostics: true,
  });
  const mistakes = (result.diagnostics ?? []).filter((d) => d.category === ts.DiagnosticCategory.Error);
  if (mistakes.length > 0) throw new Error(ts.flattenDiagnosticMessageText(mistakes[0].messageText, '\n'));
  const starts = lineStarts(text);
  const segments = readMap(result.sourceMapText!).flatMap((segment) => throughOrigins(segment, starts, origins) ?? []);
  return { code: result.outputText.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''), segments };
}

function wrapped({ code, segments }: Mapped, exports: readonly string[], globalName: string): Mapped {
  const list = exports.map((name) => `${name}: ${name}`).join(', ');
  return {
    code: `var ${globalName} = (function () {\n${code}return { ${list} };\n})();\n`,
    segments: segments.map((segment) => ({ ...segment, line: segment.line + 1 })),
  };
}

/** Properties of the platform's own objects that share a name with no field that may be shortened. */
const namesOfBuiltIns = new Set(['length', 'set', 'subarray', 'fill', 'slice', 'buffer', 'byteLength', 'byteOffset', 'charCodeAt', 'fromCharCode', 'call', 'apply', 'push', 'join']);

/** Names for the fields, the shortest for those mentioned most; terser itself gives them out in the order in which it meets them. */
function shortNames(code: string, fields: readonly string[], taken: readonly string[]): Record<string, string> {
  const counts = new Map(fields.map((field) => [field, 0]));
  for (const [, name] of code.matchAll(/(?<=\.|\b)([A-Za-z_$][\w$]*)/g)) {
    if (name !== undefined && counts.has(name)) counts.set(name, counts.get(name)! + 1);
  }
  const first = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$';
  const names = [...first];
  for (const a of first) for (const b of first) names.push(a + b);
  const kept = new Set([...namesOfBuiltIns, ...taken, 'do', 'if', 'in']);
  const free = names.filter((name) => !kept.has(name));
  const byUse = [...counts].filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
  return Object.fromEntries(byUse.map(([field], n) => [`$${field}`, free[n]]));
}

interface Minified extends Mapped {
  /** Struct fields, old to new. */
  readonly renamed: Record<string, string>;
  /** Functions and constants of the program, old to new. */
  readonly names: Record<string, string>;
}

/**
 * The minifier never inlines (`inline` is another matter, see there): measured on Espruino, the `MQTT` module spends half as much again per message when its
 * functions were inlined, for a few bytes less.
 */
export function minified(script: Mapped, fields: readonly string[], keptNames: readonly string[]): Minified {
  return remembered('minify', [script, fields, keptNames], () => ({ value: minifiedAnew(script, fields, keptNames), files: [] }));
}

function minifiedAnew({ code, segments }: Mapped, fields: readonly string[], keptNames: readonly string[]): Minified {
  const nameCache: { props: { props: Record<string, string> }; vars: { props?: Record<string, string> } } = { props: { props: shortNames(code, fields, keptNames) }, vars: {} };
  const settings: MinifyOptions = {
    ecma: 5,
    toplevel: true,
    compress: { inline: false, reduce_funcs: false, passes: 3, ecma: 5, booleans_as_integers: false, hoist_funs: false, toplevel: true, top_retain: [...keptNames] },
    mangle: {
      toplevel: true,
      reserved: [...keptNames],
      properties: fields.length === 0 ? false : { regex: new RegExp(`^(?:${fields.join('|')})$`), reserved: [...namesOfBuiltIns, ...keptNames], builtins: true },
    },
    format: { ecma: 5, comments: false },
    nameCache,
    sourceMap: { content: writeMap(segments, () => '') },
  };
  const result = minify_sync(code, settings);
  return { code: result.code ?? '', renamed: withoutDollar(nameCache.props.props), names: withoutDollar(nameCache.vars.props ?? {}), segments: readMap(result.map as string) };
}

/** The minifier's own lists write `$name`. */
function withoutDollar(list: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(list).map(([name, short]) => [name.replace(/^\$/, ''), short]));
}
