/**
 * The target `espruino`: a module for Storage, and an example as the program that the board starts with.
 * Must not know how the module is made (build.ts), nor the tool that uploads (flash.ts).
 */
import { withGuardedStrings } from '../build/espruino-strings.js';
import type { ProfileName } from '../build/profiles.js';
import { sourceText } from '../build/program.js';
import { minifyScript, unchangedScript } from '../build/script.js';
import { writeMap } from '../build/source-map.js';
import { type BuildRequest, type BuiltFile, bytesOf, type Target, TargetError } from '../build/target.js';
import { buildStorageModule, partsOf } from './build.js';
import { flash, readyToFlash } from './flash.js';

const examples = ['sensor', 'command', 'firmware', 'serial'];
const profiles: readonly ProfileName[] = ['qos0', 'mqtt311', 'full'];

function build({ profile, minify, example }: BuildRequest): readonly BuiltFile[] {
  if (example === 'firmware' && profile !== 'full') throw new TargetError(`the example firmware needs streaming, which ${profile} has not; add --profile full`);
  if (example !== undefined && example !== 'firmware' && profile === 'qos0') throw new TargetError(`the example ${example} publishes or subscribes at QoS 1, which qos0 has not; leave --profile out`);
  const name = example === 'serial' ? 'midge-serial' : 'midge';
  const module = buildStorageModule(profile, minify, name);
  const files: BuiltFile[] = [{ path: `${name}.js`, content: module.code, parts: partsOf(module) }];
  if (example !== undefined) {
    const path = `targets/espruino/examples/${example}.js`;
    const { code: content, segments } = minify ? withGuardedStrings(minifyScript(path)) : unchangedScript(path);
    files.push({ path: `${example}.js`, content, parts: [{ name: 'example', bytes: bytesOf(content) }], ...minify ? { sourceMap: writeMap(segments, sourceText) } : {} });
  }
  return files;
}

export const target: Target = {
  name: 'espruino',
  summary: 'a module in the place of Espruino\'s MQTT, for Storage, over net, tls or a serial link',
  profiles,
  examples,
  build,
  flash,
  readyToFlash,
};
