/*
 * Who gets a message: filters, overlaps, No Local, subscription identifiers, shares. MQTT 5.0, 3.3.4, 3.8, 3.10, 4.7 and 4.8.
 */
import test from 'ava';
import fc from 'fast-check';
import { createSession } from '../../src/broker/session.js';
import { RetainedMessages } from '../../src/broker/retained.js';
import { createMessage, noBytes } from '../../src/broker/message.js';
import type { Subscription } from '../../src/broker/subscription-tree.js';
import { SubscriptionTree } from '../../src/broker/subscription-tree.js';
import type { Version, World } from './support.js';
import { long, packet, publish, type RawClient, subscribe, text, variable, withBroker, word } from './support.js';

async function subscribed(world: World, version: Version, clientId: string, ...requests: [filter: string, options: number, list?: string][]): Promise<RawClient> {
  const client = await world.join(version, { clientId });
  for (const [filter, options, list] of requests) {
    client.send(subscribe(version, 1, filter, options, list));
    await client.takePacket();
  }
  return client;
}

const matching: readonly [filter: string, topic: string, matches: boolean, ids?: string][] = [
  ['a/b', 'a/b', true],
  ['a/b', 'a/B', false, '[MQTT-4.7.3-4]'],
  ['a/b', 'a/b/', false, '[MQTT-4.7.3-4]'],
  ['a/b', '/a/b', false],
  ['a/b', 'a/b/c', false],
  ['a/#', 'a/b/c', true],
  ['a/#', 'a', true],
  ['a/#', 'a/', true],
  ['a/#', 'ab', false],
  ['#', 'a', true],
  ['#', 'a/b/c', true],
  ['#', '/', true],
  ['#', '$SYS/x', false, '[MQTT-4.7.2-1]'],
  ['+/x', '$SYS/x', false, '[MQTT-4.7.2-1]'],
  ['+', '$SYS', false, '[MQTT-4.7.2-1]'],
  ['$SYS/#', '$SYS/x', true, '[MQTT-4.7.2-1]'],
  ['$SYS/+', '$SYS/x', true, '[MQTT-4.7.2-1]'],
  ['a/#', 'a/$b', true],
  ['a/+', 'a/$b', true],
  ['+', 'a', true],
  ['+', '/a', false],
  ['+', 'a/', false],
  ['+/+', '/a', true],
  ['/+', '/a', true],
  ['+/+', 'a/', true],
  ['a/+/c', 'a/b/c', true],
  ['a/+/c', 'a//c', true],
  ['a/+/c', 'a/b/b/c', false],
  ['+/b/#', 'a/b', true],
  ['+/b/#', 'a/b/c/d', true],
  ['+/b/#', 'a/c/b', false],
  ['caf\u00e9', 'cafe\u0301', false, '[MQTT-4.7.3-4]'],
  ['\ufeffa', 'a', false, '[MQTT-1.5.4-3] [MQTT-1.5.3-3]'],
  ['\ufeffa', '\ufeffa', true, '[MQTT-1.5.4-3] [MQTT-1.5.3-3]'],
];

for (const [filter, topic, matches, ids = ''] of matching) {
  test(`filter ${JSON.stringify(filter)} ${matches ? 'matches' : 'does not match'} topic ${JSON.stringify(topic)} ${ids}`, (t) => {
    const tree = new SubscriptionTree();
    tree.add(subscriptionOf('c', filter));
    t.is(tree.match(topic).subscribers.length, matches ? 1 : 0);
    const retained = new RetainedMessages();
    retained.set(createMessage(topic, Buffer.from('x'), 0, true, noBytes, Infinity, ''));
    t.is(retained.match(filter).length, matches ? 1 : 0);
  });
}

function subscriptionOf(clientId: string, filter: string): Subscription {
  return { session: createSession(clientId), filter, shareName: '', topicFilter: filter, qos: 0, noLocal: false, retainAsPublished: false, identifier: 0, record: 0 };
}

/** The definition of 4.7, level by level. */
function matchesPlainly(filter: string[], topic: string[]): boolean {
  if (filter[0] === '#') return true;
  if (filter.length === 0 || topic.length === 0) return filter.length === topic.length;
  return (filter[0] === '+' || filter[0] === topic[0]) && matchesPlainly(filter.slice(1), topic.slice(1));
}

test('the tree finds what comparing filter by filter finds, through additions and removals', (t) => {
  const name = fc.constantFrom('a', 'b', '', '$x');
  const topics = fc.array(name, { minLength: 1, maxLength: 4 });
  const filters = fc
    .tuple(fc.array(fc.oneof(name, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, all]) => (all ? [...levels, '#'] : levels).join('/'))
    .filter((filter) => filter !== '');
  fc.assert(
    fc.property(fc.array(fc.tuple(filters, fc.boolean()), { maxLength: 20 }), topics, (steps, levels) => {
      const topic = levels.join('/');
      fc.pre(topic !== '');
      const tree = new SubscriptionTree();
      const alive = new Map<string, Subscription>();
      for (const [filter, removed] of steps) {
        tree.match(topic);
        if (removed && alive.has(filter)) {
          tree.remove(alive.get(filter)!);
          alive.delete(filter);
        } else if (!alive.has(filter)) {
          alive.set(filter, subscriptionOf(filter, filter));
          tree.add(alive.get(filter)!);
        }
      }
      const expected = [...alive.keys()].filter((filter) => {
        const hidden = topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'));
        const parts = filter.split('/');
        const parent = parts.at(-1) === '#' && matchesPlainly(parts.slice(0, -1), levels);
        return !hidden && (matchesPlainly(parts, levels) || parent);
      });
      return tree.count === alive.size && tree.match(topic).subscribers.map((found) => found.session.clientId).sort().join() === expected.sort().join();
    }),
    { seed: 20_261_122, numRuns: 3000 },
  );
  t.pass('seed 20261122');
});

for (const version of [4, 5] as const) {
  const v = version === 4 ? '3.1.1' : '5.0';

  for (const published of [0, 1, 2] as const) {
    for (const granted of [0, 1, 2] as const) {
      test(`${v} published at QoS ${published}, granted ${granted} [MQTT-3.8.4-${version === 4 ? 6 : 8}]${published === 0 || granted === 0 ? ' [MQTT-4.3.1-1]' : ''}`, (t) =>
        withBroker({}, async (world) => {
          const reader = await subscribed(world, version, 'r', ['a', granted]);
          world.broker.publish({ topic: 'a', payload: 'x', qos: published });
          const qos = Math.min(published, granted);
          t.is(await reader.takePacket(), publish(version, 'a', 'x', { qos, id: 1 }));
        }));
    }
  }

  test(`${v} overlapping subscriptions bring one copy at the highest QoS [MQTT-3.3.${version === 4 ? '5-1' : '4-2'}]`, (t) =>
    withBroker({}, async (world) => {
      const reader = await subscribed(world, version, 'r', ['a/#', 0], ['a/+', 2], ['a/b', 1]);
      world.broker.publish({ topic: 'a/b', payload: 'x', qos: 2 });
      t.is(await reader.untilPong(), publish(version, 'a/b', 'x', { qos: 2, id: 1 }));
    }));

  test(`${v} UNSUBSCRIBE compares filters as they are written, and finishes what is under way [MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT-3.10.4-3]`, (t) =>
    withBroker({}, async (world) => {
      const reader = await subscribed(world, version, 'r', ['a/#', 2]);
      world.broker.publish({ topic: 'a/b', payload: '1', qos: 2 });
      t.is(await reader.takePacket(), publish(version, 'a/b', '1', { qos: 2, id: 1 }));
      reader.send(packet(0xa2, '0002', version === 5 ? '00' : '', text('a/b')));
      await reader.takePacket();
      world.broker.publish({ topic: 'a/b', payload: '2' });
      t.is(await reader.takePacket(), publish(version, 'a/b', '2'));
      reader.send(packet(0xa2, '0003', version === 5 ? '00' : '', text('a/#')));
      await reader.takePacket();
      world.broker.publish({ topic: 'a/b', payload: '3' });
      reader.send('50020001');
      t.is(await reader.takePacket(), '62020001');
      reader.send('70020001');
      t.is(await reader.untilPong(), '');
      t.is(world.broker.stats.subscriptions, 0);
    }));

  test(`${v} each publisher's messages keep their order [MQTT-4.6.0-5] [MQTT-4.6.0-6]`, (t) =>
    withBroker({}, async (world) => {
      const reader = await subscribed(world, version, 'r', ['a', 1]);
      const writer = await world.join(version, { clientId: 'w' });
      let all = '';
      for (let i = 1; i <= 200; i++) all += publish(version, 'a', `${i}`, { qos: 1, id: i });
      writer.send(all);
      t.is(await reader.untilPong().then(async (head) => head + (await rest(reader, all.length - head.length))), all);
    }));

  test(`${v} the incoming DUP is not passed on [MQTT-3.3.1-3]`, (t) =>
    withBroker({}, async (world) => {
      const reader = await subscribed(world, version, 'r', ['a', 1]);
      const writer = await world.join(version, { clientId: 'w' });
      writer.send(publish(version, 'a', 'x', { qos: 1, id: 77, dup: true }));
      t.is(await reader.takePacket(), publish(version, 'a', 'x', { qos: 1, id: 1 }));
    }));

  test(`${v} a message goes to every matching session [MQTT-4.5.0-1] [MQTT-3.3.2-3]`, (t) =>
    withBroker({}, async (world) => {
      const readers = [];
      for (let i = 0; i < 10; i++) readers.push(await subscribed(world, i % 2 === 0 ? 4 : 5, `r${i}`, ['a/+', 0]));
      const writer = await world.join(version, { clientId: 'w' });
      writer.send(publish(version, 'a/b', 'x'));
      for (const [i, reader] of readers.entries()) t.is(await reader.takePacket(), publish(i % 2 === 0 ? 4 : 5, 'a/b', 'x'));
    }));
}

async function rest(client: RawClient, hexCount: number): Promise<string> {
  return hexCount > 0 ? client.take(hexCount / 2) : '';
}

test('5.0 No Local keeps a client\'s own messages from it, and from it only [MQTT-3.8.3-3]', (t) =>
  withBroker({}, async (world) => {
    const both = await subscribed(world, 5, 'both', ['a', 0x04]);
    const other = await subscribed(world, 5, 'other', ['a', 0x04]);
    both.send(publish(5, 'a', 'x'));
    t.is(await both.untilPong(), '');
    t.is(await other.untilPong(), publish(5, 'a', 'x'));
  }));

test('5.0 No Local of one subscription does not touch another that overlaps it [MQTT-3.8.3-3] [MQTT-3.3.4-3]', (t) =>
  withBroker({}, async (world) => {
    const both = await subscribed(world, 5, 'both', ['a/#', 0x05, '0b01'], ['a/b', 0x00, '0b02']);
    both.send(publish(5, 'a/b', 'x', { qos: 1 }));
    t.is(await both.untilPong(), publish(5, 'a/b', 'x', { properties: '0b02' }) + '40020001');
  }));

for (const id of [1, 127, 128, 16_384, 268_435_455]) {
  test(`5.0 a message carries the subscription identifier ${id} [MQTT-3.3.4-3]`, (t) =>
    withBroker({}, async (world) => {
      const reader = await subscribed(world, 5, 'r', ['a', 0, '0b' + variable(id)]);
      world.broker.publish({ topic: 'a', payload: 'x' });
      t.is(await reader.takePacket(), publish(5, 'a', 'x', { properties: '0b' + variable(id) }));
    }));
}

test('5.0 one copy carries the identifiers of all subscriptions it matched [MQTT-3.3.4-4]', (t) =>
  withBroker({}, async (world) => {
    const reader = await subscribed(world, 5, 'r', ['a/#', 0, '0b01'], ['a/+', 0], ['a/b', 0, '0b03']);
    world.broker.publish({ topic: 'a/b', payload: 'x' });
    const got = await reader.untilPong();
    t.true([publish(5, 'a/b', 'x', { properties: '0b010b03' }), publish(5, 'a/b', 'x', { properties: '0b030b01' })].includes(got), got);
  }));

test('5.0 properties of a publish are forwarded unchanged and in order [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]', (t) =>
  withBroker({}, async (world) => {
    const young = await subscribed(world, 5, 'r5', ['a', 0]);
    const old = await subscribed(world, 4, 'r4', ['a', 0]);
    const writer = await world.join(5, { clientId: 'w' });
    const list = ['26' + text('z') + text('1'), '0101', '08' + text('re/ply'), '26' + text('a') + text('2'), '09' + '0003c0ffee', '03' + text('t/p'), '26' + text('z') + text('')];
    writer.send(publish(5, 'a', 'x', { properties: list.join('') }));
    t.is(await young.takePacket(), publish(5, 'a', 'x', { properties: list.join('') }));
    t.is(await old.takePacket(), publish(4, 'a', 'x'));
    // An alias and an expiry between them are taken out, the expiry comes back last.
    writer.send(publish(5, 'a', 'x', { properties: [list[0], '23' + word(1), list[1], '02' + long(50), list[2]].join('') }));
    t.is(await young.takePacket(), publish(5, 'a', 'x', { properties: [list[0], list[1], list[2], '02' + long(50)].join('') }));
  }));

for (const version of [4, 5] as const) {
  test(`${version === 4 ? '3.1.1' : '5.0'} members of a share take turns, each at its own QoS${version === 5 ? ' [MQTT-4.8.2-3]' : ''}`, (t) =>
    withBroker({}, async (world) => {
      const one = await subscribed(world, version, 'one', ['$share/g/a/#', 0]);
      const two = await subscribed(world, version, 'two', ['$share/g/a/#', 1]);
      const alone = await subscribed(world, version, 'alone', ['$share/h/a/#', 0]);
      for (let i = 1; i <= 4; i++) world.broker.publish({ topic: 'a/b', payload: `${i}`, qos: 1 });
      t.is(await one.untilPong(), publish(version, 'a/b', '1') + publish(version, 'a/b', '3'));
      t.is(await two.untilPong(), publish(version, 'a/b', '2', { qos: 1, id: 1 }) + publish(version, 'a/b', '4', { qos: 1, id: 2 }));
      t.is((await alone.untilPong()).length, publish(version, 'a/b', '1').length * 4);
    }));
}

test('5.0 a share passes members that are not connected by; if all are away one of them keeps the message', (t) =>
  withBroker({}, async (world) => {
    const lasting = { properties: '11' + long(100) };
    const away = await world.join(5, { clientId: 'away', ...lasting });
    away.send(subscribe(5, 1, '$share/g/a', 1));
    await away.takePacket();
    await away.end();
    const here = await subscribed(world, 5, 'here', ['$share/g/a', 1]);
    for (const payload of ['1', '2']) world.broker.publish({ topic: 'a', payload, qos: 1 });
    t.is(await here.untilPong(), publish(5, 'a', '1', { qos: 1, id: 1 }) + publish(5, 'a', '2', { qos: 1, id: 2 }));
    await here.end();
    world.broker.publish({ topic: 'a', payload: '3', qos: 1 });
    const back = await world.join(5, { clientId: 'away', flags: 0, ...lasting });
    t.is(await back.untilPong(), publish(5, 'a', '3', { qos: 1, id: 1 }));
  }));

test('5.0 QoS 2 begun with a member of a share is finished with it, never with another [MQTT-4.8.2-4] [MQTT-4.8.2-5] [MQTT-4.8.2-6]', (t) =>
  withBroker({}, async (world) => {
    const lasting = { properties: '11' + long(100) };
    const first = await world.join(5, { clientId: 'first', ...lasting });
    first.send(subscribe(5, 1, '$share/g/a', 2));
    await first.takePacket();
    world.broker.publish({ topic: 'a', payload: 'x', qos: 2 });
    t.is(await first.takePacket(), publish(5, 'a', 'x', { qos: 2, id: 1 }));
    const second = await subscribed(world, 5, 'second', ['$share/g/a', 2]);
    first.destroy();
    t.is(await second.untilPong(), '');
    const back = await world.join(5, { clientId: 'first', flags: 0, ...lasting });
    t.is(await back.takePacket(), publish(5, 'a', 'x', { qos: 2, id: 1, dup: true }));
    // A refusal ends the message; nobody else is offered it.
    back.send('5003000187');
    t.is(await back.untilPong(), '');
    t.is(await second.untilPong(), '');
    t.is(world.broker.session('first')?.inflightMessages, 0);
    world.broker.deleteSession('first');
    t.is(await second.untilPong(), '');
  }));

test('5.0 a share subscription carries its identifier and keeps apart from ordinary ones', (t) =>
  withBroker({}, async (world) => {
    const reader = await subscribed(world, 5, 'r', ['$share/g/a', 0, '0b07'], ['a', 0, '0b08']);
    world.broker.publish({ topic: 'a', payload: 'x' });
    t.is(await reader.untilPong(), publish(5, 'a', 'x', { properties: '0b08' }) + publish(5, 'a', 'x', { properties: '0b07' }));
    reader.send(packet(0xa2, '0002', '00', text('$share/g/a')));
    await reader.takePacket();
    world.broker.publish({ topic: 'a', payload: 'x' });
    t.is(await reader.untilPong(), publish(5, 'a', 'x', { properties: '0b08' }));
  }));
