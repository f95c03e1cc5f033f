/*
 * The broker's figures over HTTP, for those who watch it.
 */
import type { Registry } from 'prom-client';
import type { Broker } from '../api.js';
import { type MetricsServer, serveRegistry } from './http.js';

export type { MetricsServer } from './http.js';

export interface MetricsOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free port, told in the answer. Default 9234. */
  readonly port?: number;
  /** Adds figures of something beside the broker. */
  readonly register?: (registry: Registry) => void | Promise<void>;
}

/** Rejects with the socket's error if the address is in use or not allowed. */
export async function serveMetrics(broker: Broker, { host = '127.0.0.1', port = 9234, register }: MetricsOptions = {}): Promise<MetricsServer> {
  // Only who wants figures loads prom-client.
  const { BrokerMetrics } = await import('./prometheus.js');
  const metrics = new BrokerMetrics(broker);
  await register?.(metrics.registry);
  const health = (): { isServing: boolean; figures: Record<string, number> } => {
    const { clientsConnected, connectionsOpen, sessions } = broker.stats;
    return { isServing: broker.isServing, figures: { clientsConnected, connectionsOpen, sessions } };
  };
  try {
    const server = await serveRegistry(metrics.registry, health, { host, port });
    return { ...server, close: () => { metrics.stop(); return server.close(); } };
  } catch (error) {
    metrics.stop();
    throw error;
  }
}
