/**
 * Constant folding: inlines const enum members and module constants, decides conditions that a profile has made constant, and removes what
 * can no longer run. Works on one file's syntax tree; must not know the target language. Read DESIGN section 3, "Profiles", first.
 */
import ts from 'typescript';

type Constant = number | boolean | undefined;
const { factory, SyntaxKind } = ts;

/** Returns the file's statements with every constant expression and every dead branch gone. */
export function foldFile(file: ts.SourceFile, checker: ts.TypeChecker): readonly ts.Statement[] {
  const result = ts.transform(file, [(context) => (root) => {
    const visit = (node: ts.Node): ts.VisitResult<ts.Node | undefined> => foldNode(node, checker, context, visit);
    return ts.visitEachChild(root, visit, context);
  }]);
  return result.transformed[0].statements;
}

function foldNode(
  node: ts.Node, checker: ts.TypeChecker, context: ts.TransformationContext, visit: ts.Visitor,
): ts.VisitResult<ts.Node | undefined> {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isEnumDeclaration(node)) return node;
  if (ts.isPropertyAccessExpression(node)) {
    const value = checker.getConstantValue(node);
    if (typeof value === 'number') return literal(value);
  }
  if (ts.isIdentifier(node) && isRead(node)) {
    const value = constantVariable(node, checker);
    if (value !== undefined) return literal(value);
  }
  if (ts.isShorthandPropertyAssignment(node)) {
    const value = constantOfSymbol(checker.getShorthandAssignmentValueSymbol(node), checker);
    return value === undefined ? node : factory.createPropertyAssignment(node.name, literal(value));
  }
  const folded = ts.visitEachChild(node, visit, context);
  if (ts.isExpression(folded)) return foldExpression(folded);
  if (ts.isIfStatement(folded)) return foldIf(folded) ?? nothing(node);
  if (ts.isWhileStatement(folded) && constantOf(folded.expression) === false) return nothing(node);
  if (ts.isBlock(folded)) return factory.updateBlock(folded, withoutDead(folded.statements));
  if (ts.isCaseClause(folded)) return factory.updateCaseClause(folded, folded.expression, withoutDead(folded.statements));
  if (ts.isDefaultClause(folded)) return factory.updateDefaultClause(folded, withoutDead(folded.statements));
  return folded;
}

/** True where an identifier stands for its value, not for a name being declared, imported, exported or assigned. */
function isRead(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (parent === undefined || ts.isDeclarationStatement(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent) || ts.isVariableDeclaration(parent)) return parent.initializer === node;
  return !ts.isParameter(parent) && !ts.isShorthandPropertyAssignment(parent);
}

function constantVariable(node: ts.Identifier, checker: ts.TypeChecker): Constant {
  let symbol = checker.getSymbolAtLocation(node);
  if (symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0) symbol = checker.getAliasedSymbol(symbol);
  return constantOfSymbol(symbol, checker);
}

/** The value of a top-level `const` whose initialiser is a constant number: worth no variable on a device. */
export function constantOfSymbol(symbol: ts.Symbol | undefined, checker: ts.TypeChecker): Constant {
  const declaration = symbol?.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  const list = declaration.parent;
  if (!ts.isVariableDeclarationList(list) || (list.flags & ts.NodeFlags.Const) === 0) return undefined;
  if (!ts.isVariableStatement(list.parent) || !ts.isSourceFile(list.parent.parent)) return undefined;
  return constantOfSource(declaration.initializer, checker);
}

/** The value of an expression as written, before any folding. */
function constantOfSource(node: ts.Expression, checker: ts.TypeChecker): Constant {
  if (ts.isParenthesizedExpression(node)) return constantOfSource(node.expression, checker);
  if (ts.isPropertyAccessExpression(node)) {
    const value = checker.getConstantValue(node);
    return typeof value === 'number' ? value : undefined;
  }
  if (ts.isIdentifier(node)) return constantVariable(node, checker);
  if (ts.isPrefixUnaryExpression(node)) return unary(node.operator, constantOfSource(node.operand, checker));
  if (ts.isBinaryExpression(node)) {
    return binary(constantOfSource(node.left, checker), node.operatorToken.kind, constantOfSource(node.right, checker));
  }
  return constantOf(node);
}

/** The value of a folded expression: a literal, or the negative of one. */
function constantOf(node: ts.Expression): Constant {
  if (ts.isParenthesizedExpression(node)) return constantOf(node.expression);
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (node.kind === SyntaxKind.TrueKeyword) return true;
  if (node.kind === SyntaxKind.FalseKeyword) return false;
  if (ts.isPrefixUnaryExpression(node)) return unary(node.operator, constantOf(node.operand));
  return undefined;
}

function unary(operator: ts.PrefixUnaryOperator, value: Constant): Constant {
  if (operator === SyntaxKind.ExclamationToken && typeof value === 'boolean') return !value;
  if (typeof value !== 'number') return undefined;
  if (operator === SyntaxKind.MinusToken) return -value;
  return operator === SyntaxKind.TildeToken ? ~value : undefined;
}

function binary(left: Constant, operator: ts.SyntaxKind, right: Constant): Constant {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  switch (operator) {
    case SyntaxKind.PlusToken: return left + right;
    case SyntaxKind.MinusToken: return left - right;
    case SyntaxKind.AsteriskToken: return left * right;
    case SyntaxKind.BarToken: return left | right;
    case SyntaxKind.AmpersandToken: return left & right;
    case SyntaxKind.CaretToken: return left ^ right;
    case SyntaxKind.LessThanLessThanToken: return left << right;
    case SyntaxKind.GreaterThanGreaterThanGreaterThanToken: return left >>> right;
    case SyntaxKind.EqualsEqualsEqualsToken: return left === right;
    case SyntaxKind.ExclamationEqualsEqualsToken: return left !== right;
    case SyntaxKind.LessThanToken: return left < right;
    case SyntaxKind.LessThanEqualsToken: return left <= right;
    case SyntaxKind.GreaterThanToken: return left > right;
    case SyntaxKind.GreaterThanEqualsToken: return left >= right;
    default: return undefined;
  }
}

function foldExpression(node: ts.Expression): ts.Expression {
  const value = ts.isBinaryExpression(node)
    ? binary(constantOf(node.left), node.operatorToken.kind, constantOf(node.right))
    : ts.isPrefixUnaryExpression(node) && node.operator !== SyntaxKind.MinusToken ? constantOf(node) : undefined;
  if (value !== undefined) return literal(value);
  if (ts.isParenthesizedExpression(node) && constantOf(node.expression) !== undefined) return node.expression;
  if (ts.isConditionalExpression(node)) {
    const condition = constantOf(node.condition);
    if (condition === undefined) return node;
    return factory.createParenthesizedExpression(condition ? node.whenTrue : node.whenFalse);
  }
  return ts.isBinaryExpression(node) ? foldLogical(node) : node;
}

/** `true && x` is x; `x && false` is false where evaluating x has no effect; `||` the other way round. */
function foldLogical(node: ts.BinaryExpression): ts.Expression {
  const isAnd = node.operatorToken.kind === SyntaxKind.AmpersandAmpersandToken;
  if (!isAnd && node.operatorToken.kind !== SyntaxKind.BarBarToken) return node;
  const left = constantOf(node.left);
  if (left !== undefined) return left === isAnd ? node.right : literal(!isAnd);
  const right = constantOf(node.right);
  if (right === isAnd) return node.left;
  return right === !isAnd && isPure(node.left) ? literal(!isAnd) : node;
}

function foldIf(node: ts.IfStatement): ts.VisitResult<ts.Node | undefined> {
  const condition = constantOf(node.expression);
  if (condition !== undefined) {
    const taken = condition ? node.thenStatement : node.elseStatement;
    if (taken === undefined || !ts.isBlock(taken)) return taken;
    return taken.statements.some(isDeclaration) ? taken : [...taken.statements];
  }
  const elseEmpty = node.elseStatement === undefined || isEmpty(node.elseStatement);
  if (isEmpty(node.thenStatement) && elseEmpty && isPure(node.expression)) return undefined;
  const otherwise = elseEmpty ? undefined : node.elseStatement;
  return factory.updateIfStatement(node, node.expression, asBlock(node.thenStatement), otherwise === undefined ? undefined : asBlock(otherwise));
}

/** A branch can have become nothing or several statements: only a block or a single statement may stand after a condition. */
function asBlock(node: ts.Statement): ts.Statement {
  return ts.isBlock(node) || ts.isIfStatement(node) ? node : factory.createBlock([node], true);
}

/** A statement that is gone: removed from a list, an empty block where the grammar asks for a statement. */
function nothing(original: ts.Node): ts.Node | undefined {
  const parent = original.parent;
  return ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent) ? undefined : factory.createBlock([]);
}

function isEmpty(node: ts.Statement): boolean {
  return ts.isBlock(node) ? node.statements.length === 0 : node.kind === SyntaxKind.EmptyStatement;
}

function isDeclaration(node: ts.Statement): boolean {
  return ts.isVariableStatement(node) || ts.isFunctionDeclaration(node);
}

/** Nothing after a jump runs. */
function withoutDead(statements: ts.NodeArray<ts.Statement>): readonly ts.Statement[] {
  const jump = statements.findIndex((s) => ts.isReturnStatement(s) || ts.isBreakStatement(s) || ts.isContinueStatement(s));
  return jump < 0 ? statements : statements.slice(0, jump + 1);
}

/** True when evaluating has no effect; a call may have one. */
export function isPure(node: ts.Node): boolean {
  if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isPostfixUnaryExpression(node)) return false;
  if (ts.isPrefixUnaryExpression(node) && (node.operator === SyntaxKind.PlusPlusToken || node.operator === SyntaxKind.MinusMinusToken)) return false;
  if (ts.isBinaryExpression(node) && node.operatorToken.kind >= SyntaxKind.FirstAssignment && node.operatorToken.kind <= SyntaxKind.LastAssignment) return false;
  return ts.forEachChild(node, (child) => (isPure(child) ? undefined : true)) === undefined;
}

function literal(value: number | boolean): ts.Expression {
  if (typeof value === 'boolean') return value ? factory.createTrue() : factory.createFalse();
  if (value < 0) return factory.createPrefixUnaryExpression(SyntaxKind.MinusToken, factory.createNumericLiteral(-value));
  return factory.createNumericLiteral(value);
}
