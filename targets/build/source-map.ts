/**
 * Source maps (revision 3): which place of the sources a place of a built file comes from, and so whose bytes those of the file are.
 * Must not know what is built. Lines and columns are counted from 0 here, as in the format.
 *
 * Read first: ECMA-426, "Mappings structure".
 */
export interface Segment {
  readonly line: number;
  readonly column: number;
  readonly source: string;
  readonly sourceLine: number;
  readonly sourceColumn: number;
}

interface MapFile {
  readonly version: 3;
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A number as base-64 digits of five bits each, the least first, the sign in the lowest bit. */
function encoded(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += digits[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}

function decoded(text: string): number[] {
  const values: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of text) {
    const digit = digits.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    values.push((value & 1) !== 0 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return values;
}

/** Segments in the order of the built file. `contentOf` gives a source's text, so that the map can be read where the sources are not. */
export function writeMap(segments: readonly Segment[], contentOf: (source: string) => string): string {
  const sources = [...new Set(segments.map((segment) => segment.source))];
  const lines: string[][] = [];
  let before = [0, 0, 0, 0];
  for (const { line, column, source, sourceLine, sourceColumn } of segments) {
    while (lines.length <= line) {
      lines.push([]);
      before = [0, ...before.slice(1)]; // columns begin anew on each line
    }
    const now = [column, sources.indexOf(source), sourceLine, sourceColumn];
    lines[line].push(now.map((value, n) => encoded(value - before[n])).join(''));
    before = now;
  }
  const map: MapFile = { version: 3, sources, sourcesContent: sources.map(contentOf), names: [], mappings: lines.map((line) => line.join(',')).join(';') };
  return JSON.stringify(map);
}

/** The segments that name a source. */
export function readMap(text: string): Segment[] {
  const { sources, mappings } = JSON.parse(text) as MapFile;
  const segments: Segment[] = [];
  const at = [0, 0, 0, 0];
  mappings.split(';').forEach((text, line) => {
    at[0] = 0;
    for (const segment of text === '' ? [] : text.split(',')) {
      const deltas = decoded(segment);
      deltas.slice(0, 4).forEach((delta, n) => { at[n] += delta; });
      if (deltas.length >= 4) segments.push({ line, column: at[0], source: sources[at[1]], sourceLine: at[2], sourceColumn: at[3] });
    }
  });
  return segments;
}

/** The source behind a place of the built file: that of the last segment before it on its line. */
export function sourceOf(segments: readonly Segment[], line: number, column: number): Segment | undefined {
  return segments.filter((segment) => segment.line === line && segment.column <= column).at(-1);
}

/** How many bytes of `code` each source accounts for; what stands before the first segment belongs to that one. */
export function bytesBySource(code: string, segments: readonly Segment[]): Map<string, number> {
  const bytes = new Map<string, number>();
  const starts = lineStarts(code);
  segments.forEach((segment, n) => {
    const next = segments[n + 1];
    const from = n === 0 ? 0 : starts[segment.line] + segment.column;
    const to = next === undefined ? code.length : starts[next.line] + next.column;
    bytes.set(segment.source, (bytes.get(segment.source) ?? 0) + Buffer.byteLength(code.slice(from, to)));
  });
  return bytes;
}

/** Where each line begins. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
