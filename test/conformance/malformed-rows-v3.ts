/**
 * Malformed packets of MQTT 3.1.1, but PUBLISH. The only answer is to close the connection. [MQTT-4.8.0-1]
 */
import { Acknowledge, Publish } from '../../src/core/index.js';
import { connectingClient } from './client-harness.js';
import { type Group, having, published, quiet, type Row, subscribing, unsubscribing } from './malformed-row.js';

/** Wrong flags, a type of the other direction or of nobody, a remaining length without end. */
const headers: readonly Row[] = [
  ['type 0', 'v3:[MQTT-4.8.0-1]', '00 00', 'Malformed'],
  ['type 15', 'v3:[MQTT-4.8.0-1]', 'f0 00', 'ProtocolError'],
  ['CONNECT from a server', 'v3:[MQTT-4.8.0-1]', '10 00', 'ProtocolError'],
  ['a second CONNACK', 'v3:[MQTT-4.8.0-1]', '20 02 00 00', 'ProtocolError'],
  ['SUBSCRIBE from a server', 'v3:[MQTT-4.8.0-1]', '82 06 0001 0001 "a" 00', 'ProtocolError'],
  ['UNSUBSCRIBE from a server', 'v3:[MQTT-4.8.0-1]', 'a2 05 0001 0001 "a"', 'ProtocolError'],
  ['PINGREQ from a server', 'v3:[MQTT-4.8.0-1]', 'c0 00', 'ProtocolError'],
  ['DISCONNECT from a server', 'v3:[MQTT-4.8.0-1]', 'e0 00', 'ProtocolError'],
  ['PUBACK with flags 0001', 'v3:[MQTT-2.2.2-2]', '41 02 0001', 'Malformed'],
  ['PUBREC with flags 0010', 'v3:[MQTT-2.2.2-2]', '52 02 0001', 'Malformed'],
  ['PUBREL with flags 0000', 'v3:[MQTT-2.2.2-2] v3:[MQTT-3.6.1-1]', '60 02 0001', 'Malformed'],
  ['PUBREL with flags 0011', 'v3:[MQTT-2.2.2-2]', '63 02 0001', 'Malformed'],
  ['PUBCOMP with flags 1000', 'v3:[MQTT-2.2.2-2]', '78 02 0001', 'Malformed'],
  ['SUBACK with flags 0010', 'v3:[MQTT-2.2.2-2]', '92 03 0001 00', 'Malformed'],
  ['UNSUBACK with flags 0100', 'v3:[MQTT-2.2.2-2]', 'b4 02 0001', 'Malformed'],
  ['PINGRESP with flags 0001', 'v3:[MQTT-2.2.2-2]', 'd1 00', 'Malformed'],
  ['PINGRESP with a body', 'v3:[MQTT-4.8.0-1]', 'd0 01 00', 'Malformed'],
  ['a remaining length of five bytes', 'v3:[MQTT-4.8.0-1]', '30 80 80 80 80 01', 'Malformed'],
];

const acknowledgements: readonly Row[] = [
  ['PUBACK without a packet identifier', 'v3:[MQTT-2.3.1-6]', '40 00', 'Malformed'],
  ['PUBACK with half a packet identifier', 'v3:[MQTT-2.3.1-6]', '40 01 00', 'Malformed'],
  ['PUBACK of three bytes', 'v3:[MQTT-4.8.0-1]', '40 03 0001 00', 'Malformed'],
  ['PUBACK of packet identifier 0', 'v3:[MQTT-2.3.1-1]', '40 02 0000', 'ProtocolError'],
  ['PUBREC of one byte', 'v3:[MQTT-4.8.0-1]', '50 01 01', 'Malformed'],
  ['PUBREC of packet identifier 0', 'v3:[MQTT-2.3.1-1]', '50 02 0000', 'ProtocolError'],
  ['PUBREL of four bytes', 'v3:[MQTT-4.8.0-1]', '62 04 0001 0002', 'Malformed'],
  ['PUBREL of packet identifier 0', 'v3:[MQTT-2.3.1-1]', '62 02 0000', 'ProtocolError'],
  ['PUBCOMP without a body', 'v3:[MQTT-4.8.0-1]', '70 00', 'Malformed'],
  ['PUBCOMP of packet identifier 0', 'v3:[MQTT-2.3.1-1]', '70 02 0000', 'ProtocolError'],
];

const connacks: readonly Row[] = [
  ['flags beyond Session Present', 'v3:[MQTT-4.8.0-1]', '20 02 02 00', 'Malformed'],
  ['all flags', 'v3:[MQTT-4.8.0-1]', '20 02 ff 00', 'Malformed'],
  ['no body', 'v3:[MQTT-4.8.0-1]', '20 00', 'Malformed'],
  ['one byte', 'v3:[MQTT-4.8.0-1]', '20 01 00', 'Malformed'],
  ['three bytes', 'v3:[MQTT-4.8.0-1]', '20 03 00 00 00', 'Malformed'],
  ['wrong fixed header flags', 'v3:[MQTT-2.2.2-2]', '21 02 00 00', 'Malformed'],
  ['a reserved return code', 'v3:[MQTT-4.8.0-1]', '20 02 00 06', 'ProtocolError'],
  ['the last reserved return code', 'v3:[MQTT-4.8.0-1]', '20 02 00 ff', 'ProtocolError'],
  ['a session in a refusal', 'v3:[MQTT-4.8.0-1]', '20 02 01 05', 'ProtocolError'],
  ['a session where a clean one was asked for', 'v3:[MQTT-3.1.2-6]', '20 02 01 00', 'ProtocolError'],
  ['a PUBLISH before CONNACK', 'v3:[MQTT-4.8.0-1]', '30 03 0001 "a"', 'ProtocolError'],
  ['a PINGRESP before CONNACK', 'v3:[MQTT-4.8.0-1]', 'd0 00', 'ProtocolError'],
  ['a remaining length without end', 'v3:[MQTT-4.8.0-1]', '20 ff ff ff ff', 'Malformed'],
];

const subacks: readonly Row[] = [
  ['no return code', 'v3:[MQTT-4.8.0-1]', '90 02 0001', 'Malformed'],
  ['no body', 'v3:[MQTT-4.8.0-1]', '90 00', 'Malformed'],
  ['two return codes for one filter', 'v3:[MQTT-4.8.0-1]', '90 04 0001 00 00', 'Malformed'],
  ['a reserved return code', 'v3:[MQTT-4.8.0-1]', '90 03 0001 03', 'ProtocolError'],
  ['a return code of 5.0', 'v3:[MQTT-4.8.0-1]', '90 03 0001 87', 'ProtocolError'],
];

const unsubacks: readonly Row[] = [
  ['no body', 'v3:[MQTT-4.8.0-1]', 'b0 00', 'Malformed'],
  ['one byte', 'v3:[MQTT-4.8.0-1]', 'b0 01 00', 'Malformed'],
  ['a reason code, as in 5.0', 'v3:[MQTT-4.8.0-1]', 'b0 03 0001 00', 'Malformed'],
];

export const groups3: readonly Group[] = [
  { level: 4, name: 'fixed header', make: quiet(4), rows: headers },
  { level: 4, name: 'acknowledgements', make: quiet(4), rows: acknowledgements },
  { level: 4, name: 'CONNACK', make: () => connectingClient(4), rows: connacks },
  { level: 4, name: 'SUBACK', make: subscribing(4), rows: subacks },
  { level: 4, name: 'UNSUBACK', make: unsubscribing(4), rows: unsubacks },
  {
    level: 4, name: 'a QoS 1 publish is on its way', make: published(4, Publish.Qos1), rows: [
      ['PUBREC', 'v3:[MQTT-4.3.2-1]', '50 02 0001', 'ProtocolError'],
      ['PUBCOMP', 'v3:[MQTT-4.3.2-1]', '70 02 0001', 'ProtocolError'],
    ],
  },
  {
    level: 4, name: 'a QoS 2 publish is on its way', make: published(4, Publish.Qos2), rows: [
      ['PUBACK', 'v3:[MQTT-4.3.3-1]', '40 02 0001', 'ProtocolError'],
      ['PUBCOMP before PUBREC', 'v3:[MQTT-4.3.3-1]', '70 02 0001', 'ProtocolError'],
    ],
  },
  {
    level: 4, name: 'a QoS 2 publish is released', make: published(4, Publish.Qos2, '50 02 0001'), rows: [
      ['PUBACK', 'v3:[MQTT-4.3.3-1]', '40 02 0001', 'ProtocolError'],
    ],
  },
  {
    level: 4, name: 'a QoS 2 message awaits the application', make: having(4, { acknowledge: Acknowledge.ByApplication }, '34 05 0001 "a" 0009'), rows: [
      ['PUBREL before PUBREC', 'v3:[MQTT-4.3.3-2]', '62 02 0009', 'ProtocolError'],
    ],
  },
  {
    level: 4, name: 'the table of unsettled messages is full', make: having(4, { receiveMaximum: 1, acknowledge: Acknowledge.ByApplication }, '32 05 0001 "a" 0009'), rows: [
      ['another QoS 1 message', 'v3:[MQTT-4.8.0-2]', '32 05 0001 "a" 000a', 'InboundTooMany'],
      ['a QoS 2 message', 'v3:[MQTT-4.8.0-2]', '34 05 0001 "a" 000a', 'InboundTooMany'],
    ],
  },
  {
    level: 4, name: 'a receive buffer of 16 bytes', make: quiet(4, { receiveBytes: 16 }), rows: [
      ['a SUBACK larger than it', 'v3:[MQTT-4.8.0-2]', '90 14 0001 0000000000000000000000000000000000', 'InboundTooLarge'],
      ['a topic longer than it', 'v3:[MQTT-4.8.0-2]', '30 16 0014 "abcdefghijklmnopqrst"', 'InboundTooLarge'],
    ],
  },
];
