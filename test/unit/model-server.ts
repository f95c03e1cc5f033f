/**
 * A server of one client for the property tests: it keeps a session, acknowledges when told to, and remembers what it was
 * given for good. QoS 2 by the method of the specification: owned when PUBLISH comes, new again after PUBREL.
 * Must not know: the core. Its packets are read and written by mqtt-packet.
 */
import mqttPacket from 'mqtt-packet';

type Level = 4 | 5;

export interface Received {
  topic: string;
  payload: string;
  qos: number;
}

export class ModelServer {
  /** Messages that the server has taken over, in order. */
  readonly received: Received[] = [];
  hasSession = false;
  /** Acknowledgements owed to the client, in order. */
  private owed: mqttPacket.Packet[] = [];
  private readonly owned = new Set<number>();
  private parser = mqttPacket.parser();
  private isConnected = false;
  private out: Buffer[] = [];
  /** Messages for the client: not settled, by identifier. */
  private readonly outbound = new Map<number, { packet: mqttPacket.IPublishPacket; isReleased: boolean }>();

  constructor(private readonly level: Level) {}

  /** A new link. The session of the last may be forgotten before. */
  open(forgets: boolean): void {
    if (forgets) this.forget();
    this.owed = [];
    this.out = [];
    this.isConnected = false;
    this.parser = mqttPacket.parser({ protocolVersion: this.level });
    this.parser.on('packet', (packet: mqttPacket.Packet) => this.read(packet));
    this.parser.on('error', (error: Error) => {
      throw error;
    });
  }

  private forget(): void {
    this.hasSession = false;
    this.owned.clear();
    this.outbound.clear();
  }

  /** Bytes from the client. */
  input(bytes: Buffer): void {
    this.parser.parse(bytes);
  }

  /** Bytes for the client. */
  output(): Buffer {
    const all = Buffer.concat(this.out);
    this.out = [];
    return all;
  }

  private write(packet: mqttPacket.Packet): void {
    this.out.push(Buffer.from(mqttPacket.generate(packet, { protocolVersion: this.level })));
  }

  private read(packet: mqttPacket.Packet): void {
    if (!this.isConnected) {
      if (packet.cmd !== 'connect') throw new Error(`${packet.cmd} before CONNECT`);
      if (packet.clean === true) this.forget();
      this.isConnected = true;
      this.write({ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: this.hasSession });
      this.hasSession = true;
      // What was not settled goes out again. [MQTT-4.4.0-1]
      for (const [messageId, message] of this.outbound) {
        if (message.isReleased) this.write({ cmd: 'pubrel', messageId, reasonCode: 0 });
        else this.write({ ...message.packet, dup: true });
      }
      return;
    }
    const messageId = packet.messageId ?? 0;
    switch (packet.cmd) {
      case 'publish': {
        const payload = packet.payload.toString();
        const isNew = packet.qos < 2 || !this.owned.has(messageId);
        if (isNew) this.received.push({ topic: packet.topic, payload, qos: packet.qos });
        if (packet.qos === 1) this.owed.push({ cmd: 'puback', messageId, reasonCode: 0 });
        if (packet.qos === 2) {
          this.owned.add(messageId);
          this.owed.push({ cmd: 'pubrec', messageId, reasonCode: 0 });
        }
        break;
      }
      case 'pubrel':
        this.owned.delete(messageId);
        this.owed.push({ cmd: 'pubcomp', messageId, reasonCode: 0 });
        break;
      case 'puback':
        this.outbound.delete(messageId);
        break;
      case 'pubrec': {
        const message = this.outbound.get(messageId);
        if (message === undefined) break;
        message.isReleased = true;
        this.write({ cmd: 'pubrel', messageId, reasonCode: 0 });
        break;
      }
      case 'pubcomp':
        this.outbound.delete(messageId);
        break;
      case 'pingreq':
        this.write({ cmd: 'pingresp' });
        break;
      default:
    }
  }

  /** Sends the acknowledgement at this place of what is owed; later ones may go before earlier ones. */
  acknowledge(place: number): void {
    const [packet] = this.owed.splice(place % Math.max(1, this.owed.length), 1);
    if (packet !== undefined) this.write(packet);
  }

  acknowledgeAll(): void {
    while (this.owed.length > 0) this.acknowledge(0);
  }

  /** A message for the client; false while `most` are not settled. */
  send(topic: string, payload: string, qos: 0 | 1 | 2, most: number): boolean {
    if (!this.isConnected || (qos > 0 && this.outbound.size >= most)) return false;
    const packet: mqttPacket.IPublishPacket = { cmd: 'publish', topic, payload, qos, dup: false, retain: false };
    if (qos > 0) {
      let messageId = 1;
      while (this.outbound.has(messageId)) messageId += 1;
      packet.messageId = messageId;
      this.outbound.set(messageId, { packet, isReleased: false });
    }
    this.write(packet);
    return true;
  }

  /** Whether every message for the client is settled. */
  get isSettled(): boolean {
    return this.outbound.size === 0 && this.owed.length === 0;
  }
}
