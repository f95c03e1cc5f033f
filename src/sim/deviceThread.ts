/**
 * The thread in which simulated devices live: an engine of their own, so that what it allocates is theirs.
 * Entry of a worker thread; `devices.ts` starts it. Must not know the broker or who watches.
 */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { Counter, openCounters, sum, ThreadFigure } from './counters.js';
import { Device, type DeviceOptions } from './device.js';

export interface ThreadData {
  readonly shared: SharedArrayBuffer;
  readonly devices: readonly DeviceOptions[];
}

/** From the devices to whoever started them. */
export type ThreadNews = { readonly kind: 'started' } | { readonly kind: 'stopped' } | { readonly kind: 'failed'; readonly words: string };

/** To the devices. */
export type ThreadOrder = { readonly kind: 'stop'; readonly timeoutMs: number };

const tickMs = 5;
const sampleMs = 200;
/** Compilers and caches fill up first. */
const warmUpMs = 1000;

const port = parentPort!;
const { shared, devices: descriptions } = workerData as ThreadData;
const counters = openCounters(shared);
const thread = counters.thread;
const devices = descriptions.map((description, at) => new Device(description, counters.devices[at]));

const observer = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
    thread[kind === constants.NODE_PERFORMANCE_GC_MINOR ? ThreadFigure.Scavenges : ThreadFigure.OtherCollections]++;
  }
});

function sentAll(): number {
  return sum(counters, Counter.SentQ0) + sum(counters, Counter.SentQ1) + sum(counters, Counter.SentQ2);
}

/** Adds up how the used heap grows; a sample after a collection only sets the new base. */
function sampleHeap(): () => void {
  let base = getHeapStatistics().used_heap_size;
  let sent = sentAll();
  let at = performance.now();
  return () => {
    const used = getHeapStatistics().used_heap_size;
    const [sentNow, now] = [sentAll(), performance.now()];
    if (used >= base) {
      thread[ThreadFigure.HeapBytes] += used - base;
      thread[ThreadFigure.HeapMessages] += sentNow - sent;
      thread[ThreadFigure.HeapMs] += now - at;
    }
    [base, sent, at] = [used, sentNow, now];
  };
}

function tell(news: ThreadNews): void {
  port.postMessage(news);
}

async function run(): Promise<void> {
  await Promise.all(devices.map((device) => device.start()));
  observer.observe({ entryTypes: ['gc'] });
  tell({ kind: 'started' });
  const ticker = setInterval(() => { for (const device of devices) device.work(); }, tickMs);
  let sampler: NodeJS.Timeout | undefined;
  const warmUp = setTimeout(() => { sampler = setInterval(sampleHeap(), sampleMs); }, warmUpMs);
  port.once('message', (order: ThreadOrder) => {
    clearInterval(ticker);
    clearTimeout(warmUp);
    clearInterval(sampler);
    Promise.all(devices.map((device) => device.stop(order.timeoutMs)))
      .then(() => { tell({ kind: 'stopped' }); }, giveUp)
      .finally(() => { observer.disconnect(); port.close(); });
  });
}

/** Tells why, and leaves no connection, which would keep the thread. */
async function giveUp(thrown: unknown): Promise<void> {
  tell({ kind: 'failed', words: thrown instanceof Error ? thrown.message : String(thrown) });
  await Promise.all(devices.map((device) => device.client.end({ timeoutMs: 0 })));
}

run().catch(async (thrown: unknown) => {
  await giveUp(thrown);
  port.close();
});
