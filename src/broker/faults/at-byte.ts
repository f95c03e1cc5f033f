/*
 * Faults that strike at one byte of the stream: cut, half-open, restart, corrupt. Knows nothing of packets.
 */
import type { RestartOptions } from '../api.js';
import type { Link } from '../link.js';
import { FaultLink } from './fault-link.js';
import type { CorruptFault, CutFault, Direction, Filled, HalfOpenFault, RestartFault } from './plan.js';
import type { Random } from './random.js';
import { integerFrom } from './random.js';

/** Lets `after` bytes pass, then strikes once and lets nothing pass any more. */
abstract class AfterByteLink extends FaultLink {
  private struck = false;
  private seen = 0;

  constructor(
    below: Link,
    protected readonly fault: { readonly after: number; readonly direction: Direction },
  ) {
    super(below, fault.direction);
  }

  protected abstract strike(): void;

  protected override spoil(direction: Direction, bytes: Uint8Array): void {
    const first = bytes.subarray(0, this.fault.after - this.seen);
    this.seen += first.length;
    this.pass(direction, first);
    this.strikeIfDue();
  }

  private strikeIfDue(): void {
    if (this.struck || this.seen < this.fault.after) return;
    this.struck = true;
    this.strike();
  }

  override opened(): void {
    this.strikeIfDue();
  }

  protected override pass(direction: Direction, bytes: Uint8Array): void {
    if (!this.struck) super.pass(direction, bytes);
  }

  override linkTextFrame(text: Buffer): void {
    if (!this.struck) super.linkTextFrame(text);
  }

  override linkDrained(): void {
    if (!this.struck) super.linkDrained();
  }
}

export class CutLink extends AfterByteLink {
  constructor(below: Link, fault: Filled<CutFault>) {
    super(below, fault);
  }

  protected override strike(): void {
    if (this.fault.direction === 'in') {
      // The broker has read these bytes and acted on them; its answers are lost.
      this.below.destroy();
      return;
    }
    // The client must get its last bytes; the broker knows at once.
    this.below.end();
    this.above.linkClosed();
  }
}

export class HalfOpenLink extends AfterByteLink {
  private isDead = false;

  constructor(below: Link, fault: Filled<HalfOpenFault>) {
    super(below, fault);
  }

  protected override strike(): void {
    this.isDead = true;
    this.below.resume();
    this.above.linkClosed();
  }

  override linkEnded(): void {
    if (this.isDead) this.below.end();
    else super.linkEnded();
  }

  override pause(): void {
    if (!this.isDead) super.pause();
  }

  // The client is not told that the broker has closed.
  override end(): void {
    if (!this.isDead) super.end();
  }

  override destroy(): void {
    if (!this.isDead) super.destroy();
  }
}

export class RestartLink extends AfterByteLink {
  constructor(
    below: Link,
    private readonly restartFault: Filled<RestartFault>,
    private readonly restart: (options: RestartOptions) => void,
  ) {
    super(below, restartFault);
  }

  protected override strike(): void {
    const { keepState, downMs } = this.restartFault;
    // Not in the midst of whatever the broker is doing with these bytes.
    setImmediate(() => this.restart({ keepState, downMs }));
  }
}

export class CorruptLink extends FaultLink {
  private seen = 0;
  private readonly xor: number;

  constructor(
    below: Link,
    private readonly fault: Filled<CorruptFault>,
    random: Random,
  ) {
    super(below, fault.direction);
    this.xor = fault.xor === 0 ? integerFrom(random, 1, 255) : fault.xor;
  }

  protected override spoil(direction: Direction, bytes: Uint8Array): void {
    const at = this.fault.byte - 1 - this.seen;
    this.seen += bytes.length;
    if (at < 0 || at >= bytes.length) {
      this.pass(direction, bytes);
      return;
    }
    // Packets are shared among subscribers: this one gets a copy.
    const spoilt = Buffer.from(bytes);
    spoilt[at] ^= this.xor;
    this.pass(direction, spoilt);
  }
}
