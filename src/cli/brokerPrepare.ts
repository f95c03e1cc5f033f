/**
 * From the settings of `midge broker` to what the broker takes: the files that they name read and checked, before anything
 * is opened or changed. Must not know how the settings were given.
 */
import { readFileSync } from 'node:fs';
import type { Access, BrokerOptions, FaultPlan } from '../broker/index.js';
import type { QoS } from '../broker/protocol.js';
import type { BridgeOptions } from '../bridge/index.js';
import type { Given, Loaded } from '../config/index.js';
import { type AccessLog, openAccess } from './brokerAccess.js';
import { bridgesOf } from './brokerBridge.js';
import { dashboardTokenOf } from './brokerDashboard.js';
import { type PreparedListener, prepareListener } from './brokerListeners.js';
import { type BrokerConfig, brokerSettings } from './brokerSettings.js';
import { UsageError, UsageErrors, wordsOf } from './fault.js';

/** Everything that can be wrong with the settings has been found when there is one. */
export interface Prepared {
  readonly config: BrokerConfig;
  /** Without the data folder: the rest may change while the broker serves. */
  readonly options: Omit<BrokerOptions, 'data' | 'state' | 'clock'>;
  readonly access: Access;
  readonly listeners: readonly PreparedListener[];
  readonly bridges: readonly BridgeOptions[];
  readonly dashboardToken: string | undefined;
}

/** What is not in the file. */
export interface Beside {
  readonly accessLog: AccessLog;
  /** Bridges of the command line. */
  readonly bridges: readonly BridgeOptions[];
}

/** Reads the file, if there is one, below what the command line says. Throws a UsageError with a line for each fault. */
export async function loadConfig(file: string | undefined, given: readonly Given[]): Promise<Loaded<BrokerConfig>> {
  const { ConfigFault, loadSettings } = await import('../config/index.js');
  try {
    const { values, originOf } = loadSettings(brokerSettings, file, given);
    if (values.listener.length > 0) return { values, originOf };
    return { values: { ...values, listener: [{ ...emptyListener, transport: 'tcp', host: '127.0.0.1', port: 1883 }] }, originOf };
  } catch (thrown) {
    if (thrown instanceof ConfigFault) throw new UsageErrors(thrown.lines);
    throw thrown;
  }
}

const emptyListener = { path: undefined, cert: undefined, key: undefined, passphrase: undefined, cafile: undefined };

/**
 * Reads the files that the settings name. `dashboard` is that of the next start, where it is another. Throws a UsageError with a line for each fault.
 */
export async function prepare(loaded: Loaded<BrokerConfig>, beside: Beside, dashboard = loaded.values.dashboard): Promise<Prepared> {
  const { values: config } = loaded;
  const lines: string[] = [];
  const attempt = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
      lines.push(...linesOf(thrown));
      return undefined;
    }
  };
  const listeners = await Promise.all(config.listener.map((one, at) => attempt(() => prepareListener(one, at, loaded))));
  const faults = await attempt(() => readPlan(loaded));
  const bridges = await attempt(() => bridgesOf(loaded, beside.bridges));
  const dashboardToken = await attempt(() => dashboardTokenOf(dashboard, loaded.originOf));
  // The last, as what it opens must be closed.
  const access = await attempt(() => openAccess(loaded, beside.accessLog));
  if (lines.length > 0 || access === undefined) {
    access?.close();
    throw new UsageErrors(lines);
  }
  const { maximumQos, ...limits } = config.limits;
  const options = { ...limits, maximumQoS: maximumQos as QoS, refuseConnects: config.refuseConnects, ...access.hooks, faults };
  return { config, options, access, listeners: listeners as PreparedListener[], bridges: bridges!, dashboardToken };
}

/** A line for each fault. */
export function linesOf(fault: UsageError): readonly string[] {
  return fault instanceof UsageErrors ? fault.lines : [wordsOf(fault)];
}

async function readPlan({ values: { faults: file }, originOf }: Loaded<BrokerConfig>): Promise<FaultPlan | undefined> {
  if (file === undefined) return undefined;
  const { checkFaultPlan } = await import('../broker/faults/check.js');
  try {
    const plan = JSON.parse(readFileSync(file, 'utf8')) as FaultPlan;
    checkFaultPlan(plan);
    return plan;
  } catch (thrown) {
    const why = thrown instanceof SyntaxError ? `it is not JSON: ${wordsOf(thrown)}` : wordsOf(thrown);
    throw new UsageError(`${originOf(['faults'])}: ${file}: ${why}`);
  }
}
