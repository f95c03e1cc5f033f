/*
 * The limits of one connection at work: reading stops while its client has sent too fast, and what waits for it counts
 * towards the memory of all. Knows nothing of packets but their number. Limits themselves: limits.ts.
 */
import type { LimitName } from './api.js';
import type { Connection } from './connection.js';
import { Pace } from './limits.js';
import { aliasBytes, connectionCostBytes, writeCostBytes } from './memory-use.js';
import { ReasonCode } from './protocol.js';
import type { Timer } from './timers.js';

/** What a client may have under way in either direction even if the memory for all is used up: enough for everyday packets. */
const freeInputBytes = 4096;
const freeOutputBytes = 16_384;

export class ClientLimits {
  private pace: Pace;
  /** Set while the client has sent too fast and is not read. */
  private pauseTimer: Timer | undefined;
  private inputCounted = 0;
  private outputCounted = 0;
  /** Writes since the operating system had taken all. */
  private writesWaiting = 0;
  private aliasesCounted = 0;

  constructor(private readonly connection: Connection) {
    const { timers, settings } = connection.hub;
    this.pace = new Pace(timers.nowMs(), settings.packetsPerSecondMax, settings.bytesPerSecondMax);
    connection.hub.memory.stateBytes += connectionCostBytes;
  }

  /** The client's pace is measured anew. */
  reconfigured(): void {
    const { timers, settings } = this.connection.hub;
    this.pace = new Pace(timers.nowMs(), settings.packetsPerSecondMax, settings.bytesPerSecondMax);
  }

  get paused(): boolean {
    return this.pauseTimer !== undefined;
  }

  /** Before each chunk. */
  beginInput(nowMs: number): void {
    this.pace.refill(nowMs);
  }

  /** Whether the client may have one more packet taken, after so many of this chunk. */
  allowsPacket(packets: number): boolean {
    return !this.paused && this.pace.hasLeft(packets);
  }

  /** After each chunk. `heldBytes` is the memory that a packet under way takes, or what came beyond the rate or the client's turn. */
  tookInput(packets: number, bytes: number, heldBytes: number, waitsForTurn: boolean): void {
    const { hub, link } = this.connection;
    const overdrawn = this.pace.take(packets, bytes);
    if (overdrawn !== undefined && !this.paused) {
      if (overdrawn.limit === 'packetsPerSecondMax') hub.stats.pausedForPackets++;
      else hub.stats.pausedForBytes++;
      this.reached(overdrawn.limit, hub.settings[overdrawn.limit], 'the client is not read until it has kept to its rate');
      link.pause();
      this.pauseTimer = hub.timers.start(overdrawn.waitMs, () => {
        this.pauseTimer = undefined;
        this.connection.proceed();
      });
    }
    this.inputHeld(heldBytes, waitsForTurn);
  }

  /** What is held of what came, and whether that is but for a moment. */
  inputHeld(heldBytes: number, waitsForTurn: boolean): void {
    const { hub } = this.connection;
    if (heldBytes === this.inputCounted) return;
    hub.memory.inputBytes += heldBytes - this.inputCounted;
    this.inputCounted = heldBytes;
    // What waits for its turn is taken in a moment.
    if (heldBytes <= freeInputBytes || waitsForTurn || hub.memory.hasRoomFor(0)) return;
    hub.stats.closedMemoryFull++;
    this.reached('memoryBytesMax', hub.settings.memoryBytesMax, 'the client is disconnected over a large packet');
    this.connection.end(ReasonCode.QuotaExceeded, 'too much waits for all clients together');
  }

  /** `waitingBytes` have been given to the link and not yet taken by the operating system. */
  outputWaits(waitingBytes: number): void {
    if (waitingBytes === 0) this.writesWaiting = 0;
    const counted = waitingBytes + this.writesWaiting * writeCostBytes;
    this.connection.hub.memory.outputBytes += counted - this.outputCounted;
    this.outputCounted = counted;
  }

  /** The same, behind one more write. */
  written(waitingBytes: number): void {
    this.writesWaiting++;
    this.outputWaits(waitingBytes);
  }

  /** Whether a topic alias may stand for a topic, in the place of `earlier`. */
  hasAliasRoom(topic: string, earlier?: string): boolean {
    const bytes = aliasBytes(topic) - aliasBytes(earlier);
    return bytes <= 0 || this.connection.hub.memory.hasRoomForState(this.aliasesCounted, bytes);
  }

  /** A topic alias stands for a topic, `earlier` for another. */
  aliasKept(topic: string, earlier?: string): void {
    const bytes = aliasBytes(topic) - aliasBytes(earlier);
    this.aliasesCounted += bytes;
    this.connection.hub.memory.stateBytes += bytes;
  }

  /** Whether more may wait for the client. */
  hasOutputRoom(waitingBytes: number): boolean {
    const { settings, memory } = this.connection.hub;
    return waitingBytes < settings.outputBytesMax && (waitingBytes <= freeOutputBytes || memory.hasRoomFor(0));
  }

  connectTimedOut(): void {
    const { stats, settings } = this.connection.hub;
    stats.connectTimeouts++;
    this.reached('connectTimeoutMs', settings.connectTimeoutMs, 'the connection is closed, as no CONNECT came');
  }

  /** No more is read. */
  stop(): void {
    this.connection.hub.timers.cancel(this.pauseTimer);
  }

  /** Nothing waits any more. */
  linkClosed(): void {
    const { memory } = this.connection.hub;
    this.outputWaits(0);
    memory.inputBytes -= this.inputCounted;
    this.inputCounted = 0;
    memory.stateBytes -= connectionCostBytes + this.aliasesCounted;
    this.aliasesCounted = 0;
  }

  private reached(limit: LimitName, max: number, consequence: string): void {
    const { hub, clientId, link } = this.connection;
    hub.limits.reached(limit, max, clientId, link.socket.remoteAddress ?? '', consequence);
  }
}
