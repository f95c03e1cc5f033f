/**
 * Values of options: each function turns the text of the command line into a value, or says what is wrong with it and
 * what is allowed. Must not know which command asks.
 *
 * Read first: MQTT 5.0 section 4.7 (topic names and filters).
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { UsageError, wordsOf } from './fault.js';

export { nearest } from '../config/nearest.js';

/** Takes the text of an option, given as `option`. */
export type ValueOf<T> = (text: string, option: string) => T;

export function integerValue(least: number, most: number, unit = ''): ValueOf<number> {
  return (text, option) => {
    const value = Number(text);
    if (/^[+-]?\d+$/.test(text) && value >= least && value <= most) return value;
    throw new UsageError(`${option} is "${text}"; it must be a whole number${unit === '' ? '' : ` of ${unit}`} from ${least} to ${most}`);
  };
}

export const portValue: ValueOf<number> = integerValue(1, 65535);
export const qosValue: ValueOf<number> = integerValue(0, 2);

/** Seconds as a decimal number, in milliseconds. */
export const secondsValue: ValueOf<number> = (text, option) => {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value <= 1_000_000) return Math.round(value * 1000);
  throw new UsageError(`${option} is "${text}"; it must be a number of seconds from 0 to 1000000`);
};

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A time with its unit, in milliseconds: 10s, 500ms, 2m, 1h. */
export const durationValue: ValueOf<number> = (text, option) => {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const ms = found === null ? 0 : Number(found[1]) * unitsMs[found[2]];
  if (ms >= 100 && ms <= 2 ** 31 - 1) return ms;
  throw new UsageError(`${option} is "${text}"; it must be a time with its unit from 100ms to 596h, such as 10s, 500ms or 2m`);
};

/** A host name or an address; a name that nobody knows is found out when connecting. */
export const hostValue: ValueOf<string> = (text, option) => {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIP(bare) > 0) return bare;
  if (/^(?=.{1,253}\.?$)[\p{L}\p{N}_]([\p{L}\p{N}_-]{0,62})(\.[\p{L}\p{N}_][\p{L}\p{N}_-]{0,62})*\.?$/u.test(text)) return text;
  const why = /[/:]/.test(text) ? ' (a URL goes with -L, a port with -p)' : '';
  throw new UsageError(`${option} is "${text}"${why}; it must be a host name or an IP address`);
};

/** Bytes of a string on the wire, where lengths have two bytes. */
const stringBytesMax = 65535;

function checkString(text: string, option: string, what: string): void {
  if (text === '') throw new UsageError(`${option} is empty; ${what} has at least one character`);
  const bytes = Buffer.byteLength(text);
  if (bytes > stringBytesMax) throw new UsageError(`${option} has ${bytes} bytes; ${what} has at most ${stringBytesMax}`);
  if (text.includes('\0')) throw new UsageError(`${option} holds the character U+0000, which MQTT forbids`);
}

/** A topic to publish to. [MQTT-4.7.3-1] [MQTT-3.3.2-2] */
export const topicValue: ValueOf<string> = (text, option) => {
  checkString(text, option, 'a topic');
  if (/[+#]/.test(text)) throw new UsageError(`${option} is "${text}"; a topic to publish to holds no wildcard (+ or #)`);
  return text;
};

/** A topic filter, shared or not. [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.8.2-1] [MQTT-4.8.2-2] */
export const filterValue: ValueOf<string> = (text, option) => {
  checkString(text, option, 'a topic filter');
  const wrong = (why: string): UsageError => new UsageError(`${option} is "${text}"; ${why}`);
  const shared = /^\$share\/([^/+#]+)\/(.+)$/s.exec(text);
  if (shared === null && (text === '$share' || text.startsWith('$share/'))) {
    throw wrong('a shared subscription is $share/name/filter, the name without wildcards, neither of them empty');
  }
  const levels = (shared === null ? text : shared[2]).split('/');
  levels.forEach((level, at) => {
    if (level.length > 1 && level.includes('+')) throw wrong('+ stands alone in its level, as in a/+/b');
    if (level.includes('#') && (level.length > 1 || at < levels.length - 1)) throw wrong('# stands alone in the last level, as in a/b/#');
  });
  return text;
};

/** Text for a field of CONNECT. */
export const textValue: ValueOf<string> = (text, option) => {
  checkString(text, option, 'it');
  return text;
};

/** The bytes of a file. */
export const fileValue: ValueOf<Buffer> = (path, option) => {
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw new UsageError(`${option}: ${unreadable(path, thrown)}`);
  }
};

/** A file's bytes with its path, for messages about what is in it. */
export interface NamedFile {
  readonly path: string;
  readonly bytes: Buffer;
}

export const namedFileValue: ValueOf<NamedFile> = (path, option) => ({ path, bytes: fileValue(path, option) });

const fileReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file', EACCES: 'reading it is not permitted', EISDIR: 'it is a folder', ENOTDIR: 'a part of the path is not a folder',
};

/** Why a file cannot be read, with its name. */
export function unreadable(path: string, thrown: unknown): string {
  const code = (thrown as NodeJS.ErrnoException).code ?? '';
  return `cannot read "${path}": ${fileReasons[code] ?? wordsOf(thrown)}`;
}

const writeReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder', EISDIR: 'it is a folder', ENOTDIR: 'a part of the path is not a folder', EACCES: 'writing there is not permitted',
  EPERM: 'writing there is not permitted', EROFS: 'the file system is read-only', ENOSPC: 'the disk is full',
};

/** Why a file cannot be written, with its name. */
export function unwritable(path: string, thrown: unknown): string {
  const code = (thrown as NodeJS.ErrnoException).code ?? '';
  return `cannot write "${path}": ${writeReasons[code] ?? wordsOf(thrown)}`;
}
