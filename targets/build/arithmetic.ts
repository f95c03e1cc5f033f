/**
 * Writes bit operations as arithmetic, for a language that has only functions for them: Lua 5.1, where a call costs ten times a remainder. Works on the
 * flat text. Must not know what the code does.
 *
 * It rests on the device subset (DESIGN section 2): integers within int32, nothing shifted left beyond them but under a mask, bytes in byte buffers. And on
 * numbers that are doubles, whose remainder by a positive number is not negative.
 */
import ts from 'typescript';

const { factory: f, SyntaxKind } = ts;

export function inArithmetic(text: string): string {
  const file = ts.createSourceFile('/flat.ts', text, ts.ScriptTarget.ES2022, true);
  const result = ts.transform(file, [(context) => (root) => {
    const visit = (node: ts.Node): ts.Node => {
      const visited = ts.visitEachChild(node, visit, context);
      return ts.isBinaryExpression(visited) ? rewritten(visited) : visited;
    };
    return ts.visitEachChild(root, visit, context);
  }]).transformed[0];
  return ts.createPrinter({ newLine: ts.NewLineKind.LineFeed }).printFile(result);
}

function rewritten(node: ts.BinaryExpression): ts.Expression {
  const { left, right, operatorToken: { kind } } = node;
  if (kind === SyntaxKind.BarToken) return joined(left, right) ?? node;
  if (!ts.isNumericLiteral(right)) return node;
  const value = Number(right.text);
  if (kind === SyntaxKind.AmpersandToken) return masked(left, value) ?? node;
  return kind === SyntaxKind.LessThanLessThanToken ? inParentheses(left, SyntaxKind.AsteriskToken, 2 ** value) : node;
}

/** `x & mask`, where the mask's bits stand side by side. */
function masked(left: ts.Expression, mask: number): ts.Expression | undefined {
  if (mask <= 0 || mask > 0x7fffffff) return undefined;
  const low = mask & -mask;
  const high = mask + low;
  if ((high & mask) !== 0) return undefined;
  const upTo = inParentheses(low === 1 ? shiftedUnder(left, high) ?? left : left, SyntaxKind.PercentToken, high);
  if (low === 1) return upTo;
  return isSimple(left) ? inParentheses(upTo, SyntaxKind.MinusToken, inParentheses(left, SyntaxKind.PercentToken, low)) : undefined;
}

/** `x >>> n` where only bits below `end` matter: those of a number that is negative come out the same. */
function shiftedUnder(node: ts.Expression, end: number): ts.Expression | undefined {
  const shift = bare(node);
  if (!ts.isBinaryExpression(shift) || shift.operatorToken.kind !== SyntaxKind.GreaterThanGreaterThanGreaterThanToken || !ts.isNumericLiteral(shift.right)) return undefined;
  const step = 2 ** Number(shift.right.text);
  if (!isSimple(shift.left) || end * step > 2 ** 32) return undefined;
  return inParentheses(inParentheses(shift.left, SyntaxKind.MinusToken, inParentheses(shift.left, SyntaxKind.PercentToken, step)), SyntaxKind.SlashToken, step);
}

function bare(node: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(node) ? bare(node.expression) : node;
}

/** Two bytes of one buffer as a number: `(bytes[i] << 8) | bytes[j]`, whose left side is rewritten already. */
function joined(left: ts.Expression, right: ts.Expression): ts.Expression | undefined {
  const product = bare(left);
  if (!ts.isBinaryExpression(product) || product.operatorToken.kind !== SyntaxKind.AsteriskToken || !isNumber(product.right, 256)) return undefined;
  const high = product.left;
  if (!ts.isElementAccessExpression(high) || !ts.isElementAccessExpression(right) || textOf(high.expression) !== textOf(right.expression)) return undefined;
  return inParentheses(product, SyntaxKind.PlusToken, right);
}

/** What may stand twice: a variable, or a field of one. */
function isSimple(node: ts.Expression): boolean {
  return ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression));
}

function isNumber(node: ts.Expression, value: number): boolean {
  return ts.isNumericLiteral(node) && Number(node.text) === value;
}

/** Of variables and their fields. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  return `${node.expression.text}.${node.name.text}`;
}

function inParentheses(left: ts.Expression, operator: ts.BinaryOperator, right: ts.Expression | number): ts.Expression {
  return f.createParenthesizedExpression(f.createBinaryExpression(left, operator, typeof right === 'number' ? f.createNumericLiteral(right) : right));
}
