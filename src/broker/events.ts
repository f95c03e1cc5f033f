/*
 * What the broker tells its embedder: of clients, sessions and messages, and the events. No behaviour.
 * Changes together with api.ts, which has what the embedder gives and asks.
 */
import type { AccessRequest, ConnectionTransport, ConnectRefusal } from './api.js';
import type { ProtocolVersion, QoS } from './protocol.js';
import type { LimitNotice } from './stats.js';
import type { StoreError } from './store/store.js';
import type { Violation } from './violation.js';

export interface ClientInfo {
  readonly clientId: string;
  readonly version: ProtocolVersion;
  readonly userName: string | undefined;
  readonly transport: ConnectionTransport;
  readonly remoteAddress: string;
  readonly keepAliveSeconds: number;
  readonly connectedAtMs: number;
  /** From this machine, or with a certificate that the listener's authorities vouch for: let in without a name where nobody judges names. */
  readonly isTrusted: boolean;
}

export interface SessionInfo {
  readonly clientId: string;
  readonly connected: boolean;
  readonly expirySeconds: number;
  readonly subscriptions: readonly string[];
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly inflightMessages: number;
  /** QoS 2 packet identifiers received and not yet released. */
  readonly inboundQoS2: readonly number[];
  readonly willPending: boolean;
}

export interface MessageInfo {
  /** The client it came from or goes to; empty if the embedder published it. */
  readonly clientId: string;
  readonly topic: string;
  /** Valid during the call; copy it to keep it. */
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly duplicate: boolean;
}

export interface DisconnectInfo {
  readonly clientId: string;
  readonly version: ProtocolVersion;
  /** `client`: its DISCONNECT; `server`: ours, or a close in its place; `network`: the link ended by itself. */
  readonly by: 'client' | 'server' | 'network';
  /** The reason code of the DISCONNECT sent or received, 0 for a link that ended by itself. */
  readonly reasonCode: number;
  readonly reason: string;
}

export type DropReason = 'output full' | 'queue full' | 'memory full' | 'too large' | 'expired';

/** Events of a Broker, with the arguments of their listeners. Listeners must not throw. */
export interface BrokerEvents {
  clientConnected: [client: ClientInfo, sessionPresent: boolean];
  clientRefused: [clientId: string, refusal: ConnectRefusal];
  clientDisconnected: [info: DisconnectInfo];
  messageIn: [message: MessageInfo];
  messageOut: [message: MessageInfo];
  messageDropped: [message: MessageInfo, reason: DropReason];
  violation: [violation: Violation];
  /** `restart` was called, or a fault plan asked for it. */
  restarted: [];
  /** The authorize hook did not allow a publish or a subscription. */
  accessDenied: [request: AccessRequest];
  limitReached: [notice: LimitNotice];
  /** Changes cannot be stored, e.g. as the disk is full: QoS 1 and 2 publishes and CONNECTs are refused until `storeRecovered`. Told at each attempt. */
  storeFailed: [error: StoreError];
  storeRecovered: [];
}
