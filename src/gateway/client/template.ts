/**
 * Texts with places for values, such as `meters/{id}/power`. `{{` and `}}` stand for the braces themselves.
 * Must not know: where the values come from.
 */
import type { Value } from './cbor-value.js';

export interface Template {
  /** Text, place, text, place … text. */
  readonly texts: readonly string[];
  readonly names: readonly string[];
}

export type Values = ReadonlyMap<string, Value>;

/** Null: a brace that is not closed, or a place without a name. */
export function readTemplate(source: string): Template | null {
  const texts = [''];
  const names: string[] = [];
  const pattern = /\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_-]*)\}|[{}]|[^{}]+/g;
  for (const [part, name] of source.matchAll(pattern)) {
    if (name !== undefined) {
      names.push(name);
      texts.push('');
    } else if (part === '{' || part === '}') return null;
    else texts[texts.length - 1] += part === '{{' ? '{' : part === '}}' ? '}' : part;
  }
  return { texts, names };
}

/** Null where a value is missing, or is a list or a table. */
export function fill({ texts, names }: Template, values: Values): string | null {
  let filled = texts[0];
  for (const [at, name] of names.entries()) {
    const shown = textOf(values.get(name));
    if (shown === null) return null;
    filled += shown + texts[at + 1];
  }
  return filled;
}

const enum Limit {
  TopicBytes = 65_535,
}

/**
 * What no value may bring into a topic: another level or a wildcard, and the characters for which a server may close the
 * connection, after which the same message would be sent again, and close the next one. [MQTT-1.5.4-1] [MQTT-1.5.4-2]
 */
const unfit = /[/+#\uFFFD\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/**
 * As `fill`; a value that does not belong into a topic is refused, as is one that would bring the topic among those of the
 * server's own, which begin with $, where the template does not say so. [MQTT-4.7.2-1]
 */
export function fillTopic({ texts, names }: Template, values: Values): string | null {
  for (const name of names) {
    const shown = textOf(values.get(name));
    if (shown === null || shown === '' || unfit.test(shown)) return null;
  }
  const filled = fill({ texts, names }, values);
  if (filled === null || Buffer.byteLength(filled) > Limit.TopicBytes) return null;
  return filled.startsWith('$') && texts[0] === '' ? null : filled;
}

function textOf(value: Value | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  return typeof value === 'object' ? null : String(value);
}
