/*
 * What the first byte of a packet already tells: is this packet type allowed now, are its flags right.
 * A wrong packet is refused at its first byte, before its length or body are waited for.
 * Read first: MQTT 5.0, 2.1.2, 2.1.3 and 3.1.
 */
import type { Connection } from './connection.js';
import { ConnectionState } from './connection.js';
import { PacketType, ReasonCode } from './protocol.js';
import { ProtocolViolation } from './violation.js';

const names = [
  'reserved packet type 0', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE', 'SUBACK',
  'UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH',
];

/** The statement each type's flags break, in 5.0 and in 3.1.1; the general ones where a type has none of its own. */
const flagStatements: Readonly<Record<number, readonly [string, string]>> = {
  [PacketType.PUBREL]: ['3.6.1-1', '3.6.1-1'],
  [PacketType.SUBSCRIBE]: ['3.8.1-1', '3.8.1-1'],
  [PacketType.UNSUBSCRIBE]: ['3.10.1-1', '3.10.1-1'],
  [PacketType.DISCONNECT]: ['3.14.1-1', '3.14.1-1'],
  [PacketType.AUTH]: ['3.15.1-1', '2.2.2-2'],
};

export function checkFirstByte(connection: Connection, firstByte: number): void {
  const type = firstByte >>> 4;
  const { state, version } = connection;
  if (state === ConnectionState.AwaitConnect) {
    if (type !== PacketType.CONNECT) violated(ReasonCode.ProtocolError, '3.1.0-1', '3.1.0-1', `the first packet is ${names[type]}`);
  } else if (type === PacketType.CONNECT) violated(ReasonCode.ProtocolError, '3.1.0-2', '3.1.0-2', 'a second CONNECT');

  if (type === 0 || (type === PacketType.AUTH && version === 4)) {
    violated(ReasonCode.MalformedPacket, '2.1.2', '2.2.1', `${type === 0 ? names[0] : 'packet type 15 in 3.1.1'}`);
  }
  if (type !== PacketType.PUBLISH) {
    const right = type === PacketType.PUBREL || type === PacketType.SUBSCRIBE || type === PacketType.UNSUBSCRIBE ? 2 : 0;
    if ((firstByte & 0x0f) !== right) {
      const [statement5, statement311] = flagStatements[type] ?? ['2.1.3-1', '2.2.2-2'];
      violated(ReasonCode.MalformedPacket, statement5, statement311, `the flags of ${names[type]} are ${firstByte & 0x0f}, not ${right}`);
    }
  }
  if (type === PacketType.CONNACK || type === PacketType.SUBACK || type === PacketType.UNSUBACK || type === PacketType.PINGRESP) {
    violated(ReasonCode.ProtocolError, '2.1.2', '2.2.1', `${names[type]} is for servers to send`);
  }
  if (state === ConnectionState.Connecting && type !== PacketType.AUTH && type !== PacketType.DISCONNECT) {
    violated(ReasonCode.ProtocolError, '3.1.2-30', '3.1.0-1', `${names[type]} during enhanced authentication`);
  }
}

function violated(code: ReasonCode, statement5: string, statement311: string, reason: string): never {
  throw new ProtocolViolation(code, statement5, statement311, reason);
}
