/**
 * What a client is made from: who it is, how long it waits, and how many bytes it may use. Every capacity lives here,
 * and `configFault` asserts their ranges and relations before anything is allocated.
 * Must not know: the client that is made of it.
 *
 * Read first: MQTT 5.0 section 3.1. Changes together with `configRanges` in targets/node/words.ts, which turns a fault
 * into a sentence.
 */
import { Acknowledge, Version } from './codes.js';
import { Profile } from './profile.js';

/** The message the server publishes when this client is lost. Read at every connect; owned by the caller. */
export interface Will {
  topic: string;
  payload: Uint8Array;
  /** 0 to 2. */
  qos: number;
  retain: boolean;
  /** MQTT 5.0: properties of the will as written by the `putProperty…` functions, or null. */
  properties: Uint8Array | null;
}

/** What only MQTT 5.0 knows. */
export interface ConfigV5 {
  /** Seconds the session outlives the connection, 0 to 2^30 - 1; -1: for ever. */
  sessionExpiryS: number;
  /** Largest packet to accept, in bytes, 1 to 268,435,460; 0: announce no limit. */
  maximumPacketBytes: number;
  /** Topic aliases the server may use, 0 to 65,535. Each takes `aliasTopicBytes` + 2 bytes. */
  topicAliasMaximum: number;
  /** Topic aliases this client uses by itself when the server allows them, 0 to 65,535. */
  topicAliasesOut: number;
  /** Longest topic that gets an alias, in bytes, 1 to 1,024. */
  aliasTopicBytes: number;
  /** Room for an identifier that the server assigns (when `clientId` is empty), 1 to 65,535 bytes. */
  assignedClientIdBytes: number;
  /** Further CONNECT properties in wire form (authentication method and data, requests, user properties), or null. */
  connectProperties: Uint8Array | null;
  /** User properties in wire form sent with every SUBSCRIBE and UNSUBSCRIBE, or null. */
  requestProperties: Uint8Array | null;
}

/** All of it is read at creation or at a connect; the caller keeps it unchanged in between. */
export interface ClientConfig {
  version: Version;
  /** May be empty where the server assigns one: always in 5.0, with `cleanStart` in 3.1.1. [MQTT-3.1.3-7] */
  clientId: string;
  userName: string | null;
  password: Uint8Array | null;
  will: Will | null;
  /** True: a new session at the first connect (5.0), at every connect (3.1.1). */
  cleanStart: boolean;
  /** 0 to 65,535 s; 0 turns keep-alive off. */
  keepAliveS: number;
  /** From the wish for a link to the CONNACK, 1 to 2^28 ms. */
  connectTimeoutMs: number;
  /** How long PINGRESP, or the end of a closing link, may take, 1 to 2^28 ms. */
  pingTimeoutMs: number;
  /** The first and the longest pause before another attempt, 1 to 2^28 ms; each is drawn from 0 to twice the last. */
  retryMinMs: number;
  retryMaxMs: number;
  /** Any integer, different on every device: it spreads the reconnects of a fleet. */
  seed: number;
  acknowledge: Acknowledge;
  /** Receive buffer: a packet that fits is handed over whole. 16 bytes to 2^28. */
  receiveBytes: number;
  /** Acknowledgements and requests on their way out, and CONNECT, which must fit. 32 bytes to 2^28. */
  controlBytes: number;
  /** Outbox arena: publishes from acceptance to the end of their handshake. 16 bytes to 2^28. */
  outboxBytes: number;
  /** Publishes in the arena at once, 1 to 65,534; each takes 20 bytes of table, and there is one row more. */
  outboxMessages: number;
  /** QoS 1 and 2 publishes on their way at once, 1 to 65,535. */
  inFlightMax: number;
  /** Inbound QoS 1 and 2 messages not yet settled: Receive Maximum of 5.0. 1 to 65,535. */
  receiveMaximum: number;
  /** Subscriptions, 0 to 65,534 less `outboxMessages`. 0: the application keeps them, and no message is searched a route for. */
  subscriptions: number;
  /** Their filters: each takes its length + 3, and a call that looks one up needs that room beside them. */
  filterBytes: number;
  /** Null leaves the defaults of `createConfigV5`; used with version 5. */
  v5: ConfigV5 | null;
}

/** The field that `configFault` found out of range. */
export const enum ConfigFault {
  None,
  Version,
  ClientId,
  KeepAlive,
  ConnectTimeout,
  PingTimeout,
  RetryMin,
  RetryMax,
  Acknowledge,
  ReceiveBytes,
  ControlBytes,
  OutboxBytes,
  OutboxMessages,
  InFlightMax,
  ReceiveMaximum,
  Subscriptions,
  FilterBytes,
  WillQos,
  SessionExpiry,
  MaximumPacketBytes,
  TopicAliasMaximum,
  TopicAliasesOut,
  AliasTopicBytes,
  AssignedClientIdBytes,
  PasswordWithoutUserName,
  Seed,
}

const enum Limit {
  Bytes = 0x10000000,
  Ms = 0x10000000,
  Count = 65535,
  Identifiers = 65534,
}

/** Defaults of the MQTT 5.0 part: session ends with the connection, no aliases. */
export function createConfigV5(): ConfigV5 {
  return {
    sessionExpiryS: 0, maximumPacketBytes: 0, topicAliasMaximum: 0, topicAliasesOut: 0, aliasTopicBytes: 64,
    assignedClientIdBytes: 64, connectProperties: null, requestProperties: null,
  };
}

/** Defaults that suit a board with a few kilobytes: the caller changes the fields it cares about. */
export function createConfig(clientId: string): ClientConfig {
  return {
    version: Version.V311, clientId: clientId, userName: null, password: null, will: null, cleanStart: true,
    keepAliveS: 60, connectTimeoutMs: 20000, pingTimeoutMs: 10000, retryMinMs: 1000, retryMaxMs: 120000, seed: 1,
    acknowledge: Acknowledge.AtEnd, receiveBytes: 256, controlBytes: 128, outboxBytes: 512, outboxMessages: 8,
    inFlightMax: 8, receiveMaximum: 8, subscriptions: 4, filterBytes: 128, v5: null,
  };
}

function outside(value: number, least: number, most: number): boolean {
  return (value | 0) !== value || value < least || value > most;
}

function configV5Fault(v5: ConfigV5): ConfigFault {
  if (outside(v5.sessionExpiryS, -1, 0x3fffffff)) return ConfigFault.SessionExpiry;
  if (outside(v5.maximumPacketBytes, 0, 268435460)) return ConfigFault.MaximumPacketBytes;
  if (outside(v5.topicAliasMaximum, 0, Limit.Count)) return ConfigFault.TopicAliasMaximum;
  if (outside(v5.topicAliasesOut, 0, Limit.Count)) return ConfigFault.TopicAliasesOut;
  if (outside(v5.aliasTopicBytes, 1, 1024)) return ConfigFault.AliasTopicBytes;
  if (outside(v5.assignedClientIdBytes, 1, Limit.Count)) return ConfigFault.AssignedClientIdBytes;
  return ConfigFault.None;
}

/** The first field that is out of range or contradicts another, or None. Values are never rounded into range. */
export function configFault(config: ClientConfig): ConfigFault {
  if (outside(config.version, Version.V311, Profile.V5 > 0 ? Version.V5 : Version.V311)) return ConfigFault.Version;
  if (config.clientId.length === 0 && !config.cleanStart && config.version === Version.V311) return ConfigFault.ClientId;
  if (outside(config.keepAliveS, 0, 65535)) return ConfigFault.KeepAlive;
  if (outside(config.connectTimeoutMs, 1, Limit.Ms)) return ConfigFault.ConnectTimeout;
  if (outside(config.pingTimeoutMs, 1, Limit.Ms)) return ConfigFault.PingTimeout;
  if (outside(config.retryMinMs, 1, Limit.Ms)) return ConfigFault.RetryMin;
  if (outside(config.retryMaxMs, config.retryMinMs, Limit.Ms)) return ConfigFault.RetryMax;
  if ((config.seed | 0) !== config.seed) return ConfigFault.Seed;
  if (outside(config.receiveBytes, 16, Limit.Bytes)) return ConfigFault.ReceiveBytes;
  if (outside(config.controlBytes, 32, Limit.Bytes)) return ConfigFault.ControlBytes;
  if (outside(config.outboxBytes, 16, Limit.Bytes)) return ConfigFault.OutboxBytes;
  if (outside(config.outboxMessages, 1, Limit.Identifiers)) return ConfigFault.OutboxMessages;
  // Each may hold a packet identifier, and one must be left.
  if (outside(config.subscriptions, 0, Limit.Identifiers - config.outboxMessages)) return ConfigFault.Subscriptions;
  if (outside(config.filterBytes, 0, Limit.Bytes)) return ConfigFault.FilterBytes;
  if (Profile.Qos > 0) {
    if (outside(config.acknowledge, Acknowledge.AtOnce, Acknowledge.ByApplication)) return ConfigFault.Acknowledge;
    if (outside(config.inFlightMax, 1, Limit.Count)) return ConfigFault.InFlightMax;
    if (outside(config.receiveMaximum, 1, Limit.Count)) return ConfigFault.ReceiveMaximum;
  }
  if (config.will !== null && outside(config.will.qos, 0, 2)) return ConfigFault.WillQos;
  // In 3.1.1 a password needs a user name. [MQTT-3.1.2-22]
  if (config.password !== null && config.userName === null && config.version === Version.V311) {
    return ConfigFault.PasswordWithoutUserName;
  }
  if (Profile.V5 > 0 && config.v5 !== null) return configV5Fault(config.v5);
  return ConfigFault.None;
}
