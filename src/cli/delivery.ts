/**
 * Whether messages arrive as their QoS promises, told from their sequence numbers: for each stream (a device at a QoS)
 * what is missing, came twice or out of order. Must not know MQTT.
 */

/** One stream of messages numbered from 0. */
export class Stream {
  delivered = 0;
  duplicated = 0;
  /** Came after a later one. */
  reordered = 0;
  /** The next number, if none is missing. */
  private next = 0;
  private readonly missing = new Set<number>();

  take(sequence: number): void {
    if (sequence >= this.next) {
      for (let gap = this.next; gap < sequence; gap++) this.missing.add(gap);
      this.next = sequence + 1;
      this.delivered++;
    } else if (this.missing.delete(sequence)) {
      this.delivered++;
      this.reordered++;
    } else this.duplicated++;
  }

  /** Of `sent` messages, how many have not arrived. */
  lost(sent: number): number {
    return sent - this.delivered;
  }
}

/** What became of the messages of one QoS, over all devices. */
export interface QosTally {
  readonly qos: 0 | 1 | 2;
  readonly sent: number;
  /** Acknowledged by the server to the device; QoS 0 has no acknowledgement. */
  readonly acknowledged: number;
  readonly delivered: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
}

/** The promises that a tally breaks, in words. QoS 0 promises nothing, and is reported. */
export function brokenPromises(tally: QosTally): string[] {
  const broken: string[] = [];
  if (tally.qos === 0) return broken;
  if (tally.lost > 0) broken.push(`QoS ${tally.qos}: ${tally.lost} of ${tally.sent} messages lost`); // [MQTT-4.3.2-1] [MQTT-4.3.3-1]
  if (tally.qos === 2 && tally.duplicated > 0) broken.push(`QoS 2: ${tally.duplicated} messages delivered twice`);
  if (tally.reordered > 0) broken.push(`QoS ${tally.qos}: ${tally.reordered} messages out of order`); // [MQTT-4.6.0-6]
  return broken;
}

/** Latencies in steps of 100 µs up to a second, so that percentiles cost no memory. */
export class Latencies {
  private readonly counts = new Uint32Array(10_001);
  private total = 0;

  take(us: number): void {
    this.counts[Math.min(Math.floor(us / 100), this.counts.length - 1)]++;
    this.total++;
  }

  /** Milliseconds within which the share (0 to 1) arrived; undefined before the first. */
  percentileMs(share: number): number | undefined {
    if (this.total === 0) return undefined;
    let left = Math.ceil(this.total * share);
    for (let at = 0; at < this.counts.length; at++) {
      left -= this.counts[at];
      if (left <= 0) return (at + 1) / 10;
    }
    return undefined;
  }
}
