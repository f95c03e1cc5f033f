/**
 * How a frame of a board becomes a message: which frames a rule is for, which values it takes out of them, and what topic
 * and payload it makes of them. Must not know: wires, the client.
 */
import { forJson, type Value, writeCbor } from './cbor-value.js';
import { type Content, type Field, readContent, readFields } from './fields.js';
import { LinePattern } from './line-pattern.js';
import { fill, fillTopic, type Template, type Values } from './template.js';

export interface PublishRule {
  readonly content: Content;
  /** For content text, a regular expression of RE2: only frames it fits; its groups are values. */
  readonly match: string | null;
  readonly fields: readonly Field[];
  readonly topic: Template;
  /** raw: the frame's own bytes; text: `text` filled in; json and cbor: the values by name, or all that the frame says. */
  readonly payload: 'raw' | 'text' | 'json' | 'cbor';
  readonly text: Template;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly keepLatest: boolean;
}

/** A rule that can be applied. */
export interface ReadyRule {
  readonly rule: PublishRule;
  readonly pattern: LinePattern | null;
}

export function readyRules(rules: readonly PublishRule[]): ReadyRule[] {
  return rules.map((rule) => ({ rule, pattern: rule.match === null ? null : new LinePattern(rule.match) }));
}

export interface OutboundMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly keepLatest: boolean;
}

const enum Limit {
  PayloadBytes = 65_536,
}

/** The message of the first rule that is for this frame; null: none is, or its values make no topic or payload. */
export function messageOf(frame: Buffer, rules: readonly ReadyRule[], port: string): OutboundMessage | null {
  for (const rule of rules) {
    const message = apply(frame, rule, port);
    if (message !== null) return message;
  }
  return null;
}

function apply(frame: Buffer, { rule, pattern }: ReadyRule, port: string): OutboundMessage | null {
  const whole = readContent(frame, rule.content);
  if (whole === undefined) return null;
  const groups = pattern === null || typeof whole !== 'string' ? null : pattern.match(whole);
  if (pattern !== null && groups === null) return null;
  const own = readFields(whole, groups ?? {}, rule.fields);
  if (own === undefined) return null;
  const values = new Map<string, Value>([['port', port], ...(typeof whole === 'string' ? [['line', whole] as const] : []), ...own]);
  const topic = fillTopic(rule.topic, values);
  const payload = payloadOf(frame, whole, rule, own, values);
  if (topic === null || topic === '' || payload === null) return null;
  const { qos, retain, keepLatest } = rule;
  return { topic, payload, qos, retain, keepLatest };
}

function payloadOf(frame: Buffer, whole: Value, rule: PublishRule, own: Values, values: Values): Buffer | null {
  if (rule.payload === 'raw') return frame;
  if (rule.payload === 'text') {
    const text = fill(rule.text, values);
    return text === null ? null : Buffer.from(text);
  }
  const said: Value = own.size === 0 ? whole : Object.fromEntries(own);
  return rule.payload === 'json' ? Buffer.from(JSON.stringify(forJson(said))) : writeCbor(said, Limit.PayloadBytes);
}
