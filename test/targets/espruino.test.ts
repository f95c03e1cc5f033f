import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ProfileName } from '../../targets/build/profiles.js';
import { buildModule } from '../../targets/espruino/build.js';
import type { ActorDescription } from './actor.js';
import { registerTargetScenarios } from './register.js';

const actor = fileURLToPath(new URL('espruino-actor.js', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'midge-espruino-'));
test.after.always('no file is left', () => { rmSync(folder, { recursive: true }); });
const built = new Map<ProfileName, string>();

/** The module's file; it is built once. */
function moduleFile(profile: ProfileName): string {
  const file = built.get(profile) ?? join(folder, `${profile}.js`);
  if (!built.has(profile)) writeFileSync(file, buildModule(profile, true).code, 'latin1');
  built.set(profile, file);
  return file;
}

function describe(name: string, profile: ProfileName, engine: readonly string[]): ActorDescription {
  return {
    name, command: process.execPath, args: [actor, moduleFile(profile), ...engine], large: profile === 'full' ? 'streamed' : 'reported', qosMax: profile === 'qos0' ? 0 : 2,
  };
}

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
}
