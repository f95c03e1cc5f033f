/**
 * The least port on Espruino, for tests and figures of the core alone: strings of the link in, views of bytes out, the time as an argument.
 * Must not know: sockets, timers.
 */
import {
  type Client, clientConnect, clientInput, clientLinkUp, clientNextEvent, clientOutput, clientPublish, clientSent, clientSubscribe, createClient,
  createConfig, Event,
} from '../../src/core/index.js';

interface Port {
  client: Client;
  write: (data: Uint8Array) => void;
  message: (topic: Uint8Array, payload: Uint8Array) => void;
}

function pump(p: Port, now: number): void {
  const c = p.client;
  let count = clientOutput(c, now);
  while (count > 0) {
    p.write(c.out.subarray(c.outFrom, c.outTo));
    clientSent(c, count);
    count = clientOutput(c, now);
  }
}

export function create(write: Port['write'], message: Port['message']): Port {
  const config = createConfig('dev1');
  config.receiveBytes = 256;
  config.outboxBytes = 512;
  return { client: createClient(config) as Client, write: write, message: message };
}

export function connect(p: Port, now: number): void {
  clientConnect(p.client, now);
  clientLinkUp(p.client, now);
  pump(p, now);
}

export function data(p: Port, text: string, now: number): void {
  const c = p.client;
  // The primitives of this target take the bytes of a string as they are.
  clientInput(c, text as unknown as Uint8Array, 0, text.length, now);
  for (let event = clientNextEvent(c); event !== Event.None; event = clientNextEvent(c)) {
    if (event === Event.Message) p.message(c.topic.subarray(c.topicFrom, c.topicTo), c.input.subarray(c.payloadFrom, c.payloadTo));
  }
  pump(p, now);
}

export function publish(p: Port, topic: string, payload: string, flags: number, now: number): void {
  clientPublish(p.client, topic, payload as unknown as Uint8Array, 0, payload.length, flags, now);
  pump(p, now);
}

export function subscribe(p: Port, filter: string, now: number): void {
  clientSubscribe(p.client, filter, 1, 0);
  pump(p, now);
}
