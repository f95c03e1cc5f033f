// Rules about conditions, assignments and loops. Read first: DESIGN section 2, as told in ../README.md.

import type { TSESTree } from '@typescript-eslint/utils';
import ts from 'typescript';
import { isMovedBy, walkersOf } from '../assignments.js';
import { allocationOwner, typedArrayAt, unwrapped } from '../deviceCode.js';
import { roundsOf } from '../ranges.js';
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
      if (allocationOwner(loop).kind === 'create' || (roundsOf(loop, checker) ?? Infinity) <= boundMax) return;
      const array = bufferWalkedBy(loop, checker);
      if (array !== undefined) context.report({ node, messageId: 'loop', data: { array, primitives: primitives.join(', '), boundMax: String(boundMax) } });
    }

    return { ForStatement: check, WhileStatement: check, DoWhileStatement: check };
  },
});

/** The text of a Uint8Array that a loop indexes by something it moves on by one; undefined when there is none. */
function bufferWalkedBy(loop: ts.IterationStatement, checker: ts.TypeChecker): string | undefined {
  const walkers = walkersOf(loop, checker);
  const find = (node: ts.Node): string | undefined => {
    if (node !== loop && ts.isIterationStatement(node, false)) return undefined; // it is reported itself
    if (ts.isElementAccessExpression(node)) {
      const buffer = unwrapped(node.expression);
      if (typedArrayAt(buffer, checker)?.name === 'Uint8Array' && isMovedBy(walkers, node.argumentExpression, checker)) return buffer.getText();
    }
    return ts.forEachChild(node, find);
  };
  return find(loop);
}
