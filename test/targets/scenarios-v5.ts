/**
 * What targets with the profile `full` show and take of MQTT 5.0, and streams to the server: a table beside scenarios.ts, for actors that speak 5.0 and
 * know the commands of README.md's second table. Must not know platforms.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { PacketProperties } from '../../targets/node/index.js';
import { pause } from '../interop/place.js';
import type { Random } from '../unit/random.js';
import { type Actor, hexOf, textOf } from './actor.js';
import type { TargetScenario } from './scenarios.js';
import { ScriptedServer } from './scripted-server.js';
import { heard, type Stage } from './stage.js';

/** Properties as actors write them: `name=#number`, `name=hex`, `userProperty=hex:hex`, in the order of the packet. */
function words(list: readonly (readonly [name: string, value: number | string | readonly [string, string]])[]): string {
  return list.map(([name, value]) => `${name}=${typeof value === 'number' ? `#${value}` : typeof value === 'string' ? hexOf(value) : value.map(hexOf).join(':')}`).join(',') || '-';
}

async function shown(actor: Actor): Promise<string> {
  return (await actor.next('properties')).words[0];
}

/** The list without its expiry, which counts down on the way, and with the number of seconds. */
function withoutExpiry(list: string): readonly [list: string, seconds: number] {
  const found = /messageExpiryInterval=#(\d+),?/.exec(list);
  return found === null ? [list, -1] : [list.replace(found[0], ''), Number(found[1])];
}

const sorted = (list: string): string => list.split(',').sort().join(',');

async function showsProperties(stage: Stage): Promise<void> {
  const peer = await stage.peer('sender', { protocolVersion: 5 });
  const actor = await stage.device();
  actor.say('properties', 1);
  await actor.subscribed(stage.topic('in'), 1);
  const properties: PacketProperties = {
    payloadFormatIndicator: true, contentType: 'text/plain', responseTopic: 'an/answer', correlationData: Buffer.from([0, 255, 7]),
    userProperties: [['unit', 'C'], ['unit', '°F'], ['größe', '']],
  };
  await peer.client.publish(stage.topic('in'), 'all', { qos: 1, expiryS: 600, properties });
  const [list, seconds] = withoutExpiry(await shown(actor));
  assert.ok(seconds > 500 && seconds <= 600, `expiry ${seconds}`);
  assert.equal(sorted(list), sorted(words([
    ['payloadFormatIndicator', 1], ['contentType', 'text/plain'], ['responseTopic', 'an/answer'], ['userProperty', ['unit', 'C']],
    ['userProperty', ['unit', '°F']], ['userProperty', ['größe', '']], ['subscriptionIdentifier', 1],
  ]) + ',correlationData=00ff07'));
  assert.ok(list.indexOf(hexOf('C')) < list.indexOf(hexOf('°F')), 'user properties keep their order [MQTT-3.3.2-18]');
  assert.equal((await heard(actor)).text, 'all');
  await peer.client.publish(stage.topic('in'), 'none', { qos: 1 });
  assert.equal(await shown(actor), 'subscriptionIdentifier=#1', 'what the message before had is gone');
}

/** Also where the payload comes in parts, and an answer with properties goes out in between. */
async function showsPropertiesOfParts(stage: Stage): Promise<void> {
  const peer = await stage.peer('sender', { protocolVersion: 5, buffers: { outboxBytes: 8192 } });
  const watcher = await stage.peer('watcher', { protocolVersion: 5 });
  await watcher.client.subscribe(stage.topic('answer'), { qos: 1 });
  const actor = await stage.device();
  actor.say('answer', 1);
  await actor.subscribed(stage.topic('in'), 1);
  await peer.client.publish(stage.topic('in'), Buffer.alloc(3000, 'abcdefg'), { qos: 1, properties: { responseTopic: stage.topic('answer'), correlationData: Buffer.from([0, 200]) } });
  // The actor answers to the first part and to the last, each time to what the properties say then.
  assert.ok(await watcher.has(2), `${watcher.seen.length} answers`);
  for (const { properties } of watcher.seen) assert.deepEqual([...properties.correlationData!], [0, 200]);
}

async function answers(stage: Stage): Promise<void> {
  const peer = await stage.peer('asker', { protocolVersion: 5 });
  await peer.client.subscribe(stage.topic('answer/#'), { qos: 1 });
  const actor = await stage.device();
  actor.say('answer', 1);
  await actor.subscribed(stage.topic('question'), 1);
  for (let n = 0; n < 5; n++) {
    await peer.client.publish(stage.topic('question'), `number ${n}`, { qos: 1, properties: { responseTopic: stage.topic(`answer/${n}`), correlationData: Buffer.from([n, 255 - n]) } });
  }
  assert.ok(await peer.has(5));
  assert.deepEqual(peer.seen.map(({ topic, text, properties }) => [topic, text, ...properties.correlationData!]),
    Array.from({ length: 5 }, (_, n) => [stage.topic(`answer/${n}`), `number ${n}`, n, 255 - n]));
}

async function publishesProperties(stage: Stage): Promise<void> {
  const peer = await stage.peer('watcher', { protocolVersion: 5 });
  await peer.client.subscribe(stage.topic('out'), { qos: 2 });
  const actor = await stage.device();
  const list = words([
    ['payloadFormatIndicator', 1], ['messageExpiryInterval', 600], ['contentType', 'application/json'], ['responseTopic', 'a/b'],
    ['correlationData', 'ïd'], ['userProperty', ['unit', 'C']], ['userProperty', ['unit', '']],
  ]);
  for (const qos of stage.everyQos) {
    actor.say('publish', hexOf(stage.topic('out')), hexOf(`{"qos":${qos}}`), qos, 0, list);
    await actor.next('published');
  }
  // A list may be used up, and the next publish has none.
  actor.publish(stage.topic('out'), 'plain', 1);
  assert.ok(await peer.has(4));
  for (const message of peer.seen.slice(0, 3)) {
    const { messageExpiryInterval, correlationData, ...rest } = message.properties;
    assert.ok(messageExpiryInterval! > 500 && messageExpiryInterval! <= 600);
    assert.equal(Buffer.from(correlationData!).toString(), 'ïd');
    assert.deepEqual({ ...rest, subscriptionIdentifier: undefined }, {
      payloadFormatIndicator: true, contentType: 'application/json', responseTopic: 'a/b', userProperties: [['unit', 'C'], ['unit', '']], subscriptionIdentifier: undefined,
    });
  }
  assert.equal(peer.seen[3].properties.contentType, undefined);
}

/** Byte `n` of a stream's payload, as actors make it. */
function streamed(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, n) => (n * 7 + (n >>> 8)) & 255));
}

const accepted = Buffer.from('2003000000', 'hex');

const largeBuffers = { receiveBytes: 40_000 };

/** Several times the outbox of 2,048 bytes, at every QoS, and other messages behind it. */
async function streamsOut(stage: Stage): Promise<void> {
  const peer = await stage.peer('watcher', { protocolVersion: 5, buffers: largeBuffers });
  await peer.client.subscribe(stage.topic('#'), { qos: 2 });
  const actor = await stage.device();
  for (const qos of stage.everyQos) {
    actor.say('stream', hexOf(stage.topic('large')), 30_000 + qos, qos, -1, words([['contentType', 'image']]));
    // What is published meanwhile follows: a packet that has begun is finished first.
    actor.publish(stage.topic('small'), `after ${qos}`, 1);
    assert.ok(await peer.has(2 * qos + 2), `QoS ${qos}: ${peer.seen.length} messages`);
    // At QoS 2 a server may hand on what came later first: the message is its own with PUBREL.
    const [large, small] = peer.seen.slice(2 * qos).sort((a, b) => b.payload.length - a.payload.length);
    assert.ok(large.payload.equals(streamed(30_000 + qos)), `QoS ${qos}: ${large.payload.length} bytes`);
    assert.deepEqual([large.qos, large.properties.contentType, small.text], [qos, 'image', `after ${qos}`]);
    const ends = [textOf((await actor.next('published')).words[0])];
    if (qos > 0) ends.push(textOf((await actor.next('published')).words[0]));
    assert.deepEqual(ends.sort(), (qos > 0 ? ['large', 'small'] : ['small']).map((name) => stage.topic(name)));
  }
}

/** QoS 1 and 2 begin again on the next connection, from offset 0, and arrive once; QoS 0 is given up. */
async function streamIsCut(stage: Stage, random: Random): Promise<void> {
  const peer = await stage.peer('watcher', { protocolVersion: 5, buffers: largeBuffers });
  await peer.client.subscribe(stage.topic('large'), { qos: 2 });
  const actor = await stage.device({ clean: false });
  for (const qos of stage.everyQos) {
    const heldAt = 1 + random.below(19_999);
    actor.say('stream', hexOf(stage.topic('large')), 20_000, qos, heldAt);
    await actor.next('held');
    stage.line.cut();
    await actor.next('lost');
    if (qos === 0) {
      await actor.next('dropped');
      await actor.next('connected');
      continue;
    }
    // The actor holds once only.
    await actor.next('published');
    assert.equal(actor.untaken('dropped').length, 0);
    assert.ok(await peer.has(qos));
    assert.ok(peer.seen[qos - 1].payload.equals(streamed(20_000)), `QoS ${qos}, held at ${heldAt}`);
  }
  assert.equal(peer.seen.length, 2, 'a stream came twice, or one that was given up');
}

/** A packet that has begun cannot be taken back: the connection ends, and nobody receives half a message. */
async function streamIsAbandoned(stage: Stage): Promise<void> {
  const peer = await stage.peer('watcher', { protocolVersion: 5, buffers: largeBuffers });
  await peer.client.subscribe(stage.topic('#'), { qos: 2 });
  const actor = await stage.device();
  for (const qos of stage.everyQos) {
    actor.say('stream', hexOf(stage.topic('large')), 20_000, qos, 7_000);
    await actor.next('held');
    actor.say('abandon');
    assert.equal(textOf((await actor.next('dropped')).words[0]), qos === 0 ? '' : stage.topic('large'));
    await actor.next('disconnected', 'lost');
    await actor.next('connected');
    actor.publish(stage.topic('small'), `after ${qos}`, 1);
    assert.equal(textOf((await actor.next('published')).words[0]), stage.topic('small'));
  }
  assert.ok(await peer.has(stage.everyQos.length));
  assert.deepEqual(peer.texts(), stage.everyQos.map((qos) => `after ${qos}`));
}

/** A link that takes no more: no more is asked for, and all of it arrives when the link goes on. */
async function streamIsHeldBack(stage: Stage): Promise<void> {
  const total = 8_000_000;
  const taken: number[] = [];
  const sockets: Socket[] = [];
  const server = await ScriptedServer.open((first, packet, socket) => {
    if (first >>> 4 === 3) taken.push(packet.length);
    if (first >>> 4 !== 1) return;
    socket.write(accepted);
    socket.pause();
    sockets.push(socket);
  });
  try {
    const actor = await stage.actor();
    await actor.connected({ port: server.port, clientId: stage.clientId });
    actor.say('stream', hexOf('a'), total, 0, -1);
    const asked = [-2, -1];
    while (asked[0] !== asked[1]) {
      await pause(150);
      actor.say('offset');
      asked.splice(0, 1);
      asked.push(Number((await actor.next('offset')).words[0]));
    }
    assert.ok(asked[0] > 0 && asked[0] < total, `${asked[0]} bytes were asked for although nobody reads`);
    sockets[0].resume();
    while (taken.length === 0) {
      await pause(20);
      assert.deepEqual(actor.untaken('lost'), []);
    }
    // First byte, Remaining Length, topic, no properties.
    assert.deepEqual(taken, [1 + 4 + 3 + 1 + total]);
  } finally {
    await server.close();
  }
}

/** A packet of `first` with `body` behind its length, below 128. */
function packetOf(first: number, ...body: readonly number[]): Buffer {
  return Buffer.of(first, body.length, ...body);
}

/** The reason string with a text. */
function reasonString(text: string): number[] {
  const bytes = [...Buffer.from(text)];
  return [bytes.length + 3, 0x1f, 0, bytes.length, ...bytes];
}

/** Codes and texts of what a server refuses, or leaves for. */
async function tellsReasons(stage: Stage): Promise<void> {
  const server = await ScriptedServer.open((first, packet, socket, number) => {
    const type = first >>> 4;
    if (type === 1) socket.write(number === 0 ? packetOf(0x20, 0, 0x97, ...reasonString('full up')) : accepted);
    else if (type === 8) socket.write(packetOf(0x90, packet[2], packet[3], ...reasonString('no such room'), 0x87));
    // A topic of one character stands before the identifier.
    else if (type === 3 && packet[4] === 0x61) socket.write(packetOf(0x40, packet[5], packet[6], 0x99, ...reasonString('no text')));
    else if (type === 3) socket.write(packetOf(0xe0, 0x8b, ...reasonString('good night')));
  });
  try {
    const actor = await stage.actor();
    actor.say('properties', 1);
    actor.connect({ port: server.port, clientId: stage.clientId });
    const why = async (kind: string): Promise<string[]> => {
      const [code] = (await actor.next(kind)).words.slice(-1);
      return [code, textOf((await actor.next('why')).words[0])];
    };
    assert.deepEqual(await why('refused'), ['151', 'full up']);
    await actor.next('connected');
    actor.say('subscribe', hexOf('room'), 0);
    assert.deepEqual(await why('subscribed'), ['135', 'no such room']);
    actor.publish('a', 'x', 1);
    assert.deepEqual(await why('dropped'), ['153', 'no text']);
    actor.publish('b', 'x', 1);
    assert.deepEqual(await why('lost'), ['139', 'good night']);
  } finally {
    await server.close();
  }
}

export const scenariosOfV5: readonly TargetScenario[] = [
  { title: 'shows the properties of messages', run: showsProperties },
  { title: 'shows the properties of a message in parts', run: showsPropertiesOfParts },
  { title: 'answers where the properties of a request say', run: answers },
  { title: 'publishes with properties', run: publishesProperties },
  { title: 'streams a payload larger than its outbox', run: streamsOut },
  { title: 'a stream that is cut begins again', qosMin: 1, run: streamIsCut },
  { title: 'a stream that is given up ends the connection, and is no message', run: streamIsAbandoned },
  { title: 'a stream waits for a link that takes nothing', isScripted: true, needsSocket: true, run: streamIsHeldBack },
  { title: 'reason codes and reason strings are told', isScripted: true, run: tellsReasons },
];
