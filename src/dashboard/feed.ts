/*
 * What all viewers get: a sample each second into the history and to whoever looks, log lines, and for those who ask, the
 * messages that pass. Knows nothing of HTTP but the streams it writes to. Streams are bounded by viewer.ts.
 */
import type { ServerResponse } from 'node:http';
import { History } from './history.js';
import { LogRing } from './log-ring.js';
import { batchEveryMs, MessageSampler } from './message-sampler.js';
import type { DashboardSource, LogLine } from './source.js';
import { Viewer } from './viewer.js';

const sampleEveryMs = 1000;
/** Ten minutes. */
const samplesMax = 600;
export const viewersMax = 32;

export class Feed {
  private readonly history: History;
  private readonly logs: ReadonlyMap<string, LogRing>;
  private readonly viewers = new Set<Viewer>();
  private readonly timer: NodeJS.Timeout;
  /** Streams of either kind. */
  private streams = 0;

  constructor(private readonly source: DashboardSource) {
    this.history = new History(source.panels.flatMap((panel) => (panel.kind === 'plot' ? panel.series.map(({ id }) => id) : [])), samplesMax);
    this.logs = new Map(source.panels.flatMap((panel) => (panel.kind === 'log' ? [[panel.id, new LogRing()]] : [])));
    source.start(this.log);
    this.timer = setInterval(this.tick, sampleEveryMs);
    this.timer.unref();
  }

  get isFull(): boolean {
    return this.streams >= viewersMax;
  }

  stop(): void {
    clearInterval(this.timer);
    this.source.stop();
    for (const viewer of this.viewers) viewer.end();
  }

  /** Samples and log lines, until the browser goes. */
  follow(response: ServerResponse): void {
    const viewer = new Viewer(response);
    const logs = Object.fromEntries([...this.logs].map(([id, ring]) => [id, ring.lines]));
    viewer.send('begin', { history: this.history.shown(), figures: this.source.figures(), logs, sampleEveryMs, samplesMax });
    this.viewers.add(viewer);
    this.streams++;
    response.once('close', () => {
      this.viewers.delete(viewer);
      this.streams--;
    });
  }

  /** Messages whose topic matches, until the browser goes. Throws the source's RangeError before anything is sent. */
  followMessages(filter: string, response: ServerResponse): void {
    const sampler = new MessageSampler();
    const unwatch = this.source.watchMessages(filter, sampler.take);
    const viewer = new Viewer(response);
    viewer.send('watching', { filter });
    const timer = setInterval(() => {
      const batch = sampler.takeBatch();
      if (batch !== undefined && !viewer.send('messages', batch)) sampler.giveBack(batch);
    }, batchEveryMs);
    this.streams++;
    response.once('close', () => {
      clearInterval(timer);
      unwatch();
      this.streams--;
    });
  }

  private readonly log = (panelId: string, line: LogLine): void => this.logs.get(panelId)?.add(line);

  private readonly tick = (): void => {
    const sample = this.source.sample();
    const timeMs = Date.now();
    this.history.add(timeMs, sample);
    const logs = Object.fromEntries([...this.logs].map(([id, ring]) => [id, ring.takeFresh()] as const).filter(([, lines]) => lines.length > 0));
    if (this.viewers.size === 0) return;
    const event = { timeMs, sample, figures: this.source.figures(), logs };
    for (const viewer of this.viewers) viewer.send('sample', event);
  };
}
