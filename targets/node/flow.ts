/**
 * Flow control towards the application: who waits for room in the outbox, and publishes at QoS 0 that wait for the next tick.
 * Must not know: the core, links.
 */
import { Reason } from '../../src/core/index.js';
import type { PublishResult } from './api.js';
import type { Deferred } from './pending.js';

/** What `publish` resolves with at QoS 0: one for all, since there is nothing to tell apart. */
const accepted: PublishResult = Object.freeze({ handle: 0, reason: Reason.Success });
const acceptedAtOnce = Promise.resolve(accepted);

const enum Limit {
  /** So many publishes at QoS 0 in one tick, and `publish` waits for the next: a loop that awaits lets the socket breathe. */
  PerTick = 64,
}

export class Flow {
  private wantsRoom = false;
  private waiting: Deferred<void>[] = [];
  private acceptedThisTick = 0;
  /** Shared by all who wait for the next tick. */
  private nextTick: { promise: Promise<PublishResult>; resolve: (result: PublishResult) => void } | null = null;

  /** A publish was refused for lack of room. */
  refused(): void {
    this.wantsRoom = true;
  }

  ready(): Promise<void> {
    if (!this.wantsRoom) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
  }

  /** What `publish` returns for an accepted message of QoS 0. */
  accepted(): Promise<PublishResult> {
    this.acceptedThisTick += 1;
    if (this.acceptedThisTick < Limit.PerTick) return acceptedAtOnce;
    if (this.nextTick === null) {
      let resolve!: (result: PublishResult) => void;
      const promise = new Promise<PublishResult>((done) => {
        resolve = done;
      });
      this.nextTick = { promise, resolve };
    }
    return this.nextTick.promise;
  }

  /** The link has taken all there was: a tick is over. */
  tickOver(): void {
    this.acceptedThisTick = 0;
    this.nextTick?.resolve(accepted);
    this.nextTick = null;
  }

  /** Something has left the outbox. True: 'drain' is due. */
  moved(): boolean {
    if (!this.wantsRoom) return false;
    this.wantsRoom = false;
    const waiting = this.waiting;
    this.waiting = [];
    for (const deferred of waiting) deferred.resolve();
    return true;
  }

  rejectAll(error: Error): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const deferred of waiting) deferred.reject(error);
  }
}
