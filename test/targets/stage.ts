/**
 * What a scenario of the targets is played on: an actor, a server, clients of the Node port as its peers, a line that can be
 * cut, topics of its own. Must not know which platform, nor which server.
 */
import assert from 'node:assert/strict';
import type { ClientOptions } from '../../targets/node/index.js';
import { Line } from '../interop/line.js';
import { type Peer, Place } from '../interop/place.js';
import type { InteropServer, RunningServer } from '../interop/server.js';
import { Actor, type ActorDescription, type ConnectOptions, hexOf, textOf } from './actor.js';

export interface SeenMessage {
  readonly topic: string;
  readonly text: string;
  /** `-` where the API does not tell. */
  readonly qos: string;
  readonly retain: string;
}

/** How long a step may take: a device's first reconnect may wait some seconds, and the machine may be busy. */
export const patienceMs = 60_000;

/** QoS 1 and 2 publishes on their way at once: what the smallest platform's outbox holds with ease. */
const onTheirWayMax = 3;

export class Stage {
  private readonly place: Place;
  private readonly actors: Actor[] = [];

  constructor(readonly server: RunningServer, readonly serverName: InteropServer['name'], readonly description: ActorDescription, readonly line: Line) {
    this.place = new Place(server, 4, patienceMs);
  }

  static async set(server: RunningServer, serverName: InteropServer['name'], description: ActorDescription): Promise<Stage> {
    return new Stage(server, serverName, description, await Line.open(server.port));
  }

  get qosMax(): number {
    return this.description.qosMax ?? 2;
  }

  /** Every QoS that the actor's profile has. */
  get everyQos(): readonly (0 | 1 | 2)[] {
    return ([0, 1, 2] as const).filter((qos) => qos <= this.qosMax);
  }

  topic(rest: string): string {
    return this.place.topic(rest);
  }

  get clientId(): string {
    return `${this.place.name}device`;
  }

  async actor(): Promise<Actor> {
    const actor = await Actor.start(this.description, patienceMs);
    this.actors.push(actor);
    return actor;
  }

  /** An actor connected through the line. */
  async device(options: Partial<ConnectOptions> = {}): Promise<Actor> {
    const actor = await this.actor();
    await actor.connected({ port: this.line.port, clientId: this.clientId, ...options });
    return actor;
  }

  peer(name: string, options: ClientOptions = {}): Promise<Peer> {
    return this.place.join(name, options);
  }

  /** A peer that has subscribed. */
  async watcher(filter: string): Promise<Peer> {
    const peer = await this.peer('watcher');
    await peer.client.subscribe(this.topic(filter), { qos: 2 });
    return peer;
  }

  async strike(): Promise<void> {
    for (const actor of this.actors) await actor.stop();
    await this.place.close();
    await this.line.close();
  }
}

/** Takes the next message of an actor. */
export async function heard(actor: Actor): Promise<SeenMessage> {
  const { words: [topic, payload, qos = '-', retain = '-'] } = await actor.next('message');
  return { topic: textOf(topic), text: textOf(payload), qos, retain };
}

/** What the API tells must be right; what it does not tell is no difference. */
export function told(actual: string, expected: number): void {
  if (actual !== '-') assert.equal(actual, String(expected));
}

/**
 * Publishes texts in order, a few on their way at once, and waits until each was acknowledged. What the platform's API refuses
 * while there is no connection is offered again: its documentation says so.
 */
export async function publishAll(actor: Actor, topic: string, texts: readonly string[], qos: number): Promise<void> {
  let begun = 0;
  let onTheirWay = 0;
  const mine = hexOf(topic);
  const again: string[] = [];
  const order: string[] = [];
  while (begun < texts.length || again.length > 0 || onTheirWay > 0) {
    while (onTheirWay < onTheirWayMax && (begun < texts.length || again.length > 0)) {
      const text = again.shift() ?? texts[begun++];
      actor.publish(topic, text, qos);
      order.push(text);
      onTheirWay++;
    }
    const event = await actor.next('published', 'dropped');
    assert.ok(event.words[0] === mine || event.words[0] === undefined || event.words[0] === '-', `${event.kind} ${event.words.join(' ')}: no such topic`);
    onTheirWay--;
    const text = order.shift()!;
    if (event.kind !== 'dropped') continue;
    again.push(text);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}
