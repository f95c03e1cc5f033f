/**
 * Ready-made packets of 3.1.1 for load: bare sockets send them, so that the broker is what is measured and not a client.
 */
import mqttPacket from 'mqtt-packet';

export const connectPacket = (clientId: string): Buffer => mqttPacket.generate({ cmd: 'connect', clientId, protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 0 });

export const subscribePacket = (topic: string): Buffer => mqttPacket.generate({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] });

export const publishPacket = (topic: string): Buffer => mqttPacket.generate({ cmd: 'publish', topic, payload: Buffer.alloc(32, 65), qos: 0, dup: false, retain: false });

/** PUBLISH at QoS 1 whose identifier stands at `idAt`, for the sender to write. */
export function publishQos1Packet(topic: string): { packet: Buffer; idAt: number } {
  const packet = mqttPacket.generate({ cmd: 'publish', topic, payload: Buffer.alloc(32, 65), qos: 1, messageId: 1, dup: false, retain: false });
  return { packet, idAt: packet.length - 34 };
}
