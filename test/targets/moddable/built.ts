/** The modules that `midge build moddable` writes, on the stub of the platform: what differs from the sources is the core, which is flattened for a profile. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { ProfileName } from '../../../targets/build/profiles.js';
import type MQTTClient from '../../../targets/moddable/modules/client.js';
import type Midge from '../../../targets/moddable/modules/midge.js';
import { target } from '../../../targets/moddable/target.js';
import './register.js';

export async function built(t: ExecutionContext, profile: ProfileName): Promise<{ MQTTClient: typeof MQTTClient; Midge: typeof Midge }> {
  const folder = mkdtempSync(join(tmpdir(), 'midge-moddable-'));
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }); });
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  for (const { path, content } of target.build({ profile, minify: true, example: undefined })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const load = async <T>(name: string): Promise<T> => ((await import(pathToFileURL(join(folder, 'midge', name)).href)) as { default: T }).default;
  return { MQTTClient: await load('client.js'), Midge: await load('midge.js') };
}
