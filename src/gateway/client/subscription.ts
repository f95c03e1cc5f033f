/**
 * How a message becomes a frame for the board. Must not know: wires, the client.
 *
 * Read first: MQTT 5.0 section 4.7 (topic filters).
 */
import type { Value } from './cbor-value.js';
import { type Content, type Field, readContent, readFields } from './fields.js';
import { fill, type Template } from './template.js';

export interface Subscription {
  readonly filter: string;
  readonly qos: 0 | 1;
  /** What the payload is, where `fields` or `text` need to know. */
  readonly content: Content;
  readonly fields: readonly Field[];
  /** The frame; null: the payload as it is. */
  readonly text: Template | null;
}

/** The frame; null: the payload is not of the content it should be, or has not the values that are asked for. */
export function frameOf(topic: string, payload: Buffer, { filter, content, fields, text }: Subscription, port: string): Buffer | null {
  if (text === null) return Buffer.from(payload);
  const whole = readContent(payload, content);
  if (whole === undefined) return null;
  const own = readFields(whole, {}, fields);
  if (own === undefined) return null;
  const values = new Map<string, Value>([['port', port], ['topic', topic], ['payload', payload.toString()], ...levelsOf(topic, filter), ...own]);
  const filled = fill(text, values);
  return filled === null ? null : Buffer.from(filled);
}

/** Whether a message to the topic belongs to the filter. [MQTT-4.7.1-1] */
export function filterFits(filter: string, topic: string): boolean {
  const parts = filter.split('/');
  const levels = topic.split('/');
  for (const [at, part] of parts.entries()) {
    if (part === '#') return true;
    if (at >= levels.length || (part !== '+' && part !== levels[at])) return false;
  }
  return parts.length === levels.length;
}

/** What stands in the place of the first, second … wildcard of the filter: `level1`, `level2` … */
function levelsOf(topic: string, filter: string): [string, string][] {
  const levels = topic.split('/');
  const found: string[] = [];
  for (const [at, part] of filter.split('/').entries()) {
    if (part === '+') found.push(levels[at] ?? '');
    else if (part === '#') found.push(levels.slice(at).join('/'));
  }
  return found.map((level, at) => [`level${at + 1}`, level]);
}
