/*
 * The broker's dashboard: its source put on a server of src/dashboard.
 */
import { type DashboardOptions, type DashboardServer, serveSource } from '../dashboard/index.js';
import type { Broker } from './api.js';
import { BrokerSource } from './dashboard-source.js';

/**
 * Serves a page that shows the broker at work, on 127.0.0.1:9235 unless told otherwise. Close it before the broker. Rejects
 * with a DashboardOptionError that names a wrong option, or with the socket's error if the address is in use or not allowed.
 * A broker has one dashboard at a time.
 */
export function serveDashboard(broker: Broker, options: DashboardOptions = {}): Promise<DashboardServer> {
  return serveSource(new BrokerSource(broker), options);
}
