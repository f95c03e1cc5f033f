/**
 * A client of the core, a model server and a link between them that may be cut at any byte: the steps that fast-check
 * strings together, and the second phase in which the faults stop and everything must settle.
 * Must not know: the core's private fields.
 */
import fc from 'fast-check';
import {
  Acknowledge, type Client, clientAcknowledge, clientConnect, type ClientConfig, clientInput, clientLinkDown, clientLinkUp,
  clientNextDeadline, clientNextEvent, clientOutput, clientPublishWith, clientSent, clientWantsLink, createClient, createConfig,
  createConfigV5, Event, Publish, State, Status, Time,
} from '../../src/core/index.js';
import { guardClient } from '../conformance/guarded.js';
import { clientHolds, poisonUnused } from '../conformance/invariants.js';
import { type Seen, seenEvent } from '../conformance/seen.js';
import { ModelServer } from './model-server.js';

export type Level = 4 | 5;

export type Step =
  | { kind: 'publish'; topic: number; flags: number; expiryS: number }
  | { kind: 'toServer'; count: number }
  | { kind: 'toClient'; count: number }
  | { kind: 'acknowledge'; place: number }
  | { kind: 'send'; topic: number; qos: 0 | 1 | 2 }
  | { kind: 'answer'; place: number }
  | { kind: 'cut'; forgets: boolean }
  | { kind: 'wait'; ms: number };

/** A message that the client accepted. */
export interface Accepted {
  topic: string;
  payload: string;
  flags: number;
  handle: number;
  expiryS: number;
  /** What was reported of it, in order. */
  ends: { event: Event; status: Status }[];
}

const inboundMost = 4;

export class World {
  readonly c: Client;
  readonly server: ModelServer;
  readonly accepted: Accepted[] = [];
  readonly messages: Seen[] = [];
  /** Messages that the server sent, each once. */
  readonly sent: { topic: string; payload: string; qos: number }[] = [];
  /** QoS 0 publishes that were reported as dropped. */
  readonly zeroDrops: { topic: string; status: Status }[] = [];
  sessionsLost = 0;
  cuts = 0;
  now = 5;
  private isOpen = false;
  private serial = 0;
  private toClient: Buffer = Buffer.alloc(0);
  private toServer: Buffer = Buffer.alloc(0);
  private unanswered: { handle: number; isQos2: boolean }[] = [];
  private forgets = false;

  constructor(level: Level, changes: Partial<ClientConfig> = {}) {
    const config = createConfig('dev1');
    Object.assign(config, { version: level, cleanStart: false, keepAliveS: 0, retryMinMs: 1, retryMaxMs: 1, receiveMaximum: inboundMost + 2 }, changes);
    if (level === 5) config.v5 = { ...createConfigV5(), sessionExpiryS: -1, topicAliasesOut: 2 };
    const c = createClient(config);
    if (c === null) throw new Error('configuration refused');
    this.c = c;
    guardClient(c);
    this.server = new ModelServer(level);
    this.server.hasSession = true;
    clientConnect(c, this.now);
    this.settle();
  }

  private check(): void {
    clientHolds(this.c);
    poisonUnused(this.c);
  }

  private note(event: Event): void {
    const { c } = this;
    const seen = seenEvent(c, event);
    if (event === Event.Connected && !seen.sessionPresent) this.sessionsLost += 1;
    if (event === Event.Disconnected && seen.status !== Status.LinkLost) throw new Error(`the connection ended with status ${seen.status}, reason ${seen.reason}`);
    if (event === Event.Message) {
      this.messages.push(seen);
      if (seen.handle > 0 && c.config.acknowledge === Acknowledge.ByApplication) {
        this.unanswered.push({ handle: seen.handle, isQos2: (seen.flags & Publish.QosMask) === Publish.Qos2 });
      }
    }
    if (event !== Event.Published && event !== Event.Dropped) return;
    if (seen.handle === 0 && event === Event.Dropped) {
      // Without a handle only the topic tells which of them it was.
      this.zeroDrops.push({ topic: seen.topic, status: seen.status });
      return;
    }
    const one = this.accepted.find((a) => a.handle > 0 && a.handle === seen.handle);
    if (one === undefined) throw new Error(`event ${event} of handle ${seen.handle}, topic "${seen.topic}", which nobody published`);
    one.ends.push({ event, status: seen.status });
  }

  private events(): void {
    for (;;) {
      const event = clientNextEvent(this.c);
      // Its views are valid until the next call, and poison comes with the check.
      if (event !== Event.None) this.note(event);
      this.check();
      if (event === Event.None) return;
    }
  }

  /** The port's part: events, output into the link, opening it. Nothing crosses the link yet. */
  settle(): void {
    const { c } = this;
    this.events();
    for (let count = clientOutput(c, this.now); count > 0 && this.isOpen; count = clientOutput(c, this.now)) {
      this.toServer = Buffer.concat([this.toServer, Buffer.from(Array.from({ length: count }, (_, n) => c.out[c.outFrom + n]))]);
      clientSent(c, count);
      this.check();
    }
    this.events();
    if (clientWantsLink(c) && !this.isOpen && c.state === State.Opening) {
      clientLinkUp(c, this.now);
      this.isOpen = true;
      this.server.open(this.forgets);
      this.forgets = false;
      this.toClient = Buffer.alloc(0);
      this.toServer = Buffer.alloc(0);
      this.settle();
    }
  }

  private cut(forgets: boolean): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.cuts += 1;
    this.forgets = forgets;
    // The server sends QoS 1 again; a QoS 2 message that was delivered is still to be answered.
    this.unanswered = this.unanswered.filter((one) => one.isQos2);
    this.events();
    clientLinkDown(this.c, this.now);
    this.check();
    this.events();
  }

  private passToServer(count: number): void {
    if (!this.isOpen) return;
    const part = this.toServer.subarray(0, count);
    this.toServer = this.toServer.subarray(part.length);
    this.server.input(Buffer.from(part));
    this.collect();
  }

  private collect(): void {
    this.toClient = Buffer.concat([this.toClient, this.server.output()]);
  }

  private passToClient(count: number): void {
    if (!this.isOpen) return;
    const taken = clientInput(this.c, this.toClient, 0, Math.min(count, this.toClient.length), this.now);
    this.check();
    this.toClient = this.toClient.subarray(taken);
    this.settle();
  }

  publish(topic: string, flags: number, expiryS: number): void {
    this.serial += 1;
    const payload = `${this.serial}`;
    const bytes = Buffer.from(payload);
    const handle = clientPublishWith(this.c, topic, bytes, 0, bytes.length, flags, expiryS, null, this.now);
    this.check();
    if (handle >= 0) this.accepted.push({ topic, payload, flags, handle, expiryS, ends: [] });
    else if (handle > Status.NoRoom || handle < Status.NoSlot) throw new Error(`publish refused: ${handle}`);
  }

  step(step: Step): void {
    switch (step.kind) {
      case 'publish': this.publish(`t${step.topic}`, step.flags, step.expiryS); break;
      case 'toServer': this.passToServer(step.count); break;
      case 'toClient': this.passToClient(step.count); break;
      case 'acknowledge':
        this.server.acknowledge(step.place);
        this.collect();
        break;
      case 'send': {
        this.serial += 1;
        const message = { topic: `s${step.topic}`, payload: `${this.serial}`, qos: step.qos };
        if (this.isOpen && this.server.send(message.topic, message.payload, step.qos, inboundMost)) this.sent.push(message);
        this.collect();
        break;
      }
      case 'answer': this.answer(step.place); break;
      case 'cut': this.cut(step.forgets); break;
      case 'wait': this.wait(step.ms); break;
    }
    this.settle();
  }

  private answer(place: number): void {
    const [one] = this.unanswered.splice(place % Math.max(1, this.unanswered.length), 1);
    if (one === undefined) return;
    const status = clientAcknowledge(this.c, one.handle, 0);
    this.check();
    // With the session, its messages have gone.
    if (status !== Status.Ok && this.sessionsLost === 0) throw new Error(`answer of ${one.handle}: ${status}`);
  }

  private wait(ms: number): void {
    this.now = (this.now + ms) & Time.Mask;
    this.settle();
  }

  /** The faults stop: everything crosses, everything is answered, until nothing moves. */
  heal(): void {
    for (let round = 0; round < 200; round++) {
      this.wait(Math.max(1, Math.min(clientNextDeadline(this.c, this.now), 1000)));
      while (this.unanswered.length > 0) this.answer(0);
      this.passToServer(this.toServer.length);
      this.server.acknowledgeAll();
      this.collect();
      this.passToClient(this.toClient.length);
      const isQuiet = this.isOpen && this.c.state === State.Connected && this.toServer.length + this.toClient.length === 0;
      if (isQuiet && this.server.isSettled && this.accepted.every((one) => one.handle === 0 || one.ends.length > 0)) return;
    }
    throw new Error('the world does not settle');
  }
}

/** Steps of every kind; publishes draw their flags and expiry from `flags` and `expiries`. */
export function stepsOf(flags: readonly number[], expiries: readonly number[] = [0], mayForget = true): fc.Arbitrary<Step[]> {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('publish' as const), topic: fc.nat(2), flags: fc.constantFrom(...flags), expiryS: fc.constantFrom(...expiries) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('toServer' as const), count: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('toClient' as const), count: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), place: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('send' as const), topic: fc.nat(2), qos: fc.constantFrom(0 as const, 1 as const, 2 as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('answer' as const), place: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), forgets: mayForget ? fc.boolean() : fc.constant(false) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3000 }) }) },
  );
  return fc.array(step, { minLength: 5, maxLength: 120 });
}
