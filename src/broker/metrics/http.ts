/*
 * /metrics for Prometheus and /health for a supervisor over HTTP, of whatever program has figures. Bound to loopback
 * unless told otherwise, since it asks nobody who they are. Knows no broker.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface MetricsServer {
  readonly host: string;
  readonly port: number;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

export interface Health {
  readonly isServing: boolean;
  /** Shown beside status and uptime. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Rejects with the socket's error if the address is in use or not allowed. */
export async function serveRegistry(registry: Registry, health: () => Health, { host, port }: { readonly host: string; readonly port: number }): Promise<MetricsServer> {
  const startedMs = performance.now();
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    } else if (path === '/metrics') {
      const text = await registry.metrics();
      response.writeHead(200, { 'Content-Type': registry.contentType }).end(text);
    } else if (path === '/health') {
      const { isServing, figures } = health();
      const uptimeSeconds = Math.floor((performance.now() - startedMs) / 1000);
      const body = { status: isServing ? 'ok' : 'down', uptimeSeconds, ...figures };
      response.writeHead(isServing ? 200 : 503, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    } else response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There are /metrics and /health here.\n');
  }

  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port }, resolve));
  const bound = server.address() as AddressInfo;
  return {
    host: bound.address,
    port: bound.port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
