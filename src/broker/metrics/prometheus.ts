/*
 * The broker's figures for Prometheus. Each scrape reads the broker's own counters, so that nothing is counted twice.
 * Knows the broker only by its API.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Broker, BrokerEvents, BrokerStats } from '../api.js';
import type { LimitName } from '../stats.js';
import type { Violation } from '../violation.js';

type Stats = Readonly<BrokerStats>;

const counters: readonly (readonly [name: string, help: string, read: (stats: Stats) => number])[] = [
  ['connections_opened_total', 'Network connections accepted', (stats) => stats.connectionsOpened],
  ['connects_refused_total', 'CONNECTs refused', (stats) => stats.connectsRefused],
  ['reauthentications_refused_total', 'Connected clients that failed to authenticate anew', (stats) => stats.reauthenticationsRefused],
  ['received_bytes_total', 'Bytes received from clients', (stats) => stats.bytesIn],
  ['sent_bytes_total', 'Bytes sent to clients', (stats) => stats.bytesOut],
  ['received_packets_total', 'MQTT packets received', (stats) => stats.packetsIn],
  ['sent_packets_total', 'MQTT packets sent', (stats) => stats.packetsOut],
  ['received_messages_total', 'Messages published by clients', (stats) => stats.messagesIn],
  ['sent_messages_total', 'Messages sent to subscribers', (stats) => stats.messagesOut],
  ['received_payload_bytes_total', 'Payload bytes published by clients', (stats) => stats.payloadBytesIn],
  ['sent_payload_bytes_total', 'Payload bytes sent to subscribers', (stats) => stats.payloadBytesOut],
  ['sessions_expired_total', 'Sessions ended by their expiry interval', (stats) => stats.sessionsExpired],
];

const gauges: readonly (readonly [name: string, help: string, read: (stats: Stats) => number])[] = [
  ['connections_open', 'Network connections open now', (stats) => stats.connectionsOpen],
  ['clients_connected', 'Clients connected now', (stats) => stats.clientsConnected],
  ['sessions', 'Sessions, those of clients that are away included', (stats) => stats.sessions],
  ['subscriptions', 'Subscriptions', (stats) => stats.subscriptions],
  ['shared_subscriptions', 'Subscriptions that share', (stats) => stats.sharedSubscriptions],
  ['retained_messages', 'Retained messages', (stats) => stats.retainedMessages],
  ['retained_payload_bytes', 'Payload bytes of retained messages', (stats) => stats.retainedBytes],
  ['queued_messages', 'QoS 1 and 2 messages waiting in sessions', (stats) => stats.queuedMessages],
  ['queued_bytes', 'Bytes of the messages waiting in sessions', (stats) => stats.queuedBytes],
  ['inflight_messages', 'QoS 1 and 2 messages on their way to clients', (stats) => stats.inflightMessages],
  ['waiting_bytes', 'Memory of what waits for clients or of their packets, as memoryBytesMax counts it', (stats) => stats.waitingBytes],
  ['state_bytes', 'Memory of connections and sessions, as memoryBytesMax counts it', (stats) => stats.stateBytes],
];

const dropReasons: Readonly<Record<string, (stats: Stats) => number>> = {
  'output full': (stats) => stats.droppedOutputFull,
  'queue full': (stats) => stats.droppedQueueFull,
  'memory full': (stats) => stats.droppedMemoryFull,
  'too large': (stats) => stats.droppedTooLarge,
  expired: (stats) => stats.droppedExpired,
};

/** By the option that is the limit, and what was done. */
const limitCounts: readonly (readonly [limit: LimitName, consequence: string, read: (stats: Stats) => number])[] = [
  ['connectTimeoutMs', 'closed', (stats) => stats.connectTimeouts],
  ['connectionsPerAddressMax', 'closed', (stats) => stats.refusedPerAddress],
  ['packetsPerSecondMax', 'paused', (stats) => stats.pausedForPackets],
  ['bytesPerSecondMax', 'paused', (stats) => stats.pausedForBytes],
  ['memoryBytesMax', 'closed', (stats) => stats.closedMemoryFull],
  ['memoryBytesMax', 'refused', (stats) => stats.refusedMemoryFull],
  ['sessionsMax', 'refused', (stats) => stats.refusedSessionsFull],
  ['subscriptionsPerSessionMax', 'refused', (stats) => stats.refusedSubscriptionsFull],
  ['retainedMessagesMax', 'refused', (stats) => stats.refusedRetainedFull],
];

const deniedActions: Readonly<Record<string, (stats: Stats) => number>> = {
  publish: (stats) => stats.deniedPublishes,
  subscribe: (stats) => stats.deniedSubscriptions,
  deliver: (stats) => stats.deniedDeliveries,
};

const prefix = 'midge_broker_';

/** A registry of one broker; `stop` lets go of the broker. */
export class BrokerMetrics {
  readonly registry = new Registry();
  private readonly violations: Counter<'statement' | 'version'>;
  private readonly disconnects: Counter<'by'>;

  constructor(private readonly broker: Broker) {
    const registers = [this.registry];
    for (const [name, help, read] of counters) {
      new Counter({ name: prefix + name, help, registers, collect() {
        this.reset();
        this.inc(read(broker.stats));
      } });
    }
    for (const [name, help, read] of gauges) {
      new Gauge({ name: prefix + name, help, registers, collect() {
        this.set(read(broker.stats));
      } });
    }
    new Counter({ name: `${prefix}dropped_messages_total`, help: 'Messages that one subscriber did not get', labelNames: ['reason'], registers, collect() {
      this.reset();
      for (const [reason, read] of Object.entries(dropReasons)) this.inc({ reason }, read(broker.stats));
    } });
    new Counter({ name: `${prefix}limits_reached_total`, help: 'Times a limit was reached, by its option and what was done; dropped messages apart', labelNames: ['limit', 'consequence'], registers, collect() {
      this.reset();
      for (const [limit, consequence, read] of limitCounts) this.inc({ limit, consequence }, read(broker.stats));
    } });
    new Counter({ name: `${prefix}access_denied_total`, help: 'What access control did not allow', labelNames: ['action'], registers, collect() {
      this.reset();
      for (const [action, read] of Object.entries(deniedActions)) this.inc({ action }, read(broker.stats));
    } });
    this.violations = new Counter({
      name: `${prefix}violations_total`, help: 'Breaches of the specification', labelNames: ['statement', 'version'], registers,
    });
    this.disconnects = new Counter({ name: `${prefix}disconnects_total`, help: 'Clients gone, by who ended it', labelNames: ['by'], registers });
    for (const by of ['client', 'server', 'network']) this.disconnects.inc({ by }, 0);
    new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory of the process', registers, collect() {
      this.set(process.memoryUsage.rss());
    } });
    new Counter({ name: 'process_cpu_seconds_total', help: 'Processor time of the process', registers, collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    } });
    broker.on('violation', this.violated).on('clientDisconnected', this.gone);
  }

  stop(): void {
    this.broker.off('violation', this.violated).off('clientDisconnected', this.gone);
  }

  private readonly violated = ({ statement, version }: Violation): void => {
    this.violations.inc({ statement, version: version === 0 ? '' : version === 4 ? '3.1.1' : '5.0' });
  };

  private readonly gone = (...[{ by }]: BrokerEvents['clientDisconnected']): void => this.disconnects.inc({ by });
}
