/*
 * The latest values of some series in a ring of fixed size, so that a page that is opened now has its plots at once.
 */

export interface HistoryShown {
  /** Milliseconds since 1970, oldest first. */
  readonly timesMs: readonly number[];
  /** As long as `timesMs`, null where a value is not known. */
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
}

export class History {
  private readonly timesMs: Float64Array;
  private readonly values: ReadonlyMap<string, Float64Array>;
  private next = 0;
  private count = 0;

  constructor(
    seriesIds: readonly string[],
    private readonly samplesMax: number,
  ) {
    this.timesMs = new Float64Array(samplesMax);
    this.values = new Map(seriesIds.map((id) => [id, new Float64Array(samplesMax)]));
  }

  /** A value that is missing is not known. */
  add(timeMs: number, sample: Readonly<Record<string, number | null>>): void {
    this.timesMs[this.next] = timeMs;
    for (const [id, values] of this.values) values[this.next] = sample[id] ?? NaN;
    this.next = (this.next + 1) % this.samplesMax;
    this.count = Math.min(this.count + 1, this.samplesMax);
  }

  shown(): HistoryShown {
    const series: Record<string, (number | null)[]> = {};
    for (const [id, values] of this.values) series[id] = this.inOrder(values).map((value) => (Number.isNaN(value) ? null : value));
    return { timesMs: this.inOrder(this.timesMs), series };
  }

  private inOrder(ring: Float64Array): number[] {
    const oldest = this.count < this.samplesMax ? 0 : this.next;
    return Array.from({ length: this.count }, (_, at) => ring[(oldest + at) % this.samplesMax]);
  }
}
