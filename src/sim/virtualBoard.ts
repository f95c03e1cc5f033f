/**
 * A board that is not there: behind a pseudo-terminal it speaks what a board on a UART speaks, so that a gateway can be
 * tried with no hardware. As link and raw it is a simulated device; as lines it prints readings and reads commands.
 * Must not know who watches.
 */
import type { MidgeClient } from '../../targets/node/index.js';
import { BoardEnd } from '../gateway/link/board-end.js';
import { Counter } from './counters.js';
import { Device } from './device.js';
import { PseudoTerminal } from './pseudoTerminal.js';
import { WireStream } from './wireStream.js';

export type Speech = 'link' | 'raw' | 'lines';

export { PseudoTerminal };

export interface VirtualBoardOptions {
  readonly speech: Speech;
  /** Also its client identifier. */
  readonly name: string;
  readonly baudRate: number;
  /** Messages or lines a second. */
  readonly rate: number;
  readonly seed: number;
  /** Where to count; a row of the counters of all devices, or one of its own. */
  readonly row?: Int32Array;
}

const tickMs = 5;
const stopMs = 2000;

export class VirtualBoard {
  readonly row: Int32Array;
  /** Undefined: it prints lines. */
  readonly client: MidgeClient | undefined;
  /** Gets each line that a board which prints lines has read. */
  heard: (line: string) => void = () => undefined;
  private readonly device: Device | undefined;
  private readonly end: BoardEnd | undefined;
  private wire: WireStream | undefined;
  private ticker: NodeJS.Timeout | undefined;
  private isStarted = false;
  private kept = '';

  private constructor(private readonly options: VirtualBoardOptions, private readonly terminal: PseudoTerminal) {
    const { speech, name, baudRate, rate, seed } = options;
    this.row = options.row ?? new Int32Array(Counter.Columns);
    const write = (bytes: Uint8Array): void => { terminal.write(bytes); };
    if (speech === 'link') {
      const end = new BoardEnd({ baudRate, seed });
      this.end = end;
      terminal.taken = (bytes) => { end.input(bytes); };
      end.begin({ write, setBaud: (_rate, done) => { setImmediate(done); } });
    } else if (speech === 'raw') terminal.taken = (bytes) => { this.wire?.push(bytes); };
    else terminal.taken = (bytes) => { this.readLines(bytes); };
    if (speech === 'lines') return;
    const { end } = this;
    const stream = end === undefined ? () => (this.wire = new WireStream(write, baudRate)) : () => end.connect();
    this.device = new Device({ name, url: stream, protocolVersion: 5, seed, rate, qosMax: 2, isPersistent: true }, this.row);
    this.client = this.device.client;
  }

  /** The device is there as soon as this resolves; a gateway may open it whenever it likes. Rejects with words for people. */
  static async open(path: string, options: VirtualBoardOptions): Promise<VirtualBoard> {
    return new VirtualBoard(options, await PseudoTerminal.open(path));
  }

  /** At the end of a pseudo-terminal that is there already, and is the board's from now on. */
  static on(terminal: PseudoTerminal, options: VirtualBoardOptions): VirtualBoard {
    return new VirtualBoard(options, terminal);
  }

  /** Resolves when socat has ended, by a signal that it got too, say. */
  get ended(): Promise<void> {
    return this.terminal.ended;
  }

  /** Begins to speak; resolves when the board is connected for the first time. */
  async start(): Promise<void> {
    const { device, options: { rate } } = this;
    if (device === undefined) {
      this.ticker = setInterval(() => { this.printLine(); }, 1000 / rate);
      return;
    }
    await device.start();
    this.isStarted = true;
    this.ticker = setInterval(() => { device.work(); }, tickMs);
  }

  /** Says what is still to be said, as far as somebody listens, and takes the device away. */
  async stop(timeoutMs = stopMs): Promise<void> {
    clearInterval(this.ticker);
    await (this.isStarted ? this.device?.stop(timeoutMs) : this.client?.end({ timeoutMs: 0 }));
    this.end?.end();
    await this.terminal.close();
  }

  /** `board-1 21.5`: what many a board prints. */
  private printLine(): void {
    const celsius = 21 + Math.sin(this.row[Counter.SentQ0] / 20);
    this.terminal.write(Buffer.from(`${this.options.name} ${celsius.toFixed(2)}\n`));
    this.row[Counter.SentQ0]++;
  }

  private readLines(bytes: Buffer): void {
    const lines = (this.kept + bytes.toString()).split('\n');
    this.kept = (lines.pop() ?? '').slice(-1000);
    for (const line of lines) this.heard(line.trimEnd());
  }
}
