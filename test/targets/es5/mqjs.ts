/** MicroQuickJS, where the person who runs this has it: `MIDGE_MQJS` names its executable. Least heap, from bytecode as a firmware has it in flash. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptFolder } from './host.js';

/** The executable, or why there is none. */
export function microQuickJs(): { readonly path: string; readonly bits: 32 | 64 } | { readonly reason: string } {
  const path = process.env['MIDGE_MQJS'];
  if (path === undefined || path === '') return { reason: 'MIDGE_MQJS names no executable of MicroQuickJS (mqjs)' };
  if (!existsSync(path)) return { reason: `MIDGE_MQJS is "${path}", which is not there` };
  // The fifth byte of an ELF file.
  return { path, bits: readFileSync(path)[4] === 1 ? 32 : 64 };
}

/** Bytes to which the search narrows the limit down. */
const stepBytes = 16;

export interface LeastHeap {
  readonly heapBytes: number;
  readonly bytecodeBytes: number;
}

/** The smallest memory limit with which the script's bytecode runs to its end. */
export function leastHeap(path: string, code: string): LeastHeap {
  const folder = mkdtempSync(join(tmpdir(), 'midge-mqjs-'));
  try {
    const [script, bytecode] = [join(folder, 'script.js'), join(folder, 'script.bin')];
    writeFileSync(script, code);
    const compiled = spawnSync(path, ['--no-column', '-o', bytecode, script], { encoding: 'utf8' });
    if (compiled.status !== 0 || !existsSync(bytecode)) throw new Error(`mqjs cannot compile the script: ${compiled.stderr}`);
    const runs = (limit: number): boolean => spawnSync(path, ['--memory-limit', String(limit), '-b', bytecode], { encoding: 'utf8' }).stdout.includes('DONE');
    let [low, high] = [0, 1 << 18];
    if (!runs(high)) throw new Error(`the script does not run: ${spawnSync(path, ['-b', bytecode], { encoding: 'utf8' }).stderr}`);
    while (high - low > stepBytes) {
      const middle = (low + high) >>> 1;
      if (runs(middle)) high = middle;
      else low = middle;
    }
    return { heapBytes: high, bytecodeBytes: statSync(bytecode).size };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The script of heap.js behind a build, with so many messages each way; `untilLine`: only what stands before the line that begins so. */
export function heapScript(midge: string, rounds: number, options = '{ clientId: "heap" }', untilLine?: string): string {
  const text = readFileSync(join(scriptFolder, 'heap.js'), 'utf8');
  const part = untilLine === undefined ? text : `${text.slice(0, text.indexOf(`\n${untilLine}`))}\nprint('DONE');\n`;
  return `${midge}\n${part.replaceAll('ROUNDS', String(rounds)).replaceAll('OPTIONS', options)}`;
}
