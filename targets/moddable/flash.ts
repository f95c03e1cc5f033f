/**
 * Builds an application with the Moddable SDK's `mcconfig`, which also uploads and runs it. Must not know: what the application does, what the SDK
 * needs (sdk.ts). MIDGE_MCCONFIG holds further words for mcconfig, such as `-p esp/nodemcu ssid="my home" password=secret`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inScratchFolder } from '../build/scratch.js';
import { type BuildRequest, type BuiltFile, type FlashRequest, type PortKind, TargetError } from '../build/target.js';
import { runTool } from '../build/upload-tool.js';
import { findSdk } from './sdk.js';

const applicationName = 'midge-app';

export function readyToFlash({ example }: BuildRequest): readonly PortKind[] {
  if (example === undefined) throw new TargetError('there is nothing to run; name an example with --example, or include the built folder\'s manifest in your own application and run mcconfig there');
  return findSdk().ports;
}

async function write(folder: string, files: readonly BuiltFile[]): Promise<void> {
  for (const { path, content } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** The tool's lines, with the board's traces and errors among them, are shown as they come until it is ended. */
export async function flash({ port, baud, files, dryRun, say }: FlashRequest): Promise<void> {
  const { mcconfig, words, path } = findSdk();
  const environment = { ...port === '' ? {} : { UPLOAD_PORT: port }, ...baud === undefined ? {} : { UPLOAD_SPEED: String(baud) } };
  say([...Object.entries(environment).map(([name, value]) => `${name}=${value}`), mcconfig, ...words.map(quoted)].join(' '));
  if (dryRun) {
    say('a dry run: nothing was built or uploaded');
    return;
  }
  await inScratchFolder('midge-moddable-', async (scratch, ended) => {
    // mcconfig calls what it builds by its folder's name: under one name the SDK's own parts are compiled once.
    const folder = join(scratch, applicationName);
    await write(folder, files);
    const faults: string[] = [];
    const hear = (line: string): void => {
      // Files are named as the build names them, not by where they stand for now.
      const shown = line.replaceAll(`${folder}/`, '');
      if (/(?:^###|\berror\b|^\S+:\d+:)/i.test(shown)) faults.push(shown);
      say(shown);
    };
    const code = await runTool({ shown: 'mcconfig', command: mcconfig, args: [] }, [...words], { folder, ended, hear, environment: { ...environment, PATH: path } });
    if (code !== 0) throw new TargetError(`mcconfig ended with ${code}: ${faults[0] ?? 'what it printed says why'}`);
  });
}

function quoted(word: string): string {
  return /[\s"']/.test(word) ? JSON.stringify(word) : word;
}
