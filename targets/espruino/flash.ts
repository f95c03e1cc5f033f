/**
 * Uploads a build to a board with Espruino's own command line tool, the npm package `espruino`, which is no dependency: it is used where it is
 * installed. Each file goes to Storage under its name, and is then read back by the board itself, which answers with its CRC-32: a file that
 * arrived wrong is an error, never silence.
 *
 * Must not know: what is in the files. Read first: https://www.npmjs.com/package/espruino.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { inScratchFolder } from '../build/scratch.js';
import { type BuiltFile, type FlashRequest, type PortKind, TargetError } from '../build/target.js';
import { findPackagedTool, type UploadTool } from '../build/upload-tool.js';
import { type RunProgram, scriptError } from './script-error.js';

/** What the board starts by itself. */
const programName = '.bootcde';

interface Upload {
  readonly storageName: string;
  readonly bytes: Buffer;
}

/** How long the tool may be silent: an upload at 9,600 baud writes every second or so. */
const silenceMaxMs = 60_000;

/** The tool sends without waiting for answers: on a busy machine or a slow board a line gets lost now and then, and with it 384 bytes of a file. */
const attemptsMax = 3;

/** How long what the started program prints is listened to: what it does at once has been done by then. */
const listenSeconds = 3;

export async function flash({ port, baud, files, dryRun, say }: FlashRequest): Promise<void> {
  const tool = findTool();
  const device = portOf(port);
  const uploads = files.map(uploadOf);
  await inScratchFolder('midge-flash-', async (folder, ended) => {
    const check = join(folder, 'check.js');
    writeFileSync(check, checkProgram(uploads));
    uploads.forEach(({ bytes }, n) => { writeFileSync(join(folder, `file${n}`), bytes); });
    const program = files.find(isProgram);
    let missing = uploads;
    let output = '';
    for (let attempt = 1; missing.length > 0; attempt++) {
      const args = ['--no-ble', '-p', device, ...baud === undefined ? [] : ['-b', String(baud)], ...program === undefined ? [] : ['--sleep', String(listenSeconds)]];
      for (const upload of missing) args.push('--storage', `${upload.storageName}:${join(folder, `file${uploads.indexOf(upload)}`)}`);
      args.push(check);
      say(`${tool.shown} ${args.join(' ')}`);
      if (dryRun) return;
      output = await run(tool, args, ended, say);
      const faults = missing.map((upload) => faultOf(upload, output));
      const fault = faults.find((found) => found !== null);
      if (typeof fault === 'string' && attempt === attemptsMax) throw new TargetError(fault);
      missing = missing.filter((_, n) => faults[n] !== null);
      if (missing.length > 0) say(`${namesOf(missing)} did not arrive whole: once more (${attempt + 1} of ${attemptsMax})`);
    }
    say(`${namesOf(uploads)}: in Storage, and read back as sent`);
    if (program !== undefined) refuseFailing(output, { storageName: programName, path: program.path, sourceMap: program.sourceMap });
  });
}

function namesOf(uploads: readonly Upload[]): string {
  return uploads.map(({ storageName }) => storageName).join(' and ');
}

function isProgram({ path }: BuiltFile): boolean {
  return !path.startsWith('midge');
}

function uploadOf(file: BuiltFile): Upload {
  return { storageName: isProgram(file) ? programName : file.path.replace(/\.js$/, ''), bytes: Buffer.from(file.content) };
}

/** What the program printed since it was started, behind the checks. */
function refuseFailing(output: string, program: RunProgram): void {
  const printed = output.slice(output.lastIndexOf('MIDGE-CHECK')).split('\n').map((line) => line.replace(/^--\] ?/, '')).join('\n');
  const fault = scriptError(printed, program);
  if (fault !== null) throw new TargetError(`the program is on the board, but ended there with an error: ${fault}`);
}

/** The board tells the check of each file as it stands in its Storage. A program is started after that, if all of them are what was sent. */
function checkProgram(uploads: readonly Upload[]): string {
  const lines = uploads.map(({ storageName }) => `print("MIDGE-" + "CHECK " + ${JSON.stringify(storageName)} + " " + ${checkOf(storageName)});`);
  if (uploads.some(({ storageName }) => storageName === programName)) {
    lines.push(`if (${uploads.map(({ storageName, bytes }) => `${checkOf(storageName)} === ${crc32(bytes)}`).join(' && ')}) setTimeout(load, 500);`);
  }
  return `${lines.join('\n')}\n`;
}

function checkOf(storageName: string): string {
  return `(E.CRC32(require("Storage").read(${JSON.stringify(storageName)})) >>> 0)`;
}

/** What is wrong with a file on the board, null if nothing is. */
function faultOf({ storageName, bytes }: Upload, output: string): string | null {
  const found = new RegExp(`MIDGE-CHECK ${storageName.replace('.', '\\.')} (\\d+)`).exec(output)?.[1];
  if (found === undefined) return `the board did not confirm ${storageName} in ${attemptsMax} uploads; it may be half written, so upload again. The tool's last words: ${lastWords(output)}`;
  if (Number(found) === crc32(bytes)) return null;
  return `${storageName} does not stand in Storage as it was sent, after ${attemptsMax} uploads (its CRC-32 is ${found} instead of ${crc32(bytes)}); try a lower --baud, and free Storage if it is full`;
}

function lastWords(output: string): string {
  const lines = output.split('\n').map((line) => line.replace(/^--\] ?/, '').trim()).filter((line) => line !== '' && !line.startsWith('*'));
  return lines.slice(-3).join(' / ') || 'none';
}

function findTool(): UploadTool {
  const tool = findPackagedTool('espruino', 'bin/espruino-cli.js');
  if (tool === undefined) throw new TargetError('the tool espruino is not installed; npm install --no-save espruino (or npm install -g espruino) brings it');
  return tool;
}

export function readyToFlash(): readonly PortKind[] {
  findTool();
  return ['serial', 'tcp'];
}

/** The tool knows ports by the names that the system lists, not by links such as those in /dev/serial/by-id. */
function portOf(port: string): string {
  if (!port.startsWith('/')) return port;
  let path: string;
  try {
    path = realpathSync(port);
  } catch {
    throw new TargetError(`there is no port ${port}; midge ports lists those that are there`);
  }
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    throw new TargetError(`no permission to use ${port}; on Linux add yourself to its group (sudo usermod -aG dialout $USER) and log in again`);
  }
  return path;
}

function run({ command, args }: UploadTool, more: readonly string[], ended: AbortSignal, say: (line: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, ...more], { stdio: ['ignore', 'pipe', 'pipe'], signal: ended });
    let output = '';
    let timer: NodeJS.Timeout | undefined;
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        child.kill();
        reject(new TargetError(`the tool was silent for ${silenceMaxMs / 1000} s; is the board connected, and does nothing else use the port? Its last words: ${lastWords(output)}`));
      }, silenceMaxMs);
    };
    const hear = (text: string): void => {
      output += text;
      watch();
      for (const line of text.split('\n')) if (/^(Connect|Connected|Upload Complete|Unable)/.test(line)) say(line);
    };
    watch();
    child.stdout.setEncoding('latin1').on('data', hear);
    child.stderr.setEncoding('latin1').on('data', hear);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new TargetError(`the tool espruino could not be started: ${error.message}`));
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      if (output.includes('Unable to connect') || /serial: Port .* not found/.test(output)) reject(new TargetError(`the tool could not connect to the board: ${lastWords(output)}`));
      else if (code !== 0) reject(new TargetError(`the tool ended with ${code}: ${lastWords(output)}`));
      else resolve(output);
    });
  });
}
