/**
 * What a scenario is played with: clients of the Node port, topics and identifiers of its own, lines that can be cut,
 * and a way to say in words how a server differs. Must not know which server.
 */
import { type ClientOptions, createClient, type DisconnectInfo, type MidgeClient, type PacketProperties, type Qos, Status } from '../../targets/node/index.js';
import { Line } from './line.js';
import type { RunningServer, Version } from './server.js';

/** Ends a scenario: the server does something else than the specification says, or less. */
export class Difference extends Error {}

export function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Difference(otherwise);
}

/** What a server sends that it must not is in the words of expected.ts: the outcome only must be the same each time. */
export function breaksProtocol(status: Status | null): boolean {
  return status === Status.Malformed || status === Status.ProtocolError;
}

export interface Seen {
  readonly topic: string;
  readonly payload: Buffer;
  readonly text: string;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly properties: PacketProperties;
  acknowledge(): void;
}

/** A connected client and what it has received. */
export class Peer {
  readonly seen: Seen[] = [];
  /** How its connection ended, if it did. */
  loss: DisconnectInfo | undefined;
  sessionPresent = false;
  connack: PacketProperties = {};

  constructor(readonly client: MidgeClient, private readonly patienceMs: number) {
    client.on('message', (topic, payload, packet) => {
      const { qos, retain, dup, properties } = packet;
      this.seen.push({ topic, payload, text: payload.toString(), qos, retain, dup, properties, acknowledge: () => { packet.acknowledge(); } });
    });
    client.on('disconnect', (info) => { this.loss = info; });
  }

  texts(): string[] {
    return this.seen.map((message) => message.text);
  }

  /** Waits until so many messages have come; false when patience has ended. */
  has(count: number): Promise<boolean> {
    return this.comes(() => this.seen.length >= count);
  }

  /** Waits for a message with that text: the mark behind which nothing else can come. */
  hasText(text: string): Promise<boolean> {
    return this.comes(() => this.seen.some((message) => message.text === text));
  }

  async comes(holds: () => boolean): Promise<boolean> {
    const giveUpAt = performance.now() + this.patienceMs;
    while (!holds()) {
      if (performance.now() > giveUpAt) return false;
      await new Promise((resolve) => { setTimeout(resolve, 3); });
    }
    return true;
  }

  /** Leaves with DISCONNECT. */
  leave(): Promise<void> {
    return this.client.end();
  }
}

/** QoS 1 and 2 publishes on their way at once: a device's number, as of the simulated ones. */
const inFlightMax = 20;

let placeCount = 0;

export class Place {
  /** Begins every topic and client identifier of this place, so that scenarios can be played side by side. */
  readonly name: string;
  private readonly peers: Peer[] = [];
  private readonly lines: Line[] = [];

  constructor(readonly server: RunningServer, readonly version: Version, readonly patienceMs: number) {
    placeCount++;
    this.name = `p${placeCount}v${version}`;
  }

  topic(rest: string): string {
    return `${this.name}/${rest}`;
  }

  /** Connects a client; without a name it takes one of its own. It does not reconnect unless `options` say so. */
  async join(name: string, options: ClientOptions = {}): Promise<Peer> {
    const peer = this.prepare(name, options);
    const { sessionPresent, properties } = await peer.client.connect();
    Object.assign(peer, { sessionPresent, connack: properties });
    return peer;
  }

  /** A client that has not connected yet. */
  prepare(name: string, options: ClientOptions = {}): Peer {
    const client = createClient({
      host: '127.0.0.1', port: this.server.port, protocolVersion: this.version, clientId: this.name + name, reconnect: false,
      ...options, buffers: { inFlightMax, ...options.buffers },
    });
    const peer = new Peer(client, this.patienceMs);
    this.peers.push(peer);
    return peer;
  }

  /** Options of a client whose session outlives the connection, in either version. */
  get kept(): ClientOptions {
    return { cleanStart: false, ...(this.version === 5 ? { sessionExpiryS: 600 } : {}) };
  }

  async line(): Promise<Line> {
    const line = await Line.open(this.server.port);
    this.lines.push(line);
    return line;
  }

  async close(): Promise<void> {
    for (const peer of this.peers) await peer.client.end({ timeoutMs: 0 });
    for (const line of this.lines) await line.close();
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
