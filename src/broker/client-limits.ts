/*
 * The limits of one connection at work: reading stops while its client has sent too fast, and what waits for it counts
 * towards the memory of all. Knows nothing of packets but their number. Limits themselves: limits.ts.
 */
import type { LimitName } from './api.js';
import type { Connection } from './connection.js';
import { NameBytes, Pace } from './limits.js';
import { ReasonCode } from './protocol.js';
import type { Timer } from './timers.js';

/** What a client may have under way in either direction even if the memory for all is used up: enough for everyday packets. */
const freeInputBytes = 4096;
const freeOutputBytes = 65_536;

export class ClientLimits {
  private pace: Pace;
  /** Set while the client has sent too fast and is not read. */
  private pauseTimer: Timer | undefined;
  private inputCounted = 0;
  private outputCounted = 0;
  private aliasBytes: NameBytes | undefined;

  constructor(private readonly connection: Connection) {
    const { timers, settings } = connection.hub;
    this.pace = new Pace(timers.nowMs(), settings.packetsPerSecondMax, settings.bytesPerSecondMax);
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

  /** After each chunk. `heldBytes` is the memory that a packet under way takes, or what came beyond the rate. */
  tookInput(packets: number, bytes: number, heldBytes: number): void {
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
    if (heldBytes === this.inputCounted) return;
    hub.memory.inputBytes += heldBytes - this.inputCounted;
    this.inputCounted = heldBytes;
    if (heldBytes <= freeInputBytes || hub.memory.hasRoomFor(0)) return;
    hub.stats.closedMemoryFull++;
    this.reached('memoryBytesMax', hub.settings.memoryBytesMax, 'the client is disconnected over a large packet');
    this.connection.end(ReasonCode.QuotaExceeded, 'too much waits for all clients together');
  }

  /** `waitingBytes` have been given to the link and not yet taken by the operating system. */
  outputWaits(waitingBytes: number): void {
    this.connection.hub.memory.outputBytes += waitingBytes - this.outputCounted;
    this.outputCounted = waitingBytes;
  }

  /** Whether more may wait for the client. */
  hasOutputRoom(waitingBytes: number): boolean {
    const { settings, memory } = this.connection.hub;
    return waitingBytes < settings.outputBytesMax && (waitingBytes <= freeOutputBytes || memory.hasRoomFor(0));
  }

  /** A topic alias stands for so many bytes more, or fewer. Whether it may: if not, the connection has ended. */
  aliasTakes(bytes: number): boolean {
    const { hub } = this.connection;
    this.aliasBytes ??= new NameBytes();
    if (bytes <= 0 || this.aliasBytes.hasRoomFor(hub.memory, bytes)) {
      this.aliasBytes.add(hub.memory, bytes);
      return true;
    }
    hub.stats.closedMemoryFull++;
    this.reached('memoryBytesMax', hub.settings.memoryBytesMax, 'the client is disconnected over its topic aliases');
    this.connection.end(ReasonCode.QuotaExceeded, 'too much waits for all clients together');
    return false;
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
    this.outputWaits(0);
    this.aliasBytes?.clear(this.connection.hub.memory);
    this.connection.hub.memory.inputBytes -= this.inputCounted;
    this.inputCounted = 0;
  }

  private reached(limit: LimitName, max: number, consequence: string): void {
    const { hub, clientId, link } = this.connection;
    hub.limits.reached(limit, max, clientId, link.socket.remoteAddress ?? '', consequence);
  }
}
