/*
 * The broker's public types: what an embedder gives and asks; what it is told is in events.ts. No behaviour.
 * Changes together with options.ts (defaults and checks) and broker.ts (the methods).
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import type { BrokerEvents, ClientInfo, SessionInfo } from './events.js';
import type { FaultPlan } from './faults/plan.js';
import type { ProtocolVersion, QoS } from './protocol.js';
import type { BrokerState } from './state.js';
import type { BrokerStats } from './stats.js';
import type { Violation } from './violation.js';

export type { BrokerEvents, ClientInfo, DisconnectInfo, DropReason, MessageInfo, SessionInfo } from './events.js';
export type { BrokerStats, LimitName, LimitNotice } from './stats.js';

/** Where time comes from. Tests pass a manual clock; the default is Node's monotonic clock and timers. */
export interface BrokerClock {
  /** Milliseconds, never going back. */
  nowMs(): number;
  setTimer(callback: () => void, delayMs: number): unknown;
  clearTimer(timer: unknown): void;
  /** Milliseconds since 1970, for what must mean the same after a restart. Default: Date.now. */
  wallMs?(): number;
}

/** What CONNECT said, as the hooks see it. */
export interface ConnectRequest {
  /** Empty if the client asked for an assigned client identifier: it is assigned after authentication. */
  readonly clientId: string;
  readonly version: ProtocolVersion;
  readonly userName: string | undefined;
  readonly password: Uint8Array | undefined;
  /** Clean Start (5.0) or Clean Session (3.1.1). */
  readonly cleanStart: boolean;
  readonly keepAliveSeconds: number;
  readonly transport: ConnectionTransport;
  readonly remoteAddress: string;
  /** The client's TCP or TLS socket (for its certificate, its address). Do not read from or write to it. */
  readonly socket: Socket;
}

/** Why a CONNECT is refused. In 3.1.1 the code becomes a return code where one says the same, else the connection just closes. */
export interface ConnectRefusal {
  /** A CONNACK reason code of MQTT 5.0 of 0x80 or above. */
  readonly reasonCode: number;
  readonly reasonString?: string;
  /** Sent with 0x9C (use another server) or 0x9D (server moved). */
  readonly serverReference?: string;
}

/** `true` accepts, `false` refuses with 0x86 bad user name or password, a refusal says its own code. */
export type AuthenticateResult = boolean | ConnectRefusal;

export type AuthenticateHook = (request: ConnectRequest) => AuthenticateResult | Promise<AuthenticateResult>;

export interface AccessRequest {
  readonly action: 'publish' | 'subscribe';
  readonly clientId: string;
  readonly userName: string | undefined;
  /** The topic name of a publish, the topic filter of a subscription (for a shared one, without `$share/name/`). */
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
}

/**
 * Says whether a client may publish to a topic (its will included) or subscribe to a filter. It is asked per message; while
 * it takes its time the client is not read, so that its packets keep their order. One that throws or rejects allows nothing.
 */
export interface AuthorizeHook extends Remembered {
  (request: AccessRequest, version: ProtocolVersion): boolean | Promise<boolean>;
}

/** Says whether a client may get a message on a topic, whatever it subscribed to. Asked per message and client. */
export interface AuthorizeDeliveryHook extends Remembered {
  (clientId: string, userName: string | undefined, topic: string): boolean;
}

/** A hook that answers by fixed rules need not be asked each time. */
export interface Remembered {
  /**
   * What the answers about a client, its user name, an action and a topic follow from: they may be remembered as long as this
   * is the same object. Undefined, or no such function: the hook is asked each time.
   */
  readonly rules?: () => object | undefined;
}

export type AuthenticationStep =
  | { readonly kind: 'continue'; readonly data?: Uint8Array }
  | { readonly kind: 'accept'; readonly data?: Uint8Array; readonly userName?: string }
  | { readonly kind: 'reject'; readonly reasonCode: number; readonly reasonString?: string };

/** One run of an enhanced authentication (MQTT 5.0, 4.12). Called with the data of CONNECT, then of each AUTH. */
export type AuthenticationExchange = (
  data: Uint8Array | undefined,
) => AuthenticationStep | Promise<AuthenticationStep>;

/**
 * Begins a run: at CONNECT, and again when a connected client re-authenticates. The request is that of CONNECT, with the
 * user name that an earlier run has accepted.
 */
export type AuthenticationMethod = (request: ConnectRequest) => AuthenticationExchange;

export interface BrokerOptions {
  /** Largest packet accepted from a client, in bytes, fixed header included. 16 to 268435460, default 16 MiB. Announced to 5.0 clients. */
  readonly maximumPacketSize?: number;
  /** Unfinished QoS 1 and 2 publishes accepted from one client. 1 to 65535, default 1024. Announced to 5.0 clients. */
  readonly receiveMaximum?: number;
  /** Topic aliases a client may use towards the broker. 0 to 65535, default 256. */
  readonly topicAliasMaximum?: number;
  /** Topic aliases the broker uses towards a client that allows them. 0 to 65535, default 64. */
  readonly topicAliasMaximumOutbound?: number;
  /** Keep alive that 5.0 clients are told to use instead of their own. 0 to 65535 seconds; default: the client's own stands. */
  readonly serverKeepAliveSeconds?: number;
  /** Highest QoS a client may publish with. Default 2. */
  readonly maximumQoS?: QoS;
  /** Whether retained messages are accepted. Default true. */
  readonly retainAvailable?: boolean;
  /** Longest a session outlives its connection, in seconds, 3.1.1 sessions included. 0 to 4294967295 (never ends), the default. */
  readonly sessionExpiryMaxSeconds?: number;
  /** QoS 1 and 2 messages a session holds beyond those in flight; further ones are dropped and counted. 1 to 10000000, default 10000. */
  readonly sessionQueueMessagesMax?: number;
  /** The same limit in bytes of topic, properties and payload. At least 1024, default 16 MiB. */
  readonly sessionQueueBytesMax?: number;
  /** QoS 1 and 2 messages in flight to one client, at most; a 5.0 client's Receive Maximum lowers it. 1 to 65535, default 1024. */
  readonly inflightMessagesMax?: number;
  /** Bytes waiting for one client's socket; beyond it QoS 0 messages to it are dropped and counted. At least 4096, default 4 MiB. */
  readonly outputBytesMax?: number;
  /** Time between the connection and its CONNECT, in milliseconds. 1 to 3600000, default 10000. */
  readonly connectTimeoutMs?: number;
  /** Packets taken from one client in a second; beyond it the client is not read for a while. 1 to 10000000, default 50000. */
  readonly packetsPerSecondMax?: number;
  /** The same limit in bytes. At least 1024, default 64 MiB. */
  readonly bytesPerSecondMax?: number;
  /** Open connections from one address; further ones are closed at once. 1 to 1000000, default 1000, without limit for this machine's own. */
  readonly connectionsPerAddressMax?: number;
  /**
   * Memory of what all clients together make the broker hold, objects around the bytes included: session queues, messages in flight,
   * output that sockets have not taken, input not yet handled, and an estimate for connections, sessions, subscriptions, wills
   * and topic aliases. Retained messages have limits of their own. Beyond it messages that would have to wait are dropped and
   * counted, clients with a large packet under way are disconnected, larger wills and further subscriptions are refused.
   * At least 1048576, default 256 MiB.
   */
  readonly memoryBytesMax?: number;
  /** Sessions, those of clients that are away included; a CONNECT that would begin one more is refused. 1 to 10000000, default 100000. */
  readonly sessionsMax?: number;
  /** Subscriptions of one session; a further one is refused in SUBACK. 1 to 1000000, default 1000. */
  readonly subscriptionsPerSessionMax?: number;
  /** Retained messages; what would be one more is refused, or at QoS 0 handed on and not retained. 1 to 100000000, default 100000. */
  readonly retainedMessagesMax?: number;
  /** The same limit in bytes of topic, properties and payload. At least 1024, default 64 MiB. */
  readonly retainedBytesMax?: number;
  /** Violations kept in `broker.violations`; older ones go. 0 to 1000000, default 1000. */
  readonly violationsMax?: number;
  /** Refuse every CONNECT like this. Also settable later as `broker.refuseConnects`. */
  readonly refuseConnects?: ConnectRefusal;
  /** Response Information for a client that asks for it: the base of its response topics. */
  readonly responseInformation?: (clientId: string) => string;
  /** User name and password check. Default: everybody is let in who comes from this machine or has a client certificate. */
  readonly authenticate?: AuthenticateHook;
  /** Without `authenticate`: let clients in from everywhere. Default false. */
  readonly allowAnonymous?: boolean;
  /** Publish and subscribe check. Default: everything is allowed. */
  readonly authorize?: AuthorizeHook;
  /** Check of each message to each client. Default: whoever was let subscribe gets it. */
  readonly authorizeDelivery?: AuthorizeDeliveryHook;
  /** Enhanced authentication methods by name, e.g. `{ 'SCRAM-SHA-256': … }`. Default: none. */
  readonly authenticationMethods?: Readonly<Record<string, AuthenticationMethod>>;
  /** Default: Node's clock. */
  readonly clock?: BrokerClock;
  /** Sessions and retained messages handed over by `close({ keepState: true })` of an earlier broker, which gives them up. */
  readonly state?: BrokerState;
  /** Faults on connections, for tests: delays, cuts, lost acknowledgements and others. Also settable later as `broker.faults`. */
  readonly faults?: FaultPlan;
  /**
   * The folder where sessions, their messages and retained messages outlive the process, made if it is missing. What a client is
   * told is stored before. Not together with `state`. Default: none, everything is in memory only.
   */
  readonly data?: string;
}

/** What may change while the broker serves. */
export type RuntimeOptions = Omit<BrokerOptions, 'data' | 'state' | 'clock'>;

export type Transport = 'tcp' | 'tls' | 'ws' | 'wss';

/** How a client is connected; 'internal' is a stream that the embedder attached. */
export type ConnectionTransport = Transport | 'internal';

export interface AttachOptions {
  /**
   * A client identifier that only attached streams may use from now on, whether one is connected or not. Its messages are
   * not asked of `authorizeDelivery`, and the limits below are its session's. `deleteSession` sets it free.
   */
  readonly clientId?: string;
  /** Default: that of all sessions. */
  readonly sessionQueueMessagesMax?: number;
  /** Default: that of all sessions. */
  readonly sessionQueueBytesMax?: number;
}

export interface ListenOptions {
  /** Default 'tcp'. */
  readonly transport?: Transport;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free port, told in the answer. Default 0. */
  readonly port?: number;
  /** Handed to node:tls for 'tls' and 'wss': key, cert, ca, requestCert … */
  readonly tls?: TlsOptions;
  /** The path WebSocket clients must ask for. Default: any. */
  readonly path?: string;
}

export interface ListenAddress {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
}

export interface CloseOptions {
  /** Give back sessions, retained messages and pending wills, to be handed to `createBroker({ state })`. */
  readonly keepState?: boolean;
  /** Cut the connections as a crash would, without DISCONNECT. */
  readonly abrupt?: boolean;
}

export interface RestartOptions {
  /** Whether sessions, retained messages and wills survive, as with a data folder. Default true. */
  readonly keepState?: boolean;
  /** New connections are closed at once for so long. 0 to 86400000, default 0. */
  readonly downMs?: number;
}

export interface DisconnectOptions {
  /** A DISCONNECT reason code a server may send; default 0x98 administrative action. 3.1.1 clients are just closed. */
  readonly reasonCode?: number;
  readonly reasonString?: string;
  readonly serverReference?: string;
}

/** A message that the embedder publishes itself, or sees pass. */
export interface PublishOptions {
  readonly topic: string;
  readonly payload?: Uint8Array | string;
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly messageExpirySeconds?: number;
}

/** A running broker, made by `createBroker`. */
export interface Broker extends EventEmitter<BrokerEvents> {
  /** Opens one more listener. Rejects with the socket's error if the address is in use or not allowed. */
  listen(options?: ListenOptions): Promise<ListenAddress>;
  /**
   * Serves a client over a stream of this process, such as one end of `streamPair()`. It is trusted: `authenticate`, `authorize`
   * and the fault plan are passed over. A broker that is down destroys the stream.
   */
  attach(stream: Duplex, options?: AttachOptions): void;
  /**
   * Ends all listeners, connections and timers; resolves when nothing is left behind. With `keepState` the answer holds sessions,
   * retained messages and pending wills, else it is undefined. With a data folder everything is stored then, or it rejects with a
   * StoreError. A closed broker cannot be used again.
   */
  close(options?: CloseOptions): Promise<BrokerState | undefined>;
  /** Publishes as the server itself, to every matching subscription. Throws a RangeError on a bad topic, QoS or expiry. */
  publish(message: PublishOptions): void;
  /** Ends a client's connection with a DISCONNECT (5.0) or a close (3.1.1). False if it is not connected. */
  disconnectClient(clientId: string, options?: DisconnectOptions): boolean;
  /** Cuts a client's connection as a failing network would. False if it is not connected. */
  dropClient(clientId: string): boolean;
  /** Forgets a session, connected or not. False if there is none. */
  deleteSession(clientId: string): boolean;
  clients(): ClientInfo[];
  /** What is stored for a client identifier; undefined if there is no session. */
  session(clientId: string): SessionInfo | undefined;
  /** Of all sessions, those of clients that are away included. */
  sessionIds(): string[];
  readonly stats: Readonly<BrokerStats>;
  /** Whether clients are let in: a listener is open, and the broker is neither closed nor down in a restart. */
  readonly isServing: boolean;
  /** The latest breaches of the specification, oldest first. */
  readonly violations: readonly Violation[];
  /** While set, every CONNECT is refused like this; undefined lets clients in again. */
  refuseConnects: ConnectRefusal | undefined;
  /**
   * Replaces all options but `data`, `state` and `clock`, which stay; what is not given takes its default. Nobody is disconnected. What
   * CONNACK told a client (maximum packet size, Receive Maximum, aliases, maximum QoS …) stands for it until it connects again. Throws as
   * createBroker does, and then everything stays as it was.
   */
  reconfigure(options: RuntimeOptions): void;
  /** Key, certificate and authorities of an open TLS listener, for connections from now on. Throws if there is none at this address. */
  renewTls(address: Pick<ListenAddress, 'host' | 'port'>, tls: TlsOptions): void;
  /** Acts as if the broker had crashed and come back: all connections end without a DISCONNECT. The listeners stay open. */
  restart(options?: RestartOptions): void;
  /** Faults on connections that begin from now on; undefined for none. Throws a FaultPlanError that names the wrong field. */
  faults: FaultPlan | undefined;
}
