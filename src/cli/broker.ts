/**
 * `midge broker`: serves with the reference broker until Ctrl-C.
 * Must not know the protocol.
 */
import type { Command } from 'commander';
import { type Given, optionPlace } from '../config/place.js';
import { addBridgeOptions, type BridgeValues, givenBridges } from './brokerBridge.js';
import { addListenerOptions, givenListeners, type ListenerOptionValues } from './brokerListeners.js';
import { addDashboardOptions, type DashboardValues, givenToken } from './brokerDashboard.js';
import { loadConfig } from './brokerPrepare.js';
import { brokerSettings } from './brokerSettings.js';
import { addCommand, onceOption } from './command.js';
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
    const bridges = givenBridges(values);
    const [{ interruption }, { serveBroker }] = await Promise.all([import('./session.js'), import('./brokerServe.js')]);
    let interrupted = Promise.resolve();
    const served = await serveBroker({
      load: () => loadConfig(values.config, givenOf(values)),
      bridges,
      // Not before: reading a large folder must not keep the process from being ended.
      whenOpened: () => {
        const signals = interruption();
        endings.push(() => { signals.release(); });
        interrupted = signals.happened;
      },
    }, endings);
    hangups.answer(served.reload);
    endings.push(() => hangups.stop());
    await interrupted;
    await hangups.stop();
    served.finish();
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
