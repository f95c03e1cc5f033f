/**
 * The other end of a board's serial link for a test: the wire (a process's standard input and output) on one side, a connection to a broker on the other.
 * The gateway does the same, and much more. Read first: src/link/README.md.
 */
import net from 'node:net';
import type { Readable, Writable } from 'node:stream';
import {
  CloseReason, createLink, createLinkConfig, LinkChannel, linkClose, LinkEvent, linkInput, linkNextEvent, linkOpened, linkOutput, linkRead, linkSent, linkTake, linkWrite,
} from '../../src/link/index.js';

/** What the board writes, and what it reads. */
export interface LinkWire {
  readonly stdout: Readable;
  readonly stdin: Writable;
}

export class LinkEnd {
  private readonly link = createLink({ ...createLinkConfig(), seed: 4242 })!;
  private socket: net.Socket | undefined;
  private toBoard = Buffer.alloc(0);
  /** What waits for the end of the server's connection, where `isGathering`. */
  private gathered: Buffer[] = [];
  private hasHeard = false;
  /** Reads nothing of what the board sends to the server, as where that is not to be reached. */
  isDeaf = false;
  private readonly timer = setInterval(() => { this.turn(); }, 5);

  /**
   * `port` is that of the broker, and may change before the board asks for a connection. With `isGathering` the server's last bytes and the end of its
   * connection reach the board in one piece.
   */
  constructor(private readonly board: LinkWire, public port: number, private readonly isGathering = false) {
    board.stdout.on('data', this.hear);
    board.stdin.on('error', () => undefined);
  }

  private readonly hear = (bytes: Buffer): void => {
    linkInput(this.link, bytes, 0, bytes.length, this.now());
    this.turn();
  };

  private now(): number {
    return Math.floor(performance.now()) & 0x3fffffff;
  }

  private turn(): void {
    const { link } = this;
    for (let event = linkNextEvent(link); event !== LinkEvent.None; event = linkNextEvent(link)) {
      if (event === LinkEvent.OpenWanted) this.open();
      else if (event === LinkEvent.Closed || event === LinkEvent.Down) this.socket?.end();
    }
    for (let count = linkRead(link, LinkChannel.Mqtt); count > 0 && !this.isDeaf; count = linkRead(link, LinkChannel.Mqtt)) {
      this.socket?.write(Buffer.from(link.pool.subarray(link.readFrom, link.readTo)));
      linkTake(link, LinkChannel.Mqtt, count);
    }
    const taken = this.toBoard.length === 0 ? 0 : linkWrite(link, LinkChannel.Mqtt, this.toBoard, 0, this.toBoard.length);
    if (taken > 0) this.toBoard = this.toBoard.subarray(taken);
    for (let count = linkOutput(link, this.now()); count > 0; count = linkOutput(link, this.now())) {
      this.gathered.push(Buffer.from(link.out.subarray(link.outFrom, link.outFrom + count)));
      linkSent(link, count);
    }
    if (this.gathered.length === 0 || (this.isGathering && this.hasHeard)) return;
    this.board.stdin.write(Buffer.concat(this.gathered));
    this.gathered = [];
  }

  private open(): void {
    // What was for an earlier connection is for nobody.
    this.toBoard = Buffer.alloc(0);
    const socket = this.socket = net.connect(this.port, '127.0.0.1', () => {
      if (this.socket !== socket) return;
      linkOpened(this.link);
      this.turn();
    });
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      if (this.socket !== socket) return;
      this.toBoard = Buffer.concat([this.toBoard, bytes]);
      this.hasHeard = true;
      this.turn();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket !== socket) return;
      linkClose(this.link, CloseReason.Lost, false);
      this.turn();
      this.hasHeard = false;
      this.turn();
    });
  }

  /** Bytes of the server that the board has no room for. */
  get waiting(): number {
    return this.toBoard.length;
  }

  /** As if its power failed; the wire stays. */
  end(): void {
    clearInterval(this.timer);
    this.board.stdout.off('data', this.hear);
    this.socket?.destroy();
  }
}
