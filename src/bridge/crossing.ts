/**
 * What becomes of one message as it crosses: its name, QoS, RETAIN and properties on the other side, or why it may not.
 * Must not know connections.
 *
 * Read first: MQTT 5.0 section 3.3.2.3.
 */
import type { MessageView, PacketProperties, PublishOptions, Qos } from '../../targets/node/index.js';
import { topicMatches } from '../broker/topic-filters.js';
import { inRow, outRow, toLocal, toRemote, type TopicRow } from './topics.js';

/** Why a message did not cross. */
export type DropReason = 'loop' | 'no topic' | 'not connected' | 'queue full' | 'too large' | 'refused' | 'expired' | 'lost';

/** The user property that a message carries from every bridge it crossed, so that it never crosses one twice. */
export const viaName = 'midge-via';

/** Longest expiry a client can give a message, in seconds. */
const expiryMaxS = 536_870;

/** What the side that takes messages can do. */
export interface SinkLimits {
  /** Whether it speaks MQTT 5.0. */
  isV5: boolean;
  maximumQos: Qos;
  retainAvailable: boolean;
}

export interface Crossing {
  topic: string;
  qos: Qos;
  retain: boolean;
  /** Undefined: none. */
  more: Pick<PublishOptions, 'expiryS' | 'properties'> | undefined;
}

/** Which way messages go, by which lines, and under which mark. */
export interface Way {
  readonly isOut: boolean;
  readonly rows: readonly TopicRow[];
  /** This bridge, in `midge-via`. */
  readonly via: string;
}

export function cross(way: Way, message: MessageView, sink: SinkLimits): Crossing | DropReason {
  const from = message.topic;
  const row = way.isOut ? outRow(way.rows, from) : inRow(way.rows, from);
  if (row === undefined) return 'no topic';
  const topic = way.isOut ? toRemote(row, from) : toLocal(row, from);
  if (topic === '') return 'no topic';
  const qos = Math.min(message.qos, row.qos, sink.maximumQos) as Qos;
  const retain = message.retain && row.retain && sink.retainAvailable;
  const { messageExpiryInterval, ...properties } = message.properties;
  // What belongs to the connection it came by.
  delete properties.subscriptionIdentifier;
  delete properties.topicAlias;
  // 0 seconds left: it crosses at once or never.
  const expiryS = messageExpiryInterval === undefined || messageExpiryInterval > expiryMaxS ? undefined : Math.max(1, messageExpiryInterval);
  if (!sink.isV5) return { topic, qos, retain, more: expiryS === undefined ? undefined : { expiryS } };
  const users = properties.userProperties ?? [];
  if (users.some(([name, value]) => name === viaName && value === way.via)) return 'loop';
  properties.userProperties = [...users, [viaName, way.via]];
  if (properties.responseTopic !== undefined) properties.responseTopic = responseTopic(way, properties);
  return { topic, qos, retain, more: { expiryS, properties } };
}

/** The name by which an answer comes back over the bridge; one that no line brings back stays as it is. */
function responseTopic(way: Way, { responseTopic: topic = '' }: PacketProperties): string {
  const back = way.rows.find((row) => (way.isOut ? row.in && topicMatches(row.localFilter, topic) : row.out && topicMatches(row.remoteFilter, topic)));
  if (back === undefined) return topic;
  return (way.isOut ? toRemote(back, topic) : toLocal(back, topic)) || topic;
}
