/*
 * The broker as its embedder sees it: listeners, state, the API. The protocol is in connection.ts and its handlers.
 */
import { EventEmitter } from 'node:events';
import type { TlsOptions } from 'node:tls';
import type { Duplex } from 'node:stream';
import type {
  AttachOptions,
  Broker,
  BrokerEvents,
  BrokerOptions,
  BrokerStats,
  ClientInfo,
  CloseOptions,
  ConnectRefusal,
  DisconnectOptions,
  ListenAddress,
  ListenOptions,
  PublishOptions,
  RestartOptions,
  RuntimeOptions,
  SessionInfo,
} from './api.js';
import { attach } from './attached.js';
import { clientInfo } from './connect.js';
import { ConnectionState } from './connection.js';
import { checkFaultPlan } from './faults/check.js';
import type { FaultPlan } from './faults/plan.js';
import { Hub } from './hub.js';
import { Listener } from './listeners.js';
import { createMessage, noBytes } from './message.js';
import { checkAttach, checkDisconnect, checkOptions, checkRefusal, checkRestart } from './options.js';
import { ReasonCode } from './protocol.js';
import { route } from './publish.js';
import { restart } from './restart.js';
import { queueLength } from './session.js';
import { endSession, restoreState, takeState } from './session-life.js';
import type { BrokerState } from './state.js';
import { DurableStore } from './store/durable-store.js';
import { hasTooManyLevels, isTopicName, topicLevelsMax } from './text.js';
import type { Violation } from './violation.js';

/** How long clients may take to close after us when the broker closes. */
const closingMs = 500;

/** Creates a broker that listens nowhere yet. Throws a TypeError or RangeError that names a wrong option, a StoreError for a bad folder. */
export function createBroker(options: BrokerOptions = {}): Broker {
  return new SocketBroker(options);
}

function openStore(hub: Hub, folder: string): void {
  const store = new DurableStore(folder, hub.settings.clock, hub);
  hub.store = store;
  restoreState(hub, store.takeState());
}

/** What a broker made here is made of, for the parts of this folder that show more than its API tells. */
export function hubOf(broker: Broker): Hub {
  if (broker instanceof SocketBroker) return broker.hub;
  throw new TypeError('this broker was not made by createBroker');
}

class SocketBroker extends EventEmitter<BrokerEvents> implements Broker {
  readonly hub: Hub;
  private readonly openListeners = new Set<Listener>();
  private faultPlan: FaultPlan | undefined;
  private closing: Promise<BrokerState | undefined> | undefined;

  constructor(options: BrokerOptions) {
    super();
    this.hub = new Hub(checkOptions(options), this);
    this.faultPlan = options.faults;
    if (options.state !== undefined) restoreState(this.hub, options.state);
    if (options.data !== undefined) openStore(this.hub, options.data);
  }

  get stats(): Readonly<BrokerStats> {
    return this.hub.stats;
  }

  get isServing(): boolean {
    return this.closing === undefined && this.openListeners.size > 0 && !this.hub.isDown;
  }

  get violations(): readonly Violation[] {
    return this.hub.violations.entries;
  }

  get refuseConnects(): ConnectRefusal | undefined {
    return this.hub.refuseConnects;
  }

  set refuseConnects(refusal: ConnectRefusal | undefined) {
    if (refusal !== undefined) checkRefusal(refusal);
    this.hub.refuseConnects = refusal;
  }

  get faults(): FaultPlan | undefined {
    return this.faultPlan;
  }

  set faults(plan: FaultPlan | undefined) {
    this.hub.faults.plan = plan === undefined ? undefined : checkFaultPlan(plan);
    this.faultPlan = plan;
  }

  reconfigure(options: RuntimeOptions): void {
    this.checkOpen();
    for (const name of ['data', 'state', 'clock']) {
      if (Object.hasOwn(options, name)) throw new TypeError(`reconfigure: ${name} cannot change while the broker serves; leave it out`);
    }
    const { data, clock } = this.hub.settings;
    const settings = checkOptions({ ...options, clock });
    const plan = options.faults === undefined ? undefined : checkFaultPlan(options.faults);
    this.hub.reconfigure({ ...settings, data });
    this.hub.faults.plan = plan;
    this.faultPlan = options.faults;
  }

  renewTls({ host, port }: Pick<ListenAddress, 'host' | 'port'>, tls: TlsOptions): void {
    const listener = [...this.openListeners].find(({ address }) => address.host === host && address.port === port);
    if (listener === undefined || (listener.address.transport !== 'tls' && listener.address.transport !== 'wss')) {
      throw new RangeError(`renewTls: there is no TLS listener on ${host}:${port}`);
    }
    listener.renewTls(tls);
  }

  restart(options: RestartOptions = {}): void {
    this.checkOpen();
    checkRestart(options);
    restart(this.hub, options);
  }

  async listen(options: ListenOptions = {}): Promise<ListenAddress> {
    this.checkOpen();
    const listener = await Listener.open(this.hub, options);
    this.openListeners.add(listener);
    return listener.address;
  }

  attach(stream: Duplex, options: AttachOptions = {}): void {
    this.checkOpen();
    checkAttach(options);
    attach(this.hub, stream, options);
  }

  close(options: CloseOptions = {}): Promise<BrokerState | undefined> {
    this.closing ??= this.closeAll(options);
    return this.closing;
  }

  private async closeAll({ keepState = false, abrupt = false }: CloseOptions): Promise<BrokerState | undefined> {
    const { hub } = this;
    const ended = [...this.openListeners].map((listener) => listener.close());
    hub.closing = true;
    hub.faults.close();
    for (const connection of [...hub.connections]) {
      if (abrupt) connection.drop();
      else connection.end(ReasonCode.ServerShuttingDown, 'the broker closes');
    }
    const state = keepState ? takeState(hub) : undefined;
    hub.timers.close();
    const cutTimer = setTimeout(() => {
      for (const connection of hub.connections) connection.link.destroy();
      for (const listener of this.openListeners) listener.cut();
    }, closingMs);
    await Promise.all(ended);
    clearTimeout(cutTimer);
    // A server counts its sockets as gone a moment before they say so themselves.
    while (hub.connections.size > 0) await new Promise((resolve) => setImmediate(resolve));
    // Sessions are handed over, stored or gone.
    hub.memory.messageBytes = 0;
    hub.memory.stateBytes = 0;
    await hub.store.close();
    return state;
  }

  publish({ topic, payload = noBytes, qos = 0, retain = false, messageExpirySeconds }: PublishOptions): void {
    this.checkOpen();
    if (!isTopicName(topic) || topic.includes('\0') || Buffer.byteLength(topic) > 65_535 || hasTooManyLevels(topic)) {
      throw new RangeError(
        `publish: "${topic}" is not a topic name: 1 to 65535 bytes, at most ${topicLevelsMax} levels, without +, # and U+0000`,
      );
    }
    if (qos !== 0 && qos !== 1 && qos !== 2) throw new RangeError(`publish: qos is ${String(qos)}, it must be 0, 1 or 2`);
    const expirySeconds = messageExpirySeconds ?? Infinity;
    if (!(expirySeconds >= 1)) throw new RangeError(`publish: messageExpirySeconds is ${expirySeconds}, it must be at least 1`);
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    route(this.hub, createMessage(topic, bytes, qos, retain, noBytes, this.hub.timers.nowMs() + expirySeconds * 1000, ''));
  }

  disconnectClient(clientId: string, options: DisconnectOptions = {}): boolean {
    checkDisconnect(options);
    const connection = this.hub.sessions.get(clientId)?.connection;
    const { reasonCode = ReasonCode.AdministrativeAction, reasonString, serverReference } = options;
    connection?.end(reasonCode, reasonString ?? 'disconnected by the embedder', reasonString, serverReference);
    return connection !== undefined;
  }

  dropClient(clientId: string): boolean {
    const connection = this.hub.sessions.get(clientId)?.connection;
    connection?.drop();
    return connection !== undefined;
  }

  deleteSession(clientId: string): boolean {
    const found = this.hub.sessions.has(clientId);
    this.hub.ownClients.delete(clientId);
    this.disconnectClient(clientId);
    const session = this.hub.sessions.get(clientId);
    if (session !== undefined) endSession(this.hub, session);
    return found;
  }

  clients(): ClientInfo[] {
    return [...this.hub.connections].filter(({ state }) => state === ConnectionState.Connected).map(clientInfo);
  }

  session(clientId: string): SessionInfo | undefined {
    const session = this.hub.sessions.get(clientId);
    if (session === undefined) return undefined;
    return {
      clientId,
      connected: session.connection !== undefined,
      expirySeconds: session.expirySeconds,
      subscriptions: [...session.subscriptions.keys()],
      queuedMessages: queueLength(session),
      queuedBytes: session.queueBytes,
      inflightMessages: session.inflight?.size ?? 0,
      inboundQoS2: [...(session.inboundQoS2?.keys() ?? [])],
      willPending: session.connection === undefined && session.will !== undefined,
    };
  }

  sessionIds(): string[] {
    return [...this.hub.sessions.keys()];
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw new Error('this broker is closed: create another one');
  }
}
