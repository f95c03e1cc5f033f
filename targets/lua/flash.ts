/**
 * Brings the files for NodeMCU onto a board with `nodemcu-tool`: the module, and an example as init.lua. Says what is missing: the tool, the port, the right
 * to open it. Must not know what is in the files.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inScratchFolder } from '../build/scratch.js';
import { type BuiltFile, type FlashRequest, TargetError } from '../build/target.js';

const tool = 'nodemcu-tool';

interface Upload {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** What a board gets: the module that the example requires, or without one the module for the network. */
function uploads(files: readonly BuiltFile[]): Upload[] {
  const example = files.find(({ path, parts }) => path.startsWith('nodemcu/') && parts[0].name === 'example');
  const isSerial = example !== undefined && String(example.content).includes('midge-uart');
  const module = files.find(({ path }) => path === (isSerial ? 'nodemcu/midge-uart.lua' : 'nodemcu/midge.lua'))!;
  const list: Upload[] = [{ name: basename(module.path), content: module.content }];
  if (example !== undefined) list.push({ name: 'init.lua', content: example.content });
  return list;
}

function checkPort(port: string): void {
  if (!port.startsWith('/')) return; // A name as Windows has it: the tool will tell.
  if (!existsSync(port)) throw new TargetError(`there is no port ${port}; plug the board in, or name another (midge ports lists them)`);
  try {
    accessSync(port, constants.R_OK | constants.W_OK);
  } catch {
    throw new TargetError(`no permission to open ${port}; on Debian: sudo usermod -aG dialout $USER, then log in again`);
  }
}

/** Runs the tool; its lines are shown as they come. */
function run(args: readonly string[], say: (line: string) => void, ended?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'], ...ended === undefined ? {} : { signal: ended } });
    let last = '';
    const take = (chunk: Buffer): void => {
      for (const line of chunk.toString().split(/\r?\n/)) {
        if (line.trim() === '') continue;
        last = line.trim();
        say(`  ${last}`);
      }
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error: NodeJS.ErrnoException) => {
      // EACCES: there are folders on the path that may not be looked into.
      reject(error.code === 'ENOENT' || error.code === 'EACCES' ? missingTool() : new TargetError(`${tool}: ${error.message}`));
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new TargetError(`${tool} ended with ${code}: ${last === '' ? 'it said nothing' : last}`));
    });
  });
}

function missingTool(): TargetError {
  return new TargetError(`${tool} is not installed; npm install -g ${tool}, and NodeMCU must be on the board (targets/lua/README.md)`);
}

export async function flash({ port, baud, files, dryRun, say }: FlashRequest): Promise<void> {
  await run(['--version'], () => undefined);
  checkPort(port);
  await inScratchFolder('midge-flash-', async (folder, ended) => {
    for (const { name, content } of uploads(files)) {
      const path = join(folder, name);
      await writeFile(path, content);
      const args = ['--port', port, ...baud === undefined ? [] : ['--baud', String(baud)], 'upload', path, '--remotename', name];
      say(`${tool} ${args.map((word) => word === path ? name : word).join(' ')}`);
      if (!dryRun) await run(args, say, ended);
    }
    if (dryRun) say('a dry run: nothing was uploaded');
  });
}
