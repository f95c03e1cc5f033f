/**
 * Regular expressions that pick lines and take values out of them, by an engine that cannot backtrack: what someone writes
 * into a configuration must not be able to hold up all ports, whatever a board sends. Must not know: rules, lines' origin.
 *
 * Read first: https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS, RE2JSSyntaxException } from 're2js';

/** What the engine has not, since it cannot be done in linear time, or writes in another way: how it begins, and what to say. */
const foreign: readonly (readonly [RegExp, string])[] = [
  [/^\(\?<?[=!]/, 'looks ahead or behind, which RE2 cannot; let match fit the whole line, and take the part with a group'],
  [/^\\[1-9k]/, 'refers back to a group, which RE2 cannot'],
  [/^\\u/, 'is written \\x{00b0} in RE2, with the digits of the character'],
];

export class LinePattern {
  // Out of sight of comparisons: the engine keeps notes of what it has matched.
  readonly #pattern: RE2JS;

  /** Throws where `patternFault` has something to say. */
  constructor(source: string) {
    this.#pattern = RE2JS.compile(source);
  }

  /** Names of its groups. */
  get groups(): string[] {
    return Object.keys(this.#pattern.namedGroups());
  }

  /** Upper bound of what a byte of a line costs, in steps of the engine. */
  get stepsPerByte(): number {
    return this.#pattern.programSize();
  }

  /** The named groups of a line that it fits; null: it does not. */
  match(line: string): Readonly<Record<string, string | undefined>> | null {
    const found = this.#pattern.exec(line) as { groups?: Record<string, string | undefined> } | null;
    return found === null ? null : found.groups ?? {};
  }
}

/** Why the text is no regular expression of RE2; undefined: it is one. */
export function patternFault(source: string): string | undefined {
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof RE2JSSyntaxException)) return thrown instanceof Error ? thrown.message : String(thrown);
    const { error, input } = thrown;
    const part = input ?? '';
    const words = foreign.find(([begins]) => begins.test(part))?.[1];
    return words === undefined ? `${error}${part === '' ? '' : `: ${part}`}` : `"${part}" ${words}`;
  }
}
