/*
 * What all connections of one broker share: sessions, subscriptions, retained messages, timers, counters, and the list
 * of connections with output to flush at the end of the tick. Holds data; the protocol lives in the handlers around it.
 */
import type { EventEmitter } from 'node:events';
import type { BrokerEvents, BrokerStats, ConnectRefusal, DropReason, MessageInfo } from './api.js';
import type { QueueLimits } from './attached.js';
import type { Connection } from './connection.js';
import { checkFaultPlan } from './faults/check.js';
import { FaultInjector } from './faults/injector.js';
import { AddressCounts, LimitNotices } from './limits.js';
import { MemoryUse } from './memory-use.js';
import type { Message } from './message.js';
import type { Settings } from './options.js';
import { PacketReader } from './packet-reader.js';
import type { QoS } from './protocol.js';
import { restart } from './restart.js';
import { RetainedMessages } from './retained.js';
import type { Session } from './session.js';
import { queueLength } from './session.js';
import type { Store, StoreError } from './store/store.js';
import { memoryStore } from './store/store.js';
import { SubscriptionTree } from './subscription-tree.js';
import { Timers } from './timers.js';
import type { TrafficProbe } from './traffic-probe.js';
import { Turns } from './turns.js';
import { ViolationLog } from './violation.js';

export class Hub {
  readonly sessions = new Map<string, Session>();
  /** Client identifiers that only attached streams may use, with the limits of their queues. */
  readonly ownClients = new Map<string, QueueLimits>();
  readonly connections = new Set<Connection>();
  readonly tree = new SubscriptionTree();
  readonly retained = new RetainedMessages();
  readonly timers: Timers;
  readonly violations: ViolationLog;
  /** One cursor for all: a packet is decoded and handled before the next is looked at. */
  readonly reader = new PacketReader();
  readonly addresses: AddressCounts;
  readonly memory: MemoryUse;
  readonly turns = new Turns();
  readonly limits: LimitNotices;
  readonly stats: BrokerStats;
  store: Store = memoryStore;
  refuseConnects: ConnectRefusal | undefined;
  /** Set when the broker closes: wills then wait for the broker that takes over the state, and nothing expires. */
  closing = false;
  /** Faults between sockets and connections; without a plan there are none. */
  readonly faults: FaultInjector;
  /** Between the two halves of a restart: nobody is let in. */
  isDown = false;
  /** Set while a dashboard watches. */
  probe: TrafficProbe | undefined;
  private connectionSerial = 0;
  private dirty: Connection[] = [];
  /** Connections with output, or input, that waits for the store. */
  private waiting = new Set<Connection>();
  private flushScheduled = false;

  constructor(
    public settings: Settings,
    private readonly events: EventEmitter<BrokerEvents>,
  ) {
    this.timers = new Timers(settings.clock);
    this.violations = new ViolationLog(settings.violationsMax);
    this.refuseConnects = settings.refuseConnects;
    this.addresses = new AddressCounts(settings.connectionsPerAddressMax);
    this.memory = new MemoryUse(settings.memoryBytesMax);
    this.limits = new LimitNotices(() => this.timers.nowMs(), (notice) => this.emit('limitReached', notice));
    this.faults = new FaultInjector({ timers: this.timers, restart: (options) => restart(this, options) });
    if (settings.faults !== undefined) this.faults.plan = checkFaultPlan(settings.faults);
    const { sessions, tree, retained, memory } = this;
    this.stats = {
      connectionsOpened: 0,
      connectionsOpen: 0,
      clientsConnected: 0,
      connectsRefused: 0,
      reauthenticationsRefused: 0,
      bytesIn: 0,
      bytesOut: 0,
      packetsIn: 0,
      packetsOut: 0,
      messagesIn: 0,
      messagesOut: 0,
      payloadBytesIn: 0,
      payloadBytesOut: 0,
      droppedOutputFull: 0,
      droppedQueueFull: 0,
      droppedMemoryFull: 0,
      droppedTooLarge: 0,
      droppedExpired: 0,
      violations: 0,
      sessionsExpired: 0,
      get sessions() {
        return sessions.size;
      },
      get subscriptions() {
        return tree.count;
      },
      get sharedSubscriptions() {
        return tree.sharedCount;
      },
      get retainedMessages() {
        return retained.count;
      },
      get retainedBytes() {
        return retained.payloadBytes;
      },
      get queuedMessages() {
        let count = 0;
        for (const session of sessions.values()) count += queueLength(session);
        return count;
      },
      get queuedBytes() {
        let bytes = 0;
        for (const session of sessions.values()) bytes += session.queueBytes;
        return bytes;
      },
      get inflightMessages() {
        let count = 0;
        for (const session of sessions.values()) count += session.inflight?.size ?? 0;
        return count;
      },
      deniedPublishes: 0,
      deniedSubscriptions: 0,
      deniedDeliveries: 0,
      connectTimeouts: 0,
      refusedPerAddress: 0,
      pausedForPackets: 0,
      pausedForBytes: 0,
      closedMemoryFull: 0,
      refusedMemoryFull: 0,
      refusedSessionsFull: 0,
      refusedSubscriptionsFull: 0,
      refusedRetainedFull: 0,
      get waitingBytes() {
        return memory.waitingBytes;
      },
      get stateBytes() {
        return memory.stateBytes;
      },
    };
  }

  /** New settings in place of all old ones. What a connected client was told at its CONNECT stands until it connects again. */
  reconfigure(settings: Settings): void {
    this.settings = settings;
    this.violations.keep(settings.violationsMax);
    this.addresses.max = settings.connectionsPerAddressMax;
    this.memory.maxBytes = settings.memoryBytesMax;
    this.refuseConnects = settings.refuseConnects;
    for (const connection of this.connections) connection.reconfigured();
  }

  nextConnectionSerial(): number {
    return ++this.connectionSerial;
  }

  emit<Name extends keyof BrokerEvents>(name: Name, ...args: BrokerEvents[Name]): void {
    // Node's types cannot follow the arguments through a generic name.
    (this.events as EventEmitter).emit(name, ...args);
  }

  /** Tells of a message only if somebody listens: most brokers have no listener, and messages are many. */
  emitMessage(name: 'messageIn' | 'messageOut', clientId: string, message: Message, qos: QoS, retain: boolean, duplicate: boolean): void {
    if (this.events.listenerCount(name) === 0) return;
    this.emit(name, describe(clientId, message, qos, retain, duplicate));
  }

  /** Counts and tells of a message that one client will not get. */
  dropped(clientId: string, message: Message, qos: QoS, reason: DropReason): void {
    if (reason === 'output full') this.stats.droppedOutputFull++;
    else if (reason === 'queue full') this.stats.droppedQueueFull++;
    else if (reason === 'memory full') this.stats.droppedMemoryFull++;
    else if (reason === 'too large') this.stats.droppedTooLarge++;
    else this.stats.droppedExpired++;
    const session = this.sessions.get(clientId);
    if (session !== undefined) session.droppedMessages++;
    if (this.events.listenerCount('messageDropped') === 0) return;
    this.emit('messageDropped', describe(clientId, message, qos, false, false), reason);
  }

  /** Counts and tells of what one client wanted to be remembered and is not. */
  refusedMemoryFull({ clientId, link }: Connection, consequence: string): void {
    this.stats.refusedMemoryFull++;
    this.limits.reached('memoryBytesMax', this.settings.memoryBytesMax, clientId, link.socket.remoteAddress ?? '', consequence);
  }

  /** Output of a tick leaves together, in one write per connection. */
  flushLater(connection: Connection): void {
    this.dirty.push(connection);
    this.probe?.outputBegins();
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    setImmediate(this.flushAll);
  }

  private flushAll = (): void => {
    this.flushScheduled = false;
    const connections = this.dirty;
    this.dirty = [];
    for (const connection of connections) connection.flush();
    this.probe?.outputWritten();
  };

  waitForStore(connection: Connection): void {
    this.waiting.add(connection);
  }

  storeCommitted(): void {
    const connections = this.waiting;
    this.waiting = new Set();
    for (const connection of connections) connection.flush();
  }

  /** Whoever waits for an answer gets none: what it would tell of is not stored. */
  storeFailed(error: StoreError): void {
    this.emit('storeFailed', error);
    const connections = this.waiting;
    this.waiting = new Set();
    for (const connection of connections) connection.storeFailed();
  }

  storeRecovered(): void {
    this.emit('storeRecovered');
  }
}

function describe(clientId: string, message: Message, qos: QoS, retain: boolean, duplicate: boolean): MessageInfo {
  return { clientId, topic: message.topic, payload: message.payload, qos, retain, duplicate };
}
