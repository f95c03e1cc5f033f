/** Cuts what a board logs into lines of a bounded length. Must not know: where they go. */
const enum Limit {
  LineBytes = 512,
}

export class LogLines {
  private kept: Buffer = Buffer.alloc(0);

  constructor(private readonly line: (text: string) => void) {}

  take(bytes: Buffer): void {
    let all = Buffer.concat([this.kept, bytes]);
    for (;;) {
      const end = all.indexOf(0x0a);
      if (end < 0 && all.length <= Limit.LineBytes) break;
      const to = end < 0 || end > Limit.LineBytes ? Limit.LineBytes : end;
      this.say(all.subarray(0, to));
      all = all.subarray(to === end ? to + 1 : to);
    }
    this.kept = Buffer.from(all);
  }

  /** What has begun will not be finished. */
  end(): void {
    this.say(this.kept);
    this.kept = Buffer.alloc(0);
  }

  private say(bytes: Buffer): void {
    const text = bytes.toString().trimEnd();
    if (text !== '') this.line(text);
  }
}
