/**
 * Moves a link: bytes of a wire in, events and channels to its owner, frames out at the pace of the wire, and time.
 * What has been handed to the operating system cannot be called back, so no more is handed over than the wire carries in a
 * moment: an acknowledgement does not wait behind a second's worth of data, and the round trip is that of the wire.
 * Must not know: MQTT, where the wire leads.
 *
 * Read first: src/link/README.md; the comments of linkOutput, linkNextEvent and linkNextDeadline.
 */
import {
  type Link, linkBaudSet, linkInput, LinkEvent, linkNextDeadline, linkNextEvent, linkOutput, linkRestart, linkSent, LinkTime,
} from '../../link/index.js';

/** What the pump needs of a serial line. */
export interface Wire {
  write(bytes: Buffer): void;
  /** Lets what was written leave, and goes on at another rate. */
  setBaud(baudRate: number, done: () => void): void;
}

export interface LinkPumpOwner {
  /** Fields of the link are valid until the return. Baud is the pump's own business and not told. */
  linkEvent(event: LinkEvent): void;
  /** Reads channels as far as it can, and writes; true: it moved something. Called after every step, also for nothing. */
  linkTurn(): boolean;
}

const enum Pace {
  /** Bytes on their way to the wire beyond this time are not handed over yet. */
  AheadMs = 20,
  /** Start bit, eight bits, stop bit. */
  BitsPerByte = 10,
  /** A timer as late as this was held up with the whole machine, and so may the peer's bytes have been: they get this long to come. */
  HeldUpMs = 200,
  ReadFirstMs = 50,
}

export function linkClock(): number {
  return Math.floor(performance.now()) & LinkTime.Mask;
}

export class LinkPump {
  private wire: Wire | null = null;
  private timer: NodeJS.Timeout | null = null;
  /** When the wire will have carried what was handed over. */
  private wireFreeMs = 0;
  private isPumping = false;
  private pumpAgain = false;

  constructor(readonly link: Link, private readonly owner: LinkPumpOwner) {}

  /** A wire, with nobody known at its other end. */
  begin(wire: Wire): void {
    this.wire = wire;
    this.wireFreeMs = 0;
    linkRestart(this.link, linkClock());
    this.pump();
  }

  /** The wire is gone. */
  end(): void {
    this.wire = null;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    linkRestart(this.link, linkClock());
    this.turn();
  }

  input(bytes: Uint8Array): void {
    linkInput(this.link, bytes, 0, bytes.length, linkClock());
    this.pump();
  }

  /** Moves everything that can move. Safe to call at any time; a call of the owner's out of a call of the pump is caught up with. */
  pump(): void {
    if (this.isPumping) {
      this.pumpAgain = true;
      return;
    }
    this.isPumping = true;
    this.turn();
    do {
      this.pumpAgain = false;
      this.output();
      // What was acknowledged or given up on the way may have events, and room for more.
    } while (this.turn() || this.pumpAgain);
    this.isPumping = false;
    this.setTimer();
  }

  /** Events and channels, until neither brings anything; true: something has moved. */
  private turn(): boolean {
    let hasEverMoved = false;
    let hasMoved = true;
    while (hasMoved) {
      hasMoved = false;
      for (let event = linkNextEvent(this.link); event !== LinkEvent.None; event = linkNextEvent(this.link)) {
        hasMoved = true;
        if (event === LinkEvent.Baud) this.changeBaud();
        else this.owner.linkEvent(event);
      }
      if (this.owner.linkTurn()) hasMoved = true;
      hasEverMoved ||= hasMoved;
    }
    return hasEverMoved;
  }

  private changeBaud(): void {
    const { wire } = this;
    const set = (): void => {
      if (this.wire !== wire) return;
      linkBaudSet(this.link, linkClock());
      this.pump();
    };
    if (wire === null) linkBaudSet(this.link, linkClock());
    else wire.setBaud(this.link.baud, set);
  }

  private output(): void {
    const { link, wire } = this;
    if (wire === null) return;
    const parts: Buffer[] = [];
    const now = performance.now();
    const byteMs = (Pace.BitsPerByte * 1000) / link.baud;
    this.wireFreeMs = Math.max(this.wireFreeMs, now);
    // A frame at least, however slow the wire is.
    while (this.wireFreeMs - now < Pace.AheadMs) {
      const count = linkOutput(link, linkClock());
      if (count === 0) break;
      parts.push(Buffer.from(link.out.subarray(link.outFrom, link.outFrom + count)));
      linkSent(link, count);
      this.wireFreeMs += count * byteMs;
    }
    if (parts.length > 0) wire.write(parts.length === 1 ? parts[0] : Buffer.concat(parts));
  }

  private setTimer(): void {
    if (this.wire === null) return;
    // While the wire is behind, nothing leaves, and nothing is due before.
    const behindMs = this.wireFreeMs - performance.now() - Pace.AheadMs;
    const waitMs = behindMs > 0 ? behindMs : linkNextDeadline(this.link, linkClock());
    this.wakeAfter(Math.ceil(waitMs), Pace.HeldUpMs);
  }

  private wakeAfter(waitMs: number, heldUpMs: number): void {
    if (this.timer !== null) clearTimeout(this.timer);
    const dueMs = performance.now() + waitMs;
    this.timer = setTimeout(() => {
      this.timer = null;
      // Timers of a process that had no core for a while come before its input, where the acknowledgement may be that they miss.
      if (performance.now() - dueMs < heldUpMs) setImmediate(() => this.pump());
      else this.wakeAfter(Pace.ReadFirstMs, Infinity);
    }, waitMs);
  }
}
