/**
 * Malformed PUBLISH packets of both versions. [MQTT 3.1.1 and 5.0, section 3.3]
 */
import { Acknowledge } from '../../src/core/index.js';
import { type Group, having, quiet, type Row } from './malformed-row.js';

const v3: readonly Row[] = [
  ['QoS 3', 'v3:[MQTT-3.3.1-4]', '36 05 0001 "a" 0001', 'Malformed'],
  ['QoS 3 with DUP and RETAIN', 'v3:[MQTT-3.3.1-4]', '3f 05 0001 "a" 0001', 'Malformed'],
  ['DUP at QoS 0', 'v3:[MQTT-3.3.1-2]', '38 03 0001 "a"', 'Malformed'],
  ['no topic', 'v3:[MQTT-3.3.2-1]', '30 00', 'Malformed'],
  ['half a topic length', 'v3:[MQTT-3.3.2-1]', '30 01 00', 'Malformed'],
  ['a topic that passes the end', 'v3:[MQTT-3.3.2-1]', '30 04 0003 "ab"', 'Malformed'],
  ['no packet identifier at QoS 1', 'v3:[MQTT-2.3.1-1]', '32 03 0001 "a"', 'Malformed'],
  ['half a packet identifier at QoS 2', 'v3:[MQTT-2.3.1-1]', '34 04 0001 "a" 01', 'Malformed'],
  ['packet identifier 0 at QoS 1', 'v3:[MQTT-2.3.1-1]', '32 05 0001 "a" 0000', 'ProtocolError'],
  ['packet identifier 0 at QoS 2', 'v3:[MQTT-2.3.1-1]', '34 05 0001 "a" 0000', 'ProtocolError'],
  ['an empty topic', 'v3:[MQTT-4.7.3-1]', '30 02 0000', 'ProtocolError'],
  ['a topic with +', 'v3:[MQTT-3.3.2-2] v3:[MQTT-4.7.1-1]', '30 05 0003 "a/+"', 'ProtocolError'],
  ['a topic with #', 'v3:[MQTT-3.3.2-2] v3:[MQTT-4.7.1-1]', '30 03 0001 "#"', 'ProtocolError'],
  ['a topic with U+0000', 'v3:[MQTT-1.5.3-2] v3:[MQTT-4.7.3-2]', '30 05 0003 "a" 00 "b"', 'Malformed'],
  ['a topic with a surrogate', 'v3:[MQTT-1.5.3-1] v3:[MQTT-3.3.2-1]', '30 05 0003 eda080', 'Malformed'],
  ['a topic with a lone continuation byte', 'v3:[MQTT-1.5.3-1]', '30 03 0001 80', 'Malformed'],
];

const v5: readonly Row[] = [
  ['QoS 3', 'v5:[MQTT-3.3.1-4]', '36 06 0001 "a" 0001 00', 'Malformed 81'],
  ['QoS 3 with DUP and RETAIN', 'v5:[MQTT-3.3.1-4]', '3f 06 0001 "a" 0001 00', 'Malformed 81'],
  ['DUP at QoS 0', 'v5:[MQTT-3.3.1-2]', '38 04 0001 "a" 00', 'Malformed 81'],
  ['no topic', 'v5:[MQTT-3.3.2-1]', '30 00', 'Malformed 81'],
  ['half a topic length', 'v5:[MQTT-3.3.2-1]', '30 01 00', 'Malformed 81'],
  ['a topic that passes the end', 'v5:[MQTT-3.3.2-1]', '30 04 0003 "ab"', 'Malformed 81'],
  ['no packet identifier at QoS 1', '', '32 03 0001 "a"', 'Malformed 81'],
  ['half a packet identifier at QoS 2', '', '34 04 0001 "a" 01', 'Malformed 81'],
  ['packet identifier 0 at QoS 1', '', '32 06 0001 "a" 0000 00', 'ProtocolError 82'],
  ['packet identifier 0 at QoS 2', '', '34 06 0001 "a" 0000 00', 'ProtocolError 82'],
  ['no property length', 'v5:[MQTT-2.2.2-1]', '30 03 0001 "a"', 'Malformed 81'],
  ['properties that pass the end', '', '30 05 0001 "a" 02 01', 'Malformed 81'],
  ['a property length of five bytes', 'v5:[MQTT-1.5.5-1]', '30 08 0001 "a" 8080808000', 'Malformed 81'],
  ['a property length longer than needed', 'v5:[MQTT-1.5.5-1]', '30 05 0001 "a" 8000', 'Malformed 81'],
  ['an empty topic without an alias', 'v5:[MQTT-4.7.3-1]', '30 03 0000 00', 'ProtocolError 82'],
  ['a topic with +', 'v5:[MQTT-3.3.2-2] v5:[MQTT-4.7.0-1]', '30 06 0003 "a/+" 00', 'ProtocolError 82'],
  ['a topic with #', 'v5:[MQTT-3.3.2-2] v5:[MQTT-4.7.0-1]', '30 04 0001 "#" 00', 'ProtocolError 82'],
  ['a topic with U+0000', 'v5:[MQTT-1.5.4-2] v5:[MQTT-4.7.3-2]', '30 06 0003 "a" 00 "b" 00', 'Malformed 81'],
  ['a topic with a surrogate', 'v5:[MQTT-1.5.4-1] v5:[MQTT-3.3.2-1]', '30 06 0003 eda080 00', 'Malformed 81'],
  ['a payload format of 2', '', '30 06 0001 "a" 02 01 02', 'ProtocolError 82'],
  ['the payload format twice', '', '30 08 0001 "a" 04 01 01 01 01', 'ProtocolError 82'],
  ['half a message expiry', '', '30 07 0001 "a" 03 02 0000', 'Malformed 81'],
  ['the message expiry twice', '', '30 0e 0001 "a" 0a 02 00000001 02 00000001', 'ProtocolError 82'],
  ['the content type twice', '', '30 0c 0001 "a" 08 03 0001 "b" 03 0001 "b"', 'ProtocolError 82'],
  ['a content type that is no UTF-8', 'v5:[MQTT-3.3.2-19]', '30 08 0001 "a" 04 03 0001 ff', 'Malformed 81'],
  ['a content type that passes the end', '', '30 08 0001 "a" 04 03 0002 ff', 'Malformed 81'],
  ['a response topic that is no UTF-8', 'v5:[MQTT-3.3.2-13]', '30 09 0001 "a" 05 08 0002 c080', 'Malformed 81'],
  ['a response topic with a wildcard', 'v5:[MQTT-3.3.2-14]', '30 09 0001 "a" 05 08 0002 "a#"', 'ProtocolError 82'],
  ['the response topic twice', '', '30 0c 0001 "a" 08 08 0001 "b" 08 0001 "b"', 'ProtocolError 82'],
  ['correlation data twice', '', '30 0c 0001 "a" 08 09 0001 00 09 0001 00', 'ProtocolError 82'],
  ['subscription identifier 0', '', '30 06 0001 "a" 02 0b 00', 'ProtocolError 82'],
  ['a subscription identifier of five bytes', 'v5:[MQTT-1.5.5-1]', '30 0a 0001 "a" 06 0b 8080808001', 'Malformed 81'],
  ['a subscription identifier longer than needed', 'v5:[MQTT-1.5.5-1]', '30 07 0001 "a" 03 0b 8100', 'Malformed 81'],
  ['a user property with U+0000 in its name', 'v5:[MQTT-1.5.7-1] v5:[MQTT-1.5.4-2]', '30 0b 0001 "a" 07 26 0001 00 0001 "v"', 'Malformed 81'],
  ['a user property with a surrogate in its value', 'v5:[MQTT-1.5.7-1] v5:[MQTT-1.5.4-1]', '30 0d 0001 "a" 09 26 0001 "n" 0003 edbfbf', 'Malformed 81'],
  ['a user property without a value', 'v5:[MQTT-1.5.7-1]', '30 08 0001 "a" 04 26 0001 "n"', 'Malformed 81'],
  ['alias 0', 'v5:[MQTT-3.3.2-8]', '30 07 0001 "a" 03 23 0000', 'ProtocolError 94'],
  ['an alias where none was allowed', '', '30 07 0001 "a" 03 23 0001', 'ProtocolError 94'],
  ['a property that does not exist', '', '30 06 0001 "a" 02 7f 00', 'Malformed 81'],
  ['a property of CONNACK', '', '30 06 0001 "a" 02 24 00', 'Malformed 81'],
  ['a property of AUTH', '', '30 08 0001 "a" 04 15 0001 "m"', 'Malformed 81'],
];

const v5Aliases: readonly Row[] = [
  ['an alias above the maximum', '', '30 07 0001 "a" 03 23 0003', 'ProtocolError 94'],
  ['an alias that has no topic yet', '', '30 06 0000 03 23 0001', 'ProtocolError 82'],
  ['the alias twice', '', '30 0a 0001 "a" 06 23 0001 23 0001', 'ProtocolError 82'],
];

const byApplication = { acknowledge: Acknowledge.ByApplication };

export const publishGroups: readonly Group[] = [
  {
    level: 4, name: 'PUBLISH, identifier 9 awaits PUBREL', make: having(4, {}, '34 05 0001 "a" 0009'), rows: [
      ['QoS 1 under the same identifier', 'v3:[MQTT-4.8.0-1]', '32 05 0001 "a" 0009', 'ProtocolError'],
    ],
  },
  {
    level: 4, name: 'PUBLISH, identifier 9 awaits the application', make: having(4, byApplication, '32 05 0001 "a" 0009'), rows: [
      ['QoS 1 under the same identifier, without DUP', 'v3:[MQTT-4.8.0-1]', '32 05 0001 "a" 0009', 'ProtocolError'],
      ['QoS 2 under the same identifier', 'v3:[MQTT-4.8.0-1]', '34 05 0001 "a" 0009', 'ProtocolError'],
    ],
  },
  {
    level: 5, name: 'PUBLISH, identifier 9 awaits PUBREL', make: having(5, {}, '34 06 0001 "a" 0009 00'), rows: [
      ['QoS 1 under the same identifier', '', '32 06 0001 "a" 0009 00', 'ProtocolError 82'],
    ],
  },
  {
    level: 5, name: 'PUBLISH, identifier 9 awaits the application', make: having(5, byApplication, '32 06 0001 "a" 0009 00'), rows: [
      ['QoS 1 under the same identifier', '', '3a 06 0001 "a" 0009 00', 'ProtocolError 82'],
      ['QoS 2 under the same identifier', '', '34 06 0001 "a" 0009 00', 'ProtocolError 82'],
    ],
  },
  { level: 4, name: 'PUBLISH', make: quiet(4), rows: v3 },
  { level: 5, name: 'PUBLISH', make: quiet(5), rows: v5 },
  { level: 5, name: 'PUBLISH, two aliases allowed', make: quiet(5, { v5: { topicAliasMaximum: 2 } }), rows: v5Aliases },
  {
    level: 5, name: 'PUBLISH, Receive Maximum reached', make: having(5, { receiveMaximum: 1, acknowledge: Acknowledge.ByApplication }, '32 06 0001 "a" 0009 00'), rows: [
      ['another QoS 1 message', '', '32 06 0001 "a" 000a 00', 'ProtocolError 93'],
      ['a QoS 2 message', '', '34 06 0001 "a" 000a 00', 'ProtocolError 93'],
    ],
  },
  {
    level: 5, name: 'PUBLISH, Maximum Packet Size 20', make: quiet(5, { v5: { maximumPacketBytes: 20 } }), rows: [
      ['21 bytes', '', '30 13 0001 "a" 00 "012345678901234"', 'InboundTooLarge 95'],
    ],
  },
  {
    level: 5, name: 'PUBLISH, a receive buffer of 16 bytes', make: quiet(5, { receiveBytes: 16 }), rows: [
      ['a topic longer than it', '', '30 17 0014 "abcdefghijklmnopqrst" 00', 'InboundTooLarge 95'],
      ['properties longer than it', '', '30 18 0001 "a" 14 03 0011 "abcdefghijklmnopq"', 'InboundTooLarge 95'],
    ],
  },
];
