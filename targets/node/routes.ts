/**
 * The integers that the core hands back with each message, and the handlers behind them: one for each filter.
 * Must not know: the core.
 */
import type { MessageHandler } from './api.js';

interface Route {
  filter: string;
  handler: MessageHandler | null;
}

export class Routes {
  private readonly rows: (Route | null)[] = [];
  private readonly byFilter = new Map<string, number>();

  /** The route of a filter, with its new handler; `undo` takes that back. */
  take(filter: string, handler: MessageHandler | null): { route: number; undo: () => void } {
    const known = this.byFilter.get(filter);
    if (known !== undefined) {
      const row = this.rows[known] as Route;
      const before = row.handler;
      row.handler = handler;
      return { route: known, undo: () => { row.handler = before; } };
    }
    let route = this.rows.indexOf(null);
    if (route < 0) route = this.rows.length;
    this.rows[route] = { filter, handler };
    this.byFilter.set(filter, route);
    return { route, undo: () => this.release(route) };
  }

  handlerOf(route: number): MessageHandler | null {
    if (route < 0 || route >= this.rows.length) return null;
    return this.rows[route]?.handler ?? null;
  }

  release(route: number): void {
    const row = this.rows[route];
    if (row === undefined || row === null) return;
    this.byFilter.delete(row.filter);
    this.rows[route] = null;
  }
}
