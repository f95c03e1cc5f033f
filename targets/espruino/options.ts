/**
 * What a program asks for, turned into the core's configuration. An option that is not known, or whose value cannot be honoured, is
 * refused by its name: nothing is ignored.
 *
 * Must not know: links. Changes together with midge-mqtt.d.ts and README.md.
 */
import { TextFault, textFault } from '../../src/core/bytes.js';
import { type ClientConfig, ConfigFault, configFault, createConfig, createConfigV5, Version } from '../../src/core/index.js';
import { Profile } from '../../src/core/profile.js';
import { E } from './globals.js';
import { bytesOf } from './pump.js';
import { hasServer } from './transport.js';

export type Options = Record<string, unknown>;

const enum Limits {
  /** As many messages as brokers of 3.1.1 have on their way: it has no means to tell them of fewer. */
  ReceiveMaximum = 20,
}

/** What is not the core's. */
export interface LinkSettings {
  /** As `create` was given it. */
  server: unknown;
  port: number;
  /** False, true, or the options of `tls.connect`. */
  tls: unknown;
  canReconnect: boolean;
  /** Where the session is saved; empty: nowhere. */
  sessionName: string;
}

/** The client identifier of a program that gave none: different on every board and after every start. */
function randomId(): string {
  return 'midge-' + (E.hwRand() >>> 1).toString(36);
}

export function refuse(option: string, value: unknown, rule: string): never {
  throw new Error('MQTT option ' + option + ' is ' + String(value) + '; ' + rule);
}

export function configOf(options: Options, link: LinkSettings): ClientConfig {
  if (typeof options !== 'object' || options === null) throw new Error('MQTT options are ' + String(options) + '; they must be an object');
  const config = createConfig(randomId());
  config.seed = E.hwRand() & 0x3fffffff;
  config.receiveMaximum = Limits.ReceiveMaximum;
  // Their filters are in subscriptions.ts.
  config.subscriptions = 0;
  config.filterBytes = 0;
  // The others depend on it.
  if (options['protocol_level'] !== undefined) applyLevel(config, options['protocol_level'] as number);
  for (const name of Object.keys(options)) {
    if (options[name] !== undefined) apply(config, link, name, options[name]);
  }
  if (!config.cleanStart) {
    if (options['client_id'] === undefined) refuse('clean_session', false, 'a session needs a client_id of its own');
    if (Profile.V5 > 0 && config.v5 !== null && options['session_expiry'] === undefined) config.v5.sessionExpiryS = -1;
  }
  if (link.sessionName !== '' && config.cleanStart) refuse('session_file', link.sessionName, 'clean_session must be false');
  const fault = configFault(config);
  if (fault === ConfigFault.PasswordWithoutUserName) refuse('password', 'alone', 'it needs a username');
  if (fault !== ConfigFault.None) throw new Error('MQTT option ' + faultName(fault) + ' is out of range');
  return config;
}

function text(name: string, value: unknown): string {
  return typeof value === 'string' ? value : refuse(name, value, 'it must be a string');
}

/** What CONNECT carries as text; a will's topic is also one to publish to. */
function validText(name: string, value: unknown, isTopic: boolean): string {
  const given = text(name, value);
  const bytes = bytesOf(given);
  const fault = textFault(bytes, 0, bytes.length);
  if (fault === TextFault.Malformed) refuse(name, value, 'it must be text in UTF-8 without NUL');
  if (isTopic && (given === '' || fault === TextFault.Wildcard)) refuse(name, value, 'it must be a topic, without wildcards');
  return given;
}

function flag(name: string, value: unknown): boolean {
  return value === true || value === 1 ? true : value === false || value === 0 ? false : refuse(name, value, 'it must be true or false');
}

function apply(config: ClientConfig, link: LinkSettings, name: string, value: unknown): void {
  const count = value as number;
  switch (name) {
    case 'client_id': config.clientId = validText(name, value, false); break;
    case 'keep_alive': config.keepAliveS = count; break;
    case 'clean_session': config.cleanStart = flag(name, value); break;
    case 'username': config.userName = validText(name, value, false); break;
    case 'password': config.password = bytesOf(text(name, value)); break;
    case 'protocol_name':
      if (value !== 'MQTT') refuse(name, value, 'only MQTT is spoken');
      break;
    case 'protocol_level':
      break;
    case 'host':
    case 'port':
    case 'tls':
      applyServer(link, name, value);
      break;
    case 'reconnect': link.canReconnect = flag(name, value); break;
    case 'session_file':
      if (Profile.Qos < 1 || (value as string).length > 26) refuse(name, value, 'it is a name of up to 26 characters, in a build with QoS 1 and 2');
      link.sessionName = text(name, value);
      break;
    case 'will': applyWill(config, value as Options); break;
    case 'connect_timeout': config.connectTimeoutMs = count * 1000; break;
    case 'ping_timeout': config.pingTimeoutMs = count * 1000; break;
    case 'retry_min': config.retryMinMs = count * 1000; break;
    case 'retry_max': config.retryMaxMs = count * 1000; break;
    case 'receive_bytes': config.receiveBytes = count; break;
    case 'control_bytes': config.controlBytes = count; break;
    case 'outbox_bytes': config.outboxBytes = count; break;
    case 'outbox_messages': config.outboxMessages = count; break;
    case 'in_flight': config.inFlightMax = count; break;
    case 'receive_maximum': config.receiveMaximum = count; break;
    default:
      if (Profile.V5 > 0 && name === 'session_expiry' && config.v5 !== null) config.v5.sessionExpiryS = count;
      else refuse(name, value, 'there is no such option');
  }
}

function applyServer(link: LinkSettings, name: string, value: unknown): void {
  if (!hasServer) refuse(name, value, 'the server is named to the gateway');
  if (name === 'port') {
    link.port = value as number;
    if ((link.port | 0) !== value || link.port < 1 || link.port > 65535) refuse(name, value, 'it must be 1 to 65535');
  } else if (name === 'host' && value !== link.server) refuse(name, value, 'the server is the first argument of create: ' + String(link.server));
  else if (name === 'tls') link.tls = typeof value === 'object' && value !== null ? value : flag(name, value);
}

function applyLevel(config: ClientConfig, level: number): void {
  if (Profile.V5 > 0 && level === 5) {
    config.version = Version.V5;
    config.v5 = createConfigV5();
  } else if (level !== 4) refuse('protocol_level', level, Profile.V5 > 0 ? '4 and 5 are spoken' : '4 is spoken');
}

function applyWill(config: ClientConfig, will: Options): void {
  if (typeof will !== 'object' || will === null) refuse('will', will, 'it must be an object with topic and message');
  for (const name of Object.keys(will)) {
    if ('topic,message,qos,retain'.split(',').indexOf(name) < 0) refuse('will.' + name, will[name], 'there is no such option');
  }
  const message = will['message'];
  const qos = will['qos'];
  if (qos !== undefined && qos !== 0 && qos !== 1 && qos !== 2) refuse('will.qos', qos, 'it must be 0, 1 or 2');
  config.will = {
    topic: validText('will.topic', will['topic'], true), payload: bytesOf(message === undefined ? '' : text('will.message', message)),
    qos: (qos as number) | 0, retain: will['retain'] !== undefined && flag('will.retain', will['retain']), properties: null,
  };
}

function faultName(fault: ConfigFault): string {
  return 'protocol_level,client_id,keep_alive,connect_timeout,ping_timeout,retry_min,retry_max,acknowledge,receive_bytes,control_bytes,outbox_bytes,outbox_messages,in_flight,receive_maximum,subscriptions,filter_bytes,will.qos,session_expiry'.split(',')[fault - 1];
}
