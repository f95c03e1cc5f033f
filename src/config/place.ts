/**
 * Where a value comes from: a place in a file, or an option of the command line. Must not know how places are found.
 */

/** The place of a key, or of an item of an array, with the places of what is in it. */
export interface Place {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;
  /** The value as it is written; empty for a table that a header or a dotted key began. */
  readonly text: string;
  /** The option that gave the value in place of the file. */
  readonly option?: string;
  readonly inner: Map<string | number, Place>;
}

/** A value of the command line, with the key that it stands in place of. */
export interface Given {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly place: Place;
}

/** Where an option's value comes from. `inner` is for a value that is a table or an array. */
export function optionPlace(option: string, text: string, inner: Place['inner'] = new Map()): Place {
  return { line: 0, column: 0, text, option, inner };
}
