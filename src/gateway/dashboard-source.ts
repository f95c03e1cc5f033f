/**
 * What the gateway shows on the dashboard: its ports, how good their links are, and what boards and ports say.
 * Knows the dashboard by the panels that it draws, the gateway by its ports.
 */
import { type Column, type DashboardSource, type Detail, type LogLine, type Panel, ProcessFigures, type Row } from '../dashboard/index.js';
import type { Gateway, PortNews } from './gateway.js';
import type { PortStatus } from './port.js';

const portColumns: readonly Column[] = [
  { id: 'name', label: 'Port', kind: 'text' }, { id: 'state', label: 'State', kind: 'state' }, { id: 'path', label: 'Device', kind: 'text' },
  { id: 'broker', label: 'Broker', kind: 'state' }, { id: 'in', label: 'From board', kind: 'bytes' }, { id: 'out', label: 'To board', kind: 'bytes' },
  { id: 'held', label: 'Held', kind: 'bytes' }, { id: 'waiting', label: 'Waiting', kind: 'count' }, { id: 'dropped', label: 'Dropped', kind: 'count' },
  { id: 'losses', label: 'Losses', kind: 'count' },
];

const linkColumns: readonly Column[] = [
  { id: 'name', label: 'Port', kind: 'text' }, { id: 'link', label: 'Link', kind: 'state' }, { id: 'roundTrip', label: 'Round trip', kind: 'milliseconds' },
  { id: 'damaged', label: 'Damaged', kind: 'percent' }, { id: 'again', label: 'Sent again', kind: 'percent' }, { id: 'sessions', label: 'Sessions', kind: 'count' },
  { id: 'baud', label: 'Baud', kind: 'count' },
];

const panels: readonly Panel[] = [
  { kind: 'figures', id: 'figures', title: 'Gateway', figures: [
    { id: 'ports', label: 'Ports', kind: 'count' }, { id: 'open', label: 'Open', kind: 'count' }, { id: 'connected', label: 'Connected to a broker', kind: 'count' },
    { id: 'memory', label: 'Memory', kind: 'bytes' }, { id: 'processor', label: 'Processor', kind: 'percent' },
  ] },
  { kind: 'plot', id: 'throughput', title: 'Throughput', unit: 'byteRate', series: [{ id: 'fromBoards', label: 'from boards' }, { id: 'toBoards', label: 'to boards' }] },
  { kind: 'table', id: 'ports', title: 'Ports', columns: portColumns, keyColumn: 'name', sortColumn: 'name', sortDescending: false, hasDetail: true, noun: 'port' },
  { kind: 'table', id: 'links', title: 'Links', columns: linkColumns, keyColumn: 'name', sortColumn: 'name', sortDescending: false, hasDetail: false, noun: 'port' },
  { kind: 'plot', id: 'errors', title: 'Damaged frames', unit: 'rate', series: [{ id: 'damagedFrames', label: 'damaged' }, { id: 'framesAgain', label: 'sent again' }] },
  { kind: 'log', id: 'boards', title: 'What boards say' },
  { kind: 'log', id: 'log', title: 'What happens' },
];

interface Totals {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly damaged: number;
  readonly again: number;
}

export class GatewaySource implements DashboardSource {
  readonly title = 'Midge gateway';
  readonly panels = panels;
  readonly actions = [];
  private readonly process = new ProcessFigures();
  private log: (panelId: string, line: LogLine) => void = () => undefined;
  private last: Totals;
  private lastAtMs = performance.now();

  constructor(private readonly gateway: Gateway) {
    this.last = this.totals();
  }

  start(log: (panelId: string, line: LogLine) => void): void {
    this.log = log;
    this.process.start();
  }

  stop(): void {
    this.log = () => undefined;
    this.process.stop();
  }

  /** What the gateway tells, for the logs. */
  take({ port, level, event, words }: PortNews): void {
    if (level === 'debug') return;
    this.log(event === 'boardLog' ? 'boards' : 'log', { level: level === 'info' ? 'info' : 'warning', text: `${port}: ${words}` });
  }

  sample(): Readonly<Record<string, number | null>> {
    const now = performance.now();
    const seconds = Math.max((now - this.lastAtMs) / 1000, 0.001);
    const totals = this.totals();
    // A port that was taken out takes its counts with it.
    const rate = (name: keyof Totals): number => Math.max(totals[name] - this.last[name], 0) / seconds;
    const rates = { fromBoards: rate('bytesIn'), toBoards: rate('bytesOut'), damagedFrames: rate('damaged'), framesAgain: rate('again') };
    this.last = totals;
    this.lastAtMs = now;
    this.process.sample();
    return rates;
  }

  private totals(): Totals {
    const sum = (read: (status: PortStatus) => number): number => this.gateway.ports.reduce((total, status) => total + read(status), 0);
    return {
      bytesIn: sum(({ bytesIn }) => bytesIn), bytesOut: sum(({ bytesOut }) => bytesOut),
      damaged: sum(({ link }) => link?.framesDamaged ?? 0), again: sum(({ link }) => link?.framesAgain ?? 0),
    };
  }

  figures(): Row {
    const { ports } = this.gateway;
    return {
      ports: ports.length, open: ports.filter(({ state }) => state === 'open').length, connected: ports.filter(({ board }) => board.isConnected).length,
      memory: this.process.residentBytes, processor: this.process.processorPercent,
    };
  }

  rows(panelId: string): readonly Row[] {
    const { ports } = this.gateway;
    return panelId === 'ports' ? ports.map(portRow) : ports.flatMap(linkRow);
  }

  detail(_panelId: string, key: string): Detail | undefined {
    const status = this.gateway.ports.find(({ name }) => name === key);
    if (status === undefined) return undefined;
    const { board, opens, losses, linesLeftOut } = status;
    return {
      title: key,
      facts: [
        { label: 'Device', kind: 'text', value: status.path }, { label: 'Opened', kind: 'count', value: opens }, { label: 'Lost', kind: 'count', value: losses },
        { label: 'Connections to the broker', kind: 'count', value: board.connects }, { label: 'Refused, lost or not made', kind: 'count', value: board.refusals },
        { label: 'Messages from the board', kind: 'count', value: board.messagesIn }, { label: 'Messages to the board', kind: 'count', value: board.messagesOut },
        { label: 'Frames that could not be used', kind: 'count', value: board.badFrames }, { label: 'Bytes that belonged to nothing', kind: 'bytes', value: board.skippedBytes },
        { label: 'Lines of the log left out', kind: 'count', value: linesLeftOut },
        { label: 'Disk', kind: 'state', value: board.isDiskFailing ? 'failing' : 'in order' },
      ],
      tables: [],
    };
  }

  /** There is no panel for messages: those of boards are the broker's to show. */
  watchMessages(): () => void {
    return () => undefined;
  }
}

function portRow({ name, state, path, bytesIn, bytesOut, losses, board }: PortStatus): Row {
  return {
    name, state, path, broker: board.isConnected ? 'connected' : 'not connected', in: bytesIn, out: bytesOut, held: board.heldBytes,
    waiting: board.waiting, dropped: board.dropped, losses,
  };
}

function linkRow({ name, link }: PortStatus): Row[] {
  if (link === null) return [];
  const { isUp, roundTripMs, framesDamaged, framesTaken, framesAgain, framesSent, sessions, baudRate } = link;
  const percent = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);
  return [{
    name, link: isUp ? 'up' : 'down', roundTrip: roundTripMs, damaged: percent(framesDamaged, framesDamaged + framesTaken),
    again: percent(framesAgain, framesSent), sessions, baud: baudRate,
  }];
}
