/**
 * The gateway as a process: from the file to ports that are served, logged and shown, until it is told to end.
 * Must not know how ports are served.
 */
import type { Logger } from 'pino';
import { resolve } from 'node:path';
import { makeFolder } from '../config/make-folder.js';
import type { Given } from '../config/place.js';
import { Gateway, gatewaySettings, GatewaySource, type PortNews, readConfig, type ReadConfig, serveGatewayMetrics } from '../gateway/index.js';
import { createLogger } from './brokerLog.js';
import { cannotListen } from './brokerListeners.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import { faultLines, type GatewayOptionValues } from './gateway.js';
import { embed } from './gatewayBroker.js';
import { reload } from './gatewayReload.js';
import { Hangups } from './hangup.js';
import { interruption } from './session.js';
import { givenSettings } from './settingOptions.js';

/** What the command line says over the file; made anew for each reading. */
export function givenOf(values: GatewayOptionValues): Given[] {
  return givenSettings(gatewaySettings, values as unknown as Readonly<Record<string, unknown>>);
}

/** Throws a UsageError with a line for each fault. */
export function readChecked(file: string, values: GatewayOptionValues, embeddedUrl?: string): Promise<ReadConfig> {
  return faultLines(() => readConfig(file, { given: givenOf(values), embeddedUrl }));
}

export async function serve(file: string, values: GatewayOptionValues): Promise<void> {
  const hangups = new Hangups();
  const isEmbedded = values.broker === 'embedded';
  const first = await readChecked(file, values, isEmbedded ? 'mqtt://127.0.0.1' : undefined);
  const { log, data, metrics, dashboard } = first.values;
  const logger = await createLogger(log.format, log.level);
  const tell = (fields: object, words: string): void => { logger.info(fields, words); };
  const interrupted = interruption();
  /** What is to end at last, the last first. */
  const endings: (() => void | Promise<void>)[] = [() => { hangups.release(); }];
  try {
    if (data !== undefined) makeDataFolder(data);
    let inForce = first.values;
    const broker = isEmbedded ? await embed(values, () => inForce, endings) : undefined;
    const read = (): Promise<ReadConfig> => readChecked(file, values, broker?.url);
    const { settings } = broker === undefined ? first : await read();
    let source: GatewaySource | undefined;
    const news = (one: PortNews): void => {
      say(logger, one);
      source?.take(one);
    };
    const gateway = await started(() => Gateway.start(settings, { tell: news }), data);
    endings.push(() => gateway.end());
    tell({ event: 'serving', ports: settings.ports.length }, `serving ${settings.ports.length} ${settings.ports.length === 1 ? 'port' : 'ports'} of ${file}`);
    if (metrics !== undefined) {
      const server = await serveGatewayMetrics(gateway, metrics).catch((thrown: unknown) => { throw cannotListen(metrics.host, metrics.port, thrown); });
      endings.push(() => server.close());
      tell({ event: 'metrics', host: server.host, port: server.port }, `figures at http://${server.host}:${server.port}/metrics and /health`);
    }
    if (dashboard !== undefined) {
      const { DashboardOptionError, serveSource } = await import('../dashboard/index.js');
      source = new GatewaySource(gateway);
      const server = await serveSource(source, dashboard).catch((thrown: unknown) => {
        throw thrown instanceof DashboardOptionError ? new UsageError(wordsOf(thrown)) : cannotListen(dashboard.host, dashboard.port, thrown);
      });
      endings.push(() => server.close());
      tell({ event: 'dashboard', url: server.url }, `dashboard at ${server.url}`);
    }
    hangups.answer(async () => {
      // Each file by itself: what is wrong with one does not keep the other from being read.
      inForce = await reload(gateway, logger, first.values, read) ?? inForce;
      await broker?.reload();
    });
    endings.push(() => hangups.stop());
    await interrupted.happened;
    tell({ event: 'ending' }, 'ending: boards and brokers are told');
  } finally {
    interrupted.release();
    for (const end of endings.reverse()) await end();
  }
}

async function started(start: () => Promise<Gateway>, data: string | undefined): Promise<Gateway> {
  try {
    return await start();
  } catch (thrown) {
    throw new Failure(data === undefined ? wordsOf(thrown) : `cannot open the messages in the data folder "${data}": ${wordsOf(thrown)}`);
  }
}

function makeDataFolder(folder: string): void {
  try {
    makeFolder(resolve(folder));
  } catch (thrown) {
    throw new Failure(`cannot make the data folder "${folder}": ${wordsOf(thrown)}`);
  }
}

/** A message of a port's own in front of what it says. */
function say(logger: Logger, { level, event, words, port, fields }: PortNews): void {
  logger[level]({ event, port, ...fields }, `${port}: ${words}`);
}
