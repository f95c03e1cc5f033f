/** A handler that throws: the client goes on after it, nothing is lost and nothing comes twice. And what a publish within a handler leaves in flash. */
import test, { type ExecutionContext } from 'ava';
import { MQTTClient } from './moddable/site.js';
import { until } from '../until.js';

const { default: Flash, makePartition, partitions } = await import('./moddable/stub/flash.js');
const { FlashStore } = await import('../../targets/moddable/modules/flash-store.js');
const { default: Midge } = await import('../../targets/moddable/modules/midge.js');

/** The server's end of a connection, by hand. What handlers throw comes out of `tell` and `lose`. */
class Link {
  callbacks: { onReadable(count: number): void; onWritable(count: number): void; onError(): void } | undefined;
  readonly sent: string[] = [];
  #arrived: number[] = [];
  readonly io: new (options: never) => object;

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below has a `this` of its own
    const link = this;
    this.io = class {
      constructor(options: never) {
        link.callbacks = options;
      }

      write(bytes: Uint8Array): number {
        link.sent.push(Buffer.from(bytes).toString('hex'));
        return 1000;
      }

      read(view: Uint8Array): number {
        view.set(link.#arrived.splice(0, view.length));
        return view.length;
      }

      close(): void {
        link.callbacks = undefined;
      }
    };
  }

  put(hex: string): number {
    this.#arrived.push(...Buffer.from(hex.replace(/ /g, ''), 'hex'));
    return this.#arrived.length;
  }

  tell(hex: string): void {
    const count = this.put(hex);
    this.callbacks!.onReadable(count);
  }
}

const base = { host: '127.0.0.1', id: 'dev', clean: false };
/** A message at QoS 0, of one letter. */
const said = (letter: string): string => `30 04 00 01 61 ${Buffer.from(letter).toString('hex')}`;

/** Calls of timers' handlers that throw. */
async function thrownLater(act: () => Promise<void>): Promise<string[]> {
  const words: string[] = [];
  const note = (error: Error): void => { words.push(error.message); };
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', note);
  try {
    await act();
  } finally {
    process.removeListener('uncaughtException', note);
    for (const other of others) process.on('uncaughtException', other);
  }
  return words;
}

function midge(t: ExecutionContext, link: Link, options: object): InstanceType<typeof Midge> {
  const client = new Midge({ ...base, socket: { io: link.io as never }, ...options });
  t.teardown(() => client.close());
  client.connect();
  link.callbacks!.onWritable(1000);
  link.tell('20 02 00 00');
  return client;
}

test.serial('a handler that throws: the messages behind the one come, and publishes leave', async (t) => {
  const link = new Link();
  const heard: string[] = [];
  const client = midge(t, link, { onMessage(message: { text: string }) {
    heard.push(message.text);
    if (heard.length % 2 === 1) throw new Error(`handler of ${message.text}`);
  } });
  const later = await thrownLater(async () => {
    t.throws(() => { link.tell(said('p') + said('q') + said('r') + said('s')); }, { message: 'handler of p' });
    await until(() => heard.length === 4, () => heard.join());
  });
  t.deepEqual(later, ['handler of r']);
  t.deepEqual(heard, ['p', 'q', 'r', 's']);
  const before = link.sent.length;
  t.true(client.publish('b', '1', { QoS: 1 }) > 0);
  t.is(client.publish('b', '2'), 0);
  t.is(link.sent.length, before + 2);
});

test.serial('what a handler of messages throws does not come out of a publish, which was accepted', async (t) => {
  const link = new Link();
  const heard: string[] = [];
  const client = midge(t, link, { receiveBytes: 128, onMessage(message: { text: string }) {
    heard.push(message.text);
    if (message.text === 'x') throw new Error('handler');
  } });
  await thrownLater(async () => {
    t.throws(() => { link.tell(said('x') + said('y')); });
    t.true(client.publish('b', '1', { QoS: 1 }) > 0);
    t.is(client.pending, 1);
    await until(() => heard.length === 2, () => heard.join());
  });
});

test.serial('a handler throws while the connection ends: what had arrived is read, and the client connects again', async (t) => {
  const link = new Link();
  const heard: string[] = [];
  const client = midge(t, link, {
    retryMin: 1, retryMax: 1,
    onMessage(message: { text: string }) {
      heard.push(message.text);
      throw new Error('message');
    },
    onDisconnected() {
      heard.push('end');
      throw new Error('end');
    },
  });
  client.publish('b', '1', { QoS: 1 });
  await thrownLater(async () => {
    t.throws(() => { link.tell(said('p') + said('q')); }, { message: 'message' });
    t.throws(() => link.callbacks!.onError());
    t.deepEqual(heard, ['p', 'q', 'end']);
    await until(() => link.callbacks !== undefined, () => 'another attempt');
  });
  link.callbacks!.onWritable(1000);
  link.tell('20 02 01 00');
  t.true(client.isConnected);
  t.is(link.sent.at(-1)!.slice(0, 2), '3a', 'the publish is sent again');
});

test.serial('the ECMA-419 client goes on, and one without reconnect is closed though onError throws', async (t) => {
  const link = new Link();
  const heard: number[] = [];
  const client = new MQTTClient({ ...base, clean: true, socket: { io: link.io as never },
    onReadable(this: { read(): ArrayBuffer | undefined }) {
      heard.push(new Uint8Array(this.read()!)[0]);
      throw new Error('handler');
    },
    onError() { throw new Error('told'); } });
  link.callbacks!.onWritable(1000);
  link.tell('20 02 00 00');
  await thrownLater(async () => {
    t.throws(() => { link.tell(said('p') + said('q')); }, { message: 'handler' });
    await until(() => heard.length === 2, () => heard.join());
  });
  t.deepEqual(heard, [112, 113]);
  t.throws(() => link.callbacks!.onError(), { message: 'told' });
  t.throws(() => client.write(new ArrayBuffer(1), { topic: 'a', QoS: 1 }), { message: 'not connected' });
});

test.serial('a publish within a handler is in flash when it returns', (t) => {
  makePartition('within', 8192, 4096);
  const link = new Link();
  let bytes: Uint8Array | undefined;
  const client = midge(t, link, {
    store: new FlashStore({ io: Flash, partition: 'within' }),
    onMessage() {
      client.publish('b', 'kept', { QoS: 2 });
      bytes = partitions.get('within')!.bytes.slice();
    },
  });
  link.tell(said('p'));
  makePartition('copy', 8192, 4096);
  partitions.get('copy')!.bytes.set(bytes!);
  const next = new Midge({ ...base, socket: { io: link.io as never }, store: new FlashStore({ io: Flash, partition: 'copy' }) });
  t.is(next.pending, 1);
  next.close();
});
