/**
 * Types of the modules `midge` and `midge-serial` for programs on Espruino, beside `@types/espruino`:
 *   /// <reference path="midge-mqtt.d.ts" />
 *   import * as midge from 'midge';
 */
declare module 'midge' {
  /** A message as `publish` has it. Strings are bytes. */
  export interface MqttMessage {
    topic: string;
    message: string;
    dup: 0 | 1;
    qos: 0 | 1 | 2;
    /** Packet identifier, 0 at QoS 0. */
    pid: number;
    retain: 0 | 1;
  }

  /** A part of a message larger than the receive buffer. */
  export interface MqttChunk {
    topic: string;
    /** Empty with `overflow`. */
    message: string;
    /** Where the part begins in the whole, and the length of that. */
    offset: number;
    total: number;
    qos: 0 | 1 | 2;
    retain: 0 | 1;
  }

  export interface MqttWill {
    topic: string;
    message?: string;
    qos?: 0 | 1 | 2;
    retain?: boolean;
  }

  /** Times are seconds. An option that is not here is refused by its name. */
  export interface MqttOptions {
    client_id?: string;
    keep_alive?: number;
    clean_session?: boolean;
    username?: string;
    password?: string;
    protocol_name?: 'MQTT';
    /** 5 with the profile `full`. */
    protocol_level?: 4 | 5;
    /** With `protocol_level` 5; -1: for ever. */
    session_expiry?: number;
    will?: MqttWill;
    /** False: `connect` is called by the program after each loss. */
    reconnect?: boolean;
    connect_timeout?: number;
    ping_timeout?: number;
    retry_min?: number;
    retry_max?: number;
    /** Name in Storage under which a kept session outlives reboots. */
    session_file?: string;
    receive_bytes?: number;
    control_bytes?: number;
    outbox_bytes?: number;
    outbox_messages?: number;
    in_flight?: number;
    receive_maximum?: number;
  }

  /** Certificates and key as DER, a function that returns it, or the name of a file on an SD card. */
  export interface MqttTlsOptions {
    ca?: string | (() => string);
    key?: string | (() => string);
    cert?: string | (() => string);
  }

  export interface MqttServerOptions extends MqttOptions {
    port?: number;
    /** True, or the options of `tls.connect`. */
    tls?: boolean | MqttTlsOptions;
  }

  /** What a program may connect over in place of a server: it calls `emit('data', text)` and `emit('end')` on it. */
  export interface MqttLink {
    write(data: string): unknown;
    end(): void;
  }

  export interface MqttPublishOptions {
    qos?: 0 | 1 | 2;
    retain?: boolean;
    /** Messages that are sent again are marked without being asked. */
    dup?: false;
  }

  export interface Mqtt {
    readonly connected: boolean;
    connect(link?: MqttLink | null): Mqtt;
    /** What waits in the outbox goes ahead, as far as the link takes it; a socket takes all of it. */
    disconnect(): void;
    /** The packet identifier, 0 at QoS 0; below 0: refused, and `error` says why. */
    publish(topic: string, message: string | number | boolean | object, options?: MqttPublishOptions | null): number;
    subscribe(filters: string | string[] | { [filter: string]: 0 | 1 | 2 }, options?: { qos?: 0 | 1 | 2 }): void;
    unsubscribe(filter: string): void;

    on(event: 'connected' | 'connect', handler: (this: Mqtt, isSessionPresent: boolean) => void): void;
    on(event: 'disconnected' | 'close' | 'ping_reply', handler: (this: Mqtt) => void): void;
    on(event: 'error', handler: (this: Mqtt, text: string, detail?: number | string) => void): void;
    on(event: 'publish', handler: (this: Mqtt, message: MqttMessage) => void): void;
    on(event: 'message', handler: (this: Mqtt, topic: string, message: string) => void): void;
    on(event: 'chunk' | 'overflow', handler: (this: Mqtt, part: MqttChunk) => void): void;
    on(event: 'puback' | 'pubcomp', handler: (this: Mqtt, pid: number) => void): void;
    on(event: 'dropped', handler: (this: Mqtt, topic: string, reason: string, pid: number) => void): void;
    on(event: 'subscribed', handler: (this: Mqtt, filter: string, qos: 0 | 1 | 2) => void): void;
    on(event: 'subscribed_fail', handler: (this: Mqtt, filter: string, reason: number | string) => void): void;
    on(event: 'unsubscribed', handler: (this: Mqtt, filter: string, reason: number) => void): void;
    removeListener(event: string, handler: (...values: never[]) => void): void;
    removeAllListeners(event?: string): void;
  }

  export function create(server: string, options?: MqttServerOptions): Mqtt;
  /** Makes a client and connects it. */
  export function connect(options: MqttServerOptions & { host: string }): Mqtt;
}

declare module 'midge-serial' {
  import type { Mqtt, MqttOptions } from 'midge';

  /** A `Serial` of the board, which has no `end`, or another object that emits `data`, as every object can. */
  export interface MqttPort {
    write(data: string): unknown;
  }

  /** `port` is set up by the program. */
  export function create(port: MqttPort, options?: MqttOptions): Mqtt;
}
