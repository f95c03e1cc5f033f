import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ProfileName } from '../../targets/build/profiles.js';
import { buildModule, buildStorageModule } from '../../targets/espruino/build.js';
import type { ActorDescription } from './actor.js';
import { registerTargetScenarios } from './register.js';

const actor = fileURLToPath(new URL('espruino-actor.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'midge-espruino-'));
test.after.always('no file is left', () => { rmSync(folder, { recursive: true }); });
const built = new Map<string, string>();

/** Where its functions are: all there from the start, or most of them read from Storage when they are called. */
type Form = 'whole' | 'stored';

/** The module's file; it is built once. */
function moduleFile(profile: ProfileName, form: Form): string {
  const key = `${profile}-${form}`;
  const file = built.get(key) ?? join(folder, `${key}.js`);
  if (!built.has(key)) writeFileSync(file, (form === 'whole' ? buildModule : buildStorageModule)(profile, true).code, 'latin1');
  built.set(key, file);
  return file;
}

function describe(name: string, profile: ProfileName, engine: readonly string[], form: Form = 'whole'): ActorDescription {
  return {
    name, command: process.execPath, args: [actor, moduleFile(profile, form), ...engine], large: profile === 'full' ? 'streamed' : 'reported', qosMax: profile === 'qos0' ? 0 : 2,
  };
}

registerTargetScenarios(test, 'Espruino stub, mqtt311 read from Storage', 2, () => describe('Espruino stub, mqtt311 read from Storage', 'mqtt311', [], 'stored'));
registerTargetScenarios(test, 'Espruino stub, full', 2, () => describe('Espruino stub, full', 'full', []));
registerTargetScenarios(test, 'Espruino stub, qos0', 0, () => describe('Espruino stub, qos0', 'qos0', []));

const engine = process.env['MIDGE_ESPRUINO'];
if (engine === undefined) {
  test('the scenarios on the real engine', (t) => {
    t.log('MIDGE_ESPRUINO names no Espruino for Linux: the scenarios on it were NOT RUN');
    t.pass();
  });
} else {
  registerTargetScenarios(test, 'Espruino, mqtt311', 2, () => describe('Espruino, mqtt311', 'mqtt311', [engine]));
  registerTargetScenarios(test, 'Espruino, mqtt311 read from Storage', 2, () => describe('Espruino, mqtt311 read from Storage', 'mqtt311', [engine], 'stored'));
}
