/*
 * A clock that moves only when told, for tests and simulations: give it to `createBroker({ clock })`.
 * Knows nothing of MQTT. Changes together with BrokerClock in api.ts.
 */
import type { BrokerClock } from './api.js';

interface Due {
  readonly atMs: number;
  readonly callback: () => void;
}

export class ManualClock implements BrokerClock {
  private timeMs = 0;
  private readonly timers = new Set<Due>();

  nowMs(): number {
    return this.timeMs;
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    const due = { atMs: this.timeMs + delayMs, callback };
    this.timers.add(due);
    return due;
  }

  clearTimer(timer: unknown): void {
    this.timers.delete(timer as Due);
  }

  /** Moves time on, calling what falls due at its own moment, in order of time. */
  advance(ms: number): void {
    const untilMs = this.timeMs + ms;
    for (;;) {
      let first: Due | undefined;
      for (const due of this.timers) {
        if (due.atMs <= untilMs && (first === undefined || due.atMs < first.atMs)) first = due;
      }
      if (first === undefined) break;
      this.timers.delete(first);
      this.timeMs = Math.max(this.timeMs, first.atMs);
      first.callback();
    }
    this.timeMs = untilMs;
  }
}
