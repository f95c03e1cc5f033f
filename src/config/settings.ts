/**
 * How a program declares its settings: a table of names, each with its kind, range, default and description. From one such
 * table come the check of a TOML file, the types of what was read, a JSON Schema, an example file and command-line options.
 * Must not know any program's settings. How to add one: README.md beside this file.
 */

interface Common {
  /** One line for people, without a full stop: what it is for. */
  readonly description: string;
  /** The command-line option that gives it too, as in `--log-level <level>`. */
  readonly flags?: string;
  /** A change takes effect at the next start only. */
  readonly restart?: true;
  readonly required?: true;
  /** What the example file shows where there is no default, as TOML. */
  readonly example?: string;
}

export interface IntegerSetting extends Common {
  readonly kind: 'integer';
  readonly min: number;
  readonly max: number;
  /** bytes, seconds, messages … */
  readonly unit?: string;
  readonly default?: number;
}

export interface BooleanSetting extends Common {
  readonly kind: 'boolean';
  readonly default?: boolean;
}

/** What a text must look like. */
export interface TextForm {
  /** Follows "it must be". */
  readonly allowed: string;
  fits(text: string): boolean;
  /** What is wrong with a text that does not fit, where that can be said more exactly; follows "it must be …; ". */
  why?(text: string): string | undefined;
  /** The same for a JSON Schema, as far as a regular expression can say it. */
  readonly pattern?: string;
}

export interface TextSetting extends Common {
  readonly kind: 'text';
  readonly form?: TextForm;
  /** Never shown in a message. */
  readonly secret?: true;
  readonly default?: string;
}

export interface ChoiceSetting extends Common {
  readonly kind: 'choice';
  readonly of: readonly string[];
  readonly default?: string;
}

/** A path, relative to the file that names it. */
export interface FileSetting extends Common {
  readonly kind: 'file';
  /** A file to read must be there and readable. */
  readonly use: 'read' | 'write' | 'folder';
}

export type PlainSetting = IntegerSetting | BooleanSetting | TextSetting | ChoiceSetting | FileSetting;

export interface ListSetting extends Common {
  readonly kind: 'list';
  readonly of: PlainSetting;
  /** Fewest items. Default: 0. */
  readonly min?: number;
}

/** What is wrong with values that are each right by themselves. */
export interface RuleBreach {
  /** The key at which the file is to be mended. */
  readonly key: string;
  /** Follows the key: "is for TLS; …". */
  readonly reason: string;
}

export interface TableSetting extends Common {
  readonly kind: 'table';
  /** By name as in the file, words joined by hyphens. */
  readonly keys: Readonly<Record<string, Setting>>;
  /** A table that is not there is undefined; otherwise it is made of defaults. */
  readonly optional?: true;
  /** Key of an optional table whose option makes the table be there; other options alone do not. */
  readonly opener?: string;
  /** About several values of the table, defaults filled in, by their names in the program. */
  readonly rules?: readonly ((values: Readonly<Record<string, unknown>>) => RuleBreach | undefined)[];
}

/** `[[name]]`, any number of times. */
export interface TablesSetting extends Common {
  readonly kind: 'tables';
  /** They may come and go while the program runs; otherwise a change of their number needs a restart. */
  readonly comesAndGoes?: true;
  readonly of: TableSetting;
}

/** `[name.chosen-name]`, any number of them. */
export interface NamedTablesSetting extends Common {
  readonly kind: 'named tables';
  readonly of: TableSetting;
  readonly nameForm?: TextForm;
}

export type Setting = PlainSetting | ListSetting | TableSetting | TablesSetting | NamedTablesSetting;

/** `receive-maximum` is `receiveMaximum` in the program. */
export type ProgramName<Key extends string> = Key extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<ProgramName<Tail>>}` : Key;

export function programName(key: string): string {
  return key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

type PlainValue<S> =
  S extends { kind: 'integer' } ? number
    : S extends { kind: 'boolean' } ? boolean
      : S extends { kind: 'choice'; of: readonly (infer Word)[] } ? Word
        : string;

type ValueOfSetting<S> =
  S extends { kind: 'table'; keys: infer Keys } ? TableValues<Keys>
    : S extends { kind: 'tables'; of: { keys: infer Keys } } ? readonly TableValues<Keys>[]
      : S extends { kind: 'named tables'; of: { keys: infer Keys } } ? ReadonlyMap<string, TableValues<Keys>>
        : S extends { kind: 'list'; of: infer Item } ? readonly PlainValue<Item>[]
          : PlainValue<S>;

type IsAlwaysThere<S> =
  S extends { required: true } | { default: unknown } | { kind: 'tables' | 'named tables' | 'list' } ? true
    : S extends { kind: 'table'; optional: true } ? false
      : S extends { kind: 'table' } ? true : false;

type TableValues<Keys> = {
  readonly [Key in keyof Keys & string as ProgramName<Key>]: IsAlwaysThere<Keys[Key]> extends true ? ValueOfSetting<Keys[Key]> : ValueOfSetting<Keys[Key]> | undefined;
};

/** What a checked file is to the program: defaults filled in, names as in the program. */
export type ValuesOf<T extends TableSetting> = TableValues<T['keys']>;
