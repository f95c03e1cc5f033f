/**
 * One bridge: a pipe for each direction that its topics name, its state and its figures.
 * Must not know how messages cross, or what else the broker does.
 *
 * Read first: README.md of this folder.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { type Broker, type DropReason as BrokerDropReason, type MessageInfo, streamPair } from '../broker/index.js';
import type { ClientOptions, DisconnectInfo, MidgeClient } from '../../targets/node/index.js';
import type { DropReason } from './crossing.js';
import type { CheckedBridge } from './options.js';
import { Pipe, type PipeOwner } from './pipe.js';
import type { TopicRow } from './topics.js';

export interface WayStats {
  /** Crossed: acknowledged by the other side, at QoS 0 handed to it. */
  messages: number;
  /** Of their payloads. */
  bytes: number;
  readonly dropped: Record<DropReason, number>;
}

export interface BridgeStats {
  readonly connected: boolean;
  /** Milliseconds since 1970 of the last change of `connected`; 0: none yet. */
  readonly sinceMs: number;
  readonly out: Readonly<WayStats>;
  readonly in: Readonly<WayStats>;
  /** Outbound messages that wait in this broker, and messages on their way in both directions. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly underWay: number;
}

export interface BridgeEvents {
  connected: [];
  /** `words` says why; `retryInMs` when the next attempt comes. */
  disconnected: [words: string, retryInMs: number];
  /** Told at most once a second for each reason, with their number since. */
  dropped: [reason: DropReason, direction: 'out' | 'in', topic: string, detail: string, count: number];
  trouble: [words: string];
}

const enum Session {
  /** How long brokers keep the session of a client that only publishes, in seconds. */
  SinkExpiryS = 86_400,
}

const dropNoticeEveryMs = 1000;

function createWayStats(): WayStats {
  return { messages: 0, bytes: 0, dropped: { 'loop': 0, 'no topic': 0, 'not connected': 0, 'queue full': 0, 'too large': 0, 'refused': 0, 'expired': 0, 'lost': 0 } };
}

/** How long the last word to the remote broker may take. */
function patience(): { promise: Promise<void>; timer: NodeJS.Timeout } {
  let timer!: NodeJS.Timeout;
  const promise = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 1000);
  });
  return { promise, timer };
}

/** The client identifier, in this broker, of the session in which a bridge's outbound messages wait. */
export function localClientId(name: string, direction: 'out' | 'in'): string {
  return `$bridge-${name}-${direction}`;
}

/** Whose session that is, if it is one of a bridge. */
export function localBridgeName(clientId: string): string | undefined {
  return /^\$bridge-(.+)-(?:out|in)$/.exec(clientId)?.[1];
}

export class Bridge extends EventEmitter<BridgeEvents> {
  readonly name: string;
  private readonly pipes: Pipe[] = [];
  private readonly ways = { out: createWayStats(), in: createWayStats() };
  /** Remote clients that are connected. */
  private readonly connectedWays = new Set<'out' | 'in'>();
  private wasConnected = false;
  private sinceMs = 0;
  /** Why it is not connected, as told last. */
  private lastWords = '';
  private readonly notices = new Map<string, { nextAtMs: number; count: number }>();

  constructor(private readonly broker: Broker, private readonly options: CheckedBridge) {
    super();
    this.name = options.name;
  }

  /** Opens its connections; they are kept up until `close`. Throws a MidgeError for what the client refuses in the options. */
  start(): void {
    const { rows } = this.options;
    this.broker.on('messageDropped', this.droppedHere);
    this.tellState();
    const via = randomBytes(4).toString('hex');
    if (rows.some((row) => row.out)) this.open('out', via);
    if (rows.some((row) => row.in)) this.open('in', via);
  }

  private open(direction: 'out' | 'in', via: string): void {
    const { options } = this;
    const isOut = direction === 'out';
    const rows = options.rows.filter((row) => row[direction]);
    const [source, sink] = isOut ? [this.local(direction), this.remote(direction)] : [this.remote(direction), this.local(direction)];
    this.pipes.push(new Pipe({
      way: { isOut, rows: options.rows, via },
      source: { ...source, ...this.sourceOptions(source.protocolVersion === 5) },
      sink: { ...sink, ...this.sinkOptions(sink.protocolVersion === 5) },
      obsolete: isOut ? this.obsolete(rows) : [],
      filters: rows.map((row) => ({ filter: isOut ? row.localFilter : row.remoteFilter, qos: row.qos })),
      inFlightMax: options.inFlightMax,
      retryMinMs: options.retryMinMs,
      retryMaxMs: options.retryMaxMs,
    }, this.ownerOf(direction)));
  }

  /** What the session here still subscribes to, of topics that the settings no longer name. */
  private obsolete(rows: readonly TopicRow[]): string[] {
    const { subscriptions = [] } = this.broker.session(localClientId(this.name, 'out')) ?? {};
    return subscriptions.filter((filter) => !rows.some((row) => row.localFilter === filter));
  }

  private local(direction: 'out' | 'in'): ClientOptions {
    const clientId = localClientId(this.name, direction);
    const { queueMessagesMax, queueBytesMax } = this.options;
    const stream = (): Duplex => {
      const [ours, theirs] = streamPair();
      this.broker.attach(theirs, { clientId, sessionQueueMessagesMax: queueMessagesMax, sessionQueueBytesMax: queueBytesMax });
      return ours;
    };
    // Nothing gets lost on the way to a broker in this process: no keep alive.
    return { stream, clientId, protocolVersion: 5, keepAliveS: 0, reconnect: { minMs: 10, maxMs: 1000 } };
  }

  private remote(direction: 'out' | 'in'): ClientOptions {
    const { url, protocolVersion, username, password, tls, keepAliveSeconds, retryMinMs, retryMaxMs, remoteStateTopic } = this.options;
    return {
      url, protocolVersion, username, password, tls, keepAliveS: keepAliveSeconds, clientId: `${this.options.clientId}-${direction}`,
      reconnect: { minMs: retryMinMs, maxMs: retryMaxMs },
      ...(remoteStateTopic !== undefined && direction === this.stateWay ? { will: { topic: remoteStateTopic, payload: '0', qos: 1, retain: true } } : {}),
    };
  }

  /** The direction whose remote client tells the remote state. */
  private get stateWay(): 'out' | 'in' {
    return this.options.rows.some((row) => row.out) ? 'out' : 'in';
  }

  private sourceOptions(isV5: boolean): ClientOptions {
    const { packetBytesMax, inFlightMax, rows } = this.options;
    const filters = [...rows.flatMap((row) => [row.localFilter, row.remoteFilter]), ...this.obsolete(rows)];
    const filterBytes = filters.reduce((sum, filter) => sum + Buffer.byteLength(filter) + 3, 0);
    return {
      cleanStart: false, acknowledge: 'by-application',
      ...(isV5 ? { sessionExpiryS: Infinity } : {}),
      // A 3.1.1 server cannot be told how many to send at once; the pipe pauses in time.
      receiveMaximum: isV5 ? inFlightMax : 65_535,
      buffers: { receiveBytes: packetBytesMax, outboxBytes: 4096, outboxMessages: 4, subscriptions: filters.length, filterBytes },
    };
  }

  private sinkOptions(isV5: boolean): ClientOptions {
    const { packetBytesMax, inFlightMax } = this.options;
    return {
      // A new process knows no QoS 2 handshake of the last one: their packet identifiers must be free again. See README.md.
      cleanStart: true,
      ...(isV5 ? { sessionExpiryS: Session.SinkExpiryS } : {}),
      buffers: {
        outboxBytes: packetBytesMax + 4 * 1024 * 1024, outboxMessages: Math.max(2048, 2 * inFlightMax), inFlightMax, propertyBytes: 262_144,
        subscriptions: 0, filterBytes: 0,
      },
    };
  }

  private ownerOf(direction: 'out' | 'in'): PipeOwner {
    const way = this.ways[direction];
    const remoteSide = direction === 'out' ? 'sink' : 'source';
    return {
      pipeConnection: (side, client, lost) => {
        if (side === remoteSide) this.remoteChanged(direction, client, lost);
      },
      pipeCrossed: (bytes) => {
        way.messages++;
        way.bytes += bytes;
      },
      pipeDropped: (reason, topic, detail) => {
        way.dropped[reason]++;
        this.tellDropped(reason, direction, topic, detail);
      },
      pipeTrouble: (words) => void this.emit('trouble', words),
    };
  }

  /** Messages that this broker did not keep for the bridge. */
  private readonly droppedHere = ({ clientId, topic }: MessageInfo, reason: BrokerDropReason): void => {
    if (clientId !== localClientId(this.name, 'out')) return;
    const why = reason === 'expired' ? reason : 'queue full';
    this.ways.out.dropped[why]++;
    this.tellDropped(why, 'out', topic, reason === why ? '' : reason);
  };

  private remoteChanged(direction: 'out' | 'in', client: MidgeClient, lost: DisconnectInfo | null): void {
    if (lost === null) {
      this.connectedWays.add(direction);
      const topic = this.options.remoteStateTopic;
      // Should it not arrive, the next connection says it again.
      if (topic !== undefined && direction === this.stateWay) client.publish(topic, '1', { qos: 1, retain: true }).catch(() => undefined);
    } else {
      this.connectedWays.delete(direction);
      // Both directions and each attempt would say the same.
      if (lost.words !== this.lastWords) this.emit('disconnected', lost.words, lost.willRetryInMs ?? this.options.retryMaxMs);
      this.lastWords = lost.words;
    }
    const { connected } = this;
    if (connected === this.wasConnected) return;
    this.wasConnected = connected;
    this.sinceMs = Date.now();
    this.tellState();
    if (!connected) return;
    this.lastWords = '';
    this.emit('connected');
  }

  private get connected(): boolean {
    return this.pipes.length > 0 && this.connectedWays.size === this.pipes.length;
  }

  /** As Mosquitto tells it. */
  private tellState(): void {
    this.broker.publish({ topic: `$SYS/broker/connection/${this.name}/state`, payload: this.connected ? '1' : '0', retain: true });
  }

  /** Under load drops are many: each reason is told once a second, with their number. */
  private tellDropped(reason: DropReason, direction: 'out' | 'in', topic: string, detail: string): void {
    // A message that comes back over a loop is nobody's loss.
    if (reason === 'loop') return;
    const key = `${direction} ${reason}`;
    const notice = this.notices.get(key) ?? { nextAtMs: -Infinity, count: 0 };
    this.notices.set(key, notice);
    notice.count++;
    const nowMs = performance.now();
    if (nowMs < notice.nextAtMs) return;
    notice.nextAtMs = nowMs + dropNoticeEveryMs;
    this.emit('dropped', reason, direction, topic, detail, notice.count);
    notice.count = 0;
  }

  get stats(): BridgeStats {
    const waiting = this.broker.session(localClientId(this.name, 'out'));
    return {
      connected: this.connected, sinceMs: this.sinceMs, out: this.ways.out, in: this.ways.in,
      queuedMessages: waiting?.queuedMessages ?? 0, queuedBytes: waiting?.queuedBytes ?? 0,
      underWay: this.pipes.reduce((sum, pipe) => sum + pipe.waitingCount, 0),
    };
  }

  /** Ends its connections; sessions stay, so that what waits crosses when it starts again. */
  async close(): Promise<void> {
    const topic = this.options.remoteStateTopic;
    const [first] = this.pipes;
    const client = this.stateWay === 'out' ? first?.sinkClient : first?.sourceClient;
    if (topic !== undefined && client?.isConnected === true) {
      const told = client.publish(topic, '0', { qos: 1, retain: true }).catch(() => undefined);
      const { promise: tooLong, timer } = patience();
      await Promise.race([told, tooLong]);
      clearTimeout(timer);
    }
    await Promise.all(this.pipes.map((pipe) => pipe.close()));
    this.broker.off('messageDropped', this.droppedHere);
    this.connectedWays.clear();
    this.wasConnected = false;
    this.tellState();
  }
}
