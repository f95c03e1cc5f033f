/**
 * `midge broker`: serves with the reference broker until Ctrl-C.
 * Must not know the protocol.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Command } from 'commander';
import type { Broker, BrokerOptions, FaultPlan, ListenAddress, ListenOptions, MetricsOptions } from '../broker/index.js';
import { type BrokerLog, type LogFormat, logFormatValue, type LogLevel, logLevelValue } from './brokerLog.js';
import { reportTo } from './brokerReport.js';
import { addBridgeOptions, type BridgeValues, givenBridges, openBridges } from './brokerBridge.js';
import { accessHint, type AccessValues, addAccessOptions, limitsOf, openAccess, watchAccess } from './brokerAccess.js';
import { addDashboardOptions, checkDashboardValues, type DashboardValues, openDashboard } from './brokerDashboard.js';
import { addCommand, option } from './command.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import { fileValue, hostValue, integerValue, textValue, type ValueOf } from './values.js';

interface BrokerValues extends Omit<BrokerOptions, 'faults' | keyof AccessValues>, AccessValues, BridgeValues, DashboardValues {
  port: number;
  host: string;
  wsPort?: number;
  tlsPort?: number;
  cert?: Buffer;
  key?: Buffer;
  cafile?: Buffer;
  faults?: JsonFile;
  report?: string;
  metrics?: number | true;
  metricsHost: string;
  sysInterval: number;
  logLevel?: LogLevel;
  logFormat: LogFormat;
  verbose?: boolean;
}

const listenPort = integerValue(0, 65535);

interface JsonFile {
  readonly path: string;
  readonly value: unknown;
}

const jsonFileValue: ValueOf<JsonFile> = (path, option) => {
  const bytes = fileValue(path, option);
  try {
    return { path, value: JSON.parse(bytes.toString('utf8')) };
  } catch (thrown) {
    throw new UsageError(`${option}: "${path}" is not JSON: ${wordsOf(thrown)}`);
  }
};

/** Options that go to the broker as they are, by its own names. */
const limits = [
  ['--maximum-packet-size <bytes>', 'largest packet to accept (default: 16777216)', 16, 268_435_460],
  ['--receive-maximum <count>', 'unfinished QoS 1 and 2 messages accepted of a client (default: 1024)', 1, 65535],
  ['--server-keep-alive-seconds <s>', 'keep alive that MQTT 5.0 clients are told to use', 0, 65535],
  ['--session-expiry-max-seconds <s>', 'longest a session outlives its connection (default: for ever)', 0, 4_294_967_295],
  ['--session-queue-messages-max <count>', 'QoS 1 and 2 messages kept for a client that is away (default: 10000)', 1, 10_000_000],
  ['--connect-timeout-ms <ms>', 'time from connection to CONNECT (default: 10000)', 1, 3_600_000],
] as const;

const limitNames = [
  'maximumPacketSize', 'receiveMaximum', 'serverKeepAliveSeconds', 'sessionExpiryMaxSeconds', 'sessionQueueMessagesMax', 'connectTimeoutMs',
] as const satisfies readonly (keyof BrokerOptions)[];

export function addBroker(program: Command): void {
  const command = addCommand(program, 'broker', 'serve MQTT 3.1.1 and 5.0 with the reference broker', '[options]', `With --data, sessions and retained messages outlive the process, killed or not; without, they are kept in memory and end
with it. Without options on access, everybody on this machine is let in, and nobody from elsewhere.

Examples:
  midge broker
  midge broker --port 1884 --ws-port 8080 -v
  midge broker --data ./broker-data
  midge broker --tls-port 8883 --cert server.pem --key server.key
  midge broker --host 0.0.0.0 --password-file users --acl-file acl`)
    .addOption(option('-p, --port <port>', 'port for TCP, 0: a free one', listenPort).default(1883))
    .addOption(option('-h, --host <host>', 'address to listen on; 0.0.0.0: all', hostValue).default('127.0.0.1'))
    .option('--data <folder>', 'keep sessions and retained messages in this folder; made if it is missing')
    .addOption(option('--ws-port <port>', 'also WebSocket, on this port', listenPort))
    .addOption(option('--tls-port <port>', 'also TLS, on this port; needs --cert and --key', listenPort))
    .addOption(option('--cert <file>', "the server's certificate, PEM", fileValue))
    .addOption(option('--key <file>', "the server's private key, PEM", fileValue))
    .addOption(option('--cafile <file>', 'demand client certificates of these authorities, PEM', fileValue))
    .addOption(option('--faults <file>', 'spoil connections as this fault plan says, JSON (src/broker/faults/README.md)', jsonFileValue))
    .addOption(option('--report <file>', 'write a conformance report per client, JSON, at the end and on SIGUSR1', textValue))
    .addOption(option('--metrics [port]', 'serve /metrics (Prometheus) and /health over HTTP (default port: 9234; 0: a free one)', listenPort))
    .addOption(option('--metrics-host <host>', 'address for --metrics', hostValue).default('127.0.0.1'))
    .addOption(option('--sys-interval <s>', 'seconds between the figures under $SYS/broker; 0: none', integerValue(0, 3600)).default(10))
    .addOption(option('--log-level <level>', 'error, warn, info, debug or silent (default: warn; info with -v or JSON)', logLevelValue))
    .addOption(option('--log-format <format>', 'text, or json: an object a line', logFormatValue).default('text'))
    .option('-v, --verbose', 'a line for each client that comes and goes, as --log-level info');
  for (const [flags, description, least, most] of limits) command.addOption(option(flags, description, integerValue(least, most)));
  addAccessOptions(command);
  addBridgeOptions(command);
  addDashboardOptions(command);
  command.action((values: BrokerValues) => serve(values));
}

async function serve(values: BrokerValues): Promise<void> {
  const listeners = listenersOf(values);
  const bridgeOptions = givenBridges(values);
  checkDashboardValues(values);
  const [{ interruption }, { createLog }, { SysTopics }] = await Promise.all([
    import('./session.js'), import('./brokerLog.js'), import('../broker/index.js'),
  ]);
  const log = await createLog(values.logFormat, values.logLevel ?? (values.verbose === true || values.logFormat === 'json' ? 'info' : 'warn'));
  const sayLine = (line: string): void => { log.tell({ event: 'access' }, line); };
  const access = await openAccess(values, sayLine, (line) => { log.debug({ event: 'access' }, line); });
  const broker = await brokerOf(values, { ...limitsOf({ ...values, faults: undefined }), ...access.hooks });
  const bridges = await openBridges(broker, bridgeOptions, log);
  const unwatch = watchAccess(broker, access, sayLine);
  const interrupted = interruption();
  /** What is to end before the broker does, the last first. */
  const endings: (() => void | Promise<void>)[] = [];
  try {
    const report = values.report === undefined ? undefined : await reportTo(values.report, broker, log);
    log.follow(broker);
    endings.push(() => bridges.close());
    bridges.start(values.sysInterval);
    for (const listener of listeners) {
      const { transport, host, port } = await listen(broker, listener);
      log.tell({ event: 'listening', transport, host, port }, `listening on ${host}:${port} (${transportNames[transport]})`);
      if (transport === 'tcp' && values.logFormat === 'text') log.tell({}, howToTry(host, port));
    }
    if (values.metrics !== undefined) endings.push(await watch(broker, values, log, bridges.register));
    if (values.dashboard !== undefined) endings.push(await openDashboard(broker, values, log));
    if (values.sysInterval > 0) {
      const topics = new SysTopics(broker, { intervalMs: values.sysInterval * 1000, version: `midge-mqtt version ${version()}` });
      endings.push(() => topics.stop());
    }
    sayWhatIsKept(broker, values.data, log);
    const hint = accessHint(values);
    if (hint !== undefined) sayLine(hint);
    await interrupted.happened;
    const { messagesIn, messagesOut, violations } = broker.stats;
    report?.finish();
    log.tell(
      { event: 'ended', messagesIn, messagesOut, violations },
      `ended: ${messagesIn} messages in, ${messagesOut} out, ${violations} breaches of the specification`,
    );
  } finally {
    interrupted.release();
    for (const end of endings.reverse()) await end();
    await broker.close();
    unwatch();
  }
}

async function watch(broker: Broker, { metrics, metricsHost: host }: BrokerValues, log: BrokerLog, register: MetricsOptions['register']): Promise<() => Promise<void>> {
  const { serveMetrics } = await import('../broker/index.js');
  const asked = metrics === true ? undefined : metrics;
  try {
    const server = await serveMetrics(broker, { host, port: asked, register });
    log.tell({ event: 'metrics', host: server.host, port: server.port }, `figures at http://${server.host}:${server.port}/metrics and /health`);
    return () => server.close();
  } catch (thrown) {
    throw cannotListen(host, asked ?? 9234, thrown);
  }
}

async function brokerOf(values: BrokerValues, more: BrokerOptions): Promise<Broker> {
  const { createBroker, FaultPlanError } = await import('../broker/index.js');
  const options: BrokerOptions = { ...Object.fromEntries(limitNames.map((name) => [name, values[name]])), data: values.data, ...more };
  if (values.faults === undefined) return opened(createBroker, options);
  try {
    return opened(createBroker, { ...options, faults: values.faults.value as FaultPlan });
  } catch (thrown) {
    if (thrown instanceof FaultPlanError) throw new UsageError(`--faults: ${values.faults.path}: ${thrown.message}`);
    throw thrown;
  }
}

function opened(createBroker: (options: BrokerOptions) => Broker, options: BrokerOptions): Broker {
  try {
    return createBroker(options);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === 'StoreError') throw new Failure(thrown.message);
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

function listenersOf(values: BrokerValues): ListenOptions[] {
  const { host, port, cert, key, cafile } = values;
  const listeners: ListenOptions[] = [{ transport: 'tcp', host, port }];
  if (values.wsPort !== undefined) listeners.push({ transport: 'ws', host, port: values.wsPort });
  if (values.tlsPort === undefined) {
    const given = ([['--cert', cert], ['--key', key], ['--cafile', cafile]] as const).find(([, file]) => file !== undefined);
    if (given !== undefined) throw new UsageError(`${given[0]} is for TLS; give --tls-port too`);
    return listeners;
  }
  if (cert === undefined || key === undefined) throw new UsageError('--tls-port needs --cert and --key');
  const tls = { cert, key, ...(cafile === undefined ? {} : { ca: cafile, requestCert: true, rejectUnauthorized: true }) };
  try {
    createSecureContext(tls);
  } catch (thrown) {
    throw new UsageError(`--cert and --key: they are no PEM certificate and key that belong together (${wordsOf(thrown)})`);
  }
  listeners.push({ transport: 'tls', host, port: values.tlsPort, tls });
  return listeners;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; choose another, or 0 for a free one',
  EACCES: 'ports below 1024 need more rights; choose a higher one',
  EADDRNOTAVAIL: 'this machine has no such address; 0.0.0.0 stands for all it has',
  ENOTFOUND: 'there is no host of that name',
};

/** Opens a listener; what the system says against it, in words. */
export async function listen(broker: Broker, options: ListenOptions): Promise<ListenAddress> {
  try {
    return await broker.listen(options);
  } catch (thrown) {
    throw cannotListen(options.host, options.port, thrown);
  }
}

export function cannotListen(host: string | undefined, port: number | undefined, thrown: unknown): Failure {
  const why = reasons[(thrown as NodeJS.ErrnoException).code ?? ''] ?? wordsOf(thrown);
  return new Failure(`cannot listen on ${host}:${port}: ${why}`);
}
