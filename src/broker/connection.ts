/*
 * One client's connection: its state, output gathered per tick, keep alive, and how it ends. What comes in is in
 * input.ts, what packets do in the handlers that packets.ts names.
 * Read first: MQTT 5.0, 3.1.2.10 (keep alive), 4.8, 4.13.
 */
import type { DisconnectInfo } from './api.js';
import type { Authentication } from './authentication.js';
import { ClientLimits } from './client-limits.js';
import { goodbyePacket, unavailablePacket } from './closing.js';
import { pump } from './delivery.js';
import type { Hub } from './hub.js';
import type { Settings } from './options.js';
import { Input } from './input.js';
import type { Link, LinkOwner } from './link.js';
import { Output } from './output.js';
import type { ProtocolVersion } from './protocol.js';
import { ReasonCode } from './protocol.js';
import type { Delivery, Session } from './session.js';
import { leaveSession } from './session-life.js';
import type { Timer } from './timers.js';
import type { ProtocolViolation } from './violation.js';

export const enum ConnectionState {
  AwaitConnect,
  /** CONNECT is being decided: hooks are asked, AUTH packets go to and fro. */
  Connecting,
  Connected,
  /** The end is decided; nothing more is read or sent. */
  Closed,
}

export class Connection implements LinkOwner {
  state = ConnectionState.AwaitConnect;
  readonly serial: number;
  /** 0 until CONNECT says it. */
  version: ProtocolVersion | 0 = 0;
  clientId = '';
  userName: string | undefined;
  keepAliveSeconds = 0;
  lastPacketAtMs = 0;
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
  /** QoS 2 identifiers that came on this connection and are not released: only these count towards our Receive Maximum. (MQTT 5.0, 4.9) */
  unreleased: Set<number> | undefined;
  /** Unfinished publishes of an earlier connection that are to be sent again. */
  resend: Delivery[] | undefined;
  /** Topic aliases end with the connection. [MQTT-3.3.2-7] */
  aliasesIn: Map<number, string> | undefined;
  aliasesOut: Map<string, number> | undefined;
  aliasesOutMax = 0;
  /** The access rules by which it may publish to a topic, and the topic: its latest. */
  publishRules: object | undefined;
  publishTopic: string | undefined;
  timer: Timer | undefined;
  bytesIn = 0;
  bytesOut = 0;
  messagesIn = 0;
  messagesOut = 0;

  /** The settings that CONNACK told the client of; those of the hub may change meanwhile. */
  announced: Settings;

  readonly limits: ClientLimits;
  private readonly input: Input;
  private readonly output = new Output();
  /** The batch of the store that CONNACK waits for. */
  private connackBatch = 0;
  private linkOpen = true;
  private linkEnding = false;

  constructor(
    readonly hub: Hub,
    readonly link: Link,
  ) {
    this.serial = hub.nextConnectionSerial();
    this.announced = hub.settings;
    this.sendMaximum = hub.settings.inflightMessagesMax;
    hub.connections.add(this);
    hub.stats.connectionsOpened++;
    hub.stats.connectionsOpen++;
    this.limits = new ClientLimits(this);
    this.input = new Input(this, this.limits);
    this.timer = hub.timers.start(hub.settings.connectTimeoutMs, () => {
      this.limits.connectTimedOut();
      this.close('server', 0, 'no CONNECT in time');
    });
  }

  reconfigured(): void {
    this.limits.reconfigured();
  }

  // --- input ---

  linkInput(chunk: Buffer): void {
    this.bytesIn += chunk.length;
    this.input.chunk(chunk);
  }

  linkTextFrame(text: Buffer): void {
    this.input.textFrame(text);
  }

  linkDrained(): void {
    this.input.roomMade();
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

  get isLinkOpen(): boolean {
    return this.linkOpen;
  }

  /** No packet is taken until `release` has been called as often. */
  hold(): void {
    this.input.hold();
  }

  release(): void {
    this.input.release();
  }

  /** Takes the packets that were kept and reads on, unless something keeps it from that. */
  proceed(): void {
    this.input.proceed();
  }

  /** Records a violation that the connection survives. */
  note(violation: ProtocolViolation): void {
    this.input.note(violation);
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
        this.limits.written(this.link.waitingBytes());
      }
    }
    if (!this.linkOpen) return;
    if (this.state === ConnectionState.Closed) this.endLink();
    // A socket that took everything at once tells of no drain.
    else if ((all !== undefined || this.input.isPausedForRoom) && this.hasOutputRoom()) this.linkDrained();
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
    if (keepAliveSeconds > 0) this.timer = this.hub.timers.start(keepAliveSeconds * 1500, Connection.keepAliveDue, this);
  }

  private checkKeepAlive(): void {
    if (this.input.isKeptWaiting) this.lastPacketAtMs = this.hub.timers.nowMs();
    const leftMs = this.lastPacketAtMs + this.keepAliveSeconds * 1500 - this.hub.timers.nowMs();
    if (leftMs > 0) this.timer = this.hub.timers.start(leftMs, Connection.keepAliveDue, this);
    else this.end(ReasonCode.KeepAliveTimeout, 'keep alive ran out');
  }

  private static readonly keepAliveDue = (connection: Connection): void => connection.checkKeepAlive();

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
