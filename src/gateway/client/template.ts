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

/** As `fill`; a value that would change the number of levels or make a filter of the topic is refused. */
export function fillTopic({ texts, names }: Template, values: Values): string | null {
  for (const name of names) {
    const shown = textOf(values.get(name));
    if (shown === null || shown === '' || /[/+#\0\uFFFD]/.test(shown)) return null;
  }
  return fill({ texts, names }, values);
}

function textOf(value: Value | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  return typeof value === 'object' ? null : String(value);
}
