/*
 * Ranges and defaults of the options that are numbers or truth values. Apart from options.ts, so that who only describes
 * the options need not load the broker.
 */
import type { BrokerOptions } from './api.js';
import { sessionNeverExpires } from './protocol.js';

export const optionDefaults = {
  maximumPacketSize: 16 * 1024 * 1024,
  receiveMaximum: 1024,
  topicAliasMaximum: 256,
  topicAliasMaximumOutbound: 64,
  maximumQoS: 2,
  retainAvailable: true,
  sessionExpiryMaxSeconds: sessionNeverExpires,
  sessionQueueMessagesMax: 10_000,
  sessionQueueBytesMax: 16 * 1024 * 1024,
  inflightMessagesMax: 1024,
  outputBytesMax: 4 * 1024 * 1024,
  connectTimeoutMs: 10_000,
  packetsPerSecondMax: 50_000,
  bytesPerSecondMax: 64 * 1024 * 1024,
  memoryBytesMax: 256 * 1024 * 1024,
  sessionsMax: 100_000,
  subscriptionsPerSessionMax: 1000,
  retainedMessagesMax: 100_000,
  retainedBytesMax: 64 * 1024 * 1024,
  allowAnonymous: false,
  violationsMax: 1000,
} as const satisfies BrokerOptions;

export const optionRanges = {
  maximumPacketSize: [16, 268_435_460],
  receiveMaximum: [1, 65_535],
  topicAliasMaximum: [0, 65_535],
  topicAliasMaximumOutbound: [0, 65_535],
  serverKeepAliveSeconds: [0, 65_535],
  maximumQoS: [0, 2],
  sessionExpiryMaxSeconds: [0, sessionNeverExpires],
  sessionQueueMessagesMax: [1, 10_000_000],
  sessionQueueBytesMax: [1024, Number.MAX_SAFE_INTEGER],
  inflightMessagesMax: [1, 65_535],
  outputBytesMax: [4096, Number.MAX_SAFE_INTEGER],
  connectTimeoutMs: [1, 3_600_000],
  packetsPerSecondMax: [1, 10_000_000],
  bytesPerSecondMax: [1024, Number.MAX_SAFE_INTEGER],
  connectionsPerAddressMax: [1, 1_000_000],
  memoryBytesMax: [1_048_576, Number.MAX_SAFE_INTEGER],
  sessionsMax: [1, 10_000_000],
  subscriptionsPerSessionMax: [1, 1_000_000],
  retainedMessagesMax: [1, 100_000_000],
  retainedBytesMax: [1024, Number.MAX_SAFE_INTEGER],
  violationsMax: [0, 1_000_000],
} as const satisfies Partial<Record<keyof BrokerOptions, readonly [min: number, max: number]>>;
