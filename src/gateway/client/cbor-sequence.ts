/**
 * A sequence of CBOR items, each a frame. After malformed bytes everything is passed over until the wire has been silent
 * for a while: nothing else in CBOR tells where an item begins. Must not know: what the items mean.
 *
 * Read first: RFC 8742.
 */
import { cborNext, cborReadFrom, cborSkip, CborStatus, createCborReader } from '../../cbor/index.js';
import type { Splitter } from './framing.js';

const enum Limit {
  Depth = 16,
}

export class CborSequence implements Splitter {
  badFrames = 0;
  private kept: Buffer = Buffer.alloc(0);
  private isLost = false;
  private readonly reader = createCborReader(Limit.Depth);

  constructor(private readonly frameBytesMax: number) {}

  take(bytes: Buffer, frame: (bytes: Buffer) => void): void {
    if (this.isLost) return;
    let all = this.kept.length === 0 ? bytes : Buffer.concat([this.kept, bytes]);
    while (all.length > 0) {
      const { reader } = this;
      cborReadFrom(reader, all, 0, all.length);
      cborNext(reader);
      const status = cborSkip(reader);
      if (status === CborStatus.Ok && reader.at <= this.frameBytesMax) {
        frame(Buffer.from(all.subarray(0, reader.at)));
        all = all.subarray(reader.at);
      } else if (status === CborStatus.Truncated && all.length <= this.frameBytesMax) break;
      else {
        this.badFrames += 1;
        this.isLost = true;
        all = all.subarray(all.length);
      }
    }
    this.kept = Buffer.from(all);
  }

  pause(): void {
    if (this.kept.length > 0) this.badFrames += 1;
    this.kept = Buffer.alloc(0);
    this.isLost = false;
  }
}
