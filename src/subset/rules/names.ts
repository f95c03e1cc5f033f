// Rules about names and imports. Read first: DESIGN sections 1 (arrows) and 2, as told in ../README.md.

import { dirname, resolve, sep } from 'node:path';
import type { TSESTree } from '@typescript-eslint/utils';
import { listOfNames, optionOf, subsetRule } from '../subsetRule.js';

const luaKeywords = 'and break do else elseif end false for function goto if in local nil not or repeat return then true until while';
const cKeywords = 'alignas alignof asm auto bool break case char const constexpr continue default do double else enum extern float for goto if inline int long nullptr'
  + ' register restrict return short signed sizeof static static_assert struct switch thread_local typedef typeof union unsigned void volatile while';
const keywordOf = new Map<string, string>();
for (const word of cKeywords.split(' ')) keywordOf.set(word, 'C');
for (const word of luaKeywords.split(' ')) keywordOf.set(word, keywordOf.has(word) ? 'Lua and C' : 'Lua');

export const noForeignKeywords = subsetRule({
  name: 'no-foreign-keywords',
  description: 'No name is a keyword of Lua or C.',
  messages: {
    keyword: '"{{name}}" is a keyword of {{language}}: generated code must rename it or reach the field by a quoted key, and no longer reads like its source. Choose another name ({{name}}At, {{name}}Count …).',
  },
  create(context) {
    function check(node: TSESTree.Node | null): void {
      let name: string | undefined;
      if (node?.type === 'Identifier') name = node.name;
      else if (node?.type === 'Literal' && typeof node.value === 'string') name = node.value;
      const language = name === undefined ? undefined : keywordOf.get(name);
      if (node !== null && name !== undefined && language !== undefined) context.report({ node, messageId: 'keyword', data: { name, language } });
    }
    const checkFunction = (node: TSESTree.FunctionDeclaration | TSESTree.TSDeclareFunction): void => {
      check(node.id);
      for (const parameter of node.params) check(parameter);
    };
    return {
      FunctionDeclaration: checkFunction,
      TSDeclareFunction: checkFunction,
      VariableDeclarator: (node) => check(node.id),
      TSPropertySignature: (node) => check(node.key),
      Property: (node) => check(node.key),
      TSEnumDeclaration: (node) => check(node.id),
      TSEnumMember: (node) => check(node.id),
      TSInterfaceDeclaration: (node) => check(node.id),
      TSTypeAliasDeclaration: (node) => check(node.id),
      ImportSpecifier: (node) => check(node.local),
      ImportNamespaceSpecifier: (node) => check(node.local),
      ExportSpecifier: (node) => check(node.exported),
    };
  },
});

export const deviceImports = subsetRule({
  name: 'device-imports',
  description: 'Device code imports device code; from elsewhere only types.',
  messages: {
    outside: '"{{source}}" is outside the device code ({{allowed}}): it may allocate, use the platform, and does not exist in the Lua and C builds.'
      + ' Pass what is needed as an argument, or import its types only (import type).',
    whole: 'import * and import() make an object of functions, kept whole in RAM (Lua, Espruino). Import the functions by name.',
  },
  options: {
    folders: { schema: listOfNames, value: [] },
    packages: { schema: listOfNames, value: ['midge-mqtt/core', 'midge-mqtt/cbor'] },
  },
  create(context) {
    const folders = optionOf<readonly string[]>(context, 'folders');
    const packages = optionOf<readonly string[]>(context, 'packages');

    function isInside(source: string): boolean {
      if (!source.startsWith('.')) return packages.includes(source);
      const path = resolve(dirname(context.filename), source);
      return folders.length === 0 || folders.some((folder) => path.startsWith(resolve(context.cwd, folder) + sep));
    }

    function check(node: TSESTree.ImportDeclaration | TSESTree.ExportNamedDeclaration | TSESTree.ExportAllDeclaration): void {
      if (node.source === null || isInside(node.source.value)) return;
      const specifiers = 'specifiers' in node ? node.specifiers : [];
      const kindOf = (specifier: TSESTree.ImportClause | TSESTree.ExportSpecifier): string | undefined =>
        'importKind' in specifier ? specifier.importKind : 'exportKind' in specifier ? specifier.exportKind : undefined;
      const typesOnly = ('importKind' in node && node.importKind === 'type') || ('exportKind' in node && node.exportKind === 'type')
        || (specifiers.length > 0 && specifiers.every((specifier) => kindOf(specifier) === 'type'));
      if (typesOnly) return;
      const allowed = [...(folders.length === 0 ? ['relative paths'] : folders), ...packages].join(', ');
      context.report({ node, messageId: 'outside', data: { source: node.source.value, allowed } });
    }

    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      'ImportNamespaceSpecifier, ImportDefaultSpecifier, ImportExpression, TSImportEqualsDeclaration'(node: TSESTree.Node) {
        context.report({ node, messageId: 'whole' });
      },
    };
  },
});
