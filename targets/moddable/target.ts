/**
 * The target `moddable`: a folder with a manifest, the flattened core of a profile and the modules around it, for an application's own manifest
 * to include; with an example it is an application itself. Must not know: what the modules do; targets/moddable/README.md says how they are used.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProfileName } from '../build/profiles.js';
import { packageRoot, sourceText } from '../build/program.js';
import { type BuildRequest, type BuiltFile, type BuiltPart, bytesOf, type Target } from '../build/target.js';
import { coreModule, journalModule, linkModule, minifyModule } from './core-module.js';
import { flash, readyToFlash } from './flash.js';

/** The modules beside the core, each with the part it belongs to. They are compiled with this package. */
const modules: readonly (readonly [name: string, part: BuiltPart['name']])[] = [
  ['platform', 'port'], ['views', 'port'], ['socket', 'port'], ['requests', 'port'], ['forms', 'port'], ['session', 'port'],
  ['checks', 'api'], ['text', 'api'], ['words', 'api'], ['options', 'api'], ['client-options', 'api'], ['parts', 'api'], ['client', 'api'], ['midge', 'api'],
];

/** Those of a session that outlives a reboot, for who includes their manifest. */
const storeModules: readonly string[] = ['journal-store', 'flash-store', 'preference-store'];

function storeNames(store: string): Record<string, string> {
  return Object.fromEntries(['journal', 'journal-store', store].map((name) => [`midge/${name}`, `./${name}`]));
}

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
  const stores = storeModules.map((name) => ({ name, text: compiled(name) }));
  const journal = journalModule(profile, stores.map(({ text }) => text), minify);
  return [
    file('core', 'core', coreModule(profile, [...texts.map(({ text }) => text), serial, journal, ...stores.map(({ text }) => text)], minify)),
    ...texts.map(({ name, part, text }) => file(name, part, shown(text))),
    file('link', 'link', linkModule([serial], minify)),
    file('serial', 'link', shown(serial)),
    file('journal', 'port', journal),
    ...stores.map(({ name, text }) => file(name, 'port', shown(text))),
    manifest('manifest.json', [], { 'midge/core': './core', ...Object.fromEntries(modules.map(([name]) => [`midge/${name}`, `./${name}`])) }),
    manifest('manifest_serial.json', ['./manifest.json'], { 'midge/link': './link', 'midge/serial': './serial' }),
    storeManifest('manifest_flash.json', storeNames('flash-store')),
    storeManifest('manifest_preference.json', storeNames('preference-store')),
    manifest('manifest_embedded.json', ['./manifest.json'], { 'embedded:network/mqtt/client': './embedded' }),
    { path: 'midge/embedded.js', content: "export { default } from 'midge/client';\n", parts: [] },
    ...example === undefined ? [] : exampleFiles(example),
  ];
}

/** Every module is named, and preloaded: none has state. */
function manifest(name: string, include: readonly string[], named: Readonly<Record<string, string>>): BuiltFile {
  return { path: `midge/${name}`, content: json({ include, modules: named, preload: Object.keys(named) }), parts: [] };
}

/** As the manifest of this name in the sources, which brings the SDK's module under the store, and its partition. */
function storeManifest(name: string, named: Readonly<Record<string, string>>): BuiltFile {
  const source = JSON.parse(sourceText(`targets/moddable/${name}`)) as object;
  return { path: `midge/${name}`, content: json({ ...source, modules: named, preload: Object.keys(named) }), parts: [] };
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
