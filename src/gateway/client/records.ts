/**
 * Records of one fixed length. Where one begins is known from its first bytes, or else from a pause on the wire.
 * Must not know: what is in a record.
 */
import type { Splitter } from './framing.js';

export class Records implements Splitter {
  badFrames = 0;
  private kept: Buffer = Buffer.alloc(0);
  /** Bytes were passed over since the last record: they count as one bad frame. */
  private isSearching = false;

  constructor(private readonly recordBytes: number, private readonly start: Buffer) {}

  take(bytes: Buffer, frame: (bytes: Buffer) => void): void {
    let all = this.kept.length === 0 ? bytes : Buffer.concat([this.kept, bytes]);
    for (;;) {
      const at = this.startIn(all);
      if (at > 0) {
        if (!this.isSearching) this.badFrames += 1;
        this.isSearching = true;
        all = all.subarray(at);
      }
      if (all.length < this.recordBytes) break;
      this.isSearching = false;
      frame(Buffer.from(all.subarray(0, this.recordBytes)));
      all = all.subarray(this.recordBytes);
    }
    this.kept = Buffer.from(all);
  }

  /** Where a record begins, or may begin with what has not come yet. */
  private startIn(bytes: Buffer): number {
    const { start } = this;
    const found = bytes.indexOf(start);
    if (start.length === 0 || found >= 0) return Math.max(found, 0);
    for (let at = Math.max(0, bytes.length - start.length + 1); at < bytes.length; at++) {
      if (bytes.subarray(at).equals(start.subarray(0, bytes.length - at))) return at;
    }
    return bytes.length;
  }

  pause(): void {
    if (this.kept.length > 0) this.badFrames += 1;
    this.kept = Buffer.alloc(0);
  }
}
