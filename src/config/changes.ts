/**
 * What differs between the settings in force and those read again. Must not know what is done about it.
 */
import { programName, type Setting, type TableSetting } from './settings.js';
import { pathText } from './words.js';

export interface Change {
  /** As in the file: `limits.receive-maximum`, `listener[2].port`. */
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
  /** A secret, or more than one value: neither is given. */
  readonly isHidden: boolean;
  /** It takes effect at the next start only. */
  readonly needsRestart: boolean;
}

type Path = readonly (string | number)[];

/** Both are values that `loadSettings` gave for the same declaration. */
export function changesBetween(declared: TableSetting, before: object, after: object): Change[] {
  return changesOf(declared, before, after, [], false);
}

function changesOf(setting: Setting, before: unknown, after: unknown, path: Path, needsRestart: boolean): Change[] {
  if (JSON.stringify(before, plain) === JSON.stringify(after, plain)) return [];
  const restart = needsRestart || setting.restart === true;
  if (setting.kind === 'table' && isObject(before) && isObject(after)) {
    return Object.entries(setting.keys).flatMap(([key, one]) => changesOf(one, before[programName(key)], after[programName(key)], [...path, key], restart));
  }
  // Those that come and go have no place of their own: one more at the top would make the rest look changed.
  if (setting.kind === 'tables' && setting.comesAndGoes) return [hidden(path, restart)];
  if (setting.kind === 'tables' && Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((one, at) => changesOf(setting.of, one, after[at], [...path, at], restart));
  }
  if (setting.kind === 'named tables' && before instanceof Map && after instanceof Map) {
    const names = new Set<string>([...before.keys(), ...after.keys()] as string[]);
    return [...names].flatMap((name) => changesOf(setting.of, before.get(name), after.get(name), [...path, name], restart));
  }
  // Tables that come or go stand for something that is opened at the start.
  if (setting.kind === 'tables') return [hidden(path, true)];
  if (isObject(before) || isObject(after) || ('secret' in setting && setting.secret === true)) return [hidden(path, restart)];
  return [{ key: pathText(path), before, after, isHidden: false, needsRestart: restart }];
}

function hidden(path: Path, needsRestart: boolean): Change {
  return { key: pathText(path), before: undefined, after: undefined, isHidden: true, needsRestart };
}

/** The values read again, but those that need a restart as they were. */
export function withoutRestart(setting: Setting, before: unknown, after: unknown, needsRestart = false): unknown {
  const restart = needsRestart || setting.restart === true;
  if (setting.kind === 'table' && isObject(before) && isObject(after)) {
    return Object.fromEntries(Object.entries(setting.keys).map(([key, one]) => {
      const name = programName(key);
      return [name, withoutRestart(one, before[name], after[name], restart)];
    }));
  }
  if (setting.kind === 'tables' && !setting.comesAndGoes && Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.map((one, at) => withoutRestart(setting.of, one, after[at], restart));
  }
  return restart || (setting.kind === 'tables' && !setting.comesAndGoes) ? before : after;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A Map says nothing as JSON. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value as Map<string, unknown>] : value;
}
