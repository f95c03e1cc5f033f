/**
 * Builds device code as a module for Espruino, an interpreter that reads source text over and over: few JsVars, few characters on the way of a message.
 * Must not know what the code does. Read first: "What measurements decided" in src/core/README.md, then `lowering.ts` and `overlay.ts`.
 */
import { fieldsToShorten, minified, toEs5 } from './es5.js';
import { withGuardedStrings } from './espruino-strings.js';
import { flatten } from './flatten.js';
import { lower, packedField } from './lowering.js';
import { overlay } from './overlay.js';
import { overrideFunctions } from './override.js';
import { BuildError, type DeviceSources } from './program.js';
import { bytesBySource } from './source-map.js';

export interface EspruinoOptions extends DeviceSources {
  /** The name under which Storage will hold the module; `resident` needs it. */
  readonly moduleName: string;
  readonly minify?: boolean;
  /** Struct fields that keep their names when minified, because applications use them. Names in quotes are kept anyway. */
  readonly publicFields?: readonly string[];
  /**
   * The functions that are made when the module is loaded; all others are read from Storage when they are called, so that the module works from
   * Storage alone. Absent: all, and it works from wherever it is loaded.
   */
  readonly resident?: readonly string[];
}

export interface EspruinoBuild {
  /** The file's text: a module whose exports are those of the entries. */
  readonly code: string;
  readonly bytes: number;
  /** How many bytes come from each source, before functions are moved to where they are read from Storage. */
  readonly sources: ReadonlyMap<string, number>;
  /** Functions that are read from Storage when they are called, and those that are there from the start. */
  readonly loaded: readonly string[];
  readonly resident: readonly string[];
}

/** Files whose functions Espruino has natives for, and what has them. */
const overrides = { 'src/core/bytes.ts': 'targets/espruino/bytes.ts' } as const;

export function buildEspruino(options: EspruinoOptions): EspruinoBuild {
  const replace = { ...Object.fromEntries(Object.entries(overrides).map(([path, own]) => [path, overrideFunctions(path, own)])), ...options.replace };
  const keep = options.publicFields ?? [];
  const flat = flatten({ ...options, replace }, { keepFields: options.minify === true ? keep : undefined });
  const lowered = toEs5(lower(flat, flat.exports, { current: 'Client', packed: true }));
  const whole = { code: `${lowered.code}${flat.exports.map((name) => `exports.${name} = ${name};\n`).join('')}`, segments: lowered.segments };
  const { code: bare, names, segments } = options.minify === true ? minified(whole, [...fieldsToShorten(flat, keep), packedField], []) : { ...whole, names: {} };
  const sources = bytesBySource(bare, segments);
  const { code } = withGuardedStrings({ code: bare, segments: [] });
  if (options.resident === undefined) return { code, bytes: Buffer.byteLength(code), sources, loaded: [], resident: flat.names };
  const unknown = options.resident.find((name) => !flat.names.includes(name));
  if (unknown !== undefined) throw new BuildError(`${unknown} is to be resident, but is no function of the program`);
  const resident = new Set(options.resident.map((name) => (names as Record<string, string>)[name] ?? name));
  const split = overlay(code, options.moduleName, (name) => resident.has(name));
  const full = new Map(Object.entries(names).map(([name, short]) => [short, name]));
  const fullNames = (list: readonly string[]): string[] => list.map((name) => full.get(name) ?? name);
  return { code: split.code, bytes: Buffer.byteLength(split.code), sources, loaded: fullNames(split.loaded), resident: fullNames(split.resident) };
}
