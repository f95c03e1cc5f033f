/*
 * The dashboard's exports, in reading order.
 */
export type {
  Action,
  ActionField,
  Cell,
  Column,
  DashboardSource,
  Detail,
  DetailTable,
  FiguresPanel,
  LogLine,
  LogPanel,
  MessagesPanel,
  Panel,
  PlotPanel,
  Row,
  SeenMessage,
  TablePanel,
  ValueKind,
} from './source.js';
export { ActionError } from './source.js';
export type { DashboardOptions, DashboardServer } from './server.js';
export { defaultPort, serveSource } from './server.js';
export { joinedSource } from './joined-source.js';
export { DashboardOptionError, tokenCharactersMin } from './access.js';
export { ProcessFigures } from './process-figures.js';
export type { ProcessSample } from './process-figures.js';
