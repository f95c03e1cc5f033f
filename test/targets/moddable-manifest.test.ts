/** The manifest that names the sources: read as the SDK's mcconfig reads it, every import of every module leads to a module of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix, relative } from 'node:path';
import test from 'ava';
import { packageRoot } from '../../targets/build/program.js';
import { target } from '../../targets/moddable/target.js';

interface Manifest {
  include?: string[];
  modules: Record<string, string | string[]>;
  preload: string[];
}

const folder = join(packageRoot, 'targets/moddable');

function filesOf(source: string): [name: string, file: string][] {
  const directory = join(folder, dirname(source));
  const name = basename(source);
  return readdirSync(directory).filter((file) => /\.(?:ts|js)$/.test(file) && !file.endsWith('.d.ts'))
    .map((file): [string, string] => [file.replace(/\.\w+$/, ''), join(directory, file)]).filter(([own]) => name === '*' || own === name);
}

/** Module name to source file. What `~` names is left out; of one source the first name holds. */
function modulesOf(name: string): Map<string, string> {
  const manifest = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Manifest;
  const modules = new Map<string, string>();
  for (const other of (manifest.include ?? []).filter((path) => !path.startsWith('$'))) for (const [specifier, file] of modulesOf(other)) modules.set(specifier, file);
  const taken = new Set([manifest.modules['~'] ?? []].flat().flatMap(filesOf).map(([, file]) => file));
  for (const [specifier, sources] of Object.entries(manifest.modules)) {
    if (specifier === '~') continue;
    for (const source of [sources].flat()) {
      const files = filesOf(source);
      if (files.length === 0) throw new Error(`${name}: ${source} matches no file`);
      for (const [own, file] of files) {
        if (!taken.has(file)) modules.set(specifier.replace('*', own), file);
        taken.add(file);
      }
    }
  }
  for (const pattern of manifest.preload) if (![...modules.keys()].some((key) => key === pattern || (pattern.endsWith('*') && key.startsWith(pattern.slice(0, -1))))) throw new Error(`${name}: preload ${pattern} matches nothing`);
  return modules;
}

/** What is left of a module's imports when types and const enums are gone. */
function importsOf(file: string): string[] {
  const built = file.endsWith('.ts') ? join(packageRoot, 'dist', relative(packageRoot, file)).replace(/\.ts$/, '.js') : file;
  if (!existsSync(built)) throw new Error(`${built} is missing`);
  return [...readFileSync(built, 'utf8').matchAll(/^(?:import|export) .*?from ['"]([^'"]+)['"]/gms)].map(([, specifier]) => specifier);
}

for (const name of ['manifest.json', 'manifest_embedded.json', 'manifest_flash.json', 'manifest_preference.json']) {
  test(`${name}: every import leads to a module`, (t) => {
    const modules = modulesOf(name);
    t.true(modules.size > 45, `${modules.size} modules`);
    t.true(modules.get('midge-mqtt/src/core/bytes')!.endsWith('natives/bytes.ts'));
    for (const [specifier, file] of modules) {
      for (const imported of importsOf(file)) {
        const target = imported.startsWith('.') ? posix.join(posix.dirname(specifier), imported).replace(/\.js$/, '') : imported;
        t.true(modules.has(target) || ['timer', 'time'].includes(target), `${specifier} imports ${imported}, which is ${target}`);
      }
    }
  });
}

/** Modules of a manifest that was built, those that it includes among them, by their names: paths of files that were built. */
function builtModules(files: ReadonlyMap<string, string>, path: string): Map<string, string> {
  const text = files.get(path);
  if (text === undefined) throw new Error(`${path} is included and was not built`);
  const { include = [], modules, preload = [] } = JSON.parse(text) as Partial<Manifest> & Pick<Manifest, 'modules'>;
  const named = new Map<string, string>();
  for (const other of include.filter((own) => !own.startsWith('$'))) for (const [name, file] of builtModules(files, posix.join(posix.dirname(path), other))) named.set(name, file);
  for (const [name, sources] of Object.entries(modules)) {
    for (const source of [sources].flat()) {
      const file = `${posix.join(posix.dirname(path), source)}.js`;
      if (!files.has(file)) throw new Error(`${path}: ${source} is no file`);
      named.set(name === '*' ? posix.basename(source) : name, file);
    }
  }
  for (const name of preload) if (!named.has(name)) throw new Error(`${path}: preload ${name} is no module`);
  return named;
}

/** What the SDK brings where the example's manifest includes it. */
const platformModules = ['timer', 'time', 'mc/config', 'embedded:io/serial', 'embedded:io/socket/tcp', 'embedded:io/socket/udp', 'embedded:network/dns/resolver/udp'];

// One with a module of its own, and one over the other link.
for (const example of ['firmware', 'serial']) {
  test(`what is built, with the example ${example}: every import leads to a module`, (t) => {
    const files = new Map(target.build({ profile: 'mqtt311', minify: true, example }).map(({ path, content }) => [path, String(content)]));
    const manifests = [...files.keys()].filter((path) => path.endsWith('.json'));
    t.true(manifests.length >= 6);
    let imports = 0;
    for (const manifest of manifests) {
      const modules = builtModules(files, manifest);
      for (const [name, file] of modules) {
        for (const [, imported] of files.get(file)!.matchAll(/(?:^|[;}])\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]/g)) {
          const wanted = imported.startsWith('.') ? posix.join(posix.dirname(name), imported).replace(/\.js$/, '') : imported;
          imports += 1;
          t.true(modules.has(wanted) || platformModules.includes(wanted), `${manifest}: ${name} imports ${imported}, which is ${wanted}`);
        }
      }
    }
    t.true(imports > 100, `${imports} imports were found`);
  });
}

test('the manifests of the examples include files that are there', (t) => {
  for (const example of readdirSync(join(folder, 'examples'))) {
    const { include, modules } = JSON.parse(readFileSync(join(folder, 'examples', example, 'manifest.json'), 'utf8')) as Required<Manifest>;
    for (const path of include.filter((own) => !own.startsWith('$'))) t.true(existsSync(join(folder, 'examples', example, path)), path);
    for (const source of Object.values(modules).flat()) t.true(existsSync(join(folder, 'examples', example, `${source}.js`)), source);
  }
});

const sdk = process.env['MIDGE_MODDABLE'];

test(sdk === undefined ? 'NOT RUN: the SDK\'s own manifests, since MIDGE_MODDABLE names no SDK' : 'the manifests of the SDK that the examples include are there', (t) => {
  if (sdk === undefined) {
    t.pass();
    return;
  }
  for (const example of readdirSync(join(folder, 'examples'))) {
    const { include } = JSON.parse(readFileSync(join(folder, 'examples', example, 'manifest.json'), 'utf8')) as Required<Manifest>;
    for (const path of include.filter((own) => own.startsWith('$(MODDABLE)'))) {
      if (path.includes('/examples/manifest_')) continue; // of any SDK, and not in a sparse copy
      t.true(existsSync(path.replace('$(MODDABLE)', sdk)), path);
    }
  }
});
