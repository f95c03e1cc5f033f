/**
 * `midge board`: a simulated board on a pseudo-terminal or a serial port, so that gateway and link can be tried without hardware.
 * Must not know what runs on the board.
 */
import { type Command, Option } from 'commander';
import { addCommand, option } from './command.js';
import { UsageError } from './fault.js';
import { durationValue, integerValue, type ValueOf } from './values.js';

export interface BoardValues {
  pty?: true;
  port?: string;
  mode: 'link' | 'raw' | 'lines';
  baud: number;
  baudMax: number;
  noise: number;
  seed: number;
  name: string;
  rate: number;
  mqtt: '3.1.1' | '5';
  for?: number;
}

/** Beyond it no frame gets through, and the figure is rather a mistake. */
const noiseMax = 0.1;

/** The gateway takes no less for the link. */
const linkBaudMin = 1200;

const noiseValue: ValueOf<number> = (text, name) => {
  const value = Number(text);
  if (/^[\d.]+(e-?\d+)?$/i.test(text) && value >= 0 && value <= noiseMax) return value;
  throw new UsageError(`${name} is "${text}"; it must be a bit error rate from 0 to ${noiseMax}, such as 1e-5`);
};

const nameValue: ValueOf<string> = (text, name) => {
  if (/^[\w.-]{1,32}$/.test(text)) return text;
  throw new UsageError(`${name} is "${text}"; it must be 1 to 32 letters, digits and _ . - since topics are made of it`);
};

export function addBoard(program: Command): void {
  addCommand(program, 'board', 'a simulated board on a serial device, for trying the gateway without hardware', '(--pty | --port <path>) [options]', `The board runs the client core: telemetry in CBOR on midge/<name>/telemetry/q0 to q2, a retained status, and an answer on
midge/<name>/response for each message on midge/<name>/command.

Modes, as the gateway calls them:
  link   the core over the serial link: --noise loses and repeats nothing
  raw    the core's bytes on the bare wire: noise ends connections or does worse
  lines  no MQTT, a line of text for each measurement: mode "client" there

Examples:
  midge board --pty
  midge board --pty --noise 1e-4 --for 1m
  midge board --port /dev/ttyUSB0 --baud 57600 --mode raw`)
    .option('--pty', 'make a pseudo-terminal, and print the path of the device for the gateway')
    .option('--port <path>', 'be the board at the other end of this serial port')
    .addOption(new Option('--mode <mode>', 'what the board speaks').choices(['link', 'raw', 'lines']).default('link'))
    .addOption(option('--baud <rate>', 'bits a second', integerValue(300, 4_000_000)).default(115_200))
    .addOption(option('--baud-max <rate>', 'to which the gateway may raise it in mode link, 0: it stays', integerValue(0, 4_000_000)).default(0))
    .addOption(option('--noise <rate>', 'chance of each bit to be flipped, both ways, such as 1e-5', noiseValue).default(0))
    .addOption(option('--seed <number>', 'what noise, sensor and reconnects are drawn from', integerValue(1, 1_000_000)).default(1))
    .addOption(option('--name <name>', 'client identifier, and part of the topics', nameValue).default('board-1'))
    .addOption(option('--rate <count>', 'measurements a second', integerValue(1, 1000)).default(1))
    .addOption(new Option('--mqtt <version>', 'version that the core speaks').choices(['3.1.1', '5']).default('5'))
    .addOption(option('--for <time>', 'end after this time, such as 10s or 2m (default: at Ctrl-C)', durationValue))
    .action((values: BoardValues) => board(values));
}

async function board(values: BoardValues): Promise<void> {
  if (values.pty === undefined && values.port === undefined) throw new UsageError('--pty or --port <path> is missing: where is the board to be?');
  if (values.pty !== undefined && values.port !== undefined) throw new UsageError('--pty and --port are both given; give one of them');
  if (values.mode === 'link' && values.baud < linkBaudMin) throw new UsageError(`--baud is ${values.baud}; mode link needs ${linkBaudMin} or more`);
  if (values.baudMax !== 0 && values.mode !== 'link') throw new UsageError(`--baud-max is for mode link; in mode ${values.mode} nobody can agree on another rate`);
  if (values.baudMax !== 0 && values.baudMax < values.baud) throw new UsageError(`--baud-max is ${values.baudMax}; it must be 0 or at least --baud, which is ${values.baud}`);
  const { serveBoard } = await import('./boardServe.js');
  await serveBoard(values);
}
