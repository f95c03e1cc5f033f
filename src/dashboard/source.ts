/*
 * What a dashboard shows, declared by whoever has it to show: the broker now, gateway and simulator alike. Types only.
 * The page draws any panel that is declared here, so a new source needs no new page.
 * Changes together with the page's files of the same nouns: page/plots.js, page/tables.js, page/messages.js, page/log.js.
 */

/** Null where a value is not known, or does not exist for this row. */
export type Cell = string | number | null;
export type Row = Readonly<Record<string, Cell>>;

/** How a value is written on the page. `rate` is messages a second, `byteRate` bytes a second, `duration` seconds, `time` milliseconds since 1970. */
export type ValueKind = 'text' | 'state' | 'code' | 'count' | 'rate' | 'bytes' | 'byteRate' | 'duration' | 'time' | 'milliseconds' | 'percent';

export interface Column {
  /** The name of the value in a row. */
  readonly id: string;
  readonly label: string;
  readonly kind: ValueKind;
}

/** Single figures, shown large. Their values come from `figures`. */
export interface FiguresPanel {
  readonly kind: 'figures';
  readonly id: string;
  readonly title: string;
  readonly figures: readonly Column[];
}

/** Series over time. Their values come from `sample`, once a second. */
export interface PlotPanel {
  readonly kind: 'plot';
  readonly id: string;
  readonly title: string;
  readonly unit: ValueKind;
  readonly series: readonly { readonly id: string; readonly label: string }[];
  /** How it is measured, where the title does not say it. */
  readonly note?: string;
}

/** Rows that come and go, sorted and filtered by the viewer. They come from `rows`, asked once a second at most, and only while somebody looks. */
export interface TablePanel {
  readonly kind: 'table';
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** The column whose value names a row. */
  readonly keyColumn: string;
  readonly sortColumn: string;
  readonly sortDescending: boolean;
  /** Whether `detail` knows more of a row. */
  readonly hasDetail: boolean;
  /** What a row is called, for labels: `client`. */
  readonly noun: string;
}

/** Messages as they pass, chosen by a topic filter. They come from `watchMessages`. */
export interface MessagesPanel {
  readonly kind: 'messages';
  readonly id: string;
  readonly title: string;
}

/** Lines, the latest last. They come from the function given to `start`. */
export interface LogPanel {
  readonly kind: 'log';
  readonly id: string;
  readonly title: string;
}

export type Panel = FiguresPanel | PlotPanel | TablePanel | MessagesPanel | LogPanel;

export interface LogLine {
  readonly level: 'info' | 'warning';
  readonly text: string;
}

/** More of one row. */
export interface Detail {
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly kind: ValueKind; readonly value: Cell }[];
  readonly tables: readonly DetailTable[];
}

export interface DetailTable {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Said in its place when there are no rows. */
  readonly empty: string;
}

export interface SeenMessage {
  /** The client that published it; empty if it was the server itself. */
  readonly publisherId: string;
  readonly topic: string;
  /** Valid during the call. */
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

export interface ActionField {
  readonly id: string;
  readonly label: string;
  readonly kind: 'text' | 'long text' | 'choice' | 'check';
  /** Of a `choice`. A `check` is `true` or `false`. */
  readonly choices?: readonly string[];
  /** What stands in the field at first. */
  readonly value?: string;
}

/** Something a viewer who has the token may do. Without a token the dashboard has none. */
export interface Action {
  readonly id: string;
  readonly label: string;
  readonly fields: readonly ActionField[];
  /** Offered at each row of this table; then `fields` is one field, which gets the row's key. */
  readonly ofTable?: string;
  /** Asked before it is done. `{}` stands for the row's key. */
  readonly question?: string;
  /** Does it, and says what was done. Throws an ActionError that says why it was not. */
  run(values: Readonly<Record<string, string>>): string;
}

/** An action that cannot be done as asked, in words for whoever asked. */
export class ActionError extends Error {}

export interface DashboardSource {
  /** The page's title. */
  readonly title: string;
  /** In the page's order. */
  readonly panels: readonly Panel[];
  readonly actions: readonly Action[];
  /** Begins to measure. `log` adds a line to a LogPanel. Called once. */
  start(log: (panelId: string, line: LogLine) => void): void;
  /** Ends all that `start` began. Called once. */
  stop(): void;
  /** The values of all series since the last call. Called once a second, whether or not somebody looks: it must cost little. */
  sample(): Readonly<Record<string, number | null>>;
  /** The values of all single figures. Called only while somebody looks. */
  figures(): Row;
  rows(panelId: string): readonly Row[];
  detail(panelId: string, key: string): Detail | undefined;
  /**
   * Calls `take` with every message whose topic matches, until the function that it returns is called. Throws a RangeError
   * that says what is wrong with the filter.
   */
  watchMessages(filter: string, take: (message: SeenMessage) => void): () => void;
}
