// Rules that keep numbers integers within int32, the same on every engine. What can be proven of an expression is decided in
// ../ranges.ts alone. Read first: DESIGN section 2, "Integers only", as told in ../README.md.

import type { TSESTree } from '@typescript-eslint/utils';
import ts from 'typescript';
import { typedArrayAt, unwrapped } from '../deviceCode.js';
import { int32, rangeOf, rangeOfOperation, within, type Range } from '../ranges.js';
import { optionOf, subsetRule, typedView } from '../subsetRule.js';

export const integerLiterals = subsetRule({
  name: 'integer-literals',
  description: 'Every number written is an integer within int32.',
  messages: {
    fraction: '{{text}} is floating point: boxed (12 bytes) on MicroQuickJS, a double of 2 JsVars on Espruino, another type in Lua 5.3. Write an integer in a smaller unit.',
    range: '{{text}} does not fit int32: it overflows in C, and bit operations of Lua, JavaScript and C disagree about it. Stay within -2147483648 … 2147483647.',
    big: '{{text}} is a BigInt, which no device engine has. Stay within -2147483648 … 2147483647.',
    special: '{{text}} is floating point and has no integer in Lua or C. Use a status code or a named limit.',
  },
  create(context) {
    return {
      Literal(node) {
        const text = node.raw;
        if ('bigint' in node) return context.report({ node, messageId: 'big', data: { text } });
        if (typeof node.value !== 'number') return;
        if (/^[\d_]*\.|^[\d_]+e/i.test(text)) return context.report({ node, messageId: 'fraction', data: { text } });
        const negative = node.parent.type === 'UnaryExpression' && node.parent.operator === '-';
        if (node.value > (negative ? -int32.low : int32.high)) context.report({ node, messageId: 'range', data: { text } });
      },
      'Identifier[name=/^(NaN|Infinity)$/]'(node: TSESTree.Identifier) {
        context.report({ node, messageId: 'special', data: { text: node.name } });
      },
    };
  },
});

const replacements: Partial<Record<string, string>> = {
  '/': 'divides', '/=': 'divides', '**': 'power', '**=': 'power', '>>': 'signedShift', '>>=': 'signedShift',
  '*': 'product', '*=': 'product', '%': 'remainder', '%=': 'remainder',
};

export const integerOperators = subsetRule({
  name: 'integer-operators',
  description: 'No operator leaves the integers, and none means different things on different engines.',
  messages: {
    divides: '{{operator}} gives floating point: 7 / 2 is 3.5 in JavaScript and Lua and 3 in C. Shift by >>>, or subtract in a loop of known length.',
    power: '{{operator}} works on floating point and is missing on Espruino and ES5 engines. Shift, or write the constant.',
    signedShift: '{{operator}} does not exist in Lua 5.3 (the compiler refuses it). Write >>> and mask.',
    product: 'This product is not provably within int32: above it C overflows, and above 2^53 JavaScript and Lua round.'
      + ' Mask the operands first ((a & 255) * 100), or multiply by a constant of at most {{constantMax}}.',
    remainder: 'This remainder is not provably of a value >= 0 (or its divisor may be 0 or less): -1 % 7 is -1 in JavaScript and C and 6 in Lua.'
      + ' Mask the left side ((a & 1023) % n), or compare and subtract.',
    plus: 'Unary + converts to a number, which Lua and C do not do. Leave it out.',
  },
  options: { constantMax: { schema: { type: 'integer', minimum: 1 }, value: 1024 } },
  create(context) {
    const constantMax = optionOf<number>(context, 'constantMax');
    const { checker, nodeOf } = typedView(context);

    function isSmallConstant(range: Range | undefined): boolean {
      return range !== undefined && range.low === range.high && within(range, -constantMax, constantMax);
    }

    function check(node: TSESTree.BinaryExpression | TSESTree.AssignmentExpression): void {
      const messageId = replacements[node.operator];
      if (messageId === undefined) return;
      const operation = nodeOf(node) as ts.BinaryExpression;
      const left = rangeOf(operation.left, checker);
      const right = rangeOf(operation.right, checker);
      if (messageId === 'product') {
        const product = rangeOfOperation(ts.SyntaxKind.AsteriskToken, left, right);
        if (within(product, int32.low, int32.high)) return;
        if (isSmallConstant(left) && provesNothing(right) || isSmallConstant(right) && provesNothing(left)) return;
      }
      if (messageId === 'remainder' && within(left, 0, int32.high) && (right === undefined || within(right, 1, int32.high))) return;
      context.report({ node, messageId, data: { operator: node.operator, constantMax: String(constantMax) } });
    }

    return {
      BinaryExpression: check,
      AssignmentExpression: check,
      'UnaryExpression[operator="+"]': (node: TSESTree.UnaryExpression) => context.report({ node, messageId: 'plus' }),
    };
  },
});

/** Nothing is known of it but that it is an integer, or a length. */
function provesNothing(range: Range | undefined): boolean {
  return range === undefined || range.high === int32.high;
}

export const boundedShifts = subsetRule({
  name: 'bounded-shifts',
  description: 'Shifts go by 0 to 31 and their results stay within int32.',
  messages: {
    amount: 'A shift by {{amount}} is not provably by 0 to 31: JavaScript takes it modulo 32, Lua 5.3 shifts everything out, C leaves it undefined. Write a constant or mask it (& 31).',
    left: 'The result of this << is not provably within int32: JavaScript wraps to a negative number, Lua 5.3 keeps 64 bits, C overflows.'
      + ' Mask the left side first ((a & 127) << 24), or mask the result ((a << 8) & 65535).',
    right: 'This >>> may give 2^31 or more: unsigned in JavaScript, negative in Lua 5.1, boxed on MicroQuickJS. Shift by at least 1, or mask with & 2147483647 instead.',
  },
  create(context) {
    const { checker, nodeOf } = typedView(context);

    function check(node: TSESTree.BinaryExpression | TSESTree.AssignmentExpression): void {
      const leftwards = node.operator === '<<' || node.operator === '<<=';
      if (!leftwards && node.operator !== '>>>' && node.operator !== '>>>=') return;
      const operation = nodeOf(node) as ts.BinaryExpression;
      const left = rangeOf(operation.left, checker);
      const amount = rangeOf(operation.right, checker);
      if (!within(amount, 0, 31)) {
        context.report({ node, messageId: 'amount', data: { amount: operation.right.getText() } });
        return;
      }
      const kind = leftwards ? ts.SyntaxKind.LessThanLessThanToken : ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken;
      if (within(rangeOfOperation(kind, left, amount), int32.low, int32.high)) return;
      if (leftwards && isMaskedAbove(operation, checker)) return;
      context.report({ node, messageId: leftwards ? 'left' : 'right' });
    }

    return { BinaryExpression: check, AssignmentExpression: check };
  },
});

/** Whether the low bits of a result are all that is kept: an `&` with a positive mask above it, with only bit operations and sums between. */
function isMaskedAbove(node: ts.Expression, checker: ts.TypeChecker): boolean {
  for (let inner: ts.Expression = node; ts.isExpression(inner.parent); inner = inner.parent) {
    const outer = inner.parent;
    if (ts.isParenthesizedExpression(outer)) continue;
    if (!ts.isBinaryExpression(outer)) return false;
    const kind = outer.operatorToken.kind;
    if (kind === ts.SyntaxKind.AmpersandToken && within(rangeOf(outer.left === inner ? outer.right : outer.left, checker), 0, int32.high)) return true;
    if (kind !== ts.SyntaxKind.BarToken && kind !== ts.SyntaxKind.CaretToken && kind !== ts.SyntaxKind.PlusToken && kind !== ts.SyntaxKind.AmpersandToken) return false;
  }
  return false;
}

/** Arrays of 8 and 16 bits; 32 bits hold every integer of the subset. */
const narrowArray = /^(Uint8|Uint8Clamped|Int8|Uint16|Int16)Array$/;

export const maskedStores = subsetRule({
  name: 'masked-stores',
  description: 'A value stored into a byte buffer is masked, or provably fits.',
  messages: {
    unmasked: 'This value is not provably {{low}} … {{high}}: a {{array}} truncates it in JavaScript and C, a Lua table keeps it as it is, so the bytes on the wire differ.'
      + ' Mask it with & {{high}}.',
  },
  create(context) {
    const { checker, nodeOf } = typedView(context);

    function check(node: TSESTree.Node, target: TSESTree.Node, value: (target: ts.Expression) => Range | undefined): void {
      const element = unwrapped(nodeOf(target) as ts.Expression);
      if (!ts.isElementAccessExpression(element)) return;
      const array = typedArrayAt(element.expression, checker);
      if (array === undefined || !narrowArray.test(array.name) || within(value(element), array.low, array.high)) return;
      context.report({ node, messageId: 'unmasked', data: { array: array.name, low: String(array.low), high: String(array.high) } });
    }

    return {
      AssignmentExpression(node) {
        const { operatorToken, right } = nodeOf(node) as ts.BinaryExpression;
        check(node, node.left, (target) => {
          if (operatorToken.kind === ts.SyntaxKind.EqualsToken) return rangeOf(right, checker);
          return rangeOfOperation(operatorOfAssignment(operatorToken.kind), rangeOf(target, checker), rangeOf(right, checker));
        });
      },
      UpdateExpression(node) {
        check(node, node.argument, () => undefined);
      },
    };
  },
});

function operatorOfAssignment(kind: ts.SyntaxKind): ts.SyntaxKind {
  switch (kind) {
    case ts.SyntaxKind.PlusEqualsToken: return ts.SyntaxKind.PlusToken;
    case ts.SyntaxKind.MinusEqualsToken: return ts.SyntaxKind.MinusToken;
    case ts.SyntaxKind.AsteriskEqualsToken: return ts.SyntaxKind.AsteriskToken;
    case ts.SyntaxKind.PercentEqualsToken: return ts.SyntaxKind.PercentToken;
    case ts.SyntaxKind.AmpersandEqualsToken: return ts.SyntaxKind.AmpersandToken;
    case ts.SyntaxKind.BarEqualsToken: return ts.SyntaxKind.BarToken;
    case ts.SyntaxKind.CaretEqualsToken: return ts.SyntaxKind.CaretToken;
    case ts.SyntaxKind.LessThanLessThanEqualsToken: return ts.SyntaxKind.LessThanLessThanToken;
    case ts.SyntaxKind.GreaterThanGreaterThanGreaterThanEqualsToken: return ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken;
    default: return ts.SyntaxKind.Unknown;
  }
}
