/**
 * The modules may be preloaded: evaluated when the firmware is built, frozen, and kept in flash. So none of them may hold anything that changes:
 * at the top level there are imports, functions, classes, types and constants that nothing can alter.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import ts from 'typescript';
import { coreModule } from '../../targets/moddable/core-module.js';
import { packageRoot } from '../../targets/build/program.js';
import { target } from '../../targets/moddable/target.js';

/** Why a top-level statement could hold state; undefined: it cannot. */
function stateIn(statement: ts.Statement): string | undefined {
  if (ts.isClassDeclaration(statement)) {
    for (const member of statement.members) {
      const isStatic = ts.canHaveModifiers(member) && ts.getModifiers(member)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) === true;
      if (isStatic && ts.isPropertyDeclaration(member) && !(member.initializer !== undefined && ts.isNumericLiteral(member.initializer))) return 'a static field that is no number';
      if (isStatic && ts.isClassStaticBlockDeclaration(member)) return 'a static block';
    }
    return undefined;
  }
  if (!ts.isVariableStatement(statement)) return ts.isExpressionStatement(statement) ? 'a statement with an effect' : undefined;
  if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0) return 'a variable';
  for (const { initializer } of statement.declarationList.declarations) if (!isFixed(initializer)) return `a constant that is not fixed: ${initializer?.getText() ?? ''}`;
  return undefined;
}

/** Numbers, texts, and tables of them that only `readonly` types reach: the core's tables are written once and read by index. */
function isFixed(node: ts.Expression | undefined): boolean {
  if (node === undefined) return false;
  if (ts.isNumericLiteral(node) || ts.isStringLiteral(node) || ts.isPropertyAccessExpression(node)) return true;
  if (ts.isPrefixUnaryExpression(node)) return isFixed(node.operand);
  if (ts.isBinaryExpression(node)) return isFixed(node.left) && isFixed(node.right);
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isFixed);
  return ts.isCallExpression(node) && node.expression.getText() === 'Object.freeze' && node.arguments.every(isFixed);
}

function stateOf(name: string, text: string): string[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  return file.statements.flatMap((statement) => {
    const why = stateIn(statement);
    return why === undefined ? [] : [`${name}: ${why}`];
  });
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(packageRoot, folder)).filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
}

test('no module has mutable state, in the sources that the manifest names', (t) => {
  const files = ['targets/moddable/modules', 'targets/moddable/natives', 'src/core', 'src/link'].flatMap(sourcesIn);
  t.true(files.length > 40);
  t.deepEqual(files.flatMap((file) => stateOf(file, readFileSync(join(packageRoot, file), 'utf8'))), []);
});

test('nor in what midge build writes', (t) => {
  const files = target.build({ profile: 'full', minify: false }).filter(({ path }) => path.startsWith('midge/'));
  t.deepEqual(files.flatMap(({ path, content }) => stateOf(path, String(content))), []);
});

test('the check finds state where there is some', (t) => {
  for (const text of ['let n = 0;', 'const list = new Map();', 'class A { static last = []; }', 'globalThis.x = 1;', 'const o = {};']) t.is(stateOf('x.ts', text).length, 1, text);
  t.regex(coreModule('qos0', ["import { createConfig } from './core.js';"], true), /export ?\{/);
});
