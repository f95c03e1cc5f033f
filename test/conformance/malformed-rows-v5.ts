/**
 * Malformed packets of MQTT 5.0, but PUBLISH, and the reason code that the server is told.
 * Malformed (0x81): cannot be parsed, or a property that its packet may not have [section 2.2.2.2]. Protocol Error (0x82): parsed, not allowed.
 */
import { Acknowledge, Publish } from '../../src/core/index.js';
import { connectingClient } from './client-harness.js';
import { bytes } from './hex.js';
import { type Group, having, published, quiet, type Row, subscribing, unsubscribing } from './malformed-row.js';

const headers: readonly Row[] = [
  ['type 0', '', '00 00', 'Malformed 81'],
  ['CONNECT from a server', '', '10 00', 'ProtocolError 82'],
  ['a second CONNACK', '', '20 03 00 00 00', 'ProtocolError 82'],
  ['SUBSCRIBE from a server', '', '82 07 0001 00 0001 "a" 00', 'ProtocolError 82'],
  ['UNSUBSCRIBE from a server', '', 'a2 06 0001 00 0001 "a"', 'ProtocolError 82'],
  ['PINGREQ from a server', '', 'c0 00', 'ProtocolError 82'],
  ['AUTH where CONNECT named no method', '', 'f0 06 18 04 15 0001 "m"', 'ProtocolError 82'],
  ['PUBACK with flags 0001', 'v5:[MQTT-2.1.3-1]', '41 02 0001', 'Malformed 81'],
  ['PUBREC with flags 0010', 'v5:[MQTT-2.1.3-1]', '52 02 0001', 'Malformed 81'],
  ['PUBREL with flags 0000', 'v5:[MQTT-2.1.3-1] v5:[MQTT-3.6.1-1]', '60 02 0001', 'Malformed 81'],
  ['PUBCOMP with flags 1000', 'v5:[MQTT-2.1.3-1]', '78 02 0001', 'Malformed 81'],
  ['SUBACK with flags 0010', 'v5:[MQTT-2.1.3-1]', '92 04 0001 00 00', 'Malformed 81'],
  ['UNSUBACK with flags 0100', 'v5:[MQTT-2.1.3-1]', 'b4 04 0001 00 00', 'Malformed 81'],
  ['PINGRESP with flags 0001', 'v5:[MQTT-2.1.3-1]', 'd1 00', 'Malformed 81'],
  ['DISCONNECT with flags 0001', 'v5:[MQTT-3.14.1-1]', 'e1 00', 'Malformed 81'],
  ['DISCONNECT with flags 1111', 'v5:[MQTT-3.14.1-1]', 'ef 01 00', 'Malformed 81'],
  ['AUTH with flags 0001', 'v5:[MQTT-3.15.1-1]', 'f1 00', 'Malformed 81'],
  ['PINGRESP with a body', '', 'd0 01 00', 'Malformed 81'],
  ['a remaining length of five bytes', 'v5:[MQTT-1.5.5-1]', '30 80 80 80 80 01', 'Malformed 81'],
  ['a remaining length longer than needed', 'v5:[MQTT-1.5.5-1]', 'd0 80 00', 'Malformed 81'],
  ['a remaining length longer than needed by two bytes', 'v5:[MQTT-1.5.5-1]', '40 82 80 00 0001', 'Malformed 81'],
];

const acknowledgements: readonly Row[] = [
  ['PUBACK without a body', '', '40 00', 'Malformed 81'],
  ['PUBACK with half a packet identifier', '', '40 01 00', 'Malformed 81'],
  ['PUBACK of packet identifier 0', '', '40 02 0000', 'ProtocolError 82'],
  ['PUBACK with a reserved reason code', '', '40 03 0001 01', 'ProtocolError 82'],
  ['PUBACK with a property length and no room for it', '', '40 04 0001 00 05', 'Malformed 81'],
  ['PUBACK with bytes behind its properties', '', '40 05 0001 00 00 00', 'Malformed 81'],
  ['PUBACK with a property of PUBLISH', '', '40 06 0001 00 02 01 01', 'Malformed 81'],
  ['PUBACK with two reason strings', '', '40 0c 0001 00 08 1f 0001 "a" 1f 0001 "b"', 'ProtocolError 82'],
  ['PUBACK with a reason string that is no UTF-8', 'v5:[MQTT-1.5.4-1]', '40 08 0001 00 04 1f 0001 ff', 'Malformed 81'],
  ['PUBREC of packet identifier 0', '', '50 02 0000', 'ProtocolError 82'],
  ['PUBREC with a reserved reason code', '', '50 03 0001 02', 'ProtocolError 82'],
  ['PUBREL of packet identifier 0', '', '62 02 0000', 'ProtocolError 82'],
  ['PUBREL with a reason code of PUBACK', '', '62 03 0001 10', 'ProtocolError 82'],
  ['PUBREL of one byte', '', '62 01 00', 'Malformed 81'],
  ['PUBCOMP of packet identifier 0', '', '70 02 0000', 'ProtocolError 82'],
  ['PUBCOMP with a reason code of PUBREC', '', '70 03 0001 10', 'ProtocolError 82'],
  ['PUBCOMP with a server reference', '', '70 08 0001 00 04 1c 0001 "s"', 'Malformed 81'],
];

const connacks: readonly Row[] = [
  ['flags beyond Session Present', '', '20 03 02 00 00', 'Malformed 81'],
  ['no body', '', '20 00', 'Malformed 81'],
  ['one byte', '', '20 01 00', 'Malformed 81'],
  ['no property length', 'v5:[MQTT-2.2.2-1]', '20 02 00 00', 'Malformed 81'],
  ['bytes behind the properties', '', '20 04 00 00 00 00', 'Malformed 81'],
  ['a reserved reason code', '', '20 03 00 01 00', 'ProtocolError 82'],
  ['a session in a refusal', '', '20 03 01 87 00', 'ProtocolError 82'],
  ['a session where the client has none', 'v5:[MQTT-3.2.2-4]', '20 03 01 00 00', 'ProtocolError 82'],
  ['Receive Maximum 0', 'v5:[MQTT-4.9.0-1]', '20 06 00 00 03 21 0000', 'ProtocolError 82'],
  ['Receive Maximum twice', '', '20 09 00 00 06 21 0001 21 0001', 'ProtocolError 82'],
  ['Maximum QoS 2', '', '20 05 00 00 02 24 02', 'ProtocolError 82'],
  ['Maximum QoS twice', '', '20 07 00 00 04 24 01 24 01', 'ProtocolError 82'],
  ['Retain Available 2', '', '20 05 00 00 02 25 02', 'ProtocolError 82'],
  ['Maximum Packet Size 0', '', '20 08 00 00 05 27 00000000', 'ProtocolError 82'],
  ['Topic Alias Maximum twice', '', '20 09 00 00 06 22 0001 22 0002', 'ProtocolError 82'],
  ['Wildcard Subscription Available 2', '', '20 05 00 00 02 28 02', 'ProtocolError 82'],
  ['Subscription Identifier Available 255', '', '20 05 00 00 02 29 ff', 'ProtocolError 82'],
  ['Shared Subscription Available twice', '', '20 07 00 00 04 2a 01 2a 00', 'ProtocolError 82'],
  ['Server Keep Alive twice', '', '20 09 00 00 06 13 0001 13 0001', 'ProtocolError 82'],
  ['Session Expiry Interval twice', '', '20 0d 00 00 0a 11 00000001 11 00000001', 'ProtocolError 82'],
  ['Reason String twice', '', '20 0b 00 00 08 1f 0001 "a" 1f 0001 "a"', 'ProtocolError 82'],
  ['Assigned Client Identifier that is no UTF-8', 'v5:[MQTT-1.5.4-1]', '20 07 00 00 04 12 0001 80', 'Malformed 81'],
  ['a property of PUBLISH', '', '20 05 00 00 02 01 00', 'Malformed 81'],
  ['a property that does not exist', '', '20 05 00 00 02 00 00', 'Malformed 81'],
  ['a user property cut short', 'v5:[MQTT-1.5.7-1]', '20 08 00 00 05 26 0001 "a" 00', 'Malformed 81'],
  ['a PUBLISH before it', '', '30 04 0001 "a" 00', 'ProtocolError 82'],
  ['a DISCONNECT before it', '', 'e0 00', 'ProtocolError 82'],
  ['an AUTH before it, where CONNECT named no method', '', 'f0 06 18 04 15 0001 "m"', 'ProtocolError 82'],
];

const disconnects: readonly Row[] = [
  ['a client\'s reason code: with will', 'v5:[MQTT-3.14.2-1]', 'e0 01 04', 'ProtocolError 82'],
  ['a reserved reason code', 'v5:[MQTT-3.14.2-1]', 'e0 01 01', 'ProtocolError 82'],
  ['properties that pass the end', '', 'e0 02 00 01', 'Malformed 81'],
  ['a session expiry, which only a client may set', '', 'e0 07 00 05 11 00000001', 'ProtocolError 82'],
  ['a property of CONNACK', '', 'e0 04 00 02 24 01', 'Malformed 81'],
  ['a server reference that is no UTF-8', 'v5:[MQTT-1.5.4-1]', 'e0 06 9c 04 1c 0001 c3', 'Malformed 81'],
];

const subacks: readonly Row[] = [
  ['no reason code', '', '90 03 0001 00', 'Malformed 81'],
  ['no property length', 'v5:[MQTT-2.2.2-1]', '90 02 0001', 'Malformed 81'],
  ['no body', '', '90 00', 'Malformed 81'],
  ['two reason codes for one filter', '', '90 05 0001 00 00 00', 'Malformed 81'],
  ['a reserved reason code', '', '90 04 0001 00 03', 'ProtocolError 82'],
  ['a subscription identifier', '', '90 06 0001 02 0b 01 00', 'Malformed 81'],
];

const unsubacks: readonly Row[] = [
  ['no reason code, as in 3.1.1', '', 'b0 02 0001', 'Malformed 81'],
  ['no reason code', '', 'b0 03 0001 00', 'Malformed 81'],
  ['a reserved reason code', '', 'b0 04 0001 00 05', 'ProtocolError 82'],
  ['a reserved reason code above those known', '', 'b0 04 0001 00 12', 'ProtocolError 82'],
];

const method = { v5: { connectProperties: bytes('15 0001 "m"') } };

const auths: readonly Row[] = [
  ['Reauthenticate, which is the client\'s', 'v5:[MQTT-3.15.2-1]', 'f0 06 19 04 15 0001 "m"', 'ProtocolError 82'],
  ['a reserved reason code', 'v5:[MQTT-3.15.2-1]', 'f0 06 01 04 15 0001 "m"', 'ProtocolError 82'],
  ['another method than CONNECT named', 'v5:[MQTT-4.12.0-5]', 'f0 06 18 04 15 0001 "n"', 'ProtocolError 82'],
  ['no method', 'v5:[MQTT-4.12.0-5]', 'f0 02 18 00', 'ProtocolError 82'],
  ['the method twice', '', 'f0 0a 18 08 15 0001 "m" 15 0001 "m"', 'ProtocolError 82'],
  ['a property of CONNACK', '', 'f0 08 18 06 24 01 15 0001 "m"', 'Malformed 81'],
  ['with flags 1000', 'v5:[MQTT-3.15.1-1]', 'f8 06 18 04 15 0001 "m"', 'Malformed 81'],
];

export const groups5: readonly Group[] = [
  { level: 5, name: 'fixed header', make: quiet(5), rows: headers },
  { level: 5, name: 'acknowledgements', make: quiet(5), rows: acknowledgements },
  { level: 5, name: 'CONNACK', make: () => connectingClient(5), rows: connacks },
  { level: 5, name: 'DISCONNECT', make: quiet(5), rows: disconnects },
  { level: 5, name: 'SUBACK', make: subscribing(5), rows: subacks },
  { level: 5, name: 'UNSUBACK', make: unsubscribing(5), rows: unsubacks },
  { level: 5, name: 'AUTH before CONNACK', make: () => connectingClient(5, method), rows: auths },
  {
    level: 5, name: 'CONNACK of an enhanced authentication', make: () => connectingClient(5, method), rows: [
      ['without the method', 'v5:[MQTT-4.12.0-5]', '20 03 00 00 00', 'ProtocolError 82'],
      ['with another method', 'v5:[MQTT-4.12.0-5]', '20 07 00 00 04 15 0001 "n"', 'ProtocolError 82'],
      ['AUTH with Success before it', 'v5:[MQTT-3.15.2-1]', 'f0 06 00 04 15 0001 "m"', 'ProtocolError 82'],
    ],
  },
  {
    level: 5, name: 'a QoS 1 publish is on its way', make: published(5, Publish.Qos1), rows: [
      ['PUBREC', 'v5:[MQTT-4.3.2-3]', '50 02 0001', 'ProtocolError 82'],
      ['PUBCOMP', 'v5:[MQTT-4.3.2-3]', '70 02 0001', 'ProtocolError 82'],
    ],
  },
  {
    level: 5, name: 'a QoS 2 publish is on its way', make: published(5, Publish.Qos2), rows: [
      ['PUBACK', 'v5:[MQTT-4.3.3-3]', '40 02 0001', 'ProtocolError 82'],
      ['PUBCOMP before PUBREC', 'v5:[MQTT-4.3.3-3]', '70 02 0001', 'ProtocolError 82'],
    ],
  },
  {
    level: 5, name: 'a QoS 2 publish is released', make: published(5, Publish.Qos2, '50 02 0001'), rows: [
      ['PUBACK', 'v5:[MQTT-4.3.3-5]', '40 02 0001', 'ProtocolError 82'],
    ],
  },
  {
    level: 5, name: 'a QoS 2 message awaits the application', make: having(5, { acknowledge: Acknowledge.ByApplication }, '34 06 0001 "a" 0009 00'), rows: [
      ['PUBREL before PUBREC', '', '62 02 0009', 'ProtocolError 82'],
    ],
  },
  {
    level: 5, name: 'a receive buffer of 16 bytes', make: quiet(5, { receiveBytes: 16 }), rows: [
      ['a DISCONNECT larger than it', '', 'e0 14 00 12 1f 000f "abcdefghijklmno"', 'InboundTooLarge 95'],
    ],
  },
];
