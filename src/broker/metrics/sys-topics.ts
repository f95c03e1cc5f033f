/*
 * The broker's figures as retained messages under $SYS/broker, with the names and the formats that Mosquitto's users know.
 * Knows the broker only by its API. Read first: MQTT 5.0, 4.7.2.
 */
import type { Broker, BrokerStats } from '../api.js';
import { Load } from './load.js';

export interface SysTopicsOptions {
  /** Time between two rounds, in milliseconds. 1000 to 3600000, default 10000. */
  readonly intervalMs?: number;
  /** What `$SYS/broker/version` says. */
  readonly version?: string;
}

const loads: Readonly<Record<string, (stats: Readonly<BrokerStats>) => number>> = {
  'messages/received': (stats) => stats.packetsIn,
  'messages/sent': (stats) => stats.packetsOut,
  'publish/received': (stats) => stats.messagesIn,
  'publish/sent': (stats) => stats.messagesOut,
  'publish/dropped': dropped,
  'bytes/received': (stats) => stats.bytesIn,
  'bytes/sent': (stats) => stats.bytesOut,
  'sockets': (stats) => stats.connectionsOpened,
};

function dropped(stats: Readonly<BrokerStats>): number {
  return stats.droppedOutputFull + stats.droppedQueueFull + stats.droppedMemoryFull + stats.droppedTooLarge + stats.droppedExpired;
}

/** What publishes them; `stop` before the broker closes. */
export class SysTopics {
  private readonly startedMs = performance.now();
  private readonly loads = new Map(Object.keys(loads).map((name) => [name, new Load()]));
  private readonly connectLoad = new Load();
  private connects = 0;
  private clientsMaximum = 0;
  private heapMaximum = 0;
  private lastMs = this.startedMs;
  private readonly told = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly broker: Broker,
    private readonly options: SysTopicsOptions = {},
  ) {
    const { intervalMs = 10_000 } = options;
    if (!Number.isInteger(intervalMs) || intervalMs < 1000 || intervalMs > 3_600_000) {
      throw new RangeError(`SysTopics: intervalMs is ${intervalMs}, it must be an integer from 1000 to 3600000`);
    }
    broker.on('clientConnected', this.connected).on('restarted', this.forget);
    this.timer = setInterval(() => this.publish(), intervalMs);
    this.timer.unref();
    this.publish();
  }

  stop(): void {
    clearInterval(this.timer);
    this.broker.off('clientConnected', this.connected).off('restarted', this.forget);
  }

  private readonly connected = (): void => {
    this.connects++;
    this.clientsMaximum = Math.max(this.clientsMaximum, this.broker.stats.clientsConnected);
  };

  /** Retained messages may be lost: the next round tells all. */
  private readonly forget = (): void => this.told.clear();

  /** Publishes what has changed since the last time. */
  publish(): void {
    for (const [name, payload] of Object.entries(this.figures())) {
      if (this.told.get(name) === payload) continue;
      this.told.set(name, payload);
      this.broker.publish({ topic: `$SYS/broker/${name}`, payload, retain: true });
    }
  }

  private figures(): Record<string, string> {
    const { stats } = this.broker;
    const nowMs = performance.now();
    const heap = process.memoryUsage().heapUsed;
    this.heapMaximum = Math.max(this.heapMaximum, heap);
    const connected = stats.clientsConnected;
    // A client without a session ends with its connection, so every session beyond those is of a client that is away.
    const disconnected = Math.max(0, stats.sessions - connected);
    const figures: Record<string, string | number> = {
      'version': this.options.version ?? 'midge',
      'uptime': `${Math.floor((nowMs - this.startedMs) / 1000)} seconds`,
      'clients/total': stats.sessions,
      'clients/maximum': this.clientsMaximum,
      'clients/connected': connected,
      'clients/active': connected,
      'clients/disconnected': disconnected,
      'clients/inactive': disconnected,
      'clients/expired': stats.sessionsExpired,
      'messages/received': stats.packetsIn,
      'messages/sent': stats.packetsOut,
      'messages/inflight': stats.inflightMessages,
      'messages/stored': stats.retainedMessages + stats.queuedMessages,
      'store/messages/count': stats.retainedMessages + stats.queuedMessages,
      'store/messages/bytes': stats.retainedBytes + stats.queuedBytes,
      'publish/messages/received': stats.messagesIn,
      'publish/messages/sent': stats.messagesOut,
      'publish/messages/dropped': dropped(stats),
      'publish/bytes/received': stats.payloadBytesIn,
      'publish/bytes/sent': stats.payloadBytesOut,
      'bytes/received': stats.bytesIn,
      'bytes/sent': stats.bytesOut,
      'retained messages/count': stats.retainedMessages,
      // Mosquitto counts each kind on its own.
      'subscriptions/count': stats.subscriptions - stats.sharedSubscriptions,
      'shared_subscriptions/count': stats.sharedSubscriptions,
      'heap/current': heap,
      'heap/maximum': this.heapMaximum,
      'violations': stats.violations,
    };
    const elapsedMs = nowMs - this.lastMs;
    if (elapsedMs > 0) {
      this.lastMs = nowMs;
      for (const [name, load] of this.loads) this.addLoad(figures, name, load, loads[name](stats), elapsedMs);
      this.addLoad(figures, 'connections', this.connectLoad, this.connects, elapsedMs);
    }
    return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)]));
  }

  private addLoad(figures: Record<string, string | number>, name: string, load: Load, count: number, elapsedMs: number): void {
    for (const [span, value] of Object.entries(load.update(count, elapsedMs))) figures[`load/${name}/${span}`] = (value as number).toFixed(2);
  }
}
