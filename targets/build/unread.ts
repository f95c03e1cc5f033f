/**
 * Removes what is written but never read: fields of structs that only a larger profile uses, and locals. A field costs memory in every client
 * (a JsVar on Espruino, a slot in Lua). Works by name, so a field that any struct's code reads stays in all. Must not know the target language.
 */
import ts from 'typescript';
import { isPure } from './fold.js';

const { factory, SyntaxKind } = ts;

/** The statements without unread fields and locals; the same array when there was nothing to remove. `keep` are fields that outsiders read. */
export function withoutUnread(statements: readonly ts.Statement[], keep: ReadonlySet<string>): readonly ts.Statement[] {
  const read = new Set(keep);
  for (const statement of statements) readFields(statement, read);
  let removed = false;
  const results = statements.map((statement) => ts.transform(statement, [(context) => (root) => {
    const mentions = mentionsIn(root);
    const visit = (node: ts.Node): ts.Node => {
      const folded = ts.visitEachChild(node, visit, context);
      const result = withoutUnreadIn(folded, read, mentions);
      if (result !== folded) removed = true;
      return result;
    };
    return ts.visitNode(root, visit) as ts.Statement;
  }]).transformed[0]);
  return removed ? results : statements;
}

function withoutUnreadIn(node: ts.Node, read: ReadonlySet<string>, mentions: ReadonlyMap<string, number>): ts.Node {
  if (ts.isExpressionStatement(node)) {
    const field = fieldWritten(node);
    return field === undefined || read.has(field) ? node : effectOf(node.expression);
  }
  if (ts.isObjectLiteralExpression(node)) {
    const kept = node.properties.filter((property) => property.name === undefined || !ts.isIdentifier(property.name) || read.has(property.name.text) || !isRemovable(property));
    return kept.length === node.properties.length ? node : factory.updateObjectLiteralExpression(node, kept);
  }
  if (ts.isVariableStatement(node)) {
    const all = node.declarationList.declarations;
    const kept = all.filter((d) => !ts.isIdentifier(d.name) || (mentions.get(d.name.text) ?? 0) > 1 || (d.initializer !== undefined && !isPure(d.initializer)));
    if (kept.length === all.length) return node;
    if (kept.length === 0) return factory.createEmptyStatement();
    return factory.updateVariableStatement(node, node.modifiers, factory.updateVariableDeclarationList(node.declarationList, kept));
  }
  if (ts.isIfStatement(node)) return isNothing(node.thenStatement) && (node.elseStatement === undefined || isNothing(node.elseStatement)) && isPure(node.expression) ? factory.createEmptyStatement() : node;
  if (ts.isBlock(node)) return node.statements.some(isNothing) ? factory.updateBlock(node, node.statements.filter((s) => !isNothing(s))) : node;
  return node;
}

function isNothing(node: ts.Statement): boolean {
  return node.kind === SyntaxKind.EmptyStatement || (ts.isBlock(node) && node.statements.length === 0);
}

/** The field that a statement writes and nothing else: `s.field = x`, `s.field += x`, `s.field++`. */
function fieldWritten(node: ts.ExpressionStatement): string | undefined {
  const { expression } = node;
  const target = ts.isBinaryExpression(expression) && isAssignment(expression)
    ? expression.left
    : ts.isPostfixUnaryExpression(expression) ? expression.operand : undefined;
  return target !== undefined && ts.isPropertyAccessExpression(target) && isPure(target.expression) ? target.name.text : undefined;
}

function isAssignment(node: ts.BinaryExpression): boolean {
  return node.operatorToken.kind >= SyntaxKind.FirstAssignment && node.operatorToken.kind <= SyntaxKind.LastAssignment;
}

/** What must still happen of a removed write: its right side, if that does anything. */
function effectOf(write: ts.Expression): ts.Statement {
  if (ts.isBinaryExpression(write) && !isPure(write.right)) return factory.createExpressionStatement(write.right);
  return factory.createEmptyStatement();
}

function isRemovable(property: ts.ObjectLiteralElementLike): boolean {
  if (ts.isShorthandPropertyAssignment(property)) return true;
  if (!ts.isPropertyAssignment(property)) return false;
  const value = property.initializer;
  // A buffer made for nobody is the very thing to leave out.
  const isCreation = ts.isCallExpression(value) && ts.isIdentifier(value.expression) && value.expression.text.startsWith('create') && value.arguments.every(isPure);
  return isCreation || isPure(value);
}

function readFields(node: ts.Node, read: Set<string>): void {
  if (ts.isExpressionStatement(node) && fieldWritten(node) !== undefined) {
    const write = node.expression as ts.BinaryExpression | ts.PostfixUnaryExpression;
    const target = ts.isBinaryExpression(write) ? write.left : write.operand;
    readFields((target as ts.PropertyAccessExpression).expression, read);
    if (ts.isBinaryExpression(write)) readFields(write.right, read);
    return;
  }
  if (ts.isPropertyAccessExpression(node)) read.add(node.name.text);
  ts.forEachChild(node, (child) => { readFields(child, read); });
}

/** How often each name stands in a function as a variable, its declaration included. */
function mentionsIn(root: ts.Node): Map<string, number> {
  const mentions = new Map<string, number>();
  const count = (node: ts.Node, parent: ts.Node): void => {
    const isField = (ts.isPropertyAccessExpression(parent) && parent.name === node) || (ts.isPropertyAssignment(parent) && parent.name === node);
    if (ts.isIdentifier(node) && !isField) mentions.set(node.text, (mentions.get(node.text) ?? 0) + 1);
    ts.forEachChild(node, (child) => { count(child, node); });
  };
  if (!ts.isVariableStatement(root)) count(root, root);
  else for (const declaration of root.declarationList.declarations) if (ts.isIdentifier(declaration.name)) mentions.set(declaration.name.text, 2);
  return mentions;
}
