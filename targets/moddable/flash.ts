/**
 * Builds an application with the Moddable SDK's `mcconfig`, which also uploads and runs it. Must not know: what the application does.
 * MIDGE_MCCONFIG holds further words for mcconfig, such as `-p esp/nodemcu ssid=home password=secret`; the platform is esp32 where none is named.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { inScratchFolder } from '../build/scratch.js';
import { type BuiltFile, type FlashRequest, TargetError } from '../build/target.js';

/** The SDK's folder and its tool, or what is missing. */
function findTool(): { sdk: string; mcconfig: string } {
  const sdk = process.env['MODDABLE'];
  if (sdk === undefined || sdk === '') throw new TargetError('MODDABLE names no folder; install the Moddable SDK (https://www.moddable.com/documentation) and set MODDABLE to where it is');
  if (!existsSync(join(sdk, 'modules'))) throw new TargetError(`MODDABLE is ${sdk}, which is no Moddable SDK: it has no folder modules`);
  const mcconfig = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'mcconfig')).find(isExecutable);
  if (mcconfig === undefined) throw new TargetError('mcconfig is not in PATH; build the SDK\'s tools and add $MODDABLE/build/bin/lin/release (or mac, win) to PATH');
  return { sdk, mcconfig };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function checkPort(port: string): void {
  if (!existsSync(port)) throw new TargetError(`there is no serial port ${port}; midge ports lists those that are`);
  try {
    accessSync(port, constants.R_OK | constants.W_OK);
  } catch {
    throw new TargetError(`no permission for ${port}; add yourself to its group (often dialout) and log in again`);
  }
}

async function write(folder: string, files: readonly BuiltFile[]): Promise<void> {
  for (const { path, content } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

export async function flash({ port, baud, files, dryRun, say }: FlashRequest): Promise<void> {
  if (!files.some(({ path }) => path === 'main.js')) throw new TargetError('there is nothing to run; name an example with --example, or include the built folder\'s manifest in your own application and run mcconfig there');
  const { mcconfig } = findTool();
  checkPort(port);
  const words = (process.env['MIDGE_MCCONFIG'] ?? '').split(' ').filter((word) => word !== '');
  const given = ['-d', '-m', ...words.includes('-p') ? [] : ['-p', 'esp32'], ...words];
  const environment = { UPLOAD_PORT: port, ...baud === undefined ? {} : { UPLOAD_SPEED: String(baud) } };
  say(`UPLOAD_PORT=${port} ${mcconfig} ${given.join(' ')}`);
  if (dryRun) return;
  await inScratchFolder('midge-moddable-', async (folder, ended) => {
    await write(folder, files);
    await run(mcconfig, given, folder, environment, ended);
  });
}

/** The tool speaks for itself, and shows the board's traces and errors with their lines until it is ended. */
function run(command: string, words: readonly string[], folder: string, environment: Readonly<Record<string, string>>, ended: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd: folder, env: { ...process.env, ...environment }, stdio: 'inherit', signal: ended });
    child.once('error', (error) => { reject(new TargetError(`${command} cannot be run: ${error.message}`)); });
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new TargetError(`mcconfig ended with ${code ?? signal ?? 'no word'}; what it printed says why`));
    });
  });
}
