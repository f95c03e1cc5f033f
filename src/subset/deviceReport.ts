// What a folder of device code costs in stack and heap: the deepest chain of calls behind each entry point, and every place
// that allocates with the create… function or constant that owns it. Returns data; report.ts prints it.
// Knows TypeScript's program, not ESLint. Read first: DESIGN section 2 ("Stack depth is bounded and reported").

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { callGraphOf, functionName, type CallGraph, type DeviceFunction } from './callGraph.js';
import { allocationAt, allocationOwner, type AllocationOwner } from './deviceCode.js';

export interface Place {
  readonly file: string;
  readonly line: number;
}

export interface EntryPoint extends Place {
  readonly name: string;
  /** Functions on the stack at the deepest point, the entry point included; 0 when recursion leaves it unbounded. */
  readonly depth: number;
  readonly chain: readonly string[];
}

export interface Recursion extends Place {
  readonly name: string;
  readonly chain: readonly string[];
}

export interface AllocationSite extends Place {
  readonly what: string;
  readonly owner: AllocationOwner;
}

export interface DeviceReport {
  readonly folder: string;
  readonly depthMax: number;
  /** Deepest first. */
  readonly entryPoints: readonly EntryPoint[];
  readonly recursions: readonly Recursion[];
  readonly allocations: readonly AllocationSite[];
}

/** Whether only create… functions and module constants own the allocation. */
export function isOwned(site: AllocationSite): boolean {
  return site.owner.kind === 'create' || site.owner.kind === 'constant';
}

/** Reads the folders as one program, so that calls between them are followed. Paths are given relative to `root`. Throws an Error that names a missing or empty folder. */
export function reportDevice(root: string, folders: readonly string[]): DeviceReport[] {
  const filesOf = new Map(folders.map((folder) => [folder, sourceFilesIn(root, folder)]));
  const program = ts.createProgram([...filesOf.values()].flat(), compilerOptions(root));
  const checker = program.getTypeChecker();
  return folders.map((folder) => {
    const sources = filesOf.get(folder)!.map((file) => program.getSourceFile(file)!);
    const graph = callGraphOf(checker);
    const entryPoints = entryFunctions(sources, checker).map((entry) => entryPoint(entry, graph, root));
    entryPoints.sort((a, b) => b.depth - a.depth || a.name.localeCompare(b.name));
    return {
      folder,
      depthMax: entryPoints.reduce((depth, entry) => Math.max(depth, entry.depth), 0),
      entryPoints,
      recursions: sources.flatMap((source) => recursionsIn(source, graph, root)),
      allocations: sources.flatMap((source) => allocationsIn(source, checker, root)),
    };
  });
}

function sourceFilesIn(root: string, folder: string): string[] {
  const path = resolve(root, folder);
  if (!existsSync(path) || !statSync(path).isDirectory()) throw new Error(`${folder} is not a folder; name a folder with device code, for example src/core`);
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')).sort();
  if (files.length === 0) throw new Error(`${folder} holds no .ts file; name a folder with device code, for example src/core`);
  return files.map((file) => join(path, file));
}

function compilerOptions(root: string): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json');
  const options = existsSync(path) ? ts.parseJsonConfigFileContent(ts.readConfigFile(path, (file) => ts.sys.readFile(file)).config, ts.sys, root).options : {};
  return { ...options, noEmit: true, incremental: false, composite: false, tsBuildInfoFile: undefined };
}

/** What index.ts exports, or, in a folder without one, every exported function. */
function entryFunctions(sources: readonly ts.SourceFile[], checker: ts.TypeChecker): DeviceFunction[] {
  const index = sources.filter((source) => /(^|\/)index\.ts$/.test(source.fileName));
  const found = new Set<DeviceFunction>();
  for (const source of index.length > 0 ? index : sources) {
    const module = checker.getSymbolAtLocation(source);
    for (const exported of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const symbol = (exported.flags & ts.SymbolFlags.Alias) === 0 ? exported : checker.getAliasedSymbol(exported);
      for (const declaration of symbol.declarations ?? []) {
        if (ts.isFunctionDeclaration(declaration) && declaration.body !== undefined) found.add(declaration);
      }
    }
  }
  return [...found];
}

function placeOf(node: ts.Node, root: string): Place {
  const source = node.getSourceFile();
  return {
    file: relative(root, source.fileName).split(sep).join('/'),
    line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
  };
}

function entryPoint(entry: DeviceFunction, graph: CallGraph, root: string): EntryPoint {
  const chain = graph.deepestChain(entry) ?? [];
  return { name: functionName(entry), ...placeOf(entry, root), depth: chain.length, chain: chain.map(functionName) };
}

function recursionsIn(source: ts.SourceFile, graph: CallGraph, root: string): Recursion[] {
  return source.statements.filter(ts.isFunctionDeclaration).flatMap((declaration) => {
    const cycle = graph.cycleThrough(declaration);
    return cycle === undefined ? [] : [{ name: functionName(declaration), ...placeOf(declaration, root), chain: cycle.map(functionName) }];
  });
}

function allocationsIn(source: ts.SourceFile, checker: ts.TypeChecker, root: string): AllocationSite[] {
  const sites: AllocationSite[] = [];
  const visit = (node: ts.Node): void => {
    const what = allocationAt(node, checker);
    if (what !== undefined) sites.push({ ...placeOf(node, root), what, owner: allocationOwner(node) });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sites;
}
