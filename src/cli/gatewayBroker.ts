/**
 * The broker inside `midge gateway`: its options, and that broker served from broker.toml below them, with its data beside
 * that of the ports. Must not know how a broker serves, nor what the gateway does.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ListenAddress } from '../broker/index.js';
import type { Loaded } from '../config/index.js';
import { type Given, optionPlace } from '../config/place.js';
import type { GatewayValues } from '../gateway/index.js';
import { addBridgeOptions, type BridgeValues, givenBridges } from './brokerBridge.js';
import { givenListeners } from './brokerListeners.js';
import { loadConfig, prepare } from './brokerPrepare.js';
import type { BrokerConfig } from './brokerSettings.js';
import { onceOption, option } from './command.js';
import { UsageError } from './fault.js';

export interface EmbeddedValues extends BridgeValues {
  broker?: 'embedded';
  brokerConfig?: string;
  host?: string;
  port?: string;
  data?: string;
}

export function addEmbeddedOptions(command: Command): void {
  command
    .addOption(option('--broker <embedded>', 'embedded: start a broker inside, for ports that name none', embeddedValue))
    .addOption(onceOption('--broker-config <file>', 'settings of the embedded broker, TOML: listeners, access, limits, bridges (see midge broker --config-example)', (text) => text))
    .option('-p, --port <port>', 'port of the embedded broker, 0: a free one (default: 1883)')
    .option('-h, --host <host>', 'address of the embedded broker; 0.0.0.0: all (default: 127.0.0.1)');
  addBridgeOptions(command);
}

function embeddedValue(text: string, name: string): 'embedded' {
  if (text === 'embedded') return text;
  throw new UsageError(`${name} is "${text}"; it must be embedded (the URL of another broker stands in the file: broker = "mqtt://host")`);
}

/** Throws a UsageError where an option is about a broker inside that nobody asked for. */
export function checkEmbedded({ broker, brokerConfig, port, host, bridge, bridgeTopic, bridgeVersion }: EmbeddedValues): void {
  if (broker !== undefined) return;
  const options = Object.entries({ '--broker-config': brokerConfig, '--port': port, '--host': host, '--bridge': bridge, '--bridge-topic': bridgeTopic, '--bridge-version': bridgeVersion });
  const given = options.find(([, value]) => value !== undefined);
  if (given !== undefined) throw new UsageError(`${given[0]} is about the broker inside; give --broker embedded too`);
}

/** The settings of the broker: options over broker.toml over what the gateway has for itself. */
async function load(values: EmbeddedValues, { data, log }: GatewayValues): Promise<Loaded<BrokerConfig>> {
  const given: Given[] = [
    ...givenListeners({ port: values.port, host: values.host }),
    // One stream of lines has one format.
    { path: ['log', 'format'], value: log.format, place: optionPlace('--log-format', '') },
  ];
  if (values.data !== undefined) given.push({ path: ['data'], value: brokerFolder(values.data), place: optionPlace('--data', '') });
  const { values: config, originOf } = await loadConfig(values.brokerConfig, given);
  const folder = config.data ?? (data === undefined ? undefined : brokerFolder(data));
  return { values: { ...config, data: folder, log: { ...config.log, level: config.log.level ?? log.level } }, originOf };
}

/** Ports keep their own messages in the folder above. */
function brokerFolder(data: string): string {
  return join(data, 'broker');
}

/** Throws a UsageError with a line for each thing that is wrong with the settings of the broker. */
export async function checkBrokerSettings(values: EmbeddedValues, gateway: GatewayValues): Promise<void> {
  const silent = (): void => undefined;
  const { access } = await prepare(await load(values, gateway), { accessLog: { tell: silent, debug: silent }, bridges: givenBridges(values) });
  access.close();
}

export interface EmbeddedBroker {
  /** Where ports reach it; undefined: it has no listener of plain TCP. */
  readonly url: string | undefined;
  /** Reads its settings and their files again. */
  readonly reload: () => Promise<void>;
}

/** Starts it; adds how to end it. `gateway`: the settings in force, asked at each reading. */
export async function embed(values: EmbeddedValues, gateway: () => GatewayValues, endings: (() => void | Promise<void>)[]): Promise<EmbeddedBroker> {
  const { serveBroker } = await import('./brokerServe.js');
  const own: (() => void | Promise<void>)[] = [];
  let finish = (): void => undefined;
  // The report may be impossible to write: the rest is to end all the same.
  endings.push(async () => {
    try {
      finish();
    } finally {
      for (const end of own.reverse()) await end();
    }
  });
  const served = await serveBroker({ load: () => load(values, gateway()), bridges: givenBridges(values), linePrefix: 'broker: ' }, own);
  finish = served.finish;
  return { url: urlOf(served.addresses), reload: served.reload };
}

function urlOf(addresses: readonly ListenAddress[]): string | undefined {
  const plain = addresses.find(({ transport }) => transport === 'tcp');
  if (plain === undefined) return undefined;
  const { host, port } = plain;
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `mqtt://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}
