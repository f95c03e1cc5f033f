/*
 * Two sources on one page: a main one, and below it the plots, tables and logs of another, whose names are kept apart.
 * Must not know what either shows.
 */
import type { DashboardSource, Panel } from './source.js';

const prefix = 'beside-';

/** Everything of `main`, actions and messages too, and what changes of `beside`. Single figures of the process are the main one's. */
export function joinedSource(main: DashboardSource, beside: DashboardSource): DashboardSource {
  const isBeside = (panelId: string): boolean => panelId.startsWith(prefix);
  const own = (panelId: string): string => panelId.slice(prefix.length);
  return {
    title: main.title,
    panels: [...main.panels, ...beside.panels.flatMap(panelBeside)],
    actions: main.actions,
    start: (log) => {
      main.start(log);
      beside.start((panelId, line) => { log(prefix + panelId, line); });
    },
    stop: () => {
      beside.stop();
      main.stop();
    },
    sample: () => ({ ...main.sample(), ...Object.fromEntries(Object.entries(beside.sample()).map(([id, value]) => [prefix + id, value])) }),
    figures: () => main.figures(),
    rows: (panelId) => isBeside(panelId) ? beside.rows(own(panelId)) : main.rows(panelId),
    detail: (panelId, key) => isBeside(panelId) ? beside.detail(own(panelId), key) : main.detail(panelId, key),
    watchMessages: (filter, take) => main.watchMessages(filter, take),
  };
}

function panelBeside(panel: Panel): Panel[] {
  switch (panel.kind) {
    case 'plot':
      return [{ ...panel, id: prefix + panel.id, series: panel.series.map(({ id, label }) => ({ id: prefix + id, label })) }];
    case 'table':
    case 'log':
      return [{ ...panel, id: prefix + panel.id }];
    case 'figures':
    case 'messages':
      return [];
  }
}
