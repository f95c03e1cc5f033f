/*
 * The broker as the dashboard's source: reads the broker's own counters and state, so that nothing is counted twice.
 * What is shown is declared in dashboard-layout.ts, what can be done in dashboard-actions.ts.
 */
import { type Cell, type DashboardSource, type Detail, type LogLine, ProcessFigures, type Row, type SeenMessage } from '../dashboard/index.js';
import type { Broker, BrokerEvents } from './api.js';
import { hubOf } from './broker.js';
import type { Connection } from './connection.js';
import { actionsOf } from './dashboard-actions.js';
import { addressOf, clientDetail } from './dashboard-detail.js';
import { clientsPanel, eventsPanel, panels } from './dashboard-layout.js';
import type { Hub } from './hub.js';
import type { Session } from './session.js';
import { queueLength } from './session.js';
import { isTopicFilter } from './text.js';
import { createTopicMatcher } from './topic-matcher.js';
import { TrafficProbe } from './traffic-probe.js';
import type { Violation } from './violation.js';

/** Clients whose violations are counted; of a new one beyond these the oldest is forgotten. */
const violatorsMax = 10_000;
/** A rate over a longer time says little of now. */
const rateSpanMsMax = 5000;

/** A connection's counters when its rates were last read. */
interface Reading {
  readonly atMs: number;
  readonly counts: readonly number[];
}

const versionNames: Readonly<Record<number, string>> = { 4: '3.1.1', 5: '5.0' };

export class BrokerSource implements DashboardSource {
  readonly title = 'Midge broker';
  readonly panels = panels;
  readonly actions;
  private readonly hub: Hub;
  private readonly probe = new TrafficProbe();
  private readonly process = new ProcessFigures();
  private readonly startedMs = performance.now();
  private readonly readings = new WeakMap<Connection, Reading>();
  private readonly violators = new Map<string, number>();
  private lastCounts: readonly number[];
  private lastSampleMs = performance.now();
  private log: (panelId: string, line: LogLine) => void = () => undefined;

  constructor(private readonly broker: Broker) {
    this.hub = hubOf(broker);
    this.actions = actionsOf(broker, this.hub);
    this.lastCounts = this.counts();
  }

  start(log: (panelId: string, line: LogLine) => void): void {
    if (this.hub.probe !== undefined) throw new Error('this broker has a dashboard already');
    this.hub.probe = this.probe;
    this.log = log;
    this.process.start();
    this.broker.on('violation', this.violated).on('clientConnected', this.connected).on('clientDisconnected', this.disconnected)
      .on('clientRefused', this.refused).on('limitReached', this.limited).on('restarted', this.restarted).on('storeFailed', this.storeFailed);
  }

  stop(): void {
    this.hub.probe = undefined;
    this.process.stop();
    this.broker.off('violation', this.violated).off('clientConnected', this.connected).off('clientDisconnected', this.disconnected)
      .off('clientRefused', this.refused).off('limitReached', this.limited).off('restarted', this.restarted).off('storeFailed', this.storeFailed);
  }

  sample(): Readonly<Record<string, number | null>> {
    const nowMs = performance.now();
    const seconds = (nowMs - this.lastSampleMs) / 1000;
    const counts = this.counts();
    const [messagesIn, messagesOut, bytesIn, bytesOut] = counts.map((count, at) => (seconds > 0 ? (count - this.lastCounts[at]) / seconds : null));
    this.lastCounts = counts;
    this.lastSampleMs = nowMs;
    const { loopDelayMedianMs, loopDelayMaxMs } = this.process.sample();
    const handOn = this.probe.takeHandOn();
    const acknowledge = this.probe.takeAcknowledge();
    return {
      messagesIn, messagesOut, bytesIn, bytesOut,
      handOnMedian: handOn.medianMs, handOnMax: handOn.maxMs,
      acknowledgeMedian: acknowledge.medianMs, acknowledgeMax: acknowledge.maxMs,
      connected: this.hub.stats.clientsConnected, sessions: this.hub.sessions.size,
      loopMedian: loopDelayMedianMs, loopMax: loopDelayMaxMs,
    };
  }

  private counts(): readonly number[] {
    const { messagesIn, messagesOut, bytesIn, bytesOut } = this.hub.stats;
    return [messagesIn, messagesOut, bytesIn, bytesOut];
  }

  figures(): Row {
    const { stats } = this.hub;
    return {
      clients: stats.clientsConnected,
      // A client without a session ends with its connection, so every session beyond those is of a client that is away.
      away: Math.max(0, stats.sessions - stats.clientsConnected),
      subscriptions: stats.subscriptions,
      retained: stats.retainedMessages,
      queuedMessages: stats.queuedMessages,
      waitingBytes: stats.waitingBytes,
      dropped: stats.droppedOutputFull + stats.droppedQueueFull + stats.droppedMemoryFull + stats.droppedTooLarge + stats.droppedExpired,
      violations: stats.violations,
      memory: this.process.residentBytes,
      processor: this.process.processorPercent,
      uptime: (performance.now() - this.startedMs) / 1000,
    };
  }

  rows(panelId: string): readonly Row[] {
    if (panelId !== clientsPanel) return [];
    const nowMs = performance.now();
    return [...this.hub.sessions.values()].map((session) => this.clientRow(session, nowMs));
  }

  private clientRow(session: Session, nowMs: number): Row {
    const { clientId, connection } = session;
    const [messagesIn, messagesOut, bytesIn, bytesOut] = connection === undefined ? noRates : this.rates(connection, nowMs);
    return {
      clientId,
      state: stateOf(session),
      version: versionNames[connection?.version ?? 0] ?? null,
      address: connection === undefined ? null : addressOf(connection),
      messagesIn, messagesOut, bytesIn, bytesOut,
      queued: queueLength(session),
      queuedBytes: session.queueBytes,
      inflight: session.inflight?.size ?? 0,
      violations: this.violators.get(clientId) ?? 0,
      dropped: session.droppedMessages,
    };
  }

  /** Since the last reading. Null at the first one, and when the last one is long ago. */
  private rates(connection: Connection, nowMs: number): readonly Cell[] {
    const counts = [connection.messagesIn, connection.messagesOut, connection.bytesIn, connection.bytesOut];
    const last = this.readings.get(connection);
    this.readings.set(connection, { atMs: nowMs, counts });
    const spanMs = last === undefined ? Infinity : nowMs - last.atMs;
    if (last === undefined || spanMs <= 0 || spanMs > rateSpanMsMax) return noRates;
    return counts.map((count, at) => ((count - last.counts[at]) * 1000) / spanMs);
  }

  detail(_panelId: string, clientId: string): Detail | undefined {
    const session = this.hub.sessions.get(clientId);
    const violations = this.hub.violations.entries.filter((violation) => violation.clientId === clientId);
    return session === undefined && violations.length === 0 ? undefined : clientDetail(this.hub, clientId, session, violations);
  }

  watchMessages(filter: string, take: (message: SeenMessage) => void): () => void {
    if (!isTopicFilter(filter) || filter.length > 65_535) {
      throw new RangeError(`"${filter.slice(0, 200)}" is not a topic filter: levels are parted by /, + stands for one level, # for all that follow, at the end`);
    }
    const matches = createTopicMatcher(filter);
    return this.probe.watch((message) => {
      if (matches(message.topic)) take(message);
    });
  }

  private say(level: LogLine['level'], text: string): void {
    this.log(eventsPanel, { level, text });
  }

  private readonly violated = ({ clientId, statement, reason, closed }: Violation): void => {
    const count = this.violators.get(clientId) ?? 0;
    if (count === 0 && this.violators.size >= violatorsMax) this.violators.delete(this.violators.keys().next().value!);
    this.violators.set(clientId, count + 1);
    this.say('warning', `${nameOf(clientId)} broke [${statement}]: ${reason}${closed ? '; disconnected' : ''}`);
  };

  private readonly connected = (...[client, sessionPresent]: BrokerEvents['clientConnected']): void => {
    const { clientId, version, transport, remoteAddress } = client;
    this.say('info', `${clientId} connected ${transport === 'internal' ? 'in this process' : `from ${remoteAddress}`}, MQTT ${versionNames[version]}${sessionPresent ? ', session resumed' : ''}`);
  };

  private readonly disconnected = (...[{ clientId, reason }]: BrokerEvents['clientDisconnected']): void => this.say('info', `${clientId} disconnected: ${reason}`);

  private readonly refused = (...[clientId, { reasonCode, reasonString }]: BrokerEvents['clientRefused']): void => {
    this.say('warning', `${nameOf(clientId)} was refused: reason code 0x${reasonCode.toString(16)}${reasonString === undefined ? '' : `, ${reasonString}`}`);
  };

  private readonly limited = (...[{ limit, max, clientId, remoteAddress, consequence, count }]: BrokerEvents['limitReached']): void => {
    this.say('warning', `limit ${limit} (${max}) reached by ${nameOf(clientId)}${remoteAddress === '' ? '' : ` from ${remoteAddress}`}${count === 1 ? '' : ` (${count} times)`}: ${consequence}`);
  };

  private readonly restarted = (): void => this.say('warning', 'the broker restarts');

  private readonly storeFailed = (...[{ message }]: BrokerEvents['storeFailed']): void => this.say('warning', message);
}

const noRates: readonly Cell[] = [null, null, null, null];

function stateOf({ connection, will }: Session): string {
  if (connection !== undefined) return 'connected';
  return will === undefined ? 'away' : 'will pending';
}

function nameOf(clientId: string): string {
  return clientId === '' ? 'a client that has not named itself' : clientId;
}
