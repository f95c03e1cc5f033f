// The ES5 client in Duktape, in the host for embedding, over real sockets.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { registerNotRun } from '../engines/installed.js';
import { builtScript, embedHost, scriptFolder } from './es5/host.js';
import { allOfV5, registerTargetScenarios } from './register.js';

const host = embedHost();
if ('path' in host) {
  const folder = mkdtempSync(join(tmpdir(), 'midge-es5-'));
  test.after.always(() => { rmSync(folder, { recursive: true }); });
  const script = builtScript(folder, { profile: 'full', minify: true }, 'midge.js');
  registerTargetScenarios(test, 'Duktape', 2, () => ({
    name: 'ES5 client in Duktape', command: host.path, args: [script, join(scriptFolder, 'actor.js')], large: 'streamed',
  }));
  registerTargetScenarios(test, 'Duktape, MQTT 5.0', 2, () => ({
    name: 'ES5 client in Duktape, MQTT 5.0', command: host.path, args: [script, join(scriptFolder, 'v5.js'), join(scriptFolder, 'actor.js')], large: 'streamed',
  }), allOfV5);
} else {
  registerNotRun(test, 'Duktape is installed', `${host.reason}: the scenarios on it were NOT RUN`);
}
