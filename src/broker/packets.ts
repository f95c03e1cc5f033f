/*
 * Which handler takes a whole packet of a client. What packets do is in the handlers; whether a packet may come now was
 * judged at its first byte (first-byte.ts). Read first: MQTT 5.0, 2.1.2 and 3.
 */
import { authenticationReceived } from './authentication.js';
import { disconnectReceived } from './closing.js';
import { connectReceived } from './connect.js';
import type { Connection } from './connection.js';
import { decodeAck, decodeAuth, decodeDisconnect, decodePublish, decodeSubscribe, decodeUnsubscribe } from './decode.js';
import { acknowledged } from './delivery.js';
import { pingresp } from './encode.js';
import { PacketType } from './protocol.js';
import { publishReceived, releaseReceived } from './publish.js';
import { subscribeReceived, unsubscribeReceived } from './subscribe.js';

/** `bytes[from]` is the byte after the fixed header; `shortest` is false if the remaining length was not in its shortest form. */
export function packetReceived(connection: Connection, firstByte: number, bytes: Buffer, from: number, end: number, shortest: boolean): void {
  const { hub, session } = connection;
  const { reader } = hub;
  const type = firstByte >>> 4;
  reader.open(bytes, from, end, connection.version === 4 ? 4 : 5);
  if (type === PacketType.CONNECT) {
    connectReceived(hub, connection, reader, shortest);
    return;
  }
  if (connection.version === 5 && !shortest) reader.malformed('1.5.5-1', '2.2.3', 'Remaining Length is not in its shortest form');
  if (session === undefined) {
    // Between CONNECT and CONNACK: only AUTH and DISCONNECT pass their first byte.
    if (type === PacketType.AUTH) authenticationReceived(hub, connection, decodeAuth(reader));
    else disconnectReceived(connection, decodeDisconnect(reader));
    return;
  }
  switch (type) {
    case PacketType.PUBLISH:
      publishReceived(hub, connection, session, decodePublish(reader, firstByte & 0x0f));
      break;
    case PacketType.PUBACK:
    case PacketType.PUBREC:
    case PacketType.PUBCOMP:
      acknowledged(hub, connection, session, type, decodeAck(reader, type));
      break;
    case PacketType.PUBREL:
      releaseReceived(hub, connection, session, decodeAck(reader, type).packetId);
      break;
    case PacketType.SUBSCRIBE:
      subscribeReceived(hub, connection, session, decodeSubscribe(reader, hub.settings.subscriptionsPerSessionMax));
      break;
    case PacketType.UNSUBSCRIBE:
      unsubscribeReceived(hub, connection, session, decodeUnsubscribe(reader));
      break;
    case PacketType.PINGREQ:
      reader.finish('PINGREQ');
      connection.sendAtOnce(pingresp);
      break;
    case PacketType.DISCONNECT:
      disconnectReceived(connection, decodeDisconnect(reader));
      break;
    default:
      authenticationReceived(hub, connection, decodeAuth(reader));
  }
}
