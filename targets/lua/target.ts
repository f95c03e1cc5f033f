/**
 * The target `lua`: NodeMCU, plain Lua over LuaSocket, and plain Lua over the serial link on standard input and output.
 * Must not know how a file is made (build.ts), nor how one is uploaded (flash.ts).
 */
import { sourceText } from '../build/program.js';
import type { BuildRequest, BuiltFile, Target } from '../build/target.js';
import { buildVariant, exampleFiles, variants } from './build.js';
import { flash, readyToFlash } from './flash.js';

function build({ profile, minify, example }: BuildRequest): readonly BuiltFile[] {
  const files = variants.map((variant) => buildVariant(variant, profile, minify));
  if (example === undefined) return files;
  // Examples are programs to be read and changed: they stay as they are.
  return [...files, ...exampleFiles(example).map(({ path, source }): BuiltFile => {
    const content = sourceText(source);
    return { path, content, parts: [{ name: 'example', bytes: Buffer.byteLength(content) }] };
  })];
}

export const target: Target = {
  name: 'lua',
  summary: "NodeMCU's mqtt module, and plain Lua 5.1 to 5.4 over LuaSocket or a serial line",
  profiles: ['qos0', 'mqtt311', 'full'],
  examples: ['sensor', 'command', 'firmware', 'serial'],
  build,
  flash,
  readyToFlash,
};
