/**
 * The subscriber that watches simulated devices: checks every stream by its sequence numbers, asks each device with
 * commands and counts the answers, remembers the latest messages for show. It is a client like any other.
 * Must not know how devices or broker run. Topics as in src/sim/device.ts.
 */
import { type ClientOptions, createClient, type MessageView, type MidgeClient } from '../../targets/node/index.js';
import { clockCircleUs, clockUs, createReading, encodeNumbers, readMessage } from '../sim/telemetry.js';
import { textOfPayload } from './cborText.js';
import { Latencies, Stream } from './delivery.js';

export interface MonitorOptions {
  /** Of the server, with credentials if it wants them. */
  readonly url: string;
  readonly protocolVersion: 4 | 5;
  readonly deviceNames: readonly string[];
  /** At the end, takes away the retained status of each device: the server is somebody else's. */
  readonly clearsStatus: boolean;
}

const clientId = 'midge-monitor';

export class Monitor {
  readonly latencies = new Latencies();
  asked = 0;
  answered = 0;
  /** Messages that are no telemetry of a device, such as those of a person who joined. */
  others = 0;
  /** `topic text` of the last message of each topic, newest last. */
  readonly latest = new Map<string, string>();
  private readonly client: MidgeClient;
  private readonly streams = new Map<string, Stream>();
  private readonly reading = createReading();
  private readonly waiting = new Set<number>();
  private shownMs = 0;

  constructor(private readonly options: MonitorOptions) {
    for (const name of options.deviceNames) for (const qos of [0, 1, 2]) this.streams.set(telemetryTopic(name, qos), new Stream());
    const client: ClientOptions = {
      url: options.url, protocolVersion: options.protocolVersion, clientId, keepAliveS: 30,
      // Broker and monitor share a thread: what the socket cannot take at once waits in the broker.
      receiveMaximum: 1024, buffers: { receiveBytes: 65536, controlBytes: 16384 },
    };
    this.client = createClient(client);
    this.client.handlers.message = (message) => { this.take(message); };
  }

  async start(): Promise<void> {
    await this.client.connect();
    await this.client.subscribe('midge/#', { qos: 2 });
    await this.client.subscribe(`${clientId}/answers`, { qos: 1 });
  }

  async stop(): Promise<void> {
    if (this.options.clearsStatus && this.client.isConnected) {
      // An empty retained payload clears it. [MQTT-3.3.1-6] Of a connection that is lost meanwhile, nothing more can be asked.
      await Promise.allSettled(this.options.deviceNames.map((name) => this.client.publish(`midge/${name}/status`, '', { qos: 1, retain: true })));
    }
    await this.client.end();
  }

  /** What arrived of a device at a QoS. */
  stream(name: string, qos: number): Stream {
    return this.streams.get(telemetryTopic(name, qos))!;
  }

  /** Sends each device a command: request and response of MQTT 5.0, in 3.1.1 by the topics alone. */
  askAll(): void {
    for (const name of this.options.deviceNames) {
      const id = ++this.asked;
      this.waiting.add(id);
      const properties = this.options.protocolVersion === 5
        ? { responseTopic: `${clientId}/answers`, correlationData: Buffer.from(String(id)) } : undefined;
      this.client.publish(`midge/${name}/command`, encodeNumbers({ id }), { qos: 1, ...(properties === undefined ? {} : { properties }) })
        // Unsent, it stays unanswered, and is counted as such.
        .catch(() => undefined);
    }
  }

  private take(message: MessageView): void {
    const topic = message.topic;
    const stream = this.streams.get(topic);
    const isRead = readMessage(this.reading, message.bytes, message.payloadFrom, message.payloadTo);
    if (stream !== undefined && isRead && this.reading.sequence >= 0) {
      stream.take(this.reading.sequence);
      if (this.reading.us >= 0) this.latencies.take((clockUs() - this.reading.us + clockCircleUs) % clockCircleUs);
    } else if (topic === `${clientId}/answers` || topic.endsWith('/response')) this.takeAnswer(message);
    else if (!topic.endsWith('/command') && !topic.endsWith('/status')) this.others++;
    this.show(topic, message, stream !== undefined);
  }

  private takeAnswer(message: MessageView): void {
    const correlation = message.properties.correlationData;
    const id = correlation === undefined ? this.reading.id : Number(Buffer.from(correlation).toString());
    if (this.waiting.delete(id)) this.answered++;
  }

  /** Telemetry is put into words ten times a second at most: the rest goes by too fast to read. */
  private show(topic: string, message: MessageView, isTelemetry: boolean): void {
    const now = performance.now();
    if (isTelemetry && now - this.shownMs < 100) return;
    if (isTelemetry) this.shownMs = now;
    this.latest.delete(topic);
    this.latest.set(topic, textOfPayload(message.payload));
    if (this.latest.size > 32) this.latest.delete(this.latest.keys().next().value!);
  }
}

function telemetryTopic(name: string, qos: number): string {
  return `midge/${name}/telemetry/q${qos}`;
}
