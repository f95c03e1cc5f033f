/*
 * From chunks of bytes to whole packets. A packet that lies within a chunk is handed on in place; only one that is
 * spread over chunks is gathered. Knows nothing of what packets mean: its owner judges the first byte as soon as it is
 * there, and the length as soon as it is known. Read first: MQTT 5.0, 2.1.
 */
import { ReasonCode } from './protocol.js';
import { ProtocolViolation } from './violation.js';

export interface PacketOwner {
  /** Throws if a packet may not begin like this now. */
  firstByte(firstByte: number): void;
  /** Throws if a packet may not be this large. `size` counts its fixed header. */
  packetSize(size: number): void;
  /** `shortest` is false if the remaining length was not in its shortest form. `bytes[from]` is the byte after the fixed header. */
  packet(bytes: Buffer, at: number, from: number, end: number, shortest: boolean): void;
  /** False while the owner must not be given packets, or no longer wants any. */
  takesPackets(): boolean;
}

/** First room for a packet spread over chunks; it grows with what arrives, not with what a length claims. */
const firstRoom = 1024;

export class Framer {
  /** The begun packet, or everything that came while the owner took none. */
  private partial: Buffer | undefined;
  private partialLength = 0;
  /** Below this length of `partial` there is nothing new to see in it. */
  private needed = 0;
  /** The packet being judged. */
  private chunk: Buffer | undefined;
  private packetAt = 0;

  constructor(private readonly owner: PacketOwner) {}

  /** The bytes from the beginning of the packet being judged, for the record of a violation. */
  judged(): Uint8Array {
    return this.chunk === undefined ? new Uint8Array(0) : this.chunk.subarray(this.packetAt);
  }

  /** Memory that a packet under way takes. */
  heldBytes(): number {
    return this.partial === undefined ? 0 : this.partial.buffer.byteLength;
  }

  /** Takes a chunk. The owner's violations come out of it as they are thrown; nothing may be given after one. */
  input(chunk: Buffer): void {
    if (this.partial === undefined) {
      this.take(chunk, false);
      return;
    }
    this.append(chunk);
    if (this.partialLength >= this.needed) this.resume();
  }

  /** Goes on with what was kept while the owner took no packets. */
  resume(): void {
    if (this.partial === undefined || !this.owner.takesPackets()) return;
    const bytes = this.partial.subarray(0, this.partialLength);
    this.partial = undefined;
    this.partialLength = 0;
    this.take(bytes, true);
  }

  /** What is left of a chunk is copied, so that it does not hold the whole chunk, unless it lies in memory of our own already. */
  private take(chunk: Buffer, isOwn: boolean): void {
    this.chunk = chunk;
    let at = 0;
    this.needed = 0;
    while (at < chunk.length && this.owner.takesPackets()) {
      this.packetAt = at;
      this.owner.firstByte(chunk[at]);
      let length = 0;
      let from = at + 1;
      let last = 0x80;
      for (let shift = 0; last >= 0x80 && from < chunk.length && shift <= 21; shift += 7) {
        last = chunk[from++];
        length |= (last & 0x7f) << shift;
      }
      if (last >= 0x80) {
        if (from - at === 5) {
          throw new ProtocolViolation(ReasonCode.MalformedPacket, '1.5.5', '2.2.3', 'Remaining Length goes on after its fourth byte');
        }
        this.needed = chunk.length - at + 1;
        break;
      }
      const end = from + length;
      this.owner.packetSize(end - at);
      if (end > chunk.length) {
        this.needed = end - at;
        break;
      }
      this.owner.packet(chunk, at, from, end, from - at === 2 || last !== 0);
      at = end;
    }
    this.chunk = undefined;
    if (at === chunk.length) return;
    // Copied each time, millions of small packets that are taken one by one would be copied as often.
    if (isOwn) {
      this.partial = chunk.subarray(at);
      this.partialLength = this.partial.length;
    } else this.append(chunk.subarray(at));
  }

  private append(bytes: Buffer): void {
    const length = this.partialLength + bytes.length;
    if (this.partial === undefined || this.partial.length < length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(firstRoom, length, (this.partial?.length ?? 0) * 2));
      if (this.partial !== undefined) this.partial.copy(grown, 0, 0, this.partialLength);
      this.partial = grown;
    }
    bytes.copy(this.partial, this.partialLength);
    this.partialLength = length;
  }
}
