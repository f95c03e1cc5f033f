/** Starts gateways in processes of their own for a test, and asks them things. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { PortNews, ReloadResult } from '../../src/gateway/gateway.js';
import type { PortStatus } from '../../src/gateway/port.js';
import type { GatewaySettings } from '../../src/gateway/settings.js';
import type { Request } from './host.js';
import { until } from '../until.js';

const hostFile = fileURLToPath(new URL('./host.js', import.meta.url));

export class Hosted {
  readonly news: PortNews[] = [];
  private readonly answers = new Map<number, (value: unknown) => void>();
  private lastId = 0;

  private constructor(readonly child: ChildProcess) {
    child.on('message', (message: { news?: PortNews; id?: number; value?: unknown }) => {
      if (message.news !== undefined) this.news.push(message.news);
      if (message.id !== undefined) this.answers.get(message.id)?.(message.value);
    });
  }

  static async start(t: Pick<ExecutionContext, 'teardown'>, settings: GatewaySettings): Promise<Hosted> {
    const hosted = new Hosted(fork(hostFile, { serialization: 'advanced', execArgv: ['--expose-gc'] }));
    t.teardown(() => hosted.kill());
    await hosted.ask('start', settings);
    return hosted;
  }

  private ask(what: Request['what'], settings?: GatewaySettings): Promise<unknown> {
    const id = this.lastId += 1;
    this.child.send({ id, what, settings } satisfies Request);
    return new Promise((resolve) => {
      this.answers.set(id, resolve);
    });
  }

  ports(): Promise<PortStatus[]> {
    return this.ask('ports') as Promise<PortStatus[]>;
  }

  /** Processor time since its start, in microseconds. */
  usage(): Promise<NodeJS.CpuUsage> {
    return this.ask('usage') as Promise<NodeJS.CpuUsage>;
  }

  /** Memory when what nobody needs is gone. */
  settled(): Promise<NodeJS.MemoryUsage> {
    return this.ask('settled') as Promise<NodeJS.MemoryUsage>;
  }

  reload(settings: GatewaySettings): Promise<ReloadResult> {
    return this.ask('reload', settings) as Promise<ReloadResult>;
  }

  /** Ends in good order; resolves to the exit code. */
  async end(): Promise<number | null> {
    const gone = once(this.child, 'exit');
    void this.ask('end');
    return ((await gone) as [number | null])[0];
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  async said(event: string): Promise<PortNews> {
    await until(() => this.news.some((one) => one.event === event), `${event}; there was ${this.news.map((one) => one.event).join(', ')}`);
    return this.news.find((one) => one.event === event)!;
  }

  /** Waits until the first port is in a state. */
  async state(wanted: string): Promise<void> {
    let seen: readonly PortStatus[] = [];
    let isOver = false;
    const look = async (): Promise<void> => {
      while (!isOver && seen[0]?.state !== wanted) seen = await this.ports();
    };
    void look();
    await until(() => seen[0]?.state === wanted, `the state ${wanted}`).finally(() => { isOver = true; });
  }
}
