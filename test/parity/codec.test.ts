/**
 * The vectors against an independent codec, `mqtt-packet`: it reads every packet that is right, and what it reads is what the trace tells.
 * It is laxer than the specification on packets that are wrong, so those are not asked of it.
 */
import test from 'ava';
import mqttPacket, { type Packet } from 'mqtt-packet';
import { digitsOf, printable } from './text.js';
import { loadVectors, packetOf, type Vector, vectorFiles } from './vectors.js';

function parse(bytes: Uint8Array, version: number): Packet[] {
  const packets: Packet[] = [];
  const parser = mqttPacket.parser({ protocolVersion: version });
  parser.on('packet', (packet) => { packets.push(packet); });
  parser.on('error', (error) => { throw error; });
  parser.parse(Buffer.from(bytes));
  return packets;
}

/** What a packet says, without how long it was, and without what an absent code or list stands for. */
function meaning(packet: Packet): unknown {
  const said = packet as Packet & { reasonCode?: number; properties?: object };
  return { ...said, length: 0, reasonCode: said.reasonCode ?? 0, properties: said.properties ?? {} };
}

function isRight(vector: Vector): boolean {
  return !(vector.trace ?? []).some((line) => /status=(?:Malformed|ProtocolError|InboundTooLarge)/.test(line));
}

/** A stream's packet is only a head until the application hands over its payload. */
function isWhole(vector: Vector): boolean {
  return vector.call?.startsWith('publishStream') !== true;
}

/** MQTT 5.0 allows a password without a user name; `mqtt-packet` reads it, but does not write it. */
const notWritten = 'CONNECT with a password and no user name';

for (const file of vectorFiles.filter((name) => name !== 'malformed')) {
  test(`mqtt-packet reads the vectors of ${file}, and writes them with the same meaning`, (t) => {
    let compared = 0;
    for (const vector of loadVectors(file)) {
      if (!isRight(vector) || !isWhole(vector)) continue;
      const packets = parse(packetOf(vector), vector.version);
      t.is(packets.length, 1, vector.name);
      compared++;
      if (vector.name === notWritten) continue;
      const written = mqttPacket.generate(packets[0], { protocolVersion: vector.version });
      t.deepEqual(parse(written, vector.version).map(meaning), packets.map(meaning), vector.name);
    }
    t.log(`${compared} packets`);
    t.true(compared > 0);
  });
}

test('messages are told as mqtt-packet reads them', (t) => {
  for (const vector of loadVectors('receive')) {
    const [packet] = parse(packetOf(vector), vector.version);
    if (packet.cmd !== 'publish') { t.fail(vector.name); continue; }
    const line = vector.trace?.[0] ?? '';
    const payload = Buffer.from(packet.payload);
    t.true(line.includes(` payload=${digitsOf(payload, 0, payload.length)}`), vector.name);
    const topic = Buffer.from(packet.topic);
    if (topic.length > 0) t.true(line.includes(` topic=${printable(topic, 0, topic.length)} `), vector.name);
    t.true(line.includes(`flags=${(packet.dup ? 8 : 0) | (packet.qos << 1) | (packet.retain ? 1 : 0)} `), vector.name);
    t.true(line.includes(` handle=${packet.messageId ?? 0} `), vector.name);
  }
});
