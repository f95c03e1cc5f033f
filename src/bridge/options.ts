/**
 * What a bridge is made from, and the checks on it: each wrong field is named with its value and what is allowed, before
 * anything is opened. Must not know brokers or clients at work.
 *
 * Read first: README.md of this folder.
 */
import { hostname } from 'node:os';
import { MidgeError, type TlsOptions } from '../../targets/node/index.js';
import { checkOptions } from '../../targets/node/options.js';
import { BridgeError, wrong } from './fault.js';
import { bridgeRanges } from './ranges.js';
import { checkTopic, loopOf, type TopicRow } from './topics.js';

export type Direction = 'out' | 'in' | 'both';

/** One line of what crosses, as Mosquitto's `topic` lines say it. */
export interface BridgeTopic {
  /** Topics below the prefixes; '' stands for the prefixes themselves. */
  readonly filter: string;
  /** 'out': from this broker to the remote one. */
  readonly direction: Direction;
  /** Highest QoS to cross with. Default 1. */
  readonly qos?: 0 | 1 | 2;
  /** In front of the filter here; taken off outbound topics, put before inbound ones. Default ''. */
  readonly localPrefix?: string;
  /** The same at the remote broker. Default ''. */
  readonly remotePrefix?: string;
  /** Whether RETAIN crosses. Default true. */
  readonly retain?: boolean;
}

export interface BridgeOptions {
  /** Names the bridge in client identifiers, topics, metrics and logs: letters, digits, '-', '_' and '.'. */
  readonly name: string;
  /** mqtt://, mqtts://, ws:// or wss://, with user name and password if need be. */
  readonly url: string;
  /** 5 (default) or 4, which is MQTT 3.1.1. */
  readonly protocolVersion?: 4 | 5;
  /** Client identifier at the remote broker, '-in' or '-out' behind it. Default: 'midge-', this machine's name, '-' and the bridge's name. */
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsOptions;
  /** Default 60. */
  readonly keepAliveSeconds?: number;
  readonly topics: readonly BridgeTopic[];
  /** Messages that may be on their way in each direction. 1 to 10000, default 500. */
  readonly inFlightMax?: number;
  /** Largest packet to carry; larger ones are dropped and counted. 1024 to 268435456 bytes, default 16 MiB. */
  readonly packetBytesMax?: number;
  /** Outbound messages that may wait in this broker; further ones are dropped and counted. Default: the broker's own limit. */
  readonly queueMessagesMax?: number;
  /** The same limit in bytes. */
  readonly queueBytesMax?: number;
  /** Topic at the remote broker that says 1 while the bridge is connected, retained, and 0 (its will) after. Default: none. */
  readonly remoteStateTopic?: string;
  /** First and longest pause between attempts, in milliseconds. Defaults 1000 and 60000. */
  readonly retryMinMs?: number;
  readonly retryMaxMs?: number;
}

export interface CheckedBridge extends BridgeOptions {
  readonly protocolVersion: 4 | 5;
  readonly clientId: string;
  readonly keepAliveSeconds: number;
  readonly inFlightMax: number;
  readonly packetBytesMax: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly rows: readonly TopicRow[];
}

const names: readonly (keyof BridgeOptions)[] = [
  'name', 'url', 'protocolVersion', 'clientId', 'username', 'password', 'tls', 'keepAliveSeconds', 'topics', 'inFlightMax', 'packetBytesMax',
  'queueMessagesMax', 'queueBytesMax', 'remoteStateTopic', 'retryMinMs', 'retryMaxMs',
];
const topicNames: readonly (keyof BridgeTopic)[] = ['filter', 'direction', 'qos', 'localPrefix', 'remotePrefix', 'retain'];

type Limit = keyof typeof bridgeRanges;

function integer(options: BridgeOptions, name: Exclude<Limit, 'queueMessagesMax' | 'queueBytesMax'>): number {
  return checkInteger(name, options[name]) ?? bridgeRanges[name][2];
}

function checkInteger(name: Limit, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const [least, most] = bridgeRanges[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) throw wrong(name, value, `a whole number from ${least} to ${most}`);
  return value;
}

function checkText(name: string, value: unknown, least = 0): void {
  if (value === undefined) return;
  if (typeof value !== 'string' || value.length < least || Buffer.byteLength(value) > 65_535 || /[\0\p{Surrogate}]/u.test(value)) {
    throw wrong(name, typeof value === 'string' && /password/.test(name) ? '(hidden)' : value, `text of ${least} to 65535 bytes`);
  }
}

function known(given: object, allowed: readonly string[], where: string): void {
  const unknown = Object.keys(given).find((name) => !allowed.includes(name));
  if (unknown !== undefined) throw new BridgeError(where + unknown, `${where}${unknown}: there is no such option; there are ${allowed.join(', ')}`);
}

/** Checks everything that can be checked without a connection. Throws a BridgeError; what is in TLS files is found out when they are used. */
export function checkBridge(options: BridgeOptions): CheckedBridge {
  if (typeof options !== 'object' || options === null) throw wrong('bridge', options, 'an object of options');
  known(options, names, '');
  if (typeof options.name !== 'string' || !/^[\w.-]{1,64}$/.test(options.name)) {
    throw wrong('name', options.name, 'a name of 1 to 64 letters, digits, "-", "_" and "."');
  }
  if (typeof options.url !== 'string') throw wrong('url', options.url, 'the address of the remote broker, such as mqtt://host:1883');
  const { protocolVersion = 5 } = options;
  if (protocolVersion !== 4 && protocolVersion !== 5) throw wrong('protocolVersion', protocolVersion, '5, or 4 for MQTT 3.1.1');
  for (const name of ['clientId', 'remoteStateTopic'] as const) checkText(name, options[name], 1);
  for (const name of ['username', 'password'] as const) checkText(name, options[name]);
  if (options.remoteStateTopic !== undefined && /[+#]/.test(options.remoteStateTopic)) {
    throw wrong('remoteStateTopic', options.remoteStateTopic, 'a topic name, without + and #');
  }
  checkInteger('queueMessagesMax', options.queueMessagesMax);
  checkInteger('queueBytesMax', options.queueBytesMax);
  const retryMinMs = integer(options, 'retryMinMs');
  const retryMaxMs = Math.max(integer(options, 'retryMaxMs'), options.retryMaxMs === undefined ? retryMinMs : 0);
  if (retryMaxMs < retryMinMs) throw wrong('retryMaxMs', retryMaxMs, `at least retryMinMs, which is ${retryMinMs}`);
  const clientId = options.clientId ?? `midge-${hostname()}-${options.name}`;
  checkClient({ ...options, protocolVersion, clientId });
  return {
    ...options, protocolVersion, clientId, keepAliveSeconds: integer(options, 'keepAliveSeconds'),
    inFlightMax: integer(options, 'inFlightMax'), packetBytesMax: integer(options, 'packetBytesMax'), retryMinMs, retryMaxMs,
    rows: rowsOf(options.topics, protocolVersion),
  };
}

/** What the client would refuse when the bridge starts, when it is too late to change nothing. */
function checkClient({ url, protocolVersion, clientId, username, password, tls }: BridgeOptions): void {
  try {
    checkOptions({ url, protocolVersion, clientId, username, password, tls }, undefined);
  } catch (thrown) {
    if (!(thrown instanceof MidgeError)) throw thrown;
    const field = thrown.field?.replace('userName', 'username') ?? 'url';
    throw new BridgeError(field, thrown.message.replace('; allowed: ', '; it must be '));
  }
}

function rowsOf(topics: unknown, protocolVersion: 4 | 5): TopicRow[] {
  if (!Array.isArray(topics) || topics.length === 0) throw wrong('topics', topics, 'a list of at least one topic');
  const rows = (topics as unknown[]).map((topic, index) => {
    if (typeof topic !== 'object' || topic === null) throw wrong(`topics[${index}]`, topic, 'a topic with filter and direction');
    known(topic, topicNames, `topics[${index}].`);
    return checkTopic(topic as BridgeTopic, `topics[${index}]`);
  });
  const loop = protocolVersion === 4 ? loopOf(rows) : undefined;
  if (loop !== undefined) {
    throw new BridgeError(`topics[${loop[1]}]`, `topics[${loop[0]}] takes out what topics[${loop[1]}] brings in: in MQTT 3.1.1 messages would go round for ever; `
      + 'give them prefixes that keep them apart, or use protocolVersion 5, where the bridge knows its own messages');
  }
  return rows;
}
