// Rules about functions and calls: every function is declared by name at the top of a file, every call names it, and no chain of
// calls returns to itself. Together they make the call graph exact, and so the depth of the stack.
// Knows the call graph only through ../callGraph.ts. Read first: DESIGN section 2, "Behaviour", as told in ../README.md.

import type { TSESTree } from '@typescript-eslint/utils';
import ts from 'typescript';
import { callGraphOf, functionName } from '../callGraph.js';
import { allocationAt, allocationOwner, functionNamed, symbolOf, unwrapped } from '../deviceCode.js';
import { fileIsOneOf, listOfNames, optionOf, subsetRule, typedView } from '../subsetRule.js';

export const noFunctionValues = subsetRule({
  name: 'no-function-values',
  description: 'Functions are declared at the top of a file and only called.',
  messages: {
    closure: 'A {{what}} is a value on the heap: 30 JsVars for an instance with closures on Espruino against 7 without, a table entry per field in Lua,'
      + ' and nothing in C. Declare a function at the top of the file and call it by name.',
    nested: 'A function inside a function is made anew, with its scope, on each call. Declare it at the top of the file and pass what it needs.',
    value: '{{name}} is used as a value: a call through it cannot be counted in the stack depth, and is slower in C and Lua. Call it by name; choose by a switch over a const enum.',
    type: 'A field, parameter or type that holds a function is a callback: it can recurse into the core and has no place in a C struct.'
      + ' Return an event or a status, and let the caller act on it.',
  },
  create(context) {
    const { checker, nodeOf } = typedView(context);

    function checkValue(node: TSESTree.Identifier | TSESTree.MemberExpression, callee: TSESTree.Node): void {
      if (callee.parent?.type === 'CallExpression' && callee.parent.callee === callee) return;
      const symbol = symbolOf(nodeOf(node), checker);
      if (symbol === undefined || (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Method)) === 0) return;
      context.report({ node, messageId: 'value', data: { name: context.sourceCode.getText(node) } });
    }

    return {
      ArrowFunctionExpression: (node) => context.report({ node, messageId: 'closure', data: { what: 'arrow function' } }),
      FunctionExpression: (node) => context.report({
        node, messageId: 'closure', data: { what: node.parent.type === 'Property' && node.parent.method ? 'method' : 'function expression' },
      }),
      FunctionDeclaration(node) {
        const top = node.parent.type === 'ExportNamedDeclaration' || node.parent.type === 'ExportDefaultDeclaration' ? node.parent.parent : node.parent;
        if (top.type !== 'Program') context.report({ node, messageId: 'nested' });
      },
      'TSFunctionType, TSConstructorType, TSMethodSignature, TSCallSignatureDeclaration, TSConstructSignatureDeclaration'(node: TSESTree.Node) {
        context.report({ node, messageId: 'type' });
      },
      Identifier(node) {
        if (isReadAsValue(node)) checkValue(node, node);
      },
      MemberExpression(node) {
        if (!node.computed) checkValue(node, node);
      },
    };
  },
});

/** Whether a name stands where its value is read: not where it is declared, imported, exported, or the name of a field. */
function isReadAsValue(node: TSESTree.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'FunctionExpression':
    case 'ImportSpecifier':
    case 'ImportNamespaceSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ExportSpecifier':
    case 'ExportAllDeclaration':
    case 'TSTypeQuery':
    case 'TSTypeReference':
    case 'TSQualifiedName':
    case 'TSMethodSignature':
      return false;
    case 'MemberExpression':
      return parent.object === node || parent.computed;
    case 'Property':
      return parent.value === node;
    default:
      return true;
  }
}

export const plainCalls = subsetRule({
  name: 'plain-calls',
  description: 'A call names a function of the device code; methods of the platform stand in the primitives.',
  messages: {
    method: '{{callee}}() is a method of the JavaScript library: Lua and C do not have it, and MicroQuickJS, Duktape and Espruino each lack many.'
      + ' Call a primitive ({{primitives}}), which each target may replace.',
    unknown: '{{callee}}() is no function of the device code, so what it costs, allocates and calls is unknown, and Lua and C do not have it.'
      + ' Call a declared function; take time, randomness and input as arguments.',
  },
  options: { primitives: { schema: listOfNames, value: ['bytes.ts'] } },
  create(context) {
    const primitives = optionOf<readonly string[]>(context, 'primitives');
    const mayCallMethods = fileIsOneOf(context, primitives);
    const { checker, nodeOf, program } = typedView(context);
    return {
      CallExpression(node) {
        const call = nodeOf(node) as ts.CallExpression;
        const callee = unwrapped(call.expression);
        const declared = ts.isIdentifier(callee) ? functionNamed(callee, checker) : undefined;
        if (declared !== undefined && !program.isSourceFileDefaultLibrary(declared.getSourceFile())) return;
        if (allocationAt(call, checker) !== undefined && allocationOwner(call).kind !== 'create') return; // no-allocation tells
        const data = { callee: callee.getText(), primitives: primitives.join(', ') };
        if (!ts.isPropertyAccessExpression(callee)) context.report({ node, messageId: 'unknown', data });
        else if (!mayCallMethods && !isMath(callee)) context.report({ node, messageId: 'method', data });
      },
    };
  },
});

function isMath(callee: ts.PropertyAccessExpression): boolean {
  return ts.isIdentifier(callee.expression) && (callee.expression.text === 'Math' || callee.expression.text === 'Number'); // no-math tells
}

export const noRecursion = subsetRule({
  name: 'no-recursion',
  description: 'No function reaches itself, directly or through others.',
  messages: {
    recursive: '{{name}} reaches itself ({{chain}}): its stack depth depends on data, and a board has a few kilobytes of stack.'
      + ' Write a loop over a fixed array with a depth limit.',
  },
  create(context) {
    const { checker, nodeOf } = typedView(context);
    return {
      FunctionDeclaration(node) {
        const declaration = nodeOf(node) as ts.FunctionDeclaration;
        const cycle = callGraphOf(checker).cycleThrough(declaration);
        if (cycle === undefined) return;
        context.report({ node: node.id ?? node, messageId: 'recursive', data: { name: functionName(declaration), chain: cycle.map(functionName).join(' → ') } });
      },
    };
  },
});
