/**
 * The pump between core, link and timer: bytes in, events out, bytes out, sleep.
 * Must not know: promises, listeners, names of options.
 *
 * Read first: DESIGN section 3 ("Push in, pull out"); the docstrings of clientInput, clientNextEvent, clientOutput and
 * clientNextDeadline in the core.
 */
import {
  type Client, clientConnect, clientInput, clientLinkDown, clientLinkUp, clientNextDeadline, clientNextEvent, clientOutput, clientSent,
  clientWantsLink, Event, State, Status, Time,
} from '../../src/core/index.js';
import { Alarm } from './alarm.js';
import { tell, throwLater } from './error.js';
import { type Link, type LinkOwner, type LinkSettings, openLink } from './link.js';
import { ReadModeration } from './moderation.js';
import { Transmit } from './transmit.js';
import type { Endpoint } from './url.js';

/** Who uses the port: told of each event while its fields are valid, and after each run of the pump. */
export interface PortOwner {
  portEvent(event: Event): void;
  /** A link is open, and CONNECT is about to be made. */
  portLinkOpened(): void;
  /** A connection or an attempt is over, and the core has settled on what is next: Waiting or Idle. */
  portLinkDown(): void;
  /** `hasMoved`: events were read or bytes sent. */
  portPumped(hasMoved: boolean): void;
}

const enum LinkState {
  None,
  Opening,
  Open,
  Closing,
}

function clock(): number {
  return Math.floor(performance.now()) & Time.Mask;
}

export class Port implements LinkOwner {
  endpoint: Endpoint;
  /** Why the last link closed, where it said. */
  linkError: Error | null = null;
  /** Changes with every link, so that what belongs to an older one can be told. */
  epoch = 0;
  bytesIn = 0;
  /** The first byte that came over the present or last link; -1: none has. */
  firstByte = -1;
  /** Status of the last Disconnected event. */
  private endStatus = Status.Ok;
  /** This link has carried a connection. */
  private wasConnected = false;
  /** Changes when the server has lost the session, and with it its QoS 2 handshakes. */
  sessionEpoch = 0;
  /** The application takes no events for now. */
  private isHeld = false;
  /** Bytes wait in the core because the link takes no more. */
  isBlocked = false;

  private link: Link | null = null;
  private linkState = LinkState.None;
  /** The time of the present tick. */
  now = clock();
  private isScheduled = false;
  private isPumping = false;
  private readonly transmit: Transmit;
  /** What the core did not take yet: `input[inputFrom … inputTo)`; the link is paused meanwhile. */
  private input: Uint8Array | null = null;
  private inputFrom = 0;
  private inputTo = 0;
  private readonly moderation: ReadModeration;
  private readonly alarm = new Alarm(() => this.pump());
  private readonly onImmediate = (): void => {
    this.isScheduled = false;
    this.pump();
  };

  constructor(
    readonly core: Client, endpoint: Endpoint, private readonly settings: LinkSettings, transmitBytes: number, private readonly owner: PortOwner,
  ) {
    this.endpoint = endpoint;
    this.transmit = new Transmit(transmitBytes);
    this.moderation = new ReadModeration(() => this.link?.pause(), () => {
      if (this.input === null) this.link?.resume();
    });
  }

  get bytesOut(): number {
    return this.transmit.bytesOut;
  }

  get writes(): number {
    return this.transmit.writes;
  }

  get hasLink(): boolean {
    return this.link !== null;
  }

  /** The time, and the promise that the pump runs soon: what many calls of one tick produce leaves in one write. */
  touch(): number {
    if (!this.isScheduled) {
      this.isScheduled = true;
      this.now = clock();
      setImmediate(this.onImmediate);
    }
    return this.now;
  }

  /** No event is read until `release`, beyond those of a connection's end; what arrives fills the link and stops it. */
  hold(): void {
    this.isHeld = true;
  }

  release(): void {
    if (this.isHeld) this.touch();
    this.isHeld = false;
  }

  /** Connects now, or cuts short the pause before the next attempt. */
  connect(): Status {
    return clientConnect(this.core, this.touch());
  }

  linkOpened(): void {
    if (this.linkState !== LinkState.Opening) return;
    this.linkState = LinkState.Open;
    this.now = clock();
    tell(() => this.owner.portLinkOpened());
    clientLinkUp(this.core, this.now);
    this.pump();
  }

  linkData(bytes: Uint8Array, count: number): void {
    this.bytesIn += count;
    if (this.firstByte < 0 && count > 0) this.firstByte = bytes[0];
    if (this.linkState !== LinkState.Open) return;
    this.now = clock();
    let from = 0;
    if (this.input !== null) {
      // A link may have had more under way when it was paused.
      this.input = Buffer.concat([this.input.subarray(this.inputFrom, this.inputTo), bytes.subarray(0, count)]);
      this.inputFrom = 0;
      this.inputTo = this.input.length;
      return;
    }
    this.isPumping = true;
    while (from < count && !this.isHeld) {
      const taken = clientInput(this.core, bytes, from, count, this.now);
      from += taken;
      const hasEvents = this.readEvents();
      if (taken === 0 && !hasEvents) break;
    }
    this.isPumping = false;
    if (from < count) {
      this.input = bytes;
      this.inputFrom = from;
      this.inputTo = count;
      this.link?.pause();
    } else this.moderation.noteRead(this.now, this.transmit.writes);
    this.touch();
  }

  linkWritten(): void {
    this.transmit.written();
    if (this.isBlocked) this.pump();
  }

  linkClosed(error: Error | null): void {
    this.linkError = error;
    const wasClosing = this.linkState === LinkState.Closing;
    this.link = null;
    this.linkState = LinkState.None;
    this.transmit.begin();
    this.input = null;
    this.moderation.end();
    if (!wasClosing) {
      this.now = clock();
      this.linkDown();
    }
    this.pump();
  }

  private linkDown(): void {
    this.readEvents();
    this.epoch += 1;
    this.wasConnected = false;
    clientLinkDown(this.core, this.now);
    this.readEvents(true);
    tell(() => this.owner.portLinkDown());
  }

  /** Moves everything that can move. Safe to call at any time; a call from a handler is caught up with after it. */
  pump(): void {
    if (this.isPumping) {
      this.touch();
      return;
    }
    this.isPumping = true;
    this.now = clock();
    let hasMoved = false;
    let again = true;
    while (again) {
      again = this.readEvents();
      if (this.writeOutput()) again = true;
      if (this.input !== null && this.offerInput()) again = true;
      if (this.followWish()) again = true;
      if (again) hasMoved = true;
    }
    this.isPumping = false;
    this.setTimer();
    tell(() => this.owner.portPumped(hasMoved));
  }

  private readEvents(isForced = false): boolean {
    if (this.isHeld && !isForced) return false;
    let event = clientNextEvent(this.core);
    if (event === Event.None) return false;
    while (event !== Event.None) {
      if (event === Event.Disconnected) this.endStatus = this.core.status;
      else if (event === Event.Connected) {
        this.wasConnected = true;
        this.sessionEpoch += this.core.sessionPresent ? 0 : 1;
      }
      try {
        this.owner.portEvent(event);
      } catch (error) {
        throwLater(error);
      }
      if (this.isHeld && !isForced) return true;
      event = clientNextEvent(this.core);
    }
    return true;
  }

  /** Copies runs of the core into the transmit buffers and hands these to the link. */
  private writeOutput(): boolean {
    const { core, transmit } = this;
    let hasMoved = false;
    this.isBlocked = false;
    let count = clientOutput(core, this.now);
    while (count > 0 && this.linkState === LinkState.Open) {
      if (transmit.isFull) {
        this.isBlocked = true;
        break;
      }
      clientSent(core, transmit.add(core.out, core.outFrom, count));
      hasMoved = true;
      if (transmit.isFilled) transmit.handOver(this.link);
      count = clientOutput(core, this.now);
    }
    if (!transmit.isEmpty) transmit.handOver(this.link);
    return hasMoved;
  }

  private offerInput(): boolean {
    const input = this.input;
    if (input === null || this.isHeld) return false;
    const taken = clientInput(this.core, input, this.inputFrom, this.inputTo, this.now);
    this.inputFrom += taken;
    if (this.inputFrom === this.inputTo) {
      this.input = null;
      if (!this.moderation.isPausing) this.link?.resume();
    }
    return taken > 0;
  }

  /** Opens or closes the link as the core wishes. */
  private followWish(): boolean {
    if (this.core.state >= State.Retiring && (this.linkState === LinkState.None || this.linkState === LinkState.Closing)) {
      // The attempt ended before its link was begun.
      this.linkDown();
      return true;
    }
    const wantsLink = clientWantsLink(this.core);
    if (wantsLink && this.linkState === LinkState.None) {
      this.linkState = LinkState.Opening;
      this.linkError = null;
      this.firstByte = -1;
      this.transmit.begin();
      this.link = openLink(this.endpoint, this.settings, this);
      return true;
    }
    if (!wantsLink && (this.linkState === LinkState.Opening || this.linkState === LinkState.Open)) {
      this.readEvents(true);
      // A silent server would not answer a graceful end, and before CONNACK the application has nothing to bring to one.
      const isAbrupt = this.linkState === LinkState.Opening || this.endStatus <= Status.LinkLost
        || (this.endStatus === Status.ByApplication && !this.wasConnected);
      this.linkState = LinkState.Closing;
      this.input = null;
      this.link?.close(isAbrupt);
      this.linkDown();
      return true;
    }
    return false;
  }

  private setTimer(): void {
    if (this.core.state === State.Idle) this.alarm.clear();
    else this.alarm.within(clientNextDeadline(this.core, this.now));
  }
}
