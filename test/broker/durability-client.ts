/*
 * A client for tests of durability: keeps its side of a session through any number of lost links, sends again what is
 * not finished, and takes QoS 2 messages once. Written for the tests alone, on mqtt-packet. Read first: MQTT 5.0, 4.3 and 4.4.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import mqttPacket from 'mqtt-packet';
import type { IPublishPacket, Packet } from 'mqtt-packet';

const protocol = { protocolVersion: 5 };

interface Unfinished {
  readonly publish: IPublishPacket;
  released: boolean;
  readonly done: () => void;
}

export class ResumingClient {
  /** What came, in its order; QoS 1 messages may come twice. */
  readonly received: { readonly topic: string; readonly payload: string; readonly qos: number }[] = [];
  /** Payloads of which the broker has taken responsibility. */
  readonly acknowledged: string[] = [];
  readonly faults: string[] = [];
  private readonly unfinished = new Map<number, Unfinished>();
  private readonly inboundQoS2 = new Set<number>();
  private readonly waitingForAnswer = new Map<number, () => void>();
  private lastPacketId = 0;
  private socket: Socket | undefined;
  private connected = false;
  private hadSession = false;
  private stopped = false;
  private whenConnected: (() => void)[] = [];

  /** `port` is asked at each attempt; undefined while there is no broker. */
  constructor(
    private readonly clientId: string,
    private readonly port: () => number | undefined,
    private readonly onAcknowledged: () => void = () => undefined,
  ) {
    this.open();
  }

  connection(): Promise<void> {
    return this.connected ? Promise.resolve() : new Promise((resolve) => this.whenConnected.push(resolve));
  }

  async subscribe(filter: string, qos: 1 | 2): Promise<void> {
    await this.connection();
    const messageId = this.nextPacketId();
    const answered = new Promise<void>((resolve) => this.waitingForAnswer.set(messageId, resolve));
    this.write({ cmd: 'subscribe', messageId, subscriptions: [{ topic: filter, qos }] });
    await answered;
  }

  /** Resolves when the exchange is finished, whatever number of connections that takes. */
  publish(topic: string, payload: string, qos: 1 | 2): Promise<void> {
    return new Promise((resolve) => {
      const messageId = this.nextPacketId();
      const publish: IPublishPacket = { cmd: 'publish', topic, payload, qos, messageId, dup: false, retain: false };
      this.unfinished.set(messageId, { publish, released: false, done: resolve });
      if (this.connected) this.write(publish);
    });
  }

  /** Ends for good; the session stays. */
  stop(): void {
    this.stopped = true;
    this.socket?.destroy();
  }

  private open(): void {
    if (this.stopped) return;
    const port = this.port();
    if (port === undefined) {
      setTimeout(() => this.open(), 20);
      return;
    }
    const parser = mqttPacket.parser(protocol);
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket = socket;
    parser.on('packet', (packet: Packet) => this.packet(packet));
    parser.on('error', (error: Error) => this.faults.push(`${this.clientId}: ${error.message}`));
    socket.on('data', (chunk: Buffer) => parser.parse(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.connected = false;
      setTimeout(() => this.open(), 20);
    });
    const { clientId } = this;
    this.write({
      cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clean: false, clientId, keepalive: 0,
      properties: { sessionExpiryInterval: 3600 },
    });
  }

  private write(packet: Packet): void {
    this.socket!.write(mqttPacket.generate(packet, protocol));
  }

  private packet(packet: Packet): void {
    const id = packet.messageId ?? 0;
    switch (packet.cmd) {
      case 'connack':
        this.resume(packet.reasonCode ?? -1, packet.sessionPresent);
        break;
      case 'publish':
        if (packet.qos === 2 && this.inboundQoS2.has(id)) {
          if (!packet.dup) this.faults.push(`${this.clientId}: a new message under identifier ${id}, which is not released`);
        } else this.received.push({ topic: packet.topic, payload: packet.payload.toString(), qos: packet.qos });
        if (packet.qos === 2) this.inboundQoS2.add(id);
        this.write({ cmd: packet.qos === 2 ? 'pubrec' : 'puback', messageId: id, reasonCode: 0 });
        break;
      case 'pubrel':
        this.inboundQoS2.delete(id);
        this.write({ cmd: 'pubcomp', messageId: id, reasonCode: 0 });
        break;
      case 'pubrec':
        this.released(id, packet.reasonCode ?? 0);
        break;
      case 'puback':
      case 'pubcomp':
        this.finished(packet.cmd, id, packet.reasonCode ?? 0);
        break;
      case 'suback':
        this.waitingForAnswer.get(id)?.();
        this.waitingForAnswer.delete(id);
        break;
      default:
        this.faults.push(`${this.clientId}: ${packet.cmd} ${String((packet as { reasonCode?: number }).reasonCode)}`);
    }
  }

  private resume(reasonCode: number, sessionPresent: boolean): void {
    if (reasonCode !== 0) return;
    if (this.hadSession && !sessionPresent) this.faults.push(`${this.clientId}: the session is lost`);
    this.hadSession = true;
    this.connected = true;
    for (const [messageId, { publish, released }] of this.unfinished) {
      if (released) this.write({ cmd: 'pubrel', messageId, reasonCode: 0 });
      else this.write({ ...publish, dup: true });
    }
    for (const resolve of this.whenConnected.splice(0)) resolve();
  }

  private released(messageId: number, reasonCode: number): void {
    const entry = this.unfinished.get(messageId);
    if (entry !== undefined && reasonCode >= 0x80) {
      this.faults.push(`${this.clientId}: PUBREC 0x${reasonCode.toString(16)}`);
      return;
    }
    if (entry !== undefined && !entry.released) {
      entry.released = true;
      this.acknowledge(entry);
    }
    this.write({ cmd: 'pubrel', messageId, reasonCode: 0 });
  }

  private finished(kind: 'puback' | 'pubcomp', messageId: number, reasonCode: number): void {
    const entry = this.unfinished.get(messageId);
    if (entry === undefined) return;
    // 0x92 answers a PUBREL whose exchange was finished before the link was lost.
    if (reasonCode >= 0x80 && reasonCode !== 0x92) {
      this.faults.push(`${this.clientId}: ${kind} 0x${reasonCode.toString(16)}`);
      return;
    }
    this.unfinished.delete(messageId);
    if (kind === 'puback') this.acknowledge(entry);
    entry.done();
  }

  private acknowledge({ publish }: Unfinished): void {
    this.acknowledged.push(String(publish.payload));
    this.onAcknowledged();
  }

  private nextPacketId(): number {
    do this.lastPacketId = (this.lastPacketId % 65_535) + 1;
    while (this.unfinished.has(this.lastPacketId));
    return this.lastPacketId;
  }
}
