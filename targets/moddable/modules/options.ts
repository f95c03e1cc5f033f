/**
 * The options that both APIs have: checked, and made into the core's configuration and a transport. What is not known is refused by name.
 * Must not know: callbacks.
 */
import { checkFlag, checkFunction, checkNames, checkObject, checkQoS, checkText, checkTopic, checkWhole, shown, wrong } from './checks.js';
import { type Client, type ClientConfig, configFault, createClient, createConfig, createConfigV5, Publish, type Will } from './core.js';
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
  user?: string | null;
  password?: string | Data | null;
  clean?: boolean;
  /** Milliseconds. */
  keepAlive?: number;
  will?: WillOptions | null;
  /** ECMA-419 socket class (`io`) and its options. */
  socket?: SocketOptions;
  /** ECMA-419 resolver class (`io`) and its options; not needed where `host` is an address. */
  dns?: ResolverOptions;
  /** In place of host and socket: a transport of Midge's, such as `new SerialTransport(…)`. */
  transport?: Transport;
  /** Keeps the session through a reboot: `new FlashStore(…)` or `new PreferenceStore(…)`. Needs `clean: false`. */
  store?: Store | null;
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

const texts: readonly string[] = Object.freeze(['host', 'id', 'user']);
const flags: readonly string[] = Object.freeze(['clean', 'reconnect']);
const others: readonly string[] = Object.freeze(['password', 'will', 'socket', 'dns', 'transport', 'store']);
/** Numbers, with the least and the most that each may be. */
const numbers: readonly string[] = Object.freeze([
  'port', 'keepAlive', 'receiveBytes', 'outboxBytes', 'outboxMessages', 'inboundMessages', 'controlBytes', 'connectTimeout', 'pingTimeout', 'retryMin', 'retryMax', 'seed',
]);
const least: readonly number[] = Object.freeze([1, 0, 16, 16, 1, 1, 32, 1, 1, 1, 1, -0x80000000]);
const most: readonly number[] = Object.freeze([
  65535, 65535000, 0x10000000, 0x10000000, 65534, 65535, 0x10000000, 0x10000000, 0x10000000, 0x10000000, 0x10000000, 0x7fffffff,
]);
const willNames: readonly string[] = Object.freeze(['topic', 'message', 'QoS', 'retain']);

/** Throws for an option that is not known, here or among `own`, or that cannot be what it is. What is null counts as absent. */
export function checkOptions(options: unknown, own: readonly string[], what: string): void {
  checkObject(`what new ${what} is given`, options);
  checkNames(options as object, own, [...texts, 'clean', ...others, ...numbers], what);
  for (const [name, value] of Object.entries(options as object)) {
    if (value !== undefined && value !== null) checkOption(name, value);
  }
}

function checkOption(name: string, value: unknown): void {
  const place = numbers.indexOf(name);
  if (place >= 0) checkWhole(name, value, least[place], most[place]);
  else if (texts.includes(name)) checkText(name, value);
  else if (flags.includes(name)) checkFlag(name, value);
  else if (name.startsWith('on')) checkFunction(name, value);
  else if (name === 'password' && typeof value !== 'string' && (value as Data).byteLength === undefined) wrong(name, value, 'text or bytes');
}

function isAddress(host: string): boolean {
  const parts = host.split('.');
  return parts.length === 4 && parts.every((part) => String(Number(part)) === part && Number(part) >= 0 && Number(part) <= 255);
}

export function transportOf(options: ConnectionOptions): Transport {
  const { host, socket, dns } = options;
  const transport = options.transport ?? undefined;
  if (transport !== undefined) {
    if (typeof (transport as Partial<Transport>).attach !== 'function') throw new TypeError(`transport is ${shown(transport)}; it must be a transport of Midge's, such as new SerialTransport({io, baud})`);
    for (const name of ['host', 'port', 'socket', 'dns'] as const) if ((options[name] ?? undefined) !== undefined) throw new TypeError(`${name} and transport exclude each other: the transport leads to the server`);
    return transport;
  }
  // In the SDK's own words: programs may look for them.
  if (!host) throw new Error('host required');
  if (typeof socket?.io !== 'function') throw new Error('socket required: {io: TCP}, with the class of embedded:io/socket/tcp or …/tls');
  if (typeof dns?.io !== 'function' && !isAddress(host)) throw new Error(`dns required, since host "${host}" is no address: {io: Resolver, …}`);
  return new SocketTransport(host, options.port ?? 1883, socket, dns?.io === undefined ? undefined : dns, Math.min(options.receiveBytes ?? 256, 512));
}

/** The store of the options, if there is one and it makes sense. */
export function storeOf({ store, clean }: ConnectionOptions): Store | undefined {
  if (store === undefined || store === null) return undefined;
  if (typeof (store as Partial<Store>).attach !== 'function') throw new TypeError('store must be a new FlashStore({io, partition}) or a new PreferenceStore({io})');
  if (clean ?? true) throw new RangeError(`clean is true, which ends the session with each connection: a store needs clean: false`);
  return store;
}

function willOf(will: WillOptions): Will {
  checkObject('will', will);
  checkNames(will, willNames, [], 'will');
  checkTopic('will.topic', will.topic);
  checkQoS('will.QoS', will.QoS);
  checkFlag('will.retain', will.retain);
  if (will.message !== undefined && typeof will.message !== 'string' && (will.message as Partial<Data> | null)?.byteLength === undefined) wrong('will.message', will.message, 'text or bytes');
  return {
    topic: will.topic, payload: will.message === undefined ? new Uint8Array(0) : textBytes(will.message), qos: will.QoS ?? 0,
    retain: Boolean(will.retain), properties: null,
  };
}

function bytesOrNull(data: string | Data | null | undefined): Uint8Array | null {
  return data === undefined || data === null ? null : textBytes(data);
}

/** How long CONNECT becomes. */
function connectBytes({ clientId, userName, password }: ClientConfig, will: Will | null): number {
  let bytes = 32 + textBytes(clientId).length;
  if (userName !== null) bytes += 2 + textBytes(userName).length;
  if (password !== null) bytes += 2 + password.length;
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
  config.userName = options.user ?? null;
  config.password = bytesOrNull(options.password);
  if (options.will !== undefined && options.will !== null) config.will = willOf(options.will);
  config.cleanStart = options.clean ?? true;
  config.keepAliveS = Math.ceil((options.keepAlive ?? 0) / 1000);
  config.receiveBytes = options.receiveBytes ?? config.receiveBytes;
  config.outboxBytes = options.outboxBytes ?? config.outboxBytes;
  config.outboxMessages = options.outboxMessages ?? config.outboxMessages;
  config.controlBytes = options.controlBytes ?? Math.max(config.controlBytes, connectBytes(config, config.will));
  config.receiveMaximum = options.inboundMessages ?? 24;
  // requests.ts keeps them.
  config.subscriptions = 0;
  config.filterBytes = 0;
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
