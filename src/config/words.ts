/**
 * Settings in words: what a value must be, what stands there instead. Must not know where the value comes from.
 */
import type { Place } from './place.js';
import type { IntegerSetting, Setting } from './settings.js';

/** Follows "it must be". */
export function allowedText(setting: Setting): string {
  switch (setting.kind) {
    case 'integer':
      return `a whole number${setting.unit === undefined ? '' : ` of ${setting.unit}`}${rangeText(setting)}`;
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${setting.of.map((word) => `"${word}"`).join(', ')}`;
    case 'text':
      return setting.form?.allowed ?? 'a text';
    case 'file':
      return setting.use === 'folder' ? 'the path of a folder' : 'the path of a file';
    case 'list':
      return `an array${setting.min === undefined ? '' : ` of at least ${setting.min}`}, each item ${allowedText(setting.of)}`;
    case 'table':
      return 'a table';
    case 'tables':
      return 'written as tables, each with its header in double brackets';
    case 'named tables':
      return 'written as tables, each with a name after the dot of its header';
  }
}

function rangeText({ min, max }: IntegerSetting): string {
  return max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`;
}

const shownMax = 60;

/** A value as it is written in the file, on one line. */
export function shownValue(place: Place, value: unknown, isSecret: boolean): string {
  if (isSecret) return 'not what it should be';
  const text = (place.text === '' ? nameOfKind(value) : place.text).replace(/\s+/g, ' ');
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}…`;
}

export function nameOfKind(value: unknown): string {
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'number') return 'a number with a fraction';
  if (typeof value === 'bigint') return 'a whole number';
  if (typeof value === 'boolean') return 'a truth value';
  if (value instanceof Date) return 'a date or time';
  return Array.isArray(value) ? 'an array' : 'a table';
}

/** A key as TOML writes it: quoted where it must be. */
export function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}

/** `listener[2].port`: the second `[[listener]]`, counted from 1 as people do. */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => typeof part === 'number' ? `${text}[${part + 1}]` : text === '' ? keyText(part) : `${text}.${keyText(part)}`, '');
}
