/*
 * Watches the way of messages for the dashboard: hands them to whoever looks, and measures how long a few of them take.
 * A broker without a dashboard has none and pays one comparison per message. Knows nothing of who shows what.
 */
import type { Message } from './message.js';
import type { Delivery } from './session.js';

/** Timings that one reading is made of, at most. */
const timingsMax = 500;
/** Deliveries whose PUBACK is awaited at a time: few, so that measuring costs little, but some, as one lost would stop it. */
const awaitedMax = 64;
/** A PUBACK that takes longer is not awaited: its client may be gone. */
const awaitedMs = 10_000;

export interface Timings {
  readonly medianMs: number | null;
  readonly maxMs: number | null;
}

export class TrafficProbe {
  private readonly watchers = new Set<(message: Message) => void>();
  private handOnTimes: number[] = [];
  private acknowledgeTimes: number[] = [];
  /** When the message being routed was taken; 0 between messages. */
  private takenAtMs = 0;
  /** When the earliest message was taken whose output waits for the end of the tick. */
  private handingOnSinceMs = 0;
  private readonly awaited = new Map<Delivery, number>();

  /** Calls back with every message that is routed, until the returned function is called. */
  watch(watcher: (message: Message) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  routing(message: Message): void {
    if (this.handingOnSinceMs === 0 && this.handOnTimes.length < timingsMax) this.takenAtMs = performance.now();
    if (this.watchers.size > 0) for (const watcher of this.watchers) watcher(message);
  }

  routed(): void {
    this.takenAtMs = 0;
  }

  /** A connection has output for the end of the tick. It may be an answer, but while a message is routed it is that message. */
  outputBegins(): void {
    if (this.handingOnSinceMs === 0) this.handingOnSinceMs = this.takenAtMs;
  }

  /** All output of the tick has been given to its sockets. */
  outputWritten(): void {
    if (this.handingOnSinceMs === 0) return;
    this.handOnTimes.push(performance.now() - this.handingOnSinceMs);
    this.handingOnSinceMs = 0;
  }

  /** A QoS 1 PUBLISH goes to a client. */
  sent(delivery: Delivery, duplicate: boolean): void {
    if (duplicate) this.awaited.delete(delivery);
    else if (this.awaited.size < awaitedMax && this.acknowledgeTimes.length < timingsMax) this.awaited.set(delivery, performance.now());
  }

  /** Its PUBACK has come. */
  acknowledged(delivery: Delivery): void {
    if (this.awaited.size === 0) return;
    const sentAtMs = this.awaited.get(delivery);
    if (sentAtMs === undefined) return;
    this.awaited.delete(delivery);
    this.acknowledgeTimes.push(performance.now() - sentAtMs);
  }

  /** Of the messages since the last call. */
  takeHandOn(): Timings {
    const times = this.handOnTimes;
    this.handOnTimes = [];
    return timingsOf(times);
  }

  takeAcknowledge(): Timings {
    const times = this.acknowledgeTimes;
    this.acknowledgeTimes = [];
    const oldestMs = performance.now() - awaitedMs;
    for (const [delivery, sentAtMs] of this.awaited) if (sentAtMs < oldestMs) this.awaited.delete(delivery);
    return timingsOf(times);
  }
}

function timingsOf(times: number[]): Timings {
  if (times.length === 0) return { medianMs: null, maxMs: null };
  times.sort((a, b) => a - b);
  return { medianMs: times[times.length >>> 1], maxMs: times[times.length - 1] };
}
