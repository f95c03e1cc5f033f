/**
 * The beginning of a reliable stream of a board: lets its first packet through when it is whole, with the identity in it if
 * there is one, and everything behind it as it is. Bounded. Must not know: links.
 */
import { beginsConnect, type ConnectPacket, type Identity, packetLength, readConnect, withIdentity } from './connect-packet.js';

const enum Limit {
  /** A CONNECT with its will; a longer one is not taken. */
  ConnectBytes = 8192,
}

export class ConnectGate {
  /** What the first packet says, once it is there; null: it is no valid CONNECT, and the server shall judge it. */
  connect: ConnectPacket | null = null;
  private kept: Buffer | null = Buffer.alloc(0);

  constructor(private readonly identity: Identity | null) {}

  get isOpen(): boolean {
    return this.kept === null;
  }

  /** What may pass; null: the first packet is none that the identity can be put into, or too long. */
  take(bytes: Buffer): Buffer | null {
    if (this.kept === null) return bytes;
    const all = this.kept.length === 0 ? bytes : Buffer.concat([this.kept, bytes]);
    const begins = beginsConnect(all, 0, all.length);
    const length = packetLength(all, 0, all.length);
    if (begins === 0 || length > Limit.ConnectBytes) {
      this.kept = null;
      return this.identity === null ? all : null;
    }
    if (begins < 0 || length === 0 || all.length < length) {
      this.kept = all;
      return Buffer.alloc(0);
    }
    this.kept = null;
    const packet = all.subarray(0, length);
    this.connect = readConnect(packet);
    const sent = this.identity === null ? packet : withIdentity(packet, this.identity);
    return sent === null ? null : Buffer.concat([sent, all.subarray(length)]);
  }
}
