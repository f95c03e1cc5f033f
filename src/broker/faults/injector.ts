/*
 * Chooses the faults of each connection by the plan in force, and stacks them between its socket and the broker.
 * Knows nothing of what the faults do.
 */
import type { Socket } from 'node:net';
import type { ConnectionTransport, ConnectRefusal } from '../api.js';
import type { BaseLink, Link, LinkOwner } from '../link.js';
import type { CheckedPlan, CheckedRule } from './check.js';
import { peekClientId } from './connect-peek.js';
import type { FaultLink } from './fault-link.js';
import type { Fault } from './plan.js';
import type { Random } from './random.js';
import { seededRandom } from './random.js';
import type { FaultWorld } from './stages.js';
import { makeStage, refusalOfFault } from './stages.js';

/** A client identifier further back than this is not waited for. */
const peekBytesMax = 256 * 1024;

interface Chosen {
  readonly fault: Fault;
  readonly random: Random;
}

export class FaultInjector {
  /** Links with their socket still open, half-open ones too. */
  readonly links = new Set<FaultedLink>();
  plan: CheckedPlan | undefined;
  private connections = 0;
  private readonly attempts = new Map<string, number>();

  constructor(readonly world: FaultWorld) {}

  /** The link to give to a connection: the socket's own if there is no plan. */
  wrap(base: BaseLink): BaseLink {
    this.connections++;
    return this.plan === undefined ? base : new FaultedLink(base, this, this.plan, this.connections);
  }

  /** `clientId` is undefined where none was found, or none was looked for. */
  choose(plan: CheckedPlan, connection: number, clientId: string | undefined): Chosen[] {
    const attempt = clientId === undefined ? 0 : (this.attempts.get(clientId) ?? 0) + 1;
    if (clientId !== undefined) this.attempts.set(clientId, attempt);
    // What a client meets does not depend on who else connects meanwhile.
    const who = clientId === undefined ? `${connection}` : `${clientId}/${attempt}`;
    const chosen: Chosen[] = [];
    plan.rules.forEach((rule, at) => {
      const key = `${plan.seed}/${at}/${who}`;
      if (!matches(rule, connection, clientId, attempt) || seededRandom(key)() >= rule.probability) return;
      rule.faults.forEach((fault, n) => chosen.push({ fault, random: seededRandom(`${key}/${n}`) }));
    });
    return chosen;
  }

  /** The broker closes: no more faults, and half-open links end too. */
  close(): void {
    this.plan = undefined;
    for (const link of [...this.links]) link.release();
  }
}

function matches(rule: CheckedRule, connection: number, clientId: string | undefined, attempt: number): boolean {
  if (rule.client !== undefined && (clientId === undefined || !globMatches(rule.client, clientId))) return false;
  if (rule.connection !== undefined && (connection < rule.connection.from || connection > rule.connection.to)) return false;
  return rule.attempt === undefined || (clientId !== undefined && attempt >= rule.attempt.from && attempt <= rule.attempt.to);
}

/** `*` stands for any characters, `?` for one. Goes back only to the last `*`, so its time is bounded. */
export function globMatches(pattern: string, name: string): boolean {
  let at = 0;
  let n = 0;
  let starAt = -1;
  let starN = 0;
  while (n < name.length) {
    if (pattern[at] === '*') {
      starAt = at++;
      starN = n;
    } else if (pattern[at] === '?' || pattern[at] === name[n]) {
      at++;
      n++;
    } else if (starAt >= 0) {
      at = starAt + 1;
      n = ++starN;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** The socket's link with the chosen faults on it. Bytes wait here until it is known whose they are. */
export class FaultedLink implements BaseLink, LinkOwner {
  readonly transport: ConnectionTransport;
  readonly socket: Socket;
  /** CONNECT is to be refused like this. */
  refusal: ConnectRefusal | undefined;
  private connection!: LinkOwner;
  /** Where the broker's bytes go, and where the client's. */
  private lower: Link;
  private upper: LinkOwner;
  private stages: FaultLink[] = [];
  private waiting: Buffer[] | undefined = [];
  /** The broker has been told of the end. */
  private connectionClosed = false;
  private baseClosed = false;

  constructor(
    private readonly base: BaseLink,
    private readonly injector: FaultInjector,
    private readonly plan: CheckedPlan,
    private readonly number: number,
  ) {
    this.transport = base.transport;
    this.socket = base.socket;
    this.lower = base;
    this.upper = this.top;
    injector.links.add(this);
  }

  open(owner: LinkOwner): void {
    this.connection = owner;
    this.base.open(this);
    const asksForClients = this.plan.rules.some((rule) => rule.client !== undefined || rule.attempt !== undefined);
    if (!asksForClients) this.decide(undefined);
  }

  private decide(clientId: string | undefined): void {
    const waiting = this.waiting;
    if (waiting === undefined) return;
    this.waiting = undefined;
    for (const { fault, random } of this.injector.choose(this.plan, this.number, clientId)) {
      if (fault.fault === 'refuse') this.refusal ??= refusalOfFault(fault);
      else {
        const stage = makeStage(fault, this.lower, this.injector.world, random);
        this.stages.push(stage);
        this.lower = stage;
      }
    }
    this.stages.forEach((stage, at) => (stage.above = this.stages[at + 1] ?? this.top));
    this.upper = this.stages[0] ?? this.top;
    for (const stage of this.stages) stage.opened();
    if (waiting.length > 0) this.upper.linkInput(Buffer.concat(waiting));
  }

  /** Ends all faults of this link. One that the broker has lost already is cut. */
  release(): void {
    this.waiting = undefined;
    for (const stage of this.stages) stage.released();
    this.lower = this.base;
    this.upper = this.top;
    if (this.baseClosed) this.top.linkClosed();
    else if (this.connectionClosed) this.base.destroy();
  }

  /** The broker's side of the topmost fault: tells of the end once. */
  private readonly top: LinkOwner = {
    linkInput: (chunk) => {
      if (!this.connectionClosed) this.connection.linkInput(chunk);
    },
    linkDrained: () => {
      if (!this.connectionClosed) this.connection.linkDrained();
    },
    linkTextFrame: (text) => {
      if (!this.connectionClosed) this.connection.linkTextFrame(text);
    },
    linkEnded: () => {
      if (!this.connectionClosed) this.connection.linkEnded();
    },
    linkClosed: () => {
      if (this.connectionClosed) return;
      this.connectionClosed = true;
      if (this.baseClosed) this.injector.links.delete(this);
      this.connection.linkClosed();
    },
  };

  linkInput(chunk: Buffer): void {
    if (this.waiting === undefined) {
      this.upper.linkInput(chunk);
      return;
    }
    this.waiting.push(chunk);
    const bytes = this.waiting.length === 1 ? chunk : Buffer.concat(this.waiting);
    this.waiting = [bytes];
    const clientId = bytes.length > peekBytesMax ? null : peekClientId(bytes);
    if (clientId !== undefined) this.decide(clientId ?? undefined);
  }

  linkDrained(): void {
    this.upper.linkDrained();
  }

  linkTextFrame(text: Buffer): void {
    this.decide(undefined);
    this.upper.linkTextFrame(text);
  }

  linkEnded(): void {
    this.decide(undefined);
    this.upper.linkEnded();
  }

  linkClosed(): void {
    this.waiting = undefined;
    this.baseClosed = true;
    // A fault may hold the news back: until the broker knows, its close must find this link.
    if (this.connectionClosed) this.injector.links.delete(this);
    else this.upper.linkClosed();
  }

  write(bytes: Uint8Array): void {
    this.lower.write(bytes);
  }

  waitingBytes(): number {
    return this.lower.waitingBytes();
  }

  readAheadBytes(): number {
    return this.lower.readAheadBytes();
  }

  pause(): void {
    this.lower.pause();
  }

  resume(): void {
    this.lower.resume();
  }

  end(): void {
    this.lower.end();
  }

  destroy(): void {
    this.lower.destroy();
  }
}
