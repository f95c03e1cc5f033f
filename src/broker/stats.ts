/*
 * What a broker counts, and the limits that it tells of.
 */

/** Counters since the broker was created, and present sizes. */
export interface BrokerStats {
  connectionsOpened: number;
  connectionsOpen: number;
  clientsConnected: number;
  connectsRefused: number;
  /** Connected clients that failed to authenticate anew. */
  reauthenticationsRefused: number;
  bytesIn: number;
  bytesOut: number;
  packetsIn: number;
  packetsOut: number;
  messagesIn: number;
  messagesOut: number;
  /** Bytes of the payloads of these messages. */
  payloadBytesIn: number;
  payloadBytesOut: number;
  /** QoS 0 messages dropped because a client's socket was full. */
  droppedOutputFull: number;
  /** QoS 1 and 2 messages dropped because a session's queue was full. */
  droppedQueueFull: number;
  /** QoS 1 and 2 messages dropped because too much was waiting for all clients together. */
  droppedMemoryFull: number;
  /** Messages dropped because they were larger than the client's Maximum Packet Size. */
  droppedTooLarge: number;
  /** Messages dropped because their Message Expiry Interval ran out. */
  droppedExpired: number;
  violations: number;
  /** Sessions that ended because their expiry interval ran out. */
  sessionsExpired: number;
  sessions: number;
  /** Shared ones included. */
  subscriptions: number;
  sharedSubscriptions: number;
  retainedMessages: number;
  /** Bytes of their payloads. */
  retainedBytes: number;
  /** QoS 1 and 2 messages waiting in sessions, those in flight aside, and their bytes. Each reading counts them anew. */
  queuedMessages: number;
  queuedBytes: number;
  /** QoS 1 and 2 messages sent to clients whose handshake is not over, those of clients that are away included. Counted anew. */
  inflightMessages: number;
  /** Publishes, subscriptions and deliveries that the authorize hooks did not allow. */
  deniedPublishes: number;
  deniedSubscriptions: number;
  deniedDeliveries: number;
  /** Connections closed because their CONNECT, or the handshake before it, was not there in time. */
  connectTimeouts: number;
  /** Connections closed at once because their address had too many. */
  refusedPerAddress: number;
  /** Times a client was not read for a while because it had sent too many packets, or bytes. */
  pausedForPackets: number;
  pausedForBytes: number;
  /** Clients disconnected over a large packet because too much was waiting already. */
  closedMemoryFull: number;
  /** CONNECTs refused because there were too many sessions. */
  refusedSessionsFull: number;
  /** Subscriptions refused because their session had too many. */
  refusedSubscriptionsFull: number;
  /** Messages that were refused, or not retained, because too much was retained already. */
  refusedRetainedFull: number;
  /** CONNECTs with a large will, subscriptions and topic aliases refused because all memory was used up. */
  refusedMemoryFull: number;
  /** Bytes waiting now, with the objects around them, and an estimate of what connections and sessions take: `memoryBytesMax` bounds the sum. */
  waitingBytes: number;
  stateBytes: number;
}

/** The options that bound what clients can do to the broker and to each other. */
export type LimitName =
  | 'connectTimeoutMs'
  | 'packetsPerSecondMax'
  | 'bytesPerSecondMax'
  | 'connectionsPerAddressMax'
  | 'memoryBytesMax'
  | 'sessionsMax'
  | 'subscriptionsPerSessionMax'
  | 'retainedMessagesMax'
  | 'retainedBytesMax'
  | 'sessionQueueMessagesMax'
  | 'sessionQueueBytesMax';

/** A limit was reached. Told once a second at most for each limit: `count` is how often it was since the last time. */
export interface LimitNotice {
  readonly limit: LimitName;
  readonly max: number;
  /** The latest client it happened to; empty if it has not named itself. */
  readonly clientId: string;
  readonly remoteAddress: string;
  /** What was done about it. */
  readonly consequence: string;
  readonly count: number;
}
