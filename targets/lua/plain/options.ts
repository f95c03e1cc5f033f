/**
 * What a plain-Lua client is made with: a table whose fields have names; an unknown name or a wrong value is refused with it.
 * Must not know: events, links.
 */
import { copyBytes, createBytes, putText, TextFault, textFault } from '../../../src/core/bytes.js';
import { Acknowledge, type Client, type ClientConfig, ConfigFault, configFault, createConfig, createProperties, Packet, type Properties } from '../../../src/core/index.js';
import { Profile } from '../../../src/core/profile.js';
import { applyCapacity, capacityFaultText, textView } from '../capacities.js';
import { error } from '../lua.js';
import { applyVersion, settleVersion } from '../version.js';
import { needsHost, type Port } from './port.js';
import { fillProperties, type PropertyTable } from './properties.js';

const enum Room {
  Properties = 128,
  Most = 65535,
  Int32 = 0x7fffffff,
  /** A will's properties go into CONNECT, which is not long. */
  Will = 1024,
}

export type Options = Record<string, unknown>;

function refuse(name: string, wanted: string): never {
  return error("midge.client: option '" + name + "' must be " + wanted, 4);
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') refuse(name, 'a string');
  return value;
}

function numberOf(name: string, value: unknown): number {
  // Whether it is in its range is the core's to say, which looks at the bits: Lua 5.3 refuses those of a fraction.
  if (typeof value !== 'number' || value % 1 !== 0 || value > Room.Int32 || value < -Room.Int32) refuse(name, 'an integer of 32 bits');
  return value;
}

function topicOf(name: string, value: unknown): string {
  const topic = textOf(name, value);
  const bytes = createBytes(topic.length);
  if (topic === '' || textFault(bytes, 0, putText(bytes, 0, topic.length, topic)) !== TextFault.None) refuse(name, 'a topic: UTF-8, not empty, without wildcards');
  return topic;
}

function truthOf(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') refuse(name, 'true or false');
  return value;
}

function portOf(value: number): number {
  if (value < 1 || value > Room.Most) refuse('port', '1 to ' + Room.Most);
  return value;
}

/** A configuration from the program's table; the port learns where to connect. */
export function configOf(options: Options, port: Port): ClientConfig {
  const id = options['id'];
  const config = createConfig(id === undefined ? '' : textOf('id', id));
  config.retryMaxMs = 30000;
  config.outboxBytes = 2048;
  config.outboxMessages = 16;
  config.inFlightMax = 16;
  // 3.1.1 cannot tell a server of a limit, and Mosquitto has 20 QoS 2 messages on their way at once.
  config.receiveMaximum = 24;
  config.subscriptions = 8;
  config.filterBytes = 512;
  config.controlBytes = 512;
  for (const name in options) apply(config, port, name, options[name]);
  settleVersion(config, 'midge.client');
  const fault = configFault(config);
  if (fault !== ConfigFault.None) error('midge.client: ' + faultText(fault), 3);
  return config;
}

function apply(config: ClientConfig, port: Port, name: string, value: unknown): void {
  if (applyVersion(config, 'midge.client', name, value)) return;
  if (name === 'id' || name === 'session') textOf(name, value);
  else if (name === 'host' || name === 'port') {
    if (!needsHost) error("midge.client: option '" + name + "' is for the gateway to set: this build speaks the serial link", 4);
    if (name === 'host') port.host = textOf(name, value);
    else port.portNumber = portOf(numberOf(name, value));
  } else if (name === 'username') config.userName = textOf(name, value);
  else if (name === 'password') config.password = textView(textOf(name, value));
  else if (name === 'clean') config.cleanStart = truthOf(name, value);
  else if (name === 'will') config.will = willOf(value);
  else if (isLeftOut(name)) error("midge.client: option '" + name + "' has no use in the profile qos0: build with --profile mqtt311 for QoS 1 and 2, and for filters that are kept", 4);
  else if (name === 'manual_ack') {
    if (truthOf(name, value)) config.acknowledge = Acknowledge.ByApplication;
  } else applyNumber(config, name, value);
}

/** What the profile has nothing for. */
function isLeftOut(name: string): boolean {
  if (Profile.Qos < 1 && (name === 'inbound' || name === 'manual_ack')) return true;
  return Profile.Routing < 1 && (name === 'subscriptions' || name === 'filters');
}

function applyNumber(config: ClientConfig, name: string, value: unknown): void {
  if (name === 'keep_alive') config.keepAliveS = numberOf(name, value);
  else if (name === 'control') config.controlBytes = numberOf(name, value);
  else if (name === 'seed') config.seed = numberOf(name, value);
  else if (Profile.V5 > 0 && name === 'properties') {
    const room = numberOf(name, value);
    if (room < 1 || room > Room.Most || room % 1 !== 0) refuse(name, '1 to ' + Room.Most + ' bytes');
  }
  // A configuration with anything else in it is not used: numberOf raises an error.
  else if (applyCapacity(config, name, value as number)) numberOf(name, value);
  else {
    error("midge.client: option '" + name + "' is unknown; known are clean, connect_ms, control, filters, host, id, inbound, keep_alive, manual_ack, messages, outbox, password, ping_ms, port, receive, retry_max_ms, retry_min_ms, seed, session, subscriptions, username, version, will" + (Profile.V5 > 0 ? ', properties, session_expiry' : ''), 5);
  }
}

/** The buffer in which the properties of publishes are written, where the client has them. */
export function listOf(options: Options, c: Client): Properties | undefined {
  const room = options['properties'] as number | undefined;
  if (c.v5 !== null) return createProperties(room === undefined ? Room.Properties : room);
  if (room !== undefined) error("midge.client: option 'properties' needs version = 5", 3);
  return undefined;
}

/** A will's properties as bytes. */
function willProperties(will: Options): Uint8Array | null {
  const table = will['properties'];
  if (table === undefined) return null;
  if (typeof table !== 'object') refuse('will.properties', 'a table');
  const list = createProperties(Room.Will);
  if (!fillProperties(list, table as PropertyTable, Packet.Will, 'will.properties')) refuse('will.properties', 'at most ' + Room.Will + ' bytes');
  const bytes = createBytes(list.limit);
  copyBytes(bytes, 0, list.bytes, 0, list.limit);
  return bytes;
}

function willOf(value: unknown): ClientConfig['will'] {
  if (typeof value !== 'object') refuse('will', 'a table');
  const will = value as Options;
  for (const name in will) {
    const isKnown = name === 'topic' || name === 'payload' || name === 'qos' || name === 'retain' || (Profile.V5 > 0 && name === 'properties');
    if (!isKnown) error("midge.client: will has '" + name + "'; known are payload, qos, retain, topic" + (Profile.V5 > 0 ? ', properties' : ''), 5);
  }
  const qos = will['qos'];
  const retain = will['retain'];
  return {
    topic: topicOf('will.topic', will['topic']), payload: textView(textOf('will.payload', will['payload'])),
    qos: qos === undefined ? 0 : numberOf('will.qos', qos), retain: retain === undefined ? false : truthOf('will.retain', retain), properties: Profile.V5 > 0 ? willProperties(will) : null,
  };
}

/** Names the option that is out of range. */
function faultText(fault: ConfigFault): string {
  if (fault === ConfigFault.ClientId) return "option 'id' must not be empty with clean = false";
  if (fault === ConfigFault.KeepAlive) return "option 'keep_alive' must be 0 to 65535 seconds";
  if (fault === ConfigFault.PasswordWithoutUserName) return "option 'password' needs 'username'";
  if (fault === ConfigFault.ReceiveBytes) return "option 'receive' must be at least 16 bytes";
  if (fault === ConfigFault.ControlBytes) return "option 'control' must be at least 32 bytes";
  if (fault === ConfigFault.WillQos) return "will's qos must be 0, 1 or 2";
  if (fault === ConfigFault.Seed) return "option 'seed' must be an integer of 32 bits";
  return capacityFaultText(fault);
}
