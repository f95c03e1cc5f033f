/**
 * One serial port of the gateway: finds its device, keeps it open, and hands the bytes to the board's mode.
 * Must not know: any mode, the configuration file.
 */
import type { Board, BoardCounters, LinkFigures, News } from './board.js';
import type { NewsLimit } from './news-limit.js';
import type { Claims } from './serial/claims.js';
import type { Device, DeviceWatch } from './serial/device-watch.js';
import { KeeperState, keeperStateWords, LineKeeper, type KeeperOwner } from './serial/line-keeper.js';
import type { LineSettings, SerialBinding } from './serial/line-settings.js';
import { type Selector, selectorWords } from './serial/selector.js';
import type { SerialLine } from './serial/serial-line.js';

export interface PortSettings {
  readonly name: string;
  readonly selector: Selector;
  readonly line: LineSettings;
}

/** What all ports of a gateway share. */
export interface PortWorld {
  readonly binding: SerialBinding;
  readonly watch: DeviceWatch;
  readonly claims: Claims;
}

export interface PortStatus {
  readonly name: string;
  /** missing, taken, opening, open, pausing, closing or ended. */
  readonly state: string;
  readonly path: string | null;
  readonly opens: number;
  readonly losses: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Lines of the log that were too many. */
  readonly linesLeftOut: number;
  readonly board: Readonly<BoardCounters>;
  readonly link: Readonly<LinkFigures> | null;
}

export class Port implements KeeperOwner {
  private readonly keeper: LineKeeper;
  private readonly unwatch: () => void;
  private line: SerialLine | null = null;
  /** Of the lines before the present one. */
  private bytesIn = 0;
  private bytesOut = 0;

  constructor(readonly settings: PortSettings, world: PortWorld, readonly board: Board, private readonly news: NewsLimit) {
    this.keeper = new LineKeeper(settings.name, settings.line, world.binding, world.claims, this);
    const where = selectorWords(settings.selector);
    this.unwatch = world.watch.add(settings.selector, (devices: readonly Device[]) => this.keeper.found(devices[0] ?? null, where));
  }

  get status(): PortStatus {
    return {
      name: this.settings.name, state: keeperStateWords[this.keeper.state], path: this.keeper.path,
      opens: this.keeper.opens, losses: this.keeper.losses,
      bytesIn: this.bytesIn + (this.line?.bytesIn ?? 0), bytesOut: this.bytesOut + (this.line?.bytesOut ?? 0),
      linesLeftOut: this.news.leftOut, board: this.board.counters, link: this.board.linkFigures,
    };
  }

  get isOpen(): boolean {
    return this.keeper.state === KeeperState.Open;
  }

  /** Says goodbye to board and broker; resolves when the device is free. */
  async end(): Promise<void> {
    this.unwatch();
    await this.board.end();
    await this.keeper.end();
    this.news.end();
  }

  keeperOpened(line: SerialLine): void {
    this.line = line;
    this.board.lineOpened(line);
  }

  keeperData(bytes: Buffer): void {
    this.board.lineData(bytes);
  }

  keeperDrained(): void {
    this.board.lineDrained();
  }

  keeperLost(): void {
    this.bytesIn += this.line?.bytesIn ?? 0;
    this.bytesOut += this.line?.bytesOut ?? 0;
    this.line = null;
    this.board.lineLost();
  }

  keeperSays(level: News['level'], event: string, words: string): void {
    this.news.tell({ level, event, words });
  }
}
