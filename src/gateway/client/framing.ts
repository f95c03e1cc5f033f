/**
 * Where a frame begins and ends on the wire, for boards that speak no MQTT: what they send is cut into frames of a bounded
 * length, and what is written to them is put into one. Too long or damaged frames are dropped whole and counted: half of a
 * reading would be a wrong reading. Must not know: what is in a frame.
 *
 * Read first: RFC 1055 (SLIP); Cheshire and Baker, "Consistent Overhead Byte Stuffing".
 */
import { CborSequence } from './cbor-sequence.js';
import { decodeCobs, decodeSlip, encodeCobs, encodeSlip, Slip } from './stuffing.js';
import { Records } from './records.js';

export type FramingKind = 'lines' | 'cobs' | 'slip' | 'cbor' | 'records';

export interface FramingSettings {
  readonly kind: FramingKind;
  /** Longest frame, its delimiters not counted. */
  readonly frameBytesMax: number;
  /** What ends a line that is written to the board. */
  readonly lineEnd: '\n' | '\r\n' | '\r';
  /** Length of each of the records. */
  readonly recordBytes: number;
  /** With which bytes each of the records begins; empty: a record begins after a pause on the wire. */
  readonly recordStart: Buffer;
}

export interface Splitter {
  /** Frames that were dropped. */
  readonly badFrames: number;
  /** Calls `frame` for each frame that is whole; the bytes are its own. */
  take(bytes: Buffer, frame: (bytes: Buffer) => void): void;
  /** The wire was silent for a while, or begins anew: what has begun will not be finished. */
  pause(): void;
}

export function createSplitter(settings: FramingSettings): Splitter {
  const { kind, frameBytesMax } = settings;
  switch (kind) {
    case 'lines':
      return new Delimited(0x0a, frameBytesMax + 1, false, (line) => (line.at(-1) === 0x0d ? line.subarray(0, -1) : line));
    case 'cobs':
      return new Delimited(0, frameBytesMax + Math.ceil(frameBytesMax / 254) + 1, true, decodeCobs);
    case 'slip':
      return new Delimited(Slip.End, frameBytesMax * 2, true, decodeSlip);
    case 'cbor':
      return new CborSequence(frameBytesMax);
    case 'records':
      return new Records(settings.recordBytes, settings.recordStart);
  }
}

/** What goes over the wire for a frame; null: it cannot be framed so that the board would read the same. */
export function encodeFrame(frame: Buffer, { kind, frameBytesMax, lineEnd, recordBytes }: FramingSettings): Buffer | null {
  if (frame.length > frameBytesMax && kind !== 'records') return null;
  switch (kind) {
    case 'lines':
      // A line break in a line would make two of it, the second one the sender's own choice.
      return frame.includes(0x0a) || frame.includes(0x0d) ? null : Buffer.concat([frame, Buffer.from(lineEnd)]);
    case 'cobs':
      return encodeCobs(frame);
    case 'slip':
      return encodeSlip(frame);
    case 'cbor':
      return frame;
    case 'records':
      return frame.length === recordBytes ? frame : null;
  }
}

/** Frames that end with one byte, which stands nowhere else. */
class Delimited implements Splitter {
  badFrames = 0;
  private readonly kept: Buffer;
  private count = 0;
  private isTooLong = false;

  constructor(
    private readonly delimiter: number, bytesMax: number, private readonly skipsEmpty: boolean,
    private readonly decode: (bytes: Buffer) => Buffer | null,
  ) {
    this.kept = Buffer.alloc(bytesMax);
  }

  take(bytes: Buffer, frame: (bytes: Buffer) => void): void {
    for (let from = 0; from < bytes.length;) {
      const found = bytes.indexOf(this.delimiter, from);
      const to = found < 0 ? bytes.length : found;
      if (this.count + to - from > this.kept.length) this.isTooLong = true;
      else this.count += bytes.copy(this.kept, this.count, from, to);
      if (found < 0) return;
      this.finish(frame);
      from = to + 1;
    }
  }

  private finish(frame: (bytes: Buffer) => void): void {
    const isEmpty = this.count === 0 && this.skipsEmpty;
    const decoded = this.isTooLong || isEmpty ? null : this.decode(Buffer.from(this.kept.subarray(0, this.count)));
    this.count = 0;
    if (decoded !== null) frame(decoded);
    else if (!isEmpty || this.isTooLong) this.badFrames += 1;
    this.isTooLong = false;
  }

  /** A person may type a line as slowly as that. */
  pause(): void {}
}
