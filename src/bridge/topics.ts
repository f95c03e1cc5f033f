/**
 * The lines of what crosses: which topics, and what they are called on the other side.
 * Must not know clients or messages.
 *
 * Read first: MQTT 5.0 section 4.7; Mosquitto's mosquitto.conf(5), `topic`.
 */
import { topicMatches } from '../broker/topic-filters.js';
import { wrong } from './fault.js';
import type { BridgeTopic } from './options.js';

/** A checked line. */
export interface TopicRow {
  readonly out: boolean;
  readonly in: boolean;
  readonly qos: 0 | 1 | 2;
  readonly localPrefix: string;
  readonly remotePrefix: string;
  /** Whole filters, with their prefixes. */
  readonly localFilter: string;
  readonly remoteFilter: string;
  readonly retain: boolean;
}

/** Throws a BridgeError whose field begins with `where`. */
export function checkTopic(topic: BridgeTopic, where: string): TopicRow {
  const { filter, direction, qos = 1, localPrefix = '', remotePrefix = '', retain = true } = topic;
  if (direction !== 'out' && direction !== 'in' && direction !== 'both') throw wrong(`${where}.direction`, direction, '"out", "in" or "both"');
  if (qos !== 0 && qos !== 1 && qos !== 2) throw wrong(`${where}.qos`, qos, '0, 1 or 2');
  if (typeof retain !== 'boolean') throw wrong(`${where}.retain`, retain, 'true or false');
  for (const [name, prefix] of Object.entries({ localPrefix, remotePrefix })) {
    if (typeof prefix !== 'string' || /[+#]/.test(prefix)) throw wrong(`${where}.${name}`, prefix, 'text without + and #, such as "site1/"');
  }
  if (typeof filter !== 'string') throw wrong(`${where}.filter`, filter, 'a topic filter');
  const localFilter = localPrefix + filter;
  const remoteFilter = remotePrefix + filter;
  for (const whole of [localFilter, remoteFilter]) {
    if (!isFilter(whole)) {
      const allowed = 'with each prefix a topic filter: not empty, + alone in its level, # alone in the last, not shared';
      throw wrong(`${where}.filter`, filter, `${allowed}${whole === filter ? '' : ` ("${whole}" is none)`}`);
    }
  }
  return { out: direction !== 'in', in: direction !== 'out', qos, localPrefix, remotePrefix, localFilter, remoteFilter, retain };
}

/** [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] */
function isFilter(filter: string): boolean {
  if (filter === '' || filter.startsWith('$share/') || Buffer.byteLength(filter) > 65_535 || /[\0\p{Surrogate}]/u.test(filter)) return false;
  const levels = filter.split('/');
  return levels.every((level, at) => level === '+' || (level === '#' && at === levels.length - 1) || !/[+#]/.test(level));
}

/** The first line that takes a local topic out, or undefined. */
export function outRow(rows: readonly TopicRow[], localTopic: string): TopicRow | undefined {
  return rows.find((row) => row.out && topicMatches(row.localFilter, localTopic));
}

/** The first line that brings a remote topic in, or undefined. */
export function inRow(rows: readonly TopicRow[], remoteTopic: string): TopicRow | undefined {
  return rows.find((row) => row.in && topicMatches(row.remoteFilter, remoteTopic));
}

/** The topic's name on the other side; '' if it has none, as "a" below "a/#" where the other side has no prefix. */
function renamed(topic: string, from: string, to: string): string {
  // "a/#" matches "a" as well, which is shorter than the prefix "a/".
  return topic.startsWith(from) ? to + topic.slice(from.length) : to.replace(/\/$/, '');
}

export function toRemote(row: TopicRow, localTopic: string): string {
  return renamed(localTopic, row.localPrefix, row.remotePrefix);
}

export function toLocal(row: TopicRow, remoteTopic: string): string {
  return renamed(remoteTopic, row.remotePrefix, row.localPrefix);
}

/** Whether some topic matches both filters. */
export function overlaps(one: string, other: string): boolean {
  const a = one.split('/');
  const b = other.split('/');
  for (let at = 0; ; at++) {
    // # stands for its parent level too.
    if (a[at] === '#' || b[at] === '#') return true;
    if (at === a.length || at === b.length) return a.length === b.length;
    if (a[at] !== b[at] && a[at] !== '+' && b[at] !== '+') return false;
  }
}

/** A line out and a line in, by index, that could hand a message to each other for ever; undefined if there are none. */
export function loopOf(rows: readonly TopicRow[]): readonly [out: number, into: number] | undefined {
  for (const [out, outer] of rows.entries()) {
    if (!outer.out) continue;
    const into = rows.findIndex((inner) => inner.in && overlaps(outer.localFilter, inner.localFilter) && overlaps(outer.remoteFilter, inner.remoteFilter));
    if (into >= 0) return [out, into];
  }
  return undefined;
}
