/**
 * What the core alone allocates per message in this engine: a client over a link of fixed bytes, publishing at each QoS,
 * acknowledged, and receiving. No socket and no timer takes part, so every byte is the core's.
 * Must not know the Node port.
 */
import { getHeapStatistics } from 'node:v8';
import {
  type Client, clientConnect, clientInput, clientLinkUp, clientNextEvent, clientOutput, clientPublish, clientSent, createClient, createConfig,
  Event, Packet, Publish, Status, Version,
} from '../core/index.js';

export interface CoreProbe {
  readonly messages: number;
  /** Growth of the heap over all of them; the two readings of it take some hundred bytes themselves. */
  readonly heapBytes: number;
  readonly bytesPerMessage: number;
}

const rounds = 6;
const cyclesPerRound = 2500;
/** A publish at each QoS, and one received. */
const messagesPerCycle = 4;

const topic = 'midge/probe/telemetry';
const payload = new Uint8Array(32).fill(7);

/** The least of several rounds: the engine's own compilers, which allocate too, are done by then. */
export function probeCore(version: 4 | 5): CoreProbe {
  const client = connected(version);
  const reply = new Uint8Array(8);
  const inbound = publishPacket(version);
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = getHeapStatistics().used_heap_size;
    for (let n = 0; n < cyclesPerRound; n++) cycle(client, reply, inbound);
    const grown = getHeapStatistics().used_heap_size - before;
    if (grown >= 0 && grown < least) least = grown;
  }
  const messages = cyclesPerRound * messagesPerCycle;
  return { messages, heapBytes: least, bytesPerMessage: Math.round(least / messages) };
}

function connected(version: 4 | 5): Client {
  const config = createConfig('probe');
  config.version = version === 5 ? Version.V5 : Version.V311;
  const client = createClient(config)!;
  clientConnect(client, 0);
  clientLinkUp(client, 0);
  drain(client);
  const connack = version === 5 ? Uint8Array.of(Packet.Connack << 4, 3, 0, 0, 0) : Uint8Array.of(Packet.Connack << 4, 2, 0, 0);
  feed(client, connack, connack.length);
  return client;
}

function cycle(client: Client, reply: Uint8Array, inbound: Uint8Array): void {
  publish(client, 0);
  const one = publish(client, Publish.Qos1);
  const two = publish(client, Publish.Qos2);
  drain(client);
  acknowledge(client, reply, Packet.Puback, one);
  acknowledge(client, reply, Packet.Pubrec, two);
  acknowledge(client, reply, Packet.Pubcomp, two);
  feed(client, inbound, inbound.length);
}

function publish(client: Client, flags: number): number {
  const handle = clientPublish(client, topic, payload, 0, payload.length, flags, 0);
  if (handle < Status.Ok) throw new Error(`the probe's publish was refused with status ${handle}`);
  return handle & 0xffff;
}

function acknowledge(client: Client, reply: Uint8Array, packet: Packet, id: number): void {
  reply[0] = packet << 4;
  reply[1] = 2;
  reply[2] = id >>> 8;
  reply[3] = id & 255;
  feed(client, reply, 4);
}

function feed(client: Client, bytes: Uint8Array, count: number): void {
  for (let at = 0; at < count;) {
    at += clientInput(client, bytes, at, count, 0);
    while (clientNextEvent(client) !== Event.None);
    drain(client);
  }
}

function drain(client: Client): void {
  for (let count = clientOutput(client, 0); count > 0; count = clientOutput(client, 0)) clientSent(client, count);
}

/** A PUBLISH at QoS 0 as a server sends it. */
function publishPacket(version: 4 | 5): Uint8Array {
  const name = Buffer.from(topic);
  const properties = version === 5 ? [0] : [];
  return Uint8Array.of(Packet.Publish << 4, 2 + name.length + properties.length + payload.length, 0, name.length, ...name, ...properties, ...payload);
}
