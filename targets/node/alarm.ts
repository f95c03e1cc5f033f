/**
 * A timer that is asked for again and again and seldom set anew: one that fires too early only looks again.
 * Must not know: what is due.
 */
export class Alarm {
  private timer: NodeJS.Timeout | null = null;
  private atMs = 0;
  private readonly fired = (): void => {
    this.timer = null;
    this.ring();
  };

  constructor(private readonly ring: () => void) {}

  /** Rings in so many milliseconds at the latest. */
  within(waitMs: number): void {
    const atMs = performance.now() + waitMs;
    if (this.timer !== null) {
      if (this.atMs <= atMs) return;
      clearTimeout(this.timer);
    }
    this.atMs = atMs;
    this.timer = setTimeout(this.fired, waitMs);
  }

  clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
