/**
 * Options of `midge broker` about the dashboard, and how it is opened. Must not know what it shows.
 */
import type { Command } from 'commander';
import type { Broker, DashboardServer } from '../broker/index.js';
import type { DashboardSource } from '../dashboard/index.js';
import { hostForm } from '../config/forms.js';
import { tokenCharactersMin } from '../dashboard/access.js';
import { type Given, optionPlace } from '../config/place.js';
import type { TableSetting, TextForm, ValuesOf } from '../config/settings.js';
import type { BrokerLog } from './brokerLog.js';
import { cannotListen } from './brokerListeners.js';
import { UsageError } from './fault.js';
import { fileValue } from './values.js';

const defaultPort = 9235;
const defaultHost = '127.0.0.1';

const tokenForm: TextForm = {
  allowed: `one line of at least ${tokenCharactersMin} characters, for example of "openssl rand -hex 16"`,
  fits: (text) => text.length >= tokenCharactersMin && !/[\r\n]/.test(text),
  pattern: `^.{${tokenCharactersMin},}$`,
};

export const dashboardSettings = {
  kind: 'table',
  optional: true,
  opener: 'port',
  restart: true,
  description: 'With this table a page with live figures and plots is served over HTTP.',
  keys: {
    'port': { kind: 'integer', min: 0, max: 65_535, default: defaultPort, flags: '--dashboard [port]', description: 'serve a page with live figures and plots over HTTP on this port, 0: a free one' },
    'host': { kind: 'text', form: hostForm, default: defaultHost, flags: '--dashboard-host <host>', description: 'address of the page; one that other machines reach needs a token' },
    'token': { kind: 'text', form: tokenForm, secret: true, description: 'who enters it on the page may disconnect, delete and publish', example: '"6e58a2b0c4d1f397"' },
    'token-file': { kind: 'file', use: 'read', description: 'the same, from a file', example: '"dashboard-token"' },
  },
  rules: [({ token, tokenFile }) => token === undefined || tokenFile === undefined ? undefined : { key: 'token-file', reason: 'and token are both given; give one of them' }],
} as const satisfies TableSetting;

export interface DashboardValues {
  readonly dashboardToken?: string;
}

export function addDashboardOptions(command: Command): void {
  command.option('--dashboard-token <text|@file>', `${dashboardSettings.keys.token.description}; at least ${tokenCharactersMin} characters`);
}

/** The token itself, or after `@` the file that holds it: a command line can be read by all users of a machine. */
export function givenToken({ dashboardToken: text }: DashboardValues): Given[] {
  if (text === undefined) return [];
  const place = optionPlace('--dashboard-token', '');
  return text.startsWith('@') ? [{ path: ['dashboard', 'token-file'], value: text.slice(1), place }] : [{ path: ['dashboard', 'token'], value: text, place }];
}

type OriginOf = (path: readonly string[]) => string;

type DashboardConfig = ValuesOf<typeof dashboardSettings>;

/** The token of the settings or their file; undefined if there is none. Throws a UsageError. */
export function dashboardTokenOf(config: DashboardConfig | undefined, originOf: OriginOf): string | undefined {
  if (config?.tokenFile === undefined) return config?.token;
  const origin = originOf(['dashboard', 'token-file']);
  const text = fileValue(config.tokenFile, origin).toString().trim();
  if (tokenForm.fits(text)) return text;
  const what = /[\r\n]/.test(text) ? `has ${text.split(/\r?\n/).length} lines` : `has ${text.length} characters`;
  throw new UsageError(`${origin}: the token in "${config.tokenFile}" ${what}; it must be ${tokenForm.allowed}`);
}

/** Serves the dashboard; returns how to end it. Throws a UsageError or a Failure. */
export async function openDashboard(broker: Broker, config: DashboardConfig, token: string | undefined, originOf: OriginOf, log: BrokerLog): Promise<() => Promise<void>> {
  const server = await serve(broker, config, token, originOf);
  const { host, port, url } = server;
  log.tell({ event: 'dashboard', host, port, url }, `dashboard at ${url}`);
  return () => server.close();
}

async function serve(broker: Broker, { host, port }: DashboardConfig, token: string | undefined, originOf: OriginOf): Promise<DashboardServer> {
  const { serveDashboard, DashboardOptionError } = await import('../broker/index.js');
  try {
    return await serveDashboard(broker, { host, port, token });
  } catch (thrown) {
    if (thrown instanceof DashboardOptionError) {
      throw new UsageError(`${originOf(['dashboard', 'host'])} is "${host}", which other machines reach: give --dashboard-token too (token in the file), or leave it at ${defaultHost}`);
    }
    const refused = cannotListen(host, port, thrown);
    refused.message += ' (--dashboard <port>)';
    throw refused;
  }
}

const portsTried = 100;

/** On the default port or the next free one. Undefined if none is free: what only shows must not keep the rest from running. `beside`: shown below the broker. */
export async function serveSomewhere(broker: Broker, beside?: DashboardSource): Promise<DashboardServer | undefined> {
  const { serveDashboard } = await import('../broker/index.js');
  for (let tried = 0; tried < portsTried; tried++) {
    try {
      return await serveDashboard(broker, { host: defaultHost, port: defaultPort + tried }, beside);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') return undefined;
    }
  }
  return undefined;
}
