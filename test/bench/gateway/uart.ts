/**
 * A board's UART on a pseudo-terminal, which by itself has no speed: bytes leave and arrive no faster than the wire would
 * carry them (start bit, eight bits, stop bit), and bits flip on it if asked. What has not arrived holds the sender back, as
 * far as the system's buffers are full. Must not know: who speaks over the wire.
 */
import { defaultLine, nativeBinding } from '../../../src/gateway/serial/line-settings.js';
import { SerialLine } from '../../../src/gateway/serial/serial-line.js';
import type { Wire } from '../../../src/gateway/link/link-pump.js';
import { Random } from '../../unit/random.js';

const enum Piece {
  /** Bytes leave in pieces, as a UART's FIFO gives them away. */
  Bytes = 32,
  /** Bytes that have come and not yet passed, at which no more are read. */
  HeldMax = 256,
}

/** Flips bits of what passes, each with the same chance. */
class Noise {
  private readonly random: Random;

  constructor(seed: number, private readonly bitErrorRate: number) {
    this.random = new Random(seed);
  }

  pass(bytes: Uint8Array): Buffer {
    const out = Buffer.from(bytes);
    if (this.bitErrorRate === 0) return out;
    for (let at = 0; at < out.length; at++) {
      if (this.random.below(0x40000000) < this.bitErrorRate * 8 * 0x40000000) out[at] ^= 1 << this.random.below(8);
    }
    return out;
  }
}

/** One direction: what is given passes when the wire has carried it. */
class Lane {
  heldBytes = 0;
  private freeAtMs = 0;
  private readonly pieces: { bytes: Uint8Array; dueMs: number }[] = [];
  private timer: NodeJS.Timeout | null = null;

  /** `emptied`: the lane is empty again, whose first byte was given at that moment. */
  constructor(
    private readonly byteMs: number, private readonly noise: Noise, private readonly pass: (bytes: Buffer) => void,
    private readonly emptied: (givenMs: number) => void,
  ) {}

  private burstGivenMs = 0;

  give(bytes: Uint8Array): void {
    const now = performance.now();
    if (this.pieces.length === 0) this.burstGivenMs = now;
    this.freeAtMs = Math.max(this.freeAtMs, now);
    for (let from = 0; from < bytes.length; from += Piece.Bytes) {
      const piece = Uint8Array.from(bytes.subarray(from, from + Piece.Bytes));
      this.freeAtMs += piece.length * this.byteMs;
      this.pieces.push({ bytes: piece, dueMs: this.freeAtMs });
      this.heldBytes += piece.length;
    }
    this.plan();
  }

  clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.pieces.length = 0;
    this.heldBytes = 0;
  }

  private plan(): void {
    if (this.timer !== null || this.pieces.length === 0) return;
    this.timer = setTimeout(() => this.release(), Math.max(this.pieces[0].dueMs - performance.now(), 0));
  }

  private release(): void {
    this.timer = null;
    const now = performance.now();
    const due: Uint8Array[] = [];
    while (this.pieces.length > 0 && this.pieces[0].dueMs <= now + 0.5) due.push(this.pieces.shift()!.bytes);
    if (due.length > 0) {
      const bytes = this.noise.pass(Buffer.concat(due));
      this.heldBytes -= bytes.length;
      this.pass(bytes);
      if (this.pieces.length === 0) this.emptied(this.burstGivenMs);
    }
    this.plan();
  }
}

export interface UartOptions {
  readonly device: string;
  readonly baudRate: number;
  readonly bitErrorRate: number;
  readonly seed: number;
}

export class Uart implements Wire {
  /** What arrives at the board. */
  heard: (bytes: Buffer) => void = () => undefined;
  /** For how long the last bytes were on the wire that was empty before, in milliseconds: told when it is empty again. */
  sent: (wireMs: number) => void = () => undefined;
  private readonly waiting: (() => void)[] = [];
  private readonly outward: Lane;
  private readonly inward: Lane;
  private line!: SerialLine;
  private isDeaf = false;

  private constructor({ baudRate, bitErrorRate, seed }: UartOptions) {
    const byteMs = 10_000 / baudRate;
    this.outward = new Lane(byteMs, new Noise(seed, bitErrorRate), (bytes) => this.line.write(bytes), (givenMs) => {
      this.sent(performance.now() - givenMs);
      for (const done of this.waiting.splice(0)) done();
    });
    this.inward = new Lane(byteMs, new Noise(seed + 1, bitErrorRate), (bytes) => {
      if (this.inward.heldBytes < Piece.HeldMax && !this.isDeaf) this.line.resume();
      this.heard(bytes);
    }, () => undefined);
  }

  static async open(options: UartOptions): Promise<Uart> {
    const uart = new Uart(options);
    const binding = await nativeBinding();
    await new Promise<void>((resolve, reject) => {
      uart.line = new SerialLine(options.device, { ...defaultLine, baudRate: options.baudRate }, binding, {
        lineOpened: resolve,
        lineData: (bytes) => {
          if (uart.isDeaf) return;
          uart.inward.give(bytes);
          if (uart.inward.heldBytes >= Piece.HeldMax) uart.line.pause();
        },
        lineDrained: () => undefined,
        lineClosed: (error) => { reject(error ?? new Error('closed')); },
      });
    });
    return uart;
  }

  write(bytes: Uint8Array): void {
    this.outward.give(bytes);
  }

  /** Calls back when the wire has carried everything. */
  drained(done: () => void): void {
    if (this.outward.heldBytes === 0) setImmediate(done);
    else this.waiting.push(done);
  }

  setBaud(_baudRate: number, done: () => void): void {
    setImmediate(done);
  }

  /** Takes nothing more from the wire, for good. */
  deafen(): void {
    this.isDeaf = true;
    this.line.pause();
  }

  close(): void {
    this.outward.clear();
    this.inward.clear();
    this.line.cut();
  }
}
