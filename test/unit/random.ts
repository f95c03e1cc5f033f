/** Chance from a seed, for tests: the same seed gives the same run. Must not know: what is drawn for. */

export class Random {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed | 0;
  }

  /** 0 to `limit` - 1. */
  below(limit: number): number {
    // mulberry32
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

/** The seed that the environment asks for, else one of the clock's; print it. */
export function seedOf(variable: string): number {
  const given = process.env[variable];
  return given === undefined ? Date.now() & 0x7fffffff : Number(given) | 0;
}
