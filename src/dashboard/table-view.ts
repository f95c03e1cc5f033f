/*
 * The part of a table that one viewer asks for: filtered, sorted, and no more rows than a page can show. The rows
 * themselves are made once a second at most, whatever number of viewers ask.
 */
import type { Cell, DashboardSource, Row, TablePanel } from './source.js';

export interface TableQuery {
  readonly sortColumn: string;
  readonly descending: boolean;
  /** Rows that hold this text in any of their texts, upper and lower case alike. */
  readonly filter: string;
}

export interface ShownTable {
  readonly rows: readonly Row[];
  /** Rows that match, and all rows. */
  readonly matching: number;
  readonly total: number;
}

export const rowsShownMax = 200;
const rowsKeptMs = 900;

export class TableViews {
  private readonly kept = new Map<string, { readonly rows: readonly Row[]; readonly atMs: number }>();

  constructor(private readonly source: DashboardSource) {}

  view(panel: TablePanel, { sortColumn, descending, filter }: TableQuery): ShownTable {
    const all = this.rows(panel.id);
    const wanted = filter.toLowerCase();
    const matching = wanted === '' ? [...all] : all.filter((row) => holds(row, wanted));
    const sign = descending ? -1 : 1;
    matching.sort((a, b) => sign * compare(a[sortColumn], b[sortColumn]) || compare(a[panel.keyColumn], b[panel.keyColumn]));
    return { rows: matching.slice(0, rowsShownMax), matching: matching.length, total: all.length };
  }

  private rows(panelId: string): readonly Row[] {
    const kept = this.kept.get(panelId);
    const nowMs = performance.now();
    if (kept !== undefined && nowMs - kept.atMs < rowsKeptMs) return kept.rows;
    const rows = this.source.rows(panelId);
    this.kept.set(panelId, { rows, atMs: nowMs });
    return rows;
  }

  /** What has been changed is to be seen at once. */
  forget(): void {
    this.kept.clear();
  }
}

function holds(row: Row, wanted: string): boolean {
  return Object.values(row).some((cell) => typeof cell === 'string' && cell.toLowerCase().includes(wanted));
}

/** What is not known is the least. */
function compare(a: Cell | undefined, b: Cell | undefined): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : 1;
}
