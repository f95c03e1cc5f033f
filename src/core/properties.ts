/**
 * MQTT 5.0 properties, read in place and written into a caller's buffer. One struct serves both directions: a reader
 * walks `bytes[at … to)`, a writer appends at `limit`. Must not know: clients, packets beyond their number.
 *
 * Read first: MQTT 5.0 section 2.2.2. Changes together with `Property` in codes.ts.
 */
import { createBytes, TextFault, textFault } from './bytes.js';
import { Packet, Property, Reason, Status } from './codes.js';
import { readVarint, putByte, putData, putInt16, putInt32, putString, putVarint } from './wire.js';

/** How a property's value is written; the lower 16 bits of a table row are the packets that may carry it. */
export const enum PropertyKind {
  /** One byte, and in every one of its properties 0 or 1. */
  Flag = 0x10000,
  Int16 = 0x20000,
  Int32 = 0x30000,
  Varint = 0x40000,
  Text = 0x50000,
  Data = 0x60000,
  Pair = 0x70000,
  Mask = 0x70000,
  /** The value 0 is a protocol error. */
  NotZero = 0x80000,
}

/** Bit of a packet in a table row. */
const enum In {
  Will = 1,
  Connect = 2,
  Connack = 4,
  Publish = 8,
  Subscribe = 256,
  /** A PUBLISH and a DISCONNECT of the client's: what the core does not write itself, and the server does not send. */
  OwnPublish = 4096,
  OwnDisconnect = 8192,
  Disconnect = 16384,
  Auth = 32768,
  /** Will and both kinds of PUBLISH. */
  Message = 4105,
  /** Every packet that has properties. */
  All = 65535,
  /** Every packet with a reason code that is an answer or an end. */
  Reply = 60148,
}

/**
 * Row per property identifier: kind and packets [MQTT 5.0 table 2-4]. What the core writes itself, from fields of the
 * configuration or arguments, is left out of the client's own packets.
 */
const propertyRows: readonly number[] = [
  0,
  PropertyKind.Flag | In.Message, // PayloadFormatIndicator
  PropertyKind.Int32 | In.Will | In.Publish, // MessageExpiryInterval
  PropertyKind.Text | In.Message, // ContentType
  0, 0, 0, 0,
  PropertyKind.Text | In.Message, // ResponseTopic
  PropertyKind.Data | In.Message, // CorrelationData
  0,
  PropertyKind.Varint | PropertyKind.NotZero | In.Publish | In.Subscribe, // SubscriptionIdentifier
  0, 0, 0, 0, 0,
  PropertyKind.Int32 | In.Connack | In.OwnDisconnect, // SessionExpiryInterval
  PropertyKind.Text | In.Connack, // AssignedClientIdentifier
  PropertyKind.Int16 | In.Connack, // ServerKeepAlive
  0,
  PropertyKind.Text | In.Connect | In.Connack | In.Auth, // AuthenticationMethod
  PropertyKind.Data | In.Connect | In.Connack | In.Auth, // AuthenticationData
  PropertyKind.Flag | In.Connect, // RequestProblemInformation
  PropertyKind.Int32 | In.Will, // WillDelayInterval
  PropertyKind.Flag | In.Connect, // RequestResponseInformation
  PropertyKind.Text | In.Connack, // ResponseInformation
  0,
  PropertyKind.Text | In.Connack | In.Disconnect, // ServerReference
  0, 0,
  PropertyKind.Text | In.Reply, // ReasonString
  0,
  PropertyKind.Int16 | PropertyKind.NotZero | In.Connack, // ReceiveMaximum
  PropertyKind.Int16 | In.Connack, // TopicAliasMaximum
  PropertyKind.Int16 | PropertyKind.NotZero | In.Publish, // TopicAlias
  PropertyKind.Flag | In.Connack, // MaximumQos
  PropertyKind.Flag | In.Connack, // RetainAvailable
  PropertyKind.Pair | In.All, // UserProperty
  PropertyKind.Int32 | PropertyKind.NotZero | In.Connack, // MaximumPacketSize
  PropertyKind.Flag | In.Connack, // WildcardSubscriptionAvailable
  PropertyKind.Flag | In.Connack, // SubscriptionIdentifierAvailable
  PropertyKind.Flag | In.Connack, // SharedSubscriptionAvailable
];

const enum Saturated {
  /** Four byte integers from 2^30 on read as this; their bytes stand at `valueFrom`. */
  Max = 0x3fffffff,
}

/** A list of properties: either bytes of a received packet (not owned, valid as long as the event) or a writer's own. */
export interface Properties {
  bytes: Uint8Array;
  /** Where the next property is read. */
  at: number;
  /** Where the list ends, and a writer appends. */
  limit: number;
  /** Of the property read last: its integer (four byte integers from 2^30 on as 2^30 - 1). */
  value: number;
  /** Of the property read last: its string, data or integer in `bytes`. */
  valueFrom: number;
  valueTo: number;
  /** Of a user property read last: its name. */
  nameFrom: number;
  nameTo: number;
}

/** An empty list with room for `capacity` bytes; 0 makes a reader for bytes of others. */
export function createProperties(capacity: number): Properties {
  return {
    bytes: createBytes(capacity), at: 0, limit: 0, value: 0, valueFrom: 0, valueTo: 0, nameFrom: 0, nameTo: 0,
  };
}

/** Empties a writer's list, for the next packet. */
export function propertiesClear(p: Properties): void {
  p.at = 0;
  p.limit = 0;
}

/** How the value of a property is written; 0: there is no such property. */
export function propertyKind(id: number): number {
  return id >= 0 && id < propertyRows.length ? propertyRows[id] & PropertyKind.Mask : 0;
}

/** Reads a length-prefixed field into `value…`; false when it passes the end. */
function readField(p: Properties): boolean {
  const from = p.at + 2;
  if (from > p.limit) return false;
  p.valueFrom = from;
  p.valueTo = from + ((p.bytes[p.at] << 8) | p.bytes[p.at + 1]);
  p.at = p.valueTo;
  return p.at <= p.limit;
}

/**
 * Moves to the next property and returns its identifier, 0 at the end, -1 when the bytes are malformed. Its value is
 * in the fields of `p`. Lists that came with an event have been checked whole and never give -1.
 */
export function propertyNext(p: Properties): number {
  if (p.at >= p.limit) return 0;
  const bytes = p.bytes;
  const id = bytes[p.at];
  const kind = propertyKind(id);
  p.at++;
  if (kind === 0) return -1;
  if (kind >= PropertyKind.Text) {
    if (!readField(p)) return -1;
    if (kind === PropertyKind.Pair) {
      p.nameFrom = p.valueFrom;
      p.nameTo = p.valueTo;
      if (!readField(p)) return -1;
    }
    return id;
  }
  let value = 0;
  p.valueFrom = p.at;
  if (kind === PropertyKind.Varint) {
    const read = readVarint(bytes, p.at, p.limit, true);
    if (read <= 0) return -1;
    value = read >>> 3;
    p.at += read & 7;
  } else {
    const size = kind === PropertyKind.Int32 ? 4 : kind === PropertyKind.Int16 ? 2 : 1;
    if (p.at + size > p.limit) return -1;
    if (size === 4 && bytes[p.at] > 63) {
      value = Saturated.Max;
      p.at += 4;
    } else {
      for (let n = 0; n < size; n++) {
        value = ((value & 0x3fffff) << 8) | bytes[p.at];
        p.at++;
      }
    }
  }
  p.value = value;
  p.valueTo = p.at;
  return id;
}

/**
 * Checks `bytes[from … to)` as the properties of `packet` (of those a client writes: Will, Connect, Subscribe,
 * Unsubscribe, Auth, OwnPublish, OwnDisconnect), and leaves `p` at their beginning. Returns Success,
 * MalformedPacket or ProtocolError: unknown, forbidden here, given twice, out of range. [MQTT-2.2.2-2]
 */
export function propertiesCheck(p: Properties, bytes: Uint8Array, from: number, to: number, packet: Packet): Reason {
  p.bytes = bytes;
  p.at = from;
  p.limit = to;
  let seenLow = 0;
  let seenHigh = 0;
  let id = propertyNext(p);
  while (id > 0) {
    const row = propertyRows[id];
    const kind = row & PropertyKind.Mask;
    if ((row & (1 << (packet & 15))) === 0) {
      // Not valid for the packet is malformed; a server's session expiry in DISCONNECT has a code of its own. [MQTT-3.14.2-2]
      return id === Property.SessionExpiryInterval && packet === Packet.Disconnect ? Reason.ProtocolError : Reason.MalformedPacket;
    }
    if (kind < PropertyKind.Text) {
      if (kind === PropertyKind.Flag && p.value > 1) return Reason.ProtocolError;
      if (p.value === 0 && (row & PropertyKind.NotZero) !== 0) {
        return id === Property.TopicAlias ? Reason.TopicAliasInvalid : Reason.ProtocolError;
      }
    } else if (kind !== PropertyKind.Data) {
      const fault = textFault(bytes, p.valueFrom, p.valueTo);
      if (fault === TextFault.Malformed) return Reason.MalformedPacket;
      // [MQTT-3.3.2-14] [MQTT-3.3.2-13]
      if (id === Property.ResponseTopic && fault === TextFault.Wildcard) return Reason.ProtocolError;
      if (kind === PropertyKind.Pair && textFault(bytes, p.nameFrom, p.nameTo) === TextFault.Malformed) return Reason.MalformedPacket;
    }
    // Only user properties may repeat, and in a PUBLISH the subscription identifiers. [MQTT-3.3.4-4]
    if (kind !== PropertyKind.Pair && (id !== Property.SubscriptionIdentifier || packet !== Packet.Publish)) {
      const bit = 1 << ((id & 63) % 30);
      if (((id < 30 ? seenLow : seenHigh) & bit) !== 0) return Reason.ProtocolError;
      if (id < 30) seenLow |= bit;
      else seenHigh |= bit;
    }
    id = propertyNext(p);
  }
  p.at = from;
  return id === 0 ? Reason.Success : Reason.MalformedPacket;
}

/** Whether a list that the application wrote may stand in `packet`. What `reader` shows of a received packet stays: its event may go on. */
export function propertiesFit(reader: Properties, own: Properties, packet: Packet): boolean {
  const bytes = reader.bytes;
  const at = reader.at;
  const limit = reader.limit;
  const reason = propertiesCheck(reader, own.bytes, 0, own.limit, packet);
  reader.bytes = bytes;
  reader.at = at;
  reader.limit = limit;
  return reason === Reason.Success;
}

/** Ends a write: keeps it, or leaves the list as it was when it did not fit. */
function propertyPut(p: Properties, next: number): Status {
  if (next < 0) return Status.NoRoom;
  p.limit = next;
  return Status.Ok;
}

/** Appends a property whose value is an integer (-1 as a four byte integer is 0xFFFFFFFF). BadProperties: not such a property. */
export function putPropertyNumber(p: Properties, id: Property, value: number): Status {
  const kind = propertyKind(id);
  const at = putByte(p.bytes, p.limit, id);
  if (kind === PropertyKind.Flag) return propertyPut(p, putByte(p.bytes, at, value));
  if (kind === PropertyKind.Int16) return propertyPut(p, putInt16(p.bytes, at, value));
  if (kind === PropertyKind.Int32) return propertyPut(p, putInt32(p.bytes, at, value));
  if (kind === PropertyKind.Varint) return propertyPut(p, putVarint(p.bytes, at, value));
  return Status.BadProperties;
}

/** Appends a property whose value is a string. */
export function putPropertyText(p: Properties, id: Property, text: string): Status {
  if (propertyKind(id) !== PropertyKind.Text) return Status.BadProperties;
  return propertyPut(p, putString(p.bytes, putByte(p.bytes, p.limit, id), text));
}

/** Appends a property whose value is binary data, `bytes[from … to)`. */
export function putPropertyData(p: Properties, id: Property, bytes: Uint8Array, from: number, to: number): Status {
  if (propertyKind(id) !== PropertyKind.Data) return Status.BadProperties;
  return propertyPut(p, putData(p.bytes, putByte(p.bytes, p.limit, id), bytes, from, to));
}

/** Appends a user property. */
export function putUserProperty(p: Properties, name: string, value: string): Status {
  const at = putString(p.bytes, putByte(p.bytes, p.limit, Property.UserProperty), name);
  return propertyPut(p, putString(p.bytes, at, value));
}
