/*
 * Figures of the process itself, which any source may show: memory, processor time, and how late its event loop is.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Node wakes so often to see how late it is, in milliseconds. */
const resolutionMs = 20;

export interface ProcessSample {
  readonly loopDelayMedianMs: number | null;
  readonly loopDelayMaxMs: number | null;
  /** Of one core. */
  readonly processorPercent: number | null;
}

export class ProcessFigures {
  private readonly delay: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  private lastCpuMicros = cpuMicros();
  private lastAtMs = performance.now();
  /** Of one core, in the latest sample. */
  processorPercent: number | null = null;

  start(): void {
    this.delay.enable();
  }

  stop(): void {
    this.delay.disable();
  }

  /** Since the last call. */
  sample(): ProcessSample {
    const nowMs = performance.now();
    const micros = cpuMicros();
    const elapsedMs = nowMs - this.lastAtMs;
    this.processorPercent = elapsedMs > 0 ? (micros - this.lastCpuMicros) / elapsedMs / 10 : null;
    this.lastCpuMicros = micros;
    this.lastAtMs = nowMs;
    const { delay } = this;
    const late = (nanoseconds: number): number | null => (delay.count === 0 ? null : Math.max(0, nanoseconds / 1e6 - resolutionMs));
    const sample = { loopDelayMedianMs: late(delay.percentile(50)), loopDelayMaxMs: late(delay.max), processorPercent: this.processorPercent };
    delay.reset();
    return sample;
  }

  get residentBytes(): number {
    return process.memoryUsage.rss();
  }
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
