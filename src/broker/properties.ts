/*
 * MQTT 5.0 properties as clients send them: which packet may carry which, of what type, how often, in what range.
 * A table decides; adding a property is adding a row. Read first: MQTT 5.0, 2.2.2.
 */
import { noBytes } from './message.js';
import type { PacketReader } from './packet-reader.js';
import { PacketType as Packet, PropertyId, ReasonCode } from './protocol.js';
import { isTopicName } from './text.js';
import { ProtocolViolation } from './violation.js';

/** What a client's packet said; a property that was absent is undefined. */
export interface Properties {
  messageExpirySeconds?: number;
  responseTopic?: string;
  subscriptionIdentifier?: number;
  sessionExpirySeconds?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array;
  requestProblemInformation?: boolean;
  willDelaySeconds?: number;
  requestResponseInformation?: boolean;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumPacketSize?: number;
  /** PUBLISH and wills: the properties to hand on, as they came, without topic alias, expiry and will delay. */
  forwarded: Uint8Array;
}

/** Where properties stand; the will has a set of its own within CONNECT. */
export const willProperties = 0;
export type PropertyPlace = Packet | typeof willProperties;

const enum ValueType {
  Byte,
  TwoByte,
  FourByte,
  Variable,
  Text,
  TextPair,
  Binary,
}

interface Rule {
  readonly name: string;
  readonly type: ValueType;
  /** One bit per place. */
  readonly places: number;
}

function rule(name: string, type: ValueType, ...places: PropertyPlace[]): Rule {
  return { name, type, places: places.reduce<number>((bits, place) => bits | (1 << place), 0) };
}

const rules: (Rule | undefined)[] = [];
rules[PropertyId.PayloadFormatIndicator] = rule('Payload Format Indicator', ValueType.Byte, Packet.PUBLISH, willProperties);
rules[PropertyId.MessageExpiryInterval] = rule('Message Expiry Interval', ValueType.FourByte, Packet.PUBLISH, willProperties);
rules[PropertyId.ContentType] = rule('Content Type', ValueType.Text, Packet.PUBLISH, willProperties);
rules[PropertyId.ResponseTopic] = rule('Response Topic', ValueType.Text, Packet.PUBLISH, willProperties);
rules[PropertyId.CorrelationData] = rule('Correlation Data', ValueType.Binary, Packet.PUBLISH, willProperties);
rules[PropertyId.SubscriptionIdentifier] = rule('Subscription Identifier', ValueType.Variable, Packet.PUBLISH, Packet.SUBSCRIBE);
rules[PropertyId.SessionExpiryInterval] = rule('Session Expiry Interval', ValueType.FourByte, Packet.CONNECT, Packet.CONNACK, Packet.DISCONNECT);
rules[PropertyId.AssignedClientIdentifier] = rule('Assigned Client Identifier', ValueType.Text, Packet.CONNACK);
rules[PropertyId.ServerKeepAlive] = rule('Server Keep Alive', ValueType.TwoByte, Packet.CONNACK);
rules[PropertyId.AuthenticationMethod] = rule('Authentication Method', ValueType.Text, Packet.CONNECT, Packet.CONNACK, Packet.AUTH);
rules[PropertyId.AuthenticationData] = rule('Authentication Data', ValueType.Binary, Packet.CONNECT, Packet.CONNACK, Packet.AUTH);
rules[PropertyId.RequestProblemInformation] = rule('Request Problem Information', ValueType.Byte, Packet.CONNECT);
rules[PropertyId.WillDelayInterval] = rule('Will Delay Interval', ValueType.FourByte, willProperties);
rules[PropertyId.RequestResponseInformation] = rule('Request Response Information', ValueType.Byte, Packet.CONNECT);
rules[PropertyId.ResponseInformation] = rule('Response Information', ValueType.Text, Packet.CONNACK);
rules[PropertyId.ServerReference] = rule('Server Reference', ValueType.Text, Packet.CONNACK, Packet.DISCONNECT);
rules[PropertyId.ReasonString] = rule(
  'Reason String', ValueType.Text, Packet.CONNACK, Packet.PUBACK, Packet.PUBREC, Packet.PUBREL, Packet.PUBCOMP, Packet.SUBACK, Packet.UNSUBACK, Packet.DISCONNECT, Packet.AUTH,
);
rules[PropertyId.ReceiveMaximum] = rule('Receive Maximum', ValueType.TwoByte, Packet.CONNECT, Packet.CONNACK);
rules[PropertyId.TopicAliasMaximum] = rule('Topic Alias Maximum', ValueType.TwoByte, Packet.CONNECT, Packet.CONNACK);
rules[PropertyId.TopicAlias] = rule('Topic Alias', ValueType.TwoByte, Packet.PUBLISH);
rules[PropertyId.MaximumQoS] = rule('Maximum QoS', ValueType.Byte, Packet.CONNACK);
rules[PropertyId.RetainAvailable] = rule('Retain Available', ValueType.Byte, Packet.CONNACK);
rules[PropertyId.UserProperty] = rule(
  'User Property', ValueType.TextPair, Packet.CONNECT, Packet.CONNACK, Packet.PUBLISH, willProperties, Packet.PUBACK, Packet.PUBREC, Packet.PUBREL, Packet.PUBCOMP, Packet.SUBSCRIBE, Packet.SUBACK,
  Packet.UNSUBSCRIBE, Packet.UNSUBACK, Packet.DISCONNECT, Packet.AUTH,
);
rules[PropertyId.MaximumPacketSize] = rule('Maximum Packet Size', ValueType.FourByte, Packet.CONNECT, Packet.CONNACK);

/** What a packet without properties has. */
export const noProperties: Properties = { forwarded: noBytes };

/** Reads a property length and the properties after it. */
export function readProperties(reader: PacketReader, place: PropertyPlace): Properties {
  const length = reader.variableByteInteger('Property Length');
  if (length === 0) return noProperties;
  const from = reader.at;
  const packetEnd = reader.end;
  if (from + length > packetEnd) {
    reader.malformed('2.2.2', '2.2.2', `Property Length ${length} reaches beyond the packet, which has ${reader.left()} bytes left`);
  }
  // Reads are checked against the end of the properties, so that none reaches into the payload.
  reader.end = from + length;
  const properties: Properties = { forwarded: noBytes };
  const seen = new Set<number>();
  let forwarded: Buffer[] | undefined;
  let keptFrom = from;
  while (reader.at < reader.end) {
    const propertyFrom = reader.at;
    const id = reader.variableByteInteger('Property Identifier');
    const found = rules[id];
    if (found === undefined) reader.malformed('2.2.2', '2.2.2', `property identifier 0x${id.toString(16)} does not exist`);
    if ((found.places & (1 << place)) === 0) reader.malformed('2.2.2', '2.2.2', `${found.name} does not belong into this packet`);
    if (seen.has(id) && id !== PropertyId.UserProperty) {
      reader.protocolError('2.2.2', '2.2.2', `${found.name} is given more than once`);
    }
    seen.add(id);
    readValue(reader, place, id, found, properties);
    if (id === PropertyId.TopicAlias || id === PropertyId.MessageExpiryInterval || id === PropertyId.WillDelayInterval) {
      forwarded ??= [];
      forwarded.push(reader.bytes.subarray(keptFrom, propertyFrom));
      keptFrom = reader.at;
    }
  }
  if (place === Packet.PUBLISH || place === willProperties) {
    const rest = reader.bytes.subarray(keptFrom, reader.end);
    properties.forwarded = forwarded === undefined ? rest : Buffer.concat([...forwarded, rest]);
  }
  reader.end = packetEnd;
  return properties;
}

function readValue(reader: PacketReader, place: PropertyPlace, id: number, found: Rule, properties: Properties): void {
  let number = 0;
  let text = '';
  let data = noBytes;
  switch (found.type) {
    case ValueType.Byte:
      number = reader.byte(found.name);
      break;
    case ValueType.TwoByte:
      number = reader.twoByteInteger(found.name);
      break;
    case ValueType.FourByte:
      number = reader.fourByteInteger(found.name);
      break;
    case ValueType.Variable:
      number = reader.variableByteInteger(found.name);
      break;
    case ValueType.Text:
      text = reader.text(found.name);
      break;
    case ValueType.TextPair:
      reader.text('the name of a User Property');
      reader.text('the value of a User Property');
      break;
    case ValueType.Binary:
      data = reader.binary(found.name);
      break;
  }
  switch (id) {
    case PropertyId.PayloadFormatIndicator:
      flag(reader, number, found.name, '3.3.2.3.2');
      break;
    case PropertyId.MessageExpiryInterval:
      properties.messageExpirySeconds = number;
      break;
    case PropertyId.ResponseTopic:
      if (!isTopicName(text)) reader.protocolError('3.3.2-14', '3.3.2', 'Response Topic is empty or holds a wildcard');
      properties.responseTopic = text;
      break;
    case PropertyId.SubscriptionIdentifier:
      if (place === Packet.PUBLISH) reader.protocolError('3.3.4-6', '3.3.4', 'a client sent a Subscription Identifier in PUBLISH');
      atLeastOne(reader, number, found.name, '3.8.2.1.2');
      properties.subscriptionIdentifier = number;
      break;
    case PropertyId.SessionExpiryInterval:
      properties.sessionExpirySeconds = number;
      break;
    case PropertyId.AuthenticationMethod:
      properties.authenticationMethod = text;
      break;
    case PropertyId.AuthenticationData:
      properties.authenticationData = data;
      break;
    case PropertyId.RequestProblemInformation:
      properties.requestProblemInformation = flag(reader, number, found.name, '3.1.2.11.7');
      break;
    case PropertyId.RequestResponseInformation:
      properties.requestResponseInformation = flag(reader, number, found.name, '3.1.2.11.6');
      break;
    case PropertyId.WillDelayInterval:
      properties.willDelaySeconds = number;
      break;
    case PropertyId.ServerReference:
      reader.protocolError('3.14.2.2.5', '3.14', 'a client sent a Server Reference');
      break;
    case PropertyId.ReasonString:
      properties.reasonString = text;
      break;
    case PropertyId.ReceiveMaximum:
      atLeastOne(reader, number, found.name, '3.1.2.11.3');
      properties.receiveMaximum = number;
      break;
    case PropertyId.TopicAliasMaximum:
      properties.topicAliasMaximum = number;
      break;
    case PropertyId.TopicAlias:
      if (number === 0) throw new ProtocolViolation(ReasonCode.TopicAliasInvalid, '3.3.2-8', '3.3.2', 'Topic Alias is 0');
      properties.topicAlias = number;
      break;
    case PropertyId.MaximumPacketSize:
      atLeastOne(reader, number, found.name, '3.1.2.11.4');
      properties.maximumPacketSize = number;
      break;
  }
}

function flag(reader: PacketReader, value: number, name: string, section: string): boolean {
  if (value > 1) reader.protocolError(section, section, `${name} is ${value}, allowed are 0 and 1`);
  return value === 1;
}

function atLeastOne(reader: PacketReader, value: number, name: string, section: string): void {
  if (value === 0) reader.protocolError(section, section, `${name} is 0`);
}
