/*
 * Packets waiting to leave one connection, in their order. Some may leave only when the store has what they tell of;
 * what comes behind them waits with them. Knows nothing of sockets or packets.
 */

/** Packets that wait for one batch of the store. */
interface Held {
  readonly batch: number;
  readonly packets: Uint8Array[];
}

export class Output {
  /** Of all that waits here. */
  bytes = 0;
  private ready: Uint8Array[] | undefined;
  private readyBytes = 0;
  /** Batches in their order, at most the one being written and the one that gathers. Made on first use. */
  private held: Held[] | undefined;

  get isEmpty(): boolean {
    return this.ready === undefined && this.held === undefined;
  }

  get isHeld(): boolean {
    return this.held !== undefined;
  }

  /** `batch` is 0 for what need not wait for the store. */
  add(packet: Uint8Array, batch: number): void {
    this.bytes += packet.length;
    const last = this.held?.[this.held.length - 1];
    if (last === undefined && batch === 0) this.addReady(packet);
    else if (last !== undefined && batch <= last.batch) last.packets.push(packet);
    else {
      this.held ??= [];
      this.held.push({ batch, packets: [packet] });
    }
  }

  /** The store has everything up to this batch. */
  release(committedBatch: number): void {
    while (this.held !== undefined && this.held[0].batch <= committedBatch) {
      for (const packet of this.held.shift()!.packets) this.addReady(packet);
      if (this.held.length === 0) this.held = undefined;
    }
  }

  private addReady(packet: Uint8Array): void {
    this.ready ??= [];
    this.ready.push(packet);
    this.readyBytes += packet.length;
  }

  /**
   * What may leave now, as one piece; undefined if there is nothing. Many small packets become one write: a copy of a few
   * bytes costs less than an entry of a vectored write.
   */
  take(): Uint8Array | undefined {
    const { ready } = this;
    if (ready === undefined) return undefined;
    const all = ready.length === 1 ? ready[0] : Buffer.concat(ready, this.readyBytes);
    this.ready = undefined;
    this.readyBytes = 0;
    this.bytes -= all.length;
    return all;
  }

  /** The store does not have what they tell of: they must never leave. */
  dropHeld(): void {
    this.held = undefined;
    this.bytes = this.readyBytes;
  }
}
