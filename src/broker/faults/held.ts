/*
 * Faults of time: bytes are held back and handed on later, in order. Delay, bandwidth, split and stall differ only in
 * when a piece is due. Knows nothing of packets.
 */
import type { Link } from '../link.js';
import type { Timer, Timers } from '../timers.js';
import { FaultLink } from './fault-link.js';
import type { BandwidthFault, DelayFault, Direction, Filled, SplitFault, StallFault } from './plan.js';
import type { Random } from './random.js';
import { integerFrom } from './random.js';

interface Held {
  readonly dueMs: number;
  readonly byteCount: number;
  readonly go: () => void;
}

/** What waits in one direction, first in first out. */
class HeldQueue {
  bytes = 0;
  private items: Held[] = [];
  private timer: Timer | undefined;

  constructor(
    private readonly timers: Timers,
    private readonly changed: () => void,
  ) {}

  get isEmpty(): boolean {
    return this.items.length === 0;
  }

  /** Whether what is first will never be due. */
  get isStuck(): boolean {
    return this.items.length > 0 && this.items[0].dueMs === Infinity;
  }

  push(dueMs: number, byteCount: number, go: () => void): void {
    if (this.isEmpty && dueMs <= this.timers.nowMs()) {
      go();
      return;
    }
    this.items.push({ dueMs, byteCount, go });
    this.bytes += byteCount;
    if (this.items.length === 1) this.wait();
  }

  /** Goes right behind what is waiting. */
  follow(go: () => void): void {
    this.push(this.items.at(-1)?.dueMs ?? 0, 0, go);
  }

  clear(): void {
    this.timers.cancel(this.timer);
    this.items = [];
    this.bytes = 0;
  }

  private wait(): void {
    this.timers.cancel(this.timer);
    if (this.items.length === 0 || this.isStuck) return;
    this.timer = this.timers.start(Math.max(0, this.items[0].dueMs - this.timers.nowMs()), this.fire);
  }

  private fire = (): void => {
    while (this.items.length > 0 && this.items[0].dueMs <= this.timers.nowMs()) {
      const first = this.items.shift()!;
      this.bytes -= first.byteCount;
      first.go();
    }
    this.wait();
    this.changed();
  };
}

/** A piece of the stream and when it may go on. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly dueMs: number;
}

/** Bytes of the client held here before its socket is no longer read, as a network would. */
const heldBytesMax = 1024 * 1024;

/** A link that is to end, but is stalled for ever, is cut after so long, as links of the broker are. */
const lingerMs = 1000;

export abstract class HeldLink extends FaultLink {
  private readonly queues: Readonly<Record<Direction, HeldQueue>>;
  private linger: Timer | undefined;
  private belowClosed = false;
  private pausedAbove = false;
  private pausedHere = false;

  constructor(
    below: Link,
    direction: Direction | 'both',
    protected readonly timers: Timers,
  ) {
    super(below, direction);
    this.queues = {
      in: new HeldQueue(timers, () => this.checkRoom()),
      out: new HeldQueue(timers, () => this.linkDrained()),
    };
  }

  /** Cuts a chunk into pieces, each with its time. Times never go back. */
  protected abstract pieces(direction: Direction, bytes: Uint8Array): Piece[];

  protected override spoil(direction: Direction, bytes: Uint8Array): void {
    const queue = this.queues[direction];
    for (const piece of this.pieces(direction, bytes)) {
      queue.push(piece.dueMs, piece.bytes.length, () => this.pass(direction, piece.bytes));
    }
    this.checkRoom();
  }

  private checkRoom(): void {
    const isFull = this.queues.in.bytes > heldBytesMax;
    if (isFull === this.pausedHere) return;
    this.pausedHere = isFull;
    if (isFull) super.pause();
    else if (!this.pausedAbove) super.resume();
  }

  override released(): void {
    this.queues.in.clear();
    this.queues.out.clear();
    this.timers.cancel(this.linger);
  }

  override linkDrained(): void {
    if (this.queues.out.isEmpty) super.linkDrained();
  }

  override linkTextFrame(text: Buffer): void {
    this.queues.in.follow(() => super.linkTextFrame(text));
  }

  override linkEnded(): void {
    this.queues.in.follow(() => super.linkEnded());
  }

  override linkClosed(): void {
    this.belowClosed = true;
    this.queues.in.follow(() => super.linkClosed());
  }

  override waitingBytes(): number {
    return this.queues.out.bytes + super.waitingBytes();
  }

  override pause(): void {
    this.pausedAbove = true;
    super.pause();
  }

  override resume(): void {
    this.pausedAbove = false;
    if (!this.pausedHere) super.resume();
  }

  override end(): void {
    this.queues.out.follow(() => super.end());
    if (this.queues.in.isStuck || this.queues.out.isStuck) this.linger ??= this.timers.start(lingerMs, () => this.destroy());
  }

  override destroy(): void {
    this.released();
    if (this.belowClosed) super.linkClosed();
    else super.destroy();
  }
}

export class DelayLink extends HeldLink {
  private readonly lastDueMs: Record<Direction, number> = { in: 0, out: 0 };

  constructor(below: Link, private readonly fault: Filled<DelayFault>, timers: Timers, private readonly random: Random) {
    super(below, fault.direction, timers);
  }

  protected override pieces(direction: Direction, bytes: Uint8Array): Piece[] {
    const dueMs = this.timers.nowMs() + this.fault.ms + this.random() * this.fault.jitterMs;
    this.lastDueMs[direction] = Math.max(this.lastDueMs[direction], dueMs);
    return [{ bytes, dueMs: this.lastDueMs[direction] }];
  }
}

/** Pieces a second, so that a slow link trickles instead of bursting. */
const piecesPerSecond = 20;

export class BandwidthLink extends HeldLink {
  private readonly freeAtMs: Record<Direction, number> = { in: 0, out: 0 };

  constructor(below: Link, private readonly fault: Filled<BandwidthFault>, timers: Timers) {
    super(below, fault.direction, timers);
  }

  protected override pieces(direction: Direction, bytes: Uint8Array): Piece[] {
    const { bytesPerSecond } = this.fault;
    const size = Math.max(1, Math.floor(bytesPerSecond / piecesPerSecond));
    let atMs = Math.max(this.freeAtMs[direction], this.timers.nowMs());
    const pieces: Piece[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size);
      atMs += (piece.length * 1000) / bytesPerSecond;
      pieces.push({ bytes: piece, dueMs: atMs });
    }
    this.freeAtMs[direction] = atMs;
    return pieces;
  }
}

export class SplitLink extends HeldLink {
  private readonly seen: Record<Direction, number> = { in: 0, out: 0 };
  private readonly freeAtMs: Record<Direction, number> = { in: 0, out: 0 };

  constructor(below: Link, private readonly fault: Filled<SplitFault>, timers: Timers, private readonly random: Random) {
    super(below, fault.direction, timers);
  }

  protected override pieces(direction: Direction, bytes: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + this.nextSize(this.seen[direction], bytes.length - at));
      const dueMs = Math.max(this.freeAtMs[direction], this.timers.nowMs());
      pieces.push({ bytes: piece, dueMs });
      this.freeAtMs[direction] = dueMs + this.fault.gapMs;
      this.seen[direction] += piece.length;
      at += piece.length;
    }
    return pieces;
  }

  private nextSize(seen: number, left: number): number {
    const { at, size } = this.fault as { at: readonly number[]; size?: { from: number; to: number } };
    const marks = at.filter((mark) => mark > seen).map((mark) => mark - seen);
    const chosen = size === undefined ? left : integerFrom(this.random, size.from, Math.max(size.from, Math.min(size.to, left)));
    return Math.min(left, chosen, ...marks);
  }
}

export class StallLink extends HeldLink {
  private seen = 0;
  private untilMs: number | undefined;

  constructor(below: Link, private readonly fault: Filled<StallFault>, timers: Timers) {
    super(below, fault.direction, timers);
  }

  protected override pieces(_direction: Direction, bytes: Uint8Array): Piece[] {
    const first = bytes.subarray(0, Math.max(0, this.fault.after - this.seen));
    const rest = bytes.subarray(first.length);
    this.seen += bytes.length;
    if (rest.length === 0) return [{ bytes: first, dueMs: 0 }];
    // The stall begins with the first byte that it holds back.
    this.untilMs ??= this.timers.nowMs() + this.fault.ms;
    const held = { bytes: rest, dueMs: this.untilMs };
    return first.length === 0 ? [held] : [{ bytes: first, dueMs: 0 }, held];
  }
}
