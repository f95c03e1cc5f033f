/**
 * Command-line options of declared settings: made from the declaration, and handed back as values with their keys. They are
 * checked together with the configuration file. Must not know any program's settings.
 * Changes together with src/config/settings.ts (the kinds).
 */
import { type Command, Option } from 'commander';
import type { PlainSetting, Setting, TableSetting } from '../config/settings.js';
// Not by way of the index: every command would load the TOML parser.
import { type Given, optionPlace } from '../config/place.js';
import { shownName } from './command.js';

type Values = Readonly<Record<string, unknown>>;

/** An option for each setting that has flags, tables in tables included. */
export function addSettingOptions(command: Command, declared: TableSetting): void {
  for (const setting of Object.values(declared.keys)) {
    if (setting.kind === 'table') addSettingOptions(command, setting);
    else if (setting.flags !== undefined && isPlain(setting)) command.addOption(new Option(setting.flags, helpText(setting)));
  }
}

/** What the command line says, for `loadSettings`. */
export function givenSettings(declared: TableSetting, values: Values, path: readonly string[] = []): Given[] {
  return Object.entries(declared.keys).flatMap(([key, setting]) => {
    const here = [...path, key];
    if (setting.kind === 'table') return givenSettings(setting, values, here);
    if (setting.flags === undefined || !isPlain(setting)) return [];
    const given = values[new Option(setting.flags).attributeName()];
    if (given === undefined) return [];
    // `--metrics` without its port: the table is wanted, its values are the defaults.
    if (given === true && setting.kind !== 'boolean') return [{ path: here, value: setting.kind === 'integer' ? setting.default : undefined, place: optionPlace(shownName(setting.flags), '') }];
    return [givenValue(setting, here, setting.flags, given)];
  });
}

/** The text of an option for one setting. */
export function givenValue(setting: PlainSetting, path: Given['path'], flags: string, given: unknown): Given {
  const value = typeof given === 'string' ? valueOf(setting, given) : given;
  return { path, value, place: optionPlace(shownName(flags), JSON.stringify(given)) };
}

/** What cannot be such a value stays text, and is refused when it is checked. */
function valueOf(setting: PlainSetting, text: string): unknown {
  if (setting.kind === 'integer' && /^[+-]?\d+$/.test(text)) return BigInt(text.replace('+', ''));
  if (setting.kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** What an option's line of `--help` says. */
function helpText(setting: PlainSetting): string {
  const words = setting.kind === 'choice' ? `: ${setting.of.join(', ')}` : '';
  const byDefault = 'default' in setting && setting.default !== undefined && setting.default !== false ? ` (default: ${setting.default})` : '';
  return `${setting.description}${words}${byDefault}`;
}

function isPlain(setting: Setting): setting is PlainSetting {
  return setting.kind !== 'table' && setting.kind !== 'tables' && setting.kind !== 'named tables' && setting.kind !== 'list';
}
