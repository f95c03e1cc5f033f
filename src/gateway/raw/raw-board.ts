/**
 * Mode raw: a board that speaks plain MQTT on its UART. Its bytes go to the broker and back as they are, but for the
 * identity in its CONNECT. A bare wire has no connections, so they are told from the bytes: a CONNECT begins one, and ends
 * the one before; it is found wherever a packet may begin, and after a pause on the wire also in the middle of a packet,
 * since a board that was reset does not finish what it had begun.
 * Must not know: how the port is kept open, how the broker is reached.
 *
 * Read first: README.md of the gateway, "Mode raw".
 */
import { type Board, createCounters, type Tell } from '../board.js';
import type { SerialLine } from '../serial/serial-line.js';
import { beginsConnect, type Identity, readConnect, withIdentity } from '../tunnel/connect-packet.js';
import { PacketType, PacketWalk } from '../tunnel/packet-walk.js';
import { type BrokerAddress, Tunnel, type TunnelOwner } from '../tunnel/tunnel.js';
import { refusal } from '../tunnel/unavailable.js';
import { ConnectSearch } from './connect-search.js';
import { wireWords } from '../wire-words.js';

const enum Limit {
  /** A longer packet is a disturbed length. */
  PacketBytes = 1_048_576,
  /** After so long a pause a CONNECT may begin in the middle of a packet. */
  PauseMs = 200,
  /** Bytes that the board has not taken yet, from which on the broker has to wait. */
  UnsentBytes = 4096,
  /** Bytes that are no MQTT, at which it is worth saying what they look like. */
  StrangeBytes = 256,
}

export interface RawSettings {
  readonly broker: BrokerAddress;
  readonly identity: Identity | null;
}

export class RawBoard implements Board, TunnelOwner {
  readonly counters = createCounters();
  readonly linkFigures = null;
  private line: SerialLine | null = null;
  private tunnel: Tunnel | null = null;
  private readonly search = new ConnectSearch();
  private readonly fromBoard = new PacketWalk('board', Limit.PacketBytes);
  private lastDataMs = 0;
  private saidStrange = false;
  /** After a pause in the middle of a packet: bytes that may begin a CONNECT, or go on with the packet. */
  private doubtful: Buffer | null = null;
  private doubtTimer: NodeJS.Timeout | null = null;

  constructor(private readonly settings: RawSettings, private readonly tell: Tell) {}

  lineOpened(line: SerialLine): void {
    this.line = line;
    this.search.restart();
    this.saidStrange = false;
  }

  lineData(bytes: Buffer): void {
    const now = performance.now();
    const isAfterPause = this.doubtful !== null || now - this.lastDataMs >= Limit.PauseMs;
    this.lastDataMs = now;
    const all = this.doubtful === null ? bytes : Buffer.concat([this.doubtful, bytes]);
    this.endDoubt();
    const isInMiddle = this.tunnel !== null ? !this.fromBoard.isBetween : this.search.hasPart;
    const begins = isAfterPause && isInMiddle ? beginsConnect(all, 0, all.length) : 0;
    if (begins < 0) this.doubt(all);
    else {
      if (begins > 0) this.drop('the board began anew in the middle of a packet');
      this.read(all);
    }
  }

  /** A few bytes decide. What stays alone for a while was no CONNECT: boards send one without a pause in it. */
  private doubt(bytes: Buffer): void {
    this.doubtful = Buffer.from(bytes);
    this.doubtTimer = setTimeout(() => {
      const { doubtful } = this;
      this.endDoubt();
      if (doubtful !== null) this.read(doubtful);
    }, Limit.PauseMs);
  }

  private endDoubt(): void {
    if (this.doubtTimer !== null) clearTimeout(this.doubtTimer);
    this.doubtTimer = null;
    this.doubtful = null;
  }

  private read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.tunnel === null) {
        const found = this.search.take(at === 0 ? bytes : bytes.subarray(at));
        this.counters.skippedBytes = this.search.skippedBytes;
        if (found === null) {
          this.sayStrange();
          return;
        }
        at = bytes.length - found.rest;
        this.begin(found.packet);
      } else {
        const to = this.passedTo(bytes, at);
        if (to > at) this.tunnel.send(Buffer.from(bytes.subarray(at, to)));
        at = to;
        if (this.fromBoard.isBroken) this.drop('the bytes of the board are no MQTT');
        else if (at < bytes.length) this.drop('the board connects anew');
      }
    }
    this.noteHeld();
    if (this.tunnel?.isFull === true) this.line?.pause();
  }

  /** How far the bytes belong to the present connection: to the end, to a wrong byte, or to a CONNECT. */
  private passedTo(bytes: Buffer, from: number): number {
    const walk = this.fromBoard;
    let at = from;
    while (at < bytes.length && !walk.isBroken) {
      if (walk.isBetween && bytes[at] === 0x10) return at;
      at = walk.advance(bytes, at, bytes.length);
    }
    return at;
  }

  private begin(packet: Buffer): void {
    const connect = readConnect(packet);
    const { identity, broker } = this.settings;
    const sent = identity === null ? packet : withIdentity(packet, identity);
    if (sent === null) {
      this.counters.badFrames += 1;
      this.tell({ level: 'warn', event: 'badConnect', words: 'the CONNECT of the board is malformed, or too long with the identity in it; it was not passed on' });
      if (connect !== null) this.line?.write(refusal(connect.version));
      return;
    }
    const { clientId = '', version = 4 } = connect ?? {};
    this.tell({
      level: 'info', event: 'boardConnects', fields: { clientId, version },
      words: `the board connects as ${clientId === '' ? 'a client without identifier' : `"${clientId}"`}, MQTT ${version === 5 ? '5.0' : '3.1.1'}`,
    });
    this.fromBoard.restart();
    this.tunnel = new Tunnel(broker, version, this);
    this.tunnel.send(Buffer.from(sent));
    this.saidStrange = false;
  }

  tunnelOpened(): void {}

  tunnelAnswered(reasonCode: number): void {
    this.counters.isConnected = reasonCode === 0;
    if (reasonCode === 0) this.counters.connects += 1;
    else this.counters.refusals += 1;
  }

  tunnelData(bytes: Buffer): void {
    this.line?.write(bytes);
    this.noteHeld();
    if (this.line !== null && this.line.unsentBytes >= Limit.UnsentBytes) this.tunnel?.pause();
  }

  tunnelDrained(): void {
    this.noteHeld();
    this.line?.resume();
  }

  tunnelClosed(error: Error | null, wasOpen: boolean): void {
    const why = error === null ? '' : `: ${error.message}`;
    if (wasOpen) this.tell({ level: 'info', event: 'brokerClosed', words: `the broker closed the connection${why}` });
    else {
      this.counters.refusals += 1;
      this.tell({ level: 'warn', event: 'brokerUnreachable', words: `the broker cannot be reached${why}; the board is told so` });
    }
    this.sayFarewell();
    this.forget();
  }

  private sayFarewell(): void {
    const packet = this.fromBoard.type === PacketType.Disconnect ? null : this.tunnel?.farewell() ?? null;
    if (packet !== null) this.line?.write(packet);
  }

  lineDrained(): void {
    this.noteHeld();
    this.tunnel?.resume();
  }

  lineLost(): void {
    this.line = null;
    this.endDoubt();
    // The broker shall publish the will: the board is not there. A DISCONNECT of the board has come first where it said one.
    this.drop('the port is gone');
    this.search.restart();
  }

  end(): Promise<void> {
    this.endDoubt();
    if (this.tunnel !== null) {
      this.sayFarewell();
      this.drop('the gateway stops');
    }
    this.line = null;
    return Promise.resolve();
  }

  /** Ends the connection to the broker, which the board knows nothing of, or began anew. */
  private drop(why: string): void {
    this.search.restart();
    if (this.tunnel === null) return;
    const isOrderly = this.fromBoard.type === PacketType.Disconnect && this.fromBoard.isBetween;
    if (!isOrderly) this.tell({ level: 'info', event: 'boardGone', words: `${why}; its connection to the broker is closed` });
    this.tunnel.close(!isOrderly);
    this.forget();
  }

  private forget(): void {
    this.tunnel = null;
    this.counters.isConnected = false;
    this.fromBoard.restart();
    this.noteHeld();
    this.line?.resume();
  }

  private noteHeld(): void {
    this.counters.heldBytes = (this.tunnel?.unsent ?? 0) + (this.line?.unsentBytes ?? 0);
  }

  private sayStrange(): void {
    if (this.saidStrange || this.search.sampleLength < this.search.sample.length || this.search.skippedBytes < Limit.StrangeBytes) return;
    this.saidStrange = true;
    const words = wireWords(this.search.sample.subarray(0, this.search.sampleLength));
    this.tell({ level: 'warn', event: 'strangeBytes', words: `the board sends no MQTT: ${words}` });
  }
}
