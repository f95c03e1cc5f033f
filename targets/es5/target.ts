/**
 * The target `es5`: one script for any engine that runs ES5 and has typed arrays, such as Duktape, MicroQuickJS and QuickJS.
 * `midge.js` speaks over a TCP connection of the firmware, `midge-link.js` over its serial port, to a gateway; an example comes with its client in one
 * file. Must not know the engines' own programming interfaces; targets/es5/README.md tells how to embed.
 */
import { buildEs5 } from '../build/es5.js';
import { type Mapped, minifyScript, unchangedScript } from '../build/script.js';
import { profiles } from '../build/profiles.js';
import { sourceText } from '../build/program.js';
import { bytesBySource, writeMap } from '../build/source-map.js';
import { type BuildRequest, type BuiltFile, type BuiltPart, partNames, type Target } from '../build/target.js';
import { publicFunctions, publicNames } from './public-names.js';

const port = 'targets/es5/port.ts';
const linkPort = 'targets/es5/link-port.ts';

const examples = ['sensor', 'command', 'firmware', 'serial'] as const;

function build({ profile, minify, example }: BuildRequest): readonly BuiltFile[] {
  // An image larger than the receive buffer comes in parts, whatever the profile has.
  const streaming = example === 'firmware' ? { Streaming: 1 } : {};
  const sources = { entries: ['targets/es5/api.ts'], exports: publicFunctions(profile), profile: { ...profiles[profile], ...streaming }, minify, inline: minify, publicFields: publicNames(profile) };
  const overTcp = buildEs5(sources);
  const overLink = withSource(buildEs5({ ...sources, replace: { [port]: sourceText(linkPort) } }), port, linkPort);
  const files = [fileOf('midge.js', overTcp, minify), fileOf('midge-link.js', overLink, minify)];
  if (example === undefined) return files;
  const path = `targets/es5/examples/${example}.js`;
  const application = minify ? minifyScript(path) : unchangedScript(path);
  return [...files, fileOf(`${example}.js`, joined(example === 'serial' ? overLink : overTcp, application), minify)];
}

/** The same code with a source under another name: that of the file whose text took its place. */
function withSource({ code, segments }: Mapped, from: string, to: string): Mapped {
  return { code, segments: segments.map((segment) => segment.source === from ? { ...segment, source: to } : segment) };
}

function joined(first: Mapped, second: Mapped): Mapped {
  const code = first.code.endsWith('\n') ? first.code : `${first.code}\n`;
  const linesBefore = code.split('\n').length - 1;
  return { code: code + second.code, segments: [...first.segments, ...second.segments.map((segment) => ({ ...segment, line: segment.line + linesBefore }))] };
}

function fileOf(path: string, { code, segments }: Mapped, minify: boolean): BuiltFile {
  // Desktop engines look the map up by this line; on a device it would only be bytes.
  const content = minify ? code : `${code}//# sourceMappingURL=${path}.map\n`;
  return { path, content, parts: partsOf(bytesBySource(content, segments)), sourceMap: writeMap(segments, sourceText) };
}

function partsOf(bySource: ReadonlyMap<string, number>): BuiltPart[] {
  const bytes = new Map<string, number>();
  for (const [source, count] of bySource) bytes.set(partOf(source), (bytes.get(partOf(source)) ?? 0) + count);
  return partNames.flatMap((name) => bytes.has(name) ? { name, bytes: bytes.get(name)! } : []);
}

function partOf(source: string): BuiltPart['name'] {
  if (source.startsWith('src/core/')) return 'core';
  if (source.startsWith('src/link/')) return 'link';
  if (source.startsWith('targets/es5/examples/')) return 'example';
  return source.startsWith('targets/link/') || source === port || source === linkPort ? 'port' : 'api';
}

export const target: Target = {
  name: 'es5',
  summary: 'one script to embed in a firmware with Duktape, MicroQuickJS or QuickJS',
  profiles: ['qos0', 'mqtt311', 'full'],
  examples,
  build,
};
