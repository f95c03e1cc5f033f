/** How a connection ends on Moddable, and what of it an application hears: while none is open, while a message is held, within a handler. */
import { setTimeout as pause } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Link } from './moddable/link.js';
import { MQTTClient, textOf } from './moddable/site.js';
import { until } from '../until.js';

const { default: Midge } = await import('../../targets/moddable/modules/midge.js');
const { default: Timer } = await import('./moddable/stub/timer.js');

const base = { host: '127.0.0.1', id: 'dev', clean: false, retryMin: 100_000, retryMax: 100_000 };

/** A client whose connection was lost: it waits for the next attempt, which is far away. */
function waiting(t: ExecutionContext, options: object): { client: InstanceType<typeof Midge>; link: Link; heard: string[] } {
  const link = new Link();
  const heard: string[] = [];
  const client = new Midge({ ...base, socket: { io: link.io as never }, onClosed: () => { heard.push('closed'); }, ...options });
  t.teardown(() => client.close());
  client.connect();
  link.callbacks!.onError();
  return { client, link, heard };
}

test('disconnect between two attempts ends in onClosed, once, and connect begins anew', (t) => {
  const { client, link, heard } = waiting(t, {});
  t.deepEqual(heard, []);
  client.disconnect();
  t.deepEqual(heard, ['closed']);
  client.disconnect();
  t.deepEqual(heard, ['closed']);
  client.connect();
  link.callbacks!.onError();
  client.disconnect();
  t.deepEqual(heard, ['closed', 'closed']);
});

test('disconnect in onDisconnected, and connect in onClosed', (t) => {
  const link = new Link();
  const heard: string[] = [];
  const client = new Midge({
    ...base, socket: { io: link.io as never },
    onDisconnected() {
      heard.push('lost');
      this.disconnect();
      this.disconnect();
    },
    onClosed() {
      heard.push('closed');
      if (heard.length < 4) this.connect();
    },
  });
  t.teardown(() => client.close());
  client.connect();
  link.callbacks!.onError();
  t.deepEqual(heard, ['lost', 'closed']);
  link.callbacks!.onError();
  t.deepEqual(heard, ['lost', 'closed', 'lost', 'closed']);
  t.is(link.callbacks, undefined);
});

test('connect after disconnect between two attempts, both within a handler: the connection is wanted after all', (t) => {
  const { link, heard } = waiting(t, { onDisconnected(this: InstanceType<typeof Midge>) {
    this.disconnect();
    this.connect();
  } });
  t.not(link.callbacks, undefined);
  t.deepEqual(heard, []);
});

test('the ECMA-419 client with reconnect: DISCONNECT between two attempts ends in onClose', (t) => {
  const link = new Link();
  let closed = 0;
  const client = new MQTTClient({ ...base, reconnect: true, socket: { io: link.io as never }, onClose: () => { closed += 1; } });
  link.callbacks!.onError();
  client.write(null, { operation: MQTTClient.DISCONNECT });
  t.is(closed, 1);
  t.throws(() => client.write(new ArrayBuffer(1), { topic: 'a' }), { message: 'not connected' });
});

/** A QoS 1 or 2 message of one letter, with its letter for an identifier. */
function kept(first: string, letter: string): string {
  return `${first} 06 00 01 61 00 ${Buffer.from(letter + letter).toString('hex')}`;
}

/** A client that reads when told to, connected. */
function reader(t: ExecutionContext, options: object): { client: InstanceType<typeof MQTTClient>; link: Link; heard: string[]; behaviour: { isReading: boolean }; readonly again: () => Promise<void> } {
  const link = new Link();
  const heard: string[] = [];
  const behaviour = { isReading: false };
  const client = new MQTTClient({
    ...base, retryMin: 1, retryMax: 1, reconnect: true, socket: { io: link.io as never },
    onReadable(count) {
      heard.push(behaviour.isReading ? textOf(this.read(count)) : `${count} unread`);
    },
    ...options,
  });
  t.teardown(() => client.close());
  link.callbacks!.onWritable(1000);
  link.tell('20 02 00 00');
  return {
    client, link, heard, behaviour,
    again: async () => {
      await until(() => link.callbacks !== undefined, () => 'another attempt');
      behaviour.isReading = true;
      link.sent.length = 0;
      link.callbacks!.onWritable(1000);
      link.tell('20 02 01 00');
    },
  };
}

for (const [QoS, first, again, answer] of [[1, '32', '3a', '4002'], [2, '34', '3c', '5002']] as const) {
  test(`QoS ${QoS}: a message that was told and not read when the connection was lost comes again, and so does what was behind it`, async (t) => {
    const { client, link, heard, again: connectedAgain } = reader(t, {});
    link.tell(kept(first, 'x') + kept(first, 'y'));
    link.callbacks!.onError();
    t.is(client.read(), undefined);
    await connectedAgain();
    link.tell(kept(again, 'x') + kept(again, 'y'));
    t.deepEqual(heard, ['1 unread', 'x', 'y']);
    t.is(link.sent.slice(1).join(''), `${answer}0078${answer}0079`);
  });

  test(`QoS ${QoS}: the same of a message in fragments of which the last was not read`, async (t) => {
    const { client, link, heard, behaviour, again: connectedAgain } = reader(t, { receiveBytes: 16 });
    const packet = (flags: string): string => `${flags} 14 00 01 61 00 78 ${Buffer.from('abcdefghijklmno').toString('hex')}`;
    behaviour.isReading = true;
    link.tell(packet(first).slice(0, -12));
    behaviour.isReading = false;
    link.tell(packet(first).slice(-12));
    link.callbacks!.onError();
    t.is(client.read(), undefined);
    const before = heard.length;
    await connectedAgain();
    link.tell(packet(again));
    t.true(before > 1);
    t.is(heard[before - 1], '6 unread');
    t.is(heard.slice(before).join(''), 'abcdefghijklmno');
    t.deepEqual(link.sent.slice(1), [`${answer}0078`]);
  });

  test(`QoS ${QoS}: DISCONNECT within a handler follows the acknowledgement of a message that is read, and comes alone where it is not`, (t) => {
    for (const isRead of [true, false]) {
      const { client, link, heard, behaviour } = reader(t, { onReadable(this: InstanceType<typeof MQTTClient>, count: number) {
        if (isRead) this.read(count);
        this.write(null, { operation: MQTTClient.DISCONNECT });
      } });
      behaviour.isReading = true;
      link.sent.length = 0;
      link.tell(kept(first, 'x'));
      t.deepEqual(heard, []);
      t.is(link.sent.join(''), isRead ? `${answer}0078e000` : 'e000');
      client.close();
    }
  });
}

test('a message can be read after DISCONNECT, and the link is closed then', async (t) => {
  const { client, link, heard } = reader(t, {});
  link.tell(kept('34', 'x'));
  client.write(null, { operation: MQTTClient.DISCONNECT });
  t.is(link.sent.at(-1), 'e000');
  t.is(textOf(client.read()), 'x');
  await until(() => link.callbacks === undefined, () => 'the end of the link');
  t.deepEqual(heard, ['1 unread']);
});

test('DISCONNECT that finds no room behind requests which the link does not take is refused, and taken later', (t) => {
  const { client, link } = reader(t, {});
  link.room = 0;
  link.callbacks!.onWritable(0);
  for (const length of [50, 43, 11]) client.write(null, { operation: MQTTClient.SUBSCRIBE, items: [{ topic: 'y'.repeat(length) }] });
  client.write(null, { operation: MQTTClient.PINGREQ });
  t.throws(() => client.write(null, { operation: MQTTClient.DISCONNECT }), { message: /^overflow: / });
  link.room = 1000;
  link.callbacks!.onWritable(1000);
  client.write(null, { operation: MQTTClient.DISCONNECT });
  t.is(link.sent.at(-1), 'e000');
});

test.serial('while a message is not read, the end of its connection waits without a stir', async (t) => {
  const { client, link, heard } = reader(t, { keepAlive: 1000, pingTimeout: 1, onError: () => { heard.push('lost'); } });
  link.tell(kept('34', 'x'));
  await until(() => link.sent.includes('c000'), () => 'PINGREQ');
  await pause(100);
  let timers = 0;
  const set = Timer.set.bind(Timer);
  t.teardown(() => { Timer.set = set; });
  Timer.set = (...given) => {
    timers += 1;
    return set(...given);
  };
  await pause(200);
  t.true(timers < 10, `${timers} timers were set`);
  t.deepEqual(heard, ['1 unread']);
  t.is(textOf(client.read()), 'x');
  t.deepEqual(heard, ['1 unread', 'lost']);
});
