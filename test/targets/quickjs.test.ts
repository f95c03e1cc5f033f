// The ES5 client in QuickJS, of profile mqtt311: a message larger than its buffer is reported, not streamed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { builtScript, scriptFolder } from './es5/host.js';
import { registerTargetScenarios } from './register.js';

const folder = mkdtempSync(join(tmpdir(), 'midge-quickjs-'));
test.after.always(() => { rmSync(folder, { recursive: true }); });
const script = builtScript(folder, { profile: 'mqtt311', minify: true }, 'midge.js');

registerTargetScenarios(test, 'QuickJS', 2, () => ({
  name: 'ES5 client in QuickJS', command: process.execPath, large: 'reported',
  args: [fileURLToPath(new URL('es5/quickjs-actor.js', import.meta.url)), script, join(scriptFolder, 'actor.js')],
}));
