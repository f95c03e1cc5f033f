/*
 * The broker's dashboard: its source put on a server of src/dashboard.
 */
import { type DashboardOptions, type DashboardServer, type DashboardSource, joinedSource, serveSource } from '../dashboard/index.js';
import type { Broker } from './api.js';
import { BrokerSource } from './dashboard-source.js';

/**
 * Serves a page that shows the broker at work, on 127.0.0.1:9235 unless told otherwise. Close it before the broker. Rejects
 * with a DashboardOptionError that names a wrong option, or with the socket's error if the address is in use or not allowed.
 * A broker has one dashboard at a time. `beside`: what else the page shows, below the broker.
 */
export function serveDashboard(broker: Broker, options: DashboardOptions = {}, beside?: DashboardSource): Promise<DashboardServer> {
  const source = new BrokerSource(broker);
  return serveSource(beside === undefined ? source : joinedSource(source, beside), options);
}
