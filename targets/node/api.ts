/**
 * What a program on Node.js sees of Midge: a client's methods, its events and their figures. Options are in api-options.ts.
 * Types only. Must not know: sockets, the core's buffers.
 *
 * Read first: README.md of this folder. Changes together with client.ts (behaviour).
 */
import type { EventEmitter } from 'node:events';
import type { Reason, State, Status } from '../../src/core/index.js';
import type { PacketProperties, Qos } from './api-options.js';

export interface ConnectResult {
  sessionPresent: boolean;
  /** Of CONNACK; empty in 3.1.1. */
  properties: PacketProperties;
  /** The client identifier in use, as given or as assigned by the server. */
  clientId: string;
}

export interface PublishOptions {
  qos?: Qos;
  retain?: boolean;
  /** What has not begun to be sent after so many seconds (1 to 536,870) is dropped. */
  expiryS?: number;
  /** Before others, and QoS 0 messages may give way to it. */
  priority?: boolean;
  /** Takes the place of a queued message of the same topic. */
  keepLatest?: boolean;
  /** 5.0. */
  properties?: PacketProperties;
}

export interface StreamOptions {
  qos?: Qos;
  retain?: boolean;
  properties?: PacketProperties;
}

/**
 * The payload of a streamed publish. A function is asked for the bytes from `offset` on (at least 1, at most `most`),
 * from 0 again after a lost link: QoS 1 and 2 need one. An iterable is read once: QoS 0 only.
 */
export type StreamSource =
  | AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  | ((offset: number, most: number) => Uint8Array | Promise<Uint8Array>);

export interface PublishResult {
  /** 0 at QoS 0. */
  handle: number;
  /** Of PUBACK or PUBCOMP; 0x10: nobody subscribes (5.0). */
  reason: Reason;
}

export interface SubscribeOptions {
  qos?: Qos;
  /** 5.0: not what this client publishes itself. */
  noLocal?: boolean;
  /** 5.0: keep the RETAIN flag as published. */
  retainAsPublished?: boolean;
  /** 5.0: retained messages are sent 0: always, 1: at a new subscription, 2: never. */
  retainHandling?: 0 | 1 | 2;
}

export interface SubscribeResult {
  /** Of SUBACK: the granted QoS. A refusal rejects. */
  reason: Reason;
}

export interface UnsubscribeResult {
  reason: Reason;
}

/** An inbound message. As `copy()` gives it, it has buffers of its own. */
export interface ReceivedMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  /** Of a chunk: its place in the payload. 0 for a whole message. */
  readonly offset: number;
  /** Length of the whole payload. */
  readonly total: number;
  readonly properties: PacketProperties;
  /**
   * With `acknowledge: 'by-application'`: answers a QoS 1 or 2 message. From 0x80 on: refuses it (5.0).
   * False when nothing awaits the answer, as at QoS 1 after a lost link: the server then sends the message again. At QoS 2 the
   * answer still counts then, as long as the server keeps the session.
   */
  acknowledge(reason?: Reason): boolean;
}

/**
 * An inbound message where it lies in the receive buffer, the same object for every message: valid until the handler
 * returns or calls another method of the client. `bytes[payloadFrom … payloadTo)` costs nothing; the getters make
 * what they return anew, `payload` as a view of the receive buffer. `copy()` gives a message to keep.
 */
export interface MessageView extends ReceivedMessage {
  readonly bytes: Uint8Array;
  readonly payloadFrom: number;
  readonly payloadTo: number;
  copy(): ReceivedMessage;
  /** `acknowledge` for later, when the view is no longer valid, without a copy of the message. */
  acknowledger(): (reason?: Reason) => boolean;
}

export type MessageHandler = (message: MessageView) => void;

export interface DisconnectInfo {
  status: Status;
  /** The server's code, or 0. */
  reason: Reason;
  /** What happened, in a sentence. */
  words: string;
  /** Null: no further attempt is made. */
  willRetryInMs: number | null;
  /** Of the server's DISCONNECT or CONNACK. */
  properties: PacketProperties;
  /** The link's own error, such as ECONNREFUSED. */
  cause: Error | null;
}

export interface DropInfo {
  /** 0 at QoS 0. */
  handle: number;
  status: Status;
  /** The server's code if it refused. */
  reason: Reason;
  /** Empty where it is no longer known. */
  topic: string;
  words: string;
}

export interface MidgeEvents {
  /** Each accepted CONNACK, reconnects included. */
  connect: [result: ConnectResult];
  disconnect: [info: DisconnectInfo];
  /** A copy of each message, made only if somebody listens. */
  message: [topic: string, payload: Buffer, packet: ReceivedMessage];
  /** A copy of each part of a message that is larger than the receive buffer. `client.skip()` passes over the rest. */
  chunk: [topic: string, bytes: Buffer, packet: ReceivedMessage];
  /** A QoS 1 or 2 publish has reached the server. */
  published: [handle: number, reason: Reason];
  /** An accepted publish will not be delivered. */
  dropped: [info: DropInfo];
  /** AUTH from the server; answered by `authentication.respond`. Reason 0: done. */
  authenticate: [reason: Reason, properties: PacketProperties];
  /** After a refusal for lack of room: there is room again. */
  drain: [];
  /** No link, no timer, no further attempt. */
  close: [];
}

/** Handlers without an emitter in between: they cost no allocation. Set before or after connecting. */
export interface HotHandlers {
  message: MessageHandler | null;
  chunk: MessageHandler | null;
  published: ((handle: number, reason: Reason) => void) | null;
  dropped: ((handle: number, status: Status, reason: Reason) => void) | null;
}

export interface EndOptions {
  /** 5.0; 4 asks for the will. */
  reason?: Reason;
  properties?: PacketProperties;
  /** How long accepted publishes may take to be settled before DISCONNECT. Default 5,000; 0: no wait. */
  timeoutMs?: number;
}

/** Counters since the client was made. */
export interface ClientStats {
  bytesIn: number;
  bytesOut: number;
  /** Messages handed to handlers, chunked ones once. */
  messagesIn: number;
  /** Publishes accepted, acknowledged and dropped. */
  accepted: number;
  published: number;
  dropped: number;
  /** Publishes refused at once. */
  refused: number;
  connects: number;
  disconnects: number;
  /** Calls of the socket's write. */
  writes: number;
}

/** The memory map in bytes. */
export interface MemoryMap {
  receiveBuffer: number;
  controlBuffer: number;
  outboxArena: number;
  outboxTable: number;
  inboundTable: number;
  subscriptionTable: number;
  filters: number;
  topicAliases: number;
  transmitBuffers: number;
  linkReadBuffer: number;
  propertyBuffer: number;
  total: number;
}

export interface MidgeClient extends EventEmitter<MidgeEvents> {
  readonly state: State;
  readonly isConnected: boolean;
  readonly stats: Readonly<ClientStats>;
  readonly handlers: HotHandlers;
  /** The client identifier in use. */
  readonly clientId: string;
  memory(): MemoryMap;

  /**
   * Connects and stays connected. Resolves at the first accepted CONNACK; rejects when the server refuses for good, when
   * the first attempt failed and `reconnect` is false, or when `end` is called before.
   */
  connect(): Promise<ConnectResult>;
  /**
   * QoS 0: resolves when the outbox has it (and room for more); QoS 1 and 2: when it is acknowledged. Rejects when it
   * is refused (capacity: `ready()` tells when to try again) or dropped.
   */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<PublishResult>;
  /**
   * The hot path: no promise, no allocation. `flags` of `Publish`. Returns 0 (QoS 0) or a handle (QoS 1, 2) whose fate
   * 'published' or 'dropped' tells, or a Status below 0. With an expiry or properties it allocates, and throws where these
   * are not what a publish may carry.
   */
  publishNow(topic: string, payload: Uint8Array, flags?: number, more?: Pick<PublishOptions, 'expiryS' | 'properties'>): number;
  /** A publish of `total` bytes that need not fit any buffer. One at a time. Resolves and rejects as `publish`; QoS 0 when it is sent. */
  publishStream(topic: string, total: number, source: StreamSource | Uint8Array, options?: StreamOptions): Promise<PublishResult>;
  /**
   * From within a message handler or outside: no further message, acknowledgement or other event is read until `resume`, and
   * what arrives fills the link until the server has to wait. No longer than the keep-alive allows: PINGRESP waits too.
   */
  pause(): void;
  resume(): void;
  /** Resolves when there is room for a publish again. */
  ready(): Promise<void>;
  /**
   * Subscribes, now and whenever the server has lost the session. Resolves at SUBACK; rejects when the server refuses.
   * Messages go to `handler` if there is one, and to `handlers.message` and 'message' in any case.
   */
  subscribe(filter: string, options?: SubscribeOptions, handler?: MessageHandler): Promise<SubscribeResult>;
  unsubscribe(filter: string): Promise<UnsubscribeResult>;
  /** In a chunk handler: passes over the rest of the message. From 0x80 on: refuses it (5.0). */
  skip(reason?: Reason): boolean;
  /** 5.0, while connected: authenticates anew, with this data or that of the option. Resolves when the server accepts. */
  reauthenticate(data?: Uint8Array): Promise<void>;
  /** Waits for what is accepted, sends DISCONNECT, closes the link; resolves when nothing is left. */
  end(options?: EndOptions): Promise<void>;
}
