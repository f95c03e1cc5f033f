/**
 * What the ECMA-419 MQTT client is given and tells: its options, its messages, and what of it is refused.
 * Must not know: what is done with them.
 */
import { checkFilter, checkFlag, checkNames, checkObject, checkQoS, checkTopic, checkWhole, shown, wrong } from './checks.js';
import type MQTTClient from './client.js';
import { Packet } from './core.js';
import type { ConnectionOptions } from './options.js';
import type { Failure } from './text.js';

export interface ReadableOptions {
  /** Behind this fragment there are more of the message. */
  more: boolean;
  /** Of the whole message, and only with its first fragment, as are the others below. */
  byteLength?: number;
  topic?: string;
  QoS?: number;
  retain?: boolean;
}

export interface ControlMessage {
  operation: number;
  id?: number;
  /** CONNACK: 0. */
  returnCode?: number;
  /** CONNACK: the server has kept the session. */
  sessionPresent?: boolean;
  /** SUBACK: for each filter the QoS granted, or 128. */
  payload?: number[];
  /** PUBLISH, which is told of a message that was given up: why, as a `Status` of the core, and its topic where it is still known. */
  status?: number;
  topic?: string;
}

export interface WriteOptions {
  operation?: number;
  /** By which `onControl` names the message or request; without it, a number of Midge's. */
  id?: number;
  topic?: string;
  QoS?: number;
  retain?: boolean | number;
  /** Of the whole message, where the data given is its beginning. */
  byteLength?: number;
  items?: readonly { topic: string; QoS?: number }[];
}

export interface Options extends ConnectionOptions {
  /** Moddable's older spelling. */
  keepalive?: number;
  format?: 'buffer';
  target?: unknown;
  /** Moddable's `device.network.mqtt` names the class here. */
  io?: unknown;
  /** True: a lost connection is made again, with the session, instead of closing the client. */
  reconnect?: boolean;
  onReadable?(this: MQTTClient, count: number, options: ReadableOptions): void;
  onWritable?(this: MQTTClient, count: number): void;
  onControl?(this: MQTTClient, message: ControlMessage): void;
  onClose?(this: MQTTClient): void;
  onError?(this: MQTTClient, error?: Failure): void;
}

export const ownNames: readonly string[] = Object.freeze([
  'keepalive', 'format', 'target', 'io', 'reconnect', 'onReadable', 'onWritable', 'onControl', 'onClose', 'onError',
]);

export const enum Overhead {
  /** Of a message, as Moddable counts it: not offered by `onWritable`. */
  Bytes = 8,
}

const writeNames: readonly string[] = Object.freeze(['operation', 'id', 'topic', 'QoS', 'retain', 'duplicate', 'byteLength', 'items']);
const itemNames: readonly string[] = Object.freeze(['topic', 'QoS']);
const none: readonly string[] = Object.freeze([]);

/** Throws for what `write` cannot take. */
export function checkWrite(options: WriteOptions): void {
  checkObject('what write is given', options);
  checkNames(options, writeNames, none, 'write');
  const { id, items } = options;
  const operation = options.operation ?? Packet.Publish;
  if (id !== undefined && id !== null) checkWhole('id', id, 0, 65535);
  switch (operation) {
    case Packet.Publish:
      checkPublish(options);
      break;
    case Packet.Subscribe:
    case Packet.Unsubscribe:
      if (!Array.isArray(items) || items.length === 0) throw new TypeError(`items is ${shown(items)}; it must be [{topic, QoS}, …]`);
      for (let place = 0; place < items.length; place++) checkItem(`items[${place}]`, items[place]);
      break;
    case Packet.Pingreq:
    case Packet.Disconnect:
      break;
    default:
      throw new RangeError(`operation is ${shown(operation)}; write takes PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ and DISCONNECT, the others are Midge's own business`);
  }
}

/** Throws for what `read` cannot take for a count. */
export function checkCount(count: unknown): void {
  if (typeof count !== 'number') wrong('what read is given', count, 'a count of bytes, an ArrayBuffer or a view of bytes');
  checkWhole('count', count, 1, 0x7fffffff);
}

function checkPublish({ topic, QoS, retain, byteLength, duplicate }: WriteOptions & { duplicate?: unknown }): void {
  checkTopic('topic', topic);
  checkQoS('QoS', QoS);
  checkFlag('retain', retain);
  if (byteLength !== undefined && byteLength !== null) checkWhole('byteLength', byteLength, 0, 268435455);
  if (duplicate === true) throw new TypeError('duplicate is set by Midge itself, when it sends a message again');
}

function checkItem(name: string, item: unknown): void {
  checkObject(name, item);
  const { topic, QoS } = item as { topic: unknown; QoS: unknown };
  checkNames(item as object, itemNames, none, name);
  checkFilter(`${name}.topic`, topic);
  checkQoS(`${name}.QoS`, QoS);
}
