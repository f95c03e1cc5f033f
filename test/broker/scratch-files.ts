/** Files of one test file, in a folder that is made with the first of them and is gone when the tests have ended. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestFn } from 'ava';

export class ScratchFiles {
  #folder: string | undefined;
  #made = 0;

  constructor(test: TestFn) {
    test.after.always('no file is left', () => {
      if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
    });
  }

  get folder(): string {
    return this.#folder ??= mkdtempSync(join(tmpdir(), 'midge-files-'));
  }

  /** Where nothing is yet. */
  newPath(): string {
    return join(this.folder, `f${this.#made++}`);
  }

  /** Path of a new file with this content. */
  fileWith(text: string | Buffer): string {
    const path = this.newPath();
    writeFileSync(path, text);
    return path;
  }
}
