/**
 * Lua code as top-level pieces: functions and constants by name, with what each of them mentions. Must not know what they do.
 * What is relied on: a piece begins in the first column of a line, and everything within it is indented, except the line that ends it.
 */
import { piecesOf } from './lua-prelude.js';

export interface Piece {
  readonly name: string;
  readonly text: string;
  /** Names of other pieces. */
  readonly mentions: ReadonlySet<string>;
  /**
   * `local`: its text declares it. `alias`: a local for something of Lua's own (`local byte = string.byte`), which may stand wherever it is used.
   * `assigned`: its text is an assignment, to a local declared before or to a field of the environment.
   */
  readonly kind: 'local' | 'alias' | 'assigned';
}

const alias = /^local \w+ = [\w.]+(?: or [\w.]+)*\n$/;

/** The pieces of hand-written files of which nothing is left out. */
export function nativePieces(prelude: string): Piece[] {
  const found = piecesOf(prelude);
  // Several files name the same functions of Lua.
  const pieces = found.filter(({ name }, n) => found.findIndex((other) => other.name === name) === n);
  const names = new Set(pieces.map(({ name }) => name));
  return pieces.map(({ name, text }) => ({ name, text, mentions: wordsIn(text, names, name), kind: alias.test(text) ? 'alias' : 'local' }));
}

/** The pieces of TypeScriptToLua's output. `mentions` are those that the program knows of; of `others` mentions are looked up in the text. */
export function compiledPieces(body: string, mentions: ReadonlyMap<string, ReadonlySet<string>>, others: ReadonlySet<string>): Piece[] {
  const found: { name: string; text: string }[] = [];
  for (const line of body.split('\n')) {
    const start = /^(?:function (\w+)\(|(\w+) = )/.exec(line);
    if (start !== null) found.push({ name: start[1] ?? start[2], text: `${line}\n` });
    else if (line !== '' && !line.startsWith('--')) found[found.length - 1].text += `${line}\n`;
  }
  return found.map(({ name, text }) => ({ name, text, mentions: new Set([...mentions.get(name) ?? [], ...wordsIn(text, others, name)]), kind: 'assigned' }));
}

/** Which of `names` stand in the text as variables, not as fields. */
export function wordsIn(text: string, names: ReadonlySet<string>, but?: string): Set<string> {
  const found = new Set<string>();
  for (const [, word] of text.matchAll(/(?<![\w.:])([A-Za-z_]\w*)/g)) if (word !== but && names.has(word)) found.add(word);
  return found;
}
