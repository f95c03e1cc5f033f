/**
 * The actor of this target: the ECMA-419 client on the stub of Moddable's platform, driven by lines (test/targets/actor.ts says which).
 * Uses what an application has: the client's constructor, `read`, `write`, `close` and its callbacks.
 */
import './register.js';
import { createInterface } from 'node:readline';
import type Client from '../../../targets/moddable/modules/client.js';
import type { ControlMessage, ReadableOptions } from '../../../targets/moddable/modules/client.js';

const { default: TCP } = await import('./stub/tcp.js');
const { default: Resolver } = await import('./stub/resolver.js');
const { default: UDP } = await import('./stub/udp.js');
const { default: MQTTClient } = await import('../../../targets/moddable/modules/client.js');

function say(...words: (string | number)[]): void {
  process.stdout.write(`${words.join(' ')}\n`);
}

function hex(bytes: Uint8Array | string): string {
  const text = Buffer.from(bytes).toString('hex');
  return text === '' ? '-' : text;
}

function bytes(word: string): ArrayBuffer {
  return word === '-' ? new ArrayBuffer(0) : Uint8Array.from(Buffer.from(word, 'hex')).buffer;
}

function text(word: string): string {
  return word === '-' ? '' : Buffer.from(word, 'hex').toString();
}

class Actor {
  private client: Client | undefined;
  private readonly topics = new Map<number, string>();
  private readonly filters = new Map<number, string>();
  private lastId = 0;
  private message: ReadableOptions = { more: false };
  private sum = 0;
  private length = 0;
  private isLeaving = false;

  connect([host, port, id, clean, keepAliveS, user, password, willTopic, willPayload, willQos, willRetain]: string[]): void {
    this.client?.close();
    this.isLeaving = false;
    const readable = (data: ArrayBuffer, options: ReadableOptions): void => { this.readable(data, options); };
    this.client = new MQTTClient({
      host: text(host), port: Number(port), id: text(id), clean: clean === '1', keepAlive: Number(keepAliveS) * 1000, reconnect: true,
      ...user === '-' ? {} : { user: text(user) }, ...password === '-' ? {} : { password: text(password) },
      ...willTopic === '-' ? {} : { will: { topic: text(willTopic), message: bytes(willPayload), QoS: Number(willQos), retain: willRetain === '1' } },
      dns: { io: Resolver, servers: [], socket: { io: UDP } }, socket: { io: TCP },
      receiveBytes: 512, outboxBytes: 2048, retryMin: 50, retryMax: 500,
      onReadable(count, options) {
        readable(this.read(count) ?? new ArrayBuffer(0), options);
      },
      onControl: (message) => { this.control(message); },
      onError: (error) => {
        if (error !== undefined && error.status === -42) say('refused', error.returnCode);
        else say('lost');
      },
      onClose: () => {
        if (this.isLeaving) say('disconnected');
      },
    });
  }

  publish([topic, payload, qos, retain]: string[]): void {
    const id = this.nextId();
    this.topics.set(id, topic);
    try {
      this.client!.write(bytes(payload), { topic: text(topic), QoS: Number(qos), retain: retain === '1', id });
      if (qos === '0') say('published', topic);
    } catch (error) {
      say('dropped', topic);
      say('error', hex(String(error)));
    }
  }

  subscribe([filter, qos]: string[]): void {
    this.request(MQTTClient.SUBSCRIBE, filter, { topic: text(filter), QoS: Number(qos) });
  }

  unsubscribe([filter]: string[]): void {
    this.request(MQTTClient.UNSUBSCRIBE, filter, { topic: text(filter) });
  }

  private request(operation: number, filter: string, item: { topic: string; QoS?: number }): void {
    const id = this.nextId();
    this.filters.set(id, filter);
    this.client!.write(null, { operation, items: [item], id });
  }

  disconnect(): void {
    this.isLeaving = true;
    this.client!.write(null, { operation: MQTTClient.DISCONNECT });
  }

  private nextId(): number {
    this.lastId = (this.lastId % 65535) + 1;
    return this.lastId;
  }

  private readable(data: ArrayBuffer, options: ReadableOptions): void {
    if (options.topic !== undefined) {
      this.message = options;
      this.sum = 0;
      this.length = 0;
    }
    const { topic, byteLength, QoS, retain } = this.message;
    const name = hex(topic!);
    if (byteLength === data.byteLength) {
      say('message', name, hex(new Uint8Array(data)), QoS!, retain === true ? 1 : 0);
      return;
    }
    for (const byte of new Uint8Array(data)) this.sum = (this.sum + byte) & 0xffff;
    this.length += data.byteLength;
    if (!options.more) say('large', name, this.length, this.sum);
  }

  private control(message: ControlMessage): void {
    const topic = this.topics.get(message.id ?? 0) ?? '-';
    switch (message.operation) {
      case MQTTClient.CONNACK:
        say('connected', message.sessionPresent === true ? 1 : 0);
        break;
      case MQTTClient.PUBACK:
      case MQTTClient.PUBCOMP:
        say('published', topic);
        break;
      case MQTTClient.PUBLISH:
        say('dropped', topic === '-' ? hex(message.topic ?? '') : topic);
        break;
      case MQTTClient.SUBACK:
        say('subscribed', this.filters.get(message.id!)!, message.payload![0]);
        break;
      case MQTTClient.UNSUBACK:
        say('unsubscribed', this.filters.get(message.id!)!);
        break;
      default:
    }
  }
}

const actor = new Actor();
const commands: Readonly<Record<string, (words: string[]) => void>> = {
  connect: (words) => actor.connect(words),
  publish: (words) => actor.publish(words),
  subscribe: (words) => actor.subscribe(words),
  unsubscribe: (words) => actor.unsubscribe(words),
  disconnect: () => actor.disconnect(),
  quit: () => process.exit(0),
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [command, ...words] = line.trim().split(' ');
  try {
    commands[command](words);
  } catch (error) {
    say('error', hex(String(error)));
  }
});
lines.on('close', () => process.exit(0));
say('ready');
