/**
 * `-D command identifier value`: properties of MQTT 5.0, written as mosquitto_pub and mosquitto_sub take them.
 * Must not know the commands. The table says which packet allows which property, and what its value is.
 *
 * Read first: MQTT 5.0 section 2.2.2.
 */
import type { Option } from 'commander';
import type { ClientOptions, PacketProperties } from '../../targets/node/index.js';
import { listOption } from './command.js';
import { UsageError } from './fault.js';
import { integerValue, nearest, topicValue } from './values.js';

export type PropertyPacket = 'connect' | 'publish' | 'will' | 'subscribe' | 'disconnect';

/** One -D. */
export interface PropertyArgument {
  readonly packet: PropertyPacket;
  readonly field: keyof PacketProperties;
  readonly value: unknown;
}

interface PropertyRow {
  readonly field: keyof PacketProperties;
  readonly packets: readonly PropertyPacket[];
  readonly read: (parts: readonly string[], name: string) => unknown;
}

const number = (least: number, most: number) => (parts: readonly string[], name: string): number => integerValue(least, most)(parts[0], name);
const text = (parts: readonly string[]): string => parts[0];
/** A response is published to it: no wildcards. [MQTT-3.3.2-14] */
const topic = (parts: readonly string[], name: string): string => topicValue(parts[0], name);
const bytes = (parts: readonly string[]): Buffer => Buffer.from(parts[0]);
const flag = (parts: readonly string[], name: string): boolean => integerValue(0, 1)(parts[0], name) === 1;
const pair = (parts: readonly string[]): [string, string] => [parts[0], parts[1]];

/** Longest time in s that the core counts. */
const secondsMax = 2 ** 30 - 1;

const rows: Readonly<Record<string, PropertyRow>> = {
  'authentication-data': { field: 'authenticationData', packets: ['connect'], read: bytes },
  'authentication-method': { field: 'authenticationMethod', packets: ['connect'], read: text },
  'content-type': { field: 'contentType', packets: ['publish', 'will'], read: text },
  'correlation-data': { field: 'correlationData', packets: ['publish', 'will'], read: bytes },
  'maximum-packet-size': { field: 'maximumPacketSize', packets: ['connect'], read: number(1, 268_435_460) },
  'message-expiry-interval': { field: 'messageExpiryInterval', packets: ['publish', 'will'], read: number(1, 536_870) },
  'payload-format-indicator': { field: 'payloadFormatIndicator', packets: ['publish', 'will'], read: flag },
  'receive-maximum': { field: 'receiveMaximum', packets: ['connect'], read: number(1, 65535) },
  'request-problem-information': { field: 'requestProblemInformation', packets: ['connect'], read: flag },
  'request-response-information': { field: 'requestResponseInformation', packets: ['connect'], read: flag },
  'response-topic': { field: 'responseTopic', packets: ['publish', 'will'], read: topic },
  'session-expiry-interval': { field: 'sessionExpiryInterval', packets: ['connect', 'disconnect'], read: number(0, secondsMax) },
  'topic-alias-maximum': { field: 'topicAliasMaximum', packets: ['connect'], read: number(0, 65535) },
  'user-property': { field: 'userProperties', packets: ['connect', 'publish', 'will', 'subscribe', 'disconnect'], read: pair },
  'will-delay-interval': { field: 'willDelayInterval', packets: ['will'], read: number(0, secondsMax) },
};

const packets: readonly PropertyPacket[] = ['connect', 'publish', 'will', 'subscribe', 'disconnect'];

export function propertyOption(): Option {
  return listOption('-D, --property <packet name value>', `MQTT 5.0: a property of ${packets.join(', ')}; user-property takes a name and a value`, readProperty);
}

/** The parts come joined by U+0000 (`joinProperties` in command.ts). */
function readProperty(joined: string): PropertyArgument {
  const [command, identifier, ...values] = joined.split('\0');
  const packet = packets.find((known) => known === command.toLowerCase());
  if (packet === undefined) throw new UsageError(`-D ${command}: the command must be one of ${packets.join(', ')}`);
  const name = `-D ${command} ${identifier ?? ''}`.trimEnd();
  const allowed = Object.keys(rows).filter((known) => rows[known].packets.includes(packet));
  const row = identifier === undefined ? undefined : rows[identifier];
  if (row === undefined || !row.packets.includes(packet)) {
    const near = identifier === undefined ? undefined : nearest(identifier, allowed);
    throw new UsageError(`${name}: ${packet} allows ${allowed.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`);
  }
  const count = row.read === pair ? 2 : 1;
  if (values.length !== count) throw new UsageError(`${name} needs ${count === 2 ? 'a name and a value' : 'a value'}`);
  return { packet, field: row.field, value: row.read(values, name) };
}

/** The properties given for a packet, ready for the Node port. */
export function packetPropertiesOf(given: readonly PropertyArgument[], packet: PropertyPacket): PacketProperties {
  const properties: PacketProperties = {};
  for (const argument of given.filter((one) => one.packet === packet)) {
    if (argument.field === 'userProperties') (properties.userProperties ??= []).push(argument.value as [string, string]);
    else if (properties[argument.field] !== undefined) throw new UsageError(`-D ${packet}: ${argument.field} is given twice`);
    else (properties as Record<string, unknown>)[argument.field] = argument.value;
  }
  return properties;
}

/** Properties of CONNECT, which the Node port takes as options of the client. */
export function connectPropertiesOf(given: readonly PropertyArgument[]): ClientOptions {
  const p = packetPropertiesOf(given, 'connect');
  const options: ClientOptions = {};
  if (p.sessionExpiryInterval !== undefined) options.sessionExpiryS = p.sessionExpiryInterval;
  if (p.maximumPacketSize !== undefined) options.maximumPacketBytes = p.maximumPacketSize;
  if (p.receiveMaximum !== undefined) options.receiveMaximum = p.receiveMaximum;
  if (p.topicAliasMaximum !== undefined) options.topicAliasMaximum = p.topicAliasMaximum;
  if (p.requestProblemInformation !== undefined) options.requestProblemInformation = p.requestProblemInformation;
  if (p.requestResponseInformation !== undefined) options.requestResponseInformation = p.requestResponseInformation;
  if (p.userProperties !== undefined) options.userProperties = p.userProperties;
  const requests = packetPropertiesOf(given, 'subscribe').userProperties;
  if (requests !== undefined) options.subscribeProperties = { userProperties: requests };
  if (p.authenticationMethod !== undefined) {
    options.authentication = { method: p.authenticationMethod, ...(p.authenticationData === undefined ? {} : { data: p.authenticationData }) };
  } else if (p.authenticationData !== undefined) {
    throw new UsageError('-D connect authentication-data needs -D connect authentication-method'); // [MQTT 5.0 3.1.2.11.10]
  }
  return options;
}
