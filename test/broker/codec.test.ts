/*
 * The codec against another one (mqtt-packet), against every split of a stream, and against noise.
 * MQTT 5.0, 2.1; MQTT 3.1.1, 2.2.
 */
import test from 'ava';
import fc from 'fast-check';
import type { IPublishPacket, Packet, Parser } from 'mqtt-packet';
import mqttPacket from 'mqtt-packet';
import { encodePublish } from '../../src/broker/encode.js';
import { decodePublish } from '../../src/broker/decode.js';
import { createMessage } from '../../src/broker/message.js';
import { PacketReader } from '../../src/broker/packet-reader.js';
import { connectOf, createTestBroker, hex, packet, properties, publish, RawClient, subscribe, text, withBroker, word } from './support.js';
import { until } from '../until.js';

const topicName = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((topic) => !/[+#\0]/.test(topic));

function bodyOf(bytes: Buffer): number {
  let at = 1;
  while (bytes[at] >= 128) at++;
  return at + 1;
}

test('a PUBLISH written by mqtt-packet reads the same here, and written again here reads the same there', (t) => {
  const reader = new PacketReader();
  fc.assert(
    fc.property(
      topicName,
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(0, 1, 2),
      fc.boolean(),
      fc.integer({ min: 1, max: 65_535 }),
      fc.constantFrom(4, 5),
      fc.record({ contentType: fc.constantFrom('a', 'text/plain'), correlationData: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)), payloadFormatIndicator: fc.boolean() }, { requiredKeys: [] }),
      (topic, payload, qos, retain, messageId, version, given) => {
        const written: IPublishPacket = { cmd: 'publish', topic, payload: Buffer.from(payload), qos: qos, dup: false, retain, messageId, properties: given };
        const bytes = mqttPacket.generate(written, { protocolVersion: version });
        reader.open(bytes, bodyOf(bytes), bytes.length, version);
        const read = decodePublish(reader, bytes[0] & 15);
        if (read.topic !== topic || Buffer.compare(read.payload, payload) !== 0 || read.qos !== qos || read.retain !== retain) return false;
        if (qos > 0 && read.packetId !== messageId) return false;
        const message = createMessage(topic, read.payload, read.qos, retain, read.properties.forwarded, Infinity, '');
        const again = encodePublish(message, {
          version: version, qos: read.qos, retain, duplicate: false, packetId: messageId, subscriptionIds: [], topicAlias: 0, topicLeftOut: false, expirySeconds: undefined,
        });
        return Buffer.compare(again, bytes) === 0;
      },
    ),
    { seed: 20_261_122, numRuns: 2000 },
  );
  t.pass('seed 20261122');
});

test('what the broker sends is read without error by mqtt-packet', (t) =>
  withBroker({ serverKeepAliveSeconds: 60 }, async (world) => {
    for (const version of [4, 5] as const) {
      const client = await world.open();
      const parser: Parser = mqttPacket.parser({ protocolVersion: version });
      const packets: Packet[] = [];
      parser.on('packet', (read) => packets.push(read));
      const errors: Error[] = [];
      parser.on('error', (error: Error) => errors.push(error));
      client.send(connectOf(version, { clientId: version === 5 ? '' : 'c', ...(version === 5 ? { properties: '22' + word(4) } : {}) }));
      client.send(subscribe(version, 1, '#', 2, version === 5 ? '0bc801' : ''));
      for (const qos of [0, 1, 2]) client.send(publish(version, 'a/b', 'x', { qos, id: 2 + qos, ...(version === 5 ? { properties: '02' + '00000009' + '26' + text('k') + text('v') } : {}) }));
      client.send(packet(0xa2, '0009', version === 5 ? '00' : '', text('#'), text('no')));
      parser.parse(Buffer.from(await client.untilPong(), 'hex'));
      t.deepEqual(errors, []);
      t.deepEqual(packets.map((read) => read.cmd), ['connack', 'suback', 'publish', 'publish', 'puback', 'publish', 'pubrec', 'unsuback']);
      const first = packets[2] as IPublishPacket;
      if (version === 5) t.deepEqual({ ...first.properties!.userProperties }, { k: 'v' });
      t.is(first.topic, 'a/b');
    }
  }));

/** A whole conversation whose answer does not depend on how it is cut. */
function conversation(version: 4 | 5): string {
  const list = version === 5 ? { properties: '0101' + '26' + text('k') + text('v') } : {};
  return (
    connectOf(version) + subscribe(version, 1, 'a/+', 1) + publish(version, 'a/b', 'x'.repeat(150), { qos: 1, id: 2, ...list }) + publish(version, 'n', 'y', { qos: 2, id: 3 }) +
    '62020003' + '40020001' + packet(0xa2, '0004', version === 5 ? properties() : '', text('a/+')) + 'c000' + 'e000'
  );
}

for (const version of [4, 5] as const) {
  test(`${version === 4 ? '3.1.1' : '5.0'} the same answer at every split of the stream into two, and byte by byte`, (t) =>
    withBroker({}, async (world) => {
      const bytes = conversation(version);
      const whole = await world.open();
      whole.send(bytes);
      const expected = await whole.rest();
      t.true(expected.endsWith('d000'));
      for (let cut = 2; cut <= bytes.length; cut += 2) {
        const client = await world.open();
        const before = world.broker.stats.bytesIn;
        client.send(bytes.slice(0, cut));
        await until(() => world.broker.stats.bytesIn >= before + cut / 2);
        if (cut < bytes.length) client.send(bytes.slice(cut));
        t.is(await client.rest(), expected, `cut at ${cut / 2}`);
      }
      const dripping = await world.open();
      for (let at = 0; at < bytes.length; at += 2) {
        const before = world.broker.stats.bytesIn;
        dripping.send(bytes.slice(at, at + 2));
        await until(() => world.broker.stats.bytesIn !== before);
      }
      t.is(await dripping.rest(), expected);
      t.is(world.broker.stats.violations, 0);
    }));

  test(`${version === 4 ? '3.1.1' : '5.0'} mutated conversations never end the broker, and a good client is served after them`, async (t) => {
    const seed = 20_261_122 + version;
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return Math.floor((state / 0x80000000) * below);
    };
    const broker = createTestBroker({ violationsMax: 10 });
    t.teardown(() => broker.close());
    const { port } = await broker.listen();
    const original = Buffer.from(conversation(version), 'hex');
    for (let run = 0; run < 1500; run++) {
      const mutated = Buffer.from(original);
      const count = 1 + random(3);
      // The CONNECT is mostly left alone, so that the packets behind it are reached.
      const from = random(10) === 0 ? 0 : connectOf(version).length / 2;
      for (let i = 0; i < count; i++) mutated[from + random(mutated.length - from)] = random(256);
      const client = await RawClient.open(port);
      client.send(mutated.toString('hex'));
      await client.end();
    }
    const good = await RawClient.open(port);
    good.send(conversation(version));
    const answer = await good.rest();
    t.true(answer.endsWith('d000'), `seed ${seed}: ${answer}`);
    t.true(broker.stats.violations > 200, `${broker.stats.violations} violations`);
    await broker.close();
    t.is(broker.stats.connectionsOpen, 0);
  });
}

test('a large packet is gathered from many chunks', (t) =>
  withBroker({}, async (world) => {
    const reader = await world.join(5, { clientId: 'r' });
    reader.send(subscribe(5, 1, 'big', 1));
    await reader.takePacket();
    const writer = await world.join(5, { clientId: 'w' });
    const body = 'x'.repeat(3_000_000);
    writer.send(publish(5, 'big', body, { qos: 1, id: 9 }));
    t.is(await writer.takePacket(), '40020009');
    t.is(await reader.takePacket(), publish(5, 'big', body, { qos: 1, id: 1 }));
    t.is(hex('x'), '78');
  }));
