/**
 * How a run of `midge bench` looks: the live table, a line a second where there is no terminal, the summary.
 * Must not know how the figures come about.
 */
import { Counter } from '../sim/counters.js';
import type { Allocations, BenchRun, Tally } from './benchRun.js';
import { brokenPromises } from './delivery.js';

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

/** What promises a tally breaks, commands included. */
export function broken(tally: Tally): string[] {
  const missing = tally.commands.asked - tally.commands.answered;
  return [
    ...tally.qos.flatMap(brokenPromises),
    ...missing > 0 ? [`${missing} of ${tally.commands.asked} commands were not answered`] : [],
    ...tally.violations > 0 ? [`the broker saw ${tally.violations} breaches of the specification`] : [],
  ];
}

function figure(value: number, width = 0): string {
  return Math.round(value).toLocaleString('en-US').padStart(width);
}

export function joinLines(run: BenchRun): string[] {
  const { host, port } = run.address;
  return [
    'Join with any MQTT client:',
    `  mosquitto_sub -h ${host} -p ${port} -t 'midge/#' -v`,
    `  npx midge sub -h ${host} -p ${port} -t 'midge/+/status' -v`,
    `  npx midge pub -h ${host} -p ${port} -t midge/dev-1/command -m hello     (answered on midge/dev-1/response)`,
  ];
}

export function titleLine(run: BenchRun): string {
  const { devices, rate, protocolVersion } = run.options;
  const taken = run.options.port === undefined && run.address.port !== 1883 ? ' (1883 is in use)' : '';
  return `midge bench: broker on ${run.address.host}:${run.address.port}${taken}, ${devices} devices at ${rate} messages/s each, MQTT ${protocolVersion === 5 ? '5.0' : '3.1.1'}`;
}

/** The table that is drawn over and over. */
export function frame(run: BenchRun, rates: Rates, paint: Paint): string[] {
  const tally = run.tally();
  const lines = [
    paint.strong(titleLine(run)) + paint.faint(`   ${(run.runningMs() / 1000).toFixed(0)} s, Ctrl-C ends`),
    '',
    paint.faint('           messages/s        sent   delivered   on its way   duplicated   out of order'),
  ];
  for (const one of tally.qos) {
    const wrong = one.qos > 0 && (one.reordered > 0 || (one.qos === 2 && one.duplicated > 0));
    const line = `  QoS ${one.qos}  ${figure(rates.perSecond[one.qos], 12)}${figure(one.sent, 12)}${figure(one.delivered, 12)}${figure(one.lost, 13)}${figure(one.duplicated, 13)}${figure(one.reordered, 15)}`;
    lines.push(wrong ? paint.bad(line) : line);
  }
  lines.push('', `  latency ${latencyText(run)}   commands ${figure(tally.commands.answered)} of ${figure(tally.commands.asked)} answered   reconnects ${tally.reconnects}`);
  lines.push(`  devices ${run.counters.devices.map((row, at) => row[Counter.IsConnected] === 1 ? paint.good(`dev-${at + 1}`) : paint.bad(`dev-${at + 1}`)).join(' ')}`);
  lines.push('', ...[...run.monitor.latest].slice(-6).map(([topic, text]) => `  ${topic}  ${paint.faint(text)}`), '', ...joinLines(run));
  return lines;
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
  const lines = ['', paint.strong(`Summary of ${seconds.toFixed(1)} s`), paint.faint('                 sent   delivered        lost  duplicated  out of order   messages/s')];
  for (const one of tally.qos) {
    lines.push(`  QoS ${one.qos}  ${figure(one.sent, 12)}${figure(one.delivered, 12)}${figure(one.lost, 12)}${figure(one.duplicated, 12)}${figure(one.reordered, 14)}${figure(one.delivered / seconds, 13)}`);
  }
  lines.push(`  commands ${tally.commands.asked} asked, ${tally.commands.answered} answered; reconnects ${tally.reconnects}; refused by a full outbox, then sent ${tally.refusals}`);
  lines.push(`  latency  ${latencyText(run)}`, ...allocationLines(run.allocations()));
  const faults = broken(tally);
  if (faults.length === 0) lines.push('', paint.good('Every promise held: QoS 1 nothing lost; QoS 2 nothing lost, nothing twice; each stream in order.'));
  else lines.push('', ...faults.map((fault) => paint.bad(`Broken: ${fault}`)));
  return lines;
}

function allocationLines({ core, thread }: Allocations): string[] {
  const measured = thread.bytesPerMessage === null ? 'too short a run to measure' : `${figure(thread.bytesPerMessage)} B per message over ${figure(thread.messages)}`;
  return [
    `  allocations, core    ${figure(core.bytesPerMessage)} B per message: ${figure(core.heapBytes)} B in all over ${figure(core.messages)}`,
    `    (${core.measured})`,
    `  allocations, thread  ${measured}; ${thread.scavenges} scavenges, ${thread.otherCollections} other collections`,
    `    (${thread.measured})`,
  ];
}

/** For machines. */
export function resultOf(run: BenchRun): object {
  const tally = run.tally();
  const faults = broken(tally);
  return {
    ok: faults.length === 0, broken: faults,
    host: run.address.host, port: run.address.port, mqtt: run.options.protocolVersion === 5 ? '5.0' : '3.1.1',
    devices: run.options.devices, ratePerDevice: run.options.rate, seconds: run.elapsedMs / 1000,
    qos: tally.qos, commands: tally.commands, reconnects: tally.reconnects, outboxFull: tally.refusals, violations: tally.violations,
    latencyMs: { median: run.monitor.latencies.percentileMs(0.5) ?? null, p99: run.monitor.latencies.percentileMs(0.99) ?? null },
    allocations: run.allocations(),
  };
}
