/**
 * Bridges of `midge broker` to other brokers, from the command line and from [[bridge]] tables, and what they say in the log.
 * Must not know how a bridge works.
 */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { BridgeOptions, BridgeTopic, Direction } from '../bridge/index.js';
import type { Broker, MetricsOptions } from '../broker/index.js';
import { urlForm } from '../config/forms.js';
import type { Loaded } from '../config/load.js';
import type { TableSetting, ValuesOf } from '../config/settings.js';
import type { BrokerLog } from './brokerLog.js';
import { listOption, option } from './command.js';
import { UsageError, wordsOf } from './fault.js';
import type { ValueOf } from './values.js';

export const bridgeSettings = {
  kind: 'table',
  description: 'a bridge to another broker',
  keys: {
    'name': { kind: 'text', required: true, description: 'in client identifiers, topics, metrics and logs', example: '"cloud"' },
    'url': { kind: 'text', form: urlForm(['mqtt', 'mqtts', 'ws', 'wss']), required: true, description: 'the other broker', example: '"mqtts://broker.example"' },
    'protocol-version': { kind: 'choice', of: ['5', '3.1.1'], default: '5', description: 'MQTT version towards it' },
    'client-id': { kind: 'text', description: "client identifier there; without it, of this machine's name and the bridge's", example: '"site1"' },
    'username': { kind: 'text', description: 'user name there', example: '"site1"' },
    'password': { kind: 'text', secret: true, description: 'password there', example: '"secret"' },
    'cafile': { kind: 'file', use: 'read', description: 'authorities that its certificate rests on, PEM; without it, those of Node.js', example: '"ca.pem"' },
    'cert': { kind: 'file', use: 'read', description: 'certificate of this side, PEM', example: '"client.pem"' },
    'key': { kind: 'file', use: 'read', description: 'its private key, PEM', example: '"client.key"' },
    'keep-alive-seconds': { kind: 'integer', min: 5, max: 65_535, unit: 'seconds', default: 60, description: 'how soon a dead link is found out' },
    'remote-state-topic': { kind: 'text', description: 'topic there that says 1 while the bridge is connected, retained, and 0 after', example: '"sites/site1/state"' },
    'topic': {
      kind: 'tables',
      description: 'What crosses: as many of these tables as need be, at least one.',
      of: {
        kind: 'table',
        description: 'one filter that crosses',
        keys: {
          'filter': { kind: 'text', required: true, description: 'topics below the prefixes', example: '"sensors/#"' },
          'direction': { kind: 'choice', of: ['out', 'in', 'both'], required: true, description: 'out: from here to there', example: '"out"' },
          'qos': { kind: 'integer', min: 0, max: 2, default: 1, description: 'highest QoS to cross with' },
          'local-prefix': { kind: 'text', default: '', description: 'in front of the filter here' },
          'remote-prefix': { kind: 'text', default: '', description: 'in front of the filter there' },
          'retain': { kind: 'boolean', default: true, description: 'whether RETAIN crosses' },
        },
      },
    },
  },
  rules: [
    ({ topic }) => (topic as readonly unknown[]).length > 0 ? undefined : { key: 'topic', reason: 'is missing; a bridge needs at least one [[bridge.topic]]' },
    ({ cert, key }) => (cert === undefined) === (key === undefined) ? undefined : { key: cert === undefined ? 'key' : 'cert', reason: `needs ${cert === undefined ? 'cert' : 'key'} too` },
  ],
} as const satisfies TableSetting;

/** The bridges of the file. Throws a UsageError that names the file's line. */
export function bridgesOf({ values: { bridge: all } }: Loaded<{ readonly bridge: readonly ValuesOf<typeof bridgeSettings>[] }>): BridgeOptions[] {
  return all.map(({ protocolVersion, cafile, cert, key, topic, ...rest }) => {
    const bytes = (file: string | undefined): Buffer | undefined => file === undefined ? undefined : readFileSync(file);
    const tls = Object.fromEntries(Object.entries({ ca: bytes(cafile), cert: bytes(cert), key: bytes(key) }).filter(([, file]) => file !== undefined));
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as typeof rest;
    const topics = topic.map((one) => ({ ...one, qos: one.qos as 0 | 1 | 2 }));
    return { ...given, topics, protocolVersion: protocolVersion === '5' ? 5 : 4, ...(Object.keys(tls).length === 0 ? {} : { tls }) };
  });
}

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
