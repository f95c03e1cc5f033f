/**
 * `midge gateway`: serves boards on serial ports; `check`, `schema`, `example` and `install` do what their names say.
 * Must not know what a gateway does.
 */
import type { Command } from 'commander';
import { addCommand } from './command.js';
import { UsageError, UsageErrors } from './fault.js';
import { addEmbeddedOptions, checkBrokerSettings, checkEmbedded, type EmbeddedValues } from './gatewayBroker.js';
import { nearest } from './values.js';

export interface GatewayOptionValues extends EmbeddedValues {
  config?: string;
  logLevel?: string;
  logFormat?: string;
  metrics?: string | true;
  metricsHost?: string;
  dashboard?: string | true;
  dashboardHost?: string;
  write?: true;
  user: string;
  root?: string;
}

const actions = ['check', 'schema', 'example', 'install'] as const;

/** Options of settings that the file has too, which its declaration names as well: flags, what they are for, name among the values. */
export const settingFlags = [
  ['--data <folder>', 'keep messages that the broker does not have yet in this folder', 'data'],
  ['--log-level <level>', 'error, warn, info, debug or silent (default: info)', 'logLevel'],
  ['--log-format <format>', 'text, or json: an object a line', 'logFormat'],
  ['--metrics [port]', 'serve /metrics (Prometheus) and /health over HTTP (default port: 9236; 0: a free one)', 'metrics'],
  ['--metrics-host <host>', 'address for --metrics', 'metricsHost'],
  ['--dashboard [port]', 'serve a page with live figures over HTTP (default port: 9237; 0: a free one)', 'dashboard'],
  ['--dashboard-host <host>', 'address for --dashboard; one that other machines reach needs a token, in the file', 'dashboardHost'],
] as const;

export function addGateway(program: Command): void {
  const command = addCommand(program, 'gateway', 'connect boards on serial ports to a broker', '[check | schema | example | install] [options] [file]', `The file (gateway.toml, or the one of --config) names the ports, how their boards speak, and the broker of each. At SIGHUP
it is read again; only ports whose settings changed are touched. src/gateway/README.md explains all settings.

  midge gateway                          serves the ports of gateway.toml until Ctrl-C
  midge gateway check gateway.toml       says what is wrong with the file, with file and line, and ends
  midge gateway example > gateway.toml   a file with all settings, their defaults and what they are for
  midge gateway schema                   the JSON Schema of such a file, for editors
  midge gateway install                  prints a systemd unit and a udev rule; with --write writes them

Examples:
  midge ports
  midge gateway --config site.toml --metrics
  midge gateway --broker embedded --data site
  midge gateway --broker embedded --data site --bridge mqtts://cloud.example --bridge-topic 'out #'
  midge gateway --broker embedded --broker-config broker.toml`)
    .argument('[words...]')
    .option('--config <file>', 'settings, TOML (default: gateway.toml)')
    .option('--write', 'with install: write the files instead of printing them')
    .option('--user <name>', 'with install: the user that the service runs as', 'midge')
    .option('--root <folder>', 'with install --write: write below this folder, such as that of a mounted card');
  addEmbeddedOptions(command);
  for (const [flags, description] of settingFlags) command.option(flags, description);
  command.action((words: string[], values: GatewayOptionValues) => act(words, values));
}

async function act(words: readonly string[], values: GatewayOptionValues): Promise<void> {
  const action = actions.find((one) => one === words[0]);
  const files = action === undefined ? words : words.slice(1);
  if (files.length > 1 || (files.length > 0 && action !== undefined && action !== 'check')) {
    throw new UsageError(`"${files.at(-1)}" is one word too many; see midge gateway --help`);
  }
  if (action === undefined && files.length > 0 && !files[0].endsWith('.toml')) {
    const near = nearest(files[0], actions);
    throw new UsageError(`"${files[0]}" is none of ${actions.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}, and no .toml file; see midge gateway --help`);
  }
  if ((values.write === true || values.root !== undefined) && action !== 'install') throw new UsageError('--write and --root go with install');
  const [extra] = Object.keys(values).filter((name) => name !== 'user');
  if ((action === 'schema' || action === 'example') && extra !== undefined) throw new UsageError(`${action} takes no options; leave out --${extra.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  checkEmbedded(values);
  if (files.length > 0 && values.config !== undefined) throw new UsageError(`"${files[0]}" and --config are both given; give one file`);
  const file = files[0] ?? values.config ?? 'gateway.toml';
  if (action === 'install') {
    const { install } = await import('./gatewayInstall.js');
    await install(file, values);
  } else if (action === undefined) {
    const { serve } = await import('./gatewayServe.js');
    await serve(file, values);
  } else if (action === 'check') await check(file, values);
  else await print(action);
}

async function check(file: string, values: GatewayOptionValues): Promise<void> {
  const { readChecked } = await import('./gatewayServe.js');
  // Whether there will be a broker inside is not known without --broker.
  const { settings, values: read } = await readChecked(file, values, 'mqtt://127.0.0.1');
  if (values.broker !== undefined) await checkBrokerSettings(values, read);
  process.stdout.write(`${file} is right: ${settings.ports.length} ${settings.ports.length === 1 ? 'port' : 'ports'} (${settings.ports.map(({ name, board }) => `${name}: ${board.mode}`).join(', ')})\n`);
}

async function print(what: 'schema' | 'example'): Promise<void> {
  const [{ exampleFile, jsonSchema }, { gatewaySettings }] = await Promise.all([import('../config/index.js'), import('../gateway/config/gateway-settings.js')]);
  process.stdout.write(what === 'schema'
    ? `${JSON.stringify(jsonSchema(gatewaySettings, 'midge gateway'), null, 2)}\n`
    : exampleFile(gatewaySettings, 'Settings of midge gateway. A line behind # without a space is a setting that is not in force.'));
}

/** A line for each thing that is wrong with the file. */
export async function faultLines<T>(read: () => T): Promise<T> {
  const { ConfigFault } = await import('../config/index.js');
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof ConfigFault) throw new UsageErrors(thrown.lines);
    throw thrown;
  }
}
