/**
 * Turns a device program into one flat TypeScript text: constants folded, only what the exported functions reach, names unique, no imports.
 * Every target language starts from this text, so a profile leaves out the same code in all of them. Must not know those languages.
 */
import ts from 'typescript';
import { foldFile } from './fold.js';
import { type Made, remembered } from './memory.js';
import { type Origin, originsOf } from './origins.js';
import { withoutUnread } from './unread.js';
import { BuildError, filesOf, loadDeviceProgram, place, sourcePath, type DeviceProgram, type DeviceSources } from './program.js';

export interface FlatProgram {
  /** A script (no imports or exports): interfaces, enums, constants and functions in a safe order. */
  readonly text: string;
  /** The names of the exported functions, as they stand in the text. */
  readonly exports: readonly string[];
  /** All functions and constants of the text, in its order. */
  readonly names: readonly string[];
  /** For each function or constant, the other functions and constants that it mentions. */
  readonly mentions: ReadonlyMap<string, ReadonlySet<string>>;
  /** Fields of the structs: the property names that a minifier may shorten. */
  readonly fields: readonly string[];
  /** Functions of external files, which the target brings itself, that the text calls. */
  readonly externals: readonly string[];
  /** Where the text comes from, in its order. */
  readonly origins: readonly Origin[];
}

interface Part {
  statement: ts.Statement;
  readonly file: ts.SourceFile;
  readonly symbol: ts.Symbol;
  readonly isType: boolean;
  name: string;
}

export interface FlattenOptions {
  /** Declared but not included: the target brings its own version. */
  readonly externalFiles?: readonly string[];
  /** Names that belong to the target's language. */
  readonly reserved?: readonly string[];
  /** Fields that stay although nothing in the program reads them; all of them when absent. */
  readonly keepFields?: readonly string[];
}

export function flatten(sources: DeviceSources, options: FlattenOptions = {}): FlatProgram {
  return remembered('flatten', [sources, options], () => flattened(sources, options));
}

function flattened(sources: DeviceSources, options: FlattenOptions): Made<FlatProgram> {
  const { externalFiles = [], reserved = [], keepFields } = options;
  const device = loadDeviceProgram(sources);
  const checker = device.program.getTypeChecker();
  const external = new Set(externalFiles.map(sourcePath));
  const parts = collectParts(device, checker, external);
  const bySymbol = new Map(parts.map((part) => [part.symbol, part]));
  const roots = exportedParts(device, checker, bySymbol, sources.exports);
  let reached = reachedFrom(roots, external, checker, bySymbol);
  // What is no longer written may no longer be called for, and so on until nothing changes.
  while (keepFields !== undefined && removeUnread([...reached.keys()].filter((part) => !part.isType), new Set(keepFields))) {
    reached = reachedFrom(roots, external, checker, bySymbol);
  }
  const kept = parts.filter((part) => reached.has(part));
  giveUniqueNames(kept, new Set(roots), reserved);
  const values = kept.filter((part) => !part.isType && !external.has(part.file.fileName));
  const externals = kept.filter((part) => !part.isType && external.has(part.file.fileName));
  let text = '';
  const origins: Origin[] = [];
  for (const part of kept) {
    const bare = bareStatement(part, external.has(part.file.fileName), checker, bySymbol);
    const printed = printer.printNode(ts.EmitHint.Unspecified, bare, part.file);
    for (const origin of originsOf(bare, printed)) origins.push({ ...origin, at: origin.at + text.length });
    text += `${printed}\n`;
  }
  const value = {
    text,
    origins,
    exports: roots.map((part) => part.name),
    names: values.map((part) => part.name),
    mentions: new Map(values.map((part) => [part.name, new Set([...reached.get(part)!].filter((m) => !m.isType && m !== part).map((m) => m.name))])),
    fields: fieldNames(kept),
    externals: externals.map((part) => part.name),
  };
  return { value, files: filesOf(device) };
}

function reachedFrom(roots: readonly Part[], external: ReadonlySet<string>, checker: ts.TypeChecker, bySymbol: Map<ts.Symbol, Part>): Map<Part, Set<Part>> {
  const reached = new Map<Part, Set<Part>>();
  const waiting = [...roots];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (reached.has(part)) continue;
    const mentioned = external.has(part.file.fileName) ? typesMentioned(part, checker, bySymbol) : mentionedParts(part.statement, checker, bySymbol);
    reached.set(part, mentioned);
    waiting.push(...mentioned);
  }
  return reached;
}

function removeUnread(parts: readonly Part[], keep: ReadonlySet<string>): boolean {
  const before = parts.map((part) => part.statement);
  const after = withoutUnread(before, keep);
  parts.forEach((part, index) => { part.statement = after[index]; });
  return after !== before;
}

function collectParts(device: DeviceProgram, checker: ts.TypeChecker, external: ReadonlySet<string>): Part[] {
  const parts: Part[] = [];
  for (const file of device.files) {
    for (const statement of foldFile(file, checker)) {
      if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) || ts.isEmptyStatement(statement)) continue;
      const isType = ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) || isConstEnum(statement) || (isAmbient(statement) && !external.has(file.fileName));
      if (!isType && !ts.isFunctionDeclaration(statement) && !ts.isVariableStatement(statement)) {
        throw new BuildError(`${place(file, ts.getOriginalNode(statement).getStart(file))}: only functions, constants, interfaces, types and const enums may stand at the top level of device code`);
      }
      for (const declaration of ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement]) {
        const name = (ts.getOriginalNode(declaration) as ts.NamedDeclaration).name;
        const symbol = name === undefined ? undefined : checker.getSymbolAtLocation(name);
        if (symbol === undefined) throw new BuildError(`${place(file, statement.pos)}: this declaration has no name`);
        if (parts.some((part) => part.symbol === symbol)) continue; // an overload or a merged interface is printed with its first part
        parts.push({ statement: onlyDeclaration(statement, declaration), file, symbol, isType, name: symbol.name });
      }
    }
  }
  return parts;
}

/** `declare`: a name that the platform brings. */
function isAmbient(statement: ts.Statement): boolean {
  return ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword) === true;
}

function isConstEnum(statement: ts.Statement): boolean {
  return ts.isEnumDeclaration(statement) && statement.modifiers?.some((m) => m.kind === ts.SyntaxKind.ConstKeyword) === true;
}

function onlyDeclaration(statement: ts.Statement, declaration: ts.Node): ts.Statement {
  if (!ts.isVariableStatement(statement) || statement.declarationList.declarations.length === 1) return statement;
  const list = ts.factory.createVariableDeclarationList([declaration as ts.VariableDeclaration], statement.declarationList.flags);
  return ts.factory.createVariableStatement(statement.modifiers, list);
}

function exportedParts(device: DeviceProgram, checker: ts.TypeChecker, bySymbol: Map<ts.Symbol, Part>, wanted?: readonly string[]): Part[] {
  const found = new Map<string, Part>();
  for (const entry of device.entryFiles) {
    const module = checker.getSymbolAtLocation(entry);
    if (module === undefined) continue;
    for (const symbol of checker.getExportsOfModule(module)) {
      const part = bySymbol.get(resolved(symbol, checker));
      if (part !== undefined && !part.isType) found.set(symbol.name, part);
    }
  }
  if (wanted === undefined) return [...new Set(found.values())];
  return wanted.map((name) => {
    const part = found.get(name);
    if (part === undefined) throw new BuildError(`export ${name} is not among the entries' exports: ${[...found.keys()].join(', ')}`);
    return part;
  });
}

function resolved(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

/** The part that an identifier of a folded tree stands for; identifiers keep the node they were parsed as. */
function partAt(node: ts.Identifier, checker: ts.TypeChecker, bySymbol: Map<ts.Symbol, Part>): Part | undefined {
  const original = ts.getOriginalNode(node);
  if (original.parent === undefined) return undefined;
  const symbol = ts.isShorthandPropertyAssignment(original.parent)
    ? checker.getShorthandAssignmentValueSymbol(original.parent)
    : checker.getSymbolAtLocation(original);
  return symbol === undefined ? undefined : bySymbol.get(resolved(symbol, checker));
}

function mentionedParts(root: ts.Node, checker: ts.TypeChecker, bySymbol: Map<ts.Symbol, Part>, found = new Set<Part>()): Set<Part> {
  const part = ts.isIdentifier(root) ? partAt(root, checker, bySymbol) : undefined;
  if (part !== undefined) found.add(part);
  ts.forEachChild(root, (child) => { mentionedParts(child, checker, bySymbol, found); });
  return found;
}

/** An external function is declared by its signature, so only the types it mentions come with it. */
function typesMentioned(part: Part, checker: ts.TypeChecker, bySymbol: Map<ts.Symbol, Part>): Set<Part> {
  const found = new Set<Part>();
  if (ts.isFunctionDeclaration(part.statement)) {
    for (const parameter of part.statement.parameters) mentionedParts(parameter, checker, bySymbol, found);
    if (part.statement.type !== undefined) mentionedParts(part.statement.type, checker, bySymbol, found);
  } else {
    mentionedParts(part.statement, checker, bySymbol, found);
  }
  return found;
}

/** Exports keep their names; a name used by several files gets a number everywhere but in its first place. */
function giveUniqueNames(parts: readonly Part[], roots: ReadonlySet<Part>, reserved: readonly string[]): void {
  const platform = parts.filter((part) => part.isType && isAmbient(part.statement));
  const taken = new Set([...reserved, ...platform.map((part) => part.name)]);
  for (const part of parts.filter((p) => !platform.includes(p)).sort((a, b) => Number(roots.has(b)) - Number(roots.has(a)))) {
    let name = part.symbol.name;
    if (roots.has(part) && taken.has(name)) throw new BuildError(`export ${name} has a name that the target's language uses, or that two entries export; rename it`);
    for (let n = 2; taken.has(name); n++) name = `${part.symbol.name}_${n}`;
    taken.add(name);
    part.name = name;
  }
}

const printer = ts.createPrinter({ newLine: ts.NewLineKind.LineFeed });

/** The statement under its unique names, as it stands in the flat text. */
function bareStatement(part: Part, isExternal: boolean, checker: ts.TypeChecker, bySymbol: Map<ts.Symbol, Part>): ts.Statement {
  const renamed = ts.transform(part.statement, [(context) => (root) => {
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isShorthandPropertyAssignment(node)) {
        const value = partAt(node.name, checker, bySymbol)?.name ?? node.name.text;
        return value === node.name.text ? node : ts.factory.createPropertyAssignment(node.name.text, ts.factory.createIdentifier(value));
      }
      if (!ts.isIdentifier(node)) return ts.visitEachChild(node, visit, context);
      const target = partAt(node, checker, bySymbol);
      if (target === undefined || target.name === node.text) return node;
      refuseShadowing(node, target, checker);
      return ts.factory.createIdentifier(target.name);
    };
    return ts.visitNode(root, visit) as ts.Statement;
  }]).transformed[0];
  return isExternal && ts.isFunctionDeclaration(renamed) ? declared(renamed) : withoutExport(renamed);
}

function refuseShadowing(node: ts.Identifier, target: Part, checker: ts.TypeChecker): void {
  const original = ts.getOriginalNode(node);
  const local = checker.getSymbolsInScope(original, ts.SymbolFlags.FunctionScopedVariable | ts.SymbolFlags.BlockScopedVariable)
    .find((symbol) => symbol.name === target.name && symbol.valueDeclaration?.getSourceFile() === original.getSourceFile());
  if (local !== undefined && local !== target.symbol) {
    throw new BuildError(`${place(original.getSourceFile(), original.pos)}: ${node.text} must be called ${target.name} in the flat program, which hides a local of that name; rename one of them`);
  }
}

function declared(node: ts.FunctionDeclaration): ts.Statement {
  return ts.factory.createFunctionDeclaration(
    [ts.factory.createModifier(ts.SyntaxKind.DeclareKeyword)], undefined, node.name, undefined, node.parameters, node.type, undefined,
  );
}

function withoutExport(node: ts.Statement): ts.Statement {
  if (!ts.canHaveModifiers(node)) return node;
  const modifiers = ts.getModifiers(node)?.filter((m) => m.kind !== ts.SyntaxKind.ExportKeyword && m.kind !== ts.SyntaxKind.DefaultKeyword);
  const f = ts.factory;
  if (ts.isFunctionDeclaration(node)) return f.updateFunctionDeclaration(node, modifiers, node.asteriskToken, node.name, node.typeParameters, node.parameters, node.type, node.body);
  if (ts.isVariableStatement(node)) return f.updateVariableStatement(node, modifiers, node.declarationList);
  if (ts.isInterfaceDeclaration(node)) return f.updateInterfaceDeclaration(node, modifiers, node.name, node.typeParameters, node.heritageClauses, node.members);
  if (ts.isTypeAliasDeclaration(node)) return f.updateTypeAliasDeclaration(node, modifiers, node.name, node.typeParameters, node.type);
  if (ts.isEnumDeclaration(node)) return f.updateEnumDeclaration(node, enumIsOnlyAType, node.name, node.members);
  return node;
}

/** The members have been inlined: what is left of an enum is its type. */
const enumIsOnlyAType = [ts.factory.createModifier(ts.SyntaxKind.DeclareKeyword), ts.factory.createModifier(ts.SyntaxKind.ConstKeyword)];

function fieldNames(parts: readonly Part[]): string[] {
  const names = new Set<string>();
  for (const part of parts) {
    if (!ts.isInterfaceDeclaration(part.statement)) continue;
    for (const member of part.statement.members) if (member.name !== undefined && ts.isIdentifier(member.name)) names.add(member.name.text);
  }
  return [...names];
}

