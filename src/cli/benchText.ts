/**
 * How a run of `midge bench` looks: the live table, a line a second where there is no terminal, the summary.
 * Must not know how the figures come about.
 */
import { Counter } from '../sim/counters.js';
import type { Allocations, BenchRun } from './benchRun.js';
import { type BoardTally, broken } from './benchTally.js';
import { wrap } from './wrap.js';

/** Marks for parts of a line; plain text where colours are not wanted. */
export interface Paint {
  strong(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const plain = (text: string): string => text;
export const plainPaint: Paint = { strong: plain, faint: plain, good: plain, bad: plain };

const sgr = (code: number) => (text: string): string => `\x1b[${code}m${text}\x1b[0m`;
export const colourPaint: Paint = { strong: sgr(1), faint: sgr(2), good: sgr(32), bad: sgr(31) };

export interface Rates {
  /** Messages delivered a second at each QoS. */
  readonly perSecond: readonly number[];
}

/** The width of every line that does not change with the terminal. */
const summaryColumns = 79;

/** With so many messages the live screen fits 24 rows. */
const messagesShown = 4;

function figure(value: number, width = 0): string {
  return Math.round(value).toLocaleString('en-US').padStart(width);
}

export function joinLines(run: BenchRun): string[] {
  const { host, port } = run.address;
  const { server } = run.options;
  if (server !== undefined && (server.isTls || server.wsPath !== null || server.username !== null)) {
    return ['Join with any MQTT client, as the server demands it; the topics are midge/#.'];
  }
  const watch = run.dashboard === undefined ? '' : `, or watch in a browser at ${run.dashboard.url}`;
  return [
    `Join with any MQTT client${watch}:`,
    `  mosquitto_sub -h ${host} -p ${port} -t 'midge/+/status' -v`,
    `  npx midge sub -h ${host} -p ${port} -t 'midge/#' -F '%t %x'`,
    `  npx midge pub -h ${host} -p ${port} -t midge/dev-1/command -m hello`,
    'Telemetry is CBOR (%x: in hexadecimal); dev-1 answers on midge/dev-1/response.',
  ];
}

export function titleLines(run: BenchRun): string[] {
  const { devices, rate, protocolVersion } = run.options;
  const taken = run.options.server === undefined && run.options.port === undefined && run.address.port !== 1883 ? ' (1883 is in use)' : '';
  const what = run.options.server === undefined ? 'broker on' : 'devices on';
  return [
    `midge bench: ${what} ${run.address.host}:${run.address.port}${taken}, MQTT ${protocolVersion === 5 ? '5.0' : '3.1.1'}`,
    ...notRunLines(run),
    `${devices} ${devices === 1 ? 'device' : 'devices'} at ${figure(rate)} messages/s each`,
  ];
}

/** What another server, or this machine, cannot do, and was therefore left out. */
function notRunLines(run: BenchRun): string[] {
  return run.notRun.map((what) => `not run: ${what}`);
}

/** The table that is drawn over and over: 79 columns, but for the payloads. What may be cut at the bottom stands last. */
export function frame(run: BenchRun, rates: Rates, paint: Paint): string[] {
  const tally = run.tally();
  const [title, ...more] = titleLines(run);
  const load = more.pop()!;
  const lines = [
    paint.strong(title), ...more.map(shortened), load + paint.faint(`; ${(run.runningMs() / 1000).toFixed(0)} s, Ctrl-C ends`), '',
    paint.faint('        messages/s        sent   delivered on its way  duplicated  out of order'),
  ];
  for (const one of tally.qos) {
    const wrong = one.qos > 0 && (one.reordered > 0 || (one.qos === 2 && one.duplicated > 0));
    const line = `  QoS ${one.qos}${figure(rates.perSecond[one.qos], 11)}${figure(one.sent, 12)}${figure(one.delivered, 12)}${figure(one.lost, 11)}${figure(one.duplicated, 12)}${figure(one.reordered, 14)}`;
    lines.push(wrong ? paint.bad(line) : line);
  }
  lines.push('', `  latency   ${latencyText(run)}`);
  lines.push(`  commands  ${figure(tally.commands.answered)} of ${figure(tally.commands.asked)} answered; reconnects ${figure(tally.reconnects)}`);
  lines.push(`  devices   ${devicesText(run, paint)}`);
  if (tally.board !== null) lines.push(`  board     ${boardNow(tally.board)}`);
  lines.push('', ...joinLines(run), '', ...[...run.monitor.latest].slice(-messagesShown).map(([topic, text]) => `  ${topic}  ${paint.faint(text)}`));
  return lines;
}

/** The summary has the whole of it. */
function shortened(line: string): string {
  return line.length <= summaryColumns ? line : `${line.slice(0, summaryColumns - 1)}…`;
}

/** How many are connected, and the first of those that are not. */
function devicesText(run: BenchRun, paint: Paint): string {
  const { devices } = run.counters;
  const away = devices.flatMap((row, at) => row[Counter.IsConnected] === 1 ? [] : [`dev-${at + 1}`]);
  const count = `${devices.length - away.length} of ${devices.length} connected`;
  if (away.length === 0) return paint.good(count);
  return paint.bad(`${count}; away: ${away.slice(0, 4).join(' ')}${away.length > 4 ? ' …' : ''}`);
}

/** Of all QoS together. */
function ofBoard({ qos }: BoardTally): (part: 'delivered' | 'sent' | 'lost' | 'duplicated') => string {
  return (part) => figure(qos.reduce((total, one) => total + one[part], 0));
}

function boardNow(board: BoardTally): string {
  const all = ofBoard(board);
  return `${all('delivered')} of ${all('sent')} delivered, ${all('duplicated')} twice, round trip ${board.link.roundTripMs.toFixed(1)} ms`;
}

function boardText(board: BoardTally): string {
  const all = ofBoard(board);
  return `${all('delivered')} of ${all('sent')} delivered, ${all('lost')} lost, ${all('duplicated')} duplicated`;
}

function linkText({ link }: BoardTally): string {
  return `round trip ${link.roundTripMs.toFixed(1)} ms, ${figure(link.retransmissions)} of ${figure(link.framesFromBoard + link.framesToBoard)} frames sent again`;
}

function latencyText(run: BenchRun): string {
  const [half, most] = [run.monitor.latencies.percentileMs(0.5), run.monitor.latencies.percentileMs(0.99)];
  return half === undefined || most === undefined ? '-' : `median ${half} ms, 99% within ${most} ms`;
}

/** One line for logs and pipes. */
export function progressLine(run: BenchRun, rates: Rates): string {
  const tally = run.tally();
  const parts = tally.qos.map((one) => `QoS ${one.qos}: ${figure(rates.perSecond[one.qos])}/s, ${figure(one.delivered)} of ${figure(one.sent)}`);
  return `${(run.runningMs() / 1000).toFixed(0).padStart(3)} s  ${parts.join('   ')}   commands ${tally.commands.answered} of ${tally.commands.asked}`;
}

export function summary(run: BenchRun, paint: Paint): string[] {
  const tally = run.tally();
  const seconds = run.elapsedMs / 1000;
  const lines = ['', paint.strong(`Summary of ${seconds.toFixed(1)} s`), paint.faint('               sent   delivered      lost  duplicated  out of order  messages/s')];
  for (const one of tally.qos) {
    lines.push(`  QoS ${one.qos}${figure(one.sent, 12)}${figure(one.delivered, 12)}${figure(one.lost, 10)}${figure(one.duplicated, 12)}${figure(one.reordered, 14)}${figure(one.delivered / seconds, 12)}`);
  }
  lines.push(`  commands  ${figure(tally.commands.asked)} asked, ${figure(tally.commands.answered)} answered; reconnects ${figure(tally.reconnects)}`);
  if (tally.board !== null) {
    const { link } = tally.board;
    lines.push(`  board     ${boardText(tally.board)}`, `            ${linkText(tally.board)}`);
    lines.push(`            (core, serial link and gateway at ${figure(link.baud)} baud on ${link.device})`);
  }
  lines.push(`  outbox    full, so that a publish came later: ${figure(tally.refusals)} times`);
  lines.push(`  latency   ${latencyText(run)}`, ...allocationLines(run.allocations()));
  const faults = broken(tally);
  const ofQos2 = tally.qos.length > 2 ? ' QoS 2 nothing lost, nothing twice;' : '';
  if (faults.length === 0) lines.push('', ...wrap(`Every promise held: QoS 1 nothing lost;${ofQos2} each stream in order.`, summaryColumns).map((line) => paint.good(line)));
  else lines.push('', ...faults.flatMap((fault) => wrap(`Broken: ${fault}`, summaryColumns)).map((line) => paint.bad(line)));
  lines.push(...notRunLines(run).flatMap((line) => wrap(line.replace(/^n/, 'N'), summaryColumns)).map((line) => paint.strong(line)));
  return lines;
}

function allocationLines({ core, thread }: Allocations): string[] {
  const measured = thread.bytesPerMessage === null ? 'too short a run to measure' : `${figure(thread.bytesPerMessage)} B per message over ${figure(thread.messages)}`;
  return [
    `  allocations, core    ${figure(core.bytesPerMessage)} B per message: ${figure(core.heapBytes)} B in all over ${figure(core.messages)}`,
    ...wrap(`    (${core.measured})`, summaryColumns, 4),
    `  allocations, thread  ${measured}`,
    `    ${figure(thread.scavenges)} scavenges, ${figure(thread.otherCollections)} other collections`,
    ...wrap(`    (${thread.measured})`, summaryColumns, 4),
  ];
}

/** For machines. */
export function resultOf(run: BenchRun): object {
  const tally = run.tally();
  const faults = broken(tally);
  return {
    ok: faults.length === 0, broken: faults,
    host: run.address.host, port: run.address.port, dashboard: run.dashboard?.url ?? null, mqtt: run.options.protocolVersion === 5 ? '5.0' : '3.1.1',
    devices: run.options.devices, ratePerDevice: run.options.rate, seconds: run.elapsedMs / 1000,
    qos: tally.qos, commands: tally.commands, reconnects: tally.reconnects, outboxFull: tally.refusals, violations: tally.violations ?? null,
    isOwnBroker: run.options.server === undefined, notRun: run.notRun, board: tally.board,
    latencyMs: { median: run.monitor.latencies.percentileMs(0.5) ?? null, p99: run.monitor.latencies.percentileMs(0.99) ?? null },
    allocations: run.allocations(),
  };
}
