/**
 * Options of `midge broker` about who is let in and what clients may cost: files, back end, limits, their log lines, and
 * the reload at SIGHUP. Must not know what stands in the files.
 */
import type { Command } from 'commander';
import type { Access, Broker, BrokerOptions, LimitNotice } from '../broker/index.js';
import { option } from './command.js';
import { UsageError, wordsOf } from './fault.js';
import { integerValue, type ValueOf } from './values.js';

export interface AccessValues {
  passwordFile?: string;
  aclFile?: string;
  authUrl?: string;
  authTimeoutMs?: number;
  authCacheSeconds?: number;
  allowAnonymous?: boolean;
}

/** Options that go to the broker as they are, by its own names. */
const limits = [
  ['packetsPerSecondMax', '--packets-per-second-max <count>', 'packets taken from one client in a second (default: 50000)', 1, 10_000_000],
  ['bytesPerSecondMax', '--bytes-per-second-max <bytes>', 'bytes taken from one client in a second (default: 67108864)', 1024, Number.MAX_SAFE_INTEGER],
  ['connectionsPerAddressMax', '--connections-per-address-max <count>', "connections from one address (default: 1000, this machine's own: no limit)", 1, 1_000_000],
  ['sessionQueueBytesMax', '--session-queue-bytes-max <bytes>', 'bytes kept for a client that is away (default: 16777216)', 1024, Number.MAX_SAFE_INTEGER],
  ['memoryBytesMax', '--memory-bytes-max <bytes>', 'bytes waiting for all clients together (default: 268435456)', 65_536, Number.MAX_SAFE_INTEGER],
  ['sessionsMax', '--sessions-max <count>', 'sessions, those of clients that are away included (default: 100000)', 1, 10_000_000],
  ['subscriptionsPerSessionMax', '--subscriptions-per-session-max <count>', 'subscriptions of one client (default: 1000)', 1, 1_000_000],
  ['retainedMessagesMax', '--retained-messages-max <count>', 'retained messages (default: 100000)', 1, 100_000_000],
  ['retainedBytesMax', '--retained-bytes-max <bytes>', 'bytes of all retained messages (default: 67108864)', 1024, Number.MAX_SAFE_INTEGER],
] as const satisfies readonly (readonly [name: keyof BrokerOptions, ...unknown[]])[];

const urlValue: ValueOf<string> = (text, name) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text;
  throw new UsageError(`${name} is "${text}"; it must be a URL that begins with http:// or https://`);
};

const pathValue: ValueOf<string> = (text, name) => {
  if (text === '') throw new UsageError(`${name} is empty; it must be the path of a file`);
  return text;
};

export function addAccessOptions(command: Command): void {
  command
    .addOption(option('--password-file <file>', 'let in the users of this file only (see midge passwd); read again at SIGHUP', pathValue))
    .addOption(option('--acl-file <file>', "who may read and write which topics, in Mosquitto's format; read again at SIGHUP", pathValue))
    .addOption(option('--auth-url <url>', 'ask this back end who is let in and what they may do', urlValue))
    .addOption(option('--auth-timeout-ms <ms>', 'how long the back end may take (default: 3000)', integerValue(1, 60_000)))
    .addOption(option('--auth-cache-seconds <s>', "how long the back end's answers are kept (default: 30)", integerValue(0, 86_400)))
    .option('--allow-anonymous', 'let clients without a user name in, from everywhere');
  for (const [, flags, description, least, most] of limits) command.addOption(option(flags, description, integerValue(least, most)));
}

/** What the command line says about limits, for `createBroker`. */
export function limitsOf(values: BrokerOptions): BrokerOptions {
  return Object.fromEntries(limits.map(([name]) => [name, values[name]]));
}

/** Reads the files. `say` hears lines about the back end later on, `debug` why a user's entry did not do. */
export async function openAccess(values: AccessValues, say: (line: string) => void, debug: (line: string) => void): Promise<Access> {
  const { passwordFile, aclFile, authUrl, authTimeoutMs, authCacheSeconds, allowAnonymous } = values;
  if (passwordFile !== undefined && authUrl !== undefined) throw new UsageError('--password-file and --auth-url both say who is let in; give one of them');
  if (authUrl === undefined) {
    const given = ([['--auth-timeout-ms', authTimeoutMs], ['--auth-cache-seconds', authCacheSeconds]] as const).find(([, value]) => value !== undefined);
    if (given !== undefined) throw new UsageError(`${given[0]} is about the back end; give --auth-url too`);
  }
  const { Access, FileFault } = await import('../broker/index.js');
  try {
    return new Access({ passwordFile, aclFile, authUrl, authTimeoutMs, authCacheSeconds, allowAnonymous, backEndFailed: rarely(say), scramUnusable: debug });
  } catch (thrown) {
    if (!(thrown instanceof FileFault)) throw thrown;
    const name = thrown.file === passwordFile ? '--password-file' : '--acl-file';
    throw new UsageError(`${name}: ${wordsOf(thrown)}`);
  }
}

/** A back end that is down fails at each question: one line a second says it. */
function rarely(say: (line: string) => void): (reason: string) => void {
  let count = 0;
  let nextAtMs = 0;
  return (reason) => {
    count++;
    if (performance.now() < nextAtMs) return;
    nextAtMs = performance.now() + 1000;
    say(`the back end gave no answer${timesText(count)}, what was asked for is denied: ${reason}`);
    count = 0;
  };
}

function timesText(count: number): string {
  return count === 1 ? '' : ` (${count} times)`;
}

/** Tells of limits, and reads the files again at SIGHUP. Returns how to stop that. */
export function watchAccess(broker: Broker, access: Access, say: (line: string) => void): () => void {
  broker.on('limitReached', (notice) => { say(limitText(notice)); });
  const reload = (): void => {
    const { files, changedUsers } = access.reload();
    for (const { file, fault } of files) say(fault === undefined ? `read ${file} again` : `${wordsOf(fault)}; what was read before stays in force`);
    for (const { clientId, userName } of broker.clients()) {
      if (userName !== undefined && changedUsers.has(userName)) {
        say(`${clientId} is disconnected, as user ${userName} has been changed`);
        broker.disconnectClient(clientId, { reasonCode: 0x87 });
      }
    }
  };
  process.on('SIGHUP', reload);
  return () => {
    process.off('SIGHUP', reload);
    access.close();
  };
}

function limitText({ limit, max, clientId, remoteAddress, consequence, count }: LimitNotice): string {
  const who = clientId === '' ? 'a client' : clientId;
  const from = remoteAddress === '' ? '' : ` from ${remoteAddress}`;
  return `limit ${limit} (${max}) reached by ${who}${from}${timesText(count)}: ${consequence}`;
}

/** What a newcomer must know about who is let in; undefined where all is said by the options. */
export function accessHint(values: AccessValues & { host: string }): string | undefined {
  const isChecked = values.passwordFile !== undefined || values.authUrl !== undefined;
  if (isChecked || values.allowAnonymous === true || /^(127\.|::1$|localhost$)/.test(values.host)) return undefined;
  return 'clients of other machines are refused; let them in with --password-file, --auth-url or --allow-anonymous';
}
