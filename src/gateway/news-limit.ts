/**
 * Keeps one port from filling the log: whoever holds a board decides how often it prints, connects and breaks off. A bucket of
 * tokens for what boards say themselves, one for what happens to the port, one for debugging, so that none crowds out another.
 * Must not know: where lines go, what they mean.
 */
import type { News, Tell } from './board.js';

const enum Limit {
  /** Lines at once, and a second over time. */
  Burst = 100,
  LinesPerSecond = 10,
  /** From the first line left out until it is told how many were; by then the bucket is full again. */
  QuietMs = 10_000,
}

class Bucket {
  private tokens = Limit.Burst as number;
  private lastMs = 0;
  leftOut = 0;
  timer: NodeJS.Timeout | null = null;

  /** Whether another line may pass at this time. */
  takes(nowMs: number): boolean {
    this.tokens = Math.min(Limit.Burst, this.tokens + ((nowMs - this.lastMs) / 1000) * Limit.LinesPerSecond);
    this.lastMs = nowMs;
    if (this.timer !== null || this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

export class NewsLimit {
  /** Lines since the start that were left out. */
  leftOut = 0;
  private readonly buckets = new Map<string, Bucket>();

  /** `now` stands in for the clock in tests. */
  constructor(private readonly pass: Tell, private readonly now: () => number = () => performance.now()) {}

  readonly tell: Tell = (news) => {
    const bucket = this.bucketOf(news);
    if (bucket.takes(this.now())) {
      this.pass(news);
      return;
    }
    bucket.leftOut += 1;
    this.leftOut += 1;
    bucket.timer ??= setTimeout(() => { this.sum(bucket, news); }, Limit.QuietMs).unref();
  };

  private bucketOf({ event, level }: News): Bucket {
    const name = event === 'boardLog' ? event : level === 'debug' ? level : '';
    const bucket = this.buckets.get(name) ?? new Bucket();
    this.buckets.set(name, bucket);
    return bucket;
  }

  private sum(bucket: Bucket, { event, level }: News): void {
    if (bucket.timer === null) return;
    clearTimeout(bucket.timer);
    bucket.timer = null;
    const { leftOut } = bucket;
    bucket.leftOut = 0;
    const whose = event === 'boardLog' ? "lines of the board's own" : level === 'debug' ? 'lines for debugging' : 'lines';
    this.pass({
      level: level === 'debug' ? 'debug' : 'warn', event: 'leftOut', fields: { count: leftOut },
      words: `${leftOut} ${whose} were left out: there were more than ${Limit.Burst}, and ${Limit.LinesPerSecond} a second over time`,
    });
  }

  /** Nothing more comes: what was left out is told now. */
  end(): void {
    for (const [name, bucket] of this.buckets) this.sum(bucket, { level: name === 'debug' ? 'debug' : 'warn', event: name, words: '' });
  }
}
