/**
 * Puts functions that are called in one place into that place, where the shape of call and function allows it without a trace: for engines on which
 * every function costs memory (a closure of MicroQuickJS takes 40 bytes), and calls cost more than the code around them. Works on the flat text: names
 * are unique there. Functions that make closures stay where they are. Must not know the target language.
 */
import ts from 'typescript';
import type { FlatProgram } from './flatten.js';
import { originsOf, throughOrigins } from './origins.js';
import { lineStarts } from './source-map.js';

const { factory: f } = ts;

type Fun = ts.FunctionDeclaration & { readonly name: ts.Identifier; readonly body: ts.Block };

export interface InlineOptions {
  /** Whether a function may stand in another's body; absent: any. */
  readonly mayMove?: (callee: string, caller: string) => boolean;
  /** What a return amid a moved function becomes: a `break` out of a labelled block (the default), or out of a loop that runs once, where the language has no labels. */
  readonly exits?: 'label' | 'loop';
}

/** The same program with fewer functions. */
export function inlined(flat: FlatProgram, options: InlineOptions = {}): FlatProgram {
  const file = ts.createSourceFile('/flat.ts', flat.text, ts.ScriptTarget.ES2022, true);
  let statements: readonly ts.Statement[] = file.statements;
  for (let next = round(statements, flat.exports, options); next !== statements; next = round(statements, flat.exports, options)) statements = next;
  const printer = ts.createPrinter({ newLine: ts.NewLineKind.LineFeed });
  const starts = lineStarts(flat.text);
  let text = '';
  const origins = [];
  for (const statement of statements) {
    const printed = printer.printNode(ts.EmitHint.Unspecified, statement, file);
    for (const { at, sourceLine, sourceColumn } of originsOf(statement, printed)) {
      const source = throughOrigins({ line: 0, column: 0, source: '', sourceLine, sourceColumn }, starts, flat.origins);
      if (source !== undefined) origins.push({ at: at + text.length, source: source.source, sourceLine: source.sourceLine, sourceColumn: source.sourceColumn });
    }
    text += `${printed}\n`;
  }
  return { ...flat, ...mentionsOf(statements, flat), text, origins };
}

/** Which functions and constants are left, and which of them and of the target's own ones each mentions. */
function mentionsOf(statements: readonly ts.Statement[], flat: FlatProgram): Pick<FlatProgram, 'names' | 'mentions'> {
  const known = new Set(flat.names);
  const names: string[] = [];
  const uses = new Map<string, Map<string, number>>();
  for (const statement of statements) {
    const name = isFunction(statement) ? statement.name.text : ts.isVariableStatement(statement) ? statement.declarationList.declarations[0].name.getText() : '';
    if (!known.has(name)) continue;
    const mentioned = new Map<string, number>();
    countUses(statement, mentioned);
    names.push(name);
    uses.set(name, mentioned);
  }
  const all = new Set([...names, ...flat.externals]);
  return { names, mentions: new Map([...uses].map(([name, mentioned]) => [name, new Set([...mentioned.keys()].filter((m) => all.has(m) && m !== name))])) };
}

/** Moves as many functions as do not touch each other; the same array when none could be moved. */
function round(statements: readonly ts.Statement[], exports: readonly string[], { mayMove, exits = 'label' }: InlineOptions): readonly ts.Statement[] {
  const uses = new Map<string, number>();
  for (const statement of statements) countUses(statement, uses);
  const once = new Map<string, Fun>();
  for (const statement of statements) {
    // Its own name is one mention, the call the other.
    if (isFunction(statement) && !hasClosures(statement.body) && uses.get(statement.name.text) === 2 && !exports.includes(statement.name.text) && statement.parameters.every((p) => ts.isIdentifier(p.name) && p.name.text !== 'this')) {
      once.set(statement.name.text, statement);
    }
  }
  const moved = new Set<string>();
  const touched = new Set<string>();
  const results = statements.map((statement) => {
    if (!isFunction(statement) || moved.has(statement.name.text)) return statement;
    const take = (name: string, isReturned: boolean): Fun | undefined => {
      const callee = once.get(name);
      if (callee === undefined || callee === statement || touched.has(name) || moved.has(statement.name.text)) return undefined;
      if (mayMove !== undefined && !mayMove(name, statement.name.text)) return undefined;
      if (exits === 'loop' && !isReturned && !returnsOutsideLoops(callee)) return undefined;
      return hidesNothing(statement, callee) ? callee : undefined;
    };
    const body = bodyWith(statement, take, exits, (name) => {
      moved.add(name);
      touched.add(statement.name.text);
    });
    return body === statement.body ? statement : f.updateFunctionDeclaration(statement, statement.modifiers, undefined, statement.name, undefined, statement.parameters, statement.type, body);
  });
  if (moved.size === 0) return statements;
  return results.filter((statement) => !isFunction(statement) || !moved.has(statement.name.text));
}

/** Whether a `break` in place of each return would leave the function's own body and nothing within it. */
function returnsOutsideLoops(fun: Fun): boolean {
  const last = fun.body.statements.at(-1);
  const holds = (node: ts.Node, isWithin: boolean): boolean => {
    if (ts.isReturnStatement(node) && isWithin && node !== last) return false;
    const inner = isWithin || ts.isIterationStatement(node, false) || ts.isSwitchStatement(node);
    return ts.forEachChild(node, (child) => !holds(child, inner)) !== true;
  };
  return holds(fun.body, false);
}

/** The core has none; a port's functions may. */
function hasClosures(node: ts.Node): boolean {
  return ts.isFunctionLike(node) || ts.forEachChild(node, hasClosures) === true;
}

function isFunction(statement: ts.Statement): statement is Fun {
  return ts.isFunctionDeclaration(statement) && statement.name !== undefined && statement.body !== undefined;
}

/** True where an identifier names a property, not a variable or function. */
function isPropertyName(node: ts.Identifier, parent: ts.Node | undefined): boolean {
  if (parent === undefined) return false;
  return (ts.isPropertyAccessExpression(parent) && parent.name === node) || (ts.isPropertyAssignment(parent) && parent.name === node);
}

function countUses(node: ts.Node, uses: Map<string, number>, parent?: ts.Node): void {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
  if (ts.isIdentifier(node) && !isPropertyName(node, parent)) uses.set(node.text, (uses.get(node.text) ?? 0) + 1);
  ts.forEachChild(node, (child) => { countUses(child, uses, node); });
}

/** Whether no variable of the caller has the name of a function or constant that the other one uses. */
function hidesNothing(caller: Fun, callee: Fun): boolean {
  const uses = new Map<string, number>();
  countUses(callee.body, uses);
  const own = variablesOf(callee);
  return [...variablesOf(caller)].every((name) => own.has(name) || !uses.has(name));
}

function variablesOf(fun: Fun): Set<string> {
  const names = new Set(fun.parameters.map((parameter) => (parameter.name as ts.Identifier).text));
  const collect = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, collect);
  };
  collect(fun.body);
  return names;
}

/** Parameters and variables that never change after their declaration has run. */
function fixedVariables(fun: Fun): Set<string> {
  const changed = new Set<string>();
  const seen = new Set<string>();
  const change = (node: ts.Node): void => { if (ts.isIdentifier(node)) changed.add(node.text); };
  const look = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) change(node.left);
    if (ts.isPostfixUnaryExpression(node) || ts.isPrefixUnaryExpression(node)) change(node.operand);
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      // Two of one name in different blocks are not told apart.
      if (seen.has(node.name.text) || node.initializer === undefined) changed.add(node.name.text);
      seen.add(node.name.text);
    }
    ts.forEachChild(node, look);
  };
  for (const parameter of fun.parameters) seen.add((parameter.name as ts.Identifier).text);
  look(fun.body);
  return new Set([...variablesOf(fun)].filter((name) => !changed.has(name)));
}

/** The function to move of this name, if it may be; `isReturned`: its value is what the caller returns. */
type Take = (name: string, isReturned: boolean) => Fun | undefined;

/** The body with calls replaced: each whose place is such that nothing else happens before it in its statement. */
function bodyWith(caller: Fun, take: Take, exits: 'label' | 'loop', tell: (name: string) => void): ts.Block {
  const fixed = fixedVariables(caller);
  const result = ts.transform(caller.body, [(context) => (root) => {
    const visitIn = (parent: ts.Node) => (node: ts.Node): ts.VisitResult<ts.Node> => {
      if (ts.isFunctionLike(node)) return node;
      const call = ts.isStatement(node) ? firstCall(node, take) : undefined;
      if (call === undefined) return ts.visitEachChild(node, visitIn(node), context);
      const fun = take((call.expression as ts.Identifier).text, isReturnOf(node as ts.Statement, call))!;
      tell(fun.name.text);
      const statements = inPlace(node as ts.Statement, call, fun, { fixed, exits });
      return ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent) ? statements : f.createBlock(statements, true);
    };
    return ts.visitEachChild(root, visitIn(root), context);
  }]);
  return result.transformed[0];
}

/** The call of a function to move that is evaluated before anything else in the statement. */
function firstCall(statement: ts.Statement, take: Take): ts.CallExpression | undefined {
  let found: ts.CallExpression | undefined;
  /** False: what comes after this may not be moved before it. */
  const walk = (node: ts.Expression): boolean => {
    if (ts.isIdentifier(node) || ts.isLiteralExpression(node) || isConstant(node)) return true;
    if (ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isAsExpression(node)) return walk(node.expression);
    if (ts.isPrefixUnaryExpression(node)) return walk(node.operand) && false;
    if (ts.isPropertyAccessExpression(node)) return walk(node.expression) && false;
    if (ts.isElementAccessExpression(node)) return walk(node.expression) && walk(node.argumentExpression) && false;
    if (ts.isConditionalExpression(node)) return walk(node.condition) && false;
    if (ts.isBinaryExpression(node)) return walkBinary(node);
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return false;
    const fun = take(node.expression.text, isReturnOf(statement, node));
    if (fun !== undefined && fun.parameters.length === node.arguments.length) found = node;
    else for (const argument of node.arguments) if (!walk(argument)) return false;
    return false;
  };
  const walkBinary = (node: ts.BinaryExpression): boolean => {
    const { left, right, operatorToken: { kind } } = node;
    // What is assigned to is looked at after the value is there: a variable, or a field of one.
    if (kind === ts.SyntaxKind.EqualsToken) return (ts.isIdentifier(left) || (ts.isPropertyAccessExpression(left) && ts.isIdentifier(left.expression))) && walk(right) && false;
    const isLogical = kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken;
    return walk(left) && !isLogical && walk(right) && false;
  };
  const expression = firstExpression(statement);
  if (expression !== undefined) walk(expression);
  return found;
}

function isConstant(node: ts.Expression): boolean {
  return node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword || node.kind === ts.SyntaxKind.NullKeyword;
}

/** What a statement evaluates first, once. */
function firstExpression(statement: ts.Statement): ts.Expression | undefined {
  if (ts.isReturnStatement(statement) || ts.isExpressionStatement(statement) || ts.isIfStatement(statement) || ts.isSwitchStatement(statement)) return statement.expression;
  return ts.isVariableStatement(statement) ? statement.declarationList.declarations[0].initializer : undefined;
}

/** The statement behind the moved function, whose value it finds in a variable. */
function inPlace(statement: ts.Statement, call: ts.CallExpression, fun: Fun, way: Way): ts.Statement[] {
  if (isReturnOf(statement, call)) {
    const statements = placed(call, fun, null, way);
    return endsInReturn(fun) ? statements : [...statements, f.createReturnStatement()];
  }
  if (ts.isExpressionStatement(statement) && statement.expression === call) return placed(call, fun, { label: `${fun.name.text}_end`, value: null }, way);
  const target = targetOf(statement, call);
  if (target !== undefined) {
    const statements = placed(call, fun, { label: `${fun.name.text}_end`, value: target }, way);
    return ts.isVariableStatement(statement) ? [declared(target), ...statements] : statements;
  }
  const value = `${fun.name.text}_result`;
  const rest = ts.transform(statement, [(context) => (root) => {
    const visit = (node: ts.Node): ts.Node => node === call ? f.createIdentifier(value) : ts.visitEachChild(node, visit, context);
    return ts.visitNode(root, visit) as ts.Statement;
  }]).transformed[0];
  return [declared(value), ...placed(call, fun, { label: `${fun.name.text}_end`, value }, way), rest];
}

function isReturnOf(statement: ts.Statement, call: ts.CallExpression): boolean {
  return ts.isReturnStatement(statement) && statement.expression === call;
}

function endsInReturn(fun: Fun): boolean {
  const last = fun.body.statements.at(-1);
  return last !== undefined && ts.isReturnStatement(last);
}

/** The variable that takes the call's value and nothing else. */
function targetOf(statement: ts.Statement, call: ts.CallExpression): string | undefined {
  if (ts.isVariableStatement(statement)) {
    const [first, ...others] = statement.declarationList.declarations;
    return first.initializer === call && others.length === 0 && ts.isIdentifier(first.name) ? first.name.text : undefined;
  }
  if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) return undefined;
  const { left, right, operatorToken } = statement.expression;
  return operatorToken.kind === ts.SyntaxKind.EqualsToken && right === call && ts.isIdentifier(left) ? left.text : undefined;
}

function declared(name: string, value?: ts.Expression): ts.Statement {
  return f.createVariableStatement(undefined, f.createVariableDeclarationList([f.createVariableDeclaration(name, undefined, undefined, value)], ts.NodeFlags.Let));
}

/** Where a moved function's returns lead: out of a labelled block, with their value in a variable. Null: they stay returns. */
interface Exit {
  readonly label: string;
  readonly value: string | null;
}

/** How functions are moved into one caller. */
interface Way {
  /** The caller's variables that do not change. */
  readonly fixed: ReadonlySet<string>;
  readonly exits: 'label' | 'loop';
}

/** The function's statements in the place of its call, its parameters and variables under names that nobody else has. */
function placed(call: ts.CallExpression, fun: Fun, exit: Exit | null, { fixed, exits }: Way): ts.Statement[] {
  const own = variablesOf(fun);
  const kept = fixedVariables(fun);
  // A parameter that only ever is what a variable of the caller is needs no variable of its own.
  const same = new Map<string, string>();
  fun.parameters.forEach((parameter, n) => {
    const [name, argument] = [(parameter.name as ts.Identifier).text, call.arguments[n]];
    if (kept.has(name) && ts.isIdentifier(argument) && fixed.has(argument.text)) same.set(name, argument.text);
  });
  const renamed = (name: string): string => same.get(name) ?? `${name}_${fun.name.text}`;
  const last = fun.body.statements.at(-1);
  let hasJump = false;
  const left = (node: ts.ReturnStatement, value: ts.Expression | undefined): ts.Statement[] => {
    const statements: ts.Statement[] = [];
    if (exit!.value !== null && value !== undefined) statements.push(f.createExpressionStatement(f.createAssignment(f.createIdentifier(exit!.value), value)));
    else if (value !== undefined) statements.push(f.createExpressionStatement(value));
    if (node !== last) {
      hasJump = true;
      statements.push(f.createBreakStatement(exits === 'label' ? exit!.label : undefined));
    }
    return statements;
  };
  const body = ts.transform(fun.body, [(context) => (root) => {
    const visitIn = (parent: ts.Node) => (node: ts.Node): ts.VisitResult<ts.Node> => {
      if (ts.isTypeNode(node)) return node;
      if (ts.isShorthandPropertyAssignment(node) && own.has(node.name.text)) return f.createPropertyAssignment(node.name.text, f.createIdentifier(renamed(node.name.text)));
      if (ts.isIdentifier(node) && own.has(node.text) && !isPropertyName(node, parent)) return ts.setOriginalNode(f.createIdentifier(renamed(node.text)), node);
      const visited = ts.visitEachChild(node, visitIn(node), context);
      if (exit === null || !ts.isReturnStatement(node)) return visited;
      const statements = left(node, (visited as ts.ReturnStatement).expression);
      return ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent) ? statements : f.createBlock(statements, true);
    };
    return ts.visitEachChild(root, visitIn(root), context);
  }]).transformed[0];
  const parameters = fun.parameters.flatMap((parameter, n) => {
    const { text } = parameter.name as ts.Identifier;
    return same.has(text) ? [] : declared(renamed(text), call.arguments[n]);
  });
  const block = f.createBlock([...parameters, ...body.statements], true);
  if (!hasJump) return [block];
  return [exits === 'label' ? f.createLabeledStatement(exit!.label, block) : f.createDoStatement(block, f.createFalse())];
}
