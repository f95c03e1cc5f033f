/**
 * Finds the CONNECT of a board on a bare wire, in whatever else comes: boot messages, noise, the rest of an older
 * connection. Keeps at most one CONNECT. Must not know: serial ports, the broker.
 */
import { beginsConnect, packetLength } from '../tunnel/connect-packet.js';

const enum Limit {
  /** A board's CONNECT with its will; a longer one is taken for noise. */
  ConnectBytes = 8192,
}

export class ConnectSearch {
  /** Bytes that belonged to no CONNECT. */
  skippedBytes = 0;
  /** The last bytes that were skipped: what the wire says instead of MQTT. */
  readonly sample = Buffer.alloc(64);
  sampleLength = 0;
  private kept: Buffer = Buffer.alloc(0);

  /** Whether part of a CONNECT has been found. */
  get hasPart(): boolean {
    return this.kept.length > 0;
  }

  restart(): void {
    this.kept = Buffer.alloc(0);
  }

  /** Takes bytes; the result, once there is one: a whole CONNECT, and how many of the bytes came behind it. */
  take(bytes: Buffer): { packet: Buffer; rest: number } | null {
    const all = this.kept.length === 0 ? bytes : Buffer.concat([this.kept, bytes]);
    let from = 0;
    while (from < all.length) {
      const begins = beginsConnect(all, from, all.length);
      const length = begins === 1 ? packetLength(all, from, all.length) : 0;
      if (begins === 0 || length > Limit.ConnectBytes) {
        const next = all.indexOf(0x10, from + 1);
        const to = next < 0 ? all.length : next;
        this.skip(all, from, to);
        from = to;
      } else if (begins === 1 && from + length <= all.length) {
        this.kept = Buffer.alloc(0);
        return { packet: Buffer.from(all.subarray(from, from + length)), rest: all.length - from - length };
      } else break;
    }
    this.kept = Buffer.from(all.subarray(from));
    return null;
  }

  private skip(bytes: Buffer, from: number, to: number): void {
    this.skippedBytes += to - from;
    const last = bytes.subarray(Math.max(from, to - this.sample.length), to);
    const keep = Math.min(this.sampleLength, this.sample.length - last.length);
    this.sample.copyWithin(0, this.sampleLength - keep, this.sampleLength);
    last.copy(this.sample, keep);
    this.sampleLength = keep + last.length;
  }
}
