/**
 * What a board prints of a program that fails, in words for the person who wrote it: the error, and its place in the file as it was written.
 * Must not know how the program came onto the board.
 */
import { readMap, sourceOf } from '../build/source-map.js';

export interface RunProgram {
  /** The name under which the board has it, and names it. */
  readonly storageName: string;
  /** The file that it was built from, and its source map, if it was changed on the way. */
  readonly path: string;
  readonly sourceMap?: string | undefined;
}

/** The first error that nobody caught, in what was printed; null if there is none. */
export function scriptError(printed: string, program: RunProgram): string | null {
  const [, words, trace] = /Uncaught (.*)\n?([^]*)/.exec(printed) ?? [];
  if (words === undefined) return null;
  // The innermost place that is the program's own comes first.
  const frame = new RegExp(`at (?:.*\\()?${program.storageName.replace('.', '\\.')}:(\\d+):(\\d+)`).exec(trace.split('Uncaught')[0]);
  return frame === null ? words.trim() : `${words.trim()}, at ${placeOf(program, Number(frame[1]), Number(frame[2]))}`;
}

/** Lines and columns are counted from 1 here. */
function placeOf({ path, sourceMap }: RunProgram, line: number, column: number): string {
  const source = sourceMap === undefined ? undefined : sourceOf(readMap(sourceMap), line - 1, column - 1);
  return source === undefined ? `${path}:${line}:${column}` : `${source.source}:${source.sourceLine + 1}:${source.sourceColumn + 1}`;
}
