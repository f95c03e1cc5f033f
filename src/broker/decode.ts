/*
 * All packets a connected client may send, strictly. Knows nothing of session state: packets that are well-formed but
 * come at the wrong time are found by the handlers. Read first: MQTT 5.0, 3.3 to 3.15; MQTT 3.1.1, 3.3 to 3.14.
 */
import type { PacketReader } from './packet-reader.js';
import type { Properties } from './properties.js';
import { noProperties, readProperties } from './properties.js';
import type { QoS } from './protocol.js';
import { clientDisconnectCodes, PacketType, ReasonCode } from './protocol.js';
import { isShared, isTopicFilter, isTopicName, splitShared } from './text.js';

export interface PublishPacket {
  readonly duplicate: boolean;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Empty if a topic alias stands for it. */
  readonly topic: string;
  /** 0 at QoS 0. */
  readonly packetId: number;
  readonly properties: Properties;
  /** A view of the chunk it came in. */
  readonly payload: Uint8Array;
}

export function decodePublish(reader: PacketReader, flags: number): PublishPacket {
  const qos = (flags >> 1) & 3;
  const duplicate = (flags & 0x08) !== 0;
  if (qos === 3) reader.malformed('3.3.1-4', '3.3.1-4', 'QoS is 3');
  if (duplicate && qos === 0) reader.malformed('3.3.1-2', '3.3.1-2', 'DUP is set at QoS 0');
  const topic = reader.text('Topic Name');
  if (topic !== '' && !isTopicName(topic)) reader.malformed('3.3.2-2', '3.3.2-2', 'Topic Name holds a wildcard');
  const packetId = qos === 0 ? 0 : readPacketId(reader);
  const properties = reader.version === 5 ? readProperties(reader, PacketType.PUBLISH) : noProperties;
  if (topic === '' && properties.topicAlias === undefined) {
    reader.protocolError('4.7.3-1', '4.7.3-1', 'Topic Name is empty' + (reader.version === 5 ? ' and there is no Topic Alias' : ''));
  }
  const payload = reader.bytes.subarray(reader.at, reader.end);
  return { duplicate, qos: qos as QoS, retain: (flags & 1) !== 0, topic, packetId, properties, payload };
}

export interface AckPacket {
  readonly packetId: number;
  readonly reasonCode: number;
}

/** The reason codes each acknowledgement may carry. [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] */
const publishAckCodes: ReadonlySet<number> = new Set([0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
const releaseCodes: ReadonlySet<number> = new Set([0x00, 0x92]);
const ackStatements: Partial<Record<PacketType, string>> = {
  [PacketType.PUBACK]: '3.4.2-1',
  [PacketType.PUBREC]: '3.5.2-1',
  [PacketType.PUBREL]: '3.6.2-1',
  [PacketType.PUBCOMP]: '3.7.2-1',
};

/** PUBACK, PUBREC, PUBREL or PUBCOMP. */
export function decodeAck(reader: PacketReader, type: PacketType): AckPacket {
  const packetId = readPacketId(reader);
  if (reader.version === 4 || reader.left() === 0) {
    reader.finish('an acknowledgement');
    return { packetId, reasonCode: ReasonCode.Success };
  }
  const reasonCode = reader.byte('Reason Code');
  const codes = type === PacketType.PUBACK || type === PacketType.PUBREC ? publishAckCodes : releaseCodes;
  if (!codes.has(reasonCode)) {
    reader.protocolError(ackStatements[type]!, '3.4', `reason code 0x${reasonCode.toString(16)} is not for this packet`);
  }
  if (reader.left() > 0) readProperties(reader, type);
  reader.finish('an acknowledgement');
  return { packetId, reasonCode };
}

export interface SubscribePacket {
  readonly packetId: number;
  /** 0 if none was given. */
  readonly subscriptionIdentifier: number;
  readonly requests: readonly SubscriptionRequest[];
  /** Requests behind these, which are more than are taken at a time. */
  readonly requestsLeftOut: number;
}

export interface SubscriptionRequest {
  /** As the client wrote it. */
  readonly filter: string;
  /** Empty if it is not shared. */
  readonly shareName: string;
  /** Without `$share/name/`. */
  readonly topicFilter: string;
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: number;
}

/** One packet may hold millions of requests: more than `requestsMax` are checked, but not kept. */
export function decodeSubscribe(reader: PacketReader, requestsMax: number): SubscribePacket {
  const packetId = readPacketId(reader);
  const properties = reader.version === 5 ? readProperties(reader, PacketType.SUBSCRIBE) : noProperties;
  if (reader.left() === 0) reader.protocolError('3.8.3-2', '3.8.3-3', 'SUBSCRIBE asks for no topic filter');
  const requests: SubscriptionRequest[] = [];
  let requestsLeftOut = 0;
  while (reader.left() > 0) {
    const request = readRequest(reader);
    if (requests.length < requestsMax) requests.push(request);
    else requestsLeftOut++;
  }
  return { packetId, subscriptionIdentifier: properties.subscriptionIdentifier ?? 0, requests, requestsLeftOut };
}

function readRequest(reader: PacketReader): SubscriptionRequest {
  const filter = readFilter(reader);
  const plain = { shareName: '', topicFilter: filter };
  // 3.1.1 knows no shares: they are served there too, but what does not have their form is a filter like any other.
  const shared = isShared(filter) ? (splitShared(filter) ?? (reader.version === 4 ? plain : undefined)) : plain;
  if (shared === undefined) reader.malformed('4.8.2-1', '4.7', 'the filter is not of the form $share/name/filter');
  const options = reader.byte('Subscription Options');
  const qos = options & 3;
  if (reader.version === 4) {
    if (options > 2) reader.malformed('3.8.3-5', '3.8.3-4', 'Requested QoS is 3 or a reserved bit is set');
    return { filter, ...shared, qos: qos as QoS, noLocal: false, retainAsPublished: false, retainHandling: 0 };
  }
  if ((options & 0xc0) !== 0) reader.malformed('3.8.3-5', '3.8.3-4', 'a reserved bit of Subscription Options is set');
  if (qos === 3) reader.protocolError('3.8.3.1', '3.8.3-4', 'Maximum QoS of a subscription is 3');
  const retainHandling = (options >> 4) & 3;
  if (retainHandling === 3) reader.protocolError('3.8.3.1', '3.8.3', 'Retain Handling is 3');
  const noLocal = (options & 0x04) !== 0;
  if (noLocal && shared.shareName !== '') reader.protocolError('3.8.3-4', '3.8.3', 'No Local is set on a shared subscription');
  return { filter, ...shared, qos: qos as QoS, noLocal, retainAsPublished: (options & 0x08) !== 0, retainHandling };
}

export interface UnsubscribePacket {
  readonly packetId: number;
  readonly filters: readonly string[];
}

export function decodeUnsubscribe(reader: PacketReader): UnsubscribePacket {
  const packetId = readPacketId(reader);
  if (reader.version === 5) readProperties(reader, PacketType.UNSUBSCRIBE);
  if (reader.left() === 0) reader.protocolError('3.10.3-2', '3.10.3-2', 'UNSUBSCRIBE names no topic filter');
  const filters: string[] = [];
  while (reader.left() > 0) filters.push(readFilter(reader));
  return { packetId, filters };
}

export interface DisconnectPacket {
  readonly reasonCode: number;
  readonly properties: Properties;
}

export function decodeDisconnect(reader: PacketReader): DisconnectPacket {
  if (reader.version === 4 || reader.left() === 0) {
    reader.finish('DISCONNECT');
    return { reasonCode: ReasonCode.Success, properties: noProperties };
  }
  const reasonCode = reader.byte('Disconnect Reason Code');
  if (!clientDisconnectCodes.has(reasonCode)) {
    reader.protocolError('3.14.2-1', '3.14', `a client may not send DISCONNECT with reason code 0x${reasonCode.toString(16)}`);
  }
  const properties = reader.left() > 0 ? readProperties(reader, PacketType.DISCONNECT) : noProperties;
  reader.finish('DISCONNECT');
  return { reasonCode, properties };
}

export interface AuthPacket {
  readonly reasonCode: ReasonCode.ContinueAuthentication | ReasonCode.Reauthenticate;
  readonly method: string;
  readonly data: Uint8Array | undefined;
}

export function decodeAuth(reader: PacketReader): AuthPacket {
  // An AUTH without a body means Success, which only a server says.
  const reasonCode = reader.left() === 0 ? ReasonCode.Success : reader.byte('Authenticate Reason Code');
  if (reasonCode !== ReasonCode.ContinueAuthentication && reasonCode !== ReasonCode.Reauthenticate) {
    reader.protocolError('3.15.2-1', '2.2.1', `a client may not send AUTH with reason code 0x${reasonCode.toString(16)}`);
  }
  const properties = reader.left() > 0 ? readProperties(reader, PacketType.AUTH) : noProperties;
  reader.finish('AUTH');
  if (properties.authenticationMethod === undefined) reader.protocolError('3.15.2.2.2', '2.2.1', 'AUTH has no Authentication Method');
  return { reasonCode, method: properties.authenticationMethod, data: properties.authenticationData };
}

function readPacketId(reader: PacketReader): number {
  const packetId = reader.twoByteInteger('Packet Identifier');
  if (packetId === 0) reader.protocolError('2.2.1-3', '2.3.1-1', 'Packet Identifier is 0');
  return packetId;
}

function readFilter(reader: PacketReader): string {
  const filter = reader.text('Topic Filter');
  if (filter === '') reader.malformed('4.7.3-1', '4.7.3-1', 'Topic Filter is empty');
  if (!isTopicFilter(filter)) {
    const hash = filter.indexOf('#');
    const hashMisplaced = hash >= 0 && (hash < filter.length - 1 || (hash > 0 && filter[hash - 1] !== '/'));
    if (hashMisplaced) reader.malformed('4.7.1-1', '4.7.1-2', "'#' of a Topic Filter does not stand alone at its end");
    reader.malformed('4.7.1-2', '4.7.1-3', "'+' of a Topic Filter does not fill its level");
  }
  return filter;
}
