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
const firstRoom = 64;
const keptInPlaceMin = 32_768;
const roomNotHalved = 4096;

export class Framer {
  /** Holds the begun packet, or everything that came while the owner took none, from `keptFrom` up to `keptTo`. */
  private kept: Buffer | undefined;
  private keptFrom = 0;
  private keptTo = 0;
  /** With fewer bytes than this there is nothing new to see in what is kept. */
  private needed = 0;
  /** The packet being judged begins at `packetAt`; what has come ends at `chunkTo`. */
  private chunk: Buffer | undefined;
  private packetAt = 0;
  private chunkTo = 0;

  constructor(private readonly owner: PacketOwner) {}

  /** The bytes from the beginning of the packet being judged, for the record of a violation. */
  judged(): Uint8Array {
    return this.chunk === undefined ? new Uint8Array(0) : this.chunk.subarray(this.packetAt, this.chunkTo);
  }

  /** Memory that what is kept takes: all that it keeps alive, used or not. */
  heldBytes(): number {
    return this.kept === undefined ? 0 : this.kept.buffer.byteLength;
  }

  /** Takes a chunk, which is the framer's from now on. The owner's violations come out of it as they are thrown; nothing may be given after one. */
  input(chunk: Buffer): void {
    if (this.kept === undefined) {
      this.take(chunk, 0, chunk.length, false);
      return;
    }
    this.append(chunk);
    if (this.keptTo - this.keptFrom >= this.needed) this.resume();
  }

  /** Goes on with what was kept while the owner took no packets. */
  resume(): void {
    const { kept } = this;
    if (kept === undefined || !this.owner.takesPackets()) return;
    this.kept = undefined;
    this.take(kept, this.keptFrom, this.keptTo, true);
  }

  /** `isOwn` if the bytes have been kept already. */
  private take(chunk: Buffer, begin: number, to: number, isOwn: boolean): void {
    this.chunk = chunk;
    this.chunkTo = to;
    let at = begin;
    this.needed = 0;
    while (at < to && this.owner.takesPackets()) {
      this.packetAt = at;
      this.owner.firstByte(chunk[at]);
      let length = 0;
      let from = at + 1;
      let last = 0x80;
      for (let shift = 0; last >= 0x80 && from < to && shift <= 21; shift += 7) {
        last = chunk[from++];
        length |= (last & 0x7f) << shift;
      }
      if (last >= 0x80) {
        if (from - at === 5) {
          throw new ProtocolViolation(ReasonCode.MalformedPacket, '1.5.5', '2.2.3', 'Remaining Length goes on after its fourth byte');
        }
        this.needed = to - at + 1;
        break;
      }
      const end = from + length;
      this.owner.packetSize(end - at);
      if (end > to) {
        this.needed = end - at;
        break;
      }
      this.owner.packet(chunk, at, from, end, from - at === 2 || last !== 0);
      at = end;
    }
    this.chunk = undefined;
    if (at < to) this.keep(chunk, at, to, isOwn);
  }

  /**
   * In place if it is most of what it keeps alive, else as a copy: half a packet must not hold a chunk of 64 KB, and a chunk
   * taken bit by bit not be copied for each. A small rest is copied even if it is all that came: a socket reads into 64 KB,
   * of which it gives back what it did not need, and what stays behind keeps that from being used for the next reading.
   */
  private keep(chunk: Buffer, from: number, to: number, isOwn: boolean): void {
    const length = to - from;
    const room = chunk.buffer.byteLength;
    if (isOwn ? room <= roomNotHalved || length * 2 >= room : length >= keptInPlaceMin && length * 2 >= room) {
      this.kept = chunk;
      this.keptFrom = from;
      this.keptTo = to;
      return;
    }
    this.kept = Buffer.allocUnsafeSlow(Math.max(firstRoom, length));
    chunk.copy(this.kept, 0, from, to);
    this.keptFrom = 0;
    this.keptTo = length;
  }

  private append(bytes: Buffer): void {
    const kept = this.kept!;
    if (kept.length - this.keptTo < bytes.length) {
      const length = this.keptTo - this.keptFrom;
      this.kept = Buffer.allocUnsafeSlow(Math.max(length * 2, length + bytes.length));
      kept.copy(this.kept, 0, this.keptFrom, this.keptTo);
      this.keptFrom = 0;
      this.keptTo = length;
    }
    bytes.copy(this.kept!, this.keptTo);
    this.keptTo += bytes.length;
  }
}
