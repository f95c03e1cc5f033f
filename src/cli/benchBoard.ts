/**
 * The board of `midge bench`: the core on the serial link, on a pseudo-terminal, behind the real gateway in this process, to the same
 * server as the devices. Must not know how the run goes or is shown.
 *
 * Read first: src/gateway/README.md, "Mode link".
 */
import type { DashboardSource } from '../dashboard/index.js';
import { Gateway, GatewaySource } from '../gateway/index.js';
import { defaultLine } from '../gateway/serial/line-settings.js';
import { selectPath } from '../gateway/serial/selector.js';
import { createLinkBoard, type MadeBoard, plugIntoPseudoTerminal } from '../sim/board/boards.js';
import type { LinkFirmware } from '../sim/board/link-firmware.js';
import { NoPseudoTerminal, type PseudoTerminal } from '../sim/board/pseudo-terminal.js';
import { parseUrl } from '../../targets/node/url.js';
import { Failure } from './fault.js';

export interface BenchBoardOptions {
  readonly url: string;
  readonly protocolVersion: 4 | 5;
  readonly qosMax: 1 | 2;
  /** Telemetry messages a second. */
  readonly rate: number;
  /** Whether the server ends with the run, so that a session may be left in it. */
  readonly isOwnServer: boolean;
}

/** What became of the link: seen by the gateway, but for what the board sent again. */
export interface LinkReport {
  readonly device: string;
  readonly baud: number;
  readonly isUp: boolean;
  readonly roundTripMs: number;
  readonly framesFromBoard: number;
  readonly framesToBoard: number;
  /** Sent again, by both sides. */
  readonly retransmissions: number;
  /** Found damaged, by both sides. */
  readonly damaged: number;
  readonly sessions: number;
}

const name = 'board-1';
const baudRate = 115_200;
/** A line of 115,200 baud carries about 90 messages a second; this leaves it air. */
const rateMax = 20;
const connectMs = 15_000;

export class BenchBoard {
  readonly name = name;

  private constructor(
    private readonly made: MadeBoard<LinkFirmware>, private readonly terminal: PseudoTerminal, private readonly gateway: Gateway,
    /** For the dashboard. */
    readonly source: DashboardSource,
  ) {}

  /** Resolves when the board is connected and has subscribed; to the reason why there can be none here. */
  static async start({ url, protocolVersion, qosMax, rate, isOwnServer }: BenchBoardOptions): Promise<BenchBoard | string> {
    let last = 'nothing was heard of the gateway';
    const made = createLinkBoard({
      name, protocolVersion, qosMax, rate: Math.min(rate, rateMax), seed: 1, keepsSession: isOwnServer || protocolVersion === 5,
      baudRate, baudRateMax: 0, bitErrorRate: 0, startsLater: true,
    }, (words) => { last = words; });
    let terminal: PseudoTerminal;
    try {
      terminal = await plugIntoPseudoTerminal(made.board);
    } catch (thrown) {
      await made.board.end(0);
      if (thrown instanceof NoPseudoTerminal) return thrown.message;
      throw thrown;
    }
    const endpoint = parseUrl(url);
    const identity = { ...endpoint.username === null ? {} : { userName: endpoint.username }, ...endpoint.password === null ? {} : { password: endpoint.password } };
    // The gateway may tell something before it is there to be shown.
    const shown: { source?: GatewaySource } = {};
    const gateway = await Gateway.start({
      spool: null,
      ports: [{ name, selector: selectPath(terminal.path), line: defaultLine, board: { mode: 'link', identity, broker: { endpoint, tls: {} }, baudRate, baudRateMax: 0 } }],
    }, { tell: (news) => { shown.source?.take(news); } });
    shown.source = new GatewaySource(gateway);
    const board = new BenchBoard(made, terminal, gateway, shown.source);
    try {
      await made.board.until(() => made.board.firmware.isReady, connectMs);
      if (!made.board.firmware.isReady) throw new Failure(`the board behind the gateway has not connected; it says: ${last} (--no-board leaves it out)`);
    } catch (thrown) {
      await board.end();
      throw thrown;
    }
    return board;
  }

  /** Figures, as in src/sim/counters.ts. */
  get row(): Int32Array {
    return this.made.row;
  }

  get report(): LinkReport {
    const { link } = this.made.board.firmware;
    const [{ link: seen }] = this.gateway.ports;
    return {
      device: this.terminal.path, baud: link.baud, isUp: seen?.isUp ?? false, roundTripMs: link.roundTrip8 / 8,
      framesFromBoard: link.framesSent, framesToBoard: seen?.framesSent ?? 0, retransmissions: link.framesAgain + (seen?.framesAgain ?? 0),
      damaged: link.framesDamaged + (seen?.framesDamaged ?? 0), sessions: seen?.sessions ?? 0,
    };
  }

  /** From here on the board measures. */
  begin(): void {
    this.made.board.start();
  }

  /** Measures no more, and waits until all that was sent is acknowledged. */
  settle(timeoutMs: number): Promise<void> {
    return this.made.board.settle(timeoutMs);
  }

  async end(): Promise<void> {
    await this.made.board.end(3000);
    await this.gateway.end();
    this.terminal.close();
  }
}
