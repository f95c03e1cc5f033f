/**
 * What the ECMA-419 MQTT client is given and tells: its options, its messages, and the names by which unknown options are refused.
 * Must not know: what is done with them.
 */
import type MQTTClient from './client.js';
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
