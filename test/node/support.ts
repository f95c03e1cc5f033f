/**
 * What the tests of the Node port share: brokers on loopback, certificates, and clients that do not outlive their test.
 */
import { once } from 'node:events';
import net from 'node:net';
import type { ExecutionContext } from 'ava';
import { generate } from 'selfsigned';
import { type Broker, type BrokerOptions, createBroker, type ListenOptions, type Transport } from '../../src/broker/index.js';
import { type ClientOptions, createClient, type DisconnectInfo, type MidgeClient, MidgeError } from '../../targets/node/index.js';

export interface Certificate {
  cert: string;
  key: string;
}

/** A certificate for localhost and 127.0.0.1, which is its own authority. */
export async function makeCertificate(): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048, algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }, { type: 7, ip: '127.0.0.1' }] },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** A reference broker with one listener, closed at the end of the test. */
export async function startBroker(
  t: ExecutionContext, options: BrokerOptions = {}, listen: ListenOptions = {},
): Promise<{ broker: Broker; port: number }> {
  const broker = createBroker(options);
  t.teardown(async () => {
    await broker.close();
  });
  const { port } = await broker.listen(listen);
  return { broker, port };
}

export function urlOf(transport: Transport, port: number): string {
  const schemes = { tcp: 'mqtt', tls: 'mqtts', ws: 'ws', wss: 'wss' };
  return `${schemes[transport]}://127.0.0.1:${port}`;
}

/** A client that is ended with the test, whatever becomes of it. */
export function makeClient(t: ExecutionContext, options: ClientOptions): MidgeClient {
  const client = createClient({ reconnect: { minMs: 1, maxMs: 20 }, ...options });
  t.teardown(() => client.end({ timeoutMs: 0 }));
  return client;
}

/** The MidgeError that a promise rejects with. */
export async function rejection(t: ExecutionContext, promise: Promise<unknown>): Promise<MidgeError> {
  const error = await t.throwsAsync(promise);
  if (!(error instanceof MidgeError)) throw new Error(`not a MidgeError: ${error.stack}`);
  return error;
}

export async function disconnection(client: MidgeClient): Promise<DisconnectInfo> {
  const [info] = (await once(client, 'disconnect')) as [DisconnectInfo];
  return info;
}

export interface RawServer {
  port: number;
  /** Connections so far. */
  count(): number;
}

/** A TCP server that does with each connection what `serve` says; closed at the end of the test. */
export async function startRawServer(t: ExecutionContext, serve: (socket: net.Socket, number: number) => void): Promise<RawServer> {
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    connections += 1;
    serve(socket, connections);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { port: (server.address() as net.AddressInfo).port, count: () => connections };
}

/** A port of loopback on which nothing listens. */
export async function unusedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

