/*
 * The latest lines of one log, at most so many a second: whoever floods the log cannot flood the browsers.
 */
import type { LogLine } from './source.js';

export interface ShownLine extends LogLine {
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

const linesMax = 200;
const linesPerSecondMax = 50;
const charactersMax = 500;

export class LogRing {
  readonly lines: ShownLine[] = [];
  private addedThisSecond = 0;
  private leftOut = 0;
  private fresh: ShownLine[] = [];

  add({ level, text }: LogLine): void {
    if (this.addedThisSecond === linesPerSecondMax) {
      this.leftOut++;
      return;
    }
    this.addedThisSecond++;
    this.push({ level, text: text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text, atMs: Date.now() });
  }

  /** What came since the last call, which is made once a second. */
  takeFresh(): readonly ShownLine[] {
    if (this.leftOut > 0) this.push({ level: 'info', text: `${this.leftOut} more lines in this second are left out`, atMs: Date.now() });
    this.leftOut = 0;
    this.addedThisSecond = 0;
    const taken = this.fresh;
    this.fresh = [];
    return taken;
  }

  private push(line: ShownLine): void {
    this.lines.push(line);
    if (this.lines.length > linesMax) this.lines.shift();
    this.fresh.push(line);
  }
}
