/**
 * The bridges' figures as retained messages under $SYS/broker/bridge. Must not know how a bridge works.
 */
import type { Broker } from '../broker/index.js';
import type { Bridges } from './bridges.js';

/** Publishes the figures that have changed, retained, every so often; `stop` before the bridges close. */
export class BridgeTopics {
  private readonly told = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly broker: Broker, private readonly bridges: Bridges, intervalMs: number) {
    this.timer = setInterval(() => this.publish(), intervalMs);
    this.timer.unref();
    this.publish();
  }

  publish(): void {
    for (const name of this.bridges.names) {
      const { out, in: into, queuedMessages, queuedBytes, underWay } = this.bridges.statsOf(name)!;
      const figures: Record<string, number> = { 'queued/messages': queuedMessages, 'queued/bytes': queuedBytes, 'under way': underWay };
      for (const [direction, way] of [['out', out], ['in', into]] as const) {
        figures[`${direction}/messages`] = way.messages;
        figures[`${direction}/bytes`] = way.bytes;
        figures[`${direction}/dropped`] = Object.entries(way.dropped).reduce((sum, [reason, count]) => sum + (reason === 'loop' ? 0 : count), 0);
      }
      for (const [figure, value] of Object.entries(figures)) this.tell(`$SYS/broker/bridge/${name}/${figure}`, String(value));
    }
  }

  private tell(topic: string, payload: string): void {
    if (this.told.get(topic) === payload) return;
    this.told.set(topic, payload);
    this.broker.publish({ topic, payload, retain: true });
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
