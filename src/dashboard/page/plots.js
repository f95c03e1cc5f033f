// @ts-check
// Series over time, drawn by uPlot. The data are arrays of the server's history, one sample longer each second.

/** @import { PlotPanel } from '../source.js' */
import { make, section, setText } from './dom.js';
import { timeText, valueText } from './values.js';

const height = 150;
const colours = ['--series-1', '--series-2', '--series-3'];

export class Plot {
  /** @param {PlotPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.samplesMax = 0;
    /** @type {number[]} */
    this.seconds = [];
    /** @type {(number | null)[][]} */
    this.values = panel.series.map(() => []);
    this.area = make('div', { class: 'plot-area' });
    this.legendValues = panel.series.map(() => make('b', { text: '–' }));
    this.legendTime = make('span', { class: 'faint' });
    const legend = make('p', { class: 'legend' }, ...panel.series.map(({ label }, at) => make('span', { 'data-series': String(at + 1) }, `${label} `, this.legendValues[at])), this.legendTime);
    this.section = section(panel.title, 'plot', legend, this.area);
    if (panel.note !== undefined) this.section.append(make('p', { class: 'note', text: panel.note }));
    /** @type {uPlot | undefined} */
    this.drawn = undefined;
    new ResizeObserver(() => {
      const width = this.area.clientWidth;
      if (width === 0) return;
      if (this.drawn === undefined) this.draw();
      else if (this.drawn.width !== width) this.drawn.setSize({ width, height });
    }).observe(this.area);
    // Canvas knows nothing of style sheets: other colours are another drawing.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  /** @param {{ timesMs: number[], series: Record<string, (number | null)[]> }} history @param {number} samplesMax */
  begin(history, samplesMax) {
    this.samplesMax = samplesMax;
    this.seconds = history.timesMs.map((ms) => ms / 1000);
    this.values = this.panel.series.map(({ id }) => history.series[id] ?? []);
    this.show();
  }

  /** @param {number} timeMs @param {Record<string, number | null>} sample */
  add(timeMs, sample) {
    this.seconds.push(timeMs / 1000);
    this.panel.series.forEach(({ id }, at) => this.values[at].push(sample[id] ?? null));
    if (this.seconds.length > this.samplesMax) for (const list of [this.seconds, ...this.values]) list.shift();
    this.show();
  }

  show() {
    this.drawn?.setData(this.data());
    this.showLegend();
  }

  /** The values where the pointer is, else the latest. */
  showLegend() {
    const pointed = this.drawn?.cursor.idx;
    const at = pointed ?? this.seconds.length - 1;
    this.values.forEach((values, nth) => setText(this.legendValues[nth], valueText(values[at], this.panel.unit)));
    setText(this.legendTime, typeof pointed === 'number' ? `at ${timeText(this.seconds[at] * 1000)}` : '');
  }

  /** @returns {uPlot.AlignedData} */
  data() {
    return [this.seconds, ...this.values];
  }

  draw() {
    this.drawn?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const { unit, series } = this.panel;
    const axis = { stroke: colour('--faint'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
    this.drawn = new uPlot({
      width: this.area.clientWidth,
      height,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
      axes: [
        { ...axis, size: 24, space: 70, values: (_, seconds) => seconds.map((one) => timeText(one * 1000)) },
        { ...axis, size: 64, space: 35, values: (_, values) => values.map((value) => valueText(value, unit)) },
      ],
      series: [{}, ...series.map(({ label }, at) => ({ label, stroke: colour(colours[at]), width: 1.5, points: { show: false } }))],
      hooks: { setCursor: [() => this.showLegend()] },
    }, this.data(), this.area);
  }
}
