/**
 * Splits a script of top-level functions for Espruino: those that are seldom called are not made when the module is loaded, but read from its file in
 * Storage for the length of each call. A function that is there costs 5 JsVars and one for each parameter, one that is not costs nothing.
 *
 * The file is a comment that holds these functions, then the module. A call `f(x)` becomes `load(at, length)(x)`. Must not know what they do.
 * Read first: Storage.read and eval in Espruino's reference: both leave the text where it is, in flash.
 */
import ts from 'typescript';
import { BuildError } from './program.js';

export interface Overlaid {
  readonly code: string;
  /** Functions that are read when they are called, and those that stay. */
  readonly loaded: readonly string[];
  readonly resident: readonly string[];
}

/** `moduleName` is the file's name in Storage; `isResident` tells of a function by its name. */
export function overlay(code: string, moduleName: string, isResident: (name: string) => boolean): Overlaid {
  const file = ts.createSourceFile('module.js', code, ts.ScriptTarget.ES5, true);
  const all = new Map<string, ts.FunctionDeclaration>();
  for (const statement of file.statements) if (ts.isFunctionDeclaration(statement)) all.set(statement.name!.text, statement);
  const seldom = new Map([...all].filter(([name]) => !isResident(name)));
  const tables = tablesOf(file);
  const mentions = new Map<ts.Node, ts.Identifier[]>();
  let ordered: string[] | null = null;
  while (ordered === null) {
    for (const statement of file.statements) mentions.set(statement, mentionsIn(statement, new Set([...seldom.keys(), ...tables.keys()]), new Set()));
    ordered = calleesFirst(seldom, mentions);
  }
  // A table that only functions out of memory use is written where they use it.
  for (const statement of file.statements) {
    if (!ts.isFunctionDeclaration(statement) || !seldom.has(statement.name!.text)) for (const mention of mentions.get(statement)!) tables.delete(mention.text);
  }
  const loader = unusedName(file);
  const opening = '/*';
  let store = opening;
  const places = new Map([...tables].map(([name, table]) => [name, table.getText(file)]));
  for (const name of ordered) {
    const node = seldom.get(name)!;
    const text = `(${rewritten(node, mentions.get(node)!, places, file).replace(/^function\s+[\w$]+/, 'function')})`;
    places.set(name, `${loader}(${store.length},${text.length})`);
    store += text;
  }
  if (store.slice(2).includes('*/')) throw new BuildError('a function that is to be read from Storage contains "*/"; write it otherwise, or keep the function resident');
  if (/[^\x00-\x7f]/.test(store)) throw new BuildError('a function that is to be read from Storage contains a character beyond ASCII; places are counted in bytes');
  const body = file.statements.filter((s) => !(ts.isFunctionDeclaration(s) && seldom.has(s.name!.text)) && !(isTable(s) && tables.has(s.declarationList.declarations[0].name.getText(file))))
    .map((s) => rewritten(s, mentions.get(s)!, places, file)).join('\n');
  const head = `*/${loaderText(loader, moduleName, store.length)}`;
  return { code: `${store}${head}\n${body}\n`, loaded: ordered, resident: [...all.keys()].filter((name) => !seldom.has(name)) };
}

/**
 * The functions so that each one stands behind those it mentions, whose places it holds. Where functions call each other in a circle, the one that
 * closes it is taken out, to stay resident, and the result is null: the mentions are others then.
 */
function calleesFirst(functions: Map<string, ts.FunctionDeclaration>, mentions: ReadonlyMap<ts.Node, readonly ts.Identifier[]>): string[] | null {
  const ordered: string[] = [];
  const add = (name: string, callers: readonly string[]): string | null => {
    if (callers.includes(name)) return name;
    if (ordered.includes(name)) return null;
    for (const mention of mentions.get(functions.get(name)!)!.filter((m) => functions.has(m.text))) {
      const closing = add(mention.text, [...callers, name]);
      if (closing !== null) return closing;
    }
    ordered.push(name);
    return null;
  };
  for (const name of functions.keys()) {
    const closing = add(name, []);
    if (closing === null) continue;
    functions.delete(closing);
    return null;
  }
  return ordered;
}

type Table = ts.VariableStatement;

/** `var name = [numbers];` alone. */
function isTable(statement: ts.Statement): statement is Table {
  if (!ts.isVariableStatement(statement) || statement.declarationList.declarations.length !== 1) return false;
  const { initializer } = statement.declarationList.declarations[0];
  return initializer !== undefined && ts.isArrayLiteralExpression(initializer) && initializer.elements.length > 0 && initializer.elements.every(ts.isNumericLiteral);
}

/** Constant tables, each a JsVar for every number: device code never writes to its constants. */
function tablesOf(file: ts.SourceFile): Map<string, ts.Expression> {
  return new Map(file.statements.filter(isTable).map(({ declarationList: { declarations: [{ name, initializer }] } }) => [name.getText(file), initializer!]));
}

/** Where a statement mentions one of these names; a local may have the same. */
function mentionsIn(node: ts.Node, functions: ReadonlySet<string>, locals: ReadonlySet<string>): ts.Identifier[] {
  if (ts.isIdentifier(node)) return functions.has(node.text) && !locals.has(node.text) && isReference(node) ? [node] : [];
  const inner = ts.isFunctionLike(node) ? new Set([...locals, ...localsOf(node)]) : locals;
  const found: ts.Identifier[] = [];
  ts.forEachChild(node, (child) => { found.push(...mentionsIn(child, functions, inner)); });
  return found;
}

function localsOf(node: ts.Node): string[] {
  const found: string[] = ts.isFunctionExpression(node) && node.name !== undefined ? [node.name.text] : [];
  const collect = (child: ts.Node): void => {
    if ((ts.isParameter(child) || ts.isVariableDeclaration(child)) && ts.isIdentifier(child.name)) found.push(child.name.text);
    if (ts.isFunctionLike(child) && child !== node) {
      if (ts.isFunctionDeclaration(child)) found.push(child.name!.text);
      return;
    }
    ts.forEachChild(child, collect);
  };
  collect(node);
  return found;
}

function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent)) return parent.initializer === node;
  return !ts.isFunctionDeclaration(parent) && !ts.isLabeledStatement(parent);
}

function rewritten(node: ts.Node, mentions: readonly ts.Identifier[], places: ReadonlyMap<string, string>, file: ts.SourceFile): string {
  const start = node.getStart(file);
  let text = node.getText(file);
  for (const mention of [...mentions].reverse()) {
    const place = places.get(mention.text);
    // A table that stays.
    if (place === undefined) continue;
    const at = mention.getStart(file) - start;
    text = text.slice(0, at) + place + text.slice(at + mention.text.length);
  }
  return text;
}

function unusedName(file: ts.SourceFile): string {
  const used = new Set<string>();
  const collect = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text);
    ts.forEachChild(node, collect);
  };
  collect(file);
  let name = '$';
  while ([name, `${name}a`, `${name}b`, `${name}s`].some((n) => used.has(n))) name += '$';
  return name;
}

/** The file is read once: its text stays in flash. The check tells a module saved under another name, or changed on its way. */
function loaderText(loader: string, moduleName: string, size: number): string {
  const text = `${loader}s`;
  return `var ${text}=require("Storage").read(${JSON.stringify(moduleName)},0,${size});`
    + `if(!${text}||${text}.length!=${size}||${text}.substr(0,11)!="/*(function")throw new Error('this module must be in Storage, unchanged, as ${moduleName}');`
    // Its parameters must not hide a function of the module.
    + `function ${loader}(${loader}a,${loader}b){return eval(${text}.substr(${loader}a,${loader}b));}`;
}
