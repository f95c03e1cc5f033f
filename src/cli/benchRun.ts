/**
 * One run of `midge bench`: broker, devices and monitor started, watched, stopped in an order in which nothing that was
 * promised can be missed. The broker may be another server's, which then stays as it was found. Must not know how it is shown.
 */
import { type Broker, createBroker, type DashboardServer, type ListenAddress } from '../broker/index.js';
import { type CoreProbe, probeCore } from '../sim/coreProbe.js';
import { Counter, type Counters, sum, ThreadFigure } from '../sim/counters.js';
import { type RunningDevices, startDevices } from '../sim/devices.js';
import { BenchBoard } from './benchBoard.js';
import type { ForeignServer } from './benchProbe.js';
import { delivered, onTheWay, qosTally, type Tally } from './benchTally.js';
import { serveSomewhere } from './brokerDashboard.js';
import { listen } from './brokerListeners.js';
import { Failure } from './fault.js';
import { Monitor } from './monitor.js';

export interface BenchOptions {
  /** Undefined: 1883, or the next free port. */
  readonly port: number | undefined;
  readonly devices: number;
  /** Telemetry messages a second of each device. */
  readonly rate: number;
  readonly protocolVersion: 4 | 5;
  /** Undefined: a reference broker of the bench's own. */
  readonly server: ForeignServer | undefined;
  /** Whether there is to be a board behind the gateway. */
  readonly hasBoard: boolean;
  /** For tests: what the broker does wrong to every 19th message of QoS 1 and 2. */
  readonly plant: 'loss' | 'duplicate' | undefined;
}

/** Heap growth, measured twice: the core alone, and all that the devices' thread does. */
export interface Allocations {
  readonly core: CoreProbe & { readonly measured: string };
  /** `bytesPerMessage` is null when the run was too short to measure. */
  readonly thread: {
    readonly bytesPerMessage: number | null; readonly messages: number; readonly scavenges: number; readonly otherCollections: number;
    readonly measured: string;
  };
}

const host = '127.0.0.1';
const defaultPort = 1883;
const portsTried = 100;
const settleMs = 10_000;
const commandEveryMs = 1000;

export class BenchRun {
  /** Milliseconds from the start of the devices to their stop. */
  elapsedMs = 0;
  /** At the end, while the board's gateway still knew its figures. */
  private lastTally: Tally | undefined;
  private probe: CoreProbe = { messages: 0, heapBytes: 0, bytesPerMessage: 0 };
  private readonly startedMs: number;
  private commander: NodeJS.Timeout | undefined;

  private constructor(
    readonly options: BenchOptions, readonly address: Pick<ListenAddress, 'host' | 'port'>, readonly monitor: Monitor,
    private readonly broker: Broker | undefined, private readonly devices: RunningDevices, private readonly names: readonly string[],
    /** Undefined where no port was free for it, or the broker is another's. */
    readonly dashboard: DashboardServer | undefined,
    /** Undefined: not wanted, or not possible here. */
    private readonly board: BenchBoard | undefined,
    /** What was left out, and why. */
    readonly notRun: readonly string[],
  ) {
    this.startedMs = performance.now();
    this.commander = setInterval(() => { monitor.askAll(); }, commandEveryMs);
    monitor.askAll();
  }

  static async start(options: BenchOptions): Promise<BenchRun> {
    const { server, protocolVersion } = options;
    const broker = server === undefined ? ownBroker(options.plant) : undefined;
    let monitor: Monitor | undefined;
    let dashboard: DashboardServer | undefined;
    let board: BenchBoard | undefined;
    try {
      const address = broker === undefined ? server! : await listenSomewhere(broker, options.port);
      const url = server?.url ?? `mqtt://${host}:${address.port}`;
      const qosMax = server?.qosMax ?? 2;
      const notRun = [...server?.notRun ?? []];
      const names = Array.from({ length: options.devices }, (_, at) => `dev-${at + 1}`);
      if (options.hasBoard) {
        const started = await BenchBoard.start({ url, protocolVersion, qosMax, rate: options.rate, isOwnServer: broker !== undefined });
        if (started instanceof BenchBoard) board = started;
        else notRun.push(`board behind the gateway: ${started}`);
      }
      if (broker !== undefined) dashboard = await serveSomewhere(broker, board?.source);
      monitor = new Monitor({ url, protocolVersion, deviceNames: board === undefined ? names : [...names, board.name], clearsStatus: server !== undefined });
      await monitor.start();
      board?.begin();
      const devices = await startDevices(names.map((name, at) => ({ name, url, protocolVersion, seed: at + 1, rate: options.rate, qosMax })));
      return new BenchRun(options, address, monitor, broker, devices, names, dashboard, board, notRun);
    } catch (thrown) {
      await monitor?.stop();
      await board?.end();
      await dashboard?.close();
      await broker?.close();
      throw thrown;
    }
  }

  /** Stops asking, then sending, then waits for what is still on its way, then takes everything down. */
  async stop(): Promise<void> {
    clearInterval(this.commander);
    this.elapsedMs = performance.now() - this.startedMs;
    try {
      await quiet(() => this.monitor.answered, () => this.monitor.answered === this.monitor.asked);
      await Promise.all([this.devices.stop(settleMs), this.board?.settle(settleMs)]);
      this.probe = probeCore(this.options.protocolVersion);
      await quiet(() => delivered(this.tally()), () => onTheWay(this.tally()) === 0);
      this.lastTally = this.presentTally();
    } finally {
      await this.board?.end();
      await this.monitor.stop();
      await this.dashboard?.close();
      await this.broker?.close();
    }
  }

  get counters(): Counters {
    return this.devices.counters;
  }

  /** Milliseconds that the devices have been sending. */
  runningMs(): number {
    return this.elapsedMs > 0 ? this.elapsedMs : performance.now() - this.startedMs;
  }

  tally(): Tally {
    return this.lastTally ?? this.presentTally();
  }

  private presentTally(): Tally {
    const { monitor, counters, board } = this;
    const levels = ([0, 1, 2] as const).filter((qos) => qos <= (this.options.server?.qosMax ?? 2));
    return {
      qos: levels.map((qos) => qosTally(qos, monitor, this.names, counters.devices)),
      commands: { asked: monitor.asked, answered: monitor.answered },
      refusals: sum(counters, Counter.Refusals),
      reconnects: Math.max(0, sum(counters, Counter.Connects) - this.names.length),
      board: board === undefined ? null : {
        qos: levels.map((qos) => qosTally(qos, monitor, [board.name], [board.row])), reconnects: board.row[Counter.Connects] - 1, link: board.report,
      },
      violations: this.broker?.stats.violations,
    };
  }

  /** After `stop`. */
  allocations(): Allocations {
    const figures = this.counters.thread;
    const messages = figures[ThreadFigure.HeapMessages];
    return {
      core: { ...this.probe, measured: 'growth of the V8 heap, the core alone over a link of fixed bytes, QoS 0 to 2 out and one in, after the run' },
      thread: {
        bytesPerMessage: messages === 0 ? null : Math.round(figures[ThreadFigure.HeapBytes] / messages), messages,
        scavenges: figures[ThreadFigure.Scavenges], otherCollections: figures[ThreadFigure.OtherCollections],
        measured: "growth of the V8 heap in the devices' thread after 1 s: Node.js sockets and timers, Node port, simulated sensors, core",
      },
    };
  }
}

/** Until everything owed has arrived, or nothing has for a second. */
async function quiet(progress: () => number, isDone: () => boolean): Promise<void> {
  let before = -1;
  for (let still = 0; still < 10 && !isDone();) {
    const now = progress();
    still = now === before ? still + 1 : 0;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function ownBroker(plant: BenchOptions['plant']): Broker {
  const broker = plant === 'loss' ? createBroker({ authorize: forgetful() }) : createBroker();
  if (plant === 'duplicate') repeatSome(broker);
  return broker;
}

/** The port asked for, or else the first free one from 1883 on. */
async function listenSomewhere(broker: Broker, port: number | undefined): Promise<ListenAddress> {
  if (port !== undefined) return listen(broker, { host, port });
  for (let tried = 0; tried < portsTried; tried++) {
    try {
      return await broker.listen({ host, port: defaultPort + tried });
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw new Failure(`cannot listen on ${host}:${defaultPort + tried}: ${(thrown as Error).message}`);
    }
  }
  throw new Failure(`the ports ${defaultPort} to ${defaultPort + portsTried - 1} are all in use; choose another with --port`);
}

/** Odd, so that it meets QoS 1 and 2 in turn. */
const plantedEvery = 19;

function isTelemetry(topic: string): boolean {
  return /\/telemetry\/q[12]$/.test(topic);
}

/** A broker's check that takes every 19th message for forbidden, so that it reaches nobody. */
function forgetful(): (request: { action: string; topic: string }) => boolean {
  let count = 0;
  return ({ action, topic }) => action !== 'publish' || !isTelemetry(topic) || ++count % plantedEvery !== 0;
}

function repeatSome(broker: Broker): void {
  let count = 0;
  broker.on('messageIn', ({ clientId, topic, payload, qos }) => {
    if (clientId === '' || !isTelemetry(topic) || ++count % plantedEvery !== 0) return;
    broker.publish({ topic, payload: Buffer.from(payload), qos });
  });
}
