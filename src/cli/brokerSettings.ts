/**
 * Every setting of `midge broker`, once: key of broker.toml, command-line option, range, default and help. A part of the
 * broker with settings of its own declares them beside its code and gets a line at the end of this table.
 * Must not know what a setting does. How to add one: src/config/README.md. The limits' ranges and defaults are the broker's.
 */
import { optionDefaults, optionRanges } from '../broker/option-ranges.js';
import { connackRefusalCodes } from '../broker/protocol.js';
import { hostForm, mqttTextForm, urlForm } from '../config/forms.js';
import type { IntegerSetting, TableSetting, ValuesOf } from '../config/settings.js';
import { bridgeSettings } from './bridgeSettings.js';
import { dashboardSettings } from './brokerDashboard.js';

/** An option of `createBroker` by its own name. */
function limit(name: keyof typeof optionRanges, unit: string, description: string): IntegerSetting {
  const [min, max] = optionRanges[name];
  const flag = name.replace('QoS', 'Qos').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const value = ({ bytes: 'bytes', seconds: 's', milliseconds: 'ms' } as Record<string, string>)[unit] ?? 'count';
  const byDefault = name in optionDefaults ? { default: optionDefaults[name as keyof typeof optionDefaults] as number } : {};
  return { kind: 'integer', min, max, ...(unit === '' ? {} : { unit }), description, flags: `--${flag} <${value}>`, ...byDefault };
}

const port = { kind: 'integer', min: 0, max: 65_535 } as const;

export const listenerSettings = {
  kind: 'table',
  description: 'a port to listen on',
  keys: {
    'transport': { restart: true, kind: 'choice', of: ['tcp', 'tls', 'ws', 'wss'], default: 'tcp', description: 'plain TCP, TLS, WebSocket, or WebSocket over TLS' },
    'host': { restart: true, kind: 'text', form: hostForm, default: '127.0.0.1', description: 'address to listen on; 0.0.0.0: all of IPv4, ::: all' },
    'port': { restart: true, ...port, required: true, description: '0: a free one', example: '1883' },
    'path': { restart: true, kind: 'text', description: 'the path that WebSocket clients must ask for; without it, any', example: '"/mqtt"' },
    'cert': { kind: 'file', use: 'read', description: "the server's certificate for TLS, PEM, those that it rests on after it", example: '"server.pem"' },
    'key': { kind: 'file', use: 'read', description: "the certificate's private key, PEM", example: '"server.key"' },
    'passphrase': { kind: 'text', secret: true, description: 'opens a key that is encrypted', example: '"secret"' },
    'cafile': { kind: 'file', use: 'read', restart: true, description: 'demand client certificates of these authorities, PEM', example: '"clients.pem"' },
  },
  rules: [
    ({ transport, cert, key }) => {
      if (transport !== 'tls' && transport !== 'wss') return undefined;
      return cert === undefined || key === undefined ? { key: 'transport', reason: `is "${transport}", which needs cert and key` } : undefined;
    },
    ({ transport, ...values }) => {
      if (transport === 'tls' || transport === 'wss') return undefined;
      const given = ['cert', 'key', 'passphrase', 'cafile'].find((name) => values[name] !== undefined);
      return given === undefined ? undefined : { key: given, reason: 'is for TLS; give transport = "tls" or "wss" too' };
    },
    ({ transport, path }) => {
      if (path === undefined || transport === 'ws' || transport === 'wss') return undefined;
      return { key: 'path', reason: 'is for WebSocket; give transport = "ws" or "wss" too' };
    },
    ({ path }) => path === undefined || (path as string).startsWith('/') ? undefined : { key: 'path', reason: `is "${path as string}"; it must begin with /` },
  ],
} as const satisfies TableSetting;

const accessSettings = {
  kind: 'table',
  description: 'Who is let in and what they may do (src/broker/access/README.md). The files are read again at SIGHUP.',
  keys: {
    'password-file': { kind: 'file', use: 'read', flags: '--password-file <file>', description: 'let in the users of this file only (see midge passwd); read again at SIGHUP', example: '"users"' },
    'acl-file': { kind: 'file', use: 'read', flags: '--acl-file <file>', description: "who may read and write which topics, in Mosquitto's format; read again at SIGHUP", example: '"acl"' },
    'auth-url': { kind: 'text', form: urlForm(['http', 'https']), flags: '--auth-url <url>', description: 'ask this back end who is let in and what they may do', example: '"http://127.0.0.1:8000/mqtt"' },
    'auth-timeout-ms': { kind: 'integer', min: 1, max: 60_000, unit: 'milliseconds', flags: '--auth-timeout-ms <ms>', description: 'how long the back end may take; without it, 3000', example: '3000' },
    'auth-cache-seconds': { kind: 'integer', min: 0, max: 86_400, unit: 'seconds', flags: '--auth-cache-seconds <s>', description: "how long the back end's answers are kept; without it, 30", example: '30' },
    'allow-anonymous': { kind: 'boolean', default: false, flags: '--allow-anonymous [true|false]', description: 'let clients without a user name in, from everywhere' },
  },
  rules: [
    ({ passwordFile, authUrl }) => passwordFile === undefined || authUrl === undefined ? undefined
      : { key: 'auth-url', reason: 'and password-file both say who is let in; give one of them' },
    ({ authUrl, ...values }) => {
      if (authUrl !== undefined) return undefined;
      const key = values.authTimeoutMs !== undefined ? 'auth-timeout-ms' : values.authCacheSeconds !== undefined ? 'auth-cache-seconds' : undefined;
      return key === undefined ? undefined : { key, reason: 'is about the back end; give auth-url too' };
    },
  ],
} as const satisfies TableSetting;

const limitSettings = {
  kind: 'table',
  description: 'What clients may cost.',
  keys: {
    'maximum-packet-size': limit('maximumPacketSize', 'bytes', 'largest packet to accept'),
    'receive-maximum': limit('receiveMaximum', 'messages', 'unfinished QoS 1 and 2 messages accepted of a client'),
    'topic-alias-maximum': limit('topicAliasMaximum', 'aliases', 'topic aliases a client may use'),
    'topic-alias-maximum-outbound': limit('topicAliasMaximumOutbound', 'aliases', 'topic aliases used towards a client that allows them'),
    'server-keep-alive-seconds': limit('serverKeepAliveSeconds', 'seconds', "keep alive that MQTT 5.0 clients are told to use; without it, the client's own"),
    'maximum-qos': limit('maximumQoS', '', 'highest QoS a client may publish with'),
    'retain-available': { kind: 'boolean', default: optionDefaults.retainAvailable, flags: '--retain-available [true|false]', description: 'whether retained messages are accepted' },
    'session-expiry-max-seconds': limit('sessionExpiryMaxSeconds', 'seconds', 'longest a session outlives its connection; 4294967295: for ever'),
    'session-queue-messages-max': limit('sessionQueueMessagesMax', 'messages', 'QoS 1 and 2 messages kept for a client that is away'),
    'session-queue-bytes-max': limit('sessionQueueBytesMax', 'bytes', 'bytes kept for a client that is away'),
    'inflight-messages-max': limit('inflightMessagesMax', 'messages', 'QoS 1 and 2 messages in flight to one client'),
    'output-bytes-max': limit('outputBytesMax', 'bytes', "bytes waiting for one client's socket"),
    'connect-timeout-ms': limit('connectTimeoutMs', 'milliseconds', 'time from connection to CONNECT'),
    'packets-per-second-max': limit('packetsPerSecondMax', 'packets', 'packets taken from one client in a second'),
    'bytes-per-second-max': limit('bytesPerSecondMax', 'bytes', 'bytes taken from one client in a second'),
    'connections-per-address-max': limit('connectionsPerAddressMax', 'connections', "connections from one address; without it, 1000, and this machine's own as many as they like"),
    'memory-bytes-max': limit('memoryBytesMax', 'bytes', 'memory of all that waits and of connections and sessions, by estimate; resident memory may be two thirds more'),
    'sessions-max': limit('sessionsMax', 'sessions', 'sessions, those of clients that are away included'),
    'subscriptions-per-session-max': limit('subscriptionsPerSessionMax', 'subscriptions', 'subscriptions of one client'),
    'retained-messages-max': limit('retainedMessagesMax', 'messages', 'retained messages'),
    'retained-bytes-max': limit('retainedBytesMax', 'bytes', 'bytes of all retained messages'),
    'violations-max': limit('violationsMax', 'breaches', 'breaches of the specification kept; older ones go'),
  },
} as const satisfies TableSetting;

const refusalSettings = {
  kind: 'table',
  optional: true,
  description: 'While this table is there, every client is refused.',
  keys: {
    'reason-code': { kind: 'integer', min: 0x80, max: 0xff, required: true, description: 'a CONNACK reason code of MQTT 5.0; 3.1.1 has some of them', example: '0x88' },
    'reason-string': { kind: 'text', form: mqttTextForm, description: 'for people', example: '"back at noon"' },
    'server-reference': { kind: 'text', form: mqttTextForm, description: 'another server, with reason code 0x9C or 0x9D', example: '"other.example:1883"' },
  },
  rules: [({ reasonCode }) => connackRefusalCodes.has(reasonCode as number) ? undefined
    : { key: 'reason-code', reason: `is ${hex(reasonCode as number)}; CONNACK allows ${[...connackRefusalCodes].map(hex).join(', ')}` }],
} as const satisfies TableSetting;

export const brokerSettings = {
  kind: 'table',
  description: 'broker.toml of midge broker',
  keys: {
    'data': { kind: 'file', use: 'folder', restart: true, flags: '--data <folder>', description: 'keep sessions and retained messages in this folder; made if it is missing', example: '"broker-data"' },
    'faults': { kind: 'file', use: 'read', flags: '--faults <file>', description: 'spoil connections as this fault plan says, JSON (src/broker/faults/README.md)', example: '"plan.json"' },
    'report': { kind: 'file', use: 'write', restart: true, flags: '--report <file>', description: 'write a conformance report per client, JSON, at the end and on SIGUSR1', example: '"report.json"' },
    'listener': { kind: 'tables', of: listenerSettings, description: 'A port to listen on; as many of these tables as there are ports. Without any: TCP on 127.0.0.1, port 1883.\nChanged files of certificates are used for new connections at SIGHUP; the rest needs a restart.' },
    'access': accessSettings,
    'limits': limitSettings,
    'refuse-connects': refusalSettings,
    'metrics': {
      kind: 'table',
      optional: true,
      opener: 'port',
      restart: true,
      description: 'With this table /metrics (Prometheus) and /health are served over HTTP.',
      keys: {
        'port': { ...port, default: 9234, flags: '--metrics [port]', description: 'serve /metrics (Prometheus) and /health over HTTP on this port, 0: a free one' },
        'host': { kind: 'text', form: hostForm, default: '127.0.0.1', flags: '--metrics-host <host>', description: 'address for /metrics and /health' },
      },
    },
    'sys': {
      kind: 'table',
      description: 'Figures under $SYS/broker.',
      keys: {
        'interval-seconds': { kind: 'integer', min: 0, max: 3600, unit: 'seconds', default: 10, restart: true, flags: '--sys-interval <s>', description: 'time between the figures under $SYS/broker; 0: none' },
      },
    },
    'log': {
      kind: 'table',
      description: 'What is said on standard output.',
      keys: {
        'level': { kind: 'choice', of: ['error', 'warn', 'info', 'debug', 'silent'], flags: '--log-level <level>', description: 'how much is said; without it warn, or info where the format is json', example: '"info"' },
        'format': { kind: 'choice', of: ['text', 'json'], default: 'text', restart: true, flags: '--log-format <format>', description: 'lines for people, or a JSON object a line' },
      },
    },
    // Parts that declare their settings beside their code.
    'dashboard': dashboardSettings,
    'bridge': bridgeSettings,
  },
} as const satisfies TableSetting;

export type BrokerConfig = ValuesOf<typeof brokerSettings>;
export type ListenerConfig = ValuesOf<typeof listenerSettings>;

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}
