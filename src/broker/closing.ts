/*
 * Last words: which packet, if any, ends a connection in which state and version, and the client's own DISCONNECT.
 * Read first: MQTT 5.0, 3.14 and 4.13; MQTT 3.1.1, 3.2.2.3 and 4.8.
 */
import type { Connection } from './connection.js';
import { ConnectionState } from './connection.js';
import type { DisconnectPacket } from './decode.js';
import { UnsupportedVersion } from './decode-connect.js';
import { encodeConnack, encodeDisconnect, PropertyWriter } from './encode.js';
import { connackRefusalCodes, PropertyId, ReasonCode, ReturnCode } from './protocol.js';
import { ProtocolViolation } from './violation.js';

const bridgeBit = 0x80;

/** The answer to a violation; undefined where the connection is just closed. [MQTT-4.13.1-1] [MQTT-4.8.0-1 of 3.1.1] */
export function finalPacketFor(connection: Connection, violation: ProtocolViolation): Uint8Array | undefined {
  if (violation instanceof UnsupportedVersion) {
    // An older client understands the old form, a newer one the new. [MQTT-3.1.2-2]
    // Mosquitto's bridges set the highest bit beside the level they speak, and leave it out when 3.1.1's answer refuses it.
    if ((violation.level & ~bridgeBit) <= 4) return encodeConnack(4, false, ReturnCode.UnacceptableProtocolVersion);
    return encodeConnack(5, false, ReasonCode.UnsupportedProtocolVersion);
  }
  // A broken CONNECT of 3.1.1 gets no CONNACK [MQTT-3.1.4-1 of 3.1.1], and 3.1.1 has no DISCONNECT from a server.
  if (connection.version !== 5) return undefined;
  if (connection.state === ConnectionState.Connected) return encodeDisconnect(violation.reasonCode);
  // No DISCONNECT ahead of a successful CONNACK. [MQTT-3.14.0-1]
  const listed = connackRefusalCodes.has(violation.reasonCode);
  return encodeConnack(5, false, listed ? violation.reasonCode : ReasonCode.ProtocolError);
}

/** For a client that is let in, but cannot be told so. */
export function unavailablePacket(connection: Connection): Uint8Array {
  if (connection.version === 4) return encodeConnack(4, false, ReturnCode.ServerUnavailable);
  return encodeConnack(5, false, ReasonCode.ServerUnavailable);
}

/** DISCONNECT with what fits into the client's Maximum Packet Size. [MQTT-3.14.2-3] */
export function goodbyePacket(
  connection: Connection,
  reasonCode: number,
  reasonString: string | undefined,
  serverReference: string | undefined,
): Uint8Array | undefined {
  if (connection.version !== 5 || connection.state !== ConnectionState.Connected) return undefined; // [MQTT-3.14.0-1]
  const withReference = new PropertyWriter();
  if (serverReference !== undefined) withReference.text(PropertyId.ServerReference, serverReference);
  const full = new PropertyWriter();
  if (serverReference !== undefined) full.text(PropertyId.ServerReference, serverReference);
  if (reasonString !== undefined) full.text(PropertyId.ReasonString, reasonString);
  const candidates = [
    ...(reasonString === undefined ? [] : [encodeDisconnect(reasonCode, full)]),
    ...(serverReference === undefined ? [] : [encodeDisconnect(reasonCode, withReference)]),
    encodeDisconnect(reasonCode),
  ];
  return candidates.find((bytes) => bytes.length <= connection.maximumPacketSize);
}

/** The client's DISCONNECT. With reason code 0 the will is thrown away. [MQTT-3.14.4-3] */
export function disconnectReceived(connection: Connection, packet: DisconnectPacket): void {
  const expirySeconds = packet.properties.sessionExpirySeconds;
  if (expirySeconds !== undefined && connection.session !== undefined) {
    if (connection.connectExpirySeconds === 0 && expirySeconds > 0) {
      const reason = 'DISCONNECT sets a Session Expiry Interval though CONNECT had none';
      throw new ProtocolViolation(ReasonCode.ProtocolError, '3.14.2.2.2', '3.14', reason);
    }
    connection.session.expirySeconds = Math.min(expirySeconds, connection.hub.settings.sessionExpiryMaxSeconds);
  }
  const normal = packet.reasonCode === ReasonCode.Success;
  connection.close('client', packet.reasonCode, packet.properties.reasonString ?? 'the client disconnected', undefined, !normal);
}
