/**
 * Loads device-subset TypeScript as one checked program, with some files replaced: a profile's values, or a module that the target brings itself.
 * Must not know any target language, nor which functions exist. Read DESIGN section 2 (the device subset) first.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** What to build. Paths are absolute, or relative to the package's root (`src/core/index.ts`). */
export interface DeviceSources {
  readonly entries: readonly string[];
  /** Values for the members of `Profile` in src/core/profile.ts; members not named keep the value of the file. */
  readonly profile?: Readonly<Record<string, number>>;
  /** The same of `LinkProfile` in src/link/profile.ts. */
  readonly linkProfile?: Readonly<Record<string, number>>;
  /** Names of the functions that stay reachable; all functions exported by the entries when absent. */
  readonly exports?: readonly string[];
  /** Other text for a file, by its path: for a target that wants its own version of a module. */
  readonly replace?: Readonly<Record<string, string>>;
}

export interface DeviceProgram {
  readonly program: ts.Program;
  readonly entryFiles: readonly ts.SourceFile[];
  /** Every device source file, each one after the files it imports, so that module constants are made in a safe order. */
  readonly files: readonly ts.SourceFile[];
}

/** A device source that cannot be built; the message names file and line. */
export class BuildError extends Error {}

export const profilePath = 'src/core/profile.ts';
export const linkProfilePath = 'src/link/profile.ts';

/** The folder that holds package.json, `src/` and `targets/`: the sources are shipped with the package. */
export const packageRoot = findPackageRoot();

function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

export function sourcePath(path: string): string {
  return isAbsolute(path) ? path : join(packageRoot, path);
}

export function sourceText(path: string): string {
  return readFileSync(sourcePath(path), 'utf8');
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es5.d.ts'],
  types: [],
  strict: true,
  noEmit: true,
  paths: {
    'midge-mqtt/core': [join(packageRoot, 'src/core/index.ts')],
    'midge-mqtt/cbor': [join(packageRoot, 'src/cbor/index.ts')],
    'midge-mqtt/link': [join(packageRoot, 'src/link/index.ts')],
  },
};

/** Comparisons that a profile decides ("no overlap", "not comparable") are the point of a profile, not mistakes. */
const decidedByProfile = new Set([2367, 2678]);

const parsedFiles = new Map<string, ts.SourceFile>();

/** A compiler host whose device files may be replaced; everything else is parsed once per process. */
export function createHost(compilerOptions: ts.CompilerOptions, replaced: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(compilerOptions, true);
  const read = host.getSourceFile.bind(host);
  const exists = host.fileExists.bind(host);
  const readFile = host.readFile.bind(host);
  host.fileExists = (path) => replaced.has(resolve(path)) || exists(path);
  host.readFile = (path) => replaced.get(resolve(path)) ?? readFile(path);
  host.getSourceFile = (path, languageVersion, onError) => {
    const text = replaced.get(resolve(path));
    if (text !== undefined) return ts.createSourceFile(path, text, languageVersion, true);
    if (!path.endsWith('.d.ts')) return read(path, languageVersion, onError);
    const known = parsedFiles.get(path) ?? read(path, languageVersion, onError);
    if (known !== undefined) parsedFiles.set(path, known);
    return known;
  };
  return host;
}

export function loadDeviceProgram(sources: DeviceSources): DeviceProgram {
  const entries = sources.entries.map(sourcePath);
  for (const entry of entries) if (!existsSync(entry)) throw new BuildError(`entry ${entry} does not exist; give a TypeScript source file`);
  const replaced = new Map<string, string>();
  for (const [path, text] of Object.entries(sources.replace ?? {})) replaced.set(sourcePath(path), text);
  for (const [path, values] of [[profilePath, sources.profile], [linkProfilePath, sources.linkProfile]] as const) {
    if (values !== undefined) replaced.set(sourcePath(path), profileText(sourceText(path), values, path));
  }
  const program = ts.createProgram(entries, options, createHost(options, replaced));
  const mistakes = ts.getPreEmitDiagnostics(program).filter((d) => !decidedByProfile.has(d.code));
  if (mistakes.length > 0) throw new BuildError(describe(mistakes));
  const files: ts.SourceFile[] = [];
  const entryFiles = entries.map((entry) => program.getSourceFile(entry)!);
  for (const file of entryFiles) addInOrder(program, file, files, new Set());
  return { program, entryFiles, files };
}

/** All files on disk that the program was made of, but for the language's own. */
export function filesOf({ program }: DeviceProgram): string[] {
  return program.getSourceFiles().filter((file) => !program.isSourceFileDefaultLibrary(file) && existsSync(file.fileName)).map((file) => file.fileName);
}

function addInOrder(program: ts.Program, file: ts.SourceFile, files: ts.SourceFile[], visiting: Set<ts.SourceFile>): void {
  if (visiting.has(file) || files.includes(file)) return;
  visiting.add(file);
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    if (statement.moduleSpecifier === undefined) continue;
    const module = program.getTypeChecker().getSymbolAtLocation(statement.moduleSpecifier);
    const target = module?.declarations?.find(ts.isSourceFile);
    if (target !== undefined && !target.isDeclarationFile) addInOrder(program, target, files, visiting);
  }
  files.push(file);
}

/** The text of a profile.ts, of the file at `path`, with other values for the members named; an unknown member is an error that lists the known ones. */
export function profileText(original: string, values: Readonly<Record<string, number>>, path = profilePath): string {
  const members = [...original.matchAll(/^\s*(\w+)\s*=\s*-?\d+\s*,?/gm)].map((match) => match[1]);
  for (const [name, value] of Object.entries(values)) {
    if (!members.includes(name)) throw new BuildError(`profile member ${name} is unknown; ${path} has ${members.join(', ')}`);
    if (!Number.isInteger(value)) throw new BuildError(`profile member ${name} is ${value}; it must be an integer`);
  }
  return original.replace(/^(\s*)(\w+)(\s*=\s*)-?\d+/gm, (whole, indent: string, name: string, equals: string) =>
    values[name] === undefined ? whole : `${indent}${name}${equals}${values[name]}`);
}

/** Compiler messages, one per line, with paths relative to the package where they are inside it. */
export function describe(diagnostics: readonly ts.Diagnostic[]): string {
  return diagnostics.map((d) => {
    const text = ts.flattenDiagnosticMessageText(d.messageText, '\n');
    if (d.file === undefined || d.start === undefined) return text;
    return `${place(d.file, d.start)}: ${text}`;
  }).join('\n');
}

export function place(file: ts.SourceFile, position: number): string {
  const { line } = file.getLineAndCharacterOfPosition(position);
  const inside = relative(packageRoot, file.fileName);
  return `${inside.startsWith('..') ? file.fileName : inside}:${line + 1}`;
}
