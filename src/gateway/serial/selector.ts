/**
 * Which devices an entry of the configuration means: one path, one name under /dev/serial/by-id, or all names in a folder
 * that fit a pattern. Must not know: how devices are watched or opened.
 */
import { posix } from 'node:path';

export interface Selector {
  readonly folder: string;
  /** A name in the folder, with * and ? for any characters and any one if `isPattern`. */
  readonly name: string;
  readonly isPattern: boolean;
}

export const byIdFolder = '/dev/serial/by-id';

export function selectPath(path: string): Selector {
  return { folder: posix.dirname(path), name: posix.basename(path), isPattern: false };
}

export function selectById(name: string): Selector {
  return { folder: byIdFolder, name, isPattern: false };
}

/** Wildcards stand in the last part of the path only. */
export function selectPattern(pattern: string): Selector {
  return { folder: posix.dirname(pattern), name: posix.basename(pattern), isPattern: true };
}

/** For messages: the path or the pattern. */
export function selectorWords({ folder, name }: Selector): string {
  return posix.join(folder, name);
}

/** The names of the folder that the selector means, sorted. */
export function selected({ name, isPattern }: Selector, names: readonly string[]): string[] {
  if (!isPattern) return names.includes(name) ? [name] : [];
  const source = name.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  const pattern = new RegExp(`^${source}$`);
  return names.filter((one) => pattern.test(one)).sort();
}
