/**
 * Least, most and default of a bridge's numbers, apart from the checks so that whoever only describes the options need not
 * load a bridge. Changes together with options.ts.
 */
type Range = readonly [least: number, most: number, fallback?: number];

export const bridgeRanges = {
  keepAliveSeconds: [5, 65_535, 60],
  inFlightMax: [1, 10_000, 500],
  packetBytesMax: [1024, 268_435_456, 16 * 1024 * 1024],
  // Without a default: the broker's own limits.
  queueMessagesMax: [1, 10_000_000],
  queueBytesMax: [1024, Number.MAX_SAFE_INTEGER],
  retryMinMs: [10, 3_600_000, 1000],
  retryMaxMs: [10, 3_600_000, 60_000],
} as const satisfies Record<string, Range>;
