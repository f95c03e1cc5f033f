// What a piece of code does to a variable: which values it assigns, how a for loop counts, which variables a loop moves on by one.
// Ranges and the byte-loop rule stand on it. Knows TypeScript's tree, neither ESLint nor ranges.

import ts from 'typescript';
import { symbolOf, unwrapped } from './deviceCode.js';

export interface Assignments {
  /** Values it is given by `=`. */
  readonly given: readonly ts.Expression[];
  /** Values that are combined into it by `|=` or `^=`. */
  readonly bits: readonly ts.Expression[];
  /** It is changed in another way too: counted, shifted, added to. */
  readonly otherwise: boolean;
}

function isChange(operator: ts.SyntaxKind): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}

function isAssignment(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

/** Every change of one variable inside a piece of code; its declaration is not one. */
export function assignmentsTo(symbol: ts.Symbol, code: ts.Node, checker: ts.TypeChecker): Assignments {
  const given: ts.Expression[] = [];
  const bits: ts.Expression[] = [];
  let otherwise = false;
  const collect = (node: ts.Node): void => {
    if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isChange(node.operator)) {
      if (symbolOf(node.operand, checker) === symbol) otherwise = true;
    } else if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind) && symbolOf(node.left, checker) === symbol) {
      const kind = node.operatorToken.kind;
      if (kind === ts.SyntaxKind.EqualsToken) given.push(node.right);
      else if (kind === ts.SyntaxKind.BarEqualsToken || kind === ts.SyntaxKind.CaretEqualsToken) bits.push(node.right);
      else otherwise = true;
    }
    ts.forEachChild(node, collect);
  };
  collect(code);
  return { given, bits, otherwise };
}

export interface Counter {
  readonly first: ts.Expression;
  /** Above 0 upwards, below 0 downwards. */
  readonly step: number;
  readonly end: ts.Expression;
  /** The end itself is reached (<= or >=). */
  readonly endIncluded: boolean;
}

/** `for (let i = first; i < end; i += step)` whose body leaves `i` alone; the condition may be longer by `&& …`. */
export function counterOf(loop: ts.ForStatement, checker: ts.TypeChecker): Counter | undefined {
  const list = loop.initializer;
  if (list === undefined || !ts.isVariableDeclarationList(list) || loop.condition === undefined || loop.incrementor === undefined) return undefined;
  for (const declaration of list.declarations) {
    const symbol = symbolOf(declaration.name, checker);
    const step = symbol === undefined ? 0 : stepOf(loop.incrementor, symbol, checker);
    if (symbol === undefined || declaration.initializer === undefined || step === 0) continue;
    const changes = assignmentsTo(symbol, loop.statement, checker);
    if (changes.otherwise || changes.given.length + changes.bits.length > 0) continue;
    const end = endOf(loop.condition, symbol, step, checker);
    if (end !== undefined) return { first: declaration.initializer, step, ...end };
  }
  return undefined;
}

/** By how much an expression changes a variable: `i++`, `i -= 2`, `i = i + 1`; 0 when it does not, or not by a literal or constant. */
function stepOf(node: ts.Node, symbol: ts.Symbol, checker: ts.TypeChecker): number {
  if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isChange(node.operator)) {
    if (symbolOf(node.operand, checker) !== symbol) return 0;
    return node.operator === ts.SyntaxKind.PlusPlusToken ? 1 : -1;
  }
  if (!ts.isBinaryExpression(node) || symbolOf(node.left, checker) !== symbol) return 0;
  const kind = node.operatorToken.kind;
  if (kind === ts.SyntaxKind.PlusEqualsToken) return literalOf(node.right, checker);
  if (kind === ts.SyntaxKind.MinusEqualsToken) return -literalOf(node.right, checker);
  const sum = unwrapped(node.right);
  if (kind !== ts.SyntaxKind.EqualsToken || !ts.isBinaryExpression(sum) || symbolOf(sum.left, checker) !== symbol) return 0;
  if (sum.operatorToken.kind === ts.SyntaxKind.PlusToken) return literalOf(sum.right, checker);
  return sum.operatorToken.kind === ts.SyntaxKind.MinusToken ? -literalOf(sum.right, checker) : 0;
}

function literalOf(node: ts.Expression, checker: ts.TypeChecker): number {
  const type = checker.getTypeAtLocation(node);
  return type.isNumberLiteral() ? type.value : 0;
}

function endOf(condition: ts.Expression, symbol: ts.Symbol, step: number, checker: ts.TypeChecker): { end: ts.Expression; endIncluded: boolean } | undefined {
  const test = unwrapped(condition);
  if (!ts.isBinaryExpression(test)) return undefined;
  const kind = test.operatorToken.kind;
  if (kind === ts.SyntaxKind.AmpersandAmpersandToken) return endOf(test.left, symbol, step, checker) ?? endOf(test.right, symbol, step, checker);
  if (symbolOf(test.left, checker) !== symbol) return undefined;
  const [open, closed] = step > 0 ? [ts.SyntaxKind.LessThanToken, ts.SyntaxKind.LessThanEqualsToken] : [ts.SyntaxKind.GreaterThanToken, ts.SyntaxKind.GreaterThanEqualsToken];
  return kind === open || kind === closed ? { end: test.right, endIncluded: kind === closed } : undefined;
}

/** The variables and fields that a loop moves on by one, and the constants it derives from them by arithmetic. */
export function walkersOf(loop: ts.IterationStatement, checker: ts.TypeChecker): ReadonlySet<ts.Symbol> {
  const walkers = new Set<ts.Symbol>();
  const collect = (node: ts.Node): void => {
    const target = ts.isBinaryExpression(node) ? node.left : ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node) ? node.operand : undefined;
    const symbol = target === undefined ? undefined : symbolOf(target, checker);
    if (symbol !== undefined && Math.abs(stepOf(node, symbol, checker)) === 1) walkers.add(symbol);
    ts.forEachChild(node, collect);
  };
  const derive = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.initializer !== undefined && isMovedBy(walkers, node.initializer, checker)) {
      const symbol = symbolOf(node.name, checker);
      if (symbol !== undefined) walkers.add(symbol);
    }
    ts.forEachChild(node, derive);
  };
  collect(loop);
  derive(loop.statement);
  return walkers;
}

/** Whether an expression moves on with a walker. What is looked up or computed by a call is a jump, not a step. */
export function isMovedBy(walkers: ReadonlySet<ts.Symbol>, node: ts.Node, checker: ts.TypeChecker): boolean {
  if (ts.isCallExpression(node) || ts.isElementAccessExpression(node)) return false;
  const symbol = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) ? symbolOf(node, checker) : undefined;
  if (symbol !== undefined && walkers.has(symbol)) return true;
  return ts.forEachChild(node, (child) => isMovedBy(walkers, child, checker) || undefined) ?? false;
}
