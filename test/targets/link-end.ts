/**
 * The other end of a board's serial link for a test: the process's standard input and output on one side, a connection to a broker on the other.
 * The gateway does the same, and much more. Read first: src/link/README.md.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import net from 'node:net';
import {
  CloseReason, createLink, createLinkConfig, LinkChannel, linkClose, LinkEvent, linkInput, linkNextEvent, linkOpened, linkOutput, linkRead, linkSent, linkTake, linkWrite,
} from '../../src/link/index.js';

export class LinkEnd {
  private readonly link = createLink({ ...createLinkConfig(), seed: 4242 })!;
  private socket: net.Socket | undefined;
  private toBoard = Buffer.alloc(0);
  private readonly timer = setInterval(() => { this.turn(); }, 5);

  constructor(private readonly board: ChildProcessWithoutNullStreams, private readonly port: number) {
    board.stdout.on('data', (bytes: Buffer) => {
      linkInput(this.link, bytes, 0, bytes.length, this.now());
      this.turn();
    });
    board.stdin.on('error', () => undefined);
  }

  private now(): number {
    return Math.floor(performance.now()) & 0x3fffffff;
  }

  private turn(): void {
    const { link } = this;
    for (let event = linkNextEvent(link); event !== LinkEvent.None; event = linkNextEvent(link)) {
      if (event === LinkEvent.OpenWanted) this.open();
      else if (event === LinkEvent.Closed || event === LinkEvent.Down) this.socket?.end();
    }
    for (let count = linkRead(link, LinkChannel.Mqtt); count > 0; count = linkRead(link, LinkChannel.Mqtt)) {
      this.socket?.write(Buffer.from(link.pool.subarray(link.readFrom, link.readTo)));
      linkTake(link, LinkChannel.Mqtt, count);
    }
    const taken = this.toBoard.length === 0 ? 0 : linkWrite(link, LinkChannel.Mqtt, this.toBoard, 0, this.toBoard.length);
    if (taken > 0) this.toBoard = this.toBoard.subarray(taken);
    for (let count = linkOutput(link, this.now()); count > 0; count = linkOutput(link, this.now())) {
      this.board.stdin.write(Buffer.from(link.out.subarray(link.outFrom, link.outFrom + count)));
      linkSent(link, count);
    }
  }

  private open(): void {
    const socket = this.socket = net.connect(this.port, '127.0.0.1', () => {
      linkOpened(this.link);
      this.turn();
    });
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      this.toBoard = Buffer.concat([this.toBoard, bytes]);
      this.turn();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.socket === socket) linkClose(this.link, CloseReason.Lost, false);
    });
  }

  end(): void {
    clearInterval(this.timer);
    this.socket?.destroy();
  }
}
