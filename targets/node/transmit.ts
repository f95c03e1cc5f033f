/**
 * What goes to the link: two buffers that take turns, one filled while the other is with the link, and the figures of what
 * has gone. Must not know: the core, when to send.
 */
import type { Link } from './link.js';

const enum Copy {
  /** Up to here a loop is cheaper than making a view for the native copy, which allocates. */
  LoopMax = 64,
}

export class Transmit {
  bytesOut = 0;
  writes = 0;
  private readonly buffers: readonly [Buffer, Buffer];
  private filling = 0;
  private fillTo = 0;
  /** Buffers that are with the link. */
  private out = 0;

  constructor(bytes: number) {
    this.buffers = [Buffer.alloc(bytes), Buffer.alloc(bytes)];
  }

  /** Both buffers are with the link: nothing can be added. */
  get isFull(): boolean {
    return this.out === 2;
  }

  get isEmpty(): boolean {
    return this.fillTo === 0;
  }

  /** Copies as much of `bytes[from … from + count)` as there is room for, at least one byte; returns how much. Only while it is not full. */
  add(bytes: Uint8Array, from: number, count: number): number {
    const buffer = this.buffers[this.filling];
    const room = buffer.length - this.fillTo;
    const taken = count > room ? room : count;
    if (taken > Copy.LoopMax) buffer.set(bytes.subarray(from, from + taken), this.fillTo);
    else {
      let put = this.fillTo;
      for (let get = from; get < from + taken; get++) buffer[put++] = bytes[get];
    }
    this.fillTo += taken;
    return taken;
  }

  /** Whether what was added fills its buffer: it has to be handed over before more is added. */
  get isFilled(): boolean {
    return this.fillTo === this.buffers[this.filling].length;
  }

  handOver(link: Link | null): void {
    const buffer = this.buffers[this.filling];
    const count = this.fillTo;
    this.filling ^= 1;
    this.fillTo = 0;
    this.out += 1;
    this.writes += 1;
    this.bytesOut += count;
    link?.write(buffer.subarray(0, count));
  }

  /** The link has sent a buffer. */
  written(): void {
    this.out -= 1;
  }

  /** For a new link: what an older one had is gone. */
  begin(): void {
    this.out = 0;
    this.fillTo = 0;
  }
}
