/**
 * Encoding a publish to bytes for the socket and decoding one to a Message event, beside `mqtt-packet`.
 * Measured on this process alone: no socket, no event loop.
 */
import mqttPacket from 'mqtt-packet';
import {
  type Client, clientConnect, clientInput, clientLinkUp, clientNextEvent, clientOutput, clientPublish, clientSent, createClient, createConfig,
  Event, Version,
} from '../../src/core/index.js';
import { median, medianRatio, nanosecondsEach, type Row } from './measure.js';

const rounds = 7;
const count = 300_000;
const topics = ['sensors/room12/temp1', 'sensors/room12/temp2', 'sensors/room12/humid', 'sensors/room12/light'];
const payload = new Uint8Array(32).fill(65);

function connected(version: Version): Client {
  const config = createConfig('bench');
  config.version = version;
  config.outboxBytes = 65536;
  config.outboxMessages = 1024;
  config.receiveBytes = 65536;
  const c = createClient(config)!;
  clientConnect(c, 0);
  clientLinkUp(c, 0);
  drain(c, 0);
  const connack = mqttPacket.generate({ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false }, { protocolVersion: version });
  clientInput(c, connack, 0, connack.length, 0);
  if (clientNextEvent(c) !== Event.Connected) throw new Error('the bench client did not connect');
  return c;
}

function drain(c: Client, now: number): number {
  let bytes = 0;
  let n = clientOutput(c, now);
  while (n > 0) {
    bytes += n;
    clientSent(c, n);
    n = clientOutput(c, now);
  }
  return bytes;
}

function encodeRow(version: Version, topicCount: number): Row {
  const c = connected(version);
  const buffer = Buffer.from(payload);
  const ours = (n: number): void => {
    for (let i = 0; i < n; i++) {
      clientPublish(c, topics[i % topicCount], payload, 0, 32, 0, i & 0xfff);
      if (drain(c, i & 0xfff) < 50) throw new Error('nothing was encoded');
    }
  };
  const theirs = (n: number): void => {
    let bytes = 0;
    for (let i = 0; i < n; i++) {
      bytes += mqttPacket.generate({ cmd: 'publish', topic: topics[i % topicCount], payload: buffer, qos: 0, retain: false, dup: false }, { protocolVersion: version }).length;
    }
    if (bytes < n * 50) throw new Error('nothing was encoded');
  };
  const { a, b } = nanosecondsEach(rounds, count, ours, theirs);
  return row(`publish QoS 0, ${version === Version.V5 ? '5.0' : '3.1.1'}, ${topicCount === 1 ? 'one topic' : `${topicCount} topics in turn`}`, a, b, 6);
}

function decodeRow(version: Version, perChunk: number): Row {
  const c = connected(version);
  const packet = mqttPacket.generate({ cmd: 'publish', topic: topics[0], payload: Buffer.from(payload), qos: 0, retain: false, dup: false }, { protocolVersion: version });
  const chunk = Buffer.concat(Array.from({ length: perChunk }, () => packet));
  const ours = (n: number): void => {
    let messages = 0;
    for (let i = 0; i < n; i += perChunk) {
      clientInput(c, chunk, 0, chunk.length, i & 0xfff);
      while (clientNextEvent(c) === Event.Message) messages++;
    }
    if (messages < n) throw new Error('a message was missed');
  };
  const parser = mqttPacket.parser({ protocolVersion: version });
  let parsed = 0;
  parser.on('packet', () => { parsed++; });
  const theirs = (n: number): void => {
    parsed = 0;
    for (let i = 0; i < n; i += perChunk) parser.parse(chunk);
    if (parsed < n) throw new Error('a packet was missed');
  };
  const { a, b } = nanosecondsEach(rounds, count, ours, theirs);
  return row(`inbound QoS 0, ${version === Version.V5 ? '5.0' : '3.1.1'}, ${perChunk === 1 ? 'a packet a chunk' : `${perChunk} packets a chunk`}`, a, b, 10);
}

function row(what: string, ours: readonly number[], theirs: readonly number[], bar: number): Row {
  const ratio = medianRatio(theirs, ours);
  return {
    what, ours: `${median(ours).toFixed(0)} ns`, peer: `mqtt-packet ${median(theirs).toFixed(0)} ns`, ratio: `${ratio.toFixed(1)} times faster`,
    bar: `${bar} times`, held: ratio >= bar,
  };
}

export function codecRows(): Row[] {
  return [
    encodeRow(Version.V311, 1), encodeRow(Version.V311, 4), encodeRow(Version.V5, 1), encodeRow(Version.V5, 4),
    decodeRow(Version.V311, 1), decodeRow(Version.V311, 20), decodeRow(Version.V5, 1), decodeRow(Version.V5, 20),
  ];
}
