// The ES5 client in Duktape, in the host for embedding, over real sockets.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { registerNotRun } from '../engines/installed.js';
import { builtScript, embedHost, scriptFolder } from './es5/host.js';
import { registerTargetScenarios } from './register.js';

const host = embedHost();
if ('path' in host) {
  const folder = mkdtempSync(join(tmpdir(), 'midge-es5-'));
  test.after.always(() => { rmSync(folder, { recursive: true }); });
  const script = builtScript(folder, { profile: 'full', minify: true }, 'midge.js');
  registerTargetScenarios(test, 'Duktape', 2, () => ({
    name: 'ES5 client in Duktape', command: host.path, args: [script, join(scriptFolder, 'actor.js')], large: 'streamed',
  }));
} else {
  registerNotRun(test, 'Duktape is installed', `${host.reason}: the scenarios on it were NOT RUN`);
}
