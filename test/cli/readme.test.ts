// The program in the README runs as it stands.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { start } from './process.js';

test('the README\'s program for Node.js runs and prints its message', async (t) => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const program = /```js\n(.*?)```/s.exec(readme)![1];
  // Inside the package, so that its own name leads to it.
  const file = fileURLToPath(new URL('readme-program.mjs', import.meta.url));
  writeFileSync(file, program);
  t.teardown(() => { rmSync(file); });
  const { code, stdout, stderr } = await start(process.execPath, [file], '').ended;
  t.is(stderr, '');
  t.is(stdout.toString(), 'rooms/kitchen 21.5\n');
  t.is(code, 0);
});
