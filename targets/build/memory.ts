/**
 * Remembers on disk what the slow steps of a build have made, where MIDGE_BUILD_MEMORY names a folder: many tests build the same thing, each in a process or thread
 * of its own. What is remembered holds as long as its inputs, the sources that were read, and the builder with its tools are the same to the byte.
 * Must not know what a step does.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { threadId } from 'node:worker_threads';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

export interface Made<T> {
  /** Plain data: what a structured clone can hold. */
  readonly value: T;
  /** The files that were read for it, by absolute path. */
  readonly files: readonly string[];
}

interface Record<T> {
  readonly builder: string;
  readonly files: readonly (readonly [path: string, digest: string])[];
  readonly value: T;
}

/** What `make` makes of these inputs, which are all that it depends on beside the files that it names. */
export function remembered<T>(step: string, inputs: unknown, make: () => Made<T>): T {
  const folder = process.env['MIDGE_BUILD_MEMORY'] ?? '';
  if (folder === '') return make().value;
  const path = join(resolve(packageFolder, folder), `${step}-${digestOf(JSON.stringify(inputs))}`);
  const known = recordAt<T>(path);
  if (known !== undefined && known.builder === builder() && known.files.every(([file, digest]) => existsSync(file) && digestOfFile(file) === digest)) return known.value;
  const { value, files } = make();
  // A source elsewhere is a passing one.
  if (files.some((file) => relative(packageFolder, file).startsWith('..'))) return value;
  const record: Record<T> = { builder: builder(), files: files.map((file) => [file, digestNow(file)]), value };
  mkdirSync(dirname(path), { recursive: true });
  // Whole or not at all: others may be reading, or writing the same.
  const draft = `${path}.${process.pid}-${threadId}`;
  writeFileSync(draft, deflateRawSync(serialize(record), { level: 1 }));
  renameSync(draft, path);
  return value;
}

function recordAt<T>(path: string): Record<T> | undefined {
  try {
    return deserialize(inflateRawSync(readFileSync(path))) as Record<T>;
  } catch {
    return undefined;
  }
}

const ownFolder = dirname(fileURLToPath(import.meta.url));
/** Of the compiled package: dist/targets/build. */
const packageFolder = join(ownFolder, '../../..');
const tools = ['typescript', 'typescript-to-lua', 'terser'];
let known: string | undefined;

/** The code that builds, and the versions of what it builds with. */
function builder(): string {
  const versions = tools.map((name) => readFileSync(createRequire(import.meta.url).resolve(`${name}/package.json`), 'utf8'));
  return known ??= digestOf([...readdirSync(ownFolder).filter((name) => name.endsWith('.js')).sort().map((name) => readFileSync(join(ownFolder, name), 'utf8')), ...versions].join('\0'));
}

const digests = new Map<string, string>();

/** Once for a process: a source that changes while a build runs is built next time. */
function digestOfFile(path: string): string {
  const digest = digests.get(path) ?? digestNow(path);
  digests.set(path, digest);
  return digest;
}

/** What is stored goes with what the file holds now, not with what it held when this process first looked. */
function digestNow(path: string): string {
  return digestOf(readFileSync(path, 'utf8'));
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
