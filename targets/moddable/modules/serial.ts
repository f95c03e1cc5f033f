/**
 * A connection over an ECMA-419 serial port and Midge's serial link: the gateway at the other end leads it to the server.
 * Must not know: MQTT packets, applications.
 *
 * Read first: src/link/README.md; ECMA-419, "Serial". Hosts differ, and what a host does is found out by doing it: on Linux `read` fills no
 * buffer and `write` takes only an ArrayBuffer, one at a time; microcontrollers take views, up to the room in their FIFO.
 */
import { checkObject, wrong } from './checks.js';
import { type Client, clientInput } from './core.js';
import {
  CloseReason, Connection, createLink, createLinkConfig, type Link, LinkChannel, LinkConfigFault, linkClose, linkConfigFault, LinkEvent, linkHasRest, linkInput,
  linkNextDeadline, linkNextEvent, linkOpen, linkOutput, linkRead, linkRestart, linkRoom, linkSent, LinkState, linkTake, linkWrite,
} from './link.js';
import { Alarm, clock } from './platform.js';
import type { Transport, TransportOwner } from './transport.js';
import { Views } from './views.js';

interface Serial {
  read(what: Uint8Array | number): unknown;
  write(what: Uint8Array | ArrayBuffer): unknown;
  close(): void;
}

/** `io`: the class; the other properties are the class's own options, such as `baud`, `port`, `transmit`, `receive`. */
export interface SerialOptions {
  readonly io: new (options: never) => Serial;
  readonly baud: number;
  /** Any integer, different after each reset where the board can tell one. */
  readonly seed?: number;
  /** Bytes of a frame, 32 to 254; 128 when absent. */
  readonly frameBytes?: number;
  readonly [option: string]: unknown;
}

const enum Read {
  Bytes = 128,
}

export class SerialTransport implements Transport {
  isOpen = false;
  readonly #link: Link;
  readonly #serial: Serial;
  readonly #alarm: Alarm;
  readonly #reads: Views;
  readonly #writes: Views;
  /** Bytes that the port takes now. */
  #room = 0;
  #readsBuffers = true;
  #writesViews = true;
  #core: Client | undefined;
  #owner: TransportOwner | undefined;
  #isDriving = false;
  #isAgain = false;
  #isEnding = false;
  #isEnded = false;

  constructor(options: SerialOptions) {
    checkObject('what new SerialTransport is given', options);
    if (typeof options.io !== 'function') wrong('io', options.io, 'the class of embedded:io/serial');
    const config = createLinkConfig();
    config.baud = options.baud;
    config.seed = options.seed ?? Math.floor(Math.random() * 0x3fffffff);
    config.frameBytes = options.frameBytes ?? config.frameBytes;
    const link = createLink(config);
    if (link === null) {
      if (linkConfigFault(config) === LinkConfigFault.FrameBytes) wrong('frameBytes', config.frameBytes, 'a whole number, 32 to 254');
      wrong('baud', config.baud, 'a whole number, 1 to 6,553,500');
    }
    this.#link = link;
    this.#reads = new Views(new Uint8Array(Read.Bytes));
    this.#writes = new Views(link.out);
    this.#alarm = new Alarm(() => this.#drive());
    linkRestart(link, clock());
    this.#serial = new options.io({
      ...options, format: 'buffer',
      onReadable: (count: number) => {
        if (!this.#isEnded) this.#take(count);
      },
      onWritable: (count: number) => {
        this.#room = count;
        if (!this.#isEnded) this.#drive();
      },
    } as never);
    this.#drive();
  }

  get writable(): number {
    const link = this.#link;
    return this.isOpen && link.connection === Connection.Open ? linkRoom(link, LinkChannel.Mqtt) : 0;
  }

  attach(core: Client): void {
    this.#core = core;
  }

  open(owner: TransportOwner): void {
    this.#owner = owner;
    this.isOpen = true;
    // What came last for a connection before is for nobody.
    if (linkHasRest(this.#link)) linkOpen(this.#link);
    this.#drive();
  }

  close(): void {
    this.isOpen = false;
    if (this.#link.connection !== Connection.Closed) linkClose(this.#link, CloseReason.Done, false);
    if (!this.#isEnded) this.#drive();
  }

  end(): void {
    this.#isEnding = true;
    this.close();
  }

  sendView(view: Uint8Array, count: number): number {
    return this.writable >= count && this.send(view, 0, count) === count ? this.writable : -1;
  }

  receiveWhole(): boolean {
    return false;
  }

  send(bytes: Uint8Array, from: number, to: number): number {
    if (!this.isOpen || this.#link.connection !== Connection.Open) return 0;
    const taken = linkWrite(this.#link, LinkChannel.Mqtt, bytes, from, to);
    if (taken <= 0) return 0;
    this.#drive();
    return taken;
  }

  receive(now: number): boolean {
    const link = this.#link;
    const count = this.isOpen ? linkRead(link, LinkChannel.Mqtt) : 0;
    if (count <= 0) return false;
    const taken = clientInput(this.#core!, link.pool, link.readFrom, link.readTo, now);
    linkTake(link, LinkChannel.Mqtt, taken);
    // Room that was freed is told to the peer, and the end of the connection waited for its last bytes.
    this.#drive();
    return taken > 0;
  }

  /** Reads all that the port has. */
  #take(available: number): void {
    const now = clock();
    let left = available;
    while (left > 0) {
      const view = this.#reads.upTo(left);
      const result = this.#readsBuffers ? this.#serial.read(view) : this.#serial.read(view.length);
      if (typeof result === 'number') {
        linkInput(this.#link, view, 0, result, now);
        left = result === 0 ? 0 : left - result;
      } else if (this.#readsBuffers) this.#readsBuffers = false;
      else {
        const bytes = new Uint8Array((result ?? new ArrayBuffer(0)) as ArrayBuffer);
        linkInput(this.#link, bytes, 0, bytes.length, now);
        left = bytes.length === 0 ? 0 : left - bytes.length;
      }
    }
    this.#drive();
    if (this.isOpen && (this.#link.connection === Connection.Open || linkHasRest(this.#link))) this.#owner!.linkReadable();
  }

  /** Moves the link as far as it goes. A call from within, of an owner that was told something, is caught up with. */
  #drive(): void {
    const link = this.#link;
    this.#isAgain = true;
    if (this.#isDriving) return;
    this.#isDriving = true;
    try {
      while (this.#isAgain) {
        this.#isAgain = false;
        this.#write();
        const event = linkNextEvent(link);
        if (event !== LinkEvent.None) this.#event(event);
        if (this.isOpen && link.state === LinkState.Up && link.connection === Connection.Closed && !linkHasRest(link) && linkOpen(link) === 0) this.#isAgain = true;
      }
    } finally {
      this.#isDriving = false;
      // Still set: a handler has thrown, and what it left is caught up with at once.
      if (this.#isAgain && !this.#isEnded) this.#alarm.within(0, clock());
    }
    if (this.#isEnding && (link.state !== LinkState.Up || (link.channels[LinkChannel.Mqtt].held === 0 && link.connection === Connection.Closed && link.owed === 0 && link.outFrom >= link.outTo))) this.#stop();
    else this.#alarm.within(linkNextDeadline(link, clock()), clock());
  }

  #stop(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#alarm.clear();
    this.#serial.close();
  }

  #event(event: LinkEvent): void {
    const owner = this.#owner;
    this.#isAgain = true;
    if (!this.isOpen || owner === undefined) return;
    if (event === LinkEvent.Opened) owner.linkUp();
    else if (event === LinkEvent.Closed || event === LinkEvent.Down) {
      const words = event === LinkEvent.Down ? 'the gateway is silent or has started anew' : reasonWords(this.#link.closeReason);
      this.isOpen = false;
      owner.linkDown(words);
    }
  }

  /** Hands frames to the port, as it has room. */
  #write(): void {
    const link = this.#link;
    let count = linkOutput(link, clock());
    while (count > 0 && this.#room > 0) {
      if (count > this.#room) count = this.#room;
      const from = link.outFrom;
      if (this.#writesViews) {
        try {
          this.#serial.write(from === 0 ? this.#writes.upTo(count) : link.out.subarray(from, from + count));
          if (from === 0) count = this.#writes.upTo(count).length;
          this.#room -= count;
        } catch {
          this.#writesViews = false;
        }
      }
      if (!this.#writesViews) {
        this.#serial.write(link.out.slice(from, from + count).buffer);
        // Such a host takes one at a time.
        this.#room = 0;
      }
      linkSent(link, count);
      count = linkOutput(link, clock());
    }
  }
}

/** Why the gateway closed the connection. */
function reasonWords(reason: CloseReason): string {
  switch (reason) {
    case CloseReason.Unreachable: return 'the gateway cannot reach the server';
    case CloseReason.UnknownName: return 'the gateway does not know the server\'s name';
    case CloseReason.Insecure: return 'TLS between gateway and server failed';
    case CloseReason.Unavailable: return 'the gateway has no room for this board';
    default: return '';
  }
}
