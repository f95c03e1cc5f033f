/**
 * The target `moddable`: a folder with a manifest, the flattened core of a profile and the modules around it, for an application's own manifest
 * to include; with an example it is an application itself. Must not know: what the modules do; targets/moddable/README.md says how they are used.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProfileName } from '../build/profiles.js';
import { packageRoot, sourceText } from '../build/program.js';
import { type BuildRequest, type BuiltFile, type BuiltPart, bytesOf, type Target } from '../build/target.js';
import { coreModule, linkModule, minifyModule } from './core-module.js';
import { flash, readyToFlash } from './flash.js';

/** The modules beside the core, each with the part it belongs to. They are compiled with this package. */
const modules: readonly (readonly [name: string, part: BuiltPart['name']])[] = [
  ['platform', 'port'], ['views', 'port'], ['socket', 'port'], ['requests', 'port'], ['session', 'port'],
  ['text', 'api'], ['words', 'api'], ['options', 'api'], ['client-options', 'api'], ['parts', 'api'], ['client', 'api'], ['midge', 'api'],
];

const examples: readonly string[] = ['sensor', 'command', 'firmware', 'serial'];
const examplesFolder = 'targets/moddable/examples';

/** What the compiler keeps of a const enum for other packages: an object that nothing here reads. */
const enumObject = /^(?:export )?var (\w+);\n\(function \(\1\) \{\n(?: .*\n)*\}\)\(\1 \|\| \(\1 = \{\}\)\);\n/gm;

function compiled(name: string): string {
  const text = readFileSync(new URL(`modules/${name}.js`, import.meta.url), 'utf8');
  return text.replace(enumObject, '').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

function build({ profile, minify, example }: BuildRequest): readonly BuiltFile[] {
  const file = (name: string, part: BuiltPart['name'], content: string): BuiltFile => ({ path: `midge/${name}.js`, content, parts: [{ name: part, bytes: bytesOf(content) }] });
  const shown = (text: string): string => minify ? minifyModule(text) : text;
  const texts = modules.map(([name, part]) => ({ name, part, text: compiled(name) }));
  const serial = compiled('serial');
  return [
    file('core', 'core', coreModule(profile, [...texts.map(({ text }) => text), serial], minify)),
    ...texts.map(({ name, part, text }) => file(name, part, shown(text))),
    file('link', 'link', linkModule([serial], minify)),
    file('serial', 'link', shown(serial)),
    manifest('manifest.json', [], { 'midge/core': './core', ...Object.fromEntries(modules.map(([name]) => [`midge/${name}`, `./${name}`])) }),
    manifest('manifest_serial.json', ['./manifest.json'], { 'midge/link': './link', 'midge/serial': './serial' }),
    manifest('manifest_embedded.json', ['./manifest.json'], { 'embedded:network/mqtt/client': './embedded' }),
    { path: 'midge/embedded.js', content: "export { default } from 'midge/client';\n", parts: [] },
    ...example === undefined ? [] : exampleFiles(example),
  ];
}

/** Every module is named, and preloaded: none has state. */
function manifest(name: string, include: readonly string[], named: Readonly<Record<string, string>>): BuiltFile {
  return { path: `midge/${name}`, content: json({ include, modules: named, preload: Object.keys(named) }), parts: [] };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, '\t')}\n`;
}

interface Manifest {
  include: string[];
}

/** An example with its manifest, which includes the folder that is built in place of the sources. */
function exampleFiles(example: string): BuiltFile[] {
  const folder = `${examplesFolder}/${example}`;
  return readdirSync(join(packageRoot, folder)).sort().map((name) => {
    const text = sourceText(`${folder}/${name}`);
    if (name !== 'manifest.json') return { path: name, content: text, parts: [{ name: 'example', bytes: bytesOf(text) }] };
    const manifest = JSON.parse(text) as Manifest;
    const own = example === 'serial' ? './midge/manifest_serial.json' : './midge/manifest.json';
    return { path: name, content: json({ ...manifest, include: manifest.include.map((path) => path.startsWith('..') ? own : path) }), parts: [] };
  });
}

const profileNames: readonly ProfileName[] = ['qos0', 'mqtt311', 'full'];

export const target: Target = {
  name: 'moddable',
  summary: 'ES modules with manifests for the Moddable SDK: the ECMA-419 MQTT client, and Midge\'s own',
  profiles: profileNames,
  examples,
  build,
  flash,
  readyToFlash,
};
