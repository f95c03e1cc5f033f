/**
 * A connection to the broker on behalf of a board that speaks MQTT itself: opened for one CONNECT, then bytes both ways.
 * Bounded both ways: it says when the board has to wait, and is told when the broker has to. Used once.
 * Must not know: serial ports, the link, what the board says.
 */
import { type Link, type LinkOwner, type LinkSettings, openLink } from '../../../targets/node/link.js';
import type { TlsOptions } from '../../../targets/node/api-options.js';
import type { Endpoint } from '../../../targets/node/url.js';
import { PacketType, PacketWalk } from './packet-walk.js';
import { farewell, refusal } from './unavailable.js';

export interface BrokerAddress {
  readonly endpoint: Endpoint;
  readonly tls: TlsOptions;
}

export interface TunnelOwner {
  /** Bytes for the board, the owner's to keep: the broker's, or at the end the gateway's own. */
  tunnelData(bytes: Buffer): void;
  /** The connection stands; nothing has been said over it. */
  tunnelOpened(): void;
  /** The broker has answered CONNECT; 0: it is accepted. */
  tunnelAnswered(reasonCode: number): void;
  /** There is room for the board's bytes again. */
  tunnelDrained(): void;
  /** Closed, or never opened; `wasOpen` tells which. `error` says why where there is a reason. */
  tunnelClosed(error: Error | null, wasOpen: boolean): void;
}

const enum Limit {
  /** Bytes of the board that may wait for the broker before the board has to. */
  UnsentBytes = 8192,
  /** What is read from TCP at once. */
  ReadBytes = 4096,
  /** A broker that sends larger WebSocket frames to a board is cut off. */
  FrameBytes = 262_144,
  OpenMs = 10_000,
  /** A longer packet is a disturbed length. */
  PacketBytes = 268_435_455,
  /** As many bytes as hold the reason code of a CONNACK. */
  HeadBytes = 7,
}

export class Tunnel implements LinkOwner {
  private readonly link: Link;
  private isOpen = false;
  private isOver = false;
  /**
   * What leaves with the next write. The link has one at a time, so that what a board sends in small pieces goes on in larger ones, and
   * what waits is one piece: small ones would each hold on to the 8 KiB that Node has cut them from.
   */
  private waiting: Buffer = Buffer.alloc(0);
  /** Of the write that the link has; 0: none. */
  private writtenBytes = 0;
  private unsentBytes = 0;
  private isPaused = false;
  private openTimer: NodeJS.Timeout | null;
  private timedOut = false;
  private readonly walk = new PacketWalk('server', Limit.PacketBytes);
  /** The first bytes of the broker, until it has answered; null: it has. */
  private head: Buffer | null = Buffer.alloc(0);
  private isAccepted = false;

  /** `version`: that of the board, for what is said in the broker's place. */
  constructor(address: BrokerAddress, private readonly version: 4 | 5, private readonly owner: TunnelOwner) {
    const settings: LinkSettings = {
      openStream: null, tls: address.tls, ws: { maxPayloadBytes: Limit.FrameBytes, headers: {} }, readBuffer: Buffer.alloc(Limit.ReadBytes),
    };
    this.openTimer = setTimeout(() => {
      this.timedOut = true;
      this.link.close(true);
    }, Limit.OpenMs);
    this.link = openLink(address.endpoint, settings, this);
  }

  /** The board has to wait for `tunnelDrained`. What it sends in the meantime is taken nevertheless. */
  get isFull(): boolean {
    return this.unsentBytes >= Limit.UnsentBytes;
  }

  get unsent(): number {
    return this.unsentBytes;
  }

  /** The bytes are the tunnel's from now on. */
  send(bytes: Buffer): void {
    if (this.isOver || bytes.length === 0) return;
    this.unsentBytes += bytes.length;
    this.waiting = this.waiting.length === 0 ? bytes : Buffer.concat([this.waiting, bytes]);
    if (this.isOpen && this.writtenBytes === 0) this.write();
  }

  pause(): void {
    if (this.isPaused) return;
    this.isPaused = true;
    if (this.isOpen) this.link.pause();
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    if (this.isOpen && !this.isOver) this.link.resume();
  }

  /** Forgets its owner, who hears nothing more. `isAbrupt`: the broker shall publish the board's will. */
  close(isAbrupt: boolean): void {
    if (this.isOver) return;
    if (this.isOpen && !isAbrupt) this.write();
    this.over();
    this.link.close(isAbrupt);
  }

  /**
   * What ends the connection for the board: a refusal if it was not accepted, a DISCONNECT between two packets if it is of
   * 5.0; null where nothing can be said, in the middle of a packet, or has been said by the broker.
   */
  farewell(): Buffer | null {
    if (this.head !== null && this.head.length === 0) return refusal(this.version);
    if (!this.isAccepted || !this.walk.isBetween || this.walk.isBroken || this.walk.type === PacketType.Disconnect) return null;
    return farewell(this.version);
  }

  private write(): void {
    const bytes = this.waiting;
    this.waiting = Buffer.alloc(0);
    this.writtenBytes = bytes.length;
    if (bytes.length > 0) this.link.write(bytes);
  }

  private over(): void {
    this.isOver = true;
    if (this.openTimer !== null) clearTimeout(this.openTimer);
    this.openTimer = null;
    this.waiting = Buffer.alloc(0);
  }

  linkOpened(): void {
    if (this.isOver) return;
    if (this.openTimer !== null) clearTimeout(this.openTimer);
    this.openTimer = null;
    this.isOpen = true;
    if (this.isPaused) this.link.pause();
    this.write();
    this.owner.tunnelOpened();
  }

  linkData(bytes: Uint8Array, count: number): void {
    if (this.isOver) return;
    for (let at = 0; at < count && !this.walk.isBroken;) at = this.walk.advance(bytes, at, count);
    // A copy: TCP reads into one buffer, and the board takes its time.
    const copy = Buffer.from(bytes.subarray(0, count));
    if (this.head !== null) this.readAnswer(copy);
    this.owner.tunnelData(copy);
  }

  private readAnswer(bytes: Buffer): void {
    const head = Buffer.concat([this.head ?? Buffer.alloc(0), bytes.subarray(0, Limit.HeadBytes)]);
    let codeAt = 2;
    while ((head[codeAt - 1] & 128) !== 0) codeAt += 1;
    codeAt += 1;
    const isConnack = head[0] >>> 4 === PacketType.Connack;
    this.head = isConnack && codeAt >= head.length && head.length < Limit.HeadBytes ? head : null;
    // A length that has no end is no answer: the board will judge it.
    if (this.head !== null || !isConnack || codeAt >= head.length) return;
    this.isAccepted = head[codeAt] === 0;
    this.owner.tunnelAnswered(head[codeAt]);
  }

  linkWritten(): void {
    const wasFull = this.isFull;
    this.unsentBytes -= this.writtenBytes;
    this.writtenBytes = 0;
    if (!this.isOver) this.write();
    if (wasFull && !this.isFull && !this.isOver) this.owner.tunnelDrained();
  }

  linkClosed(error: Error | null): void {
    if (this.isOver) return;
    this.over();
    const words = `no connection within ${Limit.OpenMs / 1000} s`;
    this.owner.tunnelClosed(this.timedOut ? new Error(words) : error, this.isOpen);
  }
}
