/**
 * Whether a line is used for nearly all that its rate allows, from the bytes that were read. On such a line a message is
 * late by what stands before it, so that a few milliseconds in which more bytes gather cost nobody anything.
 * Must not know: what the bytes mean, how they are read.
 */
const enum Load {
  BitsPerByte = 10,
  /** Percent of the rate: a line that carries less for some time is not busy. */
  Share = 75,
  /** What was carried beyond that share, as time on the wire: from here on the line is busy. At the full rate that is after 80 ms. */
  BusyMs = 20,
  /** And no more than this is remembered: a line that falls silent is not busy 27 ms later. */
  MostMs = 40,
}

export class LineLoad {
  private aheadMs = 0;
  private atMs = -Infinity;

  constructor(public baudRate: number) {}

  /** These bytes have been read at that moment. */
  took(bytes: number, nowMs: number): void {
    const leftMs = Math.max(this.aheadMs - (nowMs - this.atMs) * (Load.Share / 100), 0);
    this.aheadMs = Math.min(leftMs + (bytes * Load.BitsPerByte * 1000) / this.baudRate, Load.MostMs);
    this.atMs = nowMs;
  }

  /** As of the last bytes. */
  get isBusy(): boolean {
    return this.aheadMs >= Load.BusyMs;
  }
}
