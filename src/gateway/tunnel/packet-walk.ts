/**
 * Walks over a stream of MQTT packets from border to border, without keeping any: whoever passes bytes on knows where a
 * packet begins, and notices when what it passes on is no MQTT. Must not know: what is in a packet.
 *
 * Read first: MQTT 5.0 section 2.1 (fixed header) and 1.5.5 (variable byte integer).
 */
export const enum PacketType {
  Connect = 1,
  Connack = 2,
  Disconnect = 14,
}

/** Flags that a packet type demands; -1: PUBLISH, whose flags have meanings; -2: the side never sends it. [MQTT-2.1.3-1] */
const boardFlags = [-2, 0, -2, -1, 0, 0, 2, 0, 2, -2, 2, -2, 0, -2, 0, 0];
const serverFlags = [-2, -2, 0, -1, 0, 0, 2, 0, -2, 0, -2, 0, -2, 0, 0, 0];

export class PacketWalk {
  /** The first byte of the present packet, or of the last. */
  firstByte = 0;
  /** The bytes are no MQTT: nothing more is walked over until `restart`. */
  isBroken = false;
  packets = 0;
  private readonly flags: readonly number[];
  private lengthBytes = 0;
  private remaining = 0;
  private isInHeader = false;
  private isInBody = false;

  /** `bytesMax`: a longer packet is a wrong length, read from a disturbed byte. */
  constructor(side: 'board' | 'server', private readonly bytesMax: number) {
    this.flags = side === 'board' ? boardFlags : serverFlags;
  }

  /** Whether the next byte begins a packet. */
  get isBetween(): boolean {
    return !this.isInHeader && !this.isInBody;
  }

  get type(): number {
    return this.firstByte >>> 4;
  }

  restart(): void {
    this.isBroken = false;
    this.isInHeader = false;
    this.isInBody = false;
    this.firstByte = 0;
  }

  /** Goes to the end of the present packet or of the bytes, and returns where that is; at a wrong byte, to that byte. */
  advance(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    if (this.isBetween && at < to) {
      if (!this.begin(bytes[at])) return at;
      at += 1;
    }
    while (this.isInHeader && at < to) {
      const byte = bytes[at];
      this.remaining += (byte & 127) * 128 ** this.lengthBytes;
      this.lengthBytes += 1;
      if ((byte & 128) !== 0 ? this.lengthBytes === 4 : this.remaining > this.bytesMax) {
        this.isBroken = true;
        return at;
      }
      at += 1;
      if ((byte & 128) !== 0) continue;
      this.isInHeader = false;
      this.isInBody = this.remaining > 0;
      if (!this.isInBody) this.packets += 1;
    }
    if (!this.isInBody) return at;
    const take = Math.min(this.remaining, to - at);
    this.remaining -= take;
    if (this.remaining === 0) {
      this.isInBody = false;
      this.packets += 1;
    }
    return at + take;
  }

  private begin(byte: number): boolean {
    const wanted = this.flags[byte >>> 4];
    const flags = byte & 15;
    if (wanted === -1 ? (flags & 6) === 6 : wanted !== flags) {
      this.isBroken = true;
      return false;
    }
    this.firstByte = byte;
    this.isInHeader = true;
    this.lengthBytes = 0;
    this.remaining = 0;
    return true;
  }
}
