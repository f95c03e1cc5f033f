/*
 * One fault on one connection, as a layer between two links: to what is above it (the broker) it is a Link, to what is
 * below it (the network) a LinkOwner. This layer passes everything on; a fault overrides what it spoils. Layers stack in
 * any order. Knows nothing of plans. Changes together with link.ts of the broker.
 */
import type { Socket } from 'node:net';
import type { ConnectionTransport } from '../api.js';
import type { Link, LinkOwner } from '../link.js';
import type { Direction } from './plan.js';

export class FaultLink implements Link, LinkOwner {
  /** Set by whoever stacks the layers. */
  above!: LinkOwner;
  readonly transport: ConnectionTransport;
  readonly socket: Socket;

  constructor(
    readonly below: Link,
    private readonly direction: Direction | 'both',
  ) {
    this.transport = below.transport;
    this.socket = below.socket;
  }

  /** The layers are stacked and nothing has passed yet. */
  opened(): void {
    // Most faults wait for bytes.
  }

  /** The broker closes: forget what is held and let timers go. */
  released(): void {
    // Most faults hold nothing.
  }

  /** Bytes in a direction that this fault is about. */
  protected spoil(direction: Direction, bytes: Uint8Array): void {
    this.pass(direction, bytes);
  }

  protected pass(direction: Direction, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (direction === 'in') this.above.linkInput(bytes as Buffer);
    else this.below.write(bytes);
  }

  private take(direction: Direction, bytes: Uint8Array): void {
    if (this.direction === 'both' || this.direction === direction) this.spoil(direction, bytes);
    else this.pass(direction, bytes);
  }

  // --- from below ---

  linkInput(chunk: Buffer): void {
    this.take('in', chunk);
  }

  linkDrained(): void {
    this.above.linkDrained();
  }

  linkTextFrame(text: Buffer): void {
    this.above.linkTextFrame(text);
  }

  linkEnded(): void {
    this.above.linkEnded();
  }

  linkClosed(): void {
    this.above.linkClosed();
  }

  // --- from above ---

  write(bytes: Uint8Array): void {
    this.take('out', bytes);
  }

  waitingBytes(): number {
    return this.below.waitingBytes();
  }

  readAheadBytes(): number {
    return this.below.readAheadBytes();
  }

  pause(): void {
    this.below.pause();
  }

  resume(): void {
    this.below.resume();
  }

  end(): void {
    this.below.end();
  }

  destroy(): void {
    this.below.destroy();
  }
}
