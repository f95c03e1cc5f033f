/*
 * All of the broker's timers on one clock timer: a binary heap by due time. Thousands of keep-alive deadlines cost one
 * heap entry each and no Node timer. Knows nothing of MQTT.
 */
import type { BrokerClock } from './api.js';

export interface Timer {
  dueMs: number;
  /** Set to undefined when the timer is cancelled or has fired. */
  callback: ((owner: never) => void) | undefined;
  /** Given to the callback, so that thousands of timers of one kind share one function. */
  owner: unknown;
}

/** Longest sleep in one go: Node's timers hold 31 bits. */
const sleepMsMax = 0x7fffffff;

export const systemClock: BrokerClock = {
  nowMs: () => performance.now(),
  setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

export class Timers {
  private readonly heap: Timer[] = [];
  private clockTimer: unknown = undefined;
  private clockDueMs = Infinity;

  constructor(private readonly clock: BrokerClock) {}

  nowMs(): number {
    return this.clock.nowMs();
  }

  /** Calls back once after `delayMs`. */
  start(delayMs: number, callback: () => void): Timer;
  start<Owner>(delayMs: number, callback: (owner: Owner) => void, owner: Owner): Timer;
  start(delayMs: number, callback: (owner: never) => void, owner?: unknown): Timer {
    const timer: Timer = { dueMs: this.clock.nowMs() + delayMs, callback, owner };
    this.heap.push(timer);
    this.siftUp(this.heap.length - 1);
    this.arm();
    return timer;
  }

  /** The entry stays in the heap until it is due or the heap is mostly cancelled entries, so cancelling is cheap. */
  cancel(timer: Timer | undefined): void {
    if (timer === undefined || timer.callback === undefined) return;
    timer.callback = undefined;
    timer.owner = undefined;
    this.cancelled++;
    if (this.cancelled > 64 && this.cancelled * 2 > this.heap.length) this.sweep();
  }

  /** Forgets all timers. */
  close(): void {
    this.heap.length = 0;
    this.arm();
  }

  private cancelled = 0;

  private fire = (): void => {
    this.clockTimer = undefined;
    this.clockDueMs = Infinity;
    const now = this.clock.nowMs();
    while (this.heap.length > 0 && this.heap[0].dueMs <= now) {
      const { callback, owner } = this.take();
      if (callback === undefined) this.cancelled--;
      else callback(owner as never);
    }
    this.arm();
  };

  private arm(): void {
    const dueMs = this.heap.length === 0 ? Infinity : this.heap[0].dueMs;
    if (dueMs >= this.clockDueMs && dueMs !== Infinity) return;
    if (this.clockTimer !== undefined) this.clock.clearTimer(this.clockTimer);
    this.clockTimer = undefined;
    this.clockDueMs = dueMs;
    if (dueMs === Infinity) return;
    const delayMs = Math.min(sleepMsMax, Math.max(0, Math.ceil(dueMs - this.clock.nowMs())));
    this.clockTimer = this.clock.setTimer(this.fire, delayMs);
  }

  private take(): Timer {
    const first = this.heap[0];
    const last = this.heap.pop()!;
    if (this.heap.length > 0) {
      this.heap[0] = last;
      this.siftDown(0);
    }
    // A fired timer is like a cancelled one for its owner, but no longer in the heap.
    const taken = { dueMs: first.dueMs, callback: first.callback, owner: first.owner };
    first.callback = undefined;
    first.owner = undefined;
    return taken;
  }

  private sweep(): void {
    const alive = this.heap.filter((timer) => timer.callback !== undefined);
    this.heap.length = 0;
    this.cancelled = 0;
    for (const timer of alive) {
      this.heap.push(timer);
      this.siftUp(this.heap.length - 1);
    }
  }

  private siftUp(at: number): void {
    const timer = this.heap[at];
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.heap[parent].dueMs <= timer.dueMs) break;
      this.heap[at] = this.heap[parent];
      at = parent;
    }
    this.heap[at] = timer;
  }

  private siftDown(at: number): void {
    const timer = this.heap[at];
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.heap.length) break;
      if (child + 1 < this.heap.length && this.heap[child + 1].dueMs < this.heap[child].dueMs) child++;
      if (this.heap[child].dueMs >= timer.dueMs) break;
      this.heap[at] = this.heap[child];
      at = child;
    }
    this.heap[at] = timer;
  }
}
