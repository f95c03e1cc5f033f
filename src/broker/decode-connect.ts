/*
 * CONNECT, strictly. The version is learnt on the way, since it decides how the rest reads and how a violation is answered.
 * Knows nothing of sessions and of who may connect. Read first: MQTT 5.0, 3.1; MQTT 3.1.1, 3.1.
 */
import { noBytes } from './message.js';
import type { PacketReader } from './packet-reader.js';
import type { Properties } from './properties.js';
import { noProperties, readProperties, willProperties } from './properties.js';
import type { ProtocolVersion, QoS } from './protocol.js';
import { PacketType, ReasonCode } from './protocol.js';
import { isTopicName } from './text.js';
import { ProtocolViolation } from './violation.js';

export interface ConnectPacket {
  readonly version: ProtocolVersion;
  readonly cleanStart: boolean;
  readonly keepAliveSeconds: number;
  readonly properties: Properties;
  readonly clientId: string;
  readonly will: WillPacket | undefined;
  readonly userName: string | undefined;
  readonly password: Uint8Array | undefined;
}

export interface WillPacket {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: Properties;
}

/** A protocol level that is not served; `level` decides the form of the answer. */
export class UnsupportedVersion extends ProtocolViolation {
  constructor(readonly level: number) {
    super(ReasonCode.UnsupportedProtocolVersion, '3.1.2-2', '3.1.2-2', `protocol level ${level} is not served, 4 and 5 are`);
  }
}

/** Calls `onVersion` as soon as the version is known, so that a violation behind it can be answered in its form. */
export function decodeConnect(
  reader: PacketReader,
  shortestLength: boolean,
  onVersion: (version: ProtocolVersion) => void,
): ConnectPacket {
  const name = reader.text('Protocol Name');
  if (name !== 'MQTT') {
    throw new ProtocolViolation(ReasonCode.UnsupportedProtocolVersion, '3.1.2-1', '3.1.2-1', 'Protocol Name is not "MQTT"');
  }
  const level = reader.byte('Protocol Level');
  if (level !== 4 && level !== 5) throw new UnsupportedVersion(level);
  reader.version = level;
  onVersion(level);
  if (level === 5 && !shortestLength) reader.malformed('1.5.5-1', '2.2.3', 'Remaining Length is not in its shortest form');

  const flags = reader.byte('Connect Flags');
  checkFlags(reader, flags, level);
  const keepAliveSeconds = reader.twoByteInteger('Keep Alive');
  const properties = level === 5 ? readProperties(reader, PacketType.CONNECT) : noProperties;
  if (properties.authenticationData !== undefined && properties.authenticationMethod === undefined) {
    reader.protocolError('3.1.2.11.10', '3.1.2', 'Authentication Data without an Authentication Method');
  }
  const clientId = reader.text('Client Identifier');
  const will = (flags & 0x04) !== 0 ? readWill(reader, flags) : undefined;
  const userName = (flags & 0x80) !== 0 ? reader.text('User Name') : undefined;
  const password = (flags & 0x40) !== 0 ? reader.binary('Password') : undefined;
  reader.finish('CONNECT');
  return { version: level, cleanStart: (flags & 0x02) !== 0, keepAliveSeconds, properties, clientId, will, userName, password };
}

function checkFlags(reader: PacketReader, flags: number, version: ProtocolVersion): void {
  if ((flags & 0x01) !== 0) reader.malformed('3.1.2-3', '3.1.2-3', 'the reserved bit of Connect Flags is set');
  const willQoS = (flags >> 3) & 3;
  if ((flags & 0x04) === 0) {
    if (willQoS !== 0) reader.malformed('3.1.2-11', '3.1.2-13', 'Will QoS is set without Will Flag');
    if ((flags & 0x20) !== 0) reader.malformed('3.1.2-13', '3.1.2-15', 'Will Retain is set without Will Flag');
  } else if (willQoS === 3) reader.malformed('3.1.2-12', '3.1.2-14', 'Will QoS is 3');
  if (version === 4 && (flags & 0x40) !== 0 && (flags & 0x80) === 0) {
    reader.malformed('3.1.2.9', '3.1.2-22', 'Password Flag is set without User Name Flag');
  }
}

function readWill(reader: PacketReader, flags: number): WillPacket {
  const properties = reader.version === 5 ? readProperties(reader, willProperties) : noProperties;
  const topic = reader.text('Will Topic');
  if (!isTopicName(topic)) {
    const statement = topic === '' ? '4.7.3-1' : '4.7.1-1';
    reader.malformed(topic === '' ? statement : '4.7.0-1', statement, 'Will Topic is empty or holds a wildcard');
  }
  const payload = reader.binary('Will Payload');
  return {
    topic,
    payload: payload.length === 0 ? noBytes : payload,
    qos: ((flags >> 3) & 3) as QoS,
    retain: (flags & 0x20) !== 0,
    properties,
  };
}
