/**
 * From `connect` to `end`: attempts, losses, redirections, authentication, and the words for how it ended.
 * Must not know: messages, subscriptions, how bytes travel.
 *
 * Read first: `State` and `actionFor` in the core; MQTT 5.0 sections 4.11 (redirection) and 4.12 (authentication).
 */
import {
  type Client, clientDisconnect, clientNextDeadline, createProperties, Packet, Reason, State, Status,
} from '../../src/core/index.js';
import type { ConnectResult, DisconnectInfo, EndOptions } from './api.js';
import type { PacketProperties } from './api-options.js';
import { Authentication } from './authentication.js';
import { MidgeError } from './error.js';
import { connectPropertiesOf, type Settings } from './options.js';
import { readProperties, writeProperties } from './packet-properties.js';
import type { Deferred } from './pending.js';
import type { Port } from './port.js';
import { type Endpoint, endpointWords, parseServerReference } from './url.js';
import { fieldError, linkErrorWords, outcomeWords, otherProtocolWords, reasonWords, statusWords } from './words.js';

export interface LifetimeOwner {
  lifetimeConnected(result: ConnectResult): void;
  lifetimeDisconnected(info: DisconnectInfo): void;
  /** No further attempt: who still waits is told `error`. */
  lifetimeStopped(error: MidgeError): void;
  lifetimeClosed(): void;
  /** Whether everything accepted is settled. */
  lifetimeIsSettled(): boolean;
}

const enum Redirect {
  /** References followed in a row without a connection, before the pause of the core is kept after all. */
  HopsMax = 5,
}

export class Lifetime {
  connects = 0;
  disconnects = 0;
  clientId: string;
  readonly authentication: Authentication;
  private connecting: (Deferred<ConnectResult> & { promise: Promise<ConnectResult> }) | null = null;
  private lastResult: ConnectResult | null = null;
  private ended: { status: Status; reason: Reason; properties: PacketProperties } | null = null;
  private ending: Promise<void> | null = null;
  private onSettled: (() => void) | null = null;
  private onPumped: (() => void) | null = null;
  private onClosed: (() => void) | null = null;
  private isClosed = true;
  private isLeaving = false;
  private hops = 0;
  /** Where to return to after a temporary redirection. */
  private home: Endpoint;

  constructor(
    private readonly core: Client, private readonly port: Port, private readonly settings: Settings, private readonly owner: LifetimeOwner,
  ) {
    this.clientId = settings.config.clientId;
    this.home = settings.endpoint;
    this.authentication = new Authentication(core, port, settings, () => this.giveUp());
  }

  connect(): Promise<ConnectResult> {
    if (this.connecting !== null) return this.connecting.promise;
    const state = this.core.state;
    if (this.ending !== null) {
      return Promise.reject(new MidgeError('connect: the client is being ended; wait for end()', { status: Status.BadState }));
    }
    if (state === State.Connected && this.lastResult !== null) return Promise.resolve(this.lastResult);
    let resolve!: (result: ConnectResult) => void;
    let reject!: (error: Error) => void;
    const promise = new Promise<ConnectResult>((done, failed) => {
      resolve = done;
      reject = failed;
    });
    this.connecting = { promise, resolve, reject };
    this.isClosed = false;
    if (state === State.Idle || state === State.Waiting) this.attempt();
    return promise;
  }

  private attempt(): void {
    const status = this.port.connect();
    if (status === Status.Ok) return;
    this.giveUp();
    this.stop(new MidgeError(`connect: ${statusWords(status)}`, { status }));
  }

  /** Each CONNECT, those of the core's own attempts included, has authentication data of its own. */
  linkOpened(): void {
    const { config, authentication } = this.settings;
    if (config.v5 === null || authentication === null) return;
    try {
      config.v5.connectProperties = connectPropertiesOf(this.settings);
    } catch (error) {
      this.authentication.fail(error, 'CONNECT could not be made');
      this.giveUp();
    }
  }

  /** Without room for DISCONNECT it is tried again when something has moved. */
  private giveUp(): void {
    this.isLeaving = clientDisconnect(this.core, Reason.Success, null, this.port.touch()) !== Status.Ok;
  }

  connected(): void {
    const core = this.core;
    const properties = core.v5 === null ? {} : readProperties(core.v5.properties);
    if (!this.authentication.isTrusted(properties.authenticationData ?? null)) {
      this.giveUp();
      return;
    }
    if (properties.assignedClientIdentifier !== undefined) this.clientId = properties.assignedClientIdentifier;
    this.connects += 1;
    this.hops = 0;
    const result: ConnectResult = { sessionPresent: core.sessionPresent, properties, clientId: this.clientId };
    this.lastResult = result;
    this.connecting?.resolve(result);
    this.connecting = null;
    this.owner.lifetimeConnected(result);
  }

  /** The core reports the end; what follows is known when the link is down. */
  disconnected(): void {
    const core = this.core;
    if (core.state === State.Idle) return;
    this.ended = { status: core.status, reason: core.reason, properties: core.v5 === null ? {} : readProperties(core.v5.properties) };
  }

  linkDown(): void {
    const ended = this.ended;
    if (ended === null) return;
    this.ended = null;
    this.disconnects += 1;
    const error = this.failure(ended.status, ended.reason, ended.properties);
    const isFollowed = this.followsReference(ended.reason, ended.properties);
    if (this.core.state === State.Waiting) {
      if (isFollowed) this.attempt();
      else if (!this.settings.reconnects) this.giveUp();
    }
    const willRetry = this.core.state !== State.Idle;
    this.authentication.connectionEnded(error);
    this.owner.lifetimeDisconnected({
      status: ended.status, reason: ended.reason, words: error.message, properties: ended.properties, cause: this.port.linkError,
      willRetryInMs: willRetry ? (this.core.state === State.Waiting ? clientNextDeadline(this.core, this.port.touch()) : 0) : null,
    });
    if (!willRetry) this.stop(error);
  }

  /** Turns to the server that a Server Reference names, or back from a temporary one. True: an attempt there is due now. */
  private followsReference(reason: Reason, properties: PacketProperties): boolean {
    const from = this.port.endpoint;
    this.port.endpoint = this.home;
    if (!this.settings.followsServerReference || properties.serverReference === undefined) return false;
    if (reason !== Reason.UseAnotherServer && reason !== Reason.ServerMoved) return false;
    const next = parseServerReference(properties.serverReference, from);
    if (next === null || this.hops >= Redirect.HopsMax) return false;
    this.hops += 1;
    this.port.endpoint = next;
    if (reason === Reason.ServerMoved) this.home = next;
    return true;
  }

  private stop(error: MidgeError): void {
    this.connecting?.reject(error);
    this.connecting = null;
    this.authentication.error = null;
    this.owner.lifetimeStopped(error);
  }

  private failure(status: Status, reason: Reason, properties: PacketProperties): MidgeError {
    const where = endpointWords(this.port.endpoint);
    const own = this.authentication.error;
    const cause = own ?? this.port.linkError;
    const why = this.port.linkError === null ? '' : `: ${linkErrorWords(this.port.linkError)}`;
    const silence = `: nothing came of it within ${this.settings.config.connectTimeoutMs} ms (connectTimeoutMs)`;
    const says = properties.reasonString === undefined ? '' : `; it says '${properties.reasonString}'`;
    let words: string;
    if (own !== null) words = `${where}: ${this.authentication.errorWords}: ${own.message}`;
    else if (status === Status.LinkFailed) words = `${where} could not be reached${why === '' ? silence : why}`;
    else if (status === Status.LinkLost) words = `the link to ${where} was lost${why === '' ? ': the other side closed it' : why}`;
    else if (status === Status.Refused) words = `${where} refused the connection: ${reasonWords(reason)}${says}`;
    else if (status === Status.ServerClosed) words = `${where} ended the connection: ${reasonWords(reason)}${says}`;
    else if (status === Status.ByApplication) words = statusWords(status);
    else words = `${where}: ${outcomeWords(status, reason)}${otherProtocolWords(this.port.firstByte) || why}`;
    return new MidgeError(words, { status, reason, cause: cause ?? undefined });
  }

  pumped(): void {
    if (this.isLeaving) this.giveUp();
    const isIdle = this.core.state === State.Idle && !this.port.hasLink;
    this.onPumped?.();
    if (this.onSettled !== null && (isIdle || (!this.port.isBlocked && this.owner.lifetimeIsSettled()))) this.onSettled();
    if (!isIdle || this.isClosed) return;
    this.isClosed = true;
    if (this.connecting !== null) this.stop(new MidgeError(statusWords(Status.ByApplication), { status: Status.ByApplication }));
    else this.owner.lifetimeStopped(new MidgeError(statusWords(Status.ByApplication), { status: Status.ByApplication }));
    this.onClosed?.();
    this.owner.lifetimeClosed();
  }

  end(options: EndOptions): Promise<void> {
    this.ending ??= this.finish(options).finally(() => {
      this.ending = null;
    });
    return this.ending;
  }

  private async finish(options: EndOptions): Promise<void> {
    const timeoutMs = options.timeoutMs ?? 5000;
    if (!Number.isInteger(timeoutMs) || timeoutMs < 0 || timeoutMs > 0x10000000) {
      throw fieldError('timeoutMs', timeoutMs, 'whole milliseconds from 0 to 268,435,456');
    }
    const list = options.properties === undefined ? null : createProperties(this.settings.propertyBytes);
    if (list !== null && this.core.v5 === null) {
      throw fieldError('properties', options.properties, 'none: they need protocolVersion 5', Status.BadProperties);
    }
    if (list !== null) writeProperties(list, options.properties ?? {}, Packet.OwnDisconnect, 'properties');
    if (this.isClosed) return;
    if (timeoutMs > 0 && this.core.state === State.Connected) await this.settled(timeoutMs);
    let status = clientDisconnect(this.core, options.reason ?? Reason.Success, list, this.port.touch());
    while (status === Status.NoControlRoom) {
      await new Promise<void>((done) => {
        this.onPumped = done;
        this.port.touch();
      });
      this.onPumped = null;
      status = clientDisconnect(this.core, options.reason ?? Reason.Success, list, this.port.touch());
    }
    if (status !== Status.Ok) throw new MidgeError(`DISCONNECT was refused: ${statusWords(status)}`, { status });
    if (this.isClosed) return;
    await new Promise<void>((done) => {
      this.onClosed = done;
      this.port.touch();
    });
    this.onClosed = null;
  }

  /** Resolves when what is accepted is settled and sent, or the time is up. */
  private settled(timeoutMs: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(() => this.onSettled?.(), timeoutMs);
      this.onSettled = (): void => {
        clearTimeout(timer);
        this.onSettled = null;
        done();
      };
      this.port.touch();
    });
  }
}
