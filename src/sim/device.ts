/**
 * A simulated device: the real core over TCP, telemetry in CBOR at QoS 0, 1 and (where the server has it) 2 in turn, a command topic that it
 * answers, a status that its will turns to "offline". Must not know threads, nor who watches.
 *
 * Topics of device `dev-1`: midge/dev-1/telemetry/q0 … q2, midge/dev-1/status (retained), midge/dev-1/command,
 * midge/dev-1/response (answers to commands that name no response topic).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ClientOptions, createClient, type MessageView, type MidgeClient, MidgeError, Publish, type PublishOptions, Status,
} from '../../targets/node/index.js';
import { Counter } from './counters.js';
import { createReading, createSensor, encodeNumbers, measure, readMessage, type Sensor } from './telemetry.js';

export interface DeviceOptions {
  readonly name: string;
  /** Of the server, with credentials if it wants them. */
  readonly url: string;
  readonly protocolVersion: 4 | 5;
  readonly seed: number;
  /** Telemetry messages a second, over all QoS. */
  readonly rate: number;
  /** Telemetry goes at QoS 0 to this in turn. */
  readonly qosMax: 1 | 2;
}

const qosFlags = [0, Publish.Qos1, Publish.Qos2] as const;

/** The most messages that one call of `work` sends, so that a device that was held up does not hold up others. */
const burstMax = 1000;

export class Device {
  readonly client: MidgeClient;
  private readonly sensor: Sensor;
  private readonly topics: readonly string[];
  private readonly reading = createReading();
  /** Sequence number of the next message at each QoS. */
  private readonly sequence = [0, 0, 0];
  private nextQos = 0;
  /** Messages that are due, a fraction included. */
  private due = 0;
  private workedMs = 0;
  /** QoS of the publish behind a handle. */
  private readonly qosOf = new Map<number, number>();

  constructor(private readonly options: DeviceOptions, private readonly row: Int32Array) {
    const base = `midge/${options.name}`;
    this.sensor = createSensor(options.seed);
    this.topics = [0, 1, 2].map((qos) => `${base}/telemetry/q${qos}`);
    this.client = createClient(clientOptions(options, `${base}/status`));
    this.client.on('connect', () => { this.row[Counter.Connects]++; this.row[Counter.IsConnected] = 1; });
    this.client.on('disconnect', () => { this.row[Counter.Disconnects]++; this.row[Counter.IsConnected] = 0; });
    this.client.handlers.published = (handle) => { this.settle(handle, Counter.AcknowledgedQ0); };
    this.client.handlers.dropped = (handle) => { this.settle(handle, Counter.DroppedQ0); };
  }

  async start(): Promise<void> {
    const base = `midge/${this.options.name}`;
    await this.client.connect();
    await this.client.subscribe(`${base}/command`, { qos: 1 }, (message) => { this.answer(message); });
    await this.client.publish(`${base}/status`, 'online', { qos: 1, retain: true });
    this.workedMs = performance.now();
  }

  /** Sends the telemetry that is due. What the outbox refuses stays due, with the same sequence number. */
  work(): void {
    const now = performance.now();
    this.due = Math.min(this.due + (now - this.workedMs) * this.options.rate / 1000, burstMax);
    this.workedMs = now;
    for (; this.due >= 1; this.due--) {
      const qos = this.nextQos;
      const handle = this.client.publishNow(this.topics[qos], measure(this.sensor, this.sequence[qos]), qosFlags[qos]);
      if (handle < 0) {
        this.row[Counter.Refusals]++;
        return;
      }
      if (handle > 0) this.qosOf.set(handle, qos);
      this.sequence[qos]++;
      this.row[Counter.SentQ0 + qos]++;
      this.nextQos = (qos + 1) % (this.options.qosMax + 1);
    }
  }

  /** Waits until all that was sent is acknowledged, at most `timeoutMs`, says goodbye, and leaves nothing behind. */
  async stop(timeoutMs: number): Promise<void> {
    if (this.client.isConnected) {
      const told = this.publishInTurn(`midge/${this.options.name}/status`, Buffer.from('offline'), { qos: 1, retain: true });
      await Promise.race([told, sleep(timeoutMs, undefined, { ref: false })]);
    }
    await this.client.end({ timeoutMs });
  }

  /** Publishes when there is room for it: the outbox may be full of telemetry, which is on its way first. */
  private async publishInTurn(topic: string, payload: Uint8Array, options: PublishOptions): Promise<void> {
    for (;;) {
      try {
        await this.client.publish(topic, payload, options);
        return;
      } catch (thrown) {
        if (!isForLackOfRoom(thrown)) throw thrown;
      }
      await this.client.ready();
    }
  }

  private settle(handle: number, first: Counter): void {
    const qos = this.qosOf.get(handle);
    if (qos === undefined) return;
    this.qosOf.delete(handle);
    this.row[first + qos]++;
  }

  /** Request and response: to the response topic of MQTT 5.0 with its correlation data, else to the device's own. */
  private answer(message: MessageView): void {
    const { responseTopic, correlationData } = message.properties;
    readMessage(this.reading, message.bytes, message.payloadFrom, message.payloadTo);
    const sent = this.row[Counter.SentQ0] + this.row[Counter.SentQ1] + this.row[Counter.SentQ2];
    const payload = encodeNumbers({ id: this.reading.id, sent, connects: this.row[Counter.Connects] });
    const topic = responseTopic ?? `midge/${this.options.name}/response`;
    const options = { qos: 1 as const, ...(correlationData === undefined ? {} : { properties: { correlationData: Buffer.from(correlationData) } }) };
    this.publishInTurn(topic, payload, options)
      .then(() => { this.row[Counter.CommandsAnswered]++; })
      // An answer that the server refuses is missed by whoever asked.
      .catch(() => undefined);
  }
}

/** Of the outbox as a whole, which passes; a field that is too large does not. */
function isForLackOfRoom(thrown: unknown): boolean {
  return thrown instanceof MidgeError && thrown.field === null && (thrown.status === Status.NoRoom || thrown.status === Status.NoSlot);
}

function clientOptions(options: DeviceOptions, statusTopic: string): ClientOptions {
  return {
    url: options.url, protocolVersion: options.protocolVersion, clientId: options.name, keepAliveS: 30,
    will: { topic: statusTopic, payload: 'offline', qos: 1, retain: true },
    reconnect: { minMs: 100, maxMs: 2000 },
    // A device's size, not a server's: 8 KB of outbox, 20 messages in flight.
    buffers: {
      receiveBytes: 512, controlBytes: 512, outboxBytes: 8192, outboxMessages: 128, inFlightMax: 20, subscriptions: 2, filterBytes: 128,
      transmitBytes: 4096, linkReadBytes: 4096, propertyBytes: 512,
    },
  };
}
