/**
 * The options that `midge pub` and `midge sub` share, named as mosquitto_pub and mosquitto_sub name them, and the
 * options of the Node port that they become. Must not know what is published or subscribed.
 *
 * Read first: MQTT 5.0 section 3.1. Changes together with propertyOptions.ts.
 */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { ClientOptions, EndOptions, Qos, TlsOptions, WillOptions } from '../../targets/node/index.js';
import { checkClientCertificate } from './certificate.js';
import { option } from './command.js';
import { UsageError } from './fault.js';
import { type PropertyArgument, connectPropertiesOf, packetPropertiesOf, propertyOption } from './propertyOptions.js';
import { hostValue, integerValue, type NamedFile, namedFileValue, portValue, qosValue, textValue, topicValue } from './values.js';

/** As commander names them. */
export interface ConnectionValues {
  host?: string;
  port?: number;
  url?: ServerUrl;
  id?: string;
  idPrefix?: string;
  username?: string;
  pw?: string;
  authMethod?: string;
  protocolVersion?: 4 | 5;
  disableCleanSession?: boolean;
  sessionExpiryInterval?: number;
  keepalive?: number;
  debug?: boolean;
  quiet?: boolean;
  willTopic?: string;
  willPayload?: string;
  willQos?: Qos;
  willRetain?: boolean;
  tls?: boolean;
  cafile?: NamedFile;
  cert?: NamedFile;
  key?: NamedFile;
  insecure?: boolean;
  ws?: string | true;
  property?: PropertyArgument[];
}

export interface ServerUrl {
  readonly isTls: boolean;
  readonly host: string;
  readonly port: number | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly topic: string | undefined;
}

const versions: Readonly<Record<string, 4 | 5>> = { mqttv311: 4, '311': 4, '3.1.1': 4, '4': 4, mqttv5: 5, '5': 5, '5.0': 5 };

function versionValue(text: string, name: string): 4 | 5 {
  const version = versions[text];
  if (version !== undefined) return version;
  throw new UsageError(`${name} is "${text}"; it must be mqttv311 (also 311, 3.1.1) or mqttv5 (also 5)`);
}

/** Longest finite session expiry that the core keeps. */
const expiryMaxS = 2 ** 30 - 1;

function expiryValue(text: string, name: string): number {
  if (text === '-1' || text === '∞' || text === '4294967295') return Infinity;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= expiryMaxS) return value;
  throw new UsageError(`${name} is "${text}"; it must be a number of seconds from 0 to ${expiryMaxS}, or -1 for a session that never expires`);
}

function urlValue(text: string, name: string): ServerUrl {
  const wrong = (why: string): UsageError => new UsageError(`${name} is "${text}"; ${why}; it must be mqtt(s)://[username[:password]@]host[:port]/topic`);
  const found = /^(mqtts?):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\[[^\]]*\]|[^:/]*)(?::([^/]*))?(?:\/(.*))?$/s.exec(text);
  if (found === null) throw wrong('it is no URL of that form');
  const decoded = (part: string | undefined): string | undefined => {
    try {
      return part === undefined ? undefined : decodeURIComponent(part);
    } catch {
      throw wrong('it has a % that is not followed by two hexadecimal digits');
    }
  };
  return {
    isTls: found[1] === 'mqtts', username: decoded(found[2]), password: decoded(found[3]),
    host: hostValue(found[4], `the host in ${name}`), port: found[5] === undefined ? undefined : portValue(found[5], `the port in ${name}`),
    topic: found[6] === undefined || found[6] === '' ? undefined : found[6],
  };
}

function pathValue(text: string, name: string): string {
  if (text.startsWith('/')) return text;
  throw new UsageError(`${name} is "${text}"; the path of a WebSocket begins with /, as in /mqtt`);
}

function methodValue(text: string, name: string): string {
  if (text.toLowerCase() === 'scram-sha-256') return text;
  throw new UsageError(`${name} is "${text}"; it must be scram-sha-256`);
}

export function addConnectionOptions(command: Command): void {
  command
    .addOption(option('-h, --host <host>', 'server to connect to (default: localhost)', hostValue))
    .addOption(option('-p, --port <port>', 'its port (default: 1883, with TLS 8883, with --ws 80 and 443)', portValue))
    .addOption(option('-L, --url <url>', 'all at once: mqtt(s)://[user[:pw]@]host[:port]/topic', urlValue))
    .addOption(option('-i, --id <id>', 'client identifier (default: made at random)', textValue))
    .addOption(option('-I, --id-prefix <prefix>', 'client identifier: this and the process id', textValue))
    .addOption(option('-u, --username <name>', 'user name', (text) => text))
    .addOption(option('-P, --pw <password>', 'password', (text) => text))
    .addOption(option('--auth-method <method>', 'prove the password of -u and -P to an MQTT 5.0 server instead of sending it: scram-sha-256', methodValue))
    .addOption(option('-V, --protocol-version <version>', 'mqttv311 or 311 (the default), mqttv5 or 5', versionValue))
    .option('-c, --disable-clean-session', 'keep the session, and resume it if the server has it; needs -i')
    .addOption(option('-x, --session-expiry-interval <s>', 'MQTT 5.0: seconds the session outlives the connection; -1: for ever', expiryValue))
    .addOption(option('-k, --keepalive <s>', 'keep alive in seconds, 0: off (default: 60)', integerValue(0, 65535, 'seconds')))
    .addOption(option('--will-topic <topic>', 'topic of the will, which the server publishes when this client is lost', topicValue))
    .addOption(option('--will-payload <text>', 'its message (default: empty)', (text) => text))
    .addOption(option('--will-qos <qos>', 'its QoS (default: 0)', qosValue))
    .option('--will-retain', 'the will is retained')
    .option('--tls', 'TLS, trusting the authorities that Node.js knows')
    .addOption(option('--cafile <file>', 'TLS, trusting the certificates in this PEM file', namedFileValue))
    .addOption(option('--cert <file>', "this client's certificate, PEM; with --key", namedFileValue))
    .addOption(option('--key <file>', "this client's private key, PEM", namedFileValue))
    .option('--insecure', "TLS without any check of the server's certificate: for tests only")
    .addOption(option('--ws [path]', 'over WebSocket (default path: /mqtt)', pathValue))
    .addOption(propertyOption())
    .option('-d, --debug', 'say on standard error what happens on the connection')
    .option('--quiet', 'no messages on standard error about the connection');
}

/** Checks what belongs together, and makes the Node port's options. */
export function clientOptionsOf(values: ConnectionValues, kind: 'pub' | 'sub'): ClientOptions {
  const url = values.url;
  if (url !== undefined) {
    for (const [flag, value] of [['-h', values.host], ['-p', values.port]] as const) {
      if (value !== undefined) throw new UsageError(`-L and ${flag} both say where the server is; give one of them`);
    }
  }
  const version = versionOf(values);
  const options: ClientOptions = {
    protocolVersion: version,
    host: url?.host ?? values.host ?? 'localhost',
    clientId: clientIdOf(values, kind),
    cleanStart: values.disableCleanSession !== true,
    keepAliveS: values.keepalive ?? 60,
    ...credentialsOf(values, version),
    ...willOf(values),
  };
  const tls = tlsOf(values);
  if (tls !== undefined) options.tls = tls;
  if (values.ws !== undefined) options.ws = values.ws === true ? true : { path: values.ws };
  options.port = url?.port ?? values.port ?? (values.ws === undefined ? (tls === undefined ? 1883 : 8883) : tls === undefined ? 80 : 443);
  if (version === 5) {
    options.sessionExpiryS = values.sessionExpiryInterval ?? (values.disableCleanSession === true ? Infinity : 0);
    Object.assign(options, connectPropertiesOf(values.property ?? []));
    checkMethod(values, options);
    if (options.sessionExpiryS === Infinity && values.id === undefined) {
      throw new UsageError('a session that never expires needs a client identifier; give one with -i');
    }
  }
  return options;
}

/** Bytes of a control buffer in which CONNECT fits, with what was given on the command line, and acknowledgements besides. */
export function controlBytesOf(options: ClientOptions): number {
  const given = JSON.stringify([options.clientId, options.username, options.password, options.will, options.userProperties, options.authentication]);
  return 4096 + Buffer.byteLength(given);
}

/** How the client takes its leave: with the properties of DISCONNECT that were given. */
export function leaveOf(values: ConnectionValues, options: ClientOptions): EndOptions {
  const properties = packetPropertiesOf(values.property ?? [], 'disconnect');
  if ((properties.sessionExpiryInterval ?? 0) > 0 && options.sessionExpiryS === 0) {
    throw new UsageError('-D disconnect session-expiry-interval needs a session that outlives the connection; give -x too'); // [MQTT-3.1.2-23]
  }
  return Object.keys(properties).length === 0 ? {} : { properties };
}

function versionOf(values: ConnectionValues): 4 | 5 {
  if (values.protocolVersion !== 4) {
    const is5 = values.property !== undefined || values.sessionExpiryInterval !== undefined || values.authMethod !== undefined;
    return values.protocolVersion ?? (is5 ? 5 : 4);
  }
  for (const [flag, value] of [['-D', values.property], ['-x', values.sessionExpiryInterval], ['--auth-method', values.authMethod]] as const) {
    if (value !== undefined) throw new UsageError(`${flag} is of MQTT 5.0, but -V asks for 3.1.1; leave -V out or give -V 5`);
  }
  return 4;
}

/** By default letters and digits only, at most 23, which every server takes. [MQTT-3.1.3-5] */
function clientIdOf(values: ConnectionValues, kind: string): string {
  if (values.id !== undefined && values.idPrefix !== undefined) throw new UsageError('-i and -I both name the client; give one of them');
  if (values.disableCleanSession === true && values.id === undefined) {
    throw new UsageError('-c keeps the session of a client identifier; give one with -i');
  }
  if (values.id !== undefined) return values.id;
  if (values.idPrefix !== undefined) return `${values.idPrefix}${process.pid}`;
  return `midge${kind}${randomBytes(6).toString('hex')}`;
}

function credentialsOf(values: ConnectionValues, version: 4 | 5): Pick<ClientOptions, 'username' | 'password'> {
  const username = values.username ?? values.url?.username;
  const password = values.pw ?? values.url?.password;
  if (password !== undefined && username === undefined && version === 4) {
    throw new UsageError('-P without -u: in MQTT 3.1.1 a password needs a user name'); // [MQTT-3.1.2-22]
  }
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

/** `makeClient` turns user name and password into the method's proof. */
function checkMethod({ authMethod }: ConnectionValues, { authentication, username, password }: ClientOptions): void {
  if (authMethod === undefined) return;
  if (authentication !== undefined) throw new UsageError('--auth-method and -D connect authentication-method both say how to authenticate; give one of them');
  if (username === undefined || password === undefined) throw new UsageError('--auth-method needs a user name and a password; give -u and -P');
}

function willOf(values: ConnectionValues): { will?: WillOptions } {
  const properties = packetPropertiesOf(values.property ?? [], 'will');
  const topic = values.willTopic;
  if (topic === undefined) {
    const given = ([['--will-payload', values.willPayload], ['--will-qos', values.willQos], ['--will-retain', values.willRetain]] as const)
      .find(([, value]) => value !== undefined);
    if (given !== undefined) throw new UsageError(`${given[0]} needs --will-topic`);
    if (Object.keys(properties).length > 0) throw new UsageError('-D will needs --will-topic');
    return {};
  }
  const { willDelayInterval, ...rest } = properties;
  const will: WillOptions = { topic, payload: values.willPayload ?? '', qos: values.willQos ?? 0, retain: values.willRetain === true };
  if (willDelayInterval !== undefined) will.delayS = willDelayInterval;
  if (Object.keys(rest).length > 0) will.properties = rest;
  return { will };
}

/** Port 8883 alone means TLS, as Mosquitto's users expect. */
function tlsOf(values: ConnectionValues): TlsOptions | undefined {
  const { cafile, cert, key, url } = values;
  const isTls = values.tls === true || cafile !== undefined || cert !== undefined || key !== undefined || url?.isTls === true ||
    (url?.port ?? values.port) === 8883;
  if (!isTls) {
    if (values.insecure === true) throw new UsageError('--insecure is about TLS; give --tls or --cafile too');
    return undefined;
  }
  if (cert !== undefined && key === undefined) throw new UsageError('--cert needs the key to the certificate; give --key');
  if (key !== undefined && cert === undefined) throw new UsageError('--key needs the certificate to the key; give --cert');
  const files = checkClientCertificate({ cafile, cert, key }, (name) => `--${name}`);
  return { ...files, ...(values.insecure === true ? { rejectUnauthorized: false } : {}) };
}
