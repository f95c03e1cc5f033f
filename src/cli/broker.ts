/**
 * `midge broker`: serves with the reference broker until Ctrl-C.
 * Must not know the protocol.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Broker, BrokerOptions, ListenAddress, MetricsOptions } from '../broker/index.js';
import { type Given, optionPlace } from '../config/place.js';
import { accessHint, limitText } from './brokerAccess.js';
import { addBridgeOptions, type BridgeValues, givenBridges, openBridges } from './brokerBridge.js';
import type { BrokerLog } from './brokerLog.js';
import { addListenerOptions, cannotListen, givenListeners, listen, type ListenerOptionValues } from './brokerListeners.js';
import { addDashboardOptions, type DashboardValues, givenToken, openDashboard } from './brokerDashboard.js';
import { loadConfig, prepare } from './brokerPrepare.js';
import { reload } from './brokerReload.js';
import { reportTo } from './brokerReport.js';
import { type BrokerConfig, brokerSettings } from './brokerSettings.js';
import { addCommand, onceOption } from './command.js';
import { Failure } from './fault.js';
import { Hangups } from './hangup.js';
import { addSettingOptions, givenSettings } from './settingOptions.js';
import { keepYoungHeapSmall } from './youngHeap.js';

interface BrokerValues extends ListenerOptionValues, BridgeValues, DashboardValues {
  config?: string;
  logLevel?: string;
  configSchema?: boolean;
  configExample?: boolean;
  verbose?: boolean;
}

export function addBroker(program: Command): void {
  const command = addCommand(program, 'broker', 'serve MQTT 3.1.1 and 5.0 with the reference broker', '[options]', `With --data, sessions and retained messages outlive the process, killed or not; without, they are kept in memory and end
with it. Without options on access, everybody on this machine is let in, and nobody from elsewhere.

An option stands above the same setting of --config. Options about ports stand in place of all listeners of the file. At
SIGHUP the file and all files that it names are read again; what cannot change while the broker serves is named.

Examples:
  midge broker
  midge broker --port 1884 --ws-port 8080 -v
  midge broker --data ./broker-data
  midge broker --tls-port 8883 --cert server.pem --key server.key
  midge broker --host 0.0.0.0 --password-file users --acl-file acl
  midge broker --config-example > broker.toml
  midge broker --config broker.toml`)
    .addOption(onceOption('--config <file>', 'read settings from this TOML file', (text) => text))
    .option('--config-example', 'print a file for --config with all settings, their defaults and what they are for, and end')
    .option('--config-schema', 'print the JSON Schema of such a file, for editors, and end');
  addListenerOptions(command);
  addSettingOptions(command, brokerSettings);
  addBridgeOptions(command);
  addDashboardOptions(command);
  command
    .option('-v, --verbose', 'a line for each client that comes and goes, as --log-level info')
    .action((values: BrokerValues) => values.configExample === true || values.configSchema === true ? print(values) : serve(values));
}

async function print({ configExample }: BrokerValues): Promise<void> {
  const { exampleFile, jsonSchema } = await import('../config/index.js');
  const text = configExample === true
    ? exampleFile(brokerSettings, 'Settings of midge broker --config. A line behind # without a space is a setting that is not in force.')
    : `${JSON.stringify(jsonSchema(brokerSettings, 'midge broker'), null, 2)}\n`;
  process.stdout.write(text);
}

/** What the command line says; made anew for each reading of the file. */
function givenOf(values: BrokerValues): Given[] {
  const given = [...givenSettings(brokerSettings, values as Record<string, unknown>), ...givenListeners(values), ...givenToken(values)];
  if (values.verbose !== true || values.logLevel !== undefined) return given;
  return [...given, { path: ['log', 'level'], value: 'info', place: optionPlace('-v, --verbose', '') }];
}

async function serve(values: BrokerValues): Promise<void> {
  keepYoungHeapSmall();
  const hangups = new Hangups();
  /** What is to end, the last first. */
  const endings: (() => void | Promise<void>)[] = [() => { hangups.release(); }];
  try {
    const { interrupted, finish } = await open(values, hangups, endings);
    await interrupted;
    await finish();
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

interface Opened {
  /** Ctrl-C or SIGTERM has come. */
  readonly interrupted: Promise<void>;
  /** Says and writes what is left for the end. */
  readonly finish: () => Promise<void>;
}

/** Starts to serve; adds how to end what it has opened. */
async function open(values: BrokerValues, hangups: Hangups, endings: (() => void | Promise<void>)[]): Promise<Opened> {
  const given = (): Given[] => givenOf(values);
  const bridgesGiven = givenBridges(values);
  const loaded = await loadConfig(values.config, given());
  const { log: { level, format }, metrics, dashboard, sys, data, report: reportFile } = loaded.values;
  const [{ interruption }, { createLog, levelOf }, { SysTopics }] = await Promise.all([
    import('./session.js'), import('./brokerLog.js'), import('../broker/index.js'),
  ]);
  const log = await createLog(format, levelOf({ level, format }));
  const sayLine = (line: string): void => { log.tell({ event: 'access' }, line); };
  const accessLog = { tell: sayLine, debug: (line: string): void => { log.debug({ event: 'access' }, line); } };
  const beside = { accessLog, bridges: bridgesGiven };
  let inForce = await prepare(loaded, beside);
  endings.push(() => { inForce.access.close(); });
  const broker = await opened({ ...inForce.options, data });
  // Not before: reading a large folder must not keep the process from being ended.
  const interrupted = interruption();
  endings.push(() => { interrupted.release(); });
  endings.push(async () => { await broker.close(); });
  broker.on('limitReached', (notice) => { sayLine(limitText(notice)); });
  const report = reportFile === undefined ? undefined : await reportTo(reportFile, broker, log);
  log.follow(broker);
  const bridges = await openBridges(broker, inForce.bridges, log);
  endings.push(() => bridges.close());
  bridges.start(sys.intervalSeconds);
  const addresses: ListenAddress[] = [];
  for (const listener of inForce.listeners) {
    const address = await listen(broker, listener.options);
    addresses.push(address);
    const { transport, host, port } = address;
    log.tell({ event: 'listening', transport, host, port }, `listening on ${host}:${port} (${transportNames[transport]})`);
    const warning = listener.certificate?.warning;
    if (warning !== undefined) log.error({ event: 'certificate' }, warning);
    if (transport === 'tcp' && format === 'text') log.tell({}, howToTry(host, port));
  }
  if (metrics !== undefined) endings.push(await watch(broker, metrics, log, bridges.register));
  if (dashboard !== undefined) endings.push(await openDashboard(broker, dashboard, inForce.dashboardToken, loaded.originOf, log));
  if (sys.intervalSeconds > 0) {
    const topics = new SysTopics(broker, { intervalMs: sys.intervalSeconds * 1000, version: `midge-mqtt version ${version()}` });
    endings.push(() => topics.stop());
  }
  sayWhatIsKept(broker, data, log);
  const hint = accessHint(loaded.values);
  if (hint !== undefined) sayLine(hint);
  hangups.answer(async () => {
    try {
      inForce = await reload({ broker, bridges, log, beside, file: values.config, given, addresses }, inForce);
    } catch (thrown) {
      // A defect of this program must not end the service.
      log.error({ event: 'reloadFailed' }, `reading again failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
    }
  });
  endings.push(() => hangups.stop());
  const finish = async (): Promise<void> => {
    await hangups.stop();
    const { messagesIn, messagesOut, violations } = broker.stats;
    report?.finish();
    log.tell(
      { event: 'ended', messagesIn, messagesOut, violations },
      `ended: ${messagesIn} messages in, ${messagesOut} out, ${violations} breaches of the specification`,
    );
  };
  return { interrupted: interrupted.happened, finish };
}

async function watch(broker: Broker, asked: NonNullable<BrokerConfig['metrics']>, log: BrokerLog, register: MetricsOptions['register']): Promise<() => Promise<void>> {
  const { serveMetrics } = await import('../broker/index.js');
  try {
    const server = await serveMetrics(broker, { ...asked, register });
    log.tell({ event: 'metrics', host: server.host, port: server.port }, `figures at http://${server.host}:${server.port}/metrics and /health`);
    return () => server.close();
  } catch (thrown) {
    throw cannotListen(asked.host, asked.port, thrown);
  }
}

async function opened(options: BrokerOptions): Promise<Broker> {
  const { createBroker, StoreError } = await import('../broker/index.js');
  try {
    return createBroker(options);
  } catch (thrown) {
    if (thrown instanceof StoreError) throw new Failure(thrown.message);
    throw thrown;
  }
}

function sayWhatIsKept(broker: Broker, folder: string | undefined, log: BrokerLog): void {
  if (folder === undefined) {
    log.tell({ event: 'data' }, 'sessions and retained messages are in memory only and end with this process; --data <folder> keeps them');
    return;
  }
  const { sessions, retainedMessages } = broker.stats;
  log.tell({ event: 'data', folder, sessions, retainedMessages }, `sessions and retained messages are kept in ${folder}: ${sessions} sessions, ${retainedMessages} retained messages`);
  let failing = false;
  broker.on('storeFailed', ({ message }) => {
    if (!failing) log.error({ event: 'storeFailed' }, `${message}. Publishes of QoS 1 and 2 and new connections are refused until it can be written again`);
    failing = true;
  });
  broker.on('storeRecovered', () => {
    failing = false;
    log.tell({ event: 'storeRecovered', folder }, `the data folder "${folder}" can be written again`);
  });
}

const transportNames = { tcp: 'TCP', tls: 'TLS', ws: 'WebSocket', wss: 'WebSocket over TLS' } as const;

function howToTry(host: string, port: number): string {
  const at = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `try:  npx midge sub -h ${at} -p ${port} -t '#' -v     and     npx midge pub -h ${at} -p ${port} -t hello -m world`;
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
