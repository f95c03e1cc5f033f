/**
 * A folder that a setting names, made where it is not there. Must not know what it is for.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * With its parents. Node's own `recursive` never ends where a file system such as /proc takes no folder. Throws the system's error,
 * or one with the code EEXIST where a file stands in the way.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw Object.assign(new Error('it is no folder'), { code: 'EEXIST' });
    return;
  }
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  mkdirSync(path);
}
