/**
 * The options that both APIs have: checked, and made into the core's configuration and a transport. What is not known is refused by name.
 * Must not know: callbacks.
 */
import { type Client, configFault, createClient, createConfig, createConfigV5, Publish, type Will } from './core.js';
import { type ResolverOptions, type SocketOptions, SocketTransport } from './socket.js';
import type { Store } from './store.js';
import { type Data, textBytes } from './text.js';
import type { Transport } from './transport.js';
import { faultWords } from './words.js';

export interface WillOptions {
  topic: string;
  message?: string | Data;
  QoS?: number;
  retain?: boolean | number;
}

/** What ECMA-419 and Midge's own API have in common. */
export interface ConnectionOptions {
  host?: string;
  /** 1883 when absent, over TLS too: ECMA-419 knows no other. */
  port?: number;
  id?: string;
  user?: string;
  password?: string | Data;
  clean?: boolean;
  /** Milliseconds. */
  keepAlive?: number;
  will?: WillOptions;
  /** ECMA-419 socket class (`io`) and its options. */
  socket?: SocketOptions;
  /** ECMA-419 resolver class (`io`) and its options; not needed where `host` is an address. */
  dns?: ResolverOptions;
  /** In place of host and socket: a transport of Midge's, such as `new SerialTransport(…)`. */
  transport?: Transport;
  /** Keeps the session through a reboot: `new FlashStore(…)` or `new PreferenceStore(…)`. Needs `clean: false`. */
  store?: Store;
  /** Bytes, 256 when absent: a message that fits is handed over whole. */
  receiveBytes?: number;
  /** Bytes, 512 when absent: messages from `write` to the end of their handshake. */
  outboxBytes?: number;
  outboxMessages?: number;
  /** QoS 1 and 2 messages of the server on their way at once, 24 when absent: brokers send up to 20, and 3.1.1 cannot ask them for less. */
  inboundMessages?: number;
  /** Bytes, 128 when absent: CONNECT must fit. */
  controlBytes?: number;
  /** Milliseconds. */
  connectTimeout?: number;
  pingTimeout?: number;
  retryMin?: number;
  retryMax?: number;
  /** Any integer, different on every device: it spreads the reconnects of a fleet. */
  seed?: number;
}

const shared: readonly string[] = Object.freeze([
  'host', 'port', 'id', 'user', 'password', 'clean', 'keepAlive', 'will', 'socket', 'dns', 'transport', 'store', 'receiveBytes', 'outboxBytes',
  'outboxMessages', 'inboundMessages', 'controlBytes', 'connectTimeout', 'pingTimeout', 'retryMin', 'retryMax', 'seed',
]);

/** Throws for an option that neither `shared` nor `own` has. */
export function checkNames(options: object, own: readonly string[], what: string): void {
  for (const name of Object.keys(options)) {
    if (!shared.includes(name) && !own.includes(name)) {
      throw new TypeError(`${what} has no option "${name}"; there are ${[...shared, ...own].join(', ')}`);
    }
  }
}

function isAddress(host: string): boolean {
  const parts = host.split('.');
  return parts.length === 4 && parts.every((part) => part !== '' && Number(part) >= 0 && Number(part) <= 255);
}

export function transportOf(options: ConnectionOptions): Transport {
  const { host, socket, dns, port = 1883 } = options;
  if (options.transport !== undefined) return options.transport;
  if (host === undefined || host === '') throw new Error('host required');
  if (!(port >= 1 && port <= 65535)) throw new RangeError(`port is ${port}; it must be 1 to 65535`);
  if (socket?.io === undefined) throw new Error('socket required: {io: TCP}, with the class of embedded:io/socket/tcp or …/tls');
  if (dns?.io === undefined && !isAddress(host)) throw new Error(`dns required, since host "${host}" is no address: {io: Resolver, …}`);
  return new SocketTransport(host, port, socket, dns?.io === undefined ? undefined : dns, Math.min(options.receiveBytes ?? 256, 512));
}

/** The store of the options, if there is one and it makes sense. */
export function storeOf({ store, clean = true }: ConnectionOptions): Store | undefined {
  if (store === undefined) return undefined;
  if (typeof (store as Partial<Store>).attach !== 'function') throw new TypeError('store must be a new FlashStore({io, partition}) or a new PreferenceStore({io})');
  if (clean) throw new RangeError(`clean is true, which ends the session with each connection: a store needs clean: false`);
  return store;
}

function willOf(will: WillOptions): Will {
  if (typeof will.topic !== 'string') throw new TypeError('will.topic is missing');
  return {
    topic: will.topic, payload: will.message === undefined ? new Uint8Array(0) : textBytes(will.message), qos: will.QoS ?? 0,
    retain: Boolean(will.retain), properties: null,
  };
}

/** How long CONNECT becomes. */
function connectBytes(options: ConnectionOptions, will: Will | null): number {
  let bytes = 32 + textBytes(options.id ?? '').length;
  if (options.user !== undefined) bytes += 2 + textBytes(options.user).length;
  if (options.password !== undefined) bytes += 2 + textBytes(options.password).length;
  if (will !== null) bytes += 4 + textBytes(will.topic).length + will.payload.length;
  return bytes;
}

/**
 * The core of these options. `version` 4 is MQTT 3.1.1; in 5.0 the server keeps the session of `clean: false` for `sessionExpiry` seconds, and
 * without that until a clean one comes.
 */
export function coreOf(options: ConnectionOptions, version: number, sessionExpiry?: number): Client {
  const config = createConfig(options.id ?? '');
  config.version = version;
  if (version === 5) {
    config.v5 = createConfigV5();
    config.v5.sessionExpiryS = sessionExpiry ?? (options.clean === false ? -1 : 0);
  } else if (sessionExpiry !== undefined) throw new RangeError(`sessionExpiry is ${sessionExpiry}; it needs version: 5`);
  if (options.user !== undefined) config.userName = options.user;
  if (options.password !== undefined) config.password = textBytes(options.password);
  if (options.will !== undefined) config.will = willOf(options.will);
  config.cleanStart = options.clean ?? true;
  config.keepAliveS = Math.ceil((options.keepAlive ?? 0) / 1000);
  config.receiveBytes = options.receiveBytes ?? config.receiveBytes;
  config.outboxBytes = options.outboxBytes ?? config.outboxBytes;
  config.outboxMessages = options.outboxMessages ?? config.outboxMessages;
  config.controlBytes = options.controlBytes ?? Math.max(config.controlBytes, connectBytes(options, config.will));
  config.receiveMaximum = options.inboundMessages ?? 24;
  config.connectTimeoutMs = options.connectTimeout ?? 30000;
  config.pingTimeoutMs = options.pingTimeout ?? config.pingTimeoutMs;
  config.retryMinMs = options.retryMin ?? config.retryMinMs;
  config.retryMaxMs = options.retryMax ?? Math.max(config.retryMaxMs, config.retryMinMs);
  config.seed = options.seed ?? Math.floor(Math.random() * 0x3fffffff);
  const client = createClient(config);
  if (client === null) throw new RangeError(faultWords(configFault(config)));
  return client;
}

/** The core's flags of a quality of service. */
export function flagsOf(QoS: number): number {
  if (QoS === 0) return 0;
  if (QoS === 1) return Publish.Qos1;
  if (QoS === 2) return Publish.Qos2;
  throw new RangeError(`QoS is ${QoS}; it must be 0, 1 or 2`);
}
