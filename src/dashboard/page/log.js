// @ts-check
// Lines of a log, the latest first.

/** @import { LogPanel } from '../source.js' */
import { make, section } from './dom.js';
import { timeText } from './values.js';

const linesMax = 200;

/** @typedef {{ atMs: number, level: string, text: string }} Line */

export class Log {
  /** @param {LogPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.list = make('ol', { class: 'log', tabindex: '0', 'aria-label': panel.title });
    this.section = section(panel.title, 'log-panel', this.list);
  }

  /** @param {readonly Line[]} lines */
  begin(lines) {
    this.list.replaceChildren();
    this.add(lines);
  }

  /** @param {readonly Line[]} lines oldest first */
  add(lines) {
    for (const { atMs, level, text } of lines) {
      this.list.prepend(make('li', { class: level }, make('time', { text: timeText(atMs) }), ` ${text}`));
    }
    while (this.list.childElementCount > linesMax) this.list.lastElementChild?.remove();
  }
}
