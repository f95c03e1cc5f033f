/**
 * Checks what was read against the declared settings and fills in defaults. All that is wrong is found in one go, each fault
 * with its place. Must not know any program's settings.
 * Changes together with settings.ts (the kinds) and json-schema.ts (the same rules for editors).
 */
import { dirname, isAbsolute, join } from 'node:path';
import { nearest } from './nearest.js';
import type { Place } from './place.js';
import { fileFault } from './read.js';
import { type ListSetting, type NamedTablesSetting, type PlainSetting, programName, type Setting, type TableSetting, type TablesSetting, type TextSetting } from './settings.js';
import { allowedText, keyText, nameOfKind, pathText, shownValue } from './words.js';

export interface Fault {
  readonly path: readonly (string | number)[];
  readonly place: Place;
  /** Follows the key. */
  readonly reason: string;
}

type Path = readonly (string | number)[];
type Table = Readonly<Record<string, unknown>>;

export interface Checked {
  readonly values: Table;
  /** In the order of the file. */
  readonly faults: readonly Fault[];
}

/** `file` is what paths in it are relative to. */
export function checkTables(declared: TableSetting, tables: Table, places: Place, file: string): Checked {
  const checker = new Checker(declared, dirname(file));
  const values = checker.table(declared, tables, places, []);
  return { values, faults: checker.faults.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column) };
}

class Checker {
  readonly faults: Fault[] = [];

  constructor(private readonly all: TableSetting, private readonly folder: string) {}

  private fault(path: Path, place: Place, reason: string): undefined {
    this.faults.push({ path, place, reason });
  }

  table(setting: TableSetting, given: Table, place: Place, path: Path): Table {
    const before = this.faults.length;
    const values: Record<string, unknown> = {};
    for (const key of Object.keys(given)) {
      if (!Object.hasOwn(setting.keys, key)) this.fault([...path, key], place.inner.get(key)!, `is unknown${this.meant(key, setting, path)}`);
    }
    for (const [key, one] of Object.entries(setting.keys)) {
      const inner = place.inner.get(key);
      values[programName(key)] = inner === undefined ? this.missing(one, key, place, path) : this.value(one, given[key], inner, [...path, key]);
    }
    // A rule may rely on each value being right by itself.
    if (this.faults.length > before) return values;
    for (const rule of setting.rules ?? []) {
      const breach = rule(values);
      if (breach !== undefined) this.fault([...path, breach.key], place.inner.get(breach.key) ?? place, breach.reason);
    }
    return values;
  }

  private missing(setting: Setting, key: string, place: Place, path: Path): unknown {
    if (setting.required) return this.fault([...path, key], place, `is missing; it must be ${allowedText(setting)}`);
    switch (setting.kind) {
      case 'table':
        return setting.optional ? undefined : this.table(setting, {}, emptyPlace(place), [...path, key]);
      case 'tables': case 'list':
        return [];
      case 'named tables':
        return new Map();
      case 'file':
        return undefined;
      default:
        return setting.default;
    }
  }

  private value(setting: Setting, given: unknown, place: Place, path: Path): unknown {
    switch (setting.kind) {
      case 'table':
        if (this.isUnopened(setting, given, place)) return this.fault(path, place, `is about the ${pathText(path)}; give ${openingOption(setting)} too`);
        return isTable(given) ? this.table(setting, given, place, path) : this.wrong(setting, given, place, path, ` with the header [${pathText(path)}]`);
      case 'tables':
        return this.tables(setting, given, place, path);
      case 'named tables':
        return this.namedTables(setting, given, place, path);
      case 'list':
        return this.list(setting, given, place, path);
      default:
        return this.plain(setting, given, place, path);
    }
  }

  /** A table of the command line alone, without the option that asks for it. */
  private isUnopened({ opener }: TableSetting, given: unknown, { option }: Place): boolean {
    return opener !== undefined && option !== undefined && isTable(given) && given[opener] === undefined;
  }

  private tables(setting: TablesSetting, given: unknown, place: Place, path: Path): unknown {
    if (!Array.isArray(given) || !given.every(isTable)) return this.wrong(setting, given, place, path, `: [[${pathText(path)}]]`);
    return given.map((one, at) => this.table(setting.of, one, place.inner.get(at)!, [...path, at]));
  }

  private namedTables(setting: NamedTablesSetting, given: unknown, place: Place, path: Path): unknown {
    if (!isTable(given)) return this.wrong(setting, given, place, path, `: [${pathText(path)}.name]`);
    const values = new Map<string, Table>();
    for (const [name, one] of Object.entries(given)) {
      const inner = place.inner.get(name)!;
      const at = [...path, name];
      if (setting.nameForm?.fits(name) === false) this.fault(at, inner, `has a name that cannot be; it must be ${setting.nameForm.allowed}`);
      else if (!isTable(one)) this.wrong(setting.of, one, inner, at, `: [${pathText(path)}.name]`);
      else values.set(name, this.table(setting.of, one, inner, at));
    }
    return values;
  }

  private list(setting: ListSetting, given: unknown, place: Place, path: Path): unknown {
    if (!Array.isArray(given) || given.length < (setting.min ?? 0)) return this.wrong(setting, given, place, path);
    return given.map((one, at) => this.plain(setting.of, one, place.inner.get(at)!, [...path, at]));
  }

  private plain(setting: PlainSetting, given: unknown, place: Place, path: Path): unknown {
    switch (setting.kind) {
      case 'integer': {
        // The parser gives whole numbers as bigint, a program that speaks for an option may give a number.
        const isWhole = typeof given === 'bigint' || (place.option !== undefined && Number.isInteger(given));
        if (isWhole && given as bigint >= setting.min && given as bigint <= setting.max) return Number(given);
        return this.wrong(setting, given, place, path, quoteHint(given, place));
      }
      case 'boolean':
        return typeof given === 'boolean' ? given : this.wrong(setting, given, place, path, quoteHint(given, place));
      case 'choice':
        return setting.of.includes(given as string) ? given : this.wrong(setting, given, place, path, didYouMean(given, setting.of));
      case 'text':
        if (typeof given !== 'string') return this.wrong(setting, given, place, path);
        return setting.form?.fits(given) === false ? this.wrong(setting, given, place, path, reasonText(setting, given)) : given;
      case 'file':
        return this.file(setting, given, place, path);
    }
  }

  private file(setting: PlainSetting & { kind: 'file' }, given: unknown, place: Place, path: Path): unknown {
    if (typeof given !== 'string' || given === '' || given.includes('\0')) return this.wrong(setting, given, place, path);
    // What the command line says is relative to where the command runs.
    const found = isAbsolute(given) || place.option !== undefined ? given : join(this.folder, given);
    const cause = setting.use === 'read' ? fileFault(found) : undefined;
    return cause === undefined ? found : this.fault(path, place, `is "${found}"; ${cause}`);
  }

  private wrong(setting: Setting, given: unknown, place: Place, path: Path, more = ''): undefined {
    const isSecret = 'secret' in setting && setting.secret === true;
    const kind = place.text === '' || place.option !== undefined || isRightKind(setting, given) ? '' : `, ${nameOfKind(given)}`;
    return this.fault(path, place, `is ${shownValue(place, given, isSecret)}${kind}; it must be ${allowedText(setting)}${more}`);
  }

  /** What an unknown key was meant to be, and where. */
  private meant(key: string, setting: TableSetting, path: Path): string {
    const known = Object.keys(setting.keys);
    const near = known.find((one) => bare(one) === bare(key)) ?? nearest(key, known);
    if (near !== undefined) return ` (did you mean ${near}?)`;
    const place = placeOfKey(this.all, key, []);
    if (place === '') return `; ${keyText(key)} stands at the top, above the first [table]`;
    if (place !== undefined) return `; ${keyText(key)} belongs to ${place}`;
    return `; ${path.length === 0 ? 'at the top there may be' : `[${pathText(path)}] may have`} ${known.join(', ')}`;
  }
}

function openingOption({ keys, opener }: TableSetting): string {
  return /--[a-z-]+/.exec(keys[opener!].flags ?? '')?.[0] ?? opener!;
}

function bare(key: string): string {
  return key.replace(/[-_]/g, '').toLowerCase();
}

/** The header of the table that has such a key, empty for the top; undefined if none has. */
function placeOfKey(table: TableSetting, key: string, path: readonly string[], isArray = false): string | undefined {
  if (Object.hasOwn(table.keys, key)) return path.length === 0 ? '' : isArray ? `[[${path.join('.')}]]` : `[${path.join('.')}]`;
  for (const [name, one] of Object.entries(table.keys)) {
    const here = [...path, name];
    const found = one.kind === 'table' ? placeOfKey(one, key, here)
      : one.kind === 'tables' ? placeOfKey(one.of, key, here, true)
        : one.kind === 'named tables' ? placeOfKey(one.of, key, [...here, 'name']) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function isRightKind(setting: Setting, given: unknown): boolean {
  if (setting.kind === 'integer') return typeof given === 'bigint';
  if (setting.kind === 'list') return Array.isArray(given);
  return setting.kind === 'boolean' ? typeof given === 'boolean' : typeof given === 'string';
}

/** A secret stays one: its form cannot say more without it. */
function reasonText({ form, secret }: TextSetting, given: string): string {
  const why = secret === true ? undefined : form?.why?.(given);
  return why === undefined ? '' : `; ${why}`;
}

function quoteHint(given: unknown, place: Place): string {
  return typeof given === 'string' && place.option === undefined ? ', without quotes' : '';
}

function didYouMean(given: unknown, words: readonly string[]): string {
  const near = typeof given === 'string' ? nearest(given, words) : undefined;
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function emptyPlace(place: Place): Place {
  return { ...place, inner: new Map() };
}
