/** The built modules on XS itself, where MIDGE_XS names its test shell: the same conversation, byte by byte, as on Node.js; and what it leaves to collect. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawnSync } from 'node:child_process';
import test from 'ava';
import { conversation } from './moddable/conversation.js';
import { prelude, runModule, withFolder, xs } from './moddable/xs.js';

const imports = `import MQTTClient from './midge/client.js';\n`;
const globals = new URL('./moddable/stub/globals.js', import.meta.url).href;

/** What Node.js prints of a script, with the built modules. */
function onNode(folder: string, source: string): string {
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'node.js'), `import '${globals}';\nglobalThis.print = (text) => console.log(text);\nawait import('${pathToFileURL(join(folder, 'main.js')).href}');\n`);
  writeFileSync(join(folder, 'main.js'), source);
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'node.js')], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(stdout + stderr);
  return stdout;
}

test('a conversation on the built modules', (t) => {
  const lines = withFolder('mqtt311', (folder) => onNode(folder, imports + prelude + conversation)).split('\n');
  t.true(lines.length > 60);
  for (const line of [
    'control {"operation":2,"returnCode":0,"sessionPresent":false}', 'control {"operation":9,"id":1,"payload":[2,128]}', 'control {"operation":4,"id":700}',
    'control {"operation":7,"id":4}', 'control {"operation":13}', 'left 0', 'readable 1 {"topic":"a/b","byteLength":1,"QoS":0,"more":false,"retain":false}', 'error the server has gone silent',
    '> 30060003612f6231', '> 31060003612f6232', 'closed',
  ]) t.true(lines.includes(line), `${line}\n---\n${lines.join('\n')}`);
});

if (xs === undefined) test('NOT RUN on XS: MIDGE_XS names no xst', (t) => { t.pass(); });
else {
  test('XS prints what Node.js prints', (t) => {
    withFolder('mqtt311', (folder) => {
      t.deepEqual(runModule(folder, imports + prelude + conversation).split('\n'), onNode(folder, imports + prelude + conversation).split('\n'));
    });
  });
}
