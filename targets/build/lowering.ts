/**
 * Rewrites a flat program for an interpreter that pays for every parameter and every field: the struct that nearly all functions take first becomes a
 * variable of the module, and its integers become the elements of one array. Works on the text that flatten.ts writes, by names and type annotations.
 *
 * Both rest on the device subset: structs are plain, functions take them first, nothing calls back. Must not know what the functions do.
 */
import ts from 'typescript';
import { type Origin, originsOf, throughOrigins } from './origins.js';
import { BuildError } from './program.js';
import { lineStarts } from './source-map.js';

const { factory, SyntaxKind } = ts;

export interface Lowering {
  /** The interface of the struct that becomes a variable: `Client`. */
  readonly current: string;
  /** Whether its integers are packed into one array. */
  readonly packed: boolean;
}

/** Names that the lowering gives; no device code uses them. */
const names = { current: 'currentStruct', given: 'givenStruct', ints: 'ints', currentInts: 'currentInts' } as const;

/** The field that holds the array, for a minifier. */
export const packedField = names.ints;

interface Shape {
  /** Functions that take the struct first, and the name they have for it. */
  readonly takers: ReadonlyMap<string, string>;
  /** Those of them that are called with another struct than their caller's, or from outside: they set the variable. */
  readonly entries: ReadonlySet<string>;
  /** Integer fields and their places in the array. */
  readonly places: ReadonlyMap<string, number>;
}

/** A text and where it comes from, as flatten.ts gives both. */
export interface Lowered {
  readonly text: string;
  readonly origins: readonly Origin[];
}

export function lower({ text, origins }: Lowered, exports: readonly string[], lowering: Lowering): Lowered {
  const file = ts.createSourceFile('flat.ts', text, ts.ScriptTarget.ES2022, true);
  const shape = shapeOf(file, exports, lowering);
  if (shape.takers.size === 0) return { text, origins };
  const result = ts.transform(file, [(context) => (root) => {
    const statements = root.statements.map((statement) => lowerStatement(statement, shape, context));
    return factory.updateSourceFile(root, statements);
  }]).transformed[0];
  const variables = shape.places.size > 0 ? `let ${names.current}: any, ${names.currentInts}: any;\n` : `let ${names.current}: any;\n`;
  return printed(result, file, variables, { text, origins });
}

/** The lowered statements behind `head`; what they were made of had its origins in the flat text. */
function printed(result: ts.SourceFile, file: ts.SourceFile, head: string, flat: Lowered): Lowered {
  const starts = lineStarts(flat.text);
  const printer = ts.createPrinter();
  let text = head;
  const origins: Origin[] = [];
  for (const statement of result.statements) {
    const one = printer.printNode(ts.EmitHint.Unspecified, statement, file);
    for (const origin of originsOf(statement, one)) {
      const from = throughOrigins({ ...origin, line: 0, column: 0 }, starts, flat.origins);
      if (from !== undefined) origins.push({ at: text.length + origin.at, source: from.source, sourceLine: from.sourceLine, sourceColumn: from.sourceColumn });
    }
    text += `${one}\n`;
  }
  return { text, origins };
}

function shapeOf(file: ts.SourceFile, exports: readonly string[], lowering: Lowering): Shape {
  const takers = new Map<string, string>();
  for (const statement of file.statements) {
    if (!ts.isFunctionDeclaration(statement) || statement.name === undefined || statement.parameters.length === 0) continue;
    const first = statement.parameters[0];
    if (first.type !== undefined && first.type.getText(file) === lowering.current && ts.isIdentifier(first.name)) takers.set(statement.name.text, first.name.text);
  }
  const entries = new Set(exports.filter((name) => takers.has(name)));
  for (const statement of file.statements) {
    if (ts.isFunctionDeclaration(statement) && takers.has(statement.name?.text ?? '') && statement.body !== undefined) refuseClosures(statement.body, statement.name!.text);
    const own = ts.isFunctionDeclaration(statement) && statement.name !== undefined ? takers.get(statement.name.text) : undefined;
    findEntries(statement, own, takers, entries);
  }
  return { takers, entries, places: lowering.packed ? placesOf(file, lowering.current) : new Map<string, number>() };
}

function findEntries(node: ts.Node, own: string | undefined, takers: ReadonlyMap<string, string>, entries: Set<string>): void {
  if (ts.isIdentifier(node) && takers.has(node.text) && !isName(node)) {
    const call = node.parent;
    const first = ts.isCallExpression(call) && call.expression === node ? call.arguments[0] : undefined;
    if (own === undefined || first === undefined || !ts.isIdentifier(first) || first.text !== own) entries.add(node.text);
  }
  ts.forEachChild(node, (child) => { findEntries(child, own, takers, entries); });
}

/** A closure would find another struct in the variable by the time it runs. */
function refuseClosures(node: ts.Node, name: string): void {
  if (ts.isFunctionLike(node)) throw new BuildError(`${name}: a function that takes the current struct first may not make closures; let it take its owner instead`);
  ts.forEachChild(node, (child) => { refuseClosures(child, name); });
}

/** Whether an identifier only names a field or a declaration. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isPropertyAccessExpression(parent) && parent.name === node) || (ts.isPropertyAssignment(parent) && parent.name === node)
    || ((ts.isFunctionDeclaration(parent) || ts.isParameter(parent) || ts.isVariableDeclaration(parent)) && parent.name === node);
}

/** The integer fields of the struct whose names no other struct has, those mentioned most at the front: short places are read faster. */
function placesOf(file: ts.SourceFile, current: string): Map<string, number> {
  const enums = new Set(file.statements.filter(ts.isEnumDeclaration).map((e) => e.name.text));
  const counts = new Map<string, number>();
  const elsewhere = new Set<string>();
  for (const statement of file.statements) {
    if (!ts.isInterfaceDeclaration(statement)) continue;
    for (const member of statement.members) {
      const name = member.name?.getText(file) ?? '';
      if (statement.name.text !== current) elsewhere.add(name);
      else if (ts.isPropertySignature(member) && member.type !== undefined && (member.type.kind === SyntaxKind.NumberKeyword || enums.has(member.type.getText(file)))) counts.set(name, 0);
    }
  }
  const literals: string[][] = [];
  const count = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && counts.has(node.name.text)) counts.set(node.name.text, counts.get(node.name.text)! + 1);
    if (ts.isObjectLiteralExpression(node)) literals.push(node.properties.map((property) => property.name?.getText(file) ?? ''));
    ts.forEachChild(node, count);
  };
  count(file);
  // The struct's own literal is the one with most of its fields. A field that is gone from it, nothing read.
  const common = (literal: readonly string[]): number => literal.filter((name) => counts.has(name)).length;
  literals.sort((a, b) => common(b) - common(a));
  for (const literal of literals.slice(1)) for (const name of literal) elsewhere.add(name);
  const kept = [...counts].filter(([name]) => !elsewhere.has(name) && literals[0]?.includes(name)).sort((a, b) => b[1] - a[1]);
  return new Map(kept.map(([name], place) => [name, place]));
}

function lowerStatement(statement: ts.Statement, shape: Shape, context: ts.TransformationContext): ts.Statement {
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) || ts.isEnumDeclaration(statement)) return statement;
  const name = ts.isFunctionDeclaration(statement) ? statement.name!.text : '';
  const own = shape.takers.get(name);
  const visit = (node: ts.Node): ts.Node => lowerNode(node, own, shape, (child) => ts.visitEachChild(child, visit, context));
  const lowered = ts.visitEachChild(statement, visit, context);
  if (own === undefined || !ts.isFunctionDeclaration(lowered) || lowered.body === undefined) return lowered;
  const isEntry = shape.entries.has(name);
  const parameters = isEntry ? [factory.createParameterDeclaration(undefined, undefined, names.given), ...lowered.parameters.slice(1)] : lowered.parameters.slice(1);
  const body = isEntry ? factory.createBlock([...entering(shape), ...lowered.body.statements], true) : lowered.body;
  return factory.updateFunctionDeclaration(lowered, lowered.modifiers, undefined, lowered.name, undefined, parameters, lowered.type, body);
}

/** What an entry does first. */
function entering(shape: Shape): ts.Statement[] {
  const set = (name: string, value: ts.Expression): ts.Statement =>
    factory.createExpressionStatement(factory.createAssignment(factory.createIdentifier(name), value));
  const statements = [set(names.current, factory.createIdentifier(names.given))];
  if (shape.places.size > 0) statements.push(set(names.currentInts, factory.createPropertyAccessExpression(factory.createIdentifier(names.given), names.ints)));
  return statements;
}

function lowerNode(node: ts.Node, own: string | undefined, shape: Shape, descend: (node: ts.Node) => ts.Node): ts.Node {
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && shape.takers.has(node.expression.text) && !shape.entries.has(node.expression.text)) {
    const lowered = descend(node) as ts.CallExpression;
    return factory.updateCallExpression(lowered, lowered.expression, undefined, lowered.arguments.slice(1));
  }
  if (ts.isPropertyAccessExpression(node)) {
    const place = shape.places.get(node.name.text);
    if (place !== undefined) {
      const isOwn = ts.isIdentifier(node.expression) && node.expression.text === own;
      const array = isOwn ? factory.createIdentifier(names.currentInts) : factory.createPropertyAccessExpression(descend(node.expression) as ts.Expression, names.ints);
      return factory.createElementAccessExpression(array, place);
    }
  }
  if (ts.isObjectLiteralExpression(node)) return packLiteral(descend(node) as ts.ObjectLiteralExpression, shape.places);
  if (ts.isIdentifier(node) && own !== undefined && node.text === own && !isName(node)) return factory.createIdentifier(names.current);
  return descend(node);
}

/** The literal that makes the struct: its integers in one array, in their places. */
function packLiteral(node: ts.ObjectLiteralExpression, places: ReadonlyMap<string, number>): ts.Expression {
  const values: ts.Expression[] = [];
  const kept = node.properties.filter((property) => {
    const place = property.name !== undefined && ts.isIdentifier(property.name) ? places.get(property.name.text) : undefined;
    if (place === undefined) return true;
    values[place] = ts.isPropertyAssignment(property) ? property.initializer : factory.createIdentifier((property.name as ts.Identifier).text);
    return false;
  });
  if (values.length === 0) return node;
  const array = factory.createNewExpression(factory.createIdentifier('Int32Array'), undefined, [factory.createArrayLiteralExpression(values)]);
  return factory.updateObjectLiteralExpression(node, [...kept, factory.createPropertyAssignment(names.ints, array)]);
}
