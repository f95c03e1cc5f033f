/**
 * Text that changes: drawn over what was drawn before on a terminal, line by line elsewhere.
 * Must not know what the text says.
 */
import type { Rates } from './benchText.js';

export interface View {
  readonly show: (rates: Rates) => void;
  /** Leaves the terminal as it was found. */
  readonly end: (rates: Rates) => void;
}

type Lines<T> = (rates: Rates) => T;

export function lines(out: NodeJS.WriteStream, line: Lines<string>): View {
  return { show: (rates) => { out.write(`${line(rates)}\n`); }, end: () => undefined };
}

/** Draws over what it drew before. Lines are cut at the terminal's edge, else the count of lines would be wrong. */
export function screen(out: NodeJS.WriteStream, frame: Lines<string[]>): View {
  let drawn = 0;
  const draw = (rates: Rates): void => {
    const rows = frame(rates).slice(0, Math.max(1, out.rows - 1)).map((row) => cut(row, out.columns));
    const up = drawn > 0 ? `\x1b[${drawn}A` : '';
    out.write(`\x1b[?25l${up}${rows.map((row) => `\x1b[2K${row}\n`).join('')}\x1b[J`);
    drawn = rows.length;
  };
  const showCursor = (): void => { out.write('\x1b[?25h'); };
  process.once('exit', showCursor);
  return {
    show: draw,
    end: (rates) => {
      draw(rates);
      process.off('exit', showCursor);
      showCursor();
    },
  };
}

/** What fits before the last column, marks not counted; what is cut ends with an ellipsis. */
function cut(row: string, columns: number): string {
  let shown = 0;
  let result = '';
  const pieces = row.match(/\x1b\[\d+m|./gsu) ?? [];
  const isCut = pieces.filter((piece) => !piece.startsWith('\x1b[')).length >= columns;
  for (const piece of pieces) {
    if (piece.startsWith('\x1b[')) result += piece;
    else if (++shown < columns) result += isCut && shown === columns - 1 ? '…' : piece;
  }
  return result;
}
