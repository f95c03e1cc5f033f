/**
 * Takes from hand-written Lua files only the top-level locals that a build uses, with those that they use in turn.
 * Must not know which functions there are. The files' rule: a top-level `local` starts in the first column, and ends there with `end`
 * or within its line.
 */
import { BuildError } from './program.js';

interface Piece {
  readonly name: string;
  readonly text: string;
}

export function preludeFor(texts: readonly string[], wanted: readonly string[]): string {
  const pieces = texts.flatMap(piecesOf);
  const needed = new Set(wanted);
  for (const name of wanted) {
    if (!pieces.some((piece) => piece.name === name)) throw new BuildError(`no hand-written Lua file defines ${name}, which device code calls`);
  }
  // A piece uses only pieces above it, so one pass from the end finds everything.
  for (const piece of [...pieces].reverse()) {
    if (!needed.has(piece.name)) continue;
    for (const word of piece.text.match(/[A-Za-z_]\w*/g) ?? []) needed.add(word);
  }
  return pieces.filter((piece) => needed.has(piece.name)).map((piece) => piece.text).join('');
}

/** The top-level locals of a file, in its order. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let lines: string[] | undefined;
  for (const line of text.split('\n')) {
    const start = /^local (?:function )?(\w+)/.exec(line);
    if (start !== null) {
      lines = [line];
      if (!/^local function/.test(line) && !/=\s*function\b/.test(line)) {
        pieces.push({ name: start[1], text: `${line}\n` });
        lines = undefined;
      }
    } else if (lines !== undefined) {
      lines.push(line);
      if (line === 'end') {
        pieces.push({ name: /^local (?:function )?(\w+)/.exec(lines[0])![1], text: `${lines.join('\n')}\n` });
        lines = undefined;
      }
    }
  }
  return pieces;
}
