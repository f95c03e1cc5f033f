/**
 * A device under test behind its platform's own API: a process that reads commands as lines and writes events as lines.
 * README.md of this folder has both languages. Must not know scenarios.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** How to start an actor, and what its platform's API can say. */
export interface ActorDescription {
  /** In the titles of tests: `NodeMCU API on Lua 5.1`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What becomes of a message that the receive buffer of 512 bytes cannot hold. */
  readonly large: 'streamed' | 'reported';
  /** The highest QoS of its profile; 2 when absent. */
  readonly qosMax?: 0 | 1 | 2;
}

export interface ActorEvent {
  readonly kind: string;
  /** What follows the kind, as it stands on the line. */
  readonly words: readonly string[];
}

export interface ConnectOptions {
  readonly port: number;
  readonly clientId: string;
  readonly clean?: boolean;
  readonly keepAliveS?: number;
  readonly user?: string;
  readonly password?: string;
  readonly will?: { readonly topic: string; readonly payload: string; readonly qos: number; readonly retain: boolean };
}

/** Kept for the message when something else comes than was waited for. */
const eventsKeptMax = 40;

export function hexOf(text: string): string {
  return text === '' ? '-' : Buffer.from(text).toString('hex');
}

export function textOf(word: string | undefined): string {
  return word === undefined || word === '-' ? '' : Buffer.from(word, 'hex').toString();
}

export class Actor {
  /** Not yet taken by `next`, in order. */
  private readonly events: ActorEvent[] = [];
  private readonly log: string[] = [];
  private waiting: (() => void) | undefined;
  private end: string | undefined;
  private readonly onExit = (): void => { this.child.kill('SIGKILL'); };

  private constructor(readonly description: ActorDescription, private readonly child: ChildProcessWithoutNullStreams, private readonly patienceMs: number) {
    process.once('exit', this.onExit);
    createInterface({ input: child.stdout }).on('line', (line) => { this.take(line); });
    createInterface({ input: child.stderr }).on('line', (line) => { this.keep(`! ${line}`); });
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => { this.ended(error.message); });
    child.once('close', (code, signal) => { this.ended(`it ended with ${code ?? signal}`); });
  }

  /** Resolves when the actor is ready for commands. */
  static async start(description: ActorDescription, patienceMs: number): Promise<Actor> {
    const { command, args, cwd, environment } = description;
    const child = spawn(command, args, { cwd, env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
    const actor = new Actor(description, child, patienceMs);
    await actor.next('ready');
    return actor;
  }

  private keep(line: string): void {
    this.log.push(line);
    if (this.log.length > eventsKeptMax) this.log.shift();
  }

  private take(line: string): void {
    const [kind = '', ...words] = line.trim().split(' ');
    this.keep(`< ${line}`);
    if (kind === '') return;
    this.events.push({ kind, words });
    this.waiting?.();
  }

  private ended(how: string): void {
    this.end ??= how;
    this.waiting?.();
  }

  say(...words: (string | number)[]): void {
    const line = words.join(' ');
    this.keep(`> ${line}`);
    this.child.stdin.write(`${line}\n`);
  }

  connect({ port, clientId, clean = true, keepAliveS = 60, user = '', password = '', will }: ConnectOptions): void {
    const willWords = will === undefined ? ['-', '-', 0, 0] : [hexOf(will.topic), hexOf(will.payload), will.qos, will.retain ? 1 : 0];
    this.say('connect', hexOf('127.0.0.1'), port, hexOf(clientId), clean ? 1 : 0, keepAliveS, hexOf(user), hexOf(password), ...willWords);
  }

  publish(topic: string, payload: string, qos: number, retain = false): void {
    this.say('publish', hexOf(topic), hexOf(payload), qos, retain ? 1 : 0);
  }

  /** Connects and waits until it is. The word on the session: '0', '1', or '-' where the API does not tell. */
  async connected(options: ConnectOptions): Promise<string> {
    this.connect(options);
    return (await this.next('connected')).words[0] ?? '-';
  }

  async subscribed(filter: string, qos: number): Promise<string> {
    this.say('subscribe', hexOf(filter), qos);
    return (await this.next('subscribed')).words[1] ?? '-';
  }

  /** Takes the next event of one of the kinds; events of other kinds stay. Rejects, with what was heard, when none comes or the actor ends. */
  async next(...kinds: string[]): Promise<ActorEvent> {
    const giveUpAt = performance.now() + this.patienceMs;
    for (;;) {
      const at = this.events.findIndex((event) => kinds.includes(event.kind));
      if (at >= 0) return this.events.splice(at, 1)[0];
      if (this.end !== undefined) throw this.failure(`waited for ${kinds.join(' or ')}, but ${this.end}`);
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) throw this.failure(`waited ${this.patienceMs} ms for ${kinds.join(' or ')}`);
      await this.change(leftMs);
    }
  }

  private change(atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMostMs);
      this.waiting = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Events of a kind that have come and were not taken. */
  untaken(kind: string): ActorEvent[] {
    return this.events.filter((event) => event.kind === kind);
  }

  private failure(what: string): Error {
    return new Error(`${this.description.name}: ${what}\n${this.log.join('\n')}`);
  }

  /** As if its power failed: no DISCONNECT. */
  async kill(): Promise<void> {
    await this.finish('SIGKILL');
  }

  /** Asks it to leave, and ends it if it does not. */
  async stop(): Promise<void> {
    if (this.end === undefined) this.say('quit');
    await this.finish('SIGTERM');
  }

  private async finish(signal: NodeJS.Signals): Promise<void> {
    process.off('exit', this.onExit);
    if (this.end !== undefined) return;
    const closed = once(this.child, 'close');
    const timer = setTimeout(() => this.child.kill(signal), signal === 'SIGKILL' ? 0 : 2000);
    const hard = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await closed;
    clearTimeout(timer);
    clearTimeout(hard);
  }
}
