/**
 * Valid packets of a server, and what noise makes of them. Must not know: the core.
 */
import mqttPacket from 'mqtt-packet';
import { type Random } from './random.js';

type Level = 4 | 5;

function generate(level: Level, packet: object): Buffer {
  return Buffer.from(mqttPacket.generate(packet as mqttPacket.Packet, { protocolVersion: level }));
}

/** The conversation that the client of fuzz.ts is in: 1 SUBSCRIBE, 2 UNSUBSCRIBE, 3 QoS 1, 4 QoS 2, 5 QoS 2 released; inbound 40. */
export function connectedPackets(level: Level): Buffer[] {
  const publish = { cmd: 'publish', topic: 'sensors/a', payload: 'value 17', qos: 0, dup: false, retain: false };
  const out = [
    { cmd: 'suback', messageId: 1, granted: [1] }, { cmd: 'unsuback', messageId: 2, granted: [0] },
    { cmd: 'puback', messageId: 3, reasonCode: 0 }, { cmd: 'pubrec', messageId: 4, reasonCode: 0 }, { cmd: 'pubcomp', messageId: 5, reasonCode: 0 },
    { cmd: 'pubrel', messageId: 40, reasonCode: 0 }, { cmd: 'pingresp' }, publish, { ...publish, payload: '', retain: true },
    { ...publish, qos: 1, messageId: 20, payload: 'x'.repeat(60) }, { ...publish, qos: 2, messageId: 21, topic: '\u00fc/\u20ac/\u{1f600}' },
    { ...publish, qos: 2, messageId: 40, dup: true }, { ...publish, qos: 1, messageId: 40 },
  ].map((packet) => generate(level, packet));
  if (level === 4) return out;
  const user = { a: 'b', c: ['d', 'e'] };
  const own = [
    { cmd: 'suback', messageId: 1, granted: [0x87], properties: { reasonString: 'no', userProperties: user } },
    { cmd: 'unsuback', messageId: 2, granted: [0x11], properties: { reasonString: 'none' } },
    { cmd: 'puback', messageId: 3, reasonCode: 0x10, properties: { reasonString: 'nobody', userProperties: user } },
    { cmd: 'pubrec', messageId: 4, reasonCode: 0x97, properties: { reasonString: 'full' } },
    { cmd: 'pubcomp', messageId: 5, reasonCode: 0x92 }, { cmd: 'disconnect', reasonCode: 0x8b, properties: { reasonString: 'night', serverReference: 'other' } },
    { cmd: 'disconnect', reasonCode: 0 },
    { ...publish, properties: { payloadFormatIndicator: true, messageExpiryInterval: 60, contentType: 'text', responseTopic: 're/ply', correlationData: Buffer.from([1, 2]), userProperties: user } },
    { ...publish, qos: 1, messageId: 22, properties: { topicAlias: 2, subscriptionIdentifier: 1 } },
    { ...publish, topic: '', properties: { topicAlias: 1 } }, { ...publish, topic: 'new', properties: { topicAlias: 1 } },
    { ...publish, qos: 2, messageId: 23, properties: { subscriptionIdentifier: [1, 300], userProperties: user } },
    { cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'm', authenticationData: Buffer.from('d') } },
    { cmd: 'auth', reasonCode: 0, properties: { authenticationMethod: 'm', reasonString: 'fine' } },
  ];
  return [...out, ...own.map((packet) => generate(level, packet))];
}

/** What may answer CONNECT. */
export function connectingPackets(level: Level): Buffer[] {
  const accepted = generate(level, { cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false, properties: { authenticationMethod: 'm' } });
  if (level === 4) return [accepted, generate(4, { cmd: 'connack', returnCode: 5, sessionPresent: false })];
  const limits = {
    authenticationMethod: 'm', receiveMaximum: 10, maximumQoS: 1, retainAvailable: true, maximumPacketSize: 100, topicAliasMaximum: 3,
    assignedClientIdentifier: 'given', serverKeepAlive: 30, sessionExpiryInterval: 5, reasonString: 'hi', userProperties: { k: 'v' },
    wildcardSubscriptionAvailable: true, subscriptionIdentifiersAvailable: true, sharedSubscriptionAvailable: false,
    responseInformation: 'ri', serverReference: 'sr', authenticationData: Buffer.from('x'),
  };
  return [
    accepted, generate(5, { cmd: 'connack', reasonCode: 0, sessionPresent: false, properties: limits }),
    generate(5, { cmd: 'connack', reasonCode: 0x9c, sessionPresent: false, properties: { serverReference: 'there', reasonString: 'gone' } }),
    generate(5, { cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'm', authenticationData: Buffer.from('d') } }),
  ];
}

const telling = [0, 1, 2, 3, 5, 0x10, 0x20, 0x23, 0x2b, 0x7f, 0x80, 0x81, 0xc0, 0xed, 0xa0, 0xf4, 0xff];

/** One change at a random place; the stream may become empty. */
export function mutate(random: Random, stream: Buffer): Buffer {
  const at = random.below(stream.length + 1);
  const count = 1 + random.below(4);
  const out = Buffer.from(stream);
  switch (random.below(8)) {
    case 0:
      if (at < out.length) out[at] ^= 1 << random.below(8);
      return out;
    case 1:
      if (at < out.length) out[at] = random.pick(telling);
      return out;
    case 2:
      return Buffer.concat([out.subarray(0, at), Buffer.from(Array.from({ length: count }, () => random.pick(telling))), out.subarray(at)]);
    case 3:
      return Buffer.concat([out.subarray(0, at), out.subarray(at + count)]);
    case 4:
      return Buffer.concat([out.subarray(0, at), out.subarray(Math.max(0, at - count * 2), at), out.subarray(at)]);
    case 5:
      return out.subarray(0, at);
    case 6:
      // The remaining length lies, by little or by much.
      if (out.length > 1) out[1] = (out[1] + random.pick([-3, -2, -1, 1, 2, 3, 100, 128])) & 255;
      return out;
    default:
      // A length inside lies.
      if (at + 1 < out.length) out.writeUInt16BE(random.pick([0, 1, 2, 255, 256, 65535]), at);
      return out;
  }
}
