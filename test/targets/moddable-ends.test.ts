/** How a connection ends on Moddable, and what of it an application hears: while none is open, while a message is held, within a handler. */
import test, { type ExecutionContext } from 'ava';
import { Link } from './moddable/link.js';
import { MQTTClient } from './moddable/site.js';

const { default: Midge } = await import('../../targets/moddable/modules/midge.js');

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
