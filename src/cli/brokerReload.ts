/**
 * SIGHUP at `midge broker`: the configuration file and all files that it names are read again. What can change while the
 * broker serves is applied, the rest named; if anything is wrong, everything stays as it was. Must not know what settings do.
 */
import type { Broker, ListenAddress } from '../broker/index.js';
import { changesBetween, withoutRestart } from '../config/changes.js';
import type { Given, Loaded } from '../config/index.js';
import type { AccessLog } from './brokerAccess.js';
import { type BrokerLog, levelOf } from './brokerLog.js';
import { loadConfig, prepare, type Prepared } from './brokerPrepare.js';
import { type BrokerConfig, brokerSettings } from './brokerSettings.js';
import { UsageError, UsageErrors, wordsOf } from './fault.js';

export interface Serving {
  readonly broker: Broker;
  readonly log: BrokerLog;
  readonly accessLog: AccessLog;
  readonly file: string | undefined;
  readonly given: () => readonly Given[];
  /** One for each listener of the settings, as soon as it is open. */
  readonly addresses: readonly ListenAddress[];
}

export interface Reloading {
  /** The broker is about to end: from now on a hangup does nothing, least of all end it before its state is stored. */
  stop(): void;
  /** The broker has ended. */
  release(): void;
}

export function reloadAtHangup(serving: Serving, atStart: Prepared): Reloading {
  let inForce = atStart;
  let isStopped = false;
  // One at a time, in the order of the signals.
  let last = Promise.resolve();
  const asked = (): void => {
    last = last.then(async () => {
      if (!isStopped) inForce = await reload(serving, inForce, () => isStopped);
    });
  };
  process.on('SIGHUP', asked);
  return {
    stop: () => { isStopped = true; },
    release: () => {
      process.off('SIGHUP', asked);
      inForce.access.close();
    },
  };
}

async function reload(serving: Serving, before: Prepared, isStopped: () => boolean): Promise<Prepared> {
  const { broker, log, accessLog, file, given } = serving;
  let read: Loaded<BrokerConfig>;
  let after: Prepared;
  try {
    read = await loadConfig(file, given());
    const values = withoutRestart(brokerSettings, before.config, read.values) as BrokerConfig;
    after = await prepare({ values, originOf: read.originOf }, accessLog);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    const lines = thrown instanceof UsageErrors ? thrown.lines : [wordsOf(thrown)];
    for (const line of lines) log.error({ event: 'reloadFailed' }, `${line}; what was read before stays in force`);
    return before;
  }
  if (isStopped()) {
    after.access.close();
    return before;
  }
  // Checked above in the same way; from here on nothing can fail.
  broker.reconfigure(after.options);
  renewCertificates(serving, before, after);
  log.setLevel(levelOf(after.config.log));
  tell(serving, before.config, read.values);
  tellOfFiles(serving, after.config);
  disconnectChanged(serving, before, after);
  before.access.retire();
  return after;
}

function renewCertificates({ broker, log, addresses }: Serving, before: Prepared, after: Prepared): void {
  for (const [at, { options: { tls }, certificate }] of after.listeners.entries()) {
    if (tls === undefined || certificate === undefined || addresses[at] === undefined) continue;
    const { host, port } = addresses[at];
    broker.renewTls(addresses[at], tls);
    const old = before.listeners[at].options.tls;
    const isNew = !(tls.cert as Buffer).equals(old?.cert as Buffer) || !(tls.key as Buffer).equals(old?.key as Buffer);
    if (isNew) log.tell({ event: 'certificate', host, port }, `${host}:${port} serves new connections with the certificate in "${certificate.file}", valid until ${certificate.validTo}`);
    if (certificate.warning !== undefined) log.error({ event: 'certificate', host, port }, certificate.warning);
  }
}

function tell({ log }: Serving, before: BrokerConfig, asked: BrokerConfig): void {
  const changes = changesBetween(brokerSettings, before, asked);
  for (const { key, before: old, after: value, needsRestart } of changes) {
    const fields = { event: 'settingChanged', key, needsRestart };
    if (needsRestart) log.tell(fields, `${key} has changed, and needs a restart: until then it stays${shown(old)}`);
    else log.tell(fields, `${key} is changed from${shown(old)} to${shown(value)}`);
  }
  if (changes.length === 0) log.tell({ event: 'reloaded' }, 'read again: no setting has changed');
}

function shown(value: unknown): string {
  return value === undefined ? ' unset' : typeof value === 'object' ? ' as it was' : ` ${JSON.stringify(value)}`;
}

function tellOfFiles({ log }: Serving, { access: { passwordFile, aclFile }, faults }: BrokerConfig): void {
  for (const file of [passwordFile, aclFile, faults]) if (file !== undefined) log.tell({ event: 'fileRead', file }, `read ${file} again`);
}

function disconnectChanged({ broker, log }: Serving, before: Prepared, after: Prepared): void {
  const changedUsers = after.access.usersChangedSince(before.access);
  for (const { clientId, userName } of broker.clients()) {
    if (userName === undefined || !changedUsers.has(userName)) continue;
    log.tell({ event: 'access' }, `${clientId} is disconnected, as user ${userName} has been changed`);
    broker.disconnectClient(clientId, { reasonCode: 0x87 });
  }
}
