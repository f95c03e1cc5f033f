/**
 * The board's end of the link on Node.js: a stream for each connection that a client wants, over a wire with a gateway at
 * its other end. For boards that are simulated, and for single-board computers on a UART.
 * Must not know: MQTT, what the wire is.
 *
 * Read first: src/link/README.md, "Control messages"; Node's documentation of `stream.Duplex`.
 */
import { Duplex } from 'node:stream';
import {
  CloseReason, Connection, createLinkConfig, type Link, linkClose, LinkChannel, LinkEvent, linkOpen, linkRead, LinkState, linkTake,
  linkWrite,
} from '../../link/index.js';
import { LinkPump, type LinkPumpOwner, type Wire } from './link-pump.js';
import { closeWords, linkOf } from './link-words.js';

export interface BoardEndOptions {
  readonly baudRate: number;
  readonly baudRateMax?: number;
  readonly seed: number;
}

export class BoardEnd implements LinkPumpOwner {
  readonly link: Link;
  private readonly pump: LinkPump;
  private stream: LinkStream | null = null;

  constructor({ baudRate, baudRateMax = 0, seed }: BoardEndOptions) {
    const config = createLinkConfig();
    config.baud = baudRate;
    config.baudMax = baudRateMax;
    config.logSendBytes = 256;
    config.seed = seed;
    this.link = linkOf(config);
    this.pump = new LinkPump(this.link, this);
  }

  begin(wire: Wire): void {
    this.pump.begin(wire);
  }

  input(bytes: Uint8Array): void {
    this.pump.input(bytes);
  }

  end(): void {
    this.pump.end();
    this.stream?.destroy();
  }

  /** A line for the log of the gateway; false: there is no room for it now. */
  log(line: string): boolean {
    const bytes = Buffer.from(`${line}\n`);
    const { held, ringSize } = this.link.channels[LinkChannel.Log];
    if (this.link.state !== LinkState.Up || ringSize - held < bytes.length) return false;
    linkWrite(this.link, LinkChannel.Log, bytes, 0, bytes.length);
    this.pump.pump();
    return true;
  }

  /** A connection to the server behind the gateway, in the place of the one before. What is written to it waits until it is there. */
  connect(): Duplex {
    this.stream?.destroy();
    this.stream = new LinkStream(this.link, (stream, isGraceful) => this.left(stream, isGraceful), () => this.pump.pump());
    // Not at once: who asked must first have the stream.
    setImmediate(() => this.pump.pump());
    return this.stream;
  }

  private left(stream: LinkStream, isGraceful: boolean): void {
    if (this.stream !== stream) return;
    this.stream = null;
    linkClose(this.link, isGraceful ? CloseReason.Done : CloseReason.Lost, !isGraceful);
    this.pump.pump();
  }

  linkEvent(event: LinkEvent): void {
    const { stream } = this;
    if (event === LinkEvent.Down && stream?.isAsked === true) stream.lost('the link to the gateway is down');
    if (event === LinkEvent.Closed) stream?.lost(closeWords(this.link.closeReason));
  }

  linkTurn(): boolean {
    const { stream, link } = this;
    if (stream === null) return false;
    if (link.connection === Connection.Closed && link.state === LinkState.Up && !stream.isAsked) {
      stream.isAsked = linkOpen(link) === 0;
      return stream.isAsked;
    }
    // Also of a connection that is closed: its end is told when its last bytes have been read.
    return stream.isAsked && stream.move();
  }
}

class LinkStream extends Duplex {
  /** The gateway has been asked for it. */
  isAsked = false;
  private pending: { bytes: Buffer; from: number; done: () => void } | null = null;
  private wantsBytes = false;
  private finished: (() => void) | null = null;

  constructor(private readonly link: Link, private readonly left: (stream: LinkStream, isGraceful: boolean) => void, private readonly moved: () => void) {
    super({ allowHalfOpen: false, readableHighWaterMark: 4096, writableHighWaterMark: 4096 });
  }

  /** Moves bytes between the stream and the link; true: some. */
  move(): boolean {
    let hasMoved = false;
    for (let count = linkRead(this.link, LinkChannel.Mqtt); this.wantsBytes && count > 0; count = linkRead(this.link, LinkChannel.Mqtt)) {
      const bytes = Buffer.from(this.link.pool.subarray(this.link.readFrom, this.link.readFrom + count));
      linkTake(this.link, LinkChannel.Mqtt, count);
      this.wantsBytes = this.push(bytes);
      hasMoved = true;
    }
    const { pending } = this;
    if (pending === null) return hasMoved;
    const taken = linkWrite(this.link, LinkChannel.Mqtt, pending.bytes, pending.from, pending.bytes.length);
    if (taken <= 0) return hasMoved;
    pending.from += taken;
    if (pending.from < pending.bytes.length) return true;
    this.pending = null;
    pending.done();
    return true;
  }

  lost(words: string): void {
    this.destroy(words === '' ? undefined : new Error(words));
  }

  override _read(): void {
    this.wantsBytes = true;
    this.moved();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.pending = { bytes, from: 0, done };
    this.moved();
  }

  override _final(done: () => void): void {
    this.finished = done;
    this.left(this, true);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.finished === null) this.left(this, false);
    done(error);
  }
}
