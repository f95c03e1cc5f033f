/**
 * Writes a set of files into a folder, whole or not at all: under temporary names first, then each takes its place.
 * Must not know what is in them.
 */
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure } from './fault.js';
import { unwritable } from './values.js';

export interface NamedContent {
  /** Relative to the folder. */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Returns the paths written. Leaves nothing behind, a folder that it made included, when one of them cannot be. */
export function writeFiles(folder: string, files: readonly NamedContent[]): string[] {
  const made: string[] = [];
  const written: string[] = [];
  const places = files.map(({ path, content }) => ({ content, place: join(folder, path), temporary: join(folder, `${path}.${process.pid}.new`) }));
  let current = folder;
  try {
    for (const { place, temporary, content } of places) {
      current = dirname(place);
      makeFolder(current, made);
      current = place;
      if (statSync(place, { throwIfNoEntry: false })?.isDirectory() === true) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
      written.push(temporary);
      writeFileSync(temporary, content);
    }
    for (const { place, temporary } of places) {
      current = place;
      renameSync(temporary, place);
    }
  } catch (thrown) {
    for (const temporary of written) rmSync(temporary, { force: true });
    for (const created of made.reverse()) rmSync(created, { recursive: true, force: true });
    throw new Failure(`${unwritable(current, thrown)}; name a folder that can be written with --out`);
  }
  return places.map(({ place }) => resolve(place));
}

/** One folder after the other: Node's own recursive form never ends where a folder cannot be made in one that is there (/proc). */
function makeFolder(folder: string, made: string[]): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder), made);
  mkdirSync(folder);
  made.push(folder);
}
