// TOML files for tests, in a folder of their own, and what is said against them. Must not know any program's settings.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigFault, loadSettings, type TableSetting } from '../../src/config/index.js';

export interface Folder {
  readonly path: string;
  /** Writes a file and returns its path. */
  write(name: string, text: string | Uint8Array): string;
  remove(): void;
}

export function newFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'midge-config-'));
  return {
    path,
    write: (name, text) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    remove: () => { rmSync(path, { recursive: true }); },
  };
}

/** The lines against a file, its folder left out; none if it is right. */
export function faultsOf(settings: TableSetting, file: string): readonly string[] {
  try {
    loadSettings(settings, file);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigFault)) throw thrown;
    return thrown.lines.map((line) => line.replaceAll(`${dirname(file)}/`, ''));
  }
}
