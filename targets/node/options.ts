/**
 * The options of a program into a checked configuration: every error names the option, its value and what is allowed,
 * before anything is opened. Ranges of the core's own fields stand in words.ts; here are types, names and the port's fields.
 * Must not know: sockets, clients.
 *
 * Read first: api.ts (`ClientOptions`). Changes together with it.
 */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  Acknowledge, type ClientConfig, ConfigFault, configFault, createConfig, createConfigV5, createProperties, Packet, Status, Version, type Will,
} from '../../src/core/index.js';
import type {
  AuthenticationOptions, BufferOptions, ClientOptions, PacketProperties, ReconnectOptions, TlsOptions, WebSocketOptions, WillOptions,
} from './api-options.js';
import { MidgeError } from './error.js';
import { writeProperties } from './packet-properties.js';
import { defaultPort, type Endpoint, type ParsedUrl, parseUrl } from './url.js';
import { configFaultError, fieldError } from './words.js';

/** What a client is made from. */
export interface Settings {
  config: ClientConfig;
  endpoint: Endpoint;
  openStream: (() => Duplex) | null;
  tls: TlsOptions;
  ws: Required<Pick<WebSocketOptions, 'maxPayloadBytes' | 'headers'>>;
  reconnects: boolean;
  followsServerReference: boolean;
  authentication: AuthenticationOptions | null;
  /** CONNECT properties without those of the authentication, which are written anew for each attempt. */
  connectProperties: PacketProperties;
  transmitBytes: number;
  linkReadBytes: number;
  propertyBytes: number;
}

const topNames: readonly (keyof ClientOptions)[] = [
  'url', 'host', 'port', 'tls', 'ws', 'stream', 'protocolVersion', 'clientId', 'username', 'password', 'will', 'cleanStart', 'keepAliveS',
  'connectTimeoutMs', 'pingTimeoutMs', 'reconnect', 'receiveMaximum', 'acknowledge', 'buffers', 'sessionExpiryS',
  'maximumPacketBytes', 'topicAliasMaximum', 'topicAliasesOut', 'aliasTopicBytes', 'userProperties', 'subscribeProperties', 'subscribeProperties', 'requestResponseInformation',
  'requestProblemInformation', 'authentication', 'followServerReference',
];
const only5: readonly (keyof ClientOptions)[] = [
  'sessionExpiryS', 'maximumPacketBytes', 'topicAliasMaximum', 'topicAliasesOut', 'aliasTopicBytes', 'userProperties',
  'requestResponseInformation', 'requestProblemInformation', 'authentication', 'followServerReference',
];
const bufferNames: readonly (keyof BufferOptions)[] = [
  'receiveBytes', 'controlBytes', 'outboxBytes', 'outboxMessages', 'inFlightMax', 'subscriptions', 'filterBytes', 'transmitBytes',
  'linkReadBytes', 'propertyBytes',
];
const tlsNames: readonly (keyof TlsOptions)[] = ['ca', 'cert', 'key', 'passphrase', 'servername', 'rejectUnauthorized', 'alpnProtocols'];
const wsNames: readonly (keyof WebSocketOptions)[] = ['path', 'headers', 'maxPayloadBytes'];
const willNames: readonly (keyof WillOptions)[] = ['topic', 'payload', 'qos', 'retain', 'delayS', 'properties'];
const reconnectNames: readonly (keyof ReconnectOptions)[] = ['minMs', 'maxMs'];
const authenticationNames: readonly (keyof AuthenticationOptions)[] = ['method', 'data', 'respond', 'verify'];

/** What users of MQTT.js may write, and what it is called here. */
const otherNames: Readonly<Record<string, string>> = {
  keepalive: 'keepAliveS', clean: 'cleanStart', connectTimeout: 'connectTimeoutMs', reconnectPeriod: 'reconnect.minMs',
  rejectUnauthorized: 'tls.rejectUnauthorized', ca: 'tls.ca', cert: 'tls.cert', key: 'tls.key', servername: 'tls.servername',
  properties: 'sessionExpiryS, receiveMaximum, userProperties and the like', hostname: 'host', path: 'ws.path', user: 'username',
};

function knownNames(given: unknown, names: readonly string[], field: string): void {
  const prefix = field === '' ? '' : `${field}.`;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw fieldError(field === '' ? 'options' : field, given, 'an object of options');
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || names.includes(name)) continue;
    const other = field === '' ? otherNames[name] : undefined;
    const allowed = other === undefined ? `known: ${names.map((known) => prefix + known).join(', ')}` : `here it is ${other}`;
    throw new MidgeError(`${prefix}${name}: no such option; ${allowed}`, { status: Status.BadRange, field: prefix + name, value, allowed });
  }
}

/** Numbers are passed on as they are: `configFault` looks at their ranges. */
function number(field: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number') throw fieldError(field, value, 'a number');
  return value;
}

function integer(field: string, value: unknown, fallback: number, least: number, most: number): number {
  const result = number(field, value, fallback);
  if (!Number.isInteger(result) || result < least || result > most) {
    throw fieldError(field, value, `a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`);
  }
  return result;
}

function flag(field: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw fieldError(field, value, 'true or false');
  return value;
}

/** A string that MQTT can carry. Secrets are not shown. [MQTT-1.5.4-1] [MQTT-1.5.4-2] */
function text(field: string, value: unknown, isSecret = false): string {
  const allowed = 'a string of at most 65,535 bytes in UTF-8, without U+0000 and lone surrogates';
  const seen = isSecret && typeof value === 'string' ? `(${value.length} characters)` : value;
  if (typeof value !== 'string' || Buffer.byteLength(value) > 65535 || value.includes('\0') || /\p{Surrogate}/u.test(value)) {
    throw fieldError(field, seen, allowed);
  }
  return value;
}

function data(field: string, value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  if (!(bytes instanceof Uint8Array)) throw fieldError(field, value, 'a string or a Uint8Array');
  if (bytes.length > 65535) throw fieldError(field, bytes, 'at most 65,535 bytes');
  return bytes;
}

function endpointOf(options: ClientOptions, parsed: ParsedUrl | null): Endpoint {
  const { tls, ws } = options;
  if (options.stream !== undefined) return { host: '', port: 0, isTls: false, wsPath: null };
  if (parsed !== null) {
    if (options.host !== undefined) throw fieldError('host', options.host, 'no host beside a url');
    if (options.port !== undefined) throw fieldError('port', options.port, 'no port beside a url');
    if (tls !== undefined && (tls !== false) !== parsed.isTls) {
      throw fieldError('tls', tls, parsed.isTls ? 'true or options with this url' : 'only with mqtts:// or wss://');
    }
    if (ws !== undefined && (ws !== false) !== (parsed.wsPath !== null)) {
      throw fieldError('ws', ws, parsed.wsPath === null ? 'only with ws:// or wss://' : 'true or options with this url');
    }
    const path = typeof ws === 'object' ? ws.path : undefined;
    return { host: parsed.host, port: parsed.port, isTls: parsed.isTls, wsPath: path === undefined ? parsed.wsPath : path };
  }
  const isTls = tls !== undefined && tls !== false;
  const isWs = ws !== undefined && ws !== false;
  const host: unknown = options.host ?? 'localhost';
  if (typeof host !== 'string' || host === '' || /[\s/]/.test(host)) {
    throw fieldError('host', host, 'a host name or an address (a URL goes to `url`)');
  }
  const port = integer('port', options.port, defaultPort(isTls, isWs), 1, 65535);
  return { host, port, isTls, wsPath: isWs ? (typeof ws === 'object' ? ws.path ?? '/mqtt' : '/mqtt') : null };
}

function streamOf(options: ClientOptions): (() => Duplex) | null {
  const { stream } = options;
  if (stream === undefined) return null;
  if (typeof stream !== 'function') throw fieldError('stream', stream, 'a function that returns a stream.Duplex');
  for (const name of ['url', 'host', 'port', 'tls', 'ws', 'followServerReference'] as const) {
    if (options[name] !== undefined) throw fieldError(name, options[name], 'nothing beside stream');
  }
  return stream;
}

function section<T extends object>(field: string, value: unknown, names: readonly string[]): Partial<T> {
  if (value === undefined || typeof value === 'boolean') return {};
  knownNames(value, names, field);
  return value as Partial<T>;
}

function wireForm(properties: PacketProperties, packet: Packet, field: string, capacity: number): Uint8Array | null {
  const list = createProperties(capacity);
  writeProperties(list, properties, packet, field);
  return list.limit === 0 ? null : list.bytes.slice(0, list.limit);
}

function willOf(value: unknown, version: number, propertyBytes: number): Will | null {
  if (value === undefined || value === null) return null;
  knownNames(value, willNames, 'will');
  const will = value as WillOptions;
  const topic = text('will.topic', will.topic);
  if (topic === '' || /[+#]/.test(topic)) throw fieldError('will.topic', topic, 'a topic name: not empty, without + and #', Status.BadTopic);
  const properties: PacketProperties = { ...will.properties };
  if (will.delayS !== undefined) properties.willDelayInterval = integer('will.delayS', will.delayS, 0, 0, 0xffffffff);
  if (version !== 5 && Object.keys(properties).length > 0) {
    throw fieldError(will.delayS === undefined ? 'will.properties' : 'will.delayS', will.delayS ?? will.properties, 'only with protocolVersion 5');
  }
  return {
    topic, payload: data('will.payload', will.payload ?? ''), qos: number('will.qos', will.qos, 0), retain: flag('will.retain', will.retain, false),
    properties: wireForm(properties, Packet.Will, 'will.properties', propertyBytes),
  };
}

function authenticationOf(value: unknown): AuthenticationOptions | null {
  if (value === undefined) return null;
  knownNames(value, authenticationNames, 'authentication');
  const given = value as AuthenticationOptions;
  text('authentication.method', given.method);
  if (given.data !== undefined && typeof given.data !== 'function') data('authentication.data', given.data);
  for (const name of ['respond', 'verify'] as const) {
    if (given[name] !== undefined && typeof given[name] !== 'function') throw fieldError(`authentication.${name}`, given[name], 'a function');
  }
  return given;
}

const policies: Readonly<Record<string, Acknowledge>> = {
  'at-once': Acknowledge.AtOnce, 'at-end': Acknowledge.AtEnd, 'by-application': Acknowledge.ByApplication,
};

/** What an exchange begins with. */
export function firstDataOf({ data: first }: AuthenticationOptions): Uint8Array | undefined {
  return typeof first === 'function' ? first() : first;
}

/** CONNECT's own properties with those of the authentication, for the next attempt. */
export function connectPropertiesOf(settings: Settings): Uint8Array | null {
  const properties: PacketProperties = { ...settings.connectProperties };
  const authentication = settings.authentication;
  if (authentication !== null) {
    properties.authenticationMethod = authentication.method;
    properties.authenticationData = firstDataOf(authentication);
  }
  return wireForm(properties, Packet.Connect, '', settings.propertyBytes);
}

/** Checks everything; throws a MidgeError. */
export function checkOptions(given: ClientOptions | string, more: ClientOptions | undefined): Settings {
  const options: ClientOptions = typeof given === 'string' ? { ...more, url: given } : given;
  knownNames(options, topNames, '');
  if (typeof given === 'string' && more?.url !== undefined) throw fieldError('options.url', more.url, 'one url: the first argument or the option');
  if (typeof given !== 'string' && more !== undefined) throw fieldError('the second argument', more, 'options only behind a url');
  if (options.url !== undefined && typeof options.url !== 'string') throw fieldError('url', options.url, 'a string');
  const buffers = section<BufferOptions>('buffers', options.buffers, bufferNames);
  const reconnect = section<ReconnectOptions>('reconnect', options.reconnect, reconnectNames);
  const tls = section<TlsOptions>('tls', options.tls, tlsNames);
  const ws = section<WebSocketOptions>('ws', options.ws, wsNames);
  if (ws.path !== undefined && (typeof ws.path !== 'string' || !ws.path.startsWith('/'))) {
    throw fieldError('ws.path', ws.path, 'a path that begins with /');
  }
  flag('tls.rejectUnauthorized', tls.rejectUnauthorized, true);
  const parsed = options.url === undefined ? null : parseUrl(options.url);
  const endpoint = endpointOf(options, parsed);

  const version = number('protocolVersion', options.protocolVersion, 5);
  if (version === 4) {
    const wrong = only5.find((name) => options[name] !== undefined);
    if (wrong !== undefined) throw fieldError(wrong, options[wrong], 'only with protocolVersion 5');
  }
  const cleanStart = flag('cleanStart', options.cleanStart, true);
  if (!cleanStart && options.clientId === undefined) throw fieldError('clientId', undefined, 'an identifier of your own where cleanStart is false');
  const config = createConfig(text('clientId', options.clientId ?? `midge${randomBytes(6).toString('hex')}`));
  const propertyBytes = integer('buffers.propertyBytes', buffers.propertyBytes, 4096, 16, 0x10000000);
  const username = options.username ?? parsed?.username ?? undefined;
  const password = options.password ?? parsed?.password ?? undefined;
  config.version = version;
  config.cleanStart = cleanStart;
  config.userName = username === undefined ? null : text('username', username);
  config.password = password === undefined ? null : data('password', typeof password === 'string' ? text('password', password, true) : password);
  config.will = willOf(options.will, version, propertyBytes);
  config.keepAliveS = number('keepAliveS', options.keepAliveS, 60);
  config.connectTimeoutMs = number('connectTimeoutMs', options.connectTimeoutMs, 20000);
  config.pingTimeoutMs = number('pingTimeoutMs', options.pingTimeoutMs, 10000);
  config.retryMinMs = number('reconnect.minMs', reconnect.minMs, 1000);
  config.retryMaxMs = number('reconnect.maxMs', reconnect.maxMs, Math.max(60000, config.retryMinMs));
  config.seed = randomBytes(4).readInt32LE(0);
  config.receiveBytes = number('buffers.receiveBytes', buffers.receiveBytes, 32768);
  config.controlBytes = number('buffers.controlBytes', buffers.controlBytes, 4096);
  config.outboxBytes = number('buffers.outboxBytes', buffers.outboxBytes, 65536);
  config.outboxMessages = number('buffers.outboxMessages', buffers.outboxMessages, 1024);
  config.inFlightMax = number('buffers.inFlightMax', buffers.inFlightMax, 256);
  config.receiveMaximum = number('receiveMaximum', options.receiveMaximum, 256);
  config.subscriptions = number('buffers.subscriptions', buffers.subscriptions, 64);
  config.filterBytes = number('buffers.filterBytes', buffers.filterBytes, 4096);
  if (options.acknowledge !== undefined) {
    const policy = policies[options.acknowledge] as Acknowledge | undefined;
    if (policy === undefined) throw fieldError('acknowledge', options.acknowledge, Object.keys(policies).map((name) => `'${name}'`).join(', '));
    config.acknowledge = policy;
  }
  const settings: Settings = {
    config, endpoint, tls, openStream: streamOf(options),
    ws: { headers: ws.headers ?? {}, maxPayloadBytes: integer('ws.maxPayloadBytes', ws.maxPayloadBytes, 16777216, 1, 268435456) },
    reconnects: options.reconnect === undefined || options.reconnect !== false,
    followsServerReference: flag('followServerReference', options.followServerReference, false),
    authentication: authenticationOf(options.authentication),
    connectProperties: {
      userProperties: options.userProperties, requestResponseInformation: options.requestResponseInformation,
      requestProblemInformation: options.requestProblemInformation,
    },
    transmitBytes: integer('buffers.transmitBytes', buffers.transmitBytes, 32768, 64, 0x10000000),
    linkReadBytes: integer('buffers.linkReadBytes', buffers.linkReadBytes, 65536, 64, 0x10000000),
    propertyBytes,
  };
  if (version === Version.V5) {
    const v5 = createConfigV5();
    const expiry = number('sessionExpiryS', options.sessionExpiryS, 0);
    if (expiry < 0) throw fieldError('sessionExpiryS', expiry, 'whole seconds from 0 to 1,073,741,823, or Infinity');
    v5.sessionExpiryS = expiry === Infinity ? -1 : expiry;
    v5.maximumPacketBytes = number('maximumPacketBytes', options.maximumPacketBytes, 0);
    v5.topicAliasMaximum = number('topicAliasMaximum', options.topicAliasMaximum, 0);
    v5.topicAliasesOut = number('topicAliasesOut', options.topicAliasesOut, 0);
    v5.aliasTopicBytes = number('aliasTopicBytes', options.aliasTopicBytes, 64);
    v5.connectProperties = connectPropertiesOf(settings);
    v5.requestProperties = wireForm(options.subscribeProperties ?? {}, Packet.Unsubscribe, 'subscribeProperties', propertyBytes);
    v5.assignedClientIdBytes = 1024;
    config.v5 = v5;
  }
  const fault = configFault(config);
  if (fault !== ConfigFault.None) throw configFaultError(config, fault);
  return settings;
}

/** The error of a configuration whose CONNECT cannot be made, before any I/O. */
export function connectFault(config: ClientConfig, status: Status): MidgeError {
  if (status !== Status.NoControlRoom) return new MidgeError('CONNECT cannot be made of these options', { status });
  const will = config.will;
  let least = 32 + Buffer.byteLength(config.clientId) + (config.userName === null ? 0 : 2 + Buffer.byteLength(config.userName));
  least += config.password === null ? 0 : 2 + config.password.length;
  least += will === null ? 0 : 8 + Buffer.byteLength(will.topic) + will.payload.length + (will.properties?.length ?? 0);
  least += config.v5?.connectProperties?.length ?? 0;
  const allowed = `enough for CONNECT with its will, credentials and properties, here about ${least} bytes`;
  return fieldError('buffers.controlBytes', config.controlBytes, allowed, status);
}
