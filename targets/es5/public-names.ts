/**
 * The names that scripts use: a minified build keeps them. A name that is not here is shortened, or left out where nothing reads it, and so an option
 * that the profile has no use for is refused as unknown. Changes together with `api.ts`, `message.ts` and the tables of README.md.
 */
import type { ProfileName } from '../build/profiles.js';

const client = [
  'onConnect', 'onClose', 'onMessage', 'onChunk', 'onPublish', 'onDrop', 'onSubscribe', 'onUnsubscribe',
  'connect', 'disconnect', 'publish', 'publishBytes', 'subscribe', 'unsubscribe', 'poll',
];

const message = [
  'bytes', 'from', 'to', 'offset', 'total', 'topicBytes', 'topicFrom', 'topicTo', 'qos', 'retain', 'route', 'topic', 'text', 'is',
];

/** Fields of ClientConfig and Will. */
const options = [
  'clientId', 'userName', 'password', 'will', 'payload', 'cleanStart', 'keepAliveS', 'connectTimeoutMs', 'pingTimeoutMs', 'retryMinMs', 'retryMaxMs', 'seed',
  'receiveBytes', 'controlBytes', 'outboxBytes', 'outboxMessages', 'subscriptions', 'filterBytes', 'textBytes',
];

const optionsOfQos = ['acknowledge', 'inFlightMax', 'receiveMaximum'];

/** Fields of ConfigV5. */
const optionsOfV5 = [
  'version', 'v5', 'properties', 'sessionExpiryS', 'maximumPacketBytes', 'topicAliasMaximum', 'topicAliasesOut', 'aliasTopicBytes', 'assignedClientIdBytes',
  'connectProperties', 'requestProperties',
];

/** Of the client, of the properties that it shows, and of lists of properties. */
const namesOfV5 = [
  'find', 'findNext', 'property', 'userProperty', 'properties', 'value', 'valueFrom', 'valueTo', 'nameFrom', 'nameTo', 'set', 'user', 'clear',
];

const namesOfAuthentication = ['onAuthenticate', 'connectWith', 'authenticate', 'reauthenticate'];

const namesOfStreaming = ['onStream', 'publishStream', 'stream', 'cancelStream', 'isStreaming'];

export function publicNames(profile: ProfileName): readonly string[] {
  const names = [...client, ...message, ...options];
  if (profile !== 'qos0') names.push(...optionsOfQos);
  if (profile === 'full') names.push(...optionsOfV5, ...namesOfV5, ...namesOfAuthentication, ...namesOfStreaming);
  return names;
}

/** The functions of `midge`: what they make is of no use in a smaller profile. */
export function publicFunctions(profile: ProfileName): readonly string[] {
  return profile === 'full' ? ['create', 'properties'] : ['create'];
}
