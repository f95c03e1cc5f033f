/** How often a board measures. What is due stays due until it could be sent. Must not know: what is measured. */
import { Time } from '../../core/index.js';

const enum Limit {
  /** Messages that are made up for after a pause: a board that was held up does not flood its wire. */
  Due = 20,
}

export class Pace {
  private due = 0;
  /** -1: has not begun. */
  private countedAt = -1;
  private isResting = false;

  /** `rate`: messages a second. */
  constructor(private readonly rate: number) {}

  start(now: number): void {
    if (this.countedAt < 0) this.countedAt = now;
  }

  rest(): void {
    this.isResting = true;
  }

  isDue(now: number): boolean {
    if (this.countedAt < 0 || this.isResting) return false;
    this.due = Math.min(this.due + (((now - this.countedAt) & Time.Mask) * this.rate) / 1000, Limit.Due);
    this.countedAt = now;
    return this.due >= 1;
  }

  /** One that was due has been sent. */
  sent(): void {
    this.due -= 1;
  }

  /** Milliseconds until the next one is due; that of one that is overdue waits for room, not for time. */
  waitMs(): number {
    return this.countedAt < 0 || this.isResting || this.due >= 1 ? Infinity : Math.ceil(((1 - this.due) * 1000) / this.rate);
  }
}
