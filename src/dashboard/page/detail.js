// @ts-check
// More of one row, in a dialog that is kept up to date while it is open, with what can be done to that row.

/** @import { Action, Detail, DetailTable, TablePanel } from '../source.js' */
import { actionButton } from './actions.js';
import { byId, make } from './dom.js';
import { question } from './server.js';
import { isNumeric, valueText } from './values.js';

const askEveryMs = 1000;

export class DetailDialog {
  constructor() {
    this.dialog = byId('detail', HTMLDialogElement);
    this.title = make('h2', { id: 'detail-title' });
    this.content = make('div');
    this.buttons = make('p', { class: 'buttons' });
    this.said = make('p', { class: 'note', role: 'status' });
    this.dialog.append(make('div', { class: 'dialog-head' }, this.title, make('button', { type: 'button', text: 'Close', click: () => this.dialog.close() })), this.buttons, this.said, this.content);
    this.dialog.addEventListener('close', () => clearInterval(this.timer));
    this.lastJson = '';
    this.key = '';
  }

  /** @param {TablePanel} panel @param {string} key @param {readonly Action[]} actions those of this table */
  open(panel, key, actions) {
    this.panelId = panel.id;
    this.key = key;
    this.lastJson = '';
    this.title.textContent = key;
    this.said.textContent = '';
    this.content.replaceChildren();
    this.buttons.replaceChildren(...actions.map((action) => actionButton(action, key, (text) => { this.said.textContent = text; })));
    if (!this.dialog.open) this.dialog.showModal();
    clearInterval(this.timer);
    this.timer = setInterval(() => void this.ask(), askEveryMs);
    void this.ask();
  }

  async ask() {
    const { key } = this;
    if (document.hidden) return;
    try {
      const detail = /** @type {Detail} */ (await question('detail', { panel: this.panelId ?? '', key }));
      if (key === this.key) this.show(detail);
    } catch (thrown) {
      if (key === this.key && thrown instanceof Error && 'status' in thrown) this.content.replaceChildren(make('p', { class: 'note', text: thrown.message }));
    }
  }

  /** @param {Detail} detail */
  show(detail) {
    // What has not changed stays: somebody may be selecting its text.
    const json = JSON.stringify(detail);
    if (json === this.lastJson) return;
    this.lastJson = json;
    this.title.textContent = detail.title;
    const facts = make('dl', { class: 'facts' }, ...detail.facts.map(({ label, kind, value }) => make('div', {}, make('dt', { text: label }), make('dd', { text: valueText(value, kind) }))));
    this.content.replaceChildren(facts, ...detail.tables.flatMap((table) => [make('h3', { text: table.title }), tableOf(table)]));
  }
}

/** @param {DetailTable} table */
function tableOf({ title, columns, rows, empty }) {
  if (rows.length === 0) return make('p', { class: 'note', text: empty });
  const head = make('tr', {}, ...columns.map(({ label, kind }) => make('th', { scope: 'col', text: label, class: isNumeric(kind) ? 'number' : '' })));
  const body = rows.map((row) => make('tr', {}, ...columns.map(({ id, kind }) => make('td', { class: isNumeric(kind) ? 'number' : kind, text: valueText(row[id], kind) }))));
  return make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title }, make('table', {}, make('thead', {}, head), make('tbody', {}, ...body)));
}
