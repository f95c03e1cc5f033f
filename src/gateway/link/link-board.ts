/**
 * Mode link: a board that runs the core, and speaks the serial link over its UART. The board opens and closes connections,
 * and the gateway makes them: each is a connection to the broker with the identity in its CONNECT. What the broker does not
 * take is not taken from the link, whose credits hold the board back; what the board does not take holds the broker back.
 * Must not know: how the port is kept open, how frames look.
 *
 * Read first: README.md of the gateway, "Mode link"; src/link/README.md, "Control messages".
 */
import {
  CloseReason, createLinkConfig, type Link, linkClose, LinkChannel, LinkEvent, linkOpened, linkProposeBaud, linkRead, linkRoom,
  LinkState, linkTake, linkTellTime, linkWrite,
} from '../../link/index.js';
import { type Board, createCounters, type LinkFigures, type Tell } from '../board.js';
import type { SerialLine } from '../serial/serial-line.js';
import { ConnectGate } from '../tunnel/connect-gate.js';
import type { Identity } from '../tunnel/connect-packet.js';
import { type BrokerAddress, Tunnel, type TunnelOwner } from '../tunnel/tunnel.js';
import { wireWords } from '../wire-words.js';
import { closeReasonOf, linkEventWords, linkOf } from './link-words.js';
import { LinkPump, linkClock, type LinkPumpOwner } from './link-pump.js';
import { LogLines } from './log-lines.js';

export interface LinkBoardSettings {
  readonly broker: BrokerAddress;
  readonly identity: Identity | null;
  readonly baudRate: number;
  /** To which the rate is raised when the board can do so too; 0: it stays. */
  readonly baudRateMax: number;
}

const enum Limit {
  DayMs = 86_400_000,
  /** Bytes without a frame among them, at which it is worth saying what they look like. */
  StrangeBytes = 256,
  /** For the last messages to the board when the gateway stops. */
  EndMs = 300,
}

export class LinkBoard implements Board, LinkPumpOwner, TunnelOwner {
  readonly counters = createCounters();
  private readonly link: Link;
  private readonly pump: LinkPump;
  private readonly log: LogLines;
  private tunnel: Tunnel | null = null;
  private gate: ConnectGate | null = null;
  /** Of the broker, not yet taken by the link. */
  private forBoard: Buffer = Buffer.alloc(0);
  /** The broker has closed, and the board is to be told when it has the last bytes. */
  private closing: CloseReason | null = null;
  private sessions = 0;
  /** Bytes since the last frame that was understood. */
  private strangeBytes = 0;
  private framesThen = 0;
  private saidStrange = false;

  constructor(private readonly settings: LinkBoardSettings, private readonly tell: Tell) {
    const config = createLinkConfig();
    config.frameBytes = 254;
    config.mqttFrames = 15;
    config.mqttSendBytes = 4096;
    config.logFrames = 4;
    config.baud = settings.baudRate;
    config.baudMax = settings.baudRateMax;
    config.seed = Math.floor(Math.random() * 0x3fffffff) + 1;
    this.link = linkOf(config);
    this.pump = new LinkPump(this.link, this);
    this.log = new LogLines((line) => tell({ level: 'info', event: 'boardLog', words: line }));
  }

  get linkFigures(): LinkFigures {
    const { framesSent, framesTaken, framesDamaged, framesAgain, state, roundTrip8, baud } = this.link;
    return {
      framesSent, framesTaken, framesDamaged, framesAgain, sessions: this.sessions, isUp: state === LinkState.Up, roundTripMs: roundTrip8 / 8, baudRate: baud,
    };
  }

  lineOpened(line: SerialLine): void {
    this.strangeBytes = 0;
    this.saidStrange = false;
    this.pump.begin(line);
  }

  lineData(bytes: Buffer): void {
    this.noteStrange(bytes);
    this.pump.input(bytes);
  }

  lineDrained(): void {
    this.pump.pump();
  }

  lineLost(): void {
    this.pump.end();
    this.dropTunnel(true);
  }

  async end(): Promise<void> {
    if (this.tunnel !== null) {
      linkClose(this.link, CloseReason.Unavailable, true);
      this.dropTunnel(true);
      this.pump.pump();
      await new Promise((resolve) => setTimeout(resolve, Limit.EndMs));
    }
    this.pump.end();
  }

  linkEvent(event: LinkEvent): void {
    const { link } = this;
    const words = linkEventWords(link, event, 'board');
    switch (event) {
      case LinkEvent.Up:
        this.sessions += 1;
        this.tell({ level: 'info', event: 'linkUp', words });
        this.raiseBaud();
        break;
      case LinkEvent.Down:
        this.tell({ level: 'warn', event: 'linkDown', words });
        this.log.end();
        this.dropTunnel(true);
        break;
      case LinkEvent.Refused:
        this.tell({ level: 'error', event: 'linkVersion', words });
        break;
      case LinkEvent.OpenWanted:
        this.open();
        break;
      case LinkEvent.Closed:
        this.tell({ level: 'debug', event: 'boardClosed', words });
        this.dropTunnel(link.closeReason !== CloseReason.Done);
        break;
      case LinkEvent.TimeWanted: {
        const now = Date.now();
        linkTellTime(link, Math.floor(now / Limit.DayMs), now % Limit.DayMs, linkClock());
        break;
      }
      case LinkEvent.BaudSettled:
        this.tell({ level: 'info', event: 'baud', words });
        break;
      case LinkEvent.None:
      case LinkEvent.Opened:
      case LinkEvent.Time:
      case LinkEvent.Baud:
    }
  }

  /** As far as both can, and not to the rate that there is. */
  private raiseBaud(): void {
    const { link } = this;
    const rate = Math.min(this.settings.baudRateMax, link.peerBaudMax);
    if (rate > link.baud) linkProposeBaud(link, rate);
  }

  private open(): void {
    this.dropTunnel(true);
    this.gate = new ConnectGate(this.settings.identity);
    this.tunnel = new Tunnel(this.settings.broker, 4, this);
  }

  linkTurn(): boolean {
    let hasMoved = false;
    for (let count = linkRead(this.link, LinkChannel.Log); count > 0; count = linkRead(this.link, LinkChannel.Log)) {
      this.log.take(this.taken(LinkChannel.Log, count));
      hasMoved = true;
    }
    for (let count = this.readable(); count > 0 && this.tunnel?.isFull !== true; count = this.readable()) {
      const bytes = this.taken(LinkChannel.Mqtt, count);
      hasMoved = true;
      // What the board said to a broker that has gone.
      if (this.tunnel === null || this.gate === null) continue;
      const passed = this.gate.take(bytes);
      if (passed === null) this.refuse();
      else this.tunnel.send(passed);
    }
    if (this.writeHeld()) hasMoved = true;
    this.note();
    return hasMoved;
  }

  private readable(): number {
    return linkRead(this.link, LinkChannel.Mqtt);
  }

  private taken(channel: LinkChannel, count: number): Buffer {
    const bytes = Buffer.from(this.link.pool.subarray(this.link.readFrom, this.link.readFrom + count));
    linkTake(this.link, channel, count);
    return bytes;
  }

  private refuse(): void {
    this.counters.badFrames += 1;
    this.tell({ level: 'warn', event: 'badConnect', words: 'the CONNECT of the board is malformed, or too long with the identity in it; its connection is closed' });
    linkClose(this.link, CloseReason.Unavailable, true);
    this.dropTunnel(true);
  }

  tunnelOpened(): void {
    linkOpened(this.link);
    this.pump.pump();
  }

  tunnelAnswered(reasonCode: number): void {
    this.counters.isConnected = reasonCode === 0;
    if (reasonCode === 0) this.counters.connects += 1;
    else this.counters.refusals += 1;
    const { clientId = '' } = this.gate?.connect ?? {};
    const words = reasonCode === 0 ? 'is connected' : `is refused with reason code 0x${reasonCode.toString(16)}`;
    this.tell({ level: reasonCode === 0 ? 'info' : 'warn', event: 'answered', words: `the board's client "${clientId}" ${words}`, fields: { clientId, reasonCode } });
  }

  tunnelData(bytes: Buffer): void {
    this.forBoard = this.forBoard.length === 0 ? bytes : Buffer.concat([this.forBoard, bytes]);
    this.pump.pump();
    if (this.forBoard.length > 0) this.tunnel?.pause();
  }

  tunnelDrained(): void {
    this.pump.pump();
  }

  tunnelClosed(error: Error | null, wasOpen: boolean): void {
    if (!wasOpen) {
      this.counters.refusals += 1;
      this.tell({ level: 'warn', event: 'brokerUnreachable', words: `the broker cannot be reached: ${error?.message ?? 'closed'}; the board is told so` });
    } else this.tell({ level: 'info', event: 'brokerClosed', words: `the broker closed the connection${error === null ? '' : `: ${error.message}`}` });
    this.closing = closeReasonOf(error, wasOpen);
    this.tunnel = null;
    this.gate = null;
    this.counters.isConnected = false;
    this.pump.pump();
  }

  /** What the broker said goes to the board, and after it the end of the connection. */
  private writeHeld(): boolean {
    const { link, forBoard } = this;
    let hasMoved = false;
    if (forBoard.length > 0 && linkRoom(link, LinkChannel.Mqtt) > 0) {
      const count = linkWrite(link, LinkChannel.Mqtt, forBoard, 0, forBoard.length);
      this.forBoard = Buffer.from(forBoard.subarray(count));
      hasMoved = true;
      if (this.forBoard.length === 0) this.tunnel?.resume();
    }
    if (this.closing !== null && this.forBoard.length === 0) {
      linkClose(link, this.closing, false);
      this.closing = null;
      hasMoved = true;
    }
    return hasMoved;
  }

  /** The connection to the broker, of which the board knows that it is over. */
  private dropTunnel(isAbrupt: boolean): void {
    this.tunnel?.close(isAbrupt);
    this.tunnel = null;
    this.gate = null;
    this.forBoard = Buffer.alloc(0);
    this.closing = null;
    this.counters.isConnected = false;
    this.note();
  }

  private note(): void {
    this.counters.heldBytes = this.forBoard.length + (this.tunnel?.unsent ?? 0);
  }

  private noteStrange(bytes: Buffer): void {
    if (this.link.framesTaken !== this.framesThen || this.link.state === LinkState.Up) {
      this.framesThen = this.link.framesTaken;
      this.strangeBytes = 0;
      return;
    }
    this.strangeBytes += bytes.length;
    this.counters.skippedBytes += bytes.length;
    if (this.saidStrange || this.strangeBytes < Limit.StrangeBytes) return;
    this.saidStrange = true;
    this.tell({ level: 'warn', event: 'strangeBytes', words: `the board does not speak the link: ${wireWords(bytes)}` });
  }
}
