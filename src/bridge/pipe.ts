/**
 * One direction of a bridge: a client that receives (the source) and one that publishes (the sink), coupled so that the
 * source's broker gets its acknowledgement when the sink's broker has given one. What crosses needs no journal: until then it
 * is the source's broker that keeps it. Where anything is in doubt, both clients are made anew and its broker sends it again.
 * Must not know which side is local.
 *
 * Read first: README.md of this folder; MQTT 5.0 sections 4.3 and 4.4.
 */
import { type ClientOptions, createClient, type DisconnectInfo, type MessageView, type MidgeClient, Publish, Reason, Status } from '../../targets/node/index.js';
import { cross, type Crossing, type DropReason, type SinkLimits, type Way } from './crossing.js';

export interface PipeOptions {
  readonly way: Way;
  readonly source: ClientOptions;
  readonly sink: ClientOptions;
  readonly filters: readonly { readonly filter: string; readonly qos: 0 | 1 | 2 }[];
  /** Filters that the source's session may still have, of earlier settings. */
  readonly obsolete: readonly string[];
  readonly inFlightMax: number;
  /** Pause before clients that are in doubt begin anew, and before those that were refused try again. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

export interface PipeOwner {
  /** A client is connected, or no longer. */
  pipeConnection(side: 'source' | 'sink', client: MidgeClient, lost: DisconnectInfo | null): void;
  pipeCrossed(bytes: number): void;
  pipeDropped(reason: DropReason, topic: string, detail: string): void;
  pipeTrouble(words: string): void;
}

/** What waits for room in the sink. */
interface Waiting {
  readonly crossing: Crossing;
  readonly payload: Buffer;
  readonly acknowledge: () => boolean;
}

const enum Limit {
  /** How long what is under way may take when the pipe closes. */
  SettleMs = 2000,
}

export class Pipe {
  private source!: MidgeClient;
  private sink!: MidgeClient;
  private limits: SinkLimits = { isV5: true, maximumQos: 2, retainAvailable: true };
  /** The sink has been connected: what it can do is known. */
  private isSinkKnown = false;
  private waiting: Waiting | null = null;
  /** Published and not acknowledged by the sink's broker, by handle. */
  private readonly outstanding = new Map<number, { acknowledge: () => boolean; qos: number; bytes: number }>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private isClosing = false;
  private isRestarting = false;
  private onSettled: (() => void) | null = null;

  constructor(private readonly options: PipeOptions, private readonly owner: PipeOwner) {
    this.open();
  }

  /** Messages on their way. */
  get waitingCount(): number {
    return this.outstanding.size + (this.waiting === null ? 0 : 1);
  }

  get sinkClient(): MidgeClient {
    return this.sink;
  }

  get sourceClient(): MidgeClient {
    return this.source;
  }

  private open(): void {
    const { options } = this;
    this.isSinkKnown = false;
    this.limits = { isV5: options.sink.protocolVersion !== 4, maximumQos: 2, retainAvailable: true };
    const sink = createClient(options.sink);
    const source = createClient(options.source);
    this.sink = sink;
    this.source = source;
    sink.handlers.published = (handle) => this.published(handle);
    sink.handlers.dropped = (handle, status, reason) => this.dropped(handle, status, reason);
    sink.on('drain', () => this.sendWaiting());
    sink.on('connect', ({ properties, sessionPresent }) => {
      this.limits.maximumQos = (properties.maximumQos ?? 2) as SinkLimits['maximumQos'];
      this.limits.retainAvailable = properties.retainAvailable ?? true;
      this.isSinkKnown = true;
      this.owner.pipeConnection('sink', sink, null);
      // A broker may hand a QoS 2 message on only at PUBREL: what it has answered with PUBREC may be gone with the session.
      if (!sessionPresent && [...this.outstanding.values()].some(({ qos }) => qos === 2)) this.sessionLost();
      else this.sendWaiting();
    });
    source.handlers.message = (message) => this.message(message);
    source.handlers.chunk = (message) => this.chunk(message);
    source.on('connect', () => this.owner.pipeConnection('source', source, null));
    this.connect('sink', sink);
    this.connect('source', source);
    for (const filter of options.obsolete) source.unsubscribe(filter).catch(() => undefined);
    const isV5 = options.source.protocolVersion !== 4;
    for (const { filter, qos } of options.filters) {
      const asked = source.subscribe(filter, { qos, ...(isV5 ? { retainAsPublished: true, retainHandling: qos === 0 ? 0 : 1 } : {}) });
      asked.catch((error: Error & { status?: Status }) => {
        if (error.status === Status.Refused && this.source === source) this.owner.pipeTrouble(error.message);
      });
    }
  }

  /** Connects now, and after a refusal again and again, but slowly. */
  private connect(side: 'source' | 'sink', client: MidgeClient): void {
    client.on('disconnect', (info) => {
      if (this.isClosing || this[side] !== client || this.isRestarting) return;
      this.owner.pipeConnection(side, client, info);
      if (info.willRetryInMs === null) this.later(this.options.retryMaxMs, () => void client.connect().catch(() => undefined));
    });
    // What is wrong has been told by 'disconnect'.
    client.connect().catch(() => undefined);
  }

  private later(delayMs: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      if (!this.isClosing) what();
    }, delayMs);
    this.timers.add(timer);
  }

  private message(message: MessageView): void {
    // It comes again.
    if (this.isRestarting || this.isClosing) return;
    const crossing = cross(this.options.way, message, this.limits);
    if (typeof crossing === 'string') {
      this.drop(crossing, message.topic, '');
      message.acknowledge();
      return;
    }
    if (crossing.qos === 0 && !this.sink.isConnected) {
      this.drop('not connected', message.topic, '');
      message.acknowledge();
      return;
    }
    const acknowledge = message.acknowledger();
    if (!this.isSinkKnown || !this.send(crossing, message.payload, acknowledge)) {
      this.waiting = { crossing, payload: Buffer.from(message.payload), acknowledge };
      this.source.pause();
    } else if (this.outstanding.size >= this.options.inFlightMax) this.source.pause();
  }

  /** Larger than the receive buffer: it can never cross. */
  private chunk(message: MessageView): void {
    if (message.offset > 0 || this.isRestarting || this.isClosing) return;
    this.drop('too large', message.topic, `a payload of ${message.total} bytes passes packetBytesMax`);
    this.source.skip();
    message.acknowledge();
  }

  /** False: there is no room now. */
  private send({ topic, qos, retain, more }: Crossing, payload: Uint8Array, acknowledge: () => boolean): boolean {
    const flags = qos * Publish.Qos1 + (retain ? Publish.Retain : 0);
    let handle: number;
    try {
      handle = this.sink.publishNow(topic, payload, flags, more);
    } catch (error) {
      // Properties that do not fit: they never will.
      this.drop('too large', topic, (error as Error).message);
      acknowledge();
      return true;
    }
    if (handle > 0) this.outstanding.set(handle, { acknowledge, qos, bytes: payload.length });
    else if (handle === Status.NoRoom || handle === Status.NoSlot) {
      if (payload.length < this.sink.memory().outboxArena / 2 || this.outstanding.size > 0) return false;
      this.drop('too large', topic, 'the outbox can never hold it');
      acknowledge();
    } else {
      if (handle === 0) this.owner.pipeCrossed(payload.length);
      else this.drop(handle === Status.TooLarge ? 'too large' : 'refused', topic, `status ${handle}`);
      acknowledge();
    }
    return true;
  }

  private sendWaiting(): void {
    const { waiting } = this;
    if (waiting === null || !this.isSinkKnown) return;
    const { qos, retain } = waiting.crossing;
    const crossing: Crossing = {
      ...waiting.crossing, qos: Math.min(qos, this.limits.maximumQos) as Crossing['qos'], retain: retain && this.limits.retainAvailable,
    };
    if (!this.send(crossing, waiting.payload, waiting.acknowledge)) return;
    this.waiting = null;
    this.goOn();
  }

  private goOn(): void {
    if (this.waitingCount === 0) this.onSettled?.();
    if (this.waiting === null && this.outstanding.size < this.options.inFlightMax && !this.isClosing) this.source.resume();
  }

  private published(handle: number): void {
    const message = this.outstanding.get(handle);
    if (message === undefined || this.isRestarting) return;
    this.outstanding.delete(handle);
    message.acknowledge();
    this.owner.pipeCrossed(message.bytes);
    this.goOn();
  }

  private dropped(handle: number, status: Status, reason: Reason): void {
    if (handle === 0) {
      this.drop('lost', '', `status ${status}`);
      return;
    }
    const message = this.outstanding.get(handle);
    if (message === undefined || this.isRestarting) return;
    const isFinal = status === Status.Expired || status === Status.TooLarge || (status === Status.Refused && reason !== Reason.QuotaExceeded);
    if (!isFinal) {
      if (status === Status.Refused) this.restart('the receiving broker has no room for a message now', this.options.retryMaxMs);
      else this.sessionLost();
      return;
    }
    this.outstanding.delete(handle);
    const why = status === Status.Expired ? 'expired' : status === Status.TooLarge ? 'too large' : 'refused';
    this.drop(why, '', status === Status.Refused ? `reason code 0x${reason.toString(16)}` : '');
    message.acknowledge();
    this.goOn();
  }

  private sessionLost(): void {
    this.restart('the receiving broker has lost its session', this.options.retryMinMs);
  }

  private drop(reason: DropReason, topic: string, detail: string): void {
    this.owner.pipeDropped(reason, topic, detail);
  }

  /** What is not acknowledged comes again from the source's broker, to new clients. */
  private restart(why: string, pauseMs: number): void {
    if (this.isRestarting || this.isClosing) return;
    this.isRestarting = true;
    this.owner.pipeTrouble(`${why}; what is not acknowledged is sent again`);
    const { source, sink } = this;
    void Promise.allSettled([source.end({ timeoutMs: 0 }), sink.end({ timeoutMs: 0 })]).then(() => {
      this.outstanding.clear();
      this.waiting = null;
      this.later(pauseMs, () => {
        this.isRestarting = false;
        this.open();
      });
    });
  }

  /** Lets what is under way arrive, for a moment, then ends both clients. */
  async close(): Promise<void> {
    this.source.pause();
    this.isClosing = true;
    if (this.waitingCount > 0 && this.sink.isConnected && !this.isRestarting) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Limit.SettleMs);
        this.onSettled = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.allSettled([this.source.end({ timeoutMs: 0 }), this.sink.end({ timeoutMs: 0 })]);
  }
}
