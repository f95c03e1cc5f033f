// Questions about device code that both the rules and the reports ask of TypeScript's tree: which function a call reaches,
// which function owns a line, what allocates. Knows neither ESLint nor the wording of messages.
// Read first: DESIGN section 2, as told in README.md.

import ts from 'typescript';

/** A `create…` function runs once at start-up; only it may allocate. */
export function isCreateName(name: string): boolean {
  return /^create([A-Z0-9]|$)/.test(name);
}

export function unwrapped(node: ts.Expression): ts.Expression {
  let inner = node;
  while (ts.isParenthesizedExpression(inner) || ts.isAsExpression(inner) || ts.isNonNullExpression(inner)
    || ts.isSatisfiesExpression(inner) || ts.isTypeAssertionExpression(inner)) inner = inner.expression;
  return inner;
}

/** The symbol a name stands for, with imports followed to the declaration. */
export function symbolOf(node: ts.Node, checker: ts.TypeChecker): ts.Symbol | undefined {
  const shorthand = ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node;
  const symbol = shorthand ? checker.getShorthandAssignmentValueSymbol(node.parent) : checker.getSymbolAtLocation(node);
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
  return checker.getAliasedSymbol(symbol);
}

/** The function declaration behind a name: with a body, or ambient (`declare function`). */
export function functionNamed(node: ts.Node, checker: ts.TypeChecker): ts.FunctionDeclaration | undefined {
  const declarations = symbolOf(node, checker)?.declarations?.filter(ts.isFunctionDeclaration) ?? [];
  return declarations.find((declaration) => declaration.body !== undefined) ?? declarations[0];
}

/** The outermost function around a node, or undefined at module level. */
export function owningFunction(node: ts.Node): ts.FunctionLikeDeclaration | undefined {
  let owner: ts.FunctionLikeDeclaration | undefined;
  for (let at: ts.Node | undefined = node.parent; at !== undefined; at = at.parent) {
    if (ts.isFunctionLike(at) && 'body' in at) owner = at;
  }
  return owner;
}

/** The module-level `const` whose value a node is part of, or undefined. */
export function owningConstant(node: ts.Node): ts.VariableDeclaration | undefined {
  for (let at: ts.Node | undefined = node; at !== undefined && !ts.isFunctionLike(at); at = at.parent) {
    if (ts.isVariableDeclaration(at) && (at.parent.flags & ts.NodeFlags.Const) !== 0 && ts.isSourceFile(at.parent.parent.parent)) return at;
  }
  return undefined;
}

export interface AllocationOwner {
  readonly kind: 'create' | 'constant' | 'function' | 'module';
  readonly name: string;
}

/** Who answers for an allocation. Only the first two kinds may. */
export function allocationOwner(node: ts.Node): AllocationOwner {
  const owner = owningFunction(node);
  if (owner !== undefined) {
    const name = owner.name?.getText() ?? '(unnamed function)';
    return { kind: isCreateName(name) ? 'create' : 'function', name };
  }
  const constant = owningConstant(node);
  return constant === undefined ? { kind: 'module', name: '(module level)' } : { kind: 'constant', name: constant.name.getText() };
}

/** Names of methods that return new memory, whatever they are called on. */
const allocatingMethods = new Set([
  'subarray', 'slice', 'splice', 'concat', 'map', 'filter', 'flat', 'flatMap', 'reduce', 'push', 'unshift', 'pop', 'shift', 'keys', 'values', 'entries', 'from', 'of',
  'toReversed', 'toSorted', 'toSpliced', 'with', 'split', 'join', 'substring', 'substr', 'trim', 'trimStart', 'trimEnd', 'padStart', 'padEnd', 'repeat', 'replace',
  'replaceAll', 'toUpperCase', 'toLowerCase', 'normalize', 'charAt', 'match', 'matchAll', 'toString', 'toFixed', 'toLocaleString', 'fromCharCode', 'fromCodePoint',
  'encode', 'encodeInto', 'decode', 'bind', 'apply', 'call',
]);
const allocatingGlobals = new Set(['Object', 'JSON', 'Reflect', 'Promise', 'Symbol']);
const allocatingFunctions = new Set(['String', 'Array', 'Object', 'Symbol', 'Error', 'structuredClone', 'setTimeout', 'setInterval', 'queueMicrotask']);

/** What a node allocates, in a few words for a message or a report; undefined when it allocates nothing by itself. */
export function allocationAt(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  if (ts.isNewExpression(node)) return `new ${node.expression.getText()}`;
  if (ts.isObjectLiteralExpression(node)) return 'an object literal';
  if (ts.isArrayLiteralExpression(node)) return 'an array literal';
  if (!ts.isCallExpression(node)) return undefined;
  const callee = unwrapped(node.expression);
  if (ts.isPropertyAccessExpression(callee)) {
    const global = ts.isIdentifier(callee.expression) && allocatingGlobals.has(callee.expression.text);
    return global || allocatingMethods.has(callee.name.text) ? `${callee.getText()}()` : undefined;
  }
  if (!ts.isIdentifier(callee)) return undefined;
  const declared = functionNamed(callee, checker);
  const name = declared?.name?.text ?? callee.text;
  if (isCreateName(name) || (declared === undefined && allocatingFunctions.has(name))) return `${name}()`;
  return undefined;
}

const integerRanges: Record<string, readonly [number, number]> = {
  Uint8Array: [0, 255], Uint8ClampedArray: [0, 255], Int8Array: [-128, 127], Uint16Array: [0, 65535], Int16Array: [-32768, 32767],
  Int32Array: [-2147483648, 2147483647], Uint32Array: [0, 4294967295],
};

/** The name of the integer typed array an expression is, and what one element holds; undefined for anything else. */
export function typedArrayAt(node: ts.Expression, checker: ts.TypeChecker): { name: string; low: number; high: number } | undefined {
  const name = checker.getTypeAtLocation(node).getSymbol()?.name ?? '';
  const range = Object.hasOwn(integerRanges, name) ? integerRanges[name] : undefined;
  return range === undefined ? undefined : { name, low: range[0], high: range[1] };
}
