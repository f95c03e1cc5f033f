/*
 * The page's scripts are plain JavaScript that no build touches; their types are checked here.
 */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import ts from 'typescript';

test('the page\'s scripts have no wrong types', (t) => {
  const folder = fileURLToPath(new URL('../../../src/dashboard/page/', import.meta.url));
  const { config, error } = ts.readConfigFile(`${folder}tsconfig.json`, (path) => ts.sys.readFile(path)) as { config: unknown; error?: ts.Diagnostic };
  t.is(error, undefined);
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  t.deepEqual(errors, []);
  t.true(fileNames.some((name) => name.endsWith('/page.js')));
  const found = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
  t.is(ts.formatDiagnostics(found, { getCurrentDirectory: () => folder, getCanonicalFileName: (name) => name, getNewLine: () => '\n' }), '');
});
