/*
 * Limits against abuse that concern more than one packet: how fast a client may send, how many connections an address may
 * have; and the notices that a limit was reached, a bounded number of
 * them. Knows nothing of packets; what happens at a limit is decided where the limit is asked.
 */
import type { LimitName, LimitNotice } from './api.js';
import { isLoopback } from './access/anonymous.js';

/** How fast one client sends: it may be ahead of its rate by a second's worth. */
export class Pace {
  private packetsLeft: number;
  private bytesLeft: number;

  constructor(
    private sinceMs: number,
    private readonly packetsPerSecondMax: number,
    private readonly bytesPerSecondMax: number,
  ) {
    this.packetsLeft = packetsPerSecondMax;
    this.bytesLeft = bytesPerSecondMax;
  }

  /** Counts the time that has passed. */
  refill(nowMs: number): void {
    const seconds = Math.max(0, nowMs - this.sinceMs) / 1000;
    this.sinceMs = nowMs;
    this.packetsLeft = Math.min(this.packetsPerSecondMax, this.packetsLeft + seconds * this.packetsPerSecondMax);
    this.bytesLeft = Math.min(this.bytesPerSecondMax, this.bytesLeft + seconds * this.bytesPerSecondMax);
  }

  /** Whether one more may be taken after so many since the last `take`. */
  hasLeft(packets: number): boolean {
    return packets < this.packetsLeft;
  }

  /** Counts what came. Returns which limit is used up and for how long, or undefined. */
  take(packets: number, bytes: number): Overdrawn | undefined {
    const usedUp = !this.hasLeft(packets);
    this.packetsLeft -= packets;
    this.bytesLeft -= bytes;
    // Waiting until some more may come saves a timer for each packet.
    if (usedUp) return { limit: 'packetsPerSecondMax', waitMs: 1000 * (restSeconds - this.packetsLeft / this.packetsPerSecondMax) };
    if (this.bytesLeft < 0) return { limit: 'bytesPerSecondMax', waitMs: 1000 * (restSeconds - this.bytesLeft / this.bytesPerSecondMax) };
    return undefined;
  }
}

/** What a client that has used up its rate gets together, in seconds of it. */
const restSeconds = 0.1;

export interface Overdrawn {
  readonly limit: 'packetsPerSecondMax' | 'bytesPerSecondMax';
  readonly waitMs: number;
}

/** Open connections by remote address. */
export class AddressCounts {
  private readonly counts = new Map<string, number>();

  /** `max` undefined: the default, which does not hold for this machine's own addresses. */
  constructor(public max: number | undefined) {}

  /** The limit for an address. */
  maxFor(address: string): number {
    return this.max ?? (isLoopback(address) ? Infinity : connectionsPerAddressDefault);
  }

  /** Counts one more, if there is room for it: then `leave` must be called. */
  enter(address: string): boolean {
    const count = this.counts.get(address) ?? 0;
    if (count >= this.maxFor(address)) return false;
    this.counts.set(address, count + 1);
    return true;
  }

  leave(address: string): void {
    const count = this.counts.get(address) ?? 0;
    if (count <= 1) this.counts.delete(address);
    else this.counts.set(address, count - 1);
  }
}

const connectionsPerAddressDefault = 1000;

/** Under attack a limit is reached thousands of times a second: each limit is told once a second at most, with the number of times. */
const noticeEveryMs = 1000;

export class LimitNotices {
  private readonly untold = new Map<LimitName, { count: number; nextAtMs: number }>();

  constructor(
    private readonly nowMs: () => number,
    private readonly tell: (notice: LimitNotice) => void,
  ) {}

  reached(limit: LimitName, max: number, clientId: string, remoteAddress: string, consequence: string): void {
    let entry = this.untold.get(limit);
    if (entry === undefined) {
      entry = { count: 0, nextAtMs: -Infinity };
      this.untold.set(limit, entry);
    }
    entry.count++;
    const now = this.nowMs();
    if (now < entry.nextAtMs) return;
    entry.nextAtMs = now + noticeEveryMs;
    const { count } = entry;
    entry.count = 0;
    this.tell({ limit, max, clientId, remoteAddress, consequence, count });
  }
}
