/**
 * A NodeMCU board on a pseudo-terminal: the interpreter of nodemcu/repl.lua, with a folder as its file system. For the tool that uploads.
 * Must not know: what is uploaded.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPseudoTerminal } from '../../src/sim/board/pseudo-terminal.js';
import { luaTestFile } from './lua-files.js';

export type BoardFault = 'none' | 'deaf' | 'full' | 'flip' | 'hang' | 'small';

export interface NodemcuBoard {
  readonly port: string;
  /** What stands in its file system. */
  files(): string[];
  content(name: string): string;
  remove(): Promise<void>;
}

export async function plugInNodemcu(fault: BoardFault = 'none'): Promise<NodemcuBoard> {
  const folder = mkdtempSync(join(tmpdir(), 'midge-nodemcu-'));
  const terminal = await openPseudoTerminal();
  const child = spawn('lua5.1', [luaTestFile('nodemcu/repl.lua'), folder, fault], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined);
  terminal.input.pipe(child.stdin);
  child.stdout.pipe(terminal.output);
  const ended = once(child, 'close');
  return {
    port: terminal.path,
    files: () => readdirSync(folder).sort(),
    content: (name) => readFileSync(join(folder, name), 'latin1'),
    remove: async () => {
      terminal.close();
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
