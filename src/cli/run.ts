/**
 * Runs a command line: finds the command, and turns whatever goes wrong into a line for each fault and an exit code.
 * Must not know what the commands do.
 */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { addBench } from './bench.js';
import { addBoard } from './board.js';
import { addBroker } from './broker.js';
import { addBuild } from './build.js';
import { createProgram, joinProperties, unknownCommand, usageErrorOf } from './command.js';
import { Exit, Failure, UsageError, UsageErrors, wordsOf } from './fault.js';
import { addFlash } from './flash.js';
import { addGateway } from './gateway.js';
import { addPasswd } from './passwd.js';
import { addPorts } from './ports.js';
import { addPub } from './pub.js';
import { addSize } from './size.js';
import { addSub } from './sub.js';

const packageFile = new URL('../../../package.json', import.meta.url);

/** `complain` gets the line. */
export async function run(argv: readonly string[], complain: (line: string) => void): Promise<Exit> {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  const program = createProgram(version);
  for (const add of [addBench, addBoard, addBroker, addBuild, addFlash, addGateway, addPasswd, addPorts, addPub, addSize, addSub]) add(program);
  const command = program.commands.find((c) => c.name() === argv[0]);
  const place = command === undefined ? 'midge' : `midge ${command.name()}`;
  try {
    refuseBrokenText(argv);
    // Behind a command -h is the host; before one there is no host.
    if (argv.length === 0 || (argv.length === 1 && (argv[0] === '-h' || argv[0] === 'help'))) {
      program.outputHelp();
      return Exit.Ok;
    }
    if (argv[0] === 'help' && argv.length === 2) return await run([argv[1], '--help'], complain);
    if (command === undefined && !argv[0].startsWith('-')) throw new UsageError(unknownCommand(program, argv[0]));
    const hasProperties = command?.options.some((o) => o.long === '--property') ?? false;
    await program.parseAsync(hasProperties ? joinProperties(command!, argv) : argv, { from: 'user' });
    return Exit.Ok;
  } catch (thrown) {
    const fault = thrown instanceof CommanderError ? usageErrorOf(program, argv, thrown) : thrown;
    if (fault === undefined) return Exit.Ok;
    // A defect of this program is shown whole: its stack helps to mend it.
    const isExpected = fault instanceof UsageError || fault instanceof Failure;
    const lines = fault instanceof UsageErrors ? fault.lines : [!isExpected && fault instanceof Error ? fault.stack : wordsOf(fault)];
    complain(lines.map((line) => `${place}: ${line}\n`).join(''));
    if (fault instanceof Failure) return fault.exitCode;
    return fault instanceof UsageError ? Exit.Usage : Exit.Failed;
  }
}

/** Node.js puts U+FFFD in the place of bytes that are no UTF-8: what was meant is lost, and must not be sent in its place. */
function refuseBrokenText(argv: readonly string[]): void {
  const broken = argv.find((argument) => argument.includes('\uFFFD'));
  if (broken === undefined) return;
  throw new UsageError(`"${broken}" holds bytes that are no UTF-8 (or the character U+FFFD, which Node.js shows in their place); a message of any bytes goes with -f or -s`);
}
