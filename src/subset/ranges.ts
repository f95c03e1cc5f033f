// Value ranges of integer expressions: what can be proven from the text of an expression alone, without following control flow.
// The rules for byte stores, shifts, products and remainders stand on it. Knows TypeScript's tree and types, not ESLint.
// Change together with the table of provable forms in README.md.

import ts from 'typescript';
import { assignmentsTo, counterOf } from './assignments.js';
import { functionNamed, owningFunction, symbolOf, typedArrayAt, unwrapped } from './deviceCode.js';

export interface Range {
  readonly low: number;
  readonly high: number;
}

export const int32: Range = { low: -2147483648, high: 2147483647 };

export function within(range: Range | undefined, low: number, high: number): boolean {
  return range !== undefined && range.low >= low && range.high <= high;
}

/** The provable range of an expression, or undefined when its text proves nothing. */
export function rangeOf(node: ts.Expression, checker: ts.TypeChecker): Range | undefined {
  return rangeOfSeen(node, checker, new Set());
}

/** The range of `left operator right`, for compound assignments as well as for binary expressions. */
export function rangeOfOperation(operator: ts.SyntaxKind, left: Range | undefined, right: Range | undefined): Range | undefined {
  if (operator === ts.SyntaxKind.AmpersandToken) return intersectionOfBits(left, right);
  if (operator === ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken) return shiftedRight(left, right);
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case ts.SyntaxKind.PlusToken: return { low: left.low + right.low, high: left.high + right.high };
    case ts.SyntaxKind.MinusToken: return { low: left.low - right.high, high: left.high - right.low };
    case ts.SyntaxKind.AsteriskToken: return hull([left.low * right.low, left.low * right.high, left.high * right.low, left.high * right.high]);
    case ts.SyntaxKind.PercentToken: return left.low >= 0 && right.low > 0 ? { low: 0, high: Math.min(left.high, right.high - 1) } : undefined;
    case ts.SyntaxKind.BarToken:
    case ts.SyntaxKind.CaretToken: return left.low >= 0 && right.low >= 0 ? { low: 0, high: allBitsUpTo(Math.max(left.high, right.high)) } : undefined;
    case ts.SyntaxKind.LessThanLessThanToken: return shiftedLeft(left, right);
    default: return undefined;
  }
}

function hull(values: readonly number[]): Range {
  return { low: Math.min(...values), high: Math.max(...values) };
}

function allBitsUpTo(value: number): number {
  let bits = 1;
  while (bits <= value) bits *= 2;
  return bits - 1;
}

function intersectionOfBits(left: Range | undefined, right: Range | undefined): Range | undefined {
  const highs = [left, right].filter((side) => side !== undefined && side.low >= 0 && side.high <= int32.high).map((side) => side!.high);
  return highs.length === 0 ? undefined : { low: 0, high: Math.min(...highs) };
}

function shiftedRight(left: Range | undefined, right: Range | undefined): Range | undefined {
  if (!within(right, 0, 31)) return undefined;
  if (within(left, 0, int32.high)) return { low: Math.floor(left!.low / 2 ** right!.high), high: Math.floor(left!.high / 2 ** right!.low) };
  return { low: 0, high: Math.floor(4294967295 / 2 ** right!.low) };
}

function shiftedLeft(left: Range, right: Range): Range | undefined {
  if (left.low < 0 || !within(right, 0, 31)) return undefined;
  const high = left.high * 2 ** right.high;
  return high <= int32.high ? { low: left.low * 2 ** right.low, high } : undefined;
}

function rangeOfSeen(node: ts.Expression, checker: ts.TypeChecker, seen: Set<ts.Node>): Range | undefined {
  const typed = rangeOfType(checker.getTypeAtLocation(node));
  if (typed !== undefined) return typed;
  const inner = unwrapped(node);
  if (ts.isNumericLiteral(inner)) return { low: Number(inner.text), high: Number(inner.text) };
  if (ts.isPrefixUnaryExpression(inner)) return rangeOfUnary(inner, checker, seen);
  if (ts.isConditionalExpression(inner)) return hullOf([inner.whenTrue, inner.whenFalse], checker, seen);
  if (ts.isBinaryExpression(inner)) {
    return rangeOfOperation(inner.operatorToken.kind, rangeOfSeen(inner.left, checker, seen), rangeOfSeen(inner.right, checker, seen));
  }
  if (ts.isElementAccessExpression(inner)) return rangeOfElement(inner.expression, checker, seen);
  if (ts.isPropertyAccessExpression(inner)) return inner.name.text === 'length' ? { low: 0, high: int32.high } : undefined;
  if (ts.isIdentifier(inner)) return rangeOfVariable(inner, checker, seen);
  if (ts.isCallExpression(inner)) return rangeOfCall(inner, checker, seen);
  return undefined;
}

/** Literals, members of a const enum, and unions of them. A value of an enum type is taken to be one of its members. */
function rangeOfType(type: ts.Type): Range | undefined {
  const parts = type.isUnion() ? type.types : [type];
  const values: number[] = [];
  for (const part of parts) {
    if (!part.isNumberLiteral()) return undefined;
    values.push(part.value);
  }
  return hull(values);
}

function rangeOfUnary(node: ts.PrefixUnaryExpression, checker: ts.TypeChecker, seen: Set<ts.Node>): Range | undefined {
  const operand = rangeOfSeen(node.operand, checker, seen);
  if (operand === undefined) return undefined;
  if (node.operator === ts.SyntaxKind.MinusToken) return { low: 0 - operand.high, high: 0 - operand.low };
  if (node.operator === ts.SyntaxKind.TildeToken && within(operand, int32.low, int32.high)) return { low: -1 - operand.high, high: -1 - operand.low };
  return undefined;
}

function hullOf(nodes: readonly ts.Expression[], checker: ts.TypeChecker, seen: Set<ts.Node>): Range | undefined {
  const values: number[] = [];
  for (const node of nodes) {
    const range = rangeOfSeen(node, checker, seen);
    if (range === undefined) return undefined;
    values.push(range.low, range.high);
  }
  return values.length === 0 ? undefined : hull(values);
}

/** A constant has the range of its value, a local variable that of all values it is ever given. */
function rangeOfVariable(node: ts.Identifier, checker: ts.TypeChecker, seen: Set<ts.Node>): Range | undefined {
  const symbol = symbolOf(node, checker);
  const declaration = symbol?.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const value = declaration.initializer;
  if ((declaration.parent.flags & ts.NodeFlags.Const) !== 0) {
    return value === undefined ? undefined : once(declaration, seen, () => rangeOfSeen(value, checker, seen));
  }
  const loop = declaration.parent.parent;
  if (ts.isForStatement(loop) && isInside(node, loop.statement)) return once(declaration, seen, () => rangeOfCounter(loop, checker, seen)?.range);
  const owner = owningFunction(declaration);
  if (owner?.body === undefined) return undefined;
  const { given, bits, otherwise } = assignmentsTo(symbol!, owner.body, checker);
  if (otherwise) return undefined;
  return once(declaration, seen, () => {
    let range = hullOf(value === undefined ? given : [value, ...given], checker, seen);
    for (const bit of bits) range = rangeOfOperation(ts.SyntaxKind.BarToken, range, rangeOfSeen(bit, checker, seen));
    return range;
  });
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return node.pos >= outer.pos && node.end <= outer.end;
}

/** The values a for loop's counter takes in the body. */
function rangeOfCounter(loop: ts.ForStatement, checker: ts.TypeChecker, seen: Set<ts.Node>): { range: Range; step: number } | undefined {
  const counter = counterOf(loop, checker);
  if (counter === undefined) return undefined;
  const first = rangeOfSeen(counter.first, checker, seen);
  const end = rangeOfSeen(counter.end, checker, seen);
  if (first === undefined || end === undefined) return undefined;
  const beside = counter.endIncluded ? 0 : 1;
  const reach = counter.step > 0 ? end.high - beside - first.low : first.high - end.low - beside;
  const size = Math.abs(counter.step);
  const travel = first.low === first.high ? Math.floor(reach / size) * size : reach;
  const range = counter.step > 0 ? { low: first.low, high: first.low + travel } : { low: first.high - travel, high: first.high };
  return { range, step: counter.step };
}

/** How often the body of a loop runs at most, or undefined when its text proves nothing. */
export function roundsOf(loop: ts.IterationStatement, checker: ts.TypeChecker): number | undefined {
  const counted = ts.isForStatement(loop) ? rangeOfCounter(loop, checker, new Set()) : undefined;
  if (counted === undefined) return undefined;
  return Math.max(0, Math.floor((counted.range.high - counted.range.low) / Math.abs(counted.step)) + 1);
}

function constantValue(node: ts.Expression, checker: ts.TypeChecker): ts.Expression | undefined {
  const declaration = symbolOf(node, checker)?.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  return (declaration.parent.flags & ts.NodeFlags.Const) === 0 ? undefined : declaration.initializer;
}

function rangeOfElement(array: ts.Expression, checker: ts.TypeChecker, seen: Set<ts.Node>): Range | undefined {
  const typed = typedArrayAt(array, checker);
  if (typed === undefined) return rangeOfTable(array, checker, seen);
  return within(typed, -32768, 65535) ? typed : undefined; // 32 bits prove nothing
}

/** An element of a constant table of integers, or of tables of them. */
function rangeOfTable(table: ts.Expression, checker: ts.TypeChecker, seen: Set<ts.Node>): Range | undefined {
  const row = unwrapped(table);
  const value = constantValue(ts.isElementAccessExpression(row) ? unwrapped(row.expression) : row, checker);
  const literal = value === undefined ? undefined : unwrapped(value);
  if (literal === undefined || !ts.isArrayLiteralExpression(literal)) return undefined;
  const rows = literal.elements.map(unwrapped);
  return hullOf(rows.flatMap((element) => ts.isArrayLiteralExpression(element) ? [...element.elements] : [element]), checker, seen);
}

/** The hull of what a function of the device code returns. */
function rangeOfCall(call: ts.CallExpression, checker: ts.TypeChecker, seen: Set<ts.Node>): Range | undefined {
  if (ts.isPropertyAccessExpression(call.expression) && call.expression.name.text === 'charCodeAt') return { low: 0, high: 65535 };
  const callee = functionNamed(unwrapped(call.expression), checker);
  if (callee?.body === undefined) return undefined;
  const returned: ts.Expression[] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) returned.push(node.expression);
    else ts.forEachChild(node, collect);
  };
  collect(callee.body);
  return once(callee, seen, () => hullOf(returned, checker, seen));
}

/** Guards against a constant or function that is defined by itself. */
function once(key: ts.Node, seen: Set<ts.Node>, range: () => Range | undefined): Range | undefined {
  if (seen.has(key)) return undefined;
  seen.add(key);
  const found = range();
  seen.delete(key);
  return found;
}
