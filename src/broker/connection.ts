/*
 * One client's connection: which packets may come in which state, where they go, output gathered per tick, keep alive,
 * and how it ends. What packets do is in the handlers beside this file.
 * Read first: MQTT 5.0, 3.1.2.10 (keep alive), 4.8, 4.13.
 */
import type { DisconnectInfo } from './api.js';
import type { Authentication } from './authentication.js';
import { authenticationReceived } from './authentication.js';
import { ClientLimits } from './client-limits.js';
import { connectReceived } from './connect.js';
import { decodeAck, decodeAuth, decodeDisconnect, decodePublish, decodeSubscribe, decodeUnsubscribe } from './decode.js';
import { acknowledged, pump } from './delivery.js';
import { pingresp } from './encode.js';
import { checkFirstByte } from './first-byte.js';
import { Framer } from './framing.js';
import type { PacketOwner } from './framing.js';
import type { Hub } from './hub.js';
import type { Link, LinkOwner } from './link.js';
import type { ProtocolVersion } from './protocol.js';
import { PacketType, ReasonCode } from './protocol.js';
import { disconnectReceived, finalPacketFor, goodbyePacket, unavailablePacket } from './closing.js';
import { Output } from './output.js';
import { publishReceived, releaseReceived } from './publish.js';
import type { Delivery, Session } from './session.js';
import { leaveSession } from './session-life.js';
import { subscribeReceived, unsubscribeReceived } from './subscribe.js';
import type { Timer } from './timers.js';
import { ProtocolViolation } from './violation.js';

export const enum ConnectionState {
  AwaitConnect,
  /** CONNECT is being decided: hooks are asked, AUTH packets go to and fro. */
  Connecting,
  Connected,
  /** The end is decided; nothing more is read or sent. */
  Closed,
}

/** What a client may send after the end, before it is cut off. */
const bytesIgnoredMax = 256 * 1024;

export class Connection implements LinkOwner, PacketOwner {
  state = ConnectionState.AwaitConnect;
  readonly serial: number;
  /** 0 until CONNECT says it. */
  version: ProtocolVersion | 0 = 0;
  clientId = '';
  userName: string | undefined;
  keepAliveSeconds = 0;
  connectedAtMs = 0;
  session: Session | undefined;
  authentication: Authentication | undefined;
  /** Session Expiry Interval of CONNECT, which DISCONNECT may not raise from 0. */
  connectExpirySeconds = 0;
  /** Largest packet the client takes. */
  maximumPacketSize = Infinity;
  /** Unacknowledged publishes the client takes, within our own limit. */
  sendMaximum: number;
  unacknowledged = 0;
  /** Unfinished publishes of an earlier connection that are to be sent again. */
  readonly resend: Delivery[] = [];
  /** Topic aliases end with the connection. [MQTT-3.3.2-7] */
  aliasesIn: Map<number, string> | undefined;
  aliasesOut: Map<string, number> | undefined;
  aliasesOutMax = 0;
  timer: Timer | undefined;
  bytesIn = 0;
  bytesOut = 0;
  messagesIn = 0;
  messagesOut = 0;

  private readonly framer = new Framer(this);
  private readonly output = new Output();
  /** The batch of the store that CONNACK waits for. */
  private connackBatch = 0;
  private packetsSeen = 0;
  private lastPacketAtMs = 0;
  /** Hooks that have not answered yet: what comes meanwhile waits. */
  private holds = 0;
  private pausedForRoom = false;
  private readonly limits: ClientLimits;
  /** Bytes that came after the end. */
  private bytesIgnored = 0;
  private linkOpen = true;
  private linkEnding = false;

  constructor(
    readonly hub: Hub,
    readonly link: Link,
  ) {
    this.serial = hub.nextConnectionSerial();
    this.sendMaximum = hub.settings.inflightMessagesMax;
    hub.connections.add(this);
    hub.stats.connectionsOpened++;
    hub.stats.connectionsOpen++;
    this.limits = new ClientLimits(this);
    this.timer = hub.timers.start(hub.settings.connectTimeoutMs, () => {
      this.limits.connectTimedOut();
      this.close('server', 0, 'no CONNECT in time');
    });
  }

  // --- input ---

  linkInput(chunk: Buffer): void {
    this.hub.stats.bytesIn += chunk.length;
    this.bytesIn += chunk.length;
    if (this.state === ConnectionState.Closed) {
      // Read on for a moment so that our last packet arrives, but not for a client that pours on.
      this.bytesIgnored += chunk.length;
      if (this.bytesIgnored > bytesIgnoredMax) this.link.destroy();
      return;
    }
    const now = this.hub.timers.nowMs();
    this.limits.beginInput(now);
    this.judge(() => this.framer.input(chunk));
    this.tookInput(chunk.length, now);
    // A client that does not read its answers is not read either, and nobody is while the store is far behind.
    if (!this.pausedForRoom && this.takesPackets() && !this.hasInputRoom()) {
      this.pausedForRoom = true;
      this.link.pause();
      if (this.hub.store.isBehind) this.hub.waitForStore(this);
    }
  }

  linkTextFrame(text: Buffer): void {
    if (this.state === ConnectionState.Closed) return;
    this.judge(() => {
      throw new ProtocolViolation(ReasonCode.MalformedPacket, '6.0.0-1', '6.0.0-1', 'a WebSocket frame is not binary');
    }, text);
  }

  linkDrained(): void {
    if (this.pausedForRoom && this.hasInputRoom()) {
      this.pausedForRoom = false;
      this.resumeIfFree();
    }
    if (this.pausedForRoom && this.hub.store.isBehind) this.hub.waitForStore(this);
    this.limits.outputWaits(this.link.waitingBytes());
    if (this.session !== undefined) pump(this.hub, this, this.session);
  }

  linkEnded(): void {
    this.close('network', 0, 'the client closed the link');
  }

  linkClosed(): void {
    this.linkOpen = false;
    this.hub.connections.delete(this);
    this.hub.stats.connectionsOpen--;
    this.close('network', 0, 'the link ended');
    this.limits.linkClosed();
  }

  /** No packet is taken until `release` has been called as often. */
  hold(): void {
    this.holds++;
    this.link.pause();
  }

  release(): void {
    this.holds--;
    this.proceed();
  }

  /** Takes the packets that were kept and reads on, unless something keeps it from that. */
  proceed(): void {
    if (this.state === ConnectionState.Closed || this.holds > 0 || this.limits.paused) return;
    const now = this.hub.timers.nowMs();
    this.limits.beginInput(now);
    this.judge(() => this.framer.resume());
    this.tookInput(0, now);
    this.resumeIfFree();
  }

  private resumeIfFree(): void {
    if (this.holds === 0 && !this.pausedForRoom && !this.limits.paused && this.linkOpen) this.link.resume();
  }

  private tookInput(bytes: number, now: number): void {
    const packets = this.packetsSeen;
    if (packets > 0) this.lastPacketAtMs = now;
    this.packetsSeen = 0;
    if (this.state !== ConnectionState.Closed) this.limits.tookInput(packets, bytes, this.framer.heldBytes());
  }

  takesPackets(): boolean {
    return this.holds === 0 && this.state !== ConnectionState.Closed && this.limits.allowsPacket(this.packetsSeen);
  }

  firstByte(firstByte: number): void {
    checkFirstByte(this, firstByte);
  }

  packetSize(size: number): void {
    if (size <= this.hub.settings.maximumPacketSize) return;
    const reason = `the packet has ${size} bytes, at most ${this.hub.settings.maximumPacketSize} are taken`;
    throw new ProtocolViolation(ReasonCode.PacketTooLarge, '3.2.2-15', '2.2.3', reason);
  }

  packet(bytes: Buffer, at: number, from: number, end: number, shortest: boolean): void {
    this.packetsSeen++;
    this.hub.stats.packetsIn++;
    const { hub } = this;
    const { reader } = hub;
    const type = bytes[at] >>> 4;
    reader.open(bytes, from, end, this.version === 4 ? 4 : 5);
    if (type === PacketType.CONNECT) {
      connectReceived(hub, this, reader, shortest);
      return;
    }
    if (this.version === 5 && !shortest) reader.malformed('1.5.5-1', '2.2.3', 'Remaining Length is not in its shortest form');
    const session = this.session;
    if (session === undefined) {
      // Between CONNECT and CONNACK: firstByte let only AUTH and DISCONNECT pass.
      if (type === PacketType.AUTH) authenticationReceived(hub, this, decodeAuth(reader));
      else disconnectReceived(this, decodeDisconnect(reader));
      return;
    }
    switch (type) {
      case PacketType.PUBLISH:
        publishReceived(hub, this, session, decodePublish(reader, bytes[at] & 0x0f));
        break;
      case PacketType.PUBACK:
      case PacketType.PUBREC:
      case PacketType.PUBCOMP:
        acknowledged(hub, this, session, type, decodeAck(reader, type));
        break;
      case PacketType.PUBREL:
        releaseReceived(hub, this, session, decodeAck(reader, type).packetId);
        break;
      case PacketType.SUBSCRIBE:
        subscribeReceived(hub, this, session, decodeSubscribe(reader));
        break;
      case PacketType.UNSUBSCRIBE:
        unsubscribeReceived(hub, this, session, decodeUnsubscribe(reader));
        break;
      case PacketType.PINGREQ:
        reader.finish('PINGREQ');
        this.sendAtOnce(pingresp);
        break;
      case PacketType.DISCONNECT:
        disconnectReceived(this, decodeDisconnect(reader));
        break;
      default:
        authenticationReceived(hub, this, decodeAuth(reader));
    }
  }

  /** Runs what may find a violation, and answers that. */
  private judge(work: () => void, packet?: Uint8Array): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.record(error, packet ?? this.framer.judged(), true);
      this.close('server', error.reasonCode, error.message, finalPacketFor(this, error));
    }
  }

  /** Records a violation that the connection survives. */
  note(violation: ProtocolViolation): void {
    this.record(violation, this.framer.judged(), false);
  }

  private record(violation: ProtocolViolation, packet: Uint8Array, closed: boolean): void {
    const entry = this.hub.violations.add(this.clientId, this.version, packet, violation, closed);
    this.hub.stats.violations++;
    this.hub.emit('violation', entry);
  }

  // --- output ---

  /** Queues a packet that leaves when everything done so far is stored. The bytes are shared, not copied: do not change them. */
  send(bytes: Uint8Array): void {
    this.put(bytes, this.hub.store.pendingBatch());
  }

  /** Queues a packet that tells of nothing the store must have; it leaves at the end of the tick if nothing ahead of it waits. */
  sendAtOnce(bytes: Uint8Array): void {
    this.put(bytes, 0);
  }

  sendConnack(bytes: Uint8Array): void {
    this.connackBatch = this.hub.store.pendingBatch();
    this.put(bytes, this.connackBatch);
  }

  private put(bytes: Uint8Array, batch: number): void {
    if (this.state === ConnectionState.Closed) return;
    if (bytes.length > this.maximumPacketSize) {
      // An answer the client does not take, and cannot do without. [MQTT-3.1.2-24]
      this.end(ReasonCode.PacketTooLarge, 'an answer is larger than the client takes');
      return;
    }
    if (this.output.isEmpty) this.hub.flushLater(this);
    this.output.add(bytes, batch);
    this.hub.stats.packetsOut++;
  }

  /** Writes what may leave. Called at the end of a tick and when the store has a batch; a spurious call does nothing. */
  flush(): void {
    const { output } = this;
    output.release(this.hub.store.committedBatch);
    if (output.isHeld) this.hub.waitForStore(this);
    const all = output.take();
    if (all !== undefined) {
      this.hub.stats.bytesOut += all.length;
      this.bytesOut += all.length;
      if (this.linkOpen) {
        this.link.write(all);
        this.limits.outputWaits(this.link.waitingBytes());
      }
    }
    if (!this.linkOpen) return;
    if (this.state === ConnectionState.Closed) this.endLink();
    // A socket that took everything at once tells of no drain.
    else if ((all !== undefined || this.pausedForRoom) && this.hasOutputRoom()) this.linkDrained();
  }

  /** What waits for the store will never leave. [MQTT-3.14.0-1]: without its CONNACK the client gets one that refuses. */
  storeFailed(): void {
    if (!this.output.isHeld) return this.hub.waitForStore(this);
    this.output.dropHeld();
    if (this.state === ConnectionState.Closed) this.endLink();
    else if (this.connackBatch <= this.hub.store.committedBatch) this.end(ReasonCode.QuotaExceeded, 'the store failed');
    else this.close('server', ReasonCode.ServerUnavailable, 'the store failed', unavailablePacket(this));
  }

  /** What was sent last may still wait for the store; the link stays for it. */
  private endLink(): void {
    if (this.output.isHeld || this.linkEnding) return;
    this.linkEnding = true;
    this.link.end();
  }

  hasOutputRoom(): boolean {
    return this.limits.hasOutputRoom(this.output.bytes + this.link.waitingBytes());
  }

  private hasInputRoom(): boolean {
    return this.hasOutputRoom() && !this.hub.store.isBehind;
  }

  /** [MQTT-4.9.0-2] [MQTT-3.3.4-9] */
  hasSendQuota(): boolean {
    return this.unacknowledged < this.sendMaximum && this.state === ConnectionState.Connected && this.hasOutputRoom();
  }

  // --- life ---

  /** Watches the keep alive from now on; the limit is one and a half times the agreed time. [MQTT-3.1.2-22] */
  startKeepAlive(keepAliveSeconds: number): void {
    this.hub.timers.cancel(this.timer);
    this.timer = undefined;
    this.keepAliveSeconds = keepAliveSeconds;
    this.lastPacketAtMs = this.hub.timers.nowMs();
    if (keepAliveSeconds > 0) this.timer = this.hub.timers.start(keepAliveSeconds * 1500, this.checkKeepAlive);
  }

  private checkKeepAlive = (): void => {
    const leftMs = this.lastPacketAtMs + this.keepAliveSeconds * 1500 - this.hub.timers.nowMs();
    if (leftMs > 0) this.timer = this.hub.timers.start(leftMs, this.checkKeepAlive);
    else this.end(ReasonCode.KeepAliveTimeout, 'keep alive ran out');
  };

  /** Ends a connected client's connection by our own choice: DISCONNECT where the version has it, then close. */
  end(reasonCode: number, reason: string, reasonString?: string, serverReference?: string): void {
    this.close('server', reasonCode, reason, goodbyePacket(this, reasonCode, reasonString, serverReference));
  }

  /** Cuts the connection as a failing network would. */
  drop(): void {
    this.close('network', 0, 'the connection was dropped');
    this.link.destroy();
  }

  /** The one way to Closed. `lastPacket` is the last thing the client gets. `keepWill` false is a normal DISCONNECT. */
  close(by: DisconnectInfo['by'], reasonCode: number, reason: string, lastPacket?: Uint8Array, keepWill = true): void {
    if (this.state === ConnectionState.Closed) return;
    if (lastPacket !== undefined && lastPacket.length <= this.maximumPacketSize) this.sendAtOnce(lastPacket);
    this.state = ConnectionState.Closed;
    this.hub.timers.cancel(this.timer);
    this.limits.stop();
    this.flush();
    const session = this.session;
    if (session === undefined) return;
    this.session = undefined;
    this.hub.stats.clientsConnected--;
    leaveSession(this.hub, session, keepWill);
    const version = this.version as ProtocolVersion;
    this.hub.emit('clientDisconnected', { clientId: this.clientId, version, by, reasonCode, reason });
  }
}
