/**
 * A client that was not written here, as the conversations use it. It never says when it is ready: the broker knows.
 * Must not know what is said. One file for each client.
 */
import type { Qos } from '../../../targets/node/index.js';
import type { Version } from '../server.js';

export interface Where {
  readonly port: number;
  readonly version: Version;
}

export interface ListenOptions {
  readonly id: string;
  readonly filters: readonly string[];
  readonly qos: Qos;
  /** The session outlives the connection, and is resumed. */
  readonly isKept?: boolean;
  /** Unsubscribed from once connected. */
  readonly unsubscribe?: string;
  readonly keepAliveS?: number;
  readonly password?: string;
  /** Topic of a will of QoS 1 that says `will`. */
  readonly willTopic?: string;
}

export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
}

export interface SendOptions {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: Qos;
  readonly retain?: boolean;
}

export interface Listener {
  readonly seen: readonly Message[];
  /** Leaves with DISCONNECT. */
  leave(): Promise<void>;
  /** Is lost without a word. */
  kill(): Promise<void>;
}

export interface ForeignClient {
  readonly name: 'MQTT.js' | 'mosquitto_pub and mosquitto_sub' | 'libpaho-mqtt';
  /** The shortest keep alive that it takes. */
  readonly keepAliveMinS: number;
  /** True, or what is missing and how to get it. */
  available(): true | string;
  /** Connects and subscribes; whether it has, the broker tells. */
  listen(where: Where, options: ListenOptions): Listener;
  /** Connects, publishes, resolves when the message is acknowledged and the client has left. */
  send(where: Where, options: SendOptions): Promise<void>;
}

/** What kept sessions ask for in 5.0. */
export const sessionExpiryS = 600;
export const userName = 'device';
