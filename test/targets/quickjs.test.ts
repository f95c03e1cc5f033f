// The ES5 client in QuickJS: of profile mqtt311, where a message larger than its buffer is reported, not streamed, and of full with MQTT 5.0.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { builtScript, scriptFolder } from './es5/host.js';
import { registerTargetScenarios } from './register.js';
import { scenariosOfV5 } from './scenarios-v5.js';

const folder = mkdtempSync(join(tmpdir(), 'midge-quickjs-'));
test.after.always(() => { rmSync(folder, { recursive: true }); });
const script = builtScript(folder, { profile: 'mqtt311', minify: true }, 'midge.js');
const fullFolder = join(folder, 'full');
mkdirSync(fullFolder);
const fullScript = builtScript(fullFolder, { profile: 'full', minify: true }, 'midge.js');

registerTargetScenarios(test, 'QuickJS', 2, () => ({
  name: 'ES5 client in QuickJS', command: process.execPath, large: 'reported',
  args: [fileURLToPath(new URL('es5/quickjs-actor.js', import.meta.url)), script, join(scriptFolder, 'actor.js')],
}));

// Its natives write to a socket of Node.js, which takes everything.
registerTargetScenarios(test, 'QuickJS, MQTT 5.0', 2, () => ({
  name: 'ES5 client in QuickJS, MQTT 5.0', command: process.execPath, large: 'streamed',
  args: [fileURLToPath(new URL('es5/quickjs-actor.js', import.meta.url)), fullScript, join(scriptFolder, 'v5.js'), join(scriptFolder, 'actor.js')],
}), scenariosOfV5.filter(({ needsSocket }) => needsSocket !== true));
