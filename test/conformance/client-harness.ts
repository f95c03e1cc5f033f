/**
 * A client of the core over a fake link, as a port would drive it, on virtual time: what was fed, what came out, what was
 * reported. After every call the invariants are checked; buffers are guarded and what is not in use is poisoned.
 * Must not know: the core's private fields (invariants.ts does), sockets.
 *
 * Read first: the port contract in src/core/README.md.
 */
import mqttPacket from 'mqtt-packet';
import {
  type Client, clientAcknowledge, clientConnect, type ClientConfig, clientInput, clientLinkDown, clientLinkUp, clientNextDeadline,
  clientNextEvent, clientOutput, clientPublish, clientSent, clientWantsLink, configFault, type ConfigV5, createClient, createConfig,
  createConfigV5, Event, State, Status, Time,
} from '../../src/core/index.js';
import { type Level } from './cite.js';
import { guardClient } from './guarded.js';
import { bytes, hex } from './hex.js';
import { clientHolds, poisonUnused } from './invariants.js';
import { eventText, type Seen, seenEvent } from './seen.js';

export type Changes = Partial<Omit<ClientConfig, 'v5'>> & { v5?: Partial<ConfigV5> };

/** The server accepts: no session, no limits. */
export const accepted: Record<Level, string> = { 4: '20 02 00 00', 5: '20 03 00 00 00' };

/** The server accepts and has kept the session. */
export const resumed: Record<Level, string> = { 4: '20 02 01 00', 5: '20 03 01 00 00' };

const stepsMax = 10000;

/** A client configuration for tests: small buffers, a session that is kept unless `changes` say otherwise. */
export function testConfig(level: Level, changes: Changes = {}): ClientConfig {
  const { v5, ...common } = changes;
  const config = createConfig('dev1');
  Object.assign(config, { version: level }, common);
  if (level === 5) config.v5 = Object.assign(createConfigV5(), v5);
  return config;
}

export class TestClient {
  readonly c: Client;
  now = 1000;
  isLinkOpen = false;
  /** False: the port cannot open links. */
  opensLinks = true;
  /** Most bytes the link takes at once; 0: it is stalled. */
  takes = 0x7fffffff;
  /** How many links there have been. */
  links = 0;
  /** Called with every event, while its views are valid. */
  onEvent: ((seen: Seen) => void) | null = null;
  /** Bytes that the current link was given and nobody has read. */
  private wireBytes: number[] = [];
  private readAt = 0;
  private reported: Seen[] = [];
  private readonly level: Level;
  private oracle: mqttPacket.Parser | null = null;
  private decoded: mqttPacket.Packet[] = [];

  constructor(level: Level, changes: Changes = {}, isGuarded = true) {
    const config = testConfig(level, changes);
    const c = createClient(config);
    if (c === null) throw new Error(`configuration refused: fault ${configFault(config)}`);
    this.c = c;
    this.level = level;
    if (isGuarded) guardClient(c);
    this.begin();
  }

  /** Before every call: nothing that is unused may be relied on. */
  begin(): void {
    poisonUnused(this.c);
  }

  private newOracle(): void {
    const parser = mqttPacket.parser({ protocolVersion: this.level });
    parser.on('packet', (packet: mqttPacket.Packet) => this.decoded.push(packet));
    parser.on('error', (error: Error) => {
      throw new Error(`mqtt-packet refuses what the client sent: ${error.message}`);
    });
    this.oracle = parser;
  }

  private takeEvents(): boolean {
    let isAny = false;
    for (let step = 0; step < stepsMax; step++) {
      this.begin();
      const event = clientNextEvent(this.c);
      clientHolds(this.c);
      if (event === Event.None) return isAny;
      isAny = true;
      const seen = seenEvent(this.c, event);
      this.reported.push(seen);
      this.onEvent?.(seen);
    }
    throw new Error('events without end');
  }

  private giveOutput(): boolean {
    let isAny = false;
    for (let step = 0; step < stepsMax; step++) {
      this.begin();
      const count = clientOutput(this.c, this.now);
      clientHolds(this.c);
      const taken = this.isLinkOpen ? Math.min(count, this.takes) : 0;
      if (taken <= 0) return isAny;
      isAny = true;
      this.hand(taken);
    }
    throw new Error('output without end');
  }

  private hand(count: number): void {
    const part = Buffer.from(Array.from({ length: count }, (_, n) => this.c.out[this.c.outFrom + n]));
    for (const byte of part) this.wireBytes.push(byte);
    this.oracle?.parse(part);
    clientSent(this.c, count);
    clientHolds(this.c);
  }

  /** Does what the port contract says until nothing moves. */
  settle(): void {
    for (let step = 0; step < stepsMax; step++) {
      let isMoved = this.takeEvents();
      isMoved = this.giveOutput() || isMoved;
      const wants = clientWantsLink(this.c);
      if (wants && !this.isLinkOpen && this.opensLinks) {
        isMoved = true;
        this.linkUp();
      } else if (!wants && (this.isLinkOpen || this.c.state === State.Retiring || this.c.state === State.Stopping)) {
        isMoved = true;
        this.linkDown();
      }
      if (!isMoved) return;
    }
    throw new Error('the client does not settle');
  }

  linkUp(): Status {
    const status = clientLinkUp(this.c, this.now);
    clientHolds(this.c);
    if (status === Status.Ok) {
      this.isLinkOpen = true;
      this.links += 1;
      this.wireBytes = [];
      this.readAt = 0;
      this.newOracle();
    }
    return status;
  }

  /** The link is closed or lost, by whomever. */
  linkDown(): void {
    this.takeEvents();
    this.isLinkOpen = false;
    this.begin();
    clientLinkDown(this.c, this.now);
    clientHolds(this.c);
    this.takeEvents();
  }

  /** Starts connecting, up to the sent CONNECT. */
  connect(): Status {
    this.begin();
    const status = clientConnect(this.c, this.now);
    clientHolds(this.c);
    this.settle();
    return status;
  }

  /** Bytes from the server in one call, as far as the client takes them; acts as the port does until all settles. */
  feed(written: string | Uint8Array): this {
    const given = bytes(written);
    let from = 0;
    for (let step = 0; step < stepsMax; step++) {
      if (!this.isLinkOpen) return this;
      this.begin();
      const taken = clientInput(this.c, given, from, given.length, this.now);
      clientHolds(this.c);
      from += taken;
      this.settle();
      if (from === given.length) return this;
      if (taken === 0 && step > 10) throw new Error(`the client takes no more of ${hex(given)} from ${from}`);
    }
    throw new Error('input without end');
  }

  /** As `feed`, in as many calls as there are parts between the cuts. */
  feedCut(written: string | Uint8Array, ...cuts: readonly number[]): this {
    const given = bytes(written);
    [0, ...cuts].forEach((cut, index) => this.feed(given.subarray(cut, cuts[index] ?? given.length)));
    return this;
  }

  /** As `feed`, a byte at a time. */
  feedBytewise(written: string | Uint8Array): this {
    bytes(written).forEach((byte) => this.feed(Uint8Array.of(byte)));
    return this;
  }

  /** A call of the application's on the client, and everything that follows from it. */
  call<T>(action: (c: Client, now: number) => T): T {
    this.begin();
    const result = action(this.c, this.now);
    clientHolds(this.c);
    this.settle();
    return result;
  }

  /** Publishes text; the handle or a status. */
  publish(topic: string, payload: string, flags: number): number {
    const content = bytes(`"${payload}"`);
    return this.call((c, now) => clientPublish(c, topic, content, 0, content.length, flags, now));
  }

  /** Answers an inbound message, where the application does that. */
  acknowledge(handle: number, reason = 0): Status {
    return this.call((c) => clientAcknowledge(c, handle, reason));
  }

  /** Gives the link what it takes at once, a single time. */
  step(): void {
    const count = Math.min(clientOutput(this.c, this.now), this.takes);
    if (count > 0) this.hand(count);
  }

  /** Lets time pass, waking the client when it asked to be. */
  advance(ms: number): void {
    for (let left = ms, step = 0; left > 0; step++) {
      const wait = clientNextDeadline(this.c, this.now);
      // An event that has not been read is a reason not to sleep.
      const hasEvent = this.c.endStatus !== Status.Ok || this.c.reports + this.c.subsRefused > 0;
      if (wait === 0 && step > 0 && this.takes > 0 && !hasEvent) throw new Error('the client never sleeps');
      const pass = Math.min(Math.max(wait, 1), left);
      this.now = (this.now + pass) & Time.Mask;
      left -= pass;
      this.settle();
    }
  }

  /** Waits for the next attempt's CONNECT. */
  untilLink(): void {
    for (let step = 0; step < 100 && !this.isLinkOpen; step++) this.advance(Math.max(1, clientNextDeadline(this.c, this.now)));
    if (!this.isLinkOpen) throw new Error('no link is wanted');
  }

  /** The link is lost; the next attempt is answered with `connack`. What was sent and seen until then is forgotten. */
  reconnect(connack: string): void {
    this.linkDown();
    this.untilLink();
    this.sent();
    this.events();
    this.feed(connack);
  }

  /** Packets sent on this link since the last call, each as hex digits; an unfinished one at the end. */
  sent(): string[] {
    const out: string[] = [];
    while (this.readAt < this.wireBytes.length) {
      let at = this.readAt + 1;
      let length = 0;
      let unit = 1;
      let byte = 128;
      while (byte > 127 && at < this.wireBytes.length) {
        byte = this.wireBytes[at];
        length += (byte & 127) * unit;
        unit *= 128;
        at += 1;
      }
      const end = byte > 127 ? this.wireBytes.length : Math.min(at + length, this.wireBytes.length);
      out.push(hex(Uint8Array.from(this.wireBytes.slice(this.readAt, end))));
      this.readAt = end;
    }
    this.wireBytes = [];
    this.readAt = 0;
    this.decoded = [];
    return out;
  }

  /** Packets sent since the last call of this or `sent`, as mqtt-packet reads them. */
  packets(): mqttPacket.Packet[] {
    const out = this.decoded;
    this.sent();
    return out;
  }

  /** Events since the last call, in words. */
  events(): string[] {
    return this.seen().map(eventText);
  }

  /** Events since the last call. */
  seen(): Seen[] {
    const out = this.reported;
    this.reported = [];
    return out;
  }
}

/** A client that has sent CONNECT. */
export function connectingClient(level: Level, changes: Changes = {}): TestClient {
  const x = new TestClient(level, changes);
  const status = x.connect();
  if (status !== Status.Ok) throw new Error(`clientConnect: ${status}`);
  return x;
}

/** A connected client; its CONNECT and the Connected event have been taken. */
export function connectClient(level: Level, changes: Changes = {}, connack: string = accepted[level]): TestClient {
  const x = connectingClient(level, changes);
  x.feed(connack);
  if (x.c.state !== State.Connected) throw new Error(`not connected: ${x.events().join()}`);
  x.sent();
  x.events();
  return x;
}
