/**
 * The lines of a script that describe a client before there is one. Must not know what a client does.
 */
import {
  type ClientConfig, configFault, type ConfigV5, createClient, createConfig, createConfigV5, type Properties, putPropertyData, putPropertyNumber,
  putPropertyText, putUserProperty, Status,
} from '../../src/core/index.js';
import { createBytes } from '../../src/core/bytes.js';
import { resultName } from './names.js';
import { chosenV5, poison, resetStage, say, type Stage } from './stage.js';
import { bytesOf, integerOf, textOf, wordAt } from './text.js';

function setCore(config: ClientConfig, name: string, value: number): boolean {
  if (name === 'version') config.version = value;
  else if (name === 'cleanStart') config.cleanStart = value !== 0;
  else if (name === 'keepAliveS') config.keepAliveS = value;
  else if (name === 'connectTimeoutMs') config.connectTimeoutMs = value;
  else if (name === 'pingTimeoutMs') config.pingTimeoutMs = value;
  else if (name === 'retryMinMs') config.retryMinMs = value;
  else if (name === 'retryMaxMs') config.retryMaxMs = value;
  else if (name === 'seed') config.seed = value;
  else if (name === 'acknowledge') config.acknowledge = value;
  else if (name === 'receiveBytes') config.receiveBytes = value;
  else if (name === 'controlBytes') config.controlBytes = value;
  else if (name === 'outboxBytes') config.outboxBytes = value;
  else if (name === 'outboxMessages') config.outboxMessages = value;
  else if (name === 'inFlightMax') config.inFlightMax = value;
  else if (name === 'receiveMaximum') config.receiveMaximum = value;
  else if (name === 'subscriptions') config.subscriptions = value;
  else if (name === 'filterBytes') config.filterBytes = value;
  else return false;
  return true;
}

function setV5(v5: ConfigV5, name: string, value: number): boolean {
  if (name === 'sessionExpiryS') v5.sessionExpiryS = value;
  else if (name === 'maximumPacketBytes') v5.maximumPacketBytes = value;
  else if (name === 'topicAliasMaximum') v5.topicAliasMaximum = value;
  else if (name === 'topicAliasesOut') v5.topicAliasesOut = value;
  else if (name === 'aliasTopicBytes') v5.aliasTopicBytes = value;
  else if (name === 'assignedClientIdBytes') v5.assignedClientIdBytes = value;
  else return false;
  return true;
}

/** A buffer of exactly these bytes, as a configuration holds them. */
function createCopy(bytes: Uint8Array, count: number): Uint8Array {
  const copy = createBytes(count);
  for (let at = 0; at < count; at++) copy[at] = bytes[at];
  return copy;
}

/** The script's property list, which begins anew; null when it is empty. */
function createListCopy(p: Properties): Uint8Array | null {
  const count = p.limit;
  p.limit = 0;
  return count === 0 ? null : createCopy(p.bytes, count);
}

/** `property number|text|data|pair|raw …`: one more in the script's list, which the next call that takes properties uses up. */
function addProperty(s: Stage, line: string): void {
  const kind = wordAt(line, 1);
  const id = integerOf(wordAt(line, 2));
  const p = s.properties;
  let status: Status = Status.Ok;
  if (kind === 'number') status = putPropertyNumber(p, id, integerOf(wordAt(line, 3)));
  else if (kind === 'text') status = putPropertyText(p, id, textOf(wordAt(line, 3)));
  else if (kind === 'data') status = putPropertyData(p, id, s.bytes, 0, bytesOf(s.bytes, wordAt(line, 3)));
  else if (kind === 'pair') status = putUserProperty(p, textOf(wordAt(line, 2)), textOf(wordAt(line, 3)));
  else {
    const count = bytesOf(s.bytes, wordAt(line, 2));
    for (let at = 0; at < count; at++) p.bytes[p.limit + at] = s.bytes[at];
    p.limit += count;
  }
  if (status !== Status.Ok) say(s, resultName(status));
}

function create(s: Stage): void {
  s.config.v5 = chosenV5(s);
  if (s.roomField !== '') setCore(s.config, s.roomField, s.roomValue);
  s.client = createClient(s.config);
  if (s.client === null) say(s, 'fault ' + configFault(s.config));
  else poison(s.client);
}

/** Does a line that describes a client; false when it is another line. */
export function configure(s: Stage, line: string): boolean {
  const command = wordAt(line, 0);
  const name = wordAt(line, 1);
  const v5 = s.v5;
  if (command === 'client') {
    resetStage(s);
    s.config = createConfig(textOf(name));
    s.v5 = createConfigV5();
    if (wordAt(line, 2) === '5') s.config.version = 5;
  } else if (command === 'set') {
    const value = integerOf(wordAt(line, 2));
    if (!setCore(s.config, name, value) && !setV5(v5, name, value)) say(s, 'no such field');
  } else if (command === 'user') s.config.userName = textOf(name);
  else if (command === 'password') s.config.password = createCopy(s.bytes, bytesOf(s.bytes, name));
  else if (command === 'will') {
    const count = bytesOf(s.bytes, wordAt(line, 2));
    s.config.will = {
      topic: textOf(name), payload: createCopy(s.bytes, count), qos: integerOf(wordAt(line, 3)),
      retain: wordAt(line, 4) === '1', properties: createListCopy(s.properties),
    };
  } else if (command === 'connectProperties') v5.connectProperties = createListCopy(s.properties);
  else if (command === 'requestProperties') v5.requestProperties = createListCopy(s.properties);
  else if (command === 'property') addProperty(s, line);
  else if (command === 'create') create(s);
  else return false;
  return true;
}
