/**
 * `midge flash`: builds for a target and brings the files onto a board, with the platform's own tool.
 * Must not know any target or tool (targets.ts).
 */
import type { Command } from 'commander';
import { TargetError } from '../../targets/build/target.js';
import { sizeText } from './build.js';
import { addCommand, option } from './command.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import { addTargetOptions, buildFor, requestOf, targetOf, type TargetValues } from './targets.js';
import { integerValue } from './values.js';

interface FlashValues extends TargetValues {
  port?: string;
  baud?: number;
  dryRun?: boolean;
}

export function addFlash(program: Command): void {
  const command = addCommand(program, 'flash', 'build for a board, and upload it', '<target> --port <port> [options]', `The platform's own tool does the work; where it is missing, this says how to get it. midge ports lists the serial ports.`);
  addTargetOptions(command)
    .addOption(option('--port <port>', 'the serial port of the board, such as /dev/ttyUSB0', portName))
    .addOption(option('--baud <rate>', "bits a second (default: the tool's own)", integerValue(300, 4_000_000)))
    .option('--dry-run', 'say what would be run and check that it can be; leave the board alone')
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
  const { port, baud, dryRun = false } = values;
  if (port === undefined) throw new UsageError('--port is missing; name the serial port of the board, as midge ports lists them');
  const files = await buildFor(target, request);
  process.stdout.write(`${sizeText(files)}\n`);
  try {
    await target.flash({ port, files, dryRun, say: (line) => { process.stdout.write(`${line}\n`); }, ...baud === undefined ? {} : { baud } });
  } catch (thrown) {
    if (thrown instanceof TargetError) throw new Failure(`cannot flash ${target.name}: ${wordsOf(thrown)}`);
    throw thrown;
  }
}
