/**
 * Properties of MQTT 5.0 as a Lua program sees them, by the specification's names in lower case: those of the packet behind a handler, made to values when
 * they are asked for, and a table of a program's as the bytes of a packet. In the profile `full` alone. Must not know: events, links.
 *
 * Read first: MQTT 5.0 section 2.2.2; src/core/properties.ts.
 */
import { Packet, type Properties, propertiesClear, propertyNext, Property, putPropertyData, putPropertyNumber, putPropertyText, putUserProperty, Status } from '../../../src/core/index.js';
import { propertiesFit, PropertyKind, propertyKind } from '../../../src/core/properties.js';
import { error, tostring } from '../lua.js';
import { bytesText, createText, setText } from '../text.js';

/** By identifier. */
const propertyNames: readonly string[] = [
  '', 'payload_format_indicator', 'message_expiry_interval', 'content_type', '', '', '', '', 'response_topic', 'correlation_data', '',
  'subscription_identifier', '', '', '', '', '', 'session_expiry_interval', 'assigned_client_identifier', 'server_keep_alive', '', 'authentication_method',
  'authentication_data', 'request_problem_information', 'will_delay_interval', 'request_response_information', 'response_information', '',
  'server_reference', '', '', 'reason_string', '', 'receive_maximum', 'topic_alias_maximum', 'topic_alias', 'maximum_qos', 'retain_available', 'user',
  'maximum_packet_size', 'wildcard_subscription_available', 'subscription_identifier_available', 'shared_subscription_available',
];

const enum Most {
  Flag = 1,
  Int16 = 0xffff,
  Int32 = 0x3fffffff,
  Varint = 0xfffffff,
}

/** Correlation data on its way into a list. */
const data = createText();

export type PropertyTable = Record<string, unknown>;

function identifierOf(name: string): number {
  let id = propertyNames.length - 1;
  while (id > 0 && propertyNames[id] !== name) id -= 1;
  return name === '' ? 0 : id;
}

/** The identifier of a property that there is. */
export function propertyOf(call: string, name: unknown): number {
  const id = typeof name === 'string' ? identifierOf(name) : 0;
  if (id < 1) error('midge: ' + call + ": there is no property '" + tostring(name) + "'; the README lists them", 3);
  return id;
}

function valueOf(p: Properties, id: number): unknown {
  return propertyKind(id) < PropertyKind.Text ? p.value : bytesText(p.bytes, p.valueFrom, p.valueTo);
}

/** The value of the first property with this identifier, or nil; of user properties the first of `name`, unless that is nil. The list stays where it is. */
export function valueIn(p: Properties, wanted: number, name: string | undefined): unknown {
  const begin = p.at;
  let value: unknown = undefined;
  let id = propertyNext(p);
  while (id > 0 && value === undefined) {
    if (id === wanted && (name === undefined || bytesText(p.bytes, p.nameFrom, p.nameTo) === name)) value = valueOf(p, id);
    id = propertyNext(p);
  }
  p.at = begin;
  return value;
}

/** All of them in a new table; `user` is a list of pairs in the order of the packet. */
export function tableOf(p: Properties): PropertyTable {
  const all: PropertyTable = {};
  const begin = p.at;
  let id = propertyNext(p);
  while (id > 0) {
    const name = propertyNames[id];
    if (id === Property.UserProperty) {
      const user = (all[name] ?? []) as string[][];
      user[user.length] = [bytesText(p.bytes, p.nameFrom, p.nameTo), bytesText(p.bytes, p.valueFrom, p.valueTo)];
      all[name] = user;
    } else if (all[name] === undefined) all[name] = valueOf(p, id);
    id = propertyNext(p);
  }
  p.at = begin;
  return all;
}

/** Writes the table into the list, in place of what it held. False: it does not fit. What is not possible raises an error that names it. */
export function fillProperties(p: Properties, table: PropertyTable, packet: Packet, call: string): boolean {
  propertiesClear(p);
  for (const name in table) {
    const id = propertyOf(call, name);
    if (id === Property.MessageExpiryInterval && packet === Packet.OwnPublish) error('midge: ' + call + ": a message expires by option 'expires', in seconds, not by a property", 3);
    const status = putOne(p, id, name, table[name], call);
    if (status !== Status.Ok && status !== Status.BadProperties) return false;
    if (status !== Status.Ok || !propertiesFit(p, p, packet)) error('midge: ' + call + ": property '" + name + "' is not for this packet, or has a value that is not allowed", 3);
  }
  return true;
}

function putOne(p: Properties, id: number, name: string, value: unknown, call: string): Status {
  const kind = propertyKind(id);
  if (kind < PropertyKind.Text) {
    const number = value === true ? 1 : value === false ? 0 : value;
    const most = kind === PropertyKind.Flag ? Most.Flag : kind === PropertyKind.Int16 ? Most.Int16 : kind === PropertyKind.Int32 ? Most.Int32 : Most.Varint;
    if (typeof number !== 'number' || number < 0 || number > most || number % 1 !== 0) {
      return error('midge: ' + call + ": property '" + name + "' must be an integer from 0 to " + most, 3);
    }
    return putPropertyNumber(p, id, number);
  }
  if (kind === PropertyKind.Pair) {
    if (typeof value !== 'object') error('midge: ' + call + ": property 'user' must be a table of names and values, or a list of pairs of them", 3);
    return putUser(p, value as string[][], call);
  }
  if (typeof value !== 'string') error('midge: ' + call + ": property '" + name + "' must be a string", 3);
  if (kind === PropertyKind.Text) return putPropertyText(p, id, value);
  setText(data, value);
  return putPropertyData(p, id, data, 0, data.length);
}

/** `{ { "name", "value" }, … }` keeps its order; `{ name = "value", … }` has none. */
function putUser(p: Properties, pairs: string[][], call: string): Status {
  let status: Status = Status.Ok;
  if (pairs.length > 0) {
    for (let n = 0; n < pairs.length && status === Status.Ok; n++) status = putPair(p, pairs[n][0], pairs[n][1], call);
  } else {
    const table = pairs as unknown as Record<string, unknown>;
    for (const name in table) if (status === Status.Ok) status = putPair(p, name, table[name], call);
  }
  return status;
}

function putPair(p: Properties, name: unknown, value: unknown, call: string): Status {
  if (typeof name !== 'string' || typeof value !== 'string') return error('midge: ' + call + ": property 'user': names and values must be strings", 3);
  return putUserProperty(p, name, value);
}
