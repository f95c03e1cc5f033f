/**
 * The frame of every command, over commander: options whose values are checked as they are read, errors as one line,
 * `--help` alone for help, since `-h` is the host. Must not know any command.
 */
import { Command, type CommanderError, Option } from 'commander';
import { Exit, UsageError } from './fault.js';
import { nearest, type ValueOf } from './values.js';
import { outputColumns, wrapProse } from './wrap.js';

/** The program: `midge` with its version, without commands yet. */
export function createProgram(version: string): Command {
  return new Command('midge')
    .description('MQTT for devices with kilobytes: a client core, a reference broker, and tools around them.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'show this help')
    .helpCommand(false)
    .exitOverride()
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr: () => undefined, getOutHelpWidth: outputColumns })
    .configureHelp({ minWidthToWrap: 20, sortSubcommands: true, styleTitle: (title) => title, subcommandTerm: (command) => command.name() })
    .usage('<command> [options]');
}

export function addCommand(program: Command, name: string, summary: string, usage: string, after = ''): Command {
  return program.command(name)
    .summary(summary).description(summary).usage(usage)
    .allowExcessArguments(false).addHelpText('after', () => after === '' ? '' : `\n${wrapProse(after, outputColumns())}`);
}

/** An option with a value, checked by `read`. */
export function option<T>(flags: string, description: string, read: ValueOf<T>): Option {
  const name = shownName(flags);
  return new Option(flags, description).argParser((text: string) => read(text, name));
}

/** An option with a value that may be given once: a second one would take the place of the first. */
export function onceOption<T>(flags: string, description: string, read: ValueOf<T>): Option {
  const name = shownName(flags);
  return new Option(flags, description).argParser((text: string, before: T | undefined) => {
    if (before !== undefined) throw new UsageError(`${name} is given twice; give it once`);
    return read(text, name);
  });
}

/** An option with a value that may be given again and again: a list. */
export function listOption<T>(flags: string, description: string, read: ValueOf<T>): Option {
  const name = shownName(flags);
  return new Option(flags, description).argParser((text: string, before: T[] | undefined) => [...before ?? [], read(text, name)]);
}

/** `-p, --port <port>` is called `-p, --port` in messages. */
export function shownName(flags: string): string {
  return flags.replace(/\s*[<[].*$/, '');
}

/**
 * `-D command identifier value` and `-D command identifier name value` as one argument each, joined by U+0000, which no
 * argument can hold. Other options keep their values, even if those look like options.
 */
export function joinProperties(command: Command, argv: readonly string[]): string[] {
  const takesValue = new Set(command.options.filter((o) => o.required).flatMap((o) => [o.short, o.long]));
  const joined: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at];
    joined.push(argument);
    if (argument === '-D' || argument === '--property') {
      const count = argv[at + 2] === 'user-property' ? 4 : 3;
      const parts = argv.slice(at + 1, at + 1 + count);
      if (parts.length > 0) joined.push(parts.join('\0'));
      at += count;
    } else if (takesValue.has(argument) && at + 1 < argv.length) joined.push(argv[++at]);
  }
  return joined;
}

/** Commander's errors in this program's words; undefined for the ends that are no errors (help, version). */
export function usageErrorOf(program: Command, argv: readonly string[], error: CommanderError): UsageError | undefined {
  if (error.exitCode === Exit.Ok) return undefined;
  const command = program.commands.find((c) => c.name() === argv[0]);
  const place = command === undefined ? 'midge' : `midge ${command.name()}`;
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const help = `see ${place} --help`;
  switch (error.code) {
    case 'commander.unknownCommand':
      return new UsageError(unknownCommand(program, quoted));
    case 'commander.help':
      return new UsageError(`${place} needs a command: ${namesOf(program)}; ${help}`);
    case 'commander.unknownOption': {
      const known = (command ?? program).options.flatMap((o) => [o.long ?? '', o.short ?? '']);
      const near = quoted.startsWith('--') ? nearest(quoted, known) : undefined;
      return new UsageError(`${quoted} is no option of ${place}${near === undefined ? '' : ` (did you mean ${near}?)`}; ${help}`);
    }
    case 'commander.optionMissingArgument':
      return new UsageError(`${shownName(quoted)} needs a value${quoted.replace(/^[^<[]*/, ' ').trimEnd()}; ${help}`);
    case 'commander.excessArguments': {
      const extra = command?.args[0] ?? '';
      return new UsageError(`"${extra}" belongs to no option; ${place} takes options only (quote a value that has spaces); ${help}`);
    }
    case 'commander.conflictingOption':
      return new UsageError(`${error.message.replace(/^error: /, '').replaceAll("'", '')}; ${help}`);
    default:
      return new UsageError(`${error.message.replace(/^error: /, '')}; ${help}`);
  }
}

export function unknownCommand(program: Command, name: string): string {
  const near = nearest(name, program.commands.map((c) => c.name()));
  return `"${name}" is no command of midge${near === undefined ? '' : ` (did you mean ${near}?)`}; the commands are ${namesOf(program)}`;
}

function namesOf(program: Command): string {
  return program.commands.map((c) => c.name()).sort().join(', ');
}
