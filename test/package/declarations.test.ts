// What a program that installs the package sees of it: declarations that bear the settings of `tsc --init`, and name what is there at run time.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import ts from 'typescript';
import { withPlainEnums } from './declarations.js';

// Inside the package, so that its own name leads to it, and to what is compiled.
const program = fileURLToPath(new URL('program.mts', import.meta.url));
const root = join(dirname(program), '../../..');
const entries = ['', '/core', '/cbor', '/link', '/broker', '/bridge', '/eslint-plugin'].map((path) => `midge-mqtt${path}`);

function compile(text: string): ts.Program {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')], strict: true, noEmit: true,
    skipLibCheck: true, isolatedModules: true, verbatimModuleSyntax: true, moduleDetection: ts.ModuleDetectionKind.Force, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true,
  };
  const host = ts.createCompilerHost(options);
  host.readFile = (path) => {
    if (path === program) return text;
    const content = ts.sys.readFile(path);
    return path.startsWith(root) && path.endsWith('.d.ts') && content !== undefined ? withPlainEnums(content) : content;
  };
  host.fileExists = (path) => path === program || ts.sys.fileExists(path);
  host.getSourceFile = (path, language) => {
    const content = host.readFile(path);
    return content === undefined ? undefined : ts.createSourceFile(path, content, language);
  };
  return ts.createProgram([program], options, host);
}

function mistakesIn(made: ts.Program): string[] {
  return ts.getPreEmitDiagnostics(made).map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'));
}

test('the codes of every export can be used by a program that is compiled file by file', (t) => {
  t.deepEqual(mistakesIn(compile([
    "import { createClient, Publish, Status } from 'midge-mqtt';",
    "import { Event } from 'midge-mqtt/core';",
    "import { CborStatus } from 'midge-mqtt/cbor';",
    "import { LinkEvent } from 'midge-mqtt/link';",
    "import { PacketType } from 'midge-mqtt/broker';",
    "const handle: number = createClient('mqtt://localhost').publishNow('a', Buffer.from('b'), Publish.Qos1 | Publish.Retain);",
    'if (handle === Status.NoRoom) console.log(Event, CborStatus, LinkEvent, PacketType);',
  ].join('\n'))), []);
});

test('what is declared as a value is one at run time, and the other way round', async (t) => {
  const made = compile(entries.map((entry, n) => `import * as e${n} from '${entry}'; e${n};`).join('\n'));
  const checker = made.getTypeChecker();
  const uses = made.getSourceFile(program)!.statements.filter(ts.isExpressionStatement);
  t.is(uses.length, entries.length);
  for (const [n, entry] of entries.entries()) {
    const declared = checker.getPropertiesOfType(checker.getTypeAtLocation(uses[n].expression)).map(({ name }) => name);
    t.deepEqual(declared.sort(), Object.keys(await import(entry) as object).sort(), entry);
  }
});

test('npm readies the declarations whenever it packs or installs', (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const step = /node (dist\/test\/package\/\S+)$/.exec(scripts['prepare'])?.[1];
  t.true(step !== undefined && existsSync(join(root, step)), scripts['prepare']);
});
