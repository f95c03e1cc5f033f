/**
 * The bridges' figures for Prometheus. Each scrape reads the bridges' own counters.
 * Must not know how a bridge works.
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { BridgeStats } from './bridge.js';
import type { Bridges } from './bridges.js';

const prefix = 'midge_bridge_';
const directions = ['out', 'in'] as const;

const gauges: readonly (readonly [name: string, help: string, read: (stats: BridgeStats) => number])[] = [
  ['connected', 'Whether the bridge is connected to its remote broker', (stats) => (stats.connected ? 1 : 0)],
  ['state_since_seconds', 'When that changed last, as Unix time', (stats) => stats.sinceMs / 1000],
  ['queued_messages', 'Outbound messages that wait in this broker', (stats) => stats.queuedMessages],
  ['queued_bytes', 'Bytes of the outbound messages that wait in this broker', (stats) => stats.queuedBytes],
  ['messages_under_way', 'Messages published to either side and not acknowledged by it', (stats) => stats.underWay],
];

/** Adds the figures of all bridges, whichever there are when they are asked for. */
export function registerBridges(bridges: Bridges, registry: Registry): void {
  const registers = [registry];
  const each = (tell: (bridge: string, stats: BridgeStats) => void): void => {
    for (const name of bridges.names) tell(name, bridges.statsOf(name)!);
  };
  for (const [name, help, read] of gauges) {
    new Gauge({ name: prefix + name, help, labelNames: ['bridge'], registers, collect() {
      this.reset();
      each((bridge, stats) => this.set({ bridge }, read(stats)));
    } });
  }
  for (const [name, help, read] of [['messages', 'Messages that crossed', 'messages'], ['payload_bytes', 'Payload bytes that crossed', 'bytes']] as const) {
    new Counter({ name: `${prefix}${name}_total`, help, labelNames: ['bridge', 'direction'], registers, collect() {
      this.reset();
      each((bridge, stats) => directions.forEach((direction) => this.inc({ bridge, direction }, stats[direction][read])));
    } });
  }
  new Counter({ name: `${prefix}dropped_messages_total`, help: 'Messages that did not cross', labelNames: ['bridge', 'direction', 'reason'], registers, collect() {
    this.reset();
    each((bridge, stats) => {
      for (const direction of directions) {
        for (const [reason, count] of Object.entries(stats[direction].dropped)) this.inc({ bridge, direction, reason }, count);
      }
    });
  } });
}
