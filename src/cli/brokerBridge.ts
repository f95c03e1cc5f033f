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
import { UsageError, wordsOf } from './fault.js';
import { fileValue, type ValueOf } from './values.js';

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

/** The bridges of broker.toml. Throws a UsageError that names the line of a wrong value. */
export async function bridgesOf({ values, originOf }: Loaded<BrokerConfig>): Promise<BridgeOptions[]> {
  if (values.bridge.length === 0) return [];
  const { BridgeError, checkBridge } = await import('../bridge/index.js');
  return values.bridge.map(({ version, cafile, cert, key, topic, ...rest }, at) => {
    const read = (file: string | undefined, name: string): Buffer | undefined => (file === undefined ? undefined : fileValue(file, originOf(['bridge', at, name])));
    const files = { ca: read(cafile, 'cafile'), cert: read(cert, 'cert'), key: read(key, 'key') };
    const options: BridgeOptions = {
      ...rest, protocolVersion: version === '5' ? 5 : 4, topics: topic.map(({ qos, ...line }) => ({ ...line, qos: qos as 0 | 1 | 2 })),
      ...(Object.values(files).some((file) => file !== undefined) ? { tls: files } : {}),
    };
    try {
      checkBridge(options);
    } catch (thrown) {
      if (!(thrown instanceof BridgeError)) throw thrown;
      throw new UsageError(originOf(['bridge', at, ...keysOf(thrown.field)]) + thrown.message.slice(thrown.field.length));
    }
    return options;
  });
}

/** Where an option of a bridge stands in its table: `topics[0].localPrefix` is topic, 0, local-prefix. */
function keysOf(field: string): (string | number)[] {
  return field.replace(/^topics/, 'topic').split(/[.[\]]+/).filter((key) => key !== '')
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)));
}

/** The bridges of a broker as the command has them. */
export interface OpenBridges {
  /** Brings them to new settings; throws a UsageError, and changes nothing, if these are wrong. */
  replace(all: readonly BridgeOptions[]): Promise<void>;
  /** `sysIntervalSeconds` 0: no figures under $SYS. */
  start(sysIntervalSeconds: number): void;
  readonly register: NonNullable<MetricsOptions['register']>;
  close(): Promise<void>;
}

/** Bridges that log what happens to them, not yet started. Wrong settings end the command. */
export async function openBridges(broker: Broker, all: readonly BridgeOptions[], log: BrokerLog): Promise<OpenBridges> {
  const { BridgeTopics, Bridges } = await import('../bridge/index.js');
  const bridges = opened(() => new Bridges(broker, all));
  let topics: InstanceType<typeof BridgeTopics> | undefined;
  bridges.on('notice', ({ bridge, event, isFault, words, fields }) => {
    if (isFault) log.error({ event, bridge, ...fields }, words);
    else log.tell({ event, bridge, ...fields }, words);
  });
  return {
    replace: async (all) => { await opened(() => bridges.replace(all)); },
    start: (sysIntervalSeconds) => {
      opened(() => { bridges.start(); });
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

/** What is wrong with a bridge's settings ends the command. */
function opened<T>(open: () => T): T {
  try {
    return open();
  } catch (thrown) {
    throw new UsageError(`bridge: ${wordsOf(thrown)}`);
  }
}

/** Reads the settings of the bridges again at SIGHUP. Returns how to stop that. */
export function reloadBridges(bridges: OpenBridges, read: () => Promise<readonly BridgeOptions[]>, log: BrokerLog): () => void {
  const reload = (): void => {
    read().then((all) => bridges.replace(all)).then(
      () => { log.tell({ event: 'bridgesRead' }, 'read the settings of bridges again'); },
      (thrown: unknown) => { log.error({ event: 'bridgesRead' }, `${wordsOf(thrown)}; the bridges stay as they were`); },
    );
  };
  process.on('SIGHUP', reload);
  return () => { process.off('SIGHUP', reload); };
}
