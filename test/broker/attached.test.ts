/*
 * Streams of the embedder's own process as clients: trusted, with identifiers and queue limits of their own.
 */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import test from 'ava';
import { type AttachOptions, type Broker, createBroker, ManualClock, streamPair } from '../../src/broker/index.js';
import { byte, connect5, publish, subscribe, withBroker } from './support.js';

const sessionForEver = '11ffffffff';
const accepted = /^20..0000/;

/** A client over a stream pair: what it has read so far, as hex. */
function attach(broker: Broker, options?: AttachOptions): { readonly end: Duplex; send(hex: string): void; answer(pattern: RegExp): Promise<string> } {
  const [end, theirs] = streamPair();
  let text = '';
  end.on('data', (bytes: Buffer) => (text += bytes.toString('hex'))).on('error', () => undefined);
  broker.attach(theirs, options);
  return {
    end,
    send: (hex) => void end.write(Buffer.from(hex, 'hex')),
    answer: async (pattern) => {
      while (!pattern.test(text)) await once(end, 'data');
      const found = text;
      text = '';
      return found;
    },
  };
}

test('an attached client is asked for no password and no permission, another with its identifier is refused', (t) => {
  const deny = { authenticate: () => false, authorize: () => false, authorizeDelivery: () => false };
  return withBroker(deny, async (world) => {
    const client = attach(world.broker, { clientId: 'own' });
    client.send(connect5({ clientId: 'own', properties: sessionForEver }));
    await client.answer(accepted);
    client.send(subscribe(5, 1, '#', 1));
    await client.answer(/^9004000100/);
    client.send(publish(5, 'a', 'x', { qos: 1, id: 9 }));
    await client.answer(/40020009/);
    t.is(world.broker.stats.deniedDeliveries, 0);
    client.end.destroy();
    await once(world.broker, 'clientDisconnected');
    // It stays its own while it is away: its messages wait, and nobody else comes for them.
    world.broker.publish({ topic: 'b', payload: 'y', qos: 1 });
    t.is(world.broker.session('own')!.queuedMessages, 1);
    const refused = await world.open();
    refused.send(connect5({ clientId: 'own' }));
    t.regex(await refused.rest(), /^20..0085/);
    t.true(world.broker.deleteSession('own'));
    const other = await world.open();
    other.send(connect5({ clientId: 'own' }));
    t.regex(await other.rest(), /^20..0086/, 'set free, it is asked for a password as any');
  });
});

test('the queue limits of an attached client are its own', (t) =>
  withBroker({ sessionQueueMessagesMax: 5 }, async (world) => {
    const client = attach(world.broker, { clientId: 'own', sessionQueueMessagesMax: 20, sessionQueueBytesMax: 1024 });
    client.send(connect5({ clientId: 'own', properties: sessionForEver }));
    await client.answer(accepted);
    client.send(subscribe(5, 1, '#', 1));
    await client.answer(/^90/);
    client.end.destroy();
    await once(world.broker, 'clientDisconnected');
    for (let n = 0; n < 30; n++) world.broker.publish({ topic: 'a', payload: byte(n), qos: 1 });
    t.is(world.broker.session('own')!.queuedMessages, 20);
    t.is(world.broker.stats.droppedQueueFull, 10);
    t.throws(() => world.broker.attach(streamPair()[1], { clientId: '' }), { message: /attach: clientId must be/ });
    t.throws(() => world.broker.attach(streamPair()[1], { sessionQueueMessagesMax: 0 }), { message: /attach: sessionQueueMessagesMax is 0/ });
  }));

test('a broker that closes ends its attached clients, one that is down takes none', async (t) => {
  const clock = new ManualClock();
  const broker = createBroker({ clock });
  const client = attach(broker);
  client.send(connect5({ clientId: 'c' }));
  await client.answer(accepted);
  broker.restart({ downMs: 50 });
  await once(client.end, 'close');
  const tooEarly = attach(broker);
  await once(tooEarly.end, 'close');
  clock.advance(50);
  const back = attach(broker);
  back.send(connect5({ clientId: 'c' }));
  await back.answer(accepted);
  const closed = once(back.end, 'close');
  await broker.close();
  await closed;
  t.throws(() => broker.attach(streamPair()[1]), { message: /closed/ });
});
