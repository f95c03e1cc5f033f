/**
 * `midge broker --bridge`: bridges to other brokers, from the command line, and what they say in the log.
 * Must not know how a bridge works.
 */
import type { Command } from 'commander';
import type { BridgeOptions, BridgeTopic, Direction } from '../bridge/index.js';
import type { Broker, MetricsOptions } from '../broker/index.js';
import type { BrokerLog } from './brokerLog.js';
import { listOption, option } from './command.js';
import { UsageError, wordsOf } from './fault.js';
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

/** The bridges of a broker as the command has them. */
export interface OpenBridges {
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
