/** A broker and clients of the ECMA-419 interface on the stub, for tests in this process. */
import type { ExecutionContext } from 'ava';
import { createBroker } from '../../../src/broker/index.js';
import type Client from '../../../targets/moddable/modules/client.js';
import type { ControlMessage, Options, ReadableOptions } from '../../../targets/moddable/modules/client.js';
import { makeClient } from '../../node/support.js';
import './register.js';
import { until } from '../../until.js';

const { default: MQTTClient } = await import('../../../targets/moddable/modules/client.js');
const { default: TCP } = await import('./stub/tcp.js');
const { default: Resolver } = await import('./stub/resolver.js');
const { default: UDP } = await import('./stub/udp.js');

export { MQTTClient, Resolver, TCP, UDP };

export const network = { dns: { io: Resolver, servers: ['1.1.1.1'], socket: { io: UDP } }, socket: { io: TCP } };

/** A broker of its own for a test. */
export async function broker(t: ExecutionContext): Promise<{ port: number }> {
  const server = createBroker();
  t.teardown(() => server.close());
  return server.listen();
}

export function buffer(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text)).buffer;
}

export function textOf(bytes: ArrayBuffer | undefined): string {
  return Buffer.from(bytes ?? new ArrayBuffer(0)).toString();
}

export interface Heard {
  readonly client: Client;
  readonly control: ControlMessage[];
  readonly fragments: { text: string; options: ReadableOptions }[];
  readonly errors: string[];
}

/** A client that notes what it is told, connected. */
export async function connected(t: ExecutionContext, port: number, options: Partial<Options> = {}): Promise<Heard> {
  const control: ControlMessage[] = [];
  const fragments: Heard['fragments'] = [];
  const errors: string[] = [];
  const client = new MQTTClient({
    host: 'localhost', port, id: 'dev', keepAlive: 60_000, ...network,
    onControl: (message) => { control.push({ ...message }); },
    onReadable(count, about) { fragments.push({ text: textOf(this.read(count)), options: about }); },
    onError: (error) => { errors.push(error?.message ?? ''); },
    ...options,
  });
  t.teardown(() => client.close());
  await until(() => control.some((message) => message.operation === MQTTClient.CONNACK), () => `CONNACK; ${errors.join()}`);
  return { client, control, fragments, errors };
}

export async function peer(t: ExecutionContext, port: number, filter: string): Promise<{ heard: { topic: string; text: string; qos: number }[]; publish(topic: string, text: string | Buffer, qos?: 0 | 1 | 2): Promise<void> }> {
  const client = makeClient(t, { url: `mqtt://127.0.0.1:${port}`, clientId: 'peer', buffers: { receiveBytes: 100_000, outboxBytes: 100_000 } });
  const heard: { topic: string; text: string; qos: number }[] = [];
  client.on('message', (topic, payload, { qos }) => heard.push({ topic, text: payload.toString(), qos }));
  await client.connect();
  await client.subscribe(filter, { qos: 2 });
  return { heard, publish: async (topic, text, qos = 1) => { await client.publish(topic, text, { qos }); } };
}
