/**
 * Starts simulated devices in a thread of their own, and stops them. Must not know what they do there.
 */
import { Worker } from 'node:worker_threads';
import { type Counters, createCounters } from './counters.js';
import type { DeviceOptions } from './device.js';
import type { ThreadData, ThreadNews, ThreadOrder } from './deviceThread.js';

export interface RunningDevices {
  readonly counters: Counters;
  /** Stops sending, waits at most `timeoutMs` until all is acknowledged, ends the thread. */
  stop(timeoutMs: number): Promise<void>;
}

/** Resolves when every device is connected. Rejects when one cannot be. */
export async function startDevices(devices: readonly DeviceOptions[]): Promise<RunningDevices> {
  const counters = createCounters(devices.length);
  const data: ThreadData = { shared: counters.shared, devices };
  const worker = new Worker(new URL('./deviceThread.js', import.meta.url), { workerData: data });
  const ended = new Promise<void>((resolve) => { worker.once('exit', () => { resolve(); }); });
  let crash: Error | undefined;
  worker.on('error', (error) => { crash = error; });
  await heard(worker, 'started', () => crash);
  return {
    counters,
    stop: async (timeoutMs) => {
      const order: ThreadOrder = { kind: 'stop', timeoutMs };
      const stopped = heard(worker, 'stopped', () => crash);
      worker.postMessage(order);
      await stopped;
      await ended;
    },
  };
}

/** Resolves at the news awaited; rejects when the thread says or shows that it failed. */
function heard(worker: Worker, kind: ThreadNews['kind'], crash: () => Error | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onNews = (news: ThreadNews): void => {
      if (news.kind === kind) finish(resolve);
      else if (news.kind === 'failed') finish(() => { reject(new Error(news.words)); });
    };
    const onExit = (): void => { finish(() => { reject(crash() ?? new Error('the thread of the devices has ended')); }); };
    const finish = (settle: () => void): void => {
      worker.off('message', onNews);
      worker.off('exit', onExit);
      settle();
    };
    worker.on('message', onNews);
    worker.on('exit', onExit);
  });
}
