/**
 * Properties of MQTT 5.0 as a script sees them, by the specification's names: those of the packet behind a handler, read where they were received, and
 * lists of its own to publish with. In the profile `full` alone. Must not know: messages, connections.
 *
 * Read first: MQTT 5.0 section 2.2.2; src/core/properties.ts. Changes together with `public-names.ts`.
 */
import { createBytes, copyBytes } from '../../src/core/bytes.js';
import { createProperties, Packet, type Properties, propertyNext, Property, putPropertyData, putPropertyNumber, putPropertyText, putUserProperty, Status } from '../../src/core/index.js';
import { propertiesFit, PropertyKind, propertyKind } from '../../src/core/properties.js';
import { textOf } from './message.js';

/** By identifier. */
const propertyNames: readonly string[] = [
  '', 'payloadFormatIndicator', 'messageExpiryInterval', 'contentType', '', '', '', '', 'responseTopic', 'correlationData', '', 'subscriptionIdentifier',
  '', '', '', '', '', 'sessionExpiryInterval', 'assignedClientIdentifier', 'serverKeepAlive', '', 'authenticationMethod', 'authenticationData',
  'requestProblemInformation', 'willDelayInterval', 'requestResponseInformation', 'responseInformation', '', 'serverReference', '', '', 'reasonString', '',
  'receiveMaximum', 'topicAliasMaximum', 'topicAlias', 'maximumQos', 'retainAvailable', 'userProperty', 'maximumPacketSize', 'wildcardSubscriptionAvailable',
  'subscriptionIdentifierAvailable', 'sharedSubscriptionAvailable',
];

const enum Most {
  Flag = 1,
  Int16 = 0xffff,
  /** Larger integers are boxed by small engines. */
  Int32 = 0x3fffffff,
  Varint = 0xfffffff,
  /** The longest expiry that the core's clock can hold, in s. */
  ExpiryS = 536870,
}

function propertyOf(name: string): Property {
  let id = propertyNames.length - 1;
  while (id > 0 && propertyNames[id] !== name) id--;
  if (id < 1 || name === '') throw new Error('midge: there is no property ' + name + '; the README lists them');
  return id;
}

/** The properties of the packet behind a handler. */
export interface Reader {
  /** Null: the client speaks 3.1.1, which has none. `value`, or `bytes[valueFrom … valueTo)` and `bytes[nameFrom … nameTo)`, are of the one found last. */
  properties: Properties | null;
  /** A handler runs that a packet is behind. */
  hasPacket: boolean;
  /** What is looked for, and where to go on. */
  sought: number;
  soughtAt: number;
}

/** Whether there is such a property; then it is the one found last. Allocates nothing. */
export function findProperty(r: Reader, name: string): boolean {
  if (!r.hasPacket) throw new Error('midge: property ' + name + ' can be read only while a handler runs that a packet is behind');
  r.sought = propertyOf(name);
  if (r.properties === null) return false;
  r.soughtAt = r.properties.at;
  return nextProperty(r);
}

/** Whether there is another one of that name, which only user properties and subscription identifiers may have. */
export function nextProperty(r: Reader): boolean {
  const p = r.properties;
  if (!r.hasPacket || p === null) return false;
  const begin = p.at;
  p.at = r.soughtAt;
  let id = propertyNext(p);
  while (id > 0 && id !== r.sought) id = propertyNext(p);
  r.soughtAt = p.at;
  p.at = begin;
  return id > 0;
}

/** The value of the one found last: a number, a string, or a copy of data. */
export function foundValue(r: Reader): number | string | Uint8Array {
  const p = r.properties!;
  const kind = propertyKind(r.sought);
  if (kind < PropertyKind.Text) return p.value;
  if (kind !== PropertyKind.Data) return textOf(p.bytes, p.valueFrom, p.valueTo);
  const data = createBytes(p.valueTo - p.valueFrom);
  copyBytes(data, 0, p.bytes, p.valueFrom, p.valueTo);
  return data;
}

/** Properties to send, made once and used as often as they are wanted. */
export interface PropertyList {
  list: Properties;
  /** The packet that they are for. */
  packet: Packet;
  /** Of a publish: the core tells the server what is left of it. 0: none. */
  expiryS: number;
  set: (name: string, value: unknown, from?: number, to?: number) => boolean;
  user: (name: string, value: string) => boolean;
  clear: () => void;
}

/** An empty list with room for so many bytes, for a `publish` (when not said), `will`, `connect`, `subscribe` or `authenticate`. */
export function properties(room: number, packet?: string): PropertyList {
  let number: Packet = Packet.OwnPublish;
  if (packet === 'will') number = Packet.Will;
  else if (packet === 'connect') number = Packet.Connect;
  // What goes with UNSUBSCRIBE too: user properties.
  else if (packet === 'subscribe') number = Packet.Unsubscribe;
  else if (packet === 'authenticate') number = Packet.Auth;
  else if (packet !== undefined && packet !== 'publish') throw new Error('midge: properties are for publish, will, connect, subscribe or authenticate, not ' + packet);
  if ((room | 0) !== room || room < 1) throw new Error('midge: properties need room of at least 1 byte, not ' + String(room));
  return { list: createProperties(room), packet: number, expiryS: 0, set: setProperty, user: setUser, clear: clearList };
}

/** Adds a property; of data `value[from … to)`. False: it does not fit. Throws where it does not exist, or is not for this packet. */
function setProperty(this: PropertyList, name: string, value: unknown, from?: number, to?: number): boolean {
  const id = propertyOf(name);
  const kind = propertyKind(id);
  const limit = this.list.limit;
  let status: Status = Status.Ok;
  if (kind < PropertyKind.Text) {
    const number = value === true ? 1 : value === false ? 0 : value as number;
    const isExpiry = id === Property.MessageExpiryInterval && this.packet === Packet.OwnPublish;
    const most = isExpiry ? Most.ExpiryS : kind === PropertyKind.Flag ? Most.Flag : kind === PropertyKind.Int16 ? Most.Int16 : kind === PropertyKind.Int32 ? Most.Int32 : Most.Varint;
    if ((number | 0) !== number || number < 0 || number > most) throw new Error('midge: property ' + name + ' must be an integer from 0 to ' + String(most) + ', not ' + String(value));
    if (isExpiry) {
      this.expiryS = number;
      return true;
    }
    status = putPropertyNumber(this.list, id, number);
  } else if (kind === PropertyKind.Data) {
    const data = value as Uint8Array;
    if (!(data instanceof Uint8Array)) throw new Error('midge: property ' + name + ' must be a Uint8Array');
    const begin = from === undefined ? 0 : from;
    const end = to === undefined ? data.length : to;
    if (begin < 0 || begin > end || end > data.length) throw new Error('midge: property ' + name + ': bytes ' + String(begin) + ' to ' + String(end) + ' of ' + String(data.length));
    status = putPropertyData(this.list, id, data, begin, end);
  } else {
    if (kind === PropertyKind.Pair) throw new Error('midge: user properties are added by user(name, value)');
    if (typeof value !== 'string') throw new Error('midge: property ' + name + ' must be a text');
    status = putPropertyText(this.list, id, value);
  }
  return kept(this, name, limit, status);
}

/** Adds a user property. False: it does not fit. */
function setUser(this: PropertyList, name: string, value: string): boolean {
  if (typeof name !== 'string' || typeof value !== 'string') throw new Error('midge: name and value of a user property must be texts');
  const limit = this.list.limit;
  return kept(this, 'userProperty', limit, putUserProperty(this.list, name, value));
}

/** Keeps what was added if the packet may carry it; the list is what it was otherwise. */
function kept(l: PropertyList, name: string, limit: number, status: Status): boolean {
  if (status !== Status.Ok) return false;
  if (!propertiesFit(l.list, l.list, l.packet)) {
    l.list.limit = limit;
    throw new Error('midge: property ' + name + ' is given twice, is not for this packet, or has a value that is not allowed');
  }
  return true;
}

function clearList(this: PropertyList): void {
  this.list.limit = 0;
  this.expiryS = 0;
}

/** A list as the configuration takes it: its bytes. Other values are passed through. */
export function listBytes(value: unknown, packet: Packet, taker: string): Uint8Array | null {
  const l = value as PropertyList | null;
  if (l === null || l.list === undefined) return value as Uint8Array | null;
  if (l.packet !== packet) throw new Error('midge: ' + taker + ' takes properties that were made for it');
  return l.list.bytes.subarray(0, l.list.limit);
}
