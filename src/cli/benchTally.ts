/**
 * What became of the messages of a run, added up from what devices counted and the monitor saw. Must not know how it is shown.
 */
import { Counter } from '../sim/counters.js';
import type { LinkReport } from './benchBoard.js';
import { brokenPromises, type QosTally } from './delivery.js';
import type { Monitor } from './monitor.js';

export interface BoardTally {
  readonly qos: readonly QosTally[];
  readonly reconnects: number;
  readonly link: LinkReport;
}

export interface Tally {
  readonly qos: readonly QosTally[];
  /** Those of the board included. */
  readonly commands: { readonly asked: number; readonly answered: number };
  readonly refusals: number;
  readonly reconnects: number;
  /** Null: there is no board. */
  readonly board: BoardTally | null;
  /** Undefined: another server's, which does not tell. */
  readonly violations: number | undefined;
}

/** `rows` are the counters of the devices called `names`, in the same order. */
export function qosTally(qos: 0 | 1 | 2, monitor: Monitor, names: readonly string[], rows: readonly Int32Array[]): QosTally {
  const streams = names.map((name) => monitor.stream(name, qos));
  const count = (column: Counter): number => rows.reduce((total, row) => total + row[column], 0);
  const add = (part: 'delivered' | 'duplicated' | 'reordered'): number => streams.reduce((total, stream) => total + stream[part], 0);
  return {
    qos, sent: count(Counter.SentQ0 + qos), acknowledged: qos === 0 ? 0 : count(Counter.AcknowledgedQ0 + qos), delivered: add('delivered'),
    lost: streams.reduce((total, stream, at) => total + stream.lost(rows[at][Counter.SentQ0 + qos]), 0),
    duplicated: add('duplicated'), reordered: add('reordered'),
  };
}

/** The promises that a run breaks, in words: commands and the board's included. */
export function broken(tally: Tally): string[] {
  const missing = tally.commands.asked - tally.commands.answered;
  return [
    ...tally.qos.flatMap(brokenPromises),
    ...(tally.board?.qos ?? []).flatMap(brokenPromises).map((words) => `board: ${words}`),
    ...missing > 0 ? [`${missing} of ${tally.commands.asked} commands were not answered`] : [],
    ...(tally.violations ?? 0) > 0 ? [`the broker saw ${tally.violations} breaches of the specification`] : [],
  ];
}

/** How many messages have not arrived, at any QoS. */
export function onTheWay({ qos, board }: Tally): number {
  return [...qos, ...board?.qos ?? []].reduce((total, one) => total + one.lost, 0);
}

export function delivered({ qos, board }: Tally): number {
  return [...qos, ...board?.qos ?? []].reduce((total, one) => total + one.delivered, 0);
}
