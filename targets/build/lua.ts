/**
 * Builds device code as one Lua file. `jit` output uses the `bit` library and runs on Lua 5.1 (lua-bitop), LuaJIT and NodeMCU;
 * `5.3` output uses operators and runs on Lua 5.3 and 5.4. Must not know what the code does.
 * Read `flatten.ts` first, then ENGINES.md's facts on Lua.
 */
import ts from 'typescript';
import * as tstl from 'typescript-to-lua';
import { inArithmetic } from './arithmetic.js';
import { fieldsToKeep, measured, type Build } from './es5.js';
import { flatten, type FlatProgram } from './flatten.js';
import { inlined } from './inline.js';
import { minifyLua, namesOfLua } from './lua-minify.js';
import { divided, type LuaParts, placeIn } from './lua-parts.js';
import { compiledPieces, nativePieces } from './lua-pieces.js';
import { preludeFor } from './lua-prelude.js';
import { remembered } from './memory.js';
import { BuildError, createHost, describe, sourceText, type DeviceSources } from './program.js';

export interface LuaOptions extends DeviceSources {
  readonly target: 'jit' | '5.3';
  /** `module` (the default): the chunk returns a table of the exports. `flat`: local functions only, for code to be appended. */
  readonly form?: 'module' | 'flat';
  /** In the `module` form: the one export that the chunk returns in place of a table of them all. */
  readonly returns?: string;
  readonly minify?: boolean;
  /** Struct fields that stay, with their names, when minified; `'all'` keeps every one. */
  readonly publicFields?: readonly string[] | 'all';
  /** Functions and constants that may be locals of the chunk, hand-written ones among them; 182 when absent. NodeMCU's 5.1 allows 50 locals in a function. */
  readonly localsMax?: number;
  /** Numbers may be integers of 32 bits, as in some of NodeMCU's builds: then `jit` output has a call of the `bit` library where doubles do with arithmetic. */
  readonly integers?: boolean;
  /** Hand-written Lua in place of device files: source path to Lua path. Added to those of every build. */
  readonly natives?: Readonly<Record<string, string>>;
  /** What of a minified module is there from the start; the rest is read from its file. Absent: all of it. Needs `returns`. */
  readonly parts?: LuaParts;
  /** Lua that stands before the code. */
  readonly opening?: string;
}

/** Device files that Lua brings itself: loops over strings and floats cannot be compiled well. */
const standardNatives: Readonly<Record<string, string>> = {
  'src/core/bytes.ts': 'targets/lua/bytes.lua',
  'src/cbor/floats.ts': 'targets/lua/floats.lua',
};

export function buildLua(options: LuaOptions): Build {
  const natives = { ...standardNatives, ...options.natives };
  const flat = flatten(options, { externalFiles: Object.keys(natives), reserved: namesOfLua, keepFields: fieldsToKeep(options) });
  const prelude = preludeFor(Object.values(natives).map(sourceText), flat.externals);
  refuseContinueInSwitch(flat.text);
  const opening = options.opening ?? '';
  if (options.minify === true && options.parts !== undefined && options.returns !== undefined) {
    const file = inParts(flat, prelude, options, options.parts, options.returns);
    return measured(file, flat.exports, {});
  }
  const body = toLua(flat.text, options);
  const form = options.form ?? 'module';
  const code = scopeHeader(flat, (options.localsMax ?? localsMax) - (prelude.match(/^local /gm)?.length ?? 0)) + prelude + withLocalBitFunctions(body) + (form === 'module' ? returned(flat.exports, options.returns) : '');
  if (options.minify !== true) return measured(opening + code, flat.exports, {});
  const { code: small, renamed } = minifyLua(code, namesToKeep(flat, options), flat.fields);
  return measured(opening + small, flat.exports, renamed);
}

function namesToKeep(flat: FlatProgram, options: LuaOptions): string[] {
  return [...options.publicFields === 'all' ? flat.fields : options.publicFields ?? [], ...flat.exports];
}

/** The module as a file that reads parts of itself, with functions that are called in one place in that place. */
function inParts(separate: FlatProgram, prelude: string, options: LuaOptions, parts: LuaParts, returns: string): string {
  const raising = reaching(separate, 'error');
  // A level of `error` counts calls: those on the way to it stay.
  const mayMove = (callee: string, caller: string): boolean => placeIn(parts, callee) !== undefined && placeIn(parts, callee) === placeIn(parts, caller) && !raising.has(callee);
  const flat = inlined(separate, { exits: 'loop', mayMove });
  const body = withLocalBitFunctions(toLua(flat.text, options));
  const aliases = /^(?:local ____\w+ = .*\n)*/.exec(body)![0];
  const natives = nativePieces(parts.loaderNatives + prelude + aliases);
  const compiled = compiledPieces(body.slice(aliases.length), flat.mentions, new Set(natives.filter(({ kind }) => kind === 'alias').map(({ name }) => name)));
  return divided([...natives, ...compiled], parts, returns, namesToKeep(flat, options), options.opening ?? '');
}

/** Functions that call one of this name, or another that does. */
function reaching(flat: FlatProgram, name: string): Set<string> {
  const found = new Set([...bodiesOf(flat)].filter(([, text]) => new RegExp(`\\b${name}\\(`).test(text)).map(([own]) => own));
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [own, mentions] of flat.mentions) if ([...mentions].some((m) => found.has(m))) found.add(own);
  }
  return found;
}

function bodiesOf(flat: FlatProgram): Map<string, string> {
  const file = ts.createSourceFile(sourceFileName, flat.text, ts.ScriptTarget.ES2022, true);
  return new Map(file.statements.filter(ts.isFunctionDeclaration).map((f) => [f.name?.text ?? '', f.getText(file)]));
}

/** TypeScriptToLua refuses bit operators for Lua 5.1, yet writes what is wanted: calls of the `bit` library. */
const bitLibraryNeeded = /^Bitwise operations /;

function toLua(flatText: string, { target, integers }: LuaOptions): string {
  const text = target === 'jit' && integers !== true ? inArithmetic(flatText) : flatText;
  return remembered('lua', [text, target], () => ({ value: transpiled(text, target), files: [] }));
}

function transpiled(text: string, target: 'jit' | '5.3'): string {
  const compilerOptions: tstl.CompilerOptions = {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es5.d.ts'], types: [], strict: true,
    // For the `bit` output Lua 5.1 is named, not LuaJIT: LuaJIT's `goto` for `continue` does not exist in 5.1.
    luaTarget: target === 'jit' ? tstl.LuaTarget.Lua51 : tstl.LuaTarget.Lua53,
    luaLibImport: tstl.LuaLibImportKind.None, noImplicitSelf: true, noHeader: true,
  };
  const path = sourceFileName;
  const host = createHost(compilerOptions, new Map([[path, text]]));
  const program = ts.createProgram([path], compilerOptions, host);
  let code = '';
  const { diagnostics } = new tstl.Transpiler().emit({
    program, sourceFiles: [program.getSourceFile(path)!], writeFile: (name, content) => { if (name.endsWith('.lua')) code = content; },
  });
  const mistakes = diagnostics.filter((d) => d.category === ts.DiagnosticCategory.Error && !bitLibraryNeeded.test(ts.flattenDiagnosticMessageText(d.messageText, ' ')));
  if (mistakes.length > 0) throw new BuildError(`not for Lua:\n${describe(mistakes)}`);
  refuseRuntimeLibrary(code);
  return code;
}

const sourceFileName = '/flat.ts';

/** Names that TypeScriptToLua's runtime library would define: device code is written so that none is needed. */
function refuseRuntimeLibrary(code: string): void {
  const needed = new Set(code.match(/\b__TS__\w+/g) ?? []);
  if (needed.size > 0) throw new BuildError(`device code needs TypeScriptToLua's runtime library (${[...needed].join(', ')}): write it without`);
}

/** Where `continue` cannot leave the loop, TypeScriptToLua's output for Lua 5.1 goes on behind the switch. */
function refuseContinueInSwitch(text: string): void {
  const file = ts.createSourceFile(sourceFileName, text, ts.ScriptTarget.ES2022);
  const look = (node: ts.Node, inFunction: string, inSwitch: boolean): void => {
    if (ts.isContinueStatement(node) && inSwitch) {
      throw new BuildError(`${inFunction}: continue inside a switch does not leave the switch in Lua 5.1; use if, or a flag`);
    }
    const name = ts.isFunctionDeclaration(node) ? node.name?.text ?? '' : inFunction;
    const within = ts.isSwitchStatement(node) || (inSwitch && !ts.isIterationStatement(node, false));
    ts.forEachChild(node, (child) => { look(child, name, within); });
  };
  look(file, '', false);
}

/** Calls of the `bit` library through locals: faster than two look-ups, and safe from a variable called `bit`. */
function withLocalBitFunctions(body: string): string {
  const used = new Set<string>();
  const code = body.replace(/\bbit\.(band|bor|bxor|bnot|lshift|rshift)\(/g, (_call, name: string) => {
    used.add(name);
    return `____${name}(`;
  });
  const names = [...used];
  return names.map((name) => `local ____${name} = bit.${name}\n`).join('') + code;
}

/** Lua allows 200 locals in a function and, in 5.1, 60 upvalues; both with some distance for temporaries and natives. */
const localsMax = 182;
const upvaluesMax = 50;

/**
 * Functions and constants become locals, the most mentioned first, which is Lua's fastest access; the rest live in the chunk's own
 * environment, so that nothing is left in the global table either way.
 */
function scopeHeader(flat: FlatProgram, most: number): string {
  const mentionedBy = new Map<string, string[]>();
  for (const [name, mentions] of flat.mentions) for (const m of mentions) mentionedBy.set(m, [...mentionedBy.get(m) ?? [], name]);
  const order = [...flat.names].sort((a, b) => (mentionedBy.get(b)?.length ?? 0) - (mentionedBy.get(a)?.length ?? 0));
  // What a native file or the bit library provides is a local too, and so an upvalue of its users.
  const externals = new Set(flat.externals);
  const upvalues = new Map([...flat.mentions].map(([name, mentions]) => [name, [...mentions].filter((m) => externals.has(m)).length]));
  const locals: string[] = [];
  for (const name of order) {
    const users = mentionedBy.get(name) ?? [];
    if (locals.length >= most || users.some((user) => (upvalues.get(user) ?? 0) >= upvaluesMax)) continue;
    for (const user of users) upvalues.set(user, (upvalues.get(user) ?? 0) + 1);
    locals.push(name);
  }
  const rest = flat.names.length > locals.length;
  const environment = rest ? 'local _ENV = setmetatable({}, { __index = _G })\nif setfenv then setfenv(1, _ENV) end\n' : '';
  return environment + (locals.length > 0 ? `local ${locals.join(', ')}\n` : '');
}

function returned(exports: readonly string[], one: string | undefined): string {
  if (one !== undefined) return `return ${one}\n`;
  return `return { ${exports.map((name) => `${name} = ${name}`).join(', ')} }\n`;
}
