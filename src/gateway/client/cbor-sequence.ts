/**
 * A sequence of CBOR items, each a frame. After malformed bytes everything is passed over until the wire has been silent
 * for a while: nothing else in CBOR tells where an item begins. Each byte is read once, however the wire cuts them: the
 * reader stays where the bytes ended, in the middle of an item. Must not know: what the items mean.
 *
 * Read first: RFC 8742; reader.ts of src/cbor, whose `Truncated` leaves everything as it was.
 */
import { cborNext, cborReadFrom, CborStatus, CborType, createCborReader } from '../../cbor/index.js';
import type { Splitter } from './framing.js';

const enum Limit {
  Depth = 16,
}

export class CborSequence implements Splitter {
  badFrames = 0;
  /** The item that has begun, and while it is being read the bytes behind it. */
  private kept: Buffer = Buffer.alloc(0);
  private count = 0;
  private isLost = false;
  private readonly reader = createCborReader(Limit.Depth);

  constructor(private readonly frameBytesMax: number) {
    this.restart();
  }

  take(bytes: Buffer, frame: (bytes: Buffer) => void): void {
    if (this.isLost) return;
    this.append(bytes);
    const { reader } = this;
    let from = 0;
    for (let type = cborNext(reader); type !== CborType.End; type = cborNext(reader)) {
      const isInside = type === CborType.Tag || reader.nesting.depth > 0;
      const isTooLong = (type === CborType.Fault ? this.count : reader.at) - from > this.frameBytesMax;
      if (isTooLong || (type === CborType.Fault && reader.status !== CborStatus.Truncated)) {
        this.lose();
        return;
      }
      if (type === CborType.Fault) break;
      if (isInside) continue;
      frame(Buffer.from(this.kept.subarray(from, reader.at)));
      from = reader.at;
    }
    if (from === 0) return;
    this.kept.copyWithin(0, from, this.count);
    this.count -= from;
    reader.at -= from;
  }

  /** The reader goes on where it was. */
  private append(bytes: Buffer): void {
    const needed = this.count + bytes.length;
    if (needed > this.kept.length) {
      const larger = Buffer.alloc(Math.max(needed, this.kept.length * 2));
      this.kept.copy(larger, 0, 0, this.count);
      this.kept = larger;
    }
    bytes.copy(this.kept, this.count);
    this.count = needed;
    const { reader } = this;
    reader.bytes = this.kept;
    reader.limit = needed;
    reader.status = CborStatus.Ok;
  }

  private lose(): void {
    this.badFrames += 1;
    this.isLost = true;
    this.restart();
  }

  private restart(): void {
    this.count = 0;
    cborReadFrom(this.reader, this.kept, 0, 0);
  }

  pause(): void {
    if (this.count > 0) this.badFrames += 1;
    this.isLost = false;
    this.restart();
  }
}
