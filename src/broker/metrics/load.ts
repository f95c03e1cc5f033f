/*
 * Moving averages per minute over 1, 5 and 15 minutes, as Mosquitto's load topics have them. Knows nothing of MQTT.
 */

export interface LoadAverages {
  readonly '1min': number;
  readonly '5min': number;
  readonly '15min': number;
}

const minutes = { '1min': 1, '5min': 5, '15min': 15 } as const;

/** One counter that only grows, seen from time to time. */
export class Load {
  private last = 0;
  private averages: LoadAverages = { '1min': 0, '5min': 0, '15min': 0 };

  /** `count` is the counter now, `elapsedMs` the time since the last call: above 0. */
  update(count: number, elapsedMs: number): LoadAverages {
    const perMinute = ((count - this.last) * 60_000) / elapsedMs;
    this.last = count;
    const moved = (name: keyof LoadAverages): number =>
      perMinute + Math.exp(-elapsedMs / (minutes[name] * 60_000)) * (this.averages[name] - perMinute);
    this.averages = { '1min': moved('1min'), '5min': moved('5min'), '15min': moved('15min') };
    return this.averages;
  }
}
