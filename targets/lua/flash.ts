/**
 * Brings the files for NodeMCU onto a board with `nodemcu-tool`, which is no dependency: it is used where it is installed. The module goes up as source, or,
 * where the firmware's own `luac.cross` is at hand, as an image for LFS; the example as init.lua. The tool does not look at what the board answers, so the
 * board itself reads the files back (board.ts) and says what it has.
 *
 * Must not know: what is in the files. Read first: https://www.npmjs.com/package/nodemcu-tool, docs/lfs.md of nodemcu-firmware.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inScratchFolder } from '../build/scratch.js';
import { type BuiltFile, bytesOf, type FlashRequest, type PortKind, TargetError } from '../build/target.js';
import { findOnPath, findPackagedTool, furtherWords, runTool, type UploadTool } from '../build/upload-tool.js';
import { checkFault, checkProgram, imageFault, loadFromImage, lookProgram, programFault, programName, reloadProgram } from './board.js';

const crossCompilerVariable = 'MIDGE_LUAC_CROSS';
const toolWordsVariable = 'MIDGE_NODEMCU_TOOL';
const imageName = 'midge.img';
/** Programs of our own, for as long as they are needed. */
const checkName = 'midge-check.lua';
const performName = 'midge-do.lua';

interface Upload {
  readonly name: string;
  readonly content: string | Uint8Array;
}

function findTool(): UploadTool {
  const tool = findPackagedTool('nodemcu-tool', 'bin/nodemcu-tool.js');
  if (tool === undefined) throw new TargetError('the tool nodemcu-tool is not installed; npm install --no-save nodemcu-tool (or npm install -g nodemcu-tool) brings it');
  return tool;
}

/** The firmware's compiler for a computer, if there is one. */
function findCrossCompiler(): UploadTool | undefined {
  const named = process.env[crossCompilerVariable];
  const path = named === undefined || named === '' ? findOnPath('luac.cross') : named;
  return path === undefined ? undefined : { shown: basename(path), command: path, args: [] };
}

export function readyToFlash(): readonly PortKind[] {
  findTool();
  return ['serial'];
}

/** The module that the example requires, or without one the module for the network; and the example. */
function chosen(files: readonly BuiltFile[]): { module: Upload; example: BuiltFile | undefined; isSerial: boolean } {
  const example = files.find(({ path, parts }) => path.startsWith('nodemcu/') && parts[0].name === 'example');
  const isSerial = example !== undefined && String(example.content).includes('midge-uart');
  const { path, content } = files.find((file) => file.path === (isSerial ? 'nodemcu/midge-uart.lua' : 'nodemcu/midge.lua'))!;
  return { module: { name: basename(path), content }, example, isSerial };
}

export async function flash(request: FlashRequest): Promise<void> {
  const tool = findTool();
  const compiler = findCrossCompiler();
  await inScratchFolder('midge-flash-', async (folder, ended) => {
    const { module, example, isSerial } = chosen(request.files);
    const board = new Board(tool, request, folder, ended);
    if (compiler === undefined) {
      request.say(`${module.name} goes up as source, which an ESP8266 has not the memory to compile: with the firmware's luac.cross in PATH or in ${crossCompilerVariable} it goes into LFS`);
      await board.upload(module);
    } else {
      await board.uploadImage(compiler, module);
      if (example === undefined) request.say(`a program that requires ${module.name.replace(/\.lua$/, '')} from LFS begins with: ${loadFromImage.trim()}`);
    }
    if (example !== undefined) {
      // In the first line, so that the others keep their numbers.
      await board.upload({ name: programName, content: (compiler === undefined ? '' : loadFromImage) + String(example.content) });
      if (isSerial) request.say(`${example.path} is ${programName}: it takes the UART for the link when the board starts again; press its reset button`);
      else await board.run(programName, example);
    }
    if (request.dryRun) request.say('a dry run: nothing was uploaded');
  });
}

/** A board, as the tool reaches it. */
class Board {
  private readonly contents = new Map<string, string>();

  constructor(private readonly tool: UploadTool, private readonly request: FlashRequest, private readonly folder: string, private readonly ended: AbortSignal) {}

  /** Uploads a file, and has the board say that it arrived whole. */
  async upload({ name, content }: Upload): Promise<void> {
    const { say, dryRun } = this.request;
    this.contents.set(name, String(content));
    say(`${name}: ${bytesOf(content).toLocaleString('en-US')} B, about ${Math.ceil(this.uploadMs(content) / 1000)} s`);
    // The program that checks goes first: where the file system is full there would be no room for it.
    await this.transfer(checkName, removingItself(checkName, checkProgram(name)));
    await this.transfer(name, content);
    const said = await this.tell(['run', checkName], bytesOf(content));
    if (dryRun) return;
    const fault = checkFault(name, Buffer.from(content), said);
    if (fault !== null) throw new TargetError(fault);
    say(`${name}: on the board, and read back as sent`);
  }

  /** Compiles the module, and has the board put it into its LFS. */
  async uploadImage(compiler: UploadTool, module: Upload): Promise<void> {
    const { say, dryRun } = this.request;
    writeFileSync(join(this.folder, module.name), module.content);
    const words = ['-f', '-o', imageName, module.name];
    say(`${compiler.shown} ${words.join(' ')}`);
    const said: string[] = [];
    const code = await runTool(compiler, words, { folder: this.folder, ended: this.ended, hear: (line) => { said.push(line); } });
    if (code !== 0) throw new TargetError(`${compiler.shown} ended with ${code}: ${said.at(-1) ?? 'it said nothing'}`);
    const taken = /^Image size: (\d+)$/m.exec(said.join('\n'))?.[1];
    if (taken !== undefined) say(`${module.name} takes ${Number(taken).toLocaleString('en-US')} B of the board's LFS`);
    await this.upload({ name: imageName, content: readFileSync(join(this.folder, imageName)) });
    // The board starts again; whatever it said before that is a refusal.
    const name = module.name.replace(/\.lua$/, '');
    const reload = await this.perform(reloadProgram(imageName, [module.name, programName]));
    const seen = await this.perform(lookProgram(name));
    if (dryRun) return;
    const fault = imageFault(name, seen, reload);
    if (fault !== null) throw new TargetError(fault);
    say(`${name}: in LFS`);
  }

  /** Starts the program, and throws what the board says against it, with the line. */
  async run(name: string, source: BuiltFile): Promise<void> {
    const said = await this.tell(['run', name], 0);
    const fault = programFault(said, (file) => file === name ? source : { path: file, content: this.contents.get(file) ?? '' });
    if (fault !== null) throw new TargetError(fault);
    if (!this.request.dryRun) this.request.say(`${source.path} is ${name}, and runs`);
  }

  /** Runs a program of our own on the board, and gives what it printed. */
  private async perform(program: string): Promise<string> {
    const text = removingItself(performName, program);
    writeFileSync(join(this.folder, performName), text);
    return this.tell(['upload', performName, '--run'], bytesOf(text));
  }

  private async transfer(name: string, content: string | Uint8Array): Promise<void> {
    writeFileSync(join(this.folder, name), content);
    await this.tell(['upload', name], bytesOf(content));
  }

  /** In the scratch folder, where no settings of another project (.nodemcutool) make the tool do something else. */
  private async tell(words: readonly string[], bytes: number): Promise<string> {
    const { port, baud, say, dryRun } = this.request;
    const all = ['--port', port, ...baud === undefined ? [] : ['--baud', String(baud)], ...furtherWords(toolWordsVariable), ...words];
    say(`${this.tool.shown} ${all.join(' ')}`);
    if (dryRun) return '';
    const said: string[] = [];
    const silenceMaxMs = 60_000 + 4 * this.uploadMs({ length: bytes });
    const code = await runTool(this.tool, all, { folder: this.folder, ended: this.ended, hear: (line) => { said.push(line); }, silenceMaxMs });
    const output = said.join('\n');
    if (code !== 0) throw new TargetError(`${this.tool.shown} ended with ${code}: ${said.map(withoutName).slice(-2).join(': ') || 'it said nothing'}${connectionHint(output)}`);
    return output;
  }

  /** The tool sends two digits a byte, and waits for their echo. */
  private uploadMs(content: string | { readonly length: number }): number {
    const bits = content.length * 2 * 2 * 10;
    return 2000 + bits * 1000 / (this.request.baud ?? 115_200);
  }
}

function removingItself(name: string, program: string): string {
  return `file.remove("${name}")\n${program}`;
}

/** `[NodeMCU-Tool]~ words` are its words. */
function withoutName(line: string): string {
  return line.replace(/^\[[\w-]+\]\s*~?\s*/, '');
}

function connectionHint(output: string): string {
  if (!/no response detected/i.test(output)) return '';
  return `. Is --baud the board's rate (115200 on most), and is NodeMCU's prompt there, not a program that talks? A board that starts again when its port is opened needs ${toolWordsVariable}='--connection-delay 500'`;
}
