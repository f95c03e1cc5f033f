/**
 * What clients that were not written here say to the reference broker: one table for all of them. The broker is in this
 * process, so that it tells when a client is ready, and whether it accuses one of a breach. Must not know which client.
 */
import { once } from 'node:events';
import type { Broker } from '../../../src/broker/index.js';
import type { Qos } from '../../../targets/node/index.js';
import { pause } from '../place.js';
import { both } from '../scenario.js';
import type { Version } from '../server.js';
import type { ForeignClient, Listener, ListenOptions, SendOptions, Where } from './driver.js';

/** A conversation comes to nothing: the message says what is missing. */
export class Missing extends Error {}

export function expectThat(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Missing(otherwise);
}

export interface Conversation {
  readonly title: string;
  readonly versions: readonly Version[];
  readonly run: (talk: Talk) => Promise<void>;
}

const patienceMs = 60_000;

/** A conversation's client and the broker it talks to. */
export class Talk {
  private readonly listeners: Listener[] = [];

  constructor(readonly client: ForeignClient, readonly broker: Broker, readonly where: Where, readonly name: string) {}

  topic(rest: string): string {
    return `${this.name}/${rest}`;
  }

  /** Starts a listener and waits until the broker has its subscriptions. */
  async listen(rest: string, filters: readonly string[], qos: Qos, options: Partial<ListenOptions> = {}): Promise<Listener> {
    const listener = this.start(rest, filters, qos, options);
    await this.holds(() => {
      const session = this.broker.session(this.name + rest);
      return session?.connected === true && filters.every((filter) => session.subscriptions.includes(filter));
    }, 'does not subscribe');
    return listener;
  }

  start(rest: string, filters: readonly string[], qos: Qos, options: Partial<ListenOptions> = {}): Listener {
    const listener = this.client.listen(this.where, { id: this.name + rest, filters, qos, ...options });
    this.listeners.push(listener);
    return listener;
  }

  send(rest: string, text: string, qos: Qos, retain = false): Promise<void> {
    return this.sendBytes({ topic: this.topic(rest), payload: Buffer.from(text), qos, retain });
  }

  sendBytes(options: SendOptions): Promise<void> {
    return this.client.send(this.where, options);
  }

  async sees(listener: Listener, texts: readonly string[]): Promise<void> {
    await this.holds(() => listener.seen.length >= texts.length, `${listener.seen.length} of ${texts.length} messages`);
    const got = listener.seen.map((message) => message.payload.toString());
    expectThat(got.join('|') === texts.join('|'), `received ${got.join('|')} in place of ${texts.join('|')}`);
  }

  async holds(check: () => boolean, otherwise: string): Promise<void> {
    const giveUpAt = performance.now() + patienceMs;
    while (!check()) {
      if (performance.now() > giveUpAt) throw new Missing(otherwise);
      await pause(3);
    }
  }

  async close(): Promise<void> {
    for (const listener of this.listeners) await listener.kill();
  }
}

const eachQos: readonly Qos[] = [0, 1, 2];
const allBytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

export const conversations: readonly Conversation[] = [
  ...eachQos.map((qos) => ({ title: `publishes and receives at QoS ${qos}, any bytes and none`, versions: both, run: (talk: Talk) => atQos(talk, qos) })),
  { title: 'receives at the lower QoS', versions: both, run: lowerQos },
  { title: 'wildcards', versions: both, run: wildcards },
  { title: 'retained, replaced and cleared', versions: both, run: retained },
  { title: 'a will, and none after DISCONNECT', versions: both, run: will },
  ...([1, 2] as const).map((qos) => ({ title: `resumes its session, with what was queued at QoS ${qos}`, versions: both, run: (talk: Talk) => resumes(talk, qos) })),
  { title: 'unsubscribes', versions: both, run: unsubscribes },
  { title: 'a second one with the identifier takes over', versions: both, run: takesOver },
  { title: 'a payload of 1 MiB', versions: both, run: large },
  { title: 'a wrong password is refused', versions: both, run: wrongPassword },
  { title: 'an idle client keeps itself alive', versions: both, run: keepsAlive },
];

async function atQos(talk: Talk, qos: Qos): Promise<void> {
  const listener = await talk.listen('a', [talk.topic('t')], qos);
  for (const payload of [allBytes, Buffer.alloc(0)]) await talk.sendBytes({ topic: talk.topic('t'), payload, qos });
  await talk.holds(() => listener.seen.length === 2, `${listener.seen.length} of 2 messages`);
  expectThat(listener.seen[0].payload.equals(allBytes) && listener.seen[1].payload.length === 0, 'another payload');
  expectThat(listener.seen.every((message) => message.qos === qos && !message.retain && message.topic === talk.topic('t')), 'another QoS, RETAIN or topic');
}

async function lowerQos(talk: Talk): Promise<void> {
  const listener = await talk.listen('a', [talk.topic('t')], 1);
  for (const qos of eachQos) await talk.send('t', String(qos), qos);
  await talk.sees(listener, ['0', '1', '2']);
  expectThat(listener.seen.map((message) => message.qos).join() === '0,1,1', 'another QoS');
}

async function wildcards(talk: Talk): Promise<void> {
  const [one, many] = [await talk.listen('a', [talk.topic('+/x')], 1), await talk.listen('b', [talk.topic('#')], 1)];
  for (const rest of ['a/x', 'a/y', 'b/x', 'b/x/c', 'é/x']) await talk.send(rest, rest, 1);
  await talk.sees(many, ['a/x', 'a/y', 'b/x', 'b/x/c', 'é/x']);
  await talk.sees(one, ['a/x', 'b/x', 'é/x']);
  expectThat(one.seen[2].topic === talk.topic('é/x'), 'another topic');
}

async function retained(talk: Talk): Promise<void> {
  for (const text of ['old', 'new']) await talk.send('t', text, 1, true);
  const listener = await talk.listen('a', [talk.topic('t')], 1);
  await talk.sees(listener, ['new']);
  expectThat(listener.seen[0].retain, 'without RETAIN');
  await talk.send('t', '', 1, true);
  await talk.sees(listener, ['new', '']);
  expectThat(!listener.seen[1].retain, 'RETAIN for a subscription that was there');
  const later = await talk.listen('b', [talk.topic('t')], 1);
  await talk.send('t', 'live', 1);
  await talk.sees(later, ['live']);
}

async function will(talk: Talk): Promise<void> {
  const watching = await talk.listen('watching', [talk.topic('will/#')], 1);
  const calm = await talk.listen('calm', [talk.topic('x')], 0, { willTopic: talk.topic('will/calm') });
  const lost = await talk.listen('lost', [talk.topic('x')], 0, { willTopic: talk.topic('will/lost') });
  await calm.leave();
  await talk.holds(() => talk.broker.session(`${talk.name}calm`)?.connected !== true, 'does not leave');
  await lost.kill();
  await talk.sees(watching, ['will']);
  expectThat(watching.seen[0].topic === talk.topic('will/lost'), 'the will of one that has left');
}

async function resumes(talk: Talk, qos: 1 | 2): Promise<void> {
  const first = await talk.listen('a', [talk.topic('t')], qos, { isKept: true });
  await first.leave();
  await talk.holds(() => talk.broker.session(`${talk.name}a`)?.connected === false, 'leaves no session');
  const texts = ['1', '2', '3', '4', '5'];
  for (const text of texts) await talk.send('t', text, qos);
  const connected = once(talk.broker, 'clientConnected');
  const again = await talk.listen('a', [talk.topic('t')], qos, { isKept: true });
  expectThat((await connected)[1] === true, 'does not ask for its session');
  await talk.sees(again, texts);
  expectThat(again.seen.every((message) => message.qos === qos), 'another QoS');
  await talk.holds(() => talk.broker.session(`${talk.name}a`)?.inflightMessages === 0, 'does not finish its handshakes');
}

async function unsubscribes(talk: Talk): Promise<void> {
  const first = await talk.listen('a', [talk.topic('a'), talk.topic('b')], 1, { isKept: true });
  await first.leave();
  const again = await talk.listen('a', [talk.topic('b')], 1, { isKept: true, unsubscribe: talk.topic('a') });
  await talk.holds(() => talk.broker.session(`${talk.name}a`)?.subscriptions.join() === talk.topic('b'), 'does not unsubscribe');
  for (const rest of ['a', 'b']) await talk.send(rest, rest, 1);
  await talk.sees(again, ['b']);
}

async function takesOver(talk: Talk): Promise<void> {
  const first = await talk.listen('a', [talk.topic('t')], 1);
  const over = once(talk.broker, 'clientDisconnected');
  const second = await talk.listen('a', [talk.topic('t')], 1);
  expectThat(((await over)[0] as { by: string }).by === 'server', 'the first is not sent away');
  // Before it comes back by itself.
  await first.kill();
  await talk.holds(() => talk.broker.session(`${talk.name}a`)?.subscriptions.length === 1, 'does not subscribe');
  await talk.send('t', 'x', 1);
  await talk.sees(second, ['x']);
}

async function large(talk: Talk): Promise<void> {
  const payload = Buffer.alloc(1_048_576, allBytes);
  const listener = await talk.listen('a', [talk.topic('t')], 1);
  await talk.sendBytes({ topic: talk.topic('t'), payload, qos: 1 });
  await talk.holds(() => listener.seen.length === 1, 'does not receive it');
  expectThat(listener.seen[0].payload.equals(payload), 'another payload');
}

async function wrongPassword(talk: Talk): Promise<void> {
  const refused = once(talk.broker, 'clientRefused');
  talk.start('wrong', [talk.topic('t')], 0, { password: 'guess' });
  expectThat((await refused)[0] === `${talk.name}wrong`, 'another client was refused');
  await talk.listen('right', [talk.topic('t')], 0, { password: 'secret' });
}

async function keepsAlive(talk: Talk): Promise<void> {
  // Beyond it the broker waits half as long: what a busy machine may be late by.
  const keepAliveS = Math.max(4, talk.client.keepAliveMinS);
  const listener = await talk.listen('a', [talk.topic('t')], 1, { keepAliveS });
  await pause(keepAliveS * 1500 + 700);
  expectThat(talk.broker.session(`${talk.name}a`)?.connected === true, 'lets the connection go');
  await talk.send('t', 'x', 1);
  await talk.sees(listener, ['x']);
}
