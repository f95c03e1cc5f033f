/*
 * Messages towards a client: handshakes, quota, aliases, expiry, limits, slow readers.
 * MQTT 5.0, 3.1.2.11, 3.3.2.3, 4.3, 4.4 and 4.9.
 */
import test from 'ava';
import { ManualClock } from '../../src/broker/index.js';
import type { BrokerOptions, DropReason } from '../../src/broker/index.js';
import type { Row, World } from './support.js';
import { byte, eventually, hex, long, packet, properties, publish, type RawClient, runRows, subscribe, text, withBroker, word } from './support.js';

async function reader5(world: World, list = '', options = 2, filter = 'a/#'): Promise<RawClient> {
  const client = await world.join(5, { clientId: 'r', flags: 0, properties: '11' + long(100) + list });
  client.send(subscribe(5, 1, filter, options));
  await client.takePacket();
  return client;
}

for (const version of [4, 5] as const) {
  const v = version === 4 ? '3.1.1' : '5.0';
  const close = (code: number): string => (version === 5 ? `e001${byte(code)}` : '');
  const qos1 = version === 4 ? '[MQTT-4.3.2-1]' : '[MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-4.3.2-3]';
  const qos2 = version === 4 ? '[MQTT-4.3.3-1]' : '[MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.3.3-4] [MQTT-4.3.3-5]';

  /** A reader with one message at QoS 1 (identifier 1) and one at QoS 2 (identifier 2) in flight; `send` is its next word. */
  const inFlight = (title: string, send: string, answer: string, then: 'open' | 'closed', broken?: string): void => {
    test(`${v} ${title}`, (t) =>
      withBroker({}, async (world) => {
        const reader = await world.join(version, { clientId: 'r' });
        reader.send(subscribe(version, 1, 'a', 2));
        await reader.takePacket();
        world.broker.publish({ topic: 'a', payload: '1', qos: 1 });
        world.broker.publish({ topic: 'a', payload: '2', qos: 2 });
        t.is(await reader.untilPong(), publish(version, 'a', '1', { qos: 1, id: 1 }) + publish(version, 'a', '2', { qos: 2, id: 2 }));
        reader.send(send);
        t.is(then === 'open' ? await reader.untilPong() : await reader.rest(), answer);
        t.is(world.broker.violations.at(-1)?.statement, broken === undefined ? undefined : `MQTT-${broken}`);
      }));
  };
  inFlight(`PUBACK ends QoS 1 ${qos1}`, '40020001', '', 'open');
  inFlight(`PUBREC brings PUBREL, PUBCOMP ends QoS 2 ${qos2}`, '50020002' + '70020002', '62020002', 'open');
  const qos1Statement = version === 5 ? '4.3.2-4' : '4.3.2-2';
  const qos2Statement = version === 5 ? '4.3.3-8' : '4.3.3-2';
  inFlight(`PUBACK for a QoS 2 message [MQTT-${qos1Statement}]`, '40020002', close(0x82), 'closed', qos1Statement);
  inFlight(`PUBREC for a QoS 1 message [MQTT-${qos2Statement}]`, '50020001', close(0x82), 'closed', qos2Statement);
  inFlight(`PUBCOMP for a QoS 1 message [MQTT-${qos2Statement}]`, '70020001', close(0x82), 'closed', qos2Statement);
  inFlight(`PUBCOMP before PUBREC [MQTT-${qos2Statement}]`, '70020002', close(0x82), 'closed', qos2Statement);
  inFlight(`a second PUBREC is answered again ${version === 5 ? '[MQTT-4.3.3-4]' : '[MQTT-4.3.3-1]'}`, '50020002' + '50020002', '62020002' + '62020002', 'open');
  inFlight(`PUBACK after PUBREC [MQTT-${qos1Statement}]`, '50020002' + '40020002', '62020002' + close(0x82), 'closed', qos1Statement);

  test(`${v} packet identifiers are not used twice at a time and never 0 [MQTT-${version === 4 ? '2.3.1-4' : '2.2.1-4'}]`, (t) =>
    withBroker({ inflightMessagesMax: 3 }, async (world) => {
      const reader = await world.join(version, { clientId: 'r' });
      reader.send(subscribe(version, 1, 'a', 1));
      await reader.takePacket();
      // Identifier 1 stays unacknowledged while all others go round once.
      const used = new Set<number>();
      world.broker.publish({ topic: 'a', qos: 1 });
      t.is((await reader.takePacket()).slice(10, 14), '0001');
      for (let i = 0; i < 65_540; i += 2) {
        world.broker.publish({ topic: 'a', qos: 1 });
        world.broker.publish({ topic: 'a', qos: 1 });
        const ids = [(await reader.takePacket()).slice(10, 14), (await reader.takePacket()).slice(10, 14)];
        for (const id of ids) used.add(parseInt(id, 16));
        reader.send(ids.map((id) => '4002' + id).join(''));
      }
      t.is(used.size, 65_534);
      t.false(used.has(0) || used.has(1));
    }));
}

for (const code of [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]) {
  test(`5.0 PUBACK and PUBREC with 0x${byte(code)} end the message [MQTT-4.4.0-2]`, (t) =>
    withBroker({}, async (world) => {
      const reader = await reader5(world);
      world.broker.publish({ topic: 'a', qos: 1 });
      world.broker.publish({ topic: 'a', qos: 2 });
      await reader.untilPong();
      reader.send(`40030001${byte(code)}` + `50030002${byte(code)}`);
      t.is(await reader.untilPong(), '');
      t.is(world.broker.session('r')?.inflightMessages, 0);
    }));
}

test('5.0 no more unacknowledged messages than the client\'s Receive Maximum, other packets pass [MQTT-3.3.4-9] [MQTT-3.3.4-10] [MQTT-4.9.0-1] [MQTT-4.9.0-2] [MQTT-4.9.0-3]', (t) =>
  withBroker({}, async (world) => {
    const reader = await reader5(world, '21' + word(2));
    for (const [i, qos] of ([1, 2, 1, 2, 0] as const).entries()) world.broker.publish({ topic: 'a', payload: `${i + 1}`, qos });
    const at = (n: number, qos: number): string => publish(5, 'a', `${n}`, { qos, id: n });
    t.is(await reader.untilPong(), at(1, 1) + at(2, 2) + at(5, 0));
    reader.send('40020001');
    t.is(await reader.untilPong(), at(3, 1));
    // PUBREC does not free quota, PUBCOMP does.
    reader.send('50020002');
    t.is(await reader.untilPong(), '62020002');
    reader.send('70020002');
    t.is(await reader.untilPong(), at(4, 2));
  }));

test('5.0 a resumed session keeps within a smaller Receive Maximum [MQTT-3.3.4-9] [MQTT-4.4.0-1]', (t) =>
  withBroker({}, async (world) => {
    const first = await reader5(world);
    for (let i = 1; i <= 3; i++) world.broker.publish({ topic: 'a', payload: `${i}`, qos: 1 });
    await first.untilPong();
    first.destroy();
    const second = await world.join(5, { clientId: 'r', flags: 0, properties: '21' + word(1) });
    world.broker.publish({ topic: 'a', payload: '4', qos: 1 });
    for (let i = 1; i <= 4; i++) {
      t.is(await second.untilPong(), publish(5, 'a', `${i}`, { qos: 1, id: i, dup: i < 4 }));
      second.send('4002' + word(i));
    }
    t.is(await second.untilPong(), '');
  }));

test('5.0 nothing larger than the client\'s Maximum Packet Size is sent; it counts as delivered [MQTT-3.1.2-24] [MQTT-3.1.2-25]', (t) =>
  withBroker({}, async (world) => {
    const dropped: DropReason[] = [];
    world.broker.on('messageDropped', (_message, reason) => dropped.push(reason));
    const fits = publish(5, 'a', 'x'.repeat(20), { qos: 1, id: 1 });
    const reader = await reader5(world, '27' + long(fits.length / 2));
    world.broker.publish({ topic: 'a', payload: 'x'.repeat(20), qos: 1 });
    for (const qos of [0, 1, 2] as const) world.broker.publish({ topic: 'a', payload: 'x'.repeat(23), qos });
    t.is(await reader.untilPong(), fits);
    t.deepEqual(dropped, ['too large', 'too large', 'too large']);
    t.is(world.broker.session('r')?.inflightMessages, 1);
  }));

test('5.0 the broker uses aliases as far as the client allows, and no further [MQTT-3.1.2-26] [MQTT-3.3.2-11]', (t) =>
  withBroker({}, async (world) => {
    const reader = await reader5(world, '22' + word(2), 1);
    for (const topic of ['a/1', 'a/2', 'a/3', 'a/1', 'a/2', 'a/3']) world.broker.publish({ topic, payload: 'x' });
    world.broker.publish({ topic: 'a/2', payload: 'y', qos: 1 });
    const alias = (n: number): string => '23' + word(n);
    t.is(
      await reader.untilPong(),
      publish(5, 'a/1', 'x', { properties: alias(1) }) + publish(5, 'a/2', 'x', { properties: alias(2) }) + publish(5, 'a/3', 'x') +
        publish(5, '', 'x', { properties: alias(1) }) + publish(5, '', 'x', { properties: alias(2) }) + publish(5, 'a/3', 'x') +
        publish(5, '', 'y', { qos: 1, id: 1, properties: alias(2) }),
    );
    reader.destroy();
    // Mappings end with the connection, also for what is sent again. [MQTT-3.3.2-7]
    const again = await world.join(5, { clientId: 'r', flags: 0, properties: '22' + word(1) });
    t.is(await again.untilPong(), publish(5, 'a/2', 'y', { qos: 1, id: 1, dup: true, properties: alias(1) }));
  }));

test('5.0 without the client\'s leave no alias is used [MQTT-3.1.2-27]', (t) =>
  withBroker({}, async (world) => {
    const reader = await reader5(world);
    for (let i = 0; i < 2; i++) world.broker.publish({ topic: 'a', payload: 'x' });
    t.is(await reader.untilPong(), publish(5, 'a', 'x').repeat(2));
  }));

test('5.0 an alias is not set by a message that is too large to send [MQTT-3.1.2-24] [MQTT-3.1.2-26]', (t) =>
  withBroker({}, async (world) => {
    const limit = publish(5, 'a/1', 'x'.repeat(20)).length / 2;
    const reader = await reader5(world, '22' + word(9) + '27' + long(limit));
    world.broker.publish({ topic: 'a/1', payload: 'x'.repeat(21) });
    world.broker.publish({ topic: 'a/1', payload: 'x'.repeat(20) });
    world.broker.publish({ topic: 'a/1', payload: 'x' });
    world.broker.publish({ topic: 'a/1', payload: 'y'.repeat(20) });
    t.is(
      await reader.untilPong(),
      publish(5, 'a/1', 'x'.repeat(20)) + publish(5, 'a/1', 'x', { properties: '230001' }) + publish(5, '', 'y'.repeat(20), { properties: '230001' }),
    );
  }));

test('5.0 a client\'s aliases can be set anew and end with its connection [MQTT-3.3.2-7] [MQTT-3.3.2-12]', (t) =>
  withBroker({}, async (world) => {
    const reader = await reader5(world);
    const writer = await world.join(5, { clientId: 'w' });
    const alias = { properties: '230001' };
    writer.send(publish(5, 'a/1', '1', alias) + publish(5, '', '2', alias) + publish(5, 'a/2', '3', alias) + publish(5, '', '4', alias));
    t.is(await reader.take(4 * (publish(5, 'a/1', '1').length / 2)), publish(5, 'a/1', '1') + publish(5, 'a/1', '2') + publish(5, 'a/2', '3') + publish(5, 'a/2', '4'));
    writer.destroy();
    const again = await world.join(5, { clientId: 'w' });
    again.send(publish(5, '', '5', alias));
    t.is(await again.rest(), 'e00182');
  }));

test('5.0 a queued message goes when its expiry runs out; others say how much is left [MQTT-3.3.2-5] [MQTT-3.3.2-6]', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    await (await reader5(world)).end();
    for (const seconds of [5, 10, undefined]) world.broker.publish({ topic: 'a', payload: `${seconds}`, qos: 1, messageExpirySeconds: seconds });
    clock.advance(5_000);
    const back = await world.join(5, { clientId: 'r', flags: 0, properties: '11' + long(100) });
    t.is(await back.untilPong(), publish(5, 'a', '10', { qos: 1, id: 1, properties: '02' + long(5) }) + publish(5, 'a', 'undefined', { qos: 1, id: 2 }));
    t.is(world.broker.stats.droppedExpired, 1);
  });
});

test('5.0 a message whose sending has begun is finished even if it expires [MQTT-4.3.3-7] [MQTT-4.3.3-13]', async (t) => {
  const clock = new ManualClock();
  await withBroker({ clock }, async (world) => {
    const reader = await reader5(world);
    world.broker.publish({ topic: 'a', payload: 'x', qos: 2, messageExpirySeconds: 5 });
    t.is(await reader.takePacket(), publish(5, 'a', 'x', { qos: 2, id: 1, properties: '02' + long(5) }));
    reader.destroy();
    clock.advance(50_000);
    const back = await world.join(5, { clientId: 'r', flags: 0, properties: '11' + long(100) });
    t.is(await back.takePacket(), publish(5, 'a', 'x', { qos: 2, id: 1, dup: true, properties: '02' + long(1) }));
    back.send('50020001' + '70020001');
    t.is(await back.untilPong(), '62020001');
  });
});

for (const [what, options, expected] of [
  ['messages', { sessionQueueMessagesMax: 3 }, 3],
  ['bytes', { sessionQueueBytesMax: 1024 }, 10],
] as [string, BrokerOptions, number][]) {
  test(`a session's queue is bounded in ${what}, and what does not fit is counted`, (t) =>
    withBroker(options, async (world) => {
      const drops: DropReason[] = [];
      world.broker.on('messageDropped', (_message, reason) => drops.push(reason));
      await (await reader5(world)).end();
      for (let i = 0; i < 20; i++) world.broker.publish({ topic: 'a', payload: 'x'.repeat(100), qos: 1 });
      t.is(world.broker.session('r')?.queuedMessages, expected);
      t.is(drops.length, 20 - expected);
      t.is(world.broker.stats.droppedQueueFull, 20 - expected);
    }));
}

test('a reader that stands still holds no more than the limit, loses no QoS 1 message, and slows nobody', (t) =>
  withBroker({ outputBytesMax: 65_536, sessionQueueMessagesMax: 100_000, sessionQueueBytesMax: 1 << 30 }, async (world) => {
    const slow = await world.join(4, { clientId: 'slow' });
    slow.send(subscribe(4, 1, 'a/#', 1));
    await slow.takePacket();
    const quick = await world.join(4, { clientId: 'quick' });
    quick.send(subscribe(4, 1, 'a/#', 0));
    await quick.takePacket();
    slow.pauseReading();
    const payload = 'x'.repeat(10_000);
    const count = 3000;
    for (let i = 0; i < count; i++) {
      world.broker.publish({ topic: 'a/0', payload, qos: 0 });
      if (i % 2 === 0) world.broker.publish({ topic: 'a/1', payload, qos: 1 });
      if (i % 5 === 4) await quick.untilPong();
    }
    t.true(world.broker.stats.droppedOutputFull > 0, 'the slow reader missed QoS 0 messages');
    t.is(world.broker.stats.messagesOut + world.broker.stats.droppedOutputFull + (world.broker.session('slow')?.queuedMessages ?? 0), count * 3);
    slow.resumeReading();
    let missing = count / 2;
    while (missing > 0) {
      const packet = await slow.takePacket();
      if (packet.startsWith('32')) {
        slow.send('4002' + packet.slice(16, 20));
        missing--;
      }
    }
    t.is(await slow.untilPong(), '');
    t.is(world.broker.session('slow')?.inflightMessages, 0);
  }));

// --- what a client may send at most ---

const maximum: BrokerOptions = { maximumPacketSize: 40, receiveMaximum: 2, topicAliasMaximum: 0, maximumQoS: 1, retainAvailable: false };
const sized = (bytes: number): string => publish(5, 'a', 'x'.repeat(bytes - 6));
const limitRows: Row[] = [
  { title: 'a packet of the maximum size is taken', send: sized(40), answer: '', then: 'open' },
  { title: 'a packet a byte larger is not [MQTT-3.2.2-15]', send: sized(41), answer: 'e00195', then: 'closed', broken: '3.2.2-15' },
  { title: 'a length beyond the maximum is refused before its body comes [MQTT-3.2.2-15]', send: '30ffffff7f', answer: 'e00195', then: 'closed', broken: '3.2.2-15' },
  { title: 'a CONNECT beyond the maximum is closed', before: '', send: '10ff01', answer: '', then: 'closed', broken: '3.2.2-15' },
  { title: 'QoS above the maximum [MQTT-3.2.2-11]', send: publish(5, 'a', 'x', { qos: 2 }), answer: 'e0019b', then: 'closed', broken: '3.2.2-11' },
  { title: 'QoS at the maximum', send: publish(5, 'a', 'x', { qos: 1 }), answer: '4003000110', then: 'open' },
  { title: 'a subscription may ask for more than the maximum QoS [MQTT-3.2.2-10]', send: subscribe(5, 1, 'q', 2), answer: '900400010002', then: 'open' },
  { title: 'RETAIN where it is not available [MQTT-3.2.2-14]', send: publish(5, 'a', 'x', { retain: true }), answer: 'e0019a', then: 'closed', broken: '3.2.2-14' },
  { title: 'an alias where none is allowed [MQTT-3.3.2-9]', send: publish(5, 'a', 'x', { properties: '230001' }), answer: 'e00194', then: 'closed', broken: '3.3.2-9' },
  { title: 'a will above the maximum QoS [MQTT-3.2.2-12]', before: '', send: packet(0x10, text('MQTT'), '0516', word(0), '00', text('c'), '00', text('w'), text('')), answer: '2003009b00', then: 'closed' },
  { title: 'a retained will where RETAIN is not available [MQTT-3.2.2-13]', before: '', send: packet(0x10, text('MQTT'), '0526', word(0), '00', text('c'), '00', text('w'), text('')), answer: '2003009a00', then: 'closed' },
  { title: 'CONNACK announces the limits [MQTT-3.2.2-9]', before: '', send: packet(0x10, text('MQTT'), '0502', word(0), '00', text('c')), answer: packet(0x20, '0000', properties('21' + word(2), '2401', '2500', '27' + long(40))), then: 'open' },
];
runRows(test, 5, limitRows, maximum);

test('5.0 more unfinished publishes than Receive Maximum [MQTT-3.3.4-7]', (t) =>
  withBroker({ receiveMaximum: 2 }, async (world) => {
    const writer = await world.join(5, { clientId: 'w' });
    const two = publish(5, 'a', '', { qos: 2, id: 1 }) + publish(5, 'a', '', { qos: 2, id: 2 });
    writer.send(two + publish(5, 'a', '', { qos: 2, id: 1, dup: true }));
    t.is(await writer.untilPong(), '5003000110' + '5003000210' + '50020001', 'a repeat takes no quota');
    writer.send('62020001' + publish(5, 'a', '', { qos: 1, id: 3 }));
    t.is(await writer.untilPong(), '70020001' + '4003000310', 'PUBREL gives quota back');
    writer.send(publish(5, 'a', '', { qos: 2, id: 4 }) + publish(5, 'a', '', { qos: 1, id: 5 }));
    t.is(await writer.rest(), '5003000410' + 'e00193');
    t.is(world.broker.violations.at(-1)?.statement, 'MQTT-3.3.4-7');
  }));

test('5.0 an answer larger than the client takes ends the connection [MQTT-3.1.2-24] [MQTT-4.13.2-1]', (t) =>
  withBroker({}, async (world) => {
    const client = await world.join(5, { clientId: 'c', properties: '27' + long(20) });
    const filters = (text('f') + '00').repeat(16);
    client.send(packet(0x82, '0001', '00', filters.slice(0, -8)));
    t.is(await client.takePacket(), packet(0x90, '0001', '00', '00'.repeat(15)));
    client.send(packet(0x82, '0001', '00', filters));
    t.is(await client.rest(), 'e00195');
  }));

test('events tell of messages in and out', (t) =>
  withBroker({}, async (world) => {
    const seen: string[] = [];
    world.broker.on('messageIn', (message) => seen.push(`in ${message.clientId} ${message.topic} ${hex(Buffer.from(message.payload).toString())} ${message.qos}`));
    world.broker.on('messageOut', (message) => seen.push(`out ${message.clientId} ${message.topic} ${message.qos}`));
    const reader = await reader5(world, '', 1);
    const writer = await world.join(5, { clientId: 'w' });
    writer.send(publish(5, 'a', 'x', { qos: 2, id: 1 }));
    await eventually(world.broker, 'messageIn', () => seen.length > 0);
    await reader.takePacket();
    t.deepEqual(seen, ['in w a 78 2', 'out r a 1']);
  }));
