/**
 * `midge bench`, which is `npm start`: real traffic on this machine, shown while it runs, judged at the end.
 * Must not know how the traffic is made (benchRun.ts) or laid out (benchText.ts).
 */
import { type Command, Option } from 'commander';
import type { BenchOptions, BenchRun } from './benchRun.js';
import { lines, screen } from './benchScreen.js';
import type { Rates } from './benchText.js';
import { type ServerUrl, serverUrlValue } from './benchProbe.js';
import { addCommand, option } from './command.js';
import { Failure, UsageError } from './fault.js';
import { durationValue, integerValue } from './values.js';

interface BenchValues {
  for?: number;
  json?: boolean;
  port?: number;
  devices: number;
  rate: number;
  mqtt?: 4 | 5 | 'auto';
  broker?: ServerUrl;
  board: boolean;
  plant?: 'loss' | 'duplicate';
}

function mqttValue(text: string, name: string): 4 | 5 | 'auto' {
  const version = ({ '3.1.1': 4, '311': 4, '5': 5, '5.0': 5, 'auto': 'auto' } as const)[text];
  if (version !== undefined) return version;
  throw new UsageError(`${name} is "${text}"; it must be 3.1.1, 5 or auto`);
}

export function addBench(program: Command): void {
  addCommand(program, 'bench', 'run broker and devices on this machine and watch their traffic', '[options]', `Devices run the client core over TCP, and a board runs it over the serial link, behind a pseudo-terminal and the gateway. They send CBOR telemetry at QoS 0, 1 and 2; a monitor checks every sequence number and sends commands, which they answer. Ends with --for or Ctrl-C, with a summary.

Exit codes: 0 every promise held (QoS 1: nothing lost; QoS 2: nothing lost, nothing twice; order kept; commands answered), 1 not, 2 command line.`)
    .addOption(option('--for <time>', 'end after this time, such as 10s or 2m (default: at Ctrl-C)', durationValue))
    .option('--json', 'nothing on standard output but one JSON object at the end')
    .addOption(option('-p, --port <port>', "the broker's port, 0: any free one (default: 1883, or the next free one)", integerValue(0, 65535)))
    .addOption(option('--devices <count>', 'simulated devices', integerValue(1, 200)).default(5))
    .addOption(option('--rate <count>', 'telemetry messages a second of each device', integerValue(1, 100_000)).default(30))
    .addOption(option('--mqtt <version>', '3.1.1, 5, or auto: 5 where the server speaks it (default: 5)', mqttValue))
    .addOption(option('--broker <url>', 'use this server instead: mqtt://[user:pw@]host[:port], mqtts://, ws://, wss://', serverUrlValue))
    .option('--no-board', 'leave out the board that goes by pseudo-terminal, serial link and gateway')
    .addOption(new Option('--plant <fault>', 'for tests').choices(['loss', 'duplicate']).hideHelp())
    .action((values: BenchValues) => bench(values));
}

async function bench(values: BenchValues): Promise<void> {
  for (const [flag, value] of [['--port', values.port], ['--plant', values.plant]] as const) {
    if (values.broker !== undefined && value !== undefined) throw new UsageError(`${flag} is about the broker that the bench starts, but --broker names another; give one of them`);
  }
  const [{ BenchRun }, text, { broken }, { interruption }, { probeServer }] = await Promise.all([import('./benchRun.js'), import('./benchText.js'), import('./benchTally.js'), import('./session.js'), import('./benchProbe.js')]);
  const server = values.broker === undefined ? undefined : await probeServer(values.broker, values.mqtt ?? 5);
  const options: BenchOptions = {
    port: values.port, devices: values.devices, rate: values.rate, protocolVersion: server?.protocolVersion ?? (values.mqtt === 4 ? 4 : 5), server, hasBoard: values.board, plant: values.plant,
  };
  // With --json, standard output is the machine's; people read standard error.
  const out = values.json === true ? process.stderr : process.stdout;
  const isScreen = out.isTTY && process.env.TERM !== 'dumb' && values.json !== true;
  const paint = isScreen && (process.env.NO_COLOR ?? '') === '' ? text.colourPaint : text.plainPaint;
  const interrupted = interruption();
  const run = await BenchRun.start(options);
  try {
    const { show, end } = isScreen ? screen(out, (rates) => text.frame(run, rates, paint)) : lines(out, (rates) => text.progressLine(run, rates));
    if (!isScreen) out.write(`${[...text.titleLines(run), ...text.joinLines(run)].join('\n')}\n`);
    const meter = rateMeter(run);
    const redraw = setInterval(() => { show(meter()); }, isScreen ? 250 : 1000);
    await Promise.race([interrupted.happened, closed(out), ...values.for === undefined ? [] : [after(values.for)]]);
    clearInterval(redraw);
    end(meter());
    await run.stop();
    out.write(values.json === true ? '' : `${text.summary(run, paint).join('\n')}\n`);
  } finally {
    interrupted.release();
  }
  if (values.json === true) process.stdout.write(`${JSON.stringify(text.resultOf(run))}\n`);
  const faults = broken(run.tally());
  if (faults.length > 0) throw new Failure(faults.join('; '));
}

/** Resolves when whoever reads the output has gone. */
function closed(out: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => { out.once('error', () => { resolve(); }); });
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms).unref(); });
}

/** Messages delivered a second since the last call. */
function rateMeter(run: BenchRun): () => Rates {
  let before = [0, 0, 0];
  let at = performance.now();
  return () => {
    const delivered = run.tally().qos.map((one) => one.delivered);
    const now = performance.now();
    const seconds = Math.max(now - at, 1) / 1000;
    const perSecond = delivered.map((count, qos) => (count - before[qos]) / seconds);
    [before, at] = [delivered, now];
    return { perSecond };
  };
}
