/** Run after the tests: says loudly which engines were not run on this machine, and fails when they were demanded. */
import { absentEngines, engines } from './engines.js';
import { everythingIsDemanded } from './installed.js';

const absent = absentEngines();
if (absent.length === 0) {
  console.log(`Engines run: ${engines.map((engine) => engine.name).join(', ')}.`);
} else {
  console.log(`\n*** NOT RUN: ${absent.length} of ${engines.length} engines are not installed here.`);
  for (const { name, reason } of absent) console.log(`***   ${name}: ${reason}`);
  console.log('*** Debian: apt install lua5.1 lua-bitop lua5.3 luajit duktape-dev gcc');
  if (everythingIsDemanded) process.exitCode = 1;
}
