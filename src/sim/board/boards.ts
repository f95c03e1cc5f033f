/**
 * Makes simulated boards of each kind, and puts them on a pseudo-terminal. The one place that knows all firmware.
 */
import { linkClock } from '../../gateway/link/link-pump.js';
import { createCounters } from '../counters.js';
import { Application, type ApplicationOptions } from './application.js';
import type { Firmware } from './firmware.js';
import { LinesFirmware } from './lines-firmware.js';
import { LinkFirmware } from './link-firmware.js';
import { openPseudoTerminal, type PseudoTerminal } from './pseudo-terminal.js';
import { RawFirmware } from './raw-firmware.js';
import type { UartOptions } from './uart.js';
import { VirtualBoard } from './virtual-board.js';

export interface BoardOptions extends Omit<ApplicationOptions, 'seed'>, UartOptions {
  /** To which a gateway may raise the rate, in mode link; 0: it stays. */
  readonly baudRateMax: number;
}

export interface MadeBoard<F extends Firmware> {
  readonly board: VirtualBoard<F>;
  /** Figures, as in src/sim/counters.ts. */
  readonly row: Int32Array;
}

type Say = (words: string) => void;

export function createLinkBoard(options: BoardOptions, say?: Say): MadeBoard<LinkFirmware> {
  const [row] = createCounters(1).devices;
  const board = new VirtualBoard(options, (host) => new LinkFirmware(options, applicationOf(options, row, (words) => { host.tell(words); }), host), say);
  return { board, row };
}

export function createRawBoard(options: BoardOptions, say?: Say): MadeBoard<RawFirmware> {
  const [row] = createCounters(1).devices;
  const board = new VirtualBoard(options, (host) => new RawFirmware(applicationOf(options, row, (words) => { host.tell(words); })), say);
  return { board, row };
}

export function createLinesBoard(options: BoardOptions, say?: Say): MadeBoard<LinesFirmware> {
  const [row] = createCounters(1).devices;
  const board = new VirtualBoard(options, () => new LinesFirmware(options.seed, options.rate, row), say);
  return { board, row };
}

/** Has begun to connect: it goes on as soon as there is a wire. */
function applicationOf(options: ApplicationOptions, row: Int32Array, tell: Say): Application {
  const application = new Application(options, row, tell);
  application.connect(linkClock());
  return application;
}

/** Throws a NoPseudoTerminal. The caller closes it. */
export async function plugIntoPseudoTerminal(board: VirtualBoard): Promise<PseudoTerminal> {
  const terminal = await openPseudoTerminal();
  terminal.input.on('data', (bytes: Buffer) => { board.input(bytes); });
  board.plug({
    write: (bytes) => { terminal.output.write(bytes); },
    get waitingBytes() { return terminal.output.writableLength; },
    setBaud: (_rate, done) => { setImmediate(done); },
  });
  return terminal;
}
