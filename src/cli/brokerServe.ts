/**
 * The reference broker as a command has it: from its settings to listeners, bridges, figures and what is logged, served until
 * it is told to end. `midge broker` is one, `midge gateway` can have one inside. Must not know how the settings were given.
 */
import { readFileSync } from 'node:fs';
import type { BridgeOptions } from '../bridge/index.js';
import type { Broker, BrokerOptions, ListenAddress, MetricsOptions } from '../broker/index.js';
import type { Loaded } from '../config/index.js';
import { accessHint, limitText } from './brokerAccess.js';
import { openBridges } from './brokerBridge.js';
import { openDashboard } from './brokerDashboard.js';
import { cannotListen, listen } from './brokerListeners.js';
import { type BrokerLog, createLog, levelOf } from './brokerLog.js';
import { prepare } from './brokerPrepare.js';
import { reload } from './brokerReload.js';
import { reportTo } from './brokerReport.js';
import type { BrokerConfig } from './brokerSettings.js';
import { Failure } from './fault.js';

export interface Asked {
  /** Reads the settings, now and at each reload. Throws a UsageError with a line for each fault. */
  readonly load: () => Promise<Loaded<BrokerConfig>>;
  /** Bridges of the command line. */
  readonly bridges: readonly BridgeOptions[];
  /** The data folder has been read. */
  readonly whenOpened?: () => void;
  /** The broker is a part of another program: its lines of text begin with this. */
  readonly linePrefix?: string;
}

export interface ServedBroker {
  /** One for each listener of the settings. */
  readonly addresses: readonly ListenAddress[];
  /** Reads the settings and all files that they name again. Never throws. */
  readonly reload: () => Promise<void>;
  /** Says and writes what is left for the end. Throws a Failure if the report cannot be written. */
  readonly finish: () => void;
}

/** Starts to serve; adds how to end what it has opened, the last first. Throws a UsageError or a Failure. */
export async function serveBroker({ load, bridges: bridgesGiven, whenOpened, linePrefix }: Asked, endings: (() => void | Promise<void>)[]): Promise<ServedBroker> {
  const loaded = await load();
  const { log: { level, format }, metrics, dashboard, sys, data, report: reportFile } = loaded.values;
  const { SysTopics } = await import('../broker/index.js');
  const log = await createLog(format, levelOf({ level, format }), linePrefix);
  const sayLine = (line: string): void => { log.tell({ event: 'access' }, line); };
  const accessLog = { tell: sayLine, debug: (line: string): void => { log.debug({ event: 'access' }, line); } };
  const beside = { accessLog, bridges: bridgesGiven };
  let inForce = await prepare(loaded, beside);
  endings.push(() => { inForce.access.close(); });
  const broker = await opened({ ...inForce.options, data });
  whenOpened?.();
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
    if (transport === 'tcp' && format === 'text' && linePrefix === undefined) log.tell({}, howToTry(host, port));
  }
  if (metrics !== undefined) endings.push(await watch(broker, metrics, log, bridges.register));
  if (dashboard !== undefined) endings.push(await openDashboard(broker, dashboard, inForce.dashboardToken, loaded.originOf, log));
  if (sys.intervalSeconds > 0) {
    const topics = new SysTopics(broker, { intervalMs: sys.intervalSeconds * 1000, version: `midge-mqtt version ${version()}` });
    endings.push(() => topics.stop());
  }
  sayWhatIsKept(broker, data, log);
  const hint = accessHint(loaded.values, linePrefix === undefined ? 'with --password-file, --auth-url or --allow-anonymous' : 'with [access] in the file of --broker-config');
  if (hint !== undefined) sayLine(hint);
  return {
    addresses,
    reload: async () => {
      try {
        inForce = await reload({ broker, bridges, log, beside, load, addresses }, inForce);
      } catch (thrown) {
        // A defect of this program must not end the service.
        log.error({ event: 'reloadFailed' }, `reading again failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
      }
    },
    finish: () => {
      const { messagesIn, messagesOut, violations } = broker.stats;
      report?.finish();
      log.tell(
        { event: 'ended', messagesIn, messagesOut, violations },
        `ended: ${messagesIn} messages in, ${messagesOut} out, ${violations} breaches of the specification`,
      );
    },
  };
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
