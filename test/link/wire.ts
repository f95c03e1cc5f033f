/**
 * One direction of a simulated UART: a transmit FIFO, a line that needs ten bit times for a byte and damages what it carries, a receive
 * FIFO that overruns. Time is counted in byte times. Must not know: what the bytes mean.
 */
import type { Random } from '../unit/random.js';

export interface WireFaults {
  /** Chance of a bit to flip, start and stop bits included. */
  readonly bitErrorRate: number;
  /** Chances for a byte to be lost, and for another one to appear before it. */
  readonly dropRate: number;
  readonly insertRate: number;
  /** Chance for a burst to begin at a byte, and how many bytes it garbles or swallows at most. */
  readonly burstRate: number;
  readonly burstBytes: number;
}

export const noFaults: WireFaults = { bitErrorRate: 0, dropRate: 0, insertRate: 0, burstRate: 0, burstBytes: 0 };

const bitsPerByte = 10;

/** What becomes of bytes under way. Faults are drawn as distances, so that a clean line costs nothing. */
class Noise {
  private untilFlip: number;
  private untilDrop: number;
  private untilInsert: number;
  private untilBurst: number;
  private burstLeft = 0;

  constructor(private readonly random: Random, private readonly faults: WireFaults) {
    this.untilFlip = this.distance(faults.bitErrorRate);
    this.untilDrop = this.distance(faults.dropRate);
    this.untilInsert = this.distance(faults.insertRate);
    this.untilBurst = this.distance(faults.burstRate);
  }

  /** Events until the next one of a chance: geometric. */
  private distance(rate: number): number {
    if (rate <= 0) return Number.POSITIVE_INFINITY;
    return Math.floor(Math.log1p(-(this.random.below(0x40000000) / 0x40000000)) / Math.log1p(-rate));
  }

  /** Puts what arrives of `count` bytes of `source` into `target` and returns how many those are: at most twice as many, and one. */
  pass(source: Uint8Array, count: number, target: Uint8Array): number {
    const isQuiet = this.burstLeft === 0 && this.untilDrop > count && this.untilInsert > count && this.untilBurst > count;
    if (isQuiet && this.untilFlip > count * bitsPerByte) {
      target.set(source.subarray(0, count));
      this.untilFlip -= count * bitsPerByte;
      this.untilDrop -= count;
      this.untilInsert -= count;
      this.untilBurst -= count;
      return count;
    }
    let put = 0;
    for (let at = 0; at < count; at++) put = this.passByte(source[at], target, put);
    return put;
  }

  private passByte(given: number, target: Uint8Array, at: number): number {
    let put = at;
    let byte = this.flipped(given);
    if (this.untilInsert-- <= 0) {
      this.untilInsert = this.distance(this.faults.insertRate);
      target[put++] = this.random.below(256);
    }
    if (this.untilBurst-- <= 0) {
      this.untilBurst = this.distance(this.faults.burstRate);
      this.burstLeft = 1 + this.random.below(this.faults.burstBytes);
    }
    if (this.burstLeft > 0) {
      this.burstLeft--;
      byte = this.random.below(3) === 0 ? -1 : this.random.below(256);
    }
    if (this.untilDrop-- <= 0) {
      this.untilDrop = this.distance(this.faults.dropRate);
      byte = -1;
    }
    if (byte >= 0) target[put++] = byte;
    return put;
  }

  /** The byte after bit errors, or -1: one in the start bit hides it, one in the stop bit may make the receiver drop it. */
  private flipped(given: number): number {
    let byte = given;
    let bit = this.untilFlip;
    while (bit < bitsPerByte) {
      if (bit >= 1 && bit <= 8) byte = byte < 0 ? byte : byte ^ (1 << (bit - 1));
      else if (bit === 0 || this.random.below(2) === 0) byte = -1;
      bit += 1 + this.distance(this.faults.bitErrorRate);
    }
    this.untilFlip = bit - bitsPerByte;
    return byte;
  }
}

export class Wire {
  private readonly sending: Uint8Array;
  private sendingCount = 0;
  private readonly received: Uint8Array;
  private receivedCount = 0;
  private readonly passing: Uint8Array;
  private readonly noise: Noise;
  /** Bytes that the line carried, that overran the receiver, and room in the transmit FIFO. */
  carried = 0;
  overrun = 0;
  /** Unplugged: what is sent is gone. Healed: nothing happens to it any more. */
  isCut = false;
  isHealed = false;
  /** The ends have different baud rates: nothing arrives as it was sent. */
  isGarbled = false;

  constructor(random: Random, faults: WireFaults, sendFifoBytes: number, receiveFifoBytes: number) {
    this.noise = new Noise(random, faults);
    this.sending = new Uint8Array(sendFifoBytes);
    this.received = new Uint8Array(receiveFifoBytes);
    this.passing = new Uint8Array(sendFifoBytes * 2 + 1);
  }

  get room(): number {
    return this.sending.length - this.sendingCount;
  }

  get hasSentAll(): boolean {
    return this.sendingCount === 0;
  }

  /** Puts bytes into the transmit FIFO; the caller has looked at `room`. */
  send(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at++) this.sending[this.sendingCount++] = bytes[at];
  }

  /** The sender is reset: what was in its FIFO is gone. */
  clear(): void {
    this.sendingCount = 0;
  }

  /** Lets byte times pass. */
  pass(byteTimes: number): void {
    const count = Math.min(byteTimes, this.sendingCount);
    if (count === 0) return;
    this.carried += count;
    let arriving = count;
    if (this.isHealed) this.passing.set(this.sending.subarray(0, count));
    else arriving = this.noise.pass(this.sending, count, this.passing);
    this.sending.copyWithin(0, count, this.sendingCount);
    this.sendingCount -= count;
    if (this.isCut) return;
    if (this.isGarbled) for (let at = 0; at < arriving; at++) this.passing[at] = (this.passing[at] * 7 + at) & 255;
    if (this.receivedCount + arriving > this.received.length) {
      this.overrun += this.receivedCount + arriving - this.received.length;
      arriving = this.received.length - this.receivedCount;
    }
    for (let at = 0; at < arriving; at++) this.received[this.receivedCount++] = this.passing[at];
  }

  /** What the receiver finds in its FIFO, which is empty then. Valid until the next call. */
  take(): Uint8Array {
    const found = this.received.subarray(0, this.receivedCount);
    this.receivedCount = 0;
    return found;
  }
}
