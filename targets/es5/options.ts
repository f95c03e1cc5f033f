/**
 * The options of a client, from names and values as a script gives them. Each is checked here, once: what is wrong is refused with its name, its value and
 * what is allowed. Must not know: the client that is made of them.
 *
 * Read first: src/core/config.ts; README.md, "Options". Changes together with `public-names.ts`.
 */
import { type ClientConfig, configFault, ConfigFault, createConfig, createConfigV5, Packet, Version } from '../../src/core/index.js';
import { createBytes, putText, TextFault, textFault } from '../../src/core/bytes.js';
import { Profile } from '../../src/core/profile.js';
import { hostRandom } from './host.js';
import { listBytes } from './properties.js';
import { wrong } from './wrong.js';

/** Names and values as the script gives them: fields of ClientConfig, and `textBytes`. */
export type Options = Readonly<Record<string, unknown>>;

const enum Limit {
  /** Of a text or data in a packet. */
  Data = 65535,
  Bytes = 0x10000000,
}

/** Whether the profile has no use for this option. */
function isLeftOut(name: string): boolean {
  if (Profile.V5 < 1 && (name === 'version' || name === 'v5' || name === 'will.properties')) return true;
  if (Profile.Routing < 1 && (name === 'subscriptions' || name === 'filterBytes')) return true;
  return Profile.Qos < 1 && (name === 'acknowledge' || name === 'inFlightMax' || name === 'receiveMaximum');
}

/** Copies each option to the field of its name; data may be given as text. */
function setFields(fields: Record<string, unknown>, options: Options, of: string): void {
  for (const name in options) {
    const kind = typeof fields[name];
    let value = options[name];
    if (of + name !== 'textBytes') {
      const isUseless = isLeftOut(of + name);
      if (isUseless) throw new Error('midge: there is no option ' + of + name + ' in this profile');
      // Functions are what every object has.
      if (kind === 'undefined' || kind === 'function') throw new Error('midge: there is no option ' + of + name);
      // Null and objects stand where values of more than one kind may be given.
      if (kind !== 'object' && kind !== typeof value) wrong('option ' + of + name, value, 'a ' + kind);
      if (name === 'password' || name === 'payload') {
        if (typeof value === 'string') {
          const bytes = createBytes(value.length * 3);
          value = bytes.subarray(0, putText(bytes, 0, bytes.length, value));
        }
        if (value !== fields[name] && !(value instanceof Uint8Array)) wrong('option ' + of + name, value, 'a text or a Uint8Array');
      } else if (kind === 'object' && value !== null && typeof value !== (name === 'userName' ? 'string' : 'object')) {
        wrong('option ' + of + name, value, name === 'userName' ? 'a text' : 'an object');
      }
      fields[name] = value;
    }
  }
}

/** Throws where an option is unknown, or a value is not allowed. */
export function configOf(options: Options): ClientConfig {
  const config = createConfig('');
  config.seed = hostRandom();
  if (typeof options !== 'object' || options === null) wrong('the argument of create', options, 'an object of options');
  setFields(config as unknown as Record<string, unknown>, options, '');
  if (config.will !== null) config.will = willOf(config);
  if (Profile.V5 > 0 && config.v5 !== null) {
    const v5 = createConfigV5();
    if (config.version === Version.V311) wrong('option v5', 'with version 4', 'given with version 5');
    setFields(v5 as unknown as Record<string, unknown>, config.v5 as unknown as Options, 'v5.');
    v5.connectProperties = listBytes(v5.connectProperties, Packet.Connect, 'option v5.connectProperties');
    v5.requestProperties = listBytes(v5.requestProperties, Packet.Unsubscribe, 'option v5.requestProperties');
    config.v5 = v5;
  }
  const fault = configFault(config);
  if (fault !== ConfigFault.None) throwFault(config, fault);
  // Nothing here can acknowledge a message later.
  if (Profile.Qos > 0 && config.acknowledge > 1) wrong('option acknowledge', config.acknowledge, '0 or 1');
  return config;
}

function willOf(config: ClientConfig): NonNullable<ClientConfig['will']> {
  const will = { topic: '', payload: createBytes(0), qos: 0, retain: false, properties: null };
  setFields(will, config.will as unknown as Options, 'will.');
  const topic = createBytes(will.topic.length * 3);
  const to = putText(topic, 0, topic.length, will.topic);
  if (to === 0 || to > Limit.Data || textFault(topic, 0, to) !== TextFault.None) wrong('option will.topic', will.topic, 'a topic, without + and #');
  if (Profile.V5 > 0) {
    (will as { properties: unknown }).properties = listBytes(will.properties, Packet.Will, 'option will.properties');
    if (will.properties !== null && config.version === Version.V311) wrong('option will.properties', 'with version 4', 'given with version 5');
  }
  return will;
}

/** Bytes for a payload that is given as text. */
export function textBytesOf(options: Options): number {
  const size = options['textBytes'];
  if (size === undefined) return 128;
  if (typeof size !== 'number' || (size | 0) !== size || size < 0 || size > Limit.Bytes) wrong('option textBytes', size, 'from 0 to 268435456');
  return size;
}

/** Names the option that `configFault` found, and what it may be. */
function throwFault(config: ClientConfig, fault: ConfigFault): never {
  // By number of ConfigFault: the name, and what is allowed.
  const texts = [
    '', '', 'version', Profile.V5 > 0 ? '4 or 5' : '4', 'clientId', 'a text that is not empty, or cleanStart true', 'keepAliveS', 'from 0 to 65535',
    'connectTimeoutMs', 'from 1 to 268435456', 'pingTimeoutMs', 'from 1 to 268435456', 'retryMinMs', 'from 1 to 268435456',
    'retryMaxMs', 'from retryMinMs to 268435456', 'acknowledge', '0 or 1', 'receiveBytes', 'from 16 to 268435456', 'controlBytes', 'from 32 to 268435456',
    'outboxBytes', 'from 16 to 268435456', 'outboxMessages', 'from 1 to 65534', 'inFlightMax', 'from 1 to 65535', 'receiveMaximum', 'from 1 to 65535',
    'subscriptions', 'from 0 to 65534 less outboxMessages', 'filterBytes', 'from 0 to 268435456',
  ];
  if (fault === ConfigFault.WillQos) wrong('option will.qos', config.will!.qos, '0, 1 or 2');
  if (fault === ConfigFault.PasswordWithoutUserName) wrong('option userName', config.userName, 'given with a password');
  if (fault === ConfigFault.Seed) wrong('option seed', config.seed, 'an integer');
  let at: number = fault * 2;
  if (Profile.V5 > 0 && fault >= ConfigFault.SessionExpiry) {
    at -= ConfigFault.SessionExpiry * 2;
    const more = [
      'sessionExpiryS', 'from -1 to 1073741823', 'maximumPacketBytes', 'from 0 to 268435460', 'topicAliasMaximum', 'from 0 to 65535',
      'topicAliasesOut', 'from 0 to 65535', 'aliasTopicBytes', 'from 1 to 1024', 'assignedClientIdBytes', 'from 1 to 65535',
    ];
    wrong('option v5.' + more[at], (config.v5 as unknown as Record<string, unknown>)[more[at]], more[at + 1]);
  }
  wrong('option ' + texts[at], (config as unknown as Record<string, unknown>)[texts[at]], texts[at + 1]);
}
