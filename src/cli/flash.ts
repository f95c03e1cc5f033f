/**
 * `midge flash`: builds for a target and brings the files onto one board or several, with the platform's own tool. What is missing is said before the
 * build, which takes seconds. Must not know any target or tool (targets.ts).
 */
import type { Command } from 'commander';
import { type BuiltFile, type PortKind, type Target, TargetError } from '../../targets/build/target.js';
import { shownFiles, sizeText } from './build.js';
import { addCommand, listOption, option } from './command.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import { checkPort, portsHere } from './flashPort.js';
import { addTargetOptions, buildFor, requestOf, targetOf, type TargetValues } from './targets.js';
import { integerValue } from './values.js';

interface FlashValues extends TargetValues {
  port?: string[];
  baud?: number;
  dryRun?: boolean;
  json?: boolean;
}

/** What became of a board; `error` absent: its files are there. */
interface Board {
  readonly port: string;
  readonly error?: string;
}

export function addFlash(program: Command): void {
  const command = addCommand(program, 'flash', 'build for a board, and upload it', '<target> --port <port> [options]', `The platform's own tool does the work; where it is missing, this says how to get it. midge ports lists the serial ports. Which of the built files go to the board, and what it needs, is in targets/<target>/README.md.

Examples:
  midge flash espruino --port /dev/ttyACM0 --example command
  midge flash espruino --port tcp://192.168.1.20:23
  midge flash lua --port /dev/ttyUSB0 --port /dev/ttyUSB1
  midge flash lua --port /dev/ttyUSB0 --dry-run`);
  addTargetOptions(command)
    .addOption(listOption('--port <port>', 'the serial port of the board, such as /dev/ttyUSB0; given again, the next board', portName))
    .addOption(option('--baud <rate>', "bits a second (default: the tool's own)", integerValue(300, 4_000_000)))
    .option('--dry-run', 'say what would be run and check that it can be; leave the board alone')
    .option('--json', 'one JSON object; what happens meanwhile is told on standard error')
    .action((words: string[], values: FlashValues) => flash(words, values));
}

function portName(text: string, name: string): string {
  if (text === '') throw new UsageError(`${name} is empty; name a serial port, as midge ports lists them`);
  return text;
}

async function flash(words: readonly string[], values: FlashValues): Promise<void> {
  const target = await targetOf(words, 'midge flash');
  if (target.flash === undefined) {
    throw new UsageError(`${target.name} is not flashed by itself: its files become part of a firmware (see targets/${target.name}/README.md); write them with midge build ${target.name}`);
  }
  const request = requestOf(target, values);
  const { baud, dryRun = false, json = false } = values;
  const say = (line: string): void => { (json ? process.stderr : process.stdout).write(`${line}\n`); };
  const ports = await portsFor(target, request, values, say);
  const files = await buildFor(target, request);
  say(sizeText(files));
  const boards: Board[] = [];
  for (const port of ports) {
    if (ports.length > 1) say(`${port}:`);
    boards.push(await flashOne(target, port, { files, baud, dryRun, say }));
  }
  if (json) process.stdout.write(`${JSON.stringify({ target: target.name, ...request, dryRun, files: shownFiles(files), boards }, null, 2)}\n`);
  const failed = boards.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return;
  throw new Failure(`cannot flash ${target.name}: ${ports.length === 1 ? failed[0].error : failed.map(({ port, error }) => `${port}: ${error}`).join('; ')}`);
}

/** The boards, each of which can be reached as far as that can be known; an empty name is a simulator's. */
async function portsFor(target: Target, request: ReturnType<typeof requestOf>, { port: named = [], baud, dryRun = false }: FlashValues, say: (line: string) => void): Promise<string[]> {
  const twice = named.find((port, at) => named.indexOf(port) < at);
  if (twice !== undefined) throw new UsageError(`--port ${twice} is given twice; a board is flashed once`);
  let kinds: readonly PortKind[];
  try {
    kinds = target.readyToFlash?.(request) ?? ['serial'];
  } catch (thrown) {
    if (!(thrown instanceof TargetError)) throw thrown;
    throw new Failure(`cannot flash ${target.name}: ${wordsOf(thrown)}`);
  }
  if (kinds.length === 0) {
    if (named.length > 0) throw new UsageError(`--port is "${named[0]}", but what is to be flashed is a simulator on this machine; leave --port out`);
    return [''];
  }
  if (named.length === 0) throw new UsageError(`--port is missing; ${await portsHere()}`);
  const ports: string[] = [];
  for (const one of named) {
    const { port, warning } = await checkPort(one, target.name, { kinds, baud, dryRun });
    if (warning !== undefined) say(`warning: ${warning}`);
    ports.push(port);
  }
  return ports;
}

interface Upload {
  readonly files: readonly BuiltFile[];
  readonly baud: number | undefined;
  readonly dryRun: boolean;
  readonly say: (line: string) => void;
}

async function flashOne(target: Target, port: string, { files, baud, dryRun, say }: Upload): Promise<Board> {
  try {
    await target.flash!({ port, files, dryRun, say, ...baud === undefined ? {} : { baud } });
    return { port };
  } catch (thrown) {
    if (thrown instanceof TargetError) return { port, error: wordsOf(thrown) };
    throw thrown;
  }
}
