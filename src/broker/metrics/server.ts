/*
 * A small HTTP server for those who watch the broker: /metrics for Prometheus, /health for a supervisor. Bound to
 * loopback unless told otherwise, since it asks nobody who they are.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Broker } from '../api.js';

export interface MetricsOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free port, told in the answer. Default 9234. */
  readonly port?: number;
  /** Adds figures of something beside the broker. */
  readonly register?: (registry: Registry) => void | Promise<void>;
}

export interface MetricsServer {
  readonly host: string;
  readonly port: number;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

/** Rejects with the socket's error if the address is in use or not allowed. */
export async function serveMetrics(broker: Broker, { host = '127.0.0.1', port = 9234, register }: MetricsOptions = {}): Promise<MetricsServer> {
  // Only who wants figures loads prom-client.
  const { BrokerMetrics } = await import('./prometheus.js');
  const metrics = new BrokerMetrics(broker);
  await register?.(metrics.registry);
  const startedMs = performance.now();
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    } else if (path === '/metrics') {
      const text = await metrics.registry.metrics();
      response.writeHead(200, { 'Content-Type': metrics.registry.contentType }).end(text);
    } else if (path === '/health') {
      const { isServing: serving } = broker;
      const { clientsConnected, connectionsOpen, sessions } = broker.stats;
      const uptimeSeconds = Math.floor((performance.now() - startedMs) / 1000);
      const health = { status: serving ? 'ok' : 'down', uptimeSeconds, clientsConnected, connectionsOpen, sessions };
      response.writeHead(serving ? 200 : 503, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(health)}\n`);
    } else response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There are /metrics and /health here.\n');
  }

  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port }, resolve));
  } catch (error) {
    metrics.stop();
    throw error;
  }
  const bound = server.address() as AddressInfo;
  return {
    host: bound.address,
    port: bound.port,
    close: () => new Promise((resolve) => {
      metrics.stop();
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
