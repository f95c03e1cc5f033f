/**
 * Rounds, medians and the table that benchmarks print. A figure always stands beside its peer's of the same round.
 * Must not know: what is measured.
 */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  /** What the bar is about, as a number and in words. */
  readonly ratio: string;
  readonly bar: string;
  readonly held: boolean | null;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Nanoseconds per call of each function, in turn for `rounds` rounds after one to warm up. */
export function nanosecondsEach(rounds: number, count: number, a: (count: number) => void, b: (count: number) => void): { a: number[]; b: number[] } {
  const times = { a: [] as number[], b: [] as number[] };
  const timed = (run: (count: number) => void): number => {
    const start = process.hrtime.bigint();
    run(count);
    return Number(process.hrtime.bigint() - start) / count;
  };
  for (let round = -1; round < rounds; round++) {
    const forA = timed(a);
    const forB = timed(b);
    if (round >= 0) {
      times.a.push(forA);
      times.b.push(forB);
    }
  }
  return times;
}

/** The median of the ratios round by round, so that a drift of the machine's speed touches both sides. */
export function medianRatio(upper: readonly number[], lower: readonly number[]): number {
  return median(upper.map((value, n) => value / lower[n]));
}

export function printTable(title: string, rows: readonly Row[]): void {
  const cells = [['what', 'Midge', 'peer', 'ratio', 'bar', ''], ...rows.map((r) => [r.what, r.ours, r.peer, r.ratio, r.bar, r.held === null ? '' : r.held ? 'held' : 'MISSED'])];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  console.log(`\n${title}`);
  for (const row of cells) console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()}`);
}
