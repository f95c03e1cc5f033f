/**
 * The UART of a simulated board: bytes leave at the pace of the baud rate, and noise flips bits both ways, drawn from a seed.
 * Must not know: what the bytes mean, what is at the other end of the wire.
 */

export interface UartOptions {
  readonly baudRate: number;
  /** Chance of a bit to be flipped, start and stop bits included. */
  readonly bitErrorRate: number;
  readonly seed: number;
}

/** The wire that the UART drives. */
export interface UartWire {
  write(bytes: Buffer): void;
  /** Bytes that the other end has not taken yet. */
  readonly waitingBytes: number;
  /** A pseudo-terminal has no rate: then at once. */
  setBaud(baudRate: number, done: () => void): void;
}

const enum Frame {
  /** Start bit, eight bits, stop bit. */
  Bits = 10,
  FirstBit = 1,
  LastBit = 8,
}

const enum Pace {
  /** What the FIFO holds, in time: bytes are handed over no further ahead of the wire. */
  FifoMs = 8,
  /** With so much in front of a wire that nobody reads, what follows is lost, as it is on a UART with nothing connected. */
  UnreadBytes = 4096,
}

export class Uart {
  bytesIn = 0;
  bytesOut = 0;
  /** Written with nobody there to read. */
  bytesUnread = 0;
  /** Null: unplugged. */
  wire: UartWire | null = null;
  private baudRate: number;
  private readonly noiseIn: Noise;
  private readonly noiseOut: Noise;
  /** When the wire will have carried what was handed over. */
  private freeMs = 0;

  constructor({ baudRate, bitErrorRate, seed }: UartOptions) {
    this.baudRate = baudRate;
    this.noiseIn = new Noise(bitErrorRate, seed * 2);
    this.noiseOut = new Noise(bitErrorRate, seed * 2 + 1);
  }

  private get byteMs(): number {
    return (Frame.Bits * 1000) / this.baudRate;
  }

  /** Milliseconds until a byte can be sent; 0: now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.freeMs - nowMs - Pace.FifoMs);
  }

  /** Sends as many of the bytes as the FIFO takes, one at least after `waitMs`; returns how many those are. */
  send(bytes: Uint8Array, nowMs: number): number {
    this.freeMs = Math.max(this.freeMs, nowMs);
    const count = Math.min(bytes.length, Math.max(1, Math.floor((nowMs + Pace.FifoMs - this.freeMs) / this.byteMs)));
    this.freeMs += count * this.byteMs;
    this.bytesOut += count;
    const { wire } = this;
    if (wire === null || wire.waitingBytes >= Pace.UnreadBytes) this.bytesUnread += count;
    else {
      const arriving = this.noiseOut.pass(bytes.subarray(0, count));
      if (arriving.length > 0) wire.write(arriving);
    }
    return count;
  }

  /** What arrives of bytes that came over the wire. */
  receive(bytes: Uint8Array): Buffer {
    this.bytesIn += bytes.length;
    return this.noiseIn.pass(bytes);
  }

  get bitsFlipped(): number {
    return this.noiseIn.bitsFlipped + this.noiseOut.bitsFlipped;
  }

  /** Lets what was sent leave, and goes on at another rate. */
  setBaud(baudRate: number, done: () => void): void {
    const set = (): void => {
      this.baudRate = baudRate;
      done();
    };
    if (this.wire === null) set();
    else this.wire.setBaud(baudRate, set);
  }
}

/** Bit errors of one direction, drawn as distances, so that a clean line costs nothing. */
class Noise {
  bitsFlipped = 0;
  private random: number;
  private untilFlip: number;

  constructor(private readonly rate: number, seed: number) {
    this.random = seed;
    this.untilFlip = this.distance();
  }

  /** 0 up to 1, without 1: mulberry32. */
  private next(): number {
    this.random = (this.random + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.random ^ (this.random >>> 15), this.random | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Good bits before the next bad one. */
  private distance(): number {
    return this.rate === 0 ? Infinity : Math.floor(Math.log1p(-this.next()) / Math.log1p(-this.rate));
  }

  /** The bytes as they arrive, in a buffer of their own. */
  pass(bytes: Uint8Array): Buffer {
    const bits = bytes.length * Frame.Bits;
    const passed = Buffer.from(bytes);
    if (this.untilFlip >= bits) {
      this.untilFlip -= bits;
      return passed;
    }
    let count = 0;
    for (const byte of bytes) {
      const arrived = this.passByte(byte);
      if (arrived >= 0) passed[count++] = arrived;
    }
    return passed.subarray(0, count);
  }

  /** -1: the receiver does not see it as a byte, since an error hides the start bit, or half of the time one in the stop bit. */
  private passByte(given: number): number {
    let byte = given;
    while (this.untilFlip < Frame.Bits) {
      this.bitsFlipped += 1;
      const bit = this.untilFlip;
      if (bit < Frame.FirstBit || (bit > Frame.LastBit && this.next() < 0.5)) byte = -1;
      else if (bit <= Frame.LastBit && byte >= 0) byte ^= 1 << (bit - Frame.FirstBit);
      this.untilFlip += 1 + this.distance();
    }
    this.untilFlip -= Frame.Bits;
    return byte;
  }
}
