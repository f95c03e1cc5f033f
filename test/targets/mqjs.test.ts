// The ES5 client in MicroQuickJS, where MIDGE_MQJS names its executable: the scenarios, and the least heap.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { built, builtScript, scriptFolder } from './es5/host.js';
import { heapScript, leastHeap, microQuickJs } from './es5/mqjs.js';
import { registerTargetScenarios } from './register.js';
import { scenariosOfV5 } from './scenarios-v5.js';

const engine = microQuickJs();
if ('path' in engine) {
  const folder = mkdtempSync(join(tmpdir(), 'midge-mqjs-'));
  test.after.always(() => { rmSync(folder, { recursive: true }); });
  const script = builtScript(folder, { profile: 'mqtt311', minify: true }, 'midge.js');
  registerTargetScenarios(test, 'MicroQuickJS', 2, () => ({
    name: 'ES5 client in MicroQuickJS', command: process.execPath, large: 'reported',
    args: [fileURLToPath(new URL('es5/mqjs-actor.js', import.meta.url)), engine.path, script, join(scriptFolder, 'actor.js')],
  }));
  const fullFolder = join(folder, 'full');
  mkdirSync(fullFolder);
  const fullScript = builtScript(fullFolder, { profile: 'full', minify: true }, 'midge.js');
  registerTargetScenarios(test, 'MicroQuickJS, MQTT 5.0', 2, () => ({
    name: 'ES5 client in MicroQuickJS, MQTT 5.0', command: process.execPath, large: 'streamed',
    args: [fileURLToPath(new URL('es5/mqjs-actor.js', import.meta.url)), engine.path, fullScript, join(scriptFolder, 'v5.js'), join(scriptFolder, 'actor.js')],
  }), scenariosOfV5.filter(({ needsSocket }) => needsSocket !== true));

  test('4,000 messages of QoS 2 need no more heap than 20, and a planted leak does', (t) => {
    const midge = String(built({ profile: 'mqtt311', minify: true })[0].content);
    const few = leastHeap(engine.path, heapScript(midge, 10)).heapBytes;
    t.log(`${engine.bits} bit: ${few} B`);
    t.is(leastHeap(engine.path, heapScript(midge, 2000)).heapBytes, few);
    if (engine.bits === 32) t.true(few <= 16384);
    const leaking = heapScript(`var kept = [];\n${midge}`, 2000).replace('heard++;', 'kept.push(heard++);');
    t.true(leastHeap(engine.path, leaking).heapBytes > few + 1000);
  });
} else {
  // An engine that its users bring: no machine of CI has it, so it is never demanded.
  test('MicroQuickJS is named, or the client is not run on it', (t) => {
    t.log(`${engine.reason}: the scenarios in MicroQuickJS were NOT RUN`);
    t.pass();
  });
}
