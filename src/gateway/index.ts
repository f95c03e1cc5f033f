/** The gateway, in reading order: its settings, the gateway itself, and what shows it. */
export { readConfig, type ReadConfig } from './config/read-config.js';
export { gatewaySettings, type GatewayValues } from './config/gateway-settings.js';
export type { GatewaySettings, PortEntry } from './settings.js';
export { Gateway, type GatewayOptions, type PortNews, type ReloadResult } from './gateway.js';
export type { PortStatus } from './port.js';
export { serveGatewayMetrics } from './metrics.js';
export { GatewaySource } from './dashboard-source.js';
