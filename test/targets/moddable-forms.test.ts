/**
 * Messages of one form, which pass most of the client by, between others: what leaves is what was published, in its order, and what is told is what came,
 * whatever else is done in between. Through both APIs, over a link whose other end is the test.
 */
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import './moddable/register.js';

const { default: MQTTClient } = await import('../../targets/moddable/modules/client.js');
const { default: Midge } = await import('../../targets/moddable/modules/midge.js');

/** A socket that takes `room` bytes, and its other end. */
class Link {
  room = 10_000;
  sent: number[] = [];
  isClosed = false;
  #arrived: number[] = [];
  #callbacks: { onReadable(count: number): void; onWritable(count: number): void } | undefined;
  readonly io: never;

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the socket's class is the link's own.
    const link = this;
    this.io = class {
      constructor(callbacks: never) {
        link.#callbacks = callbacks;
      }

      write(data: Uint8Array): number {
        if (data.length > link.room) throw new Error(`${data.length} bytes were written, ${link.room} may be`);
        link.sent.push(...data);
        link.room -= data.length;
        return link.room;
      }

      read(view: Uint8Array): number {
        if (view.length > link.#arrived.length) throw new Error(`${view.length} bytes were read of ${link.#arrived.length}`);
        view.set(link.#arrived.splice(0, view.length));
        return view.length;
      }

      close(): void {
        link.isClosed = true;
      }
    } as never;
  }

  /** The link has room again. */
  drain(room = 10_000): void {
    this.room = room;
    this.#callbacks?.onWritable(this.room);
  }

  come(bytes: readonly number[]): void {
    this.#arrived.push(...bytes);
    if (!this.isClosed) this.#callbacks?.onReadable(this.#arrived.length);
  }
}

function codes(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

function publishBytes(topic: string, payload: string, retain: boolean, id = 0): number[] {
  return [(id > 0 ? 0x32 : 0x30) | (retain ? 1 : 0), 2 + topic.length + (id > 0 ? 2 : 0) + payload.length, 0, topic.length, ...codes(topic), ...id > 0 ? [0, id] : [], ...codes(payload)];
}

/** One API on a link, as the test uses it. */
interface Side {
  readonly link: Link;
  /** What was told, a line for each message. */
  readonly told: string[];
  publish(topic: string, payload: string, retain: boolean): void;
  /** What the handler does once, with the next message. */
  next: (() => void) | undefined;
  end(): void;
}

const options = { host: '10.0.0.1', id: 'dev', keepAlive: 0 };

function ecma419(): Side {
  const link = new Link();
  const client = new MQTTClient({
    ...options, socket: { io: link.io },
    onReadable(count, { topic, byteLength, QoS, retain, more }) {
      const { next } = side;
      side.next = undefined;
      side.told.push(`${topic} ${String.fromCharCode(...new Uint8Array(this.read(count) ?? new ArrayBuffer(0)))} ${byteLength} ${QoS} ${retain} ${more}`);
      next?.();
    },
  });
  const side: Side = {
    link, told: [], next: undefined,
    publish(topic, payload, retain) { client.write(Uint8Array.from(codes(payload)).buffer, { topic, ...retain ? { retain } : {} }); },
    end() { client.close(); },
  };
  return side;
}

function own(): Side {
  const link = new Link();
  const client = new Midge({
    ...options, socket: { io: link.io },
    onMessage({ topic, text, total, QoS, retain }) {
      const { next } = side;
      side.next = undefined;
      side.told.push(`${topic} ${text} ${total} ${QoS} ${retain} false`);
      next?.();
    },
  });
  const side: Side = {
    link, told: [], next: undefined,
    publish(topic, payload, retain) { client.publish(topic, Uint8Array.from(codes(payload)), retain ? { retain } : undefined); },
    end() { client.close(); },
  };
  client.connect();
  return side;
}

const topics = fc.constantFrom('a', 'a', 'a', 'b', 'long/topic');
const payloads = fc.constantFrom('12', '34', '56', '78', '', 'longer one');
const message = { topic: topics, payload: payloads, retain: fc.nat(5).map((n) => n === 0) };
const steps = fc.array(fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('publish' as const), ...message }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('come' as const), ...message }) },
  fc.record({ kind: fc.constantFrom('qos1' as const, 'pair' as const, 'halves' as const, 'echo' as const, 'throw' as const), ...message }),
  fc.record({ kind: fc.constantFrom('full' as const, 'drain' as const, 'pingresp' as const), ...message }),
), { maxLength: 40 });

function play(t: ExecutionContext, make: () => Side): void {
  fc.assert(fc.property(steps, (list) => {
    const side = make();
    const { link } = side;
    link.drain();
    link.come([0x20, 2, 0, 0]);
    link.sent = [];
    const [leaves, told]: [number[], string[]] = [[], []];
    const publish = (topic: string, payload: string, retain: boolean): void => {
      // What does not fit any more is refused; the outbox is the long way's business.
      try {
        side.publish(topic, payload, retain);
      } catch (error) {
        if (/overflow/.test(String(error))) return;
        throw error;
      }
      leaves.push(...publishBytes(topic, payload, retain));
    };
    for (const { kind, topic, payload, retain } of list) {
      const packet = publishBytes(topic, payload, retain);
      const line = `${topic} ${payload} ${payload.length} 0 ${retain} false`;
      if (kind === 'publish') publish(topic, payload, retain);
      else if (kind === 'full') {
        link.drain(3);
        publish(topic, payload, retain);
      } else if (kind === 'drain') link.drain();
      else if (kind === 'pingresp') link.come([0xd0, 0]);
      else if (kind === 'pair') {
        told.push(line, line);
        link.come([...packet, ...packet]);
      } else if (kind === 'halves') {
        told.push(line);
        link.come(packet.slice(0, 3));
        link.come(packet.slice(3));
      } else if (kind === 'qos1') {
        // Its acknowledgement leaves behind what was published.
        link.drain();
        told.push(`${topic} ${payload} ${payload.length} 1 ${retain} false`);
        link.come(publishBytes(topic, payload, retain, 7));
        leaves.push(0x40, 2, 0, 7);
      } else {
        told.push(line);
        if (kind === 'echo') side.next = () => { publish(topic, payload, false); };
        if (kind === 'throw') side.next = () => { throw new Error('the handler\'s own'); };
        if (kind === 'throw') t.throws(() => { link.come(packet); }, { message: 'the handler\'s own' });
        else link.come(packet);
      }
      link.drain();
      if (link.sent.join() !== leaves.join() || side.told.join('\n') !== told.join('\n')) {
        side.end();
        throw new Error(`after ${kind}: sent ${link.sent.join(' ')}; ${leaves.join(' ')} were published. Told\n${side.told.join('\n')}\nof\n${told.join('\n')}`);
      }
    }
    side.end();
  }), { numRuns: 300 });
  t.pass();
}

test('the ECMA-419 client', (t) => { play(t, ecma419); });
test('Midge\'s own API', (t) => { play(t, own); });

test('what has the length of the last message and another begin is read for what it is', (t) => {
  for (const make of [ecma419, own]) {
    const first = publishBytes('a/b', 'x', false);
    for (const [packet, isTold] of [
      [publishBytes('a/c', 'y', false), true], [publishBytes('a/b', 'y', true), true], [publishBytes('a', 'y12', false), true],
      // A wildcard, a byte that is no text, a length beyond the packet's end, reserved bits.
      [publishBytes('a/#', 'y', false), false], [publishBytes('a/\xff', 'y', false), false], [[0x30, 6, 0, 9, 97, 47, 98, 120], false], [[0x36, ...first.slice(1)], false], [[0xf0, ...first.slice(1)], false],
    ] as const) {
      const side = make();
      side.link.drain();
      side.link.come([0x20, 2, 0, 0]);
      for (let n = 0; n < 4; n++) side.link.come(first);
      side.link.come(packet);
      t.is(side.told.length, isTold ? 5 : 4, Buffer.from(packet).toString('hex'));
      t.is(side.link.isClosed, !isTold, Buffer.from(packet).toString('hex'));
      side.end();
    }
  }
});
