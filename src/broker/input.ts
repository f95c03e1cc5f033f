/*
 * What comes from one client: chunks become packets, packets go to their handlers, what breaks the specification is
 * recorded and answered; and when the client is not read for a while: a hook thinks, it was too fast, others have
 * their turn, its answers or the store are behind. Knows nothing of sockets; what leaves is in connection.ts.
 * Read first: MQTT 5.0, 4.8 and 4.13.
 */
import type { ClientLimits } from './client-limits.js';
import { finalPacketFor } from './closing.js';
import type { Connection } from './connection.js';
import { ConnectionState } from './connection.js';
import { checkFirstByte } from './first-byte.js';
import { Framer } from './framing.js';
import type { PacketOwner } from './framing.js';
import { packetReceived } from './packets.js';
import { ReasonCode } from './protocol.js';
import type { Timer } from './timers.js';
import type { TurnTaker } from './turns.js';
import { ProtocolViolation } from './violation.js';

/** What a client may send after the end, before it is cut off. */
const bytesIgnoredMax = 256 * 1024;

const readAheadMs = 100;

export class Input implements PacketOwner, TurnTaker {
  private readonly framer = new Framer(this);
  /** Since the client was last read. */
  private packetsSeen = 0;
  /** Hooks that have not answered yet: what comes meanwhile waits. */
  private holds = 0;
  private pausedForRoom = false;
  /** Ends at this amount of work; what is left then waits for the next turn. */
  private turnEndsAt = 0;
  private turnIsOver = false;
  private waitsForTurn = false;
  /** Looks at what the paused link has read ahead, since nothing else may happen on it for long. */
  private countTimer: Timer | undefined;
  /** Bytes that came after the end. */
  private bytesIgnored = 0;

  constructor(
    private readonly connection: Connection,
    private readonly limits: ClientLimits,
  ) {}

  chunk(chunk: Buffer): void {
    const { connection } = this;
    const { hub, link } = connection;
    hub.stats.bytesIn += chunk.length;
    if (connection.state === ConnectionState.Closed) {
      // Read on for a moment so that our last packet arrives, but not for a client that pours on.
      this.bytesIgnored += chunk.length;
      if (this.bytesIgnored > bytesIgnoredMax) link.destroy();
      return;
    }
    const now = hub.timers.nowMs();
    this.limits.beginInput(now);
    this.turnEndsAt = hub.turns.begin();
    this.judge(() => this.framer.input(chunk));
    this.took(chunk.length, now);
    // A client that does not read its answers is not read either, and nobody is while the store is far behind.
    if (!this.pausedForRoom && this.takesPackets() && !this.hasRoom()) {
      this.pausedForRoom = true;
      link.pause();
      this.countTimer ??= hub.timers.start(readAheadMs, Input.countReadAhead, this);
      if (hub.store.isBehind) hub.waitForStore(connection);
    }
  }

  textFrame(text: Buffer): void {
    if (this.connection.state === ConnectionState.Closed) return;
    this.judge(() => {
      throw new ProtocolViolation(ReasonCode.MalformedPacket, '6.0.0-1', '6.0.0-1', 'a WebSocket frame is not binary');
    }, text);
  }

  /** Whether it is we who do not read: then nothing follows from the client's silence. */
  get isKeptWaiting(): boolean {
    return this.holds > 0 || this.waitsForTurn || this.limits.paused || (this.pausedForRoom && this.connection.hub.store.isBehind);
  }

  get isPausedForRoom(): boolean {
    return this.pausedForRoom;
  }

  /** Answers have left, or the store has caught up: reads on if that was what kept it. */
  roomMade(): void {
    if (!this.pausedForRoom) return;
    if (this.hasRoom()) {
      this.pausedForRoom = false;
      this.resumeIfFree();
    }
    if (this.pausedForRoom && this.connection.hub.store.isBehind) this.connection.hub.waitForStore(this.connection);
  }

  /** No packet is taken until `release` has been called as often. */
  hold(): void {
    this.holds++;
    this.connection.link.pause();
  }

  release(): void {
    this.holds--;
    this.proceed();
  }

  /** Takes the packets that were kept and reads on, unless something keeps it from that. */
  proceed(): void {
    const { state, hub } = this.connection;
    if (state === ConnectionState.Closed || this.holds > 0 || this.limits.paused || this.waitsForTurn) return;
    if (hub.turns.isCrowded) {
      this.waitForTurn();
      return;
    }
    const now = hub.timers.nowMs();
    this.limits.beginInput(now);
    this.turnEndsAt = hub.turns.begin();
    this.judge(() => this.framer.resume());
    this.took(0, now);
    this.resumeIfFree();
  }

  takeTurn(): void {
    this.waitsForTurn = false;
    this.proceed();
  }

  takesPackets(): boolean {
    if (this.holds > 0 || this.waitsForTurn || this.connection.state === ConnectionState.Closed) return false;
    if (!this.limits.allowsPacket(this.packetsSeen)) return false;
    this.turnIsOver = this.connection.hub.turns.work >= this.turnEndsAt;
    return !this.turnIsOver;
  }

  firstByte(firstByte: number): void {
    checkFirstByte(this.connection, firstByte);
  }

  packetSize(size: number): void {
    const { maximumPacketSize } = this.connection.announced;
    if (size <= maximumPacketSize) return;
    const reason = `the packet has ${size} bytes, at most ${maximumPacketSize} are taken`;
    throw new ProtocolViolation(ReasonCode.PacketTooLarge, '3.2.2-15', '2.2.3', reason);
  }

  packet(bytes: Buffer, at: number, from: number, end: number, shortest: boolean): void {
    const { hub } = this.connection;
    this.packetsSeen++;
    hub.stats.packetsIn++;
    hub.turns.work++;
    packetReceived(this.connection, bytes[at], bytes, from, end, shortest);
  }

  /** Records a violation that the connection survives. */
  note(violation: ProtocolViolation): void {
    this.record(violation, this.framer.judged(), false);
  }

  private resumeIfFree(): void {
    const { connection } = this;
    if (this.holds === 0 && !this.pausedForRoom && !this.waitsForTurn && !this.limits.paused && connection.isLinkOpen) connection.link.resume();
  }

  private waitForTurn(): void {
    this.waitsForTurn = true;
    this.connection.link.pause();
    this.connection.hub.turns.wait(this);
  }

  private took(bytes: number, now: number): void {
    const packets = this.packetsSeen;
    if (packets > 0) this.connection.lastPacketAtMs = now;
    this.packetsSeen = 0;
    if (this.connection.state === ConnectionState.Closed) return;
    if (this.turnIsOver) {
      this.turnIsOver = false;
      this.waitForTurn();
    }
    this.limits.tookInput(packets, bytes, this.heldBytes(), this.waitsForTurn);
  }

  private heldBytes(): number {
    return this.framer.heldBytes() + this.connection.link.readAheadBytes();
  }

  private static readonly countReadAhead = (input: Input): void => {
    input.countTimer = undefined;
    if (input.connection.state !== ConnectionState.Closed) input.limits.inputHeld(input.heldBytes(), input.waitsForTurn);
  };

  private hasRoom(): boolean {
    return this.connection.hasOutputRoom() && !this.connection.hub.store.isBehind;
  }

  /** Runs what may find a violation, and answers that. */
  private judge(work: () => void, packet?: Uint8Array): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.record(error, packet ?? this.framer.judged(), true);
      this.connection.close('server', error.reasonCode, error.message, finalPacketFor(this.connection, error));
    }
  }

  private record(violation: ProtocolViolation, packet: Uint8Array, closed: boolean): void {
    const { hub, clientId, version } = this.connection;
    const entry = hub.violations.add(clientId, version, packet, violation, closed);
    hub.stats.violations++;
    hub.emit('violation', entry);
  }
}
