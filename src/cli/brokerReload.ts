/**
 * What the broker of a command does at SIGHUP: the configuration file and all files that it names are read again. What can change
 * while the broker serves is applied, the rest named; if anything is wrong, everything stays as it was. Must not know what
 * settings do, nor when a signal comes.
 */
import type { Broker, ListenAddress } from '../broker/index.js';
import { type Change, changesBetween, withoutRestart } from '../config/changes.js';
import type { Loaded } from '../config/index.js';
import type { OpenBridges } from './brokerBridge.js';
import { type BrokerLog, levelOf } from './brokerLog.js';
import { type Beside, linesOf, prepare, type Prepared } from './brokerPrepare.js';
import { type BrokerConfig, brokerSettings } from './brokerSettings.js';
import { UsageError } from './fault.js';

export interface Serving {
  readonly broker: Broker;
  readonly bridges: OpenBridges;
  readonly log: BrokerLog;
  readonly beside: Beside;
  readonly load: () => Promise<Loaded<BrokerConfig>>;
  /** One for each listener of the settings. */
  readonly addresses: readonly ListenAddress[];
}

/** Reads everything again; returns what is in force afterwards. */
export async function reload(serving: Serving, before: Prepared): Promise<Prepared> {
  const { broker, bridges, log, beside, load } = serving;
  let read: Loaded<BrokerConfig>;
  let after: Prepared;
  try {
    read = await load();
    const values = withoutRestart(brokerSettings, before.config, read.values) as BrokerConfig;
    after = await prepare({ values, originOf: read.originOf }, beside, read.values.dashboard);
  } catch (thrown) {
    if (!(thrown instanceof UsageError)) throw thrown;
    for (const line of linesOf(thrown)) log.error({ event: 'reloadFailed' }, `${line}; what was read before stays in force`);
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
  await bridges.replace(after.bridges);
  return after;
}

function renewCertificates({ broker, log, addresses }: Serving, before: Prepared, after: Prepared): void {
  for (const [at, { options: { tls }, certificate }] of after.listeners.entries()) {
    if (tls === undefined || certificate === undefined) continue;
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
  for (const change of changes) log.tell({ event: 'settingChanged', key: change.key, needsRestart: change.needsRestart }, changeText(change));
  if (changes.length === 0) log.tell({ event: 'reloaded' }, 'read again: no setting has changed');
}

function changeText({ key, before, after, isHidden, needsRestart }: Change): string {
  if (needsRestart) return `${key} has changed, and needs a restart: until then it stays ${isHidden ? 'as it was' : shown(before)}`;
  return isHidden ? `${key} is changed` : `${key} is changed from ${shown(before)} to ${shown(after)}`;
}

function shown(value: unknown): string {
  return value === undefined ? 'unset' : JSON.stringify(value);
}

function tellOfFiles({ log }: Serving, { access: { passwordFile, aclFile }, faults }: BrokerConfig): void {
  for (const file of [passwordFile, aclFile, faults]) if (file !== undefined) log.tell({ event: 'fileRead', file }, `read ${file} again`);
}

/** Whoever could not connect any more does not stay either, as with Mosquitto. */
function disconnectChanged({ broker, log }: Serving, before: Prepared, after: Prepared): void {
  const whyNot = after.access.reviewSince(before.access);
  for (const client of broker.clients()) {
    const why = whyNot(client);
    if (why === undefined) continue;
    log.tell({ event: 'access', clientId: client.clientId }, `${client.clientId} is disconnected, as ${why}`);
    broker.disconnectClient(client.clientId, { reasonCode: 0x87 });
  }
}
