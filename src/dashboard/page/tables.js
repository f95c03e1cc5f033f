// @ts-check
// Rows that come and go: sorted and filtered by the server, asked for once a second while the table is in sight.

/** @import { Cell, Column, Row, TablePanel } from '../source.js' */
import { make, section, setText } from './dom.js';
import { question } from './server.js';
import { isNumeric, valueText } from './values.js';

const askEveryMs = 1000;
const typingMs = 200;

export class Table {
  /** @param {TablePanel} panel @param {(key: string) => void} open shows the detail of a row */
  constructor(panel, open) {
    this.panel = panel;
    this.open = open;
    this.sort = panel.sortColumn;
    this.isDescending = panel.sortDescending;
    this.isInSight = false;
    this.isAsking = false;
    /** @type {Map<string, { row: HTMLTableRowElement, cells: Element[] }>} */
    this.rows = new Map();
    this.filter = make('input', { type: 'search', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', input: () => this.typed() });
    this.count = make('span', { class: 'note', role: 'status' });
    this.headers = panel.columns.map((column) => this.header(column));
    this.body = make('tbody');
    const table = make('table', {}, make('thead', {}, make('tr', {}, ...this.headers)), this.body);
    this.empty = make('p', { class: 'note', text: `No ${panel.noun} matches.`, hidden: true });
    this.section = section(panel.title, 'table-panel',
      make('div', { class: 'controls' }, make('label', {}, 'Filter ', this.filter), this.count),
      make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': panel.title }, table), this.empty);
    this.markSorted();
    new IntersectionObserver(([entry]) => {
      this.isInSight = entry.isIntersecting;
      void this.ask();
    }).observe(this.section);
    setInterval(() => void this.ask(), askEveryMs);
  }

  /** @param {Column} column */
  header(column) {
    const { id, label, kind } = column;
    const button = make('button', { type: 'button', text: label, click: () => {
      this.isDescending = this.sort === id ? !this.isDescending : isNumeric(kind);
      this.sort = id;
      this.markSorted();
      void this.ask();
    } });
    return make('th', { scope: 'col', class: isNumeric(kind) ? 'number' : '' }, button);
  }

  markSorted() {
    this.panel.columns.forEach(({ id }, at) => this.headers[at].setAttribute('aria-sort', id !== this.sort ? 'none' : this.isDescending ? 'descending' : 'ascending'));
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => void this.ask(), typingMs);
  }

  async ask() {
    if (!this.isInSight || document.hidden || this.isAsking) return;
    this.isAsking = true;
    const query = { panel: this.panel.id, sort: this.sort, order: this.isDescending ? 'down' : 'up', filter: this.filter.value };
    try {
      this.show(await question('table', query));
    } catch {
      // The feed says that the connection is lost; what was there stays until it is back.
    } finally {
      this.isAsking = false;
    }
    // Something was changed while the answer was under way.
    if (query.sort !== this.sort || query.filter !== this.filter.value || (query.order === 'down') !== this.isDescending) void this.ask();
  }

  /** @param {{ rows: Row[], matching: number, total: number }} shown */
  show({ rows, matching, total }) {
    const all = matching === total ? `${total}` : `${matching} of ${total}`;
    setText(this.count, rows.length < matching ? `${all}, the first ${rows.length} shown` : all);
    this.empty.hidden = rows.length > 0;
    const keys = new Set(rows.map((row) => String(row[this.panel.keyColumn])));
    for (const [key, { row }] of this.rows) {
      if (keys.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    rows.forEach((values, at) => {
      const key = String(values[this.panel.keyColumn]);
      const shown = this.rows.get(key) ?? this.add(key);
      this.panel.columns.forEach((column, nth) => showCell(shown.cells[nth], values[column.id], column));
      // A row that is moved loses the keyboard's focus, so none is moved without need.
      if (this.body.children[at] !== shown.row) this.body.insertBefore(shown.row, this.body.children[at] ?? null);
    });
  }

  /** @param {string} key */
  add(key) {
    /** @type {Element[]} */
    const cells = [];
    const row = make('tr');
    for (const { id, kind } of this.panel.columns) {
      const isKey = id === this.panel.keyColumn;
      const cell = make(isKey ? 'th' : 'td', { class: isNumeric(kind) ? 'number' : kind, ...isKey ? { scope: 'row' } : {} });
      if (isKey && this.panel.hasDetail) {
        const button = make('button', { type: 'button', class: 'link', click: () => this.open(key) });
        cell.append(button);
        cells.push(button);
      } else cells.push(cell);
      row.append(cell);
    }
    const entry = { row, cells };
    this.rows.set(key, entry);
    return entry;
  }
}

/** @param {Element} element @param {Cell | undefined} value @param {Column} column */
export function showCell(element, value, { kind }) {
  setText(element, valueText(value, kind));
  if (kind === 'state') element.setAttribute('data-state', String(value));
}
