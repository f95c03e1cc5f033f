/**
 * The settings of a program from three layers: what the command line says over what the file says over the defaults.
 * Must not know any program's settings.
 */
import { checkTables, type Fault, isTable } from './check.js';
import type { Given, Place } from './place.js';
import { ConfigFault, readToml, type TomlFile } from './read.js';
import type { TableSetting, ValuesOf } from './settings.js';
import { pathText } from './words.js';

export interface Loaded<Values> {
  readonly values: Values;
  /** Where a value comes from, for messages about it: `broker.toml:7:1: access.acl-file` or `--acl-file`. */
  readonly originOf: (path: readonly (string | number)[]) => string;
}

/** As `loadSettings` gives it, before anybody has changed values. */
export interface LoadedFile<Values> extends Loaded<Values> {
  /** Whether the file or the command line says it. */
  readonly isGiven: (path: readonly (string | number)[]) => boolean;
}

/** Faults beyond these are counted only. */
const faultsShownMax = 20;

/** Throws a ConfigFault with a line for each thing that is wrong. `file` undefined: the command line and defaults alone. */
export function loadSettings<const T extends TableSetting>(declared: T, file: string | undefined, given: readonly Given[] = []): LoadedFile<ValuesOf<T>> {
  const { tables, places } = overlaid(file === undefined ? nothing() : readToml(file), given);
  const { values, faults } = checkTables(declared, tables, places, file ?? '');
  if (faults.length > 0) throw new ConfigFault(linesOf(faults, file ?? ''));
  return { values: values as ValuesOf<T>, originOf: (path) => originOf(places, path, file ?? ''), isGiven: (path) => placeAt(places, path) !== undefined };
}

function nothing(): TomlFile {
  return { tables: {}, places: { line: 1, column: 1, text: '', inner: new Map() } };
}

function overlaid({ tables, places }: TomlFile, given: readonly Given[]): TomlFile {
  for (const { path, value, place } of given) {
    let table = tables as Record<string, unknown>;
    let inner = places.inner;
    let isReached = true;
    for (const key of path.slice(0, -1)) {
      if (table[key] === undefined) {
        table[key] = {};
        inner.set(key, { ...place, inner: new Map() });
      }
      // What should be a table and is none is left for the check to find.
      isReached &&= isTable(table[key]);
      if (!isReached) break;
      table = table[key] as Record<string, unknown>;
      inner = inner.get(key)!.inner;
    }
    if (!isReached) continue;
    const last = path[path.length - 1];
    table[last] = value;
    inner.set(last, place);
  }
  return { tables, places };
}

function linesOf(faults: readonly Fault[], file: string): string[] {
  const lines = faults.slice(0, faultsShownMax).map(({ path, place, reason }) => `${placeText(place, path, file)} ${reason}`);
  const rest = faults.length - lines.length;
  return rest === 0 ? lines : [...lines, `${file}: ${rest} more faults are not shown`];
}

function placeText(place: Place, path: readonly (string | number)[], file: string): string {
  return place.option ?? `${file}:${place.line}:${place.column}: ${pathText(path)}`;
}

function originOf(places: Place, path: readonly (string | number)[], file: string): string {
  const place = placeAt(places, path);
  if (place !== undefined) return placeText(place, path, file);
  return file === '' ? `the default of ${pathText(path)}` : `${file}: the default of ${pathText(path)}`;
}

function placeAt(places: Place, path: readonly (string | number)[]): Place | undefined {
  return path.reduce<Place | undefined>((place, part) => place?.inner.get(part), places);
}
