/**
 * Espruino's `Serial` on the stub, as documented: `setup`, `write` of strings, arrays and bytes, and events `data` with what has come since the last one, as a
 * string; no flow control, and nothing comes before `setup`. And the wire beneath, which may be noisy. Must not know the link.
 */
import { Duplex } from 'node:stream';
import type { Random } from '../unit/random.js';
import type { Idle } from './espruino-events.js';

/** Bytes that Espruino's buffer hands over at once, at most. */
const pieceBytes = 64;

interface Port {
  setup(baud: unknown, options?: unknown): void;
  write(...values: unknown[]): void;
}

/** A port for `devices` of the stub, wired to `wire`. */
export function serialPort(idle: Idle, wire: Duplex): Port {
  let isSetUp = false;
  return {
    setup(this: object, baud: unknown) {
      if (baud !== undefined && (typeof baud !== 'number' || baud < 100 || baud > 10_000_000)) throw new Error('Invalid baud rate');
      if (isSetUp) return;
      isSetUp = true;
      wire.on('data', (bytes: Buffer) => {
        for (let at = 0; at < bytes.length; at += pieceBytes) idle.emit(this, 'data', [bytes.toString('latin1', at, at + pieceBytes)]);
      });
    },
    write(...values: unknown[]) {
      for (const value of values) wire.write(typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(value as Uint8Array));
    },
  };
}

/** What a wire may do to bytes on their way: of a million, so many are lost, and so many have a bit flipped. */
export interface Noise {
  readonly random: Random;
  readonly lostOfMillion: number;
  readonly flippedOfMillion: number;
  /** Bytes that met it. */
  damaged?: number;
}

function disturbed(bytes: Buffer, noise: Noise): Buffer {
  const { random, lostOfMillion, flippedOfMillion } = noise;
  const out: number[] = [];
  for (const byte of bytes) {
    const chance = random.below(1_000_000);
    if (chance < lostOfMillion + flippedOfMillion) noise.damaged = (noise.damaged ?? 0) + 1;
    if (chance < lostOfMillion) continue;
    out.push(chance < lostOfMillion + flippedOfMillion ? byte ^ (1 << random.below(8)) : byte);
  }
  return Buffer.from(out);
}

class WireEnd extends Duplex {
  other: WireEnd | undefined;

  constructor(private readonly noise: Noise | undefined) {
    super();
  }

  override _read(): void {
    // What comes is pushed.
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    const arriving = this.noise === undefined ? bytes : disturbed(bytes, this.noise);
    setImmediate(() => { this.other?.push(arriving); });
    done();
  }
}

/** Both ends of a wire: what is written at one comes out at the other. */
export function wirePair(noise?: Noise): [Duplex, Duplex] {
  const ends = [new WireEnd(noise), new WireEnd(noise)] as const;
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return [...ends];
}
