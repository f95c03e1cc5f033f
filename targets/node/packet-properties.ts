/**
 * Properties of MQTT 5.0 by name, to and from the core's wire form.
 * Must not know: which packets are sent when.
 *
 * Read first: MQTT 5.0 section 2.2.2. Changes together with `PacketProperties` in api.ts.
 */
import {
  createProperties, type Packet, type Properties, propertiesCheck, propertyNext, Property, putPropertyData, putPropertyNumber,
  putPropertyText, putUserProperty, Reason, Status,
} from '../../src/core/index.js';
import type { PacketProperties } from './api-options.js';
import { MidgeError } from './error.js';
import { fieldError } from './words.js';

type Kind = 'flag' | 'number' | 'numbers' | 'text' | 'data' | 'pairs';
type Name = keyof PacketProperties;

const rows: readonly (readonly [Name, Property, Kind, most: number])[] = [
  ['payloadFormatIndicator', Property.PayloadFormatIndicator, 'flag', 1],
  ['messageExpiryInterval', Property.MessageExpiryInterval, 'number', 0xffffffff],
  ['contentType', Property.ContentType, 'text', 0],
  ['responseTopic', Property.ResponseTopic, 'text', 0],
  ['correlationData', Property.CorrelationData, 'data', 0],
  ['subscriptionIdentifier', Property.SubscriptionIdentifier, 'numbers', 268435455],
  ['sessionExpiryInterval', Property.SessionExpiryInterval, 'number', 0xffffffff],
  ['assignedClientIdentifier', Property.AssignedClientIdentifier, 'text', 0],
  ['serverKeepAlive', Property.ServerKeepAlive, 'number', 0xffff],
  ['authenticationMethod', Property.AuthenticationMethod, 'text', 0],
  ['authenticationData', Property.AuthenticationData, 'data', 0],
  ['requestProblemInformation', Property.RequestProblemInformation, 'flag', 1],
  ['willDelayInterval', Property.WillDelayInterval, 'number', 0xffffffff],
  ['requestResponseInformation', Property.RequestResponseInformation, 'flag', 1],
  ['responseInformation', Property.ResponseInformation, 'text', 0],
  ['serverReference', Property.ServerReference, 'text', 0],
  ['reasonString', Property.ReasonString, 'text', 0],
  ['receiveMaximum', Property.ReceiveMaximum, 'number', 0xffff],
  ['topicAliasMaximum', Property.TopicAliasMaximum, 'number', 0xffff],
  ['topicAlias', Property.TopicAlias, 'number', 0xffff],
  ['maximumQos', Property.MaximumQos, 'number', 1],
  ['retainAvailable', Property.RetainAvailable, 'flag', 1],
  ['userProperties', Property.UserProperty, 'pairs', 0],
  ['maximumPacketSize', Property.MaximumPacketSize, 'number', 0xffffffff],
  ['wildcardSubscriptionAvailable', Property.WildcardSubscriptionAvailable, 'flag', 1],
  ['subscriptionIdentifierAvailable', Property.SubscriptionIdentifierAvailable, 'flag', 1],
  ['sharedSubscriptionAvailable', Property.SharedSubscriptionAvailable, 'flag', 1],
];

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}

/** A 4-byte value from 2^30 on is saturated in `value`; its bytes are exact. */
function exactNumber(p: Properties): number {
  if (p.valueTo - p.valueFrom !== 4) return p.value;
  return p.bytes[p.valueFrom] * 0x1000000 + ((p.bytes[p.valueFrom + 1] << 16) | (p.bytes[p.valueFrom + 2] << 8) | p.bytes[p.valueFrom + 3]);
}

/** Reads a list that came with an event, from its beginning, without moving it. Strings and data are copies. */
export function readProperties(list: Properties): PacketProperties {
  const result: PacketProperties = {};
  if (list.at >= list.limit) return result;
  const target = result as Record<Name, unknown>;
  const p: Properties = { ...list };
  let id = propertyNext(p);
  while (id > 0) {
    const row = rows.find((candidate) => candidate[1] === id);
    if (row !== undefined) {
      const [name, , kind] = row;
      if (kind === 'flag') target[name] = p.value === 1;
      else if (kind === 'number') target[name] = exactNumber(p);
      else if (kind === 'text') target[name] = textOf(p.bytes, p.valueFrom, p.valueTo);
      else if (kind === 'data') target[name] = p.bytes.slice(p.valueFrom, p.valueTo);
      else if (kind === 'numbers') {
        const before = result.subscriptionIdentifier;
        result.subscriptionIdentifier = before === undefined ? p.value : [before, p.value].flat();
      } else (result.userProperties ??= []).push([textOf(p.bytes, p.nameFrom, p.nameTo), textOf(p.bytes, p.valueFrom, p.valueTo)]);
    }
    id = propertyNext(p);
  }
  return result;
}

function putOne(p: Properties, field: string, id: Property, kind: Kind, most: number, value: unknown): Status {
  switch (kind) {
    case 'flag':
      if (typeof value !== 'boolean') throw fieldError(field, value, 'true or false');
      return putPropertyNumber(p, id, value ? 1 : 0);
    case 'number':
    case 'numbers':
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) {
        throw fieldError(field, value, `a whole number from 0 to ${most.toLocaleString('en')}`);
      }
      return putPropertyNumber(p, id, value | 0);
    case 'text':
      if (typeof value !== 'string') throw fieldError(field, value, 'a string');
      return putPropertyText(p, id, value);
    case 'data':
      if (!(value instanceof Uint8Array)) throw fieldError(field, value, 'a Uint8Array');
      return putPropertyData(p, id, value, 0, value.length);
    case 'pairs':
      return putPairs(p, field, value);
  }
}

function putPairs(p: Properties, field: string, value: unknown): Status {
  if (!Array.isArray(value)) throw fieldError(field, value, 'an array of [name, value] pairs');
  for (const pair of value as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string' || typeof pair[1] !== 'string') {
      throw fieldError(field, pair, '[name, value], both strings');
    }
    const status = putUserProperty(p, pair[0], pair[1]);
    if (status !== Status.Ok) return status;
  }
  return Status.Ok;
}

function unknownProperty(field: string, value: unknown): MidgeError {
  const allowed = `known: ${rows.map((known) => known[0]).join(', ')}`;
  return new MidgeError(`${field}: no such property; ${allowed}`, { status: Status.BadProperties, field, value, allowed });
}

/**
 * Writes `properties` into the list `p` for `packet`, replacing what it held. Throws a MidgeError that names the
 * property that is unknown, of the wrong type, not allowed in this packet, or does not fit. `field` names the list in errors; ''
 * for properties that are options.
 */
export function writeProperties(p: Properties, properties: PacketProperties, packet: Packet, field: string): void {
  const checker = createProperties(0);
  p.at = 0;
  p.limit = 0;
  for (const [name, value] of Object.entries(properties) as [Name, unknown][]) {
    if (value === undefined) continue;
    const path = field === '' ? name : `${field}.${name}`;
    const row = rows.find((candidate) => candidate[0] === name);
    if (row === undefined) throw unknownProperty(path, value);
    const begin = p.limit;
    if (putOne(p, path, row[1], row[2], row[3], value) !== Status.Ok) {
      throw fieldError(path, value, `what fits beside the others into ${p.bytes.length} bytes (buffers.propertyBytes)`, Status.NoRoom);
    }
    if (p.limit > begin && propertiesCheck(checker, p.bytes, begin, p.limit, packet) !== Reason.Success) {
      throw fieldError(path, value, 'valid values of properties that this packet may carry', Status.BadProperties);
    }
  }
}
