/** The short ways through the core against the long ones: the same bytes and events, whatever is done in whatever order. */
import test from 'ava';
import fc from 'fast-check';
import {
  type Client, clientConnect, clientInput, clientLinkUp, clientNextEvent, clientOutput, clientPublish, clientSent, createClient, createConfig, Event, Publish, Status,
} from '../../src/core/index.js';
import { clientExpress, clientInputIsEmpty, clientReceived } from '../../targets/moddable/modules/shortcuts.js';

function client(): Client {
  const config = createConfig('x');
  Object.assign(config, { outboxBytes: 200, receiveBytes: 64, keepAliveS: 0 });
  const c = createClient(config)!;
  clientConnect(c, 0);
  clientLinkUp(c, 0);
  sent(c, 1000);
  clientInput(c, Uint8Array.of(0x20, 2, 0, 0), 0, 4, 0);
  clientNextEvent(c);
  return c;
}

/** What leaves when the link takes as many bytes. */
function sent(c: Client, room: number): number[] {
  const bytes: number[] = [];
  for (let count = clientOutput(c, 0); count > 0 && room > 0; count = clientOutput(c, 0)) {
    const taken = Math.min(count, room);
    room -= taken;
    bytes.push(...c.out.subarray(c.outFrom, c.outFrom + taken));
    clientSent(c, taken);
  }
  return bytes;
}

const steps = fc.array(fc.record({
  topic: fc.constantFrom('a', 'a', 'b/c', 'long/topic/name'), payload: fc.uint8Array({ maxLength: 130 }), retain: fc.boolean(), qos1: fc.nat(20).map((n) => n === 0),
  room: fc.constantFrom(0, 3, 20, 200, 200, 200, 200),
}), { maxLength: 30 });

test('publishes', (t) => {
  let express = 0;
  fc.assert(fc.property(steps, (list) => {
    const [short, long] = [client(), client()];
    const [shortBytes, longBytes]: number[][] = [[], []];
    for (const { topic, payload, retain, qos1, room } of list) {
      const flags = (retain ? 1 : 0) + (qos1 ? 2 : 0);
      let isDone = false;
      if (!qos1) {
        const end = clientExpress(short, topic, payload, payload.length, flags, room);
        if (end > 0) {
          isDone = true;
          express++;
          shortBytes.push(...short.arena.subarray(3, end));
        }
      }
      if (!isDone) clientPublish(short, topic, payload, 0, payload.length, flags, 0);
      clientPublish(long, topic, payload, 0, payload.length, flags, 0);
      if (!isDone) shortBytes.push(...sent(short, room));
      longBytes.push(...sent(long, room));
    }
    shortBytes.push(...sent(short, 100_000));
    longBytes.push(...sent(long, 100_000));
    t.deepEqual(shortBytes, longBytes);
    t.is(short.slotsUsed, long.slotsUsed);
  }), { numRuns: 500 });
  t.true(express > 100, `${express} went the short way`);
});

test('after a publish that did not fit, one message that is on its way keeps the next from the short way', (t) => {
  const c = client();
  const bytes = new Uint8Array(140);
  const handles = [30, 30].map((count) => clientPublish(c, 'a', bytes, 0, count, Publish.Qos1, 0));
  sent(c, 1000);
  t.is(clientPublish(c, 'a', bytes, 0, 140, Publish.Qos1, 0), Status.NoRoom);
  clientInput(c, Uint8Array.of(0x40, 2, 0, handles[1] & 255), 0, 4, 0);
  t.is(clientNextEvent(c), Event.Published);
  t.is(clientExpress(c, 'a', Uint8Array.of(0), 1, 0, 1000), 0);
  clientPublish(c, 'a', bytes, 0, 1, 0, 0);
  t.deepEqual(sent(c, 1000), [0x30, 4, 0, 1, 97, 0]);
});

/** What a client makes of bytes that come in pieces; `isShort`: put into its buffer where they may be. */
function heard(pieces: readonly Uint8Array[], isShort: boolean): string[] {
  const c = client();
  const events: string[] = [];
  const read = (): void => {
    for (let event = clientNextEvent(c); event !== Event.None; event = clientNextEvent(c)) {
      events.push(`${event} ${c.offset}/${c.total} ${Buffer.from(c.topic.subarray(c.topicFrom, c.topicTo)).toString()} ${Buffer.from(c.input.subarray(c.payloadFrom, c.payloadTo)).toString('hex')}`);
    }
  };
  for (const piece of pieces) {
    let from = 0;
    while (from < piece.length) {
      if (isShort && clientInputIsEmpty(c)) {
        const count = Math.min(c.input.length, piece.length - from);
        c.input.set(piece.subarray(from, from + count));
        clientReceived(c, count, 0);
        from += count;
      } else from += clientInput(c, piece, from, Math.min(piece.length, from + 40), 0);
      read();
    }
  }
  return events;
}

test('input', (t) => {
  const message = fc.record({ topic: fc.constantFrom('a', 'b/c'), payload: fc.uint8Array({ maxLength: 90 }) });
  fc.assert(fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 70 })), (messages, cuts) => {
    const bytes = Buffer.concat(messages.map(({ topic, payload }) => Buffer.concat([Buffer.from([0x30, 2 + topic.length + payload.length, 0, topic.length]), Buffer.from(topic), payload])));
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const cut of [...cuts, bytes.length]) {
      pieces.push(bytes.subarray(at, Math.min(at + cut, bytes.length)));
      at = Math.min(at + cut, bytes.length);
    }
    const whole = (events: readonly string[]): string => events.map((line) => line.split(' ')).map(([, place, topic, hex]) => (place.startsWith('0/') ? `|${topic}:` : '') + hex).join('');
    t.is(whole(heard(pieces, true)), whole(heard(pieces, false)));
  }), { numRuns: 500 });
});
