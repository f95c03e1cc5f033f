/**
 * The bridges of `midge broker`, from the command line and from broker.toml, and what they say in the log.
 * Must not know how a bridge works.
 */
import type { Command } from 'commander';
import type { BridgeOptions, BridgeTopic, Direction } from '../bridge/index.js';
import type { Broker, MetricsOptions } from '../broker/index.js';
import type { Loaded } from '../config/index.js';
import type { BrokerLog } from './brokerLog.js';
import type { BrokerConfig } from './brokerSettings.js';
import { listOption, option } from './command.js';
import { readClientCertificate } from './certificate.js';
import { UsageError, UsageErrors, wordsOf } from './fault.js';
import type { ValueOf } from './values.js';

export interface BridgeValues {
  bridge?: string;
  bridgeTopic?: BridgeTopic[];
  bridgeVersion?: 4 | 5;
}

/** A line as Mosquitto has them: filter, direction, QoS and prefixes, but the direction first. */
const topicValue: ValueOf<BridgeTopic> = (text, option) => {
  const words = text.trim().split(/\s+/).map((word) => (word === '""' ? '' : word));
  const [direction, filter, qos = '1', localPrefix = '', remotePrefix = ''] = words;
  if (words.length < 2 || words.length > 5 || !['out', 'in', 'both'].includes(direction) || !['0', '1', '2'].includes(qos)) {
    throw new UsageError(`${option} is "${text}"; it must be out, in or both, then a topic filter, then if need be QoS (0, 1 or 2), local prefix and remote prefix ("" for none), as in 'out sensors/# 1 "" site1/'`);
  }
  return { direction: direction as Direction, filter, qos: Number(qos) as 0 | 1 | 2, localPrefix, remotePrefix };
};

const versionValue: ValueOf<4 | 5> = (text, option) => {
  if (text === '5' || text === '5.0') return 5;
  if (text === '3.1.1') return 4;
  throw new UsageError(`${option} is "${text}"; it must be 5 or 3.1.1`);
};

export function addBridgeOptions(command: Command): void {
  command
    .option('--bridge <url>', 'forward topics to and from this broker: mqtt, mqtts, ws or wss; credentials stand in the URL')
    .addOption(listOption('--bridge-topic <line>', 'what to forward, may be repeated: out, in or both, filter, QoS (default: 1), local and remote prefix', topicValue))
    .addOption(option('--bridge-version <version>', 'MQTT version towards that broker: 5 (default) or 3.1.1', versionValue));
}

/** The bridge that the command line asks for, if it does. */
export function givenBridges({ bridge, bridgeTopic, bridgeVersion }: BridgeValues): BridgeOptions[] {
  if (bridge === undefined) {
    if (bridgeTopic !== undefined || bridgeVersion !== undefined) throw new UsageError('--bridge-topic and --bridge-version are about --bridge <url>; give it too');
    return [];
  }
  if (bridgeTopic === undefined) throw new UsageError("--bridge needs at least one --bridge-topic, such as --bridge-topic 'out sensors/#'");
  return [{ name: 'bridge', url: bridge, topics: bridgeTopic, protocolVersion: bridgeVersion }];
}

/**
 * The bridges of broker.toml and those of the command line, all checked, their files read. Throws a UsageErrors with a line for each fault.
 */
export async function bridgesOf({ values, originOf }: Loaded<BrokerConfig>, ofCommandLine: readonly BridgeOptions[]): Promise<readonly BridgeOptions[]> {
  const faults: string[] = [];
  const all: BridgeOptions[] = [];
  if (ofCommandLine.length + values.bridge.length === 0) return all;
  const { BridgeError, checkBridges } = await import('../bridge/index.js');
  /** Each with those before it, which are right: what is wrong is its own. */
  const add = (options: BridgeOptions, words: (fault: InstanceType<typeof BridgeError>) => string): void => {
    try {
      checkBridges([...all, options]);
      all.push(options);
    } catch (thrown) {
      if (!(thrown instanceof BridgeError)) throw thrown;
      faults.push(words(thrown));
    }
  };
  for (const options of ofCommandLine) add(options, ({ field, message }) => `${field.startsWith('topics') ? '--bridge-topic' : '--bridge'}: ${message.replace(/^topics\[\d+\]\./, '')}`);
  values.bridge.forEach((config, at) => {
    const of = (...path: (string | number)[]): string => originOf(['bridge', at, ...path]);
    try {
      add(optionsOf(config, of), ({ field, message }) => of(...keysOf(field)) + inKeys(message.startsWith(`${field} `) ? message.slice(field.length) : `: ${message}`));
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
      faults.push(wordsOf(thrown));
    }
  });
  if (faults.length > 0) throw new UsageErrors(faults);
  return all;
}

type BridgeConfig = BrokerConfig['bridge'][number];

function optionsOf({ protocolVersion, cafile, cert, key, topic, ...rest }: BridgeConfig, originOf: (name: string) => string): BridgeOptions {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as typeof rest;
  const tls = readClientCertificate({ cafile, cert, key }, originOf);
  return {
    ...given, protocolVersion: protocolVersion === '5' ? 5 : 4, topics: topic.map(({ qos, ...line }) => ({ ...line, qos: qos as 0 | 1 | 2 })),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

/** Where an option of a bridge stands in its table: `topics[0].localPrefix` is topic, 0, local-prefix. */
function keysOf(field: string): (string | number)[] {
  return field.replace(/^topics/, 'topic').split(/[.[\]]+/).filter((key) => key !== '').map((key) => /^\d+$/.test(key) ? Number(key) : keyOf(key));
}

function keyOf(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What a message says of other options, with their keys. */
function inKeys(words: string): string {
  return words.replace(/topics\[(\d+)\]/g, (_, at: string) => `topic[${Number(at) + 1}]`).replace(/\b(retryMinMs|protocolVersion|clientId)\b/g, keyOf);
}

/** The bridges of a broker as the command has them. */
export interface OpenBridges {
  /** Brings them to other settings, which have been checked. */
  replace(all: readonly BridgeOptions[]): Promise<void>;
  /** `sysIntervalSeconds` 0: no figures under $SYS. */
  start(sysIntervalSeconds: number): void;
  readonly register: NonNullable<MetricsOptions['register']>;
  close(): Promise<void>;
}

/** Bridges that log what happens to them, not yet started. */
export async function openBridges(broker: Broker, all: readonly BridgeOptions[], log: BrokerLog): Promise<OpenBridges> {
  const { BridgeTopics, Bridges } = await import('../bridge/index.js');
  const bridges = new Bridges(broker, all);
  let topics: InstanceType<typeof BridgeTopics> | undefined;
  bridges.on('notice', ({ bridge, event, isFault, words, fields }) => {
    if (isFault) log.error({ event, bridge, ...fields }, words);
    else log.tell({ event, bridge, ...fields }, words);
  });
  return {
    replace: (next) => bridges.replace(next),
    start: (sysIntervalSeconds) => {
      bridges.start();
      if (sysIntervalSeconds > 0) topics = new BridgeTopics(broker, bridges, sysIntervalSeconds * 1000);
    },
    register: async (registry) => {
      // Only who wants figures loads prom-client.
      const { registerBridges } = await import('../bridge/metrics.js');
      registerBridges(bridges, registry);
    },
    close: async () => {
      topics?.stop();
      await bridges.close();
    },
  };
}
