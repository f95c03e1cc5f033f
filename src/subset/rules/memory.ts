// Rules about memory: who may allocate, and that a module holds no state. Knows what allocates only through deviceCode.ts,
// which the allocation report reads too. Read first: DESIGN section 2, "Data", as told in ../README.md.

import type { TSESTree } from '@typescript-eslint/utils';
import ts from 'typescript';
import { allocationAt, allocationOwner } from '../deviceCode.js';
import { subsetRule, typedView } from '../subsetRule.js';

export const noAllocation = subsetRule({
  name: 'no-allocation',
  description: 'Only create… functions and module constants allocate.',
  messages: {
    allocates: '{{what}} in {{owner}} allocates each time it runs: 8 JsVars and more on Espruino, garbage on Lua and XS, malloc in C.'
      + ' Make it once in a create… function, keep it in a field, and write into it here.',
  },
  create(context) {
    const { checker, nodeOf } = typedView(context);
    const check = (node: TSESTree.Node): void => {
      const tsNode = nodeOf(node);
      const what = allocationAt(tsNode, checker);
      if (what === undefined) return;
      const owner = allocationOwner(tsNode);
      if (owner.kind === 'function' || owner.kind === 'module') context.report({ node, messageId: 'allocates', data: { what, owner: owner.name } });
    };
    return { NewExpression: check, ObjectExpression: check, ArrayExpression: check, CallExpression: check };
  },
});

export const noStringBuilding = subsetRule({
  name: 'no-string-building',
  description: 'No text is put together or taken apart on the device.',
  messages: {
    template: 'A template string allocates its text each time, and ES5 engines do not parse it. Write bytes into a buffer of the struct.',
    concatenation: 'Joining text allocates a new string on every engine (and hashes it in Lua). Write bytes into a buffer of the struct.',
    character: 'Indexing text makes a new string on Espruino and needs string.sub in Lua. Read bytes of a Uint8Array.',
  },
  create(context) {
    const { checker, nodeOf } = typedView(context);
    const isText = (node: TSESTree.Node): boolean => {
      const type = checker.getTypeAtLocation(nodeOf(node));
      return (type.isUnion() ? type.types : [type]).some((part) => (part.flags & ts.TypeFlags.StringLike) !== 0);
    };
    return {
      TemplateLiteral: (node) => context.report({ node, messageId: 'template' }),
      'BinaryExpression[operator="+"]'(node: TSESTree.BinaryExpression) {
        if (isText(node)) context.report({ node, messageId: 'concatenation' });
      },
      'AssignmentExpression[operator="+="]'(node: TSESTree.AssignmentExpression) {
        if (isText(node.left)) context.report({ node, messageId: 'concatenation' });
      },
      'MemberExpression[computed=true]'(node: TSESTree.MemberExpression) {
        if (isText(node.object)) context.report({ node, messageId: 'character' });
      },
    };
  },
});

export const noModuleState = subsetRule({
  name: 'no-module-state',
  description: 'A module holds declarations and readonly constants, nothing that changes and nothing that runs.',
  messages: {
    variable: '{{name}} is state outside a struct: two clients would share it, memory is not counted by midge size, and Lua spends a table look-up per use.'
      + ' Put it into the struct that a create… function returns.',
    mutable: '{{name}} can be written to ({{type}}), so it is state outside a struct that every client shares and no build can put into flash.'
      + ' Declare it readonly (readonly number[] or as const), or make it in a create… function.',
    runs: 'A statement at module level runs at load, in an order that bundles and Lua change, and keeps the module in every profile. Move it into a create… function.',
  },
  create(context) {
    const { checker, nodeOf } = typedView(context);

    function isConstant(type: ts.Type): boolean {
      if (type.isUnion()) return type.types.every(isConstant);
      if ((type.flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.StringLike)) !== 0) return true;
      const name = type.getSymbol()?.name;
      if (checker.isTupleType(type)) return isReadonlyTuple(type) && checker.getTypeArguments(type as ts.TypeReference).every(isConstant);
      return name === 'ReadonlyArray' && checker.getTypeArguments(type as ts.TypeReference).every(isConstant);
    }

    function checkVariables(node: TSESTree.VariableDeclaration): void {
      if (node.declare) return;
      for (const declared of node.declarations) {
        const name = context.sourceCode.getText(declared.id);
        const type = checker.getTypeAtLocation(nodeOf(declared));
        if (node.kind !== 'const') context.report({ node: declared, messageId: 'variable', data: { name } });
        else if (!isConstant(type)) context.report({ node: declared, messageId: 'mutable', data: { name, type: checker.typeToString(type) } });
      }
    }

    const declarations = new Set([
      'ImportDeclaration', 'ExportAllDeclaration', 'FunctionDeclaration', 'TSDeclareFunction', 'TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'TSEnumDeclaration',
      'ClassDeclaration', 'TSModuleDeclaration', 'TSExportAssignment', 'ExportDefaultDeclaration', 'TSImportEqualsDeclaration', // each has a rule of its own
    ]);
    return {
      Program(program) {
        for (const statement of program.body) {
          const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
          if (node === null || declarations.has(node.type)) continue;
          if (node.type === 'VariableDeclaration') checkVariables(node);
          else context.report({ node, messageId: 'runs' });
        }
      },
    };
  },
});

function isReadonlyTuple(type: ts.Type): boolean {
  return (type as ts.TupleTypeReference).target.readonly;
}
