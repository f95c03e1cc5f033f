/**
 * Reads a TOML file: the tables as the parser gives them, the places of their keys, or why there are none.
 * Must not know which keys are wanted.
 */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import type { Place } from './place.js';
import { placesOf } from './places.js';

/** A file cannot be used. Every line names the file, where it can the line and column, and what is wrong. */
export class ConfigFault extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

export interface TomlFile {
  readonly tables: Readonly<Record<string, unknown>>;
  readonly places: Place;
}

/** Larger files are a mistake of whoever named them. */
const fileBytesMax = 4 * 1024 * 1024;

/** Throws a ConfigFault. */
export function readToml(file: string): TomlFile {
  const cause = fileFault(file);
  if (cause !== undefined) throw new ConfigFault([`${file}: ${cause}`]);
  const bytes = bytesOf(file);
  if (bytes.length > fileBytesMax) throw new ConfigFault([`${file}: it has ${bytes.length} bytes, a configuration has at most ${fileBytesMax}`]);
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    if (isUtf16) throw new ConfigFault([`${file}: it is UTF-16; TOML is UTF-8: save it as that`]);
    throw new ConfigFault([`${file}:${lineOfBrokenText(bytes)}: the line is not UTF-8`]);
  }
  return parseToml(source, file);
}

/** What may be opened may not be readable: a folder that another machine serves, a disk that fails. */
function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (thrown) {
    throw new ConfigFault([`${file}: it cannot be read: ${(thrown as Error).message}`]);
  }
}

/** Throws a ConfigFault; `file` is its name in messages. */
export function parseToml(source: string, file: string): TomlFile {
  try {
    // As bigint whole numbers can be told from those with a fraction, however large.
    return { tables: parse(source, { integersAsBigInt: true }), places: placesOf(source) };
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const { line, column } = thrown;
    const reason = thrown.message.split('\n')[0].replace(/^Invalid TOML document: /, '');
    const text = source.split('\n')[line - 1] ?? '';
    throw new ConfigFault([`${file}:${line}:${column}: this is no TOML: ${reason}${hint(reason, text.slice(column - 1))}; the line is: ${text.trim().slice(0, 80)}`]);
  }
}

/** What people write who know other formats. */
function hint(reason: string, rest: string): string {
  if (reason === 'invalid value' && /^[A-Za-z./~]/.test(rest)) return ' (a text stands in quotes; a truth value is true or false)';
  if (reason.includes('illegal character in numeric literal')) return ' (a text stands in quotes; a unit such as k or s is not written)';
  if (reason.includes('redefine')) return ' (it is given a second time)';
  return '';
}

function lineOfBrokenText(bytes: Buffer): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const feed = bytes.indexOf(10, from);
    const end = feed < 0 ? bytes.length : feed;
    try {
      decoder.decode(bytes.subarray(from, end));
    } catch {
      return line;
    }
    from = end + 1;
  }
  return line;
}

const causes: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file', EACCES: 'reading it is not permitted', ENOTDIR: 'a part of the path is not a folder', ELOOP: 'its links lead in a circle',
};

/** Why a file cannot be read, in words; undefined if it can. */
export function fileFault(file: string): string | undefined {
  try {
    if (statSync(file).isDirectory()) return 'it is a folder';
    accessSync(file, constants.R_OK);
    return undefined;
  } catch (thrown) {
    const error = thrown as NodeJS.ErrnoException;
    return causes[error.code ?? ''] ?? `it cannot be read: ${error.message}`;
  }
}
