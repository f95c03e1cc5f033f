// @ts-check
// Single figures, as a list of terms and values.

/** @import { FiguresPanel, Row } from '../source.js' */
import { make, section, setText } from './dom.js';
import { valueText } from './values.js';

export class Figures {
  /** @param {FiguresPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.values = panel.figures.map(() => make('dd', { text: '–' }));
    const list = make('dl', { class: 'figures' }, ...panel.figures.map(({ label }, at) => make('div', {}, make('dt', { text: label }), this.values[at])));
    this.section = section(panel.title, 'figures-panel', list);
  }

  /** @param {Row} row */
  show(row) {
    this.panel.figures.forEach(({ id, kind }, at) => setText(this.values[at], valueText(row[id], kind)));
  }
}
