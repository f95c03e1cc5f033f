// Rules about conditions, assignments and loops. Read first: DESIGN section 2, as told in ../README.md.

import type { TSESTree } from '@typescript-eslint/utils';
import ts from 'typescript';
import { allocationOwner, symbolOf, typedArrayAt, unwrapped } from '../deviceCode.js';
import { rangeOf } from '../ranges.js';
import { fileIsOneOf, listOfNames, optionOf, subsetRule, typedView } from '../subsetRule.js';

export const booleanConditions = subsetRule({
  name: 'boolean-conditions',
  description: 'A condition is a boolean.',
  messages: {
    condition: 'This condition is {{type}}, not boolean: 0 and "" are true in Lua and false in JavaScript and C. Compare: {{text}} !== 0.',
  },
  create(context) {
    const { checker, nodeOf } = typedView(context);

    function check(node: TSESTree.Node | null): void {
      if (node === null) return;
      const type = checker.getTypeAtLocation(nodeOf(node));
      const parts = type.isUnion() ? type.types : [type];
      if (parts.every((part) => (part.flags & ts.TypeFlags.BooleanLike) !== 0)) return;
      context.report({ node, messageId: 'condition', data: { type: checker.typeToString(type), text: context.sourceCode.getText(node) } });
    }

    return {
      IfStatement: (node) => check(node.test),
      WhileStatement: (node) => check(node.test),
      DoWhileStatement: (node) => check(node.test),
      ForStatement: (node) => check(node.test),
      ConditionalExpression: (node) => check(node.test),
      'UnaryExpression[operator="!"]': (node: TSESTree.UnaryExpression) => check(node.argument),
      'LogicalExpression[operator!="??"]'(node: TSESTree.LogicalExpression) {
        check(node.left);
        check(node.right);
      },
    };
  },
});

export const noAssignmentValue = subsetRule({
  name: 'no-assignment-value',
  description: 'An assignment, ++ or -- is a statement.',
  messages: {
    value: 'This assignment is used as a value: Lua has none and takes two temporary locals for each (a function has at most 200), and C leaves the order of evaluation open.'
      + ' Write it as a statement of its own.',
  },
  create(context) {
    const check = (node: TSESTree.AssignmentExpression | TSESTree.UpdateExpression): void => {
      const parent = node.parent;
      if (parent.type === 'ExpressionStatement' || parent.type === 'SequenceExpression') return; // no-comma tells of the latter
      if (parent.type === 'ForStatement' && (parent.init === node || parent.update === node)) return;
      context.report({ node, messageId: 'value' });
    };
    return { AssignmentExpression: check, UpdateExpression: check };
  },
});

export const noByteLoops = subsetRule({
  name: 'no-byte-loops',
  description: 'Loops over the bytes of a buffer stand in the primitives only.',
  messages: {
    loop: 'This loop reads or writes {{array}} byte by byte: 32 bytes cost 160 µs on Espruino, where one native set costs 6 to 12 µs. Call a primitive ({{primitives}}) that copies,'
      + ' compares or measures them; a loop of at most {{boundMax}} provable rounds may stay.',
  },
  options: {
    primitives: { schema: listOfNames, value: ['bytes.ts'] },
    boundMax: { schema: { type: 'integer', minimum: 0 }, value: 8 },
  },
  create(context) {
    const primitives = optionOf<readonly string[]>(context, 'primitives');
    if (fileIsOneOf(context, primitives)) return {};
    const boundMax = optionOf<number>(context, 'boundMax');
    const { checker, nodeOf } = typedView(context);

    function check(node: TSESTree.Node): void {
      const loop = nodeOf(node) as ts.IterationStatement;
      if (allocationOwner(loop).kind === 'create' || roundsAtMost(loop, boundMax, checker)) return;
      const array = bufferWalkedBy(loop, checker);
      if (array !== undefined) context.report({ node, messageId: 'loop', data: { array, primitives: primitives.join(', '), boundMax: String(boundMax) } });
    }

    return { ForStatement: check, WhileStatement: check, DoWhileStatement: check };
  },
});

/** `for (let i = low; i < high; …)` with both ends provable. */
function roundsAtMost(loop: ts.IterationStatement, limit: number, checker: ts.TypeChecker): boolean {
  if (!ts.isForStatement(loop) || loop.condition === undefined || !ts.isBinaryExpression(loop.condition)) return false;
  if (loop.initializer === undefined || !ts.isVariableDeclarationList(loop.initializer)) return false;
  const first = loop.initializer.declarations[0].initializer;
  const start = first === undefined ? undefined : rangeOf(first, checker);
  const end = rangeOf(loop.condition.right, checker);
  if (start === undefined || end === undefined) return false;
  const kind = loop.condition.operatorToken.kind;
  if (kind === ts.SyntaxKind.LessThanToken) return end.high - start.low <= limit;
  return kind === ts.SyntaxKind.LessThanEqualsToken && end.high - start.low + 1 <= limit;
}

/** The text of a Uint8Array that a loop indexes by something the loop itself changes; undefined when there is none. */
function bufferWalkedBy(loop: ts.IterationStatement, checker: ts.TypeChecker): string | undefined {
  const changed = new Set<ts.Symbol>();
  const collectChanged = (node: ts.Node): void => {
    let target: ts.Node | undefined;
    if (ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) target = node.left;
    else if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) target = node.operand;
    else if (ts.isVariableDeclaration(node)) target = node.name;
    const symbol = target === undefined ? undefined : symbolOf(target, checker);
    if (symbol !== undefined) changed.add(symbol);
    ts.forEachChild(node, collectChanged);
  };
  collectChanged(loop);

  const dependsOnLoop = (node: ts.Node): boolean => {
    const symbol = ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) ? symbolOf(node, checker) : undefined;
    return (symbol !== undefined && changed.has(symbol)) || (ts.forEachChild(node, (child) => dependsOnLoop(child) || undefined) ?? false);
  };

  const find = (node: ts.Node): string | undefined => {
    if (node !== loop && ts.isIterationStatement(node, false)) return undefined; // it is reported itself
    if (ts.isElementAccessExpression(node)) {
      const buffer = unwrapped(node.expression);
      if (typedArrayAt(buffer, checker)?.name === 'Uint8Array' && dependsOnLoop(node.argumentExpression)) return buffer.getText();
    }
    return ts.forEachChild(node, find);
  };
  return find(loop);
}
