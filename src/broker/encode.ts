/*
 * Packets the server sends, encoded into buffers of their exact size. Knows nothing of sessions.
 * Read first: MQTT 5.0, 3.2, 3.3, 3.9, 3.14, 3.15; MQTT 3.1.1, 3.2, 3.3, 3.9.
 */
import type { Message } from './message.js';
import type { ProtocolVersion, QoS } from './protocol.js';
import { PacketType, PropertyId, ReasonCode } from './protocol.js';

/** Bytes of a variable byte integer. */
export function variableByteIntegerLength(value: number): number {
  return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
}

/** Writes a variable byte integer in its shortest form and returns where it ends. [MQTT-1.5.5-1] */
export function writeVariableByteInteger(bytes: Uint8Array, at: number, value: number): number {
  while (value >= 128) {
    bytes[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}

/** Gathers the properties of one packet. */
export class PropertyWriter {
  private readonly pieces: Buffer[] = [];
  private length = 0;

  byte(id: PropertyId, value: number): this {
    return this.add(Buffer.from([id, value]));
  }

  twoByteInteger(id: PropertyId, value: number): this {
    return this.add(Buffer.from([id, value >>> 8, value & 0xff]));
  }

  fourByteInteger(id: PropertyId, value: number): this {
    const piece = Buffer.alloc(5);
    piece[0] = id;
    piece.writeUInt32BE(value, 1);
    return this.add(piece);
  }

  binary(id: PropertyId, value: Uint8Array): this {
    this.add(Buffer.from([id, value.length >>> 8, value.length & 0xff]));
    return this.add(Buffer.from(value));
  }

  text(id: PropertyId, value: string): this {
    return this.binary(id, Buffer.from(value, 'utf8'));
  }

  /** The property length and the properties. */
  finish(): Buffer {
    const head = Buffer.alloc(variableByteIntegerLength(this.length));
    writeVariableByteInteger(head, 0, this.length);
    return Buffer.concat([head, ...this.pieces]);
  }

  private add(piece: Buffer): this {
    this.pieces.push(piece);
    this.length += piece.length;
    return this;
  }
}

const emptyProperties = Buffer.from([0]);

function packet(firstByte: number, ...body: Uint8Array[]): Buffer {
  let length = 0;
  for (const piece of body) length += piece.length;
  const head = Buffer.alloc(1 + variableByteIntegerLength(length));
  head[0] = firstByte;
  writeVariableByteInteger(head, 1, length);
  return Buffer.concat([head, ...body]);
}

/** CONNACK; `code` is a return code in 3.1.1 and a reason code in 5.0. [MQTT-3.2.2-1] */
export function encodeConnack(version: ProtocolVersion, sessionPresent: boolean, code: number, properties?: PropertyWriter): Buffer {
  const body = Buffer.from([sessionPresent ? 1 : 0, code]);
  if (version === 4) return packet(PacketType.CONNACK << 4, body);
  return packet(PacketType.CONNACK << 4, body, properties?.finish() ?? emptyProperties);
}

/** PUBACK, PUBREC, PUBREL or PUBCOMP. Success is said by leaving the code out, in both versions. [MQTT-2.2.1-5] [MQTT-2.1.3-1] */
export function encodeAck(type: PacketType, packetId: number, reasonCode: number): Buffer {
  const bytes = Buffer.allocUnsafe(reasonCode === ReasonCode.Success ? 4 : 5);
  bytes[0] = type === PacketType.PUBREL ? 0x62 : type << 4;
  bytes[1] = bytes.length - 2;
  bytes[2] = packetId >>> 8;
  bytes[3] = packetId & 0xff;
  if (bytes.length === 5) bytes[4] = reasonCode;
  return bytes;
}

/** SUBACK. [MQTT-3.8.4-2] [MQTT-3.9.3-1] */
export function encodeSuback(version: ProtocolVersion, packetId: number, codes: readonly number[]): Buffer {
  const id = Buffer.from([packetId >>> 8, packetId & 0xff]);
  if (version === 4) return packet(PacketType.SUBACK << 4, id, Buffer.from(codes.map((code) => (code > 2 ? 0x80 : code))));
  return packet(PacketType.SUBACK << 4, id, emptyProperties, Buffer.from(codes));
}

/** UNSUBACK; 3.1.1 has no codes in it. [MQTT-3.10.4-5] [MQTT-3.11.3-1] */
export function encodeUnsuback(version: ProtocolVersion, packetId: number, codes: readonly number[]): Buffer {
  const id = Buffer.from([packetId >>> 8, packetId & 0xff]);
  if (version === 4) return packet(PacketType.UNSUBACK << 4, id);
  return packet(PacketType.UNSUBACK << 4, id, emptyProperties, Buffer.from(codes));
}

export const pingresp: Buffer = Buffer.from([PacketType.PINGRESP << 4, 0]);

/** DISCONNECT of 5.0; 3.1.1 has none from a server. */
export function encodeDisconnect(reasonCode: number, properties?: PropertyWriter): Buffer {
  if (properties === undefined) return Buffer.from([PacketType.DISCONNECT << 4, 1, reasonCode]);
  return packet(PacketType.DISCONNECT << 4, Buffer.from([reasonCode]), properties.finish());
}

/** AUTH; the method is repeated in each. [MQTT-4.12.0-5] */
export function encodeAuth(reasonCode: number, method: string, data: Uint8Array | undefined): Buffer {
  const properties = new PropertyWriter().text(PropertyId.AuthenticationMethod, method);
  if (data !== undefined) properties.binary(PropertyId.AuthenticationData, data);
  return packet(PacketType.AUTH << 4, Buffer.from([reasonCode]), properties.finish());
}

/** What one PUBLISH to one client says beside the message itself. */
export interface PublishForm {
  version: ProtocolVersion;
  qos: QoS;
  retain: boolean;
  duplicate: boolean;
  packetId: number;
  subscriptionIds: readonly number[];
  /** 0 for none. */
  topicAlias: number;
  /** True if the alias is known to the client and stands for the topic. */
  topicLeftOut: boolean;
  /** Undefined if the message never expires. */
  expirySeconds: number | undefined;
}

/** PUBLISH. Properties of the message go out as they came in, ours after them. [MQTT-3.3.2-17] [MQTT-3.3.2-18] */
export function encodePublish(message: Message, form: PublishForm): Buffer {
  const topicLength = form.topicLeftOut ? 0 : Buffer.byteLength(message.topic);
  let length = 2 + topicLength + (form.qos > 0 ? 2 : 0) + message.payload.length;
  let propertiesLength = 0;
  if (form.version === 5) {
    propertiesLength = message.properties.length;
    if (form.expirySeconds !== undefined) propertiesLength += 5;
    if (form.topicAlias > 0) propertiesLength += 3;
    for (const id of form.subscriptionIds) propertiesLength += 1 + variableByteIntegerLength(id);
    length += variableByteIntegerLength(propertiesLength) + propertiesLength;
  }
  const bytes = Buffer.allocUnsafe(1 + variableByteIntegerLength(length) + length);
  bytes[0] = (PacketType.PUBLISH << 4) | (form.duplicate ? 8 : 0) | (form.qos << 1) | (form.retain ? 1 : 0);
  let at = writeVariableByteInteger(bytes, 1, length);
  bytes[at++] = topicLength >>> 8;
  bytes[at++] = topicLength & 0xff;
  if (topicLength > 0) at += bytes.write(message.topic, at);
  if (form.qos > 0) {
    bytes[at++] = form.packetId >>> 8;
    bytes[at++] = form.packetId & 0xff;
  }
  if (form.version === 5) {
    at = writeVariableByteInteger(bytes, at, propertiesLength);
    bytes.set(message.properties, at);
    at += message.properties.length;
    if (form.expirySeconds !== undefined) {
      bytes[at++] = PropertyId.MessageExpiryInterval;
      at = bytes.writeUInt32BE(form.expirySeconds, at);
    }
    if (form.topicAlias > 0) {
      bytes[at++] = PropertyId.TopicAlias;
      bytes[at++] = form.topicAlias >>> 8;
      bytes[at++] = form.topicAlias & 0xff;
    }
    for (const id of form.subscriptionIds) {
      bytes[at++] = PropertyId.SubscriptionIdentifier;
      at = writeVariableByteInteger(bytes, at, id);
    }
  }
  bytes.set(message.payload, at);
  return bytes;
}
