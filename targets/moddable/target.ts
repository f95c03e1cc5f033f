/**
 * The target `moddable`: a folder with a manifest, the flattened core of a profile and the modules around it, for an application's own manifest
 * to include. Must not know: what the modules do; targets/moddable/README.md says how they are used.
 */
import { readFileSync } from 'node:fs';
import { type ProfileName } from '../build/profiles.js';
import { sourceText } from '../build/program.js';
import { type BuildRequest, type BuiltFile, type BuiltPart, bytesOf, type Target } from '../build/target.js';
import { coreModule, minifyModule } from './core-module.js';

/** The modules of an API, each with the part it belongs to. They are compiled with this package. */
const modules: readonly (readonly [name: string, part: BuiltPart['name']])[] = [
  ['platform', 'port'], ['views', 'port'], ['socket', 'port'], ['requests', 'port'], ['session', 'port'],
  ['text', 'api'], ['words', 'api'], ['options', 'api'], ['client', 'api'],
];

/** What the compiler keeps of a const enum for other packages: an object that nothing here reads. */
const enumObject = /^(?:export )?var (\w+);\n\(function \(\1\) \{\n(?: .*\n)*\}\)\(\1 \|\| \(\1 = \{\}\)\);\n/gm;

function compiled(name: string): string {
  const text = readFileSync(new URL(`modules/${name}.js`, import.meta.url), 'utf8');
  return text.replace(enumObject, '').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

function build({ profile, minify, example }: BuildRequest): readonly BuiltFile[] {
  const texts = modules.map(([name, part]) => ({ name, part, text: compiled(name) }));
  const core = coreModule(profile, texts.map(({ text }) => text), minify);
  const files: BuiltFile[] = [{ path: 'midge/core.js', content: core, parts: [{ name: 'core', bytes: bytesOf(core) }] }];
  for (const { name, part, text } of texts) {
    const content = minify ? minifyModule(text) : text;
    files.push({ path: `midge/${name}.js`, content, parts: [{ name: part, bytes: bytesOf(content) }] });
  }
  files.push({ path: 'manifest.json', content: manifestOf(example === undefined ? undefined : example), parts: [] });
  if (example !== undefined) {
    const content = sourceText(`targets/moddable/examples/${example}/main.js`);
    files.push({ path: 'main.js', content, parts: [{ name: 'example', bytes: bytesOf(content) }] });
  }
  return files;
}

function manifestOf(_example: string | undefined): string {
  const manifest = { modules: { 'midge/*': './midge/*' }, preload: ['midge/*'] };
  return `${JSON.stringify(manifest, null, '\t')}\n`;
}

const profileNames: readonly ProfileName[] = ['qos0', 'mqtt311', 'full'];

export const target: Target = {
  name: 'moddable',
  summary: 'ES modules with a manifest for the Moddable SDK: the ECMA-419 MQTT client and Midge\'s own',
  profiles: profileNames,
  examples: [],
  build,
};
