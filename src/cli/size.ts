/**
 * `midge size`: bytes of code per profile and language, and the memory map of a configuration; the same of the serial link.
 * Must not know how either is found (codeSize.ts, memoryMap.ts, linkMemory.ts).
 */
import type { Command } from 'commander';
import { addCommand, option } from './command.js';
import type { CodeSize } from './codeSize.js';
import { type ProfileName, profiles } from '../../targets/build/profiles.js';
import { readConfig } from './configFile.js';
import { UsageError } from './fault.js';
import type { MemoryMap } from './memoryMap.js';
import { outputColumns, wrap } from './wrap.js';

const profileNames = Object.keys(profiles) as ProfileName[];

interface SizeValues {
  profile?: string;
  config?: string;
  json?: boolean;
}

export function addSize(program: Command): void {
  addCommand(program, 'size', 'bytes of code per profile and language, and of memory; the serial link too', '[options]', `The configuration file holds fields of ClientConfig, such as {"version": 5, "receiveBytes": 512, "v5": {"topicAliasesOut": 4}}.
Code: the core's minified builds (ES5 in its flat form, as it is flashed), exported functions keeping their names. Memory: counted on a client that the profile's own code makes.`)
    .addOption(option('--profile <name>', 'this profile alone (default: all, and the memory of full)', (text) => text))
    .addOption(option('--config <file>', 'JSON file with the configuration (default: that of createConfig)', (text) => text))
    .option('--json', 'one JSON object')
    .action((values: SizeValues) => showSize(values));
}

async function showSize(values: SizeValues): Promise<void> {
  const profile = profileNames.find((name) => name === values.profile);
  if (values.profile !== undefined && profile === undefined) {
    throw new UsageError(`--profile is "${values.profile}"; it must be ${profileNames.join(', ')}`);
  }
  const config = readConfig(values.config, profile ?? 'full');
  const [{ codeSizes, linkCodeSizes, readableCode, readableLinkCode }, { loadCore, memoryMap }, { linkMemoryMap }] = await Promise.all([
    import('./codeSize.js'), import('./memoryMap.js'), import('./linkMemory.js'),
  ]);
  const memory = memoryMap(loadCore(readableCode(profile ?? 'full')), config);
  const code = (profile === undefined ? profileNames : [profile]).flatMap(codeSizes);
  const memoryOf = { profile: profile ?? 'full', version: config.version === 5 ? '5.0' : '3.1.1' };
  const link = { code: linkCodeSizes(), memory: linkMemoryMap(readableLinkCode()) };
  if (values.json === true) process.stdout.write(`${JSON.stringify({ code, memory: { ...memoryOf, ...memory }, link }, null, 2)}\n`);
  else {
    const columns = outputColumns();
    const blocks = [codeText([...code, ...link.code]), memoryText(memory, memoryOf, values.config, columns), linkMemoryText(link.memory, columns)];
    process.stdout.write(`${blocks.join('\n\n')}\n`);
  }
}

function figure(value: number): string {
  return value.toLocaleString('en-US');
}

/** The table of code sizes, for people. */
export function codeText(sizes: readonly CodeSize[]): string {
  const lines = ['Code in bytes: the core per profile, and the serial link', '', '  profile   language   minified      gzip        bar'];
  for (const size of sizes) {
    const bar = size.barBytes === undefined ? '-' : figure(size.barBytes);
    const verdict = size.barBytes === undefined ? '' : size.minifiedBytes <= size.barBytes ? '  met' : `  ${figure(size.minifiedBytes - size.barBytes)} over`;
    lines.push(`  ${size.profile.padEnd(10)}${size.language.padEnd(8)}${figure(size.minifiedBytes).padStart(11)}${figure(size.gzipBytes).padStart(10)}${bar.padStart(11)}${verdict}`);
  }
  return lines.join('\n');
}

/** The memory map, for people. */
export function memoryText(map: MemoryMap, of: { profile: string; version: string }, file: string | undefined, columns: number): string {
  return mapText(`Memory of a client in bytes: profile ${of.profile}, MQTT ${of.version}, ${file ?? 'default configuration'}`, map, 'createClient', columns);
}

export function linkMemoryText(map: MemoryMap, columns: number): string {
  return mapText('Memory of a serial link in bytes: default configuration (createLinkConfig)', map, 'createLink', columns);
}

function mapText(title: string, map: MemoryMap, maker: string, columns: number): string {
  const lines = [...wrap(title, columns), ''];
  const row = (name: string, bytes: number, purpose: string): string[] => wrapRow(`  ${name.padEnd(22)}${figure(bytes).padStart(9)}  `, purpose, columns);
  for (const buffer of map.buffers) lines.push(...row(buffer.name, buffer.bytes, buffer.purpose));
  for (const struct of map.structs) {
    lines.push(...row(struct.name, struct.bytes, `${struct.integers} integers and flags, ${struct.references} references, 4 B each: ${struct.purpose}`));
  }
  lines.push(...row('total', map.totalBytes, `fixed at ${maker}; nothing is allocated later`));
  return lines.join('\n');
}

/** A row whose last column is wrapped beneath itself. */
function wrapRow(start: string, text: string, columns: number): string[] {
  const [first, ...rest] = wrap(text, Math.max(20, columns - start.length));
  return [start + first, ...rest.map((line) => ' '.repeat(start.length) + line)];
}
