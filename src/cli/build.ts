/**
 * `midge build`: writes a target's files, ready to be flashed or embedded, and says how many bytes each part takes.
 * Must not know any target (targets.ts).
 */
import type { Command } from 'commander';
import { bytesOf, type BuiltFile } from '../../targets/build/target.js';
import { addCommand, option } from './command.js';
import { UsageError } from './fault.js';
import { addTargetOptions, buildFor, requestOf, targetNames, targetOf, type TargetValues } from './targets.js';
import { writeFiles } from './writeFiles.js';

interface BuildValues extends TargetValues {
  out?: string;
  json?: boolean;
}

export function addBuild(program: Command): void {
  const command = addCommand(program, 'build', 'write the client for a board or an engine, minified, with its size', '<target> [options]', `The targets are ${targetNames.join(', ')}. What is written, and what to do with it, is in targets/<target>/README.md. Nothing is written unless all of it can be.

Examples:
  midge build es5
  midge build es5 --profile qos0 --out firmware/js
  midge build es5 --no-minify`);
  addTargetOptions(command)
    .addOption(option('--out <folder>', 'where to write (default: build/<target>)', folderValue))
    .option('--json', 'one JSON object')
    .action((words: string[], values: BuildValues) => build(words, values));
}

function folderValue(text: string, name: string): string {
  if (text === '') throw new UsageError(`${name} is empty; name a folder, or leave it out for build/<target>`);
  return text;
}

async function build(words: readonly string[], values: BuildValues): Promise<void> {
  const target = await targetOf(words, 'midge build');
  const request = requestOf(target, values);
  const out = values.out ?? `build/${target.name}`;
  const files = await buildFor(target, request);
  writeFiles(out, files.flatMap((file) => file.sourceMap === undefined ? [file] : [file, { path: `${file.path}.map`, content: file.sourceMap }]));
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify({ target: target.name, ...request, out, files: shownFiles(files) }, null, 2)}\n`);
  } else {
    const title = `${target.name}, profile ${request.profile}${request.minify ? '' : ', readable'}${request.example === undefined ? '' : `, example ${request.example}`}: written to ${out}`;
    process.stdout.write(`${title}\n\n${sizeText(files)}\n`);
  }
}

/** What JSON says of the files. */
export function shownFiles(files: readonly BuiltFile[]): object[] {
  return files.map(({ path, content, parts, sourceMap }) => ({ path, bytes: bytesOf(content), parts, ...sourceMap === undefined ? {} : { sourceMap: `${path}.map` } }));
}

/** A line for each file, and beneath it one for each of its parts. */
export function sizeText(files: readonly BuiltFile[]): string {
  const rows = files.flatMap(({ path, content, parts, sourceMap }) => [
    { name: `  ${path}`, bytes: bytesOf(content), note: sourceMap === undefined ? '' : `  and ${path}.map, its source map` },
    ...parts.map((part) => ({ name: `    ${part.name}`, bytes: part.bytes, note: '' })),
  ]);
  const width = Math.max(24, ...rows.map(({ name }) => name.length + 2));
  return rows.map(({ name, bytes, note }) => `${name.padEnd(width)}${bytes.toLocaleString('en-US').padStart(9)} B${note}`).join('\n');
}
