/**
 * Options of `midge broker` about the dashboard, and how it is opened. Must not know what it shows.
 */
import type { Command } from 'commander';
import type { Broker, DashboardServer } from '../broker/index.js';
import { cannotListen } from './broker.js';
import type { BrokerLog } from './brokerLog.js';
import { option } from './command.js';
import { UsageError } from './fault.js';
import { fileValue, hostValue, integerValue, type ValueOf } from './values.js';

export interface DashboardValues {
  /** True: on its default port. */
  dashboard?: number | true;
  dashboardHost?: string;
  dashboardToken?: string;
}

const defaultPort = 9235;
const defaultHost = '127.0.0.1';
const tokenCharactersMin = 16;

/** The token itself, or after `@` the file that holds it: a command line can be read by all users of a machine. */
const tokenValue: ValueOf<string> = (text, name) => {
  const token = text.startsWith('@') ? fileValue(text.slice(1), name).toString('utf8').trim() : text;
  if (token.length >= tokenCharactersMin && !/[\r\n]/.test(token)) return token;
  const what = text.startsWith('@') ? `the token in "${text.slice(1)}"` : 'the token';
  throw new UsageError(`${name}: ${what} has ${token.length} characters; it must be one line of at least ${tokenCharactersMin}, for example of "openssl rand -hex 16"`);
};

export function addDashboardOptions(command: Command): void {
  command
    .addOption(option('--dashboard [port]', `serve a page with live figures and plots over HTTP (default port: ${defaultPort}; 0: a free one)`, integerValue(0, 65535)))
    .addOption(option('--dashboard-host <host>', `address for --dashboard (default: ${defaultHost}); one that other machines reach needs a token`, hostValue))
    .addOption(option('--dashboard-token <text|@file>', 'who enters it on the page may disconnect, delete and publish; at least 16 characters', tokenValue));
}

/** Serves the dashboard; returns how to end it. */
export async function openDashboard(broker: Broker, values: DashboardValues, log: BrokerLog): Promise<() => Promise<void>> {
  const server = await serve(broker, values);
  const { host, port, url } = server;
  log.tell({ event: 'dashboard', host, port, url }, `dashboard at ${url}`);
  return () => server.close();
}

/** Options that are only about the dashboard mean nothing without it. */
export function checkDashboardValues({ dashboard, dashboardHost, dashboardToken }: DashboardValues): void {
  if (dashboard !== undefined) return;
  const given = ([['--dashboard-host', dashboardHost], ['--dashboard-token', dashboardToken]] as const).find(([, value]) => value !== undefined);
  if (given !== undefined) throw new UsageError(`${given[0]} is about the dashboard; give --dashboard too`);
}

async function serve(broker: Broker, { dashboard, dashboardHost: host = defaultHost, dashboardToken: token }: DashboardValues): Promise<DashboardServer> {
  const { serveDashboard, DashboardOptionError } = await import('../broker/index.js');
  const port = dashboard === true || dashboard === undefined ? defaultPort : dashboard;
  try {
    return await serveDashboard(broker, { host, port, token });
  } catch (thrown) {
    if (thrown instanceof DashboardOptionError) throw new UsageError(`--dashboard-host is "${host}", which other machines reach: give --dashboard-token too, or leave it at ${defaultHost}`);
    const refused = cannotListen(host, port, thrown);
    refused.message += ' (--dashboard <port>)';
    throw refused;
  }
}

const portsTried = 100;

/** On the default port or the next free one. Undefined if none is free: what only shows must not keep the rest from running. */
export async function serveSomewhere(broker: Broker): Promise<DashboardServer | undefined> {
  const { serveDashboard } = await import('../broker/index.js');
  for (let tried = 0; tried < portsTried; tried++) {
    try {
      return await serveDashboard(broker, { host: defaultHost, port: defaultPort + tried });
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') return undefined;
    }
  }
  return undefined;
}
