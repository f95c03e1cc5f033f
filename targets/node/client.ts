/**
 * The client for programs on Node.js: promises, events and handlers over one core and its port.
 * Must not know: sockets, how packets look.
 *
 * Read first: api.ts, where every method is described; README.md of this folder.
 */
import { EventEmitter } from 'node:events';
import {
  type Client, clientPublish, clientPublishStream, clientPublishWith, clientSkip, clientSubscribe, clientUnsubscribe, createProperties,
  Event, type Properties, Publish, Reason, State, Status,
} from '../../src/core/index.js';
import type {
  ClientStats, ConnectResult, DisconnectInfo, EndOptions, HotHandlers, MemoryMap, MessageHandler, MidgeClient, MidgeEvents, PublishOptions,
  PublishResult, StreamOptions, StreamSource, SubscribeOptions, SubscribeResult, UnsubscribeResult,
} from './api.js';
import type { ClientOptions } from './api-options.js';
import { createCore } from './core.js';
import { MidgeError } from './error.js';
import { Flow } from './flow.js';
import { Lifetime, type LifetimeOwner } from './lifetime.js';
import { memoryMap } from './memory.js';
import { MessageInPlace, topicText } from './message.js';
import { checkOptions, type Settings } from './options.js';
import { readProperties } from './packet-properties.js';
import { PendingPublishes, PendingRequests } from './pending.js';
import { Port, type PortOwner } from './port.js';
import { expiryOf, flagsOf, publishProperties, subscribeBits } from './request.js';
import { Routes } from './routes.js';
import { isRewindable, OutboundStream } from './stream.js';
import { fieldError, outcomeWords, statusWords } from './words.js';

class NodeClient extends EventEmitter<MidgeEvents> implements MidgeClient, PortOwner, LifetimeOwner {
  readonly handlers: HotHandlers = { message: null, chunk: null, published: null, dropped: null };
  private readonly core: Client;
  private readonly port: Port;
  private readonly life: Lifetime;
  private readonly view: MessageInPlace;
  private readonly writer: Properties;
  private readonly publishes = new PendingPublishes();
  private readonly requests = new PendingRequests();
  private readonly routes = new Routes();
  private stream: OutboundStream | null = null;
  private readonly counters = { messagesIn: 0, accepted: 0, published: 0, dropped: 0, refused: 0 };
  /** Accepted QoS 1 and 2 publishes that are not settled. */
  private outstanding = 0;
  private readonly flow = new Flow();

  constructor(private readonly settings: Settings) {
    super();
    this.core = createCore(settings);
    this.port = new Port(this.core, settings.endpoint, {
      openStream: settings.openStream, tls: settings.tls, ws: settings.ws, readBuffer: Buffer.alloc(settings.linkReadBytes),
    }, settings.transmitBytes, this);
    this.view = new MessageInPlace(this.port);
    this.writer = createProperties(settings.propertyBytes);
    this.life = new Lifetime(this.core, this.port, settings, this);
  }

  get state(): State {
    return this.core.state;
  }

  get isConnected(): boolean {
    return this.core.state === State.Connected;
  }

  get clientId(): string {
    return this.life.clientId;
  }

  get stats(): ClientStats {
    const { bytesIn, bytesOut, writes } = this.port;
    return { bytesIn, bytesOut, ...this.counters, connects: this.life.connects, disconnects: this.life.disconnects, writes };
  }

  memory(): MemoryMap {
    return memoryMap(this.core, this.settings);
  }

  connect(): Promise<ConnectResult> {
    return this.life.connect();
  }

  end(options: EndOptions = {}): Promise<void> {
    return this.life.end(options);
  }

  publishNow(topic: string, payload: Uint8Array, flags = 0, more?: Pick<PublishOptions, 'expiryS' | 'properties'>): number {
    if (more === undefined) return this.note(clientPublish(this.core, topic, payload, 0, payload.length, flags, this.port.touch()));
    return this.note(clientPublishWith(
      this.core, topic, payload, 0, payload.length, flags, expiryOf(more), publishProperties(this.core, this.writer, more.properties), this.port.touch(),
    ));
  }

  pause(): void {
    this.port.hold();
  }

  resume(): void {
    this.port.release();
  }

  /** Counts what the core said to a publish, and passes it on. */
  private note(handle: number): number {
    if (handle >= 0) {
      this.counters.accepted += 1;
      if (handle > 0) this.outstanding += 1;
    } else {
      this.counters.refused += 1;
      if (handle === Status.NoRoom || handle === Status.NoSlot) this.flow.refused();
    }
    return handle;
  }

  async publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<PublishResult> {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    if (!(bytes instanceof Uint8Array)) throw fieldError('payload', payload, 'a string or a Uint8Array');
    if (typeof topic !== 'string') throw fieldError('topic', topic, 'a string', Status.BadTopic);
    let handle: number;
    if (options === undefined) handle = this.publishNow(topic, bytes, 0);
    else if (options.expiryS === undefined && options.properties === undefined) handle = this.publishNow(topic, bytes, flagsOf(options));
    else handle = this.publishNow(topic, bytes, flagsOf(options), options);
    if (handle > 0) return this.publishes.wait(handle);
    if (handle < 0) throw this.refusal(`the message to '${topic}'`, handle);
    return this.flow.accepted();
  }

  private refusal(what: string, status: Status): MidgeError {
    return new MidgeError(`${what} was refused: ${statusWords(status)}`, { status });
  }

  async publishStream(topic: string, total: number, source: StreamSource | Uint8Array, options: StreamOptions = {}): Promise<PublishResult> {
    if (!Number.isInteger(total) || total < 1) throw fieldError('total', total, 'whole bytes, at least 1 (an empty payload goes to publish)');
    const flags = flagsOf(options);
    if (flags >= Publish.Qos1 && !isRewindable(source)) {
      throw fieldError('source', source, 'a function of the offset, or a Uint8Array, at QoS 1 and 2: a lost link begins the payload anew');
    }
    const properties = publishProperties(this.core, this.writer, options.properties);
    const handle = this.note(clientPublishStream(this.core, topic, total, flags, properties, this.port.touch()));
    if (handle < 0) throw this.refusal(`the stream to '${topic}'`, handle);
    this.stream = new OutboundStream(this.port, handle, topic, total, source);
    return this.stream.promise;
  }

  ready(): Promise<void> {
    return this.flow.ready();
  }

  async subscribe(filter: string, options: SubscribeOptions = {}, handler?: MessageHandler): Promise<SubscribeResult> {
    if (typeof filter !== 'string') throw fieldError('filter', filter, 'a string', Status.BadFilter);
    const bits = subscribeBits(options, this.core.v5 !== null);
    const { route, undo } = this.routes.take(filter, handler ?? null);
    const row = clientSubscribe(this.core, filter, bits, route);
    if (row < 0) {
      undo();
      throw this.refusal(`the subscription to '${filter}'`, row);
    }
    this.port.touch();
    return this.requests.wait(row, filter, true);
  }

  async unsubscribe(filter: string): Promise<UnsubscribeResult> {
    const row = clientUnsubscribe(this.core, filter);
    if (row < 0) throw this.refusal(`the unsubscription from '${filter}'`, row);
    this.port.touch();
    return this.requests.wait(row, filter, false);
  }

  skip(reason: Reason = Reason.Success): boolean {
    return clientSkip(this.core, reason) === Status.Ok;
  }

  reauthenticate(data?: Uint8Array): Promise<void> {
    return this.life.authentication.reauthenticate(data);
  }

  portEvent(event: Event): void {
    const core = this.core;
    switch (event) {
      case Event.Message:
        this.counters.messagesIn += 1;
        this.message();
        break;
      case Event.Published:
        this.published(core.handle, core.reason);
        break;
      case Event.Dropped:
        this.dropped(core.handle, core.status, core.reason);
        break;
      case Event.Chunk:
        this.chunk();
        break;
      case Event.Subscribed:
        if (core.reason >= Reason.Unspecified) this.routes.release(core.route);
        this.requests.answered(core.handle, core.reason);
        break;
      case Event.Unsubscribed:
        if (core.reason < Reason.Unspecified) this.routes.release(core.route);
        this.requests.answered(core.handle, core.reason);
        break;
      case Event.StreamWanted:
        this.stream?.wanted();
        break;
      case Event.Connected:
        this.life.connected();
        break;
      case Event.Disconnected:
        this.life.disconnected();
        break;
      case Event.Authenticate:
        this.authenticate(core.reason);
        break;
      case Event.None:
    }
  }

  private message(): void {
    const view = this.view.load();
    const handler = this.routes.handlerOf(this.core.route);
    // The views do not outlive a call of the client's methods, so the copy for the listeners comes first.
    const copy = this.listenerCount('message') > 0 ? view.copy() : null;
    if (handler !== null) handler(view);
    if (this.handlers.message !== null) this.handlers.message(view);
    if (copy !== null) this.emit('message', copy.topic, copy.payload, copy);
  }

  private chunk(): void {
    const view = this.view.load();
    if (view.offset === 0) this.counters.messagesIn += 1;
    const copy = this.listenerCount('chunk') > 0 ? view.copy() : null;
    if (this.handlers.chunk !== null) this.handlers.chunk(view);
    if (copy !== null) this.emit('chunk', copy.topic, copy.payload, copy);
  }

  private published(handle: number, reason: Reason): void {
    this.counters.published += 1;
    this.outstanding -= 1;
    if (this.publishes.count > 0) this.publishes.published(handle, reason);
    if (this.stream !== null && this.stream.handle === handle) {
      this.stream.finish(reason);
      this.stream = null;
    }
    if (this.handlers.published !== null) this.handlers.published(handle, reason);
    if (this.listenerCount('published') > 0) this.emit('published', handle, reason);
  }

  private dropped(handle: number, status: Status, reason: Reason): void {
    this.counters.dropped += 1;
    if (handle > 0) this.outstanding -= 1;
    const topic = topicText(this.core.topic, this.core.topicFrom, this.core.topicTo);
    const words = `${topic === '' ? 'a message' : `the message to '${topic}'`} was not delivered: ${outcomeWords(status, reason)}`;
    if (handle > 0) this.publishes.dropped(handle, status, reason, words);
    const stream = this.stream;
    if (stream !== null && handle > 0 && stream.handle === handle) {
      stream.drop(new MidgeError(words, { status, reason }));
      this.stream = null;
    } else if (stream !== null && handle === 0 && stream.topic === topic) stream.dropStatus = status;
    if (this.handlers.dropped !== null) this.handlers.dropped(handle, status, reason);
    if (this.listenerCount('dropped') > 0) this.emit('dropped', { handle, status, reason, topic, words });
  }

  private authenticate(reason: Reason): void {
    const properties = this.core.v5 === null ? {} : readProperties(this.core.v5.properties);
    this.life.authentication.received(reason, properties);
    this.emit('authenticate', reason, properties);
  }

  portLinkOpened(): void {
    this.life.linkOpened();
  }

  portLinkDown(): void {
    this.life.linkDown();
  }

  portPumped(hasMoved: boolean): void {
    if (!this.port.isBlocked) this.flow.tickOver();
    if (this.stream !== null && this.stream.handle === 0) this.checkStream(this.stream);
    if (hasMoved && this.flow.moved()) this.emit('drain');
    this.life.pumped();
  }

  /** A stream of QoS 0 has no handle: it is done when the core has forgotten it. */
  private checkStream(stream: OutboundStream): void {
    const status = stream.dropStatus;
    stream.dropStatus = Status.Ok;
    if (!stream.isDone()) return;
    this.stream = null;
    if (status === Status.Ok) stream.finish(Reason.Success);
    else stream.drop(new MidgeError(`the stream to '${stream.topic}' was not delivered: ${statusWords(status)}`, { status }));
  }

  lifetimeConnected(result: ConnectResult): void {
    this.emit('connect', result);
  }

  lifetimeDisconnected(info: DisconnectInfo): void {
    this.emit('disconnect', info);
  }

  lifetimeIsSettled(): boolean {
    return this.outstanding === 0 && this.stream === null;
  }

  lifetimeStopped(error: MidgeError): void {
    this.publishes.rejectAll(error);
    this.requests.rejectAll(error);
    this.flow.rejectAll(error);
  }

  lifetimeClosed(): void {
    this.emit('close');
  }
}

/**
 * Checks every option and allocates every buffer; no I/O. Throws a MidgeError that names the option, its value and what
 * is allowed.
 */
export function createClient(options: ClientOptions | string, more?: ClientOptions): MidgeClient {
  return new NodeClient(checkOptions(options, more));
}
