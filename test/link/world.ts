/**
 * Two sides and the two wires between them, moved on in steps of a few byte times. Deterministic: a seed decides every fault.
 * Must not know: what a test wants to see.
 */
import { type Link, linkOutput, linkSent } from '../../src/link/index.js';
import type { Random } from '../unit/random.js';
import { Wire, type WireFaults } from './wire.js';

/** A link with a program behind it. */
export interface WorldSide {
  readonly link: Link;
  readonly fault: string;
  input(bytes: Uint8Array, now: number): void;
  /** What the program does at each look: read events and channels, write. */
  turn(now: number): void;
}

export interface WorldOptions {
  readonly baud: number;
  /** Byte times between two looks of a program at its port. */
  readonly stepBytes: number;
  readonly faults: WireFaults;
  readonly sendFifoBytes: number;
  readonly receiveFifoBytes: number;
  /** Chance that a program looks only at the next step: what overruns the receive FIFO meanwhile is lost. */
  readonly lateRate: number;
}

export class World<A extends WorldSide, B extends WorldSide> {
  private byteTimes = 0;
  readonly wires: readonly [Wire, Wire];

  constructor(readonly sides: readonly [A, B], private readonly random: Random, readonly options: WorldOptions, wires?: readonly [Wire, Wire]) {
    const wire = (): Wire => new Wire(random, options.faults, options.sendFifoBytes, options.receiveFifoBytes);
    this.wires = wires ?? [wire(), wire()];
  }

  /** The same wires, with what is on them, and the same time, for sides that were started anew. */
  withSides(sides: readonly [A, B]): World<A, B> {
    const world = new World(sides, this.random, this.options, this.wires);
    world.byteTimes = this.byteTimes;
    return world;
  }

  /** Milliseconds, as the links are told. */
  get now(): number {
    return Math.floor((this.byteTimes * 10_000) / this.options.baud) & 0x3fffffff;
  }

  get seconds(): number {
    return (this.byteTimes * 10) / this.options.baud;
  }

  step(): void {
    const { stepBytes, lateRate } = this.options;
    this.byteTimes += stepBytes;
    const now = this.now;
    this.wires[0].pass(stepBytes);
    this.wires[1].pass(stepBytes);
    for (const n of [0, 1] as const) {
      if (lateRate > 0 && this.random.below(1_000_000) < lateRate * 1_000_000) continue;
      const side = this.sides[n];
      const arrived = this.wires[1 - n].take();
      if (arrived.length > 0) side.input(arrived, now);
      side.turn(now);
      this.output(side, this.wires[n], now);
    }
  }

  private output(side: WorldSide, wire: Wire, now: number): void {
    let count = linkOutput(side.link, now);
    while (count > 0 && wire.room > 0) {
      const part = Math.min(count, wire.room);
      wire.send(side.link.out, side.link.outFrom, side.link.outFrom + part);
      linkSent(side.link, part);
      count = linkOutput(side.link, now);
    }
    if (side.link.events !== 0) side.turn(now);
  }

  /** Steps until it holds, or `seconds` have passed; returns whether it held. */
  until(holds: () => boolean, seconds: number): boolean {
    const last = this.seconds + seconds;
    while (!holds()) {
      if (this.seconds > last) return false;
      this.step();
    }
    return true;
  }

  get fault(): string {
    return this.sides[0].fault || this.sides[1].fault;
  }
}
