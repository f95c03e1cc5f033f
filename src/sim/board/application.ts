/**
 * The application on a board that runs the core: telemetry at QoS 0 to 2 in turn, a status, answers to commands; the topics and
 * payloads of the other simulated devices. Calls the core as firmware does. Must not know: what carries the core's bytes.
 *
 * Read first: src/sim/device.ts, whose twin on sockets it is.
 */
import {
  type Client, type ClientConfig, clientConnect, clientDisconnect, clientNextEvent, clientPublish, clientPublishWith, clientSubscribe, createClient, createConfig,
  createConfigV5, createProperties, Event, Property, propertiesClear, propertyNext, Publish, putPropertyData, putPropertyNumber, Reason, State, Status, Version,
} from '../../core/index.js';
import { outcomeWords } from '../../../targets/node/words.js';
import { Counter } from '../counters.js';
import { createReading, createSensor, encodeNumbers, measure, readMessage, type Sensor } from '../telemetry.js';
import { Pace } from './pace.js';

export interface ApplicationOptions {
  readonly name: string;
  readonly protocolVersion: 4 | 5;
  readonly seed: number;
  /** Telemetry messages a second, over all QoS. */
  readonly rate: number;
  readonly qosMax: 1 | 2;
  /** Whether messages on their way outlive a connection; then a server may be left with a session in 3.1.1. */
  readonly keepsSession: boolean;
  /** Telemetry waits for `start`; otherwise it begins with the first connection. */
  readonly startsLater?: boolean;
}

const qosFlags = [0, Publish.Qos1, Publish.Qos2] as const;

const enum Limit {
  SessionExpiryS = 300,
  /** Answers that wait for room; a board that is asked faster than it can answer leaves the rest. */
  Answers = 32,
  CorrelationBytes = 128,
}

interface Answer {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Empty: none. */
  readonly correlation: Uint8Array;
}

export class Application {
  readonly client: Client;
  private readonly sensor: Sensor;
  private readonly pace: Pace;
  private readonly base: string;
  private readonly topics: readonly string[];
  private readonly reading = createReading();
  private readonly correlation = createProperties(Limit.CorrelationBytes + 3);
  /** Sequence number of the next message at each QoS. */
  private readonly sequence = [0, 0, 0];
  private nextQos = 0;
  /** The figure that the end of a publish counts in, by its handle. */
  private readonly columns = new Map<number, Counter>();
  private answers: Answer[] = [];
  private status = '';
  private isLeaving = false;
  /** The server has answered the subscription to commands once. */
  isReady = false;

  /** `row`: figures, as in src/sim/counters.ts. */
  constructor(private readonly options: ApplicationOptions, private readonly row: Int32Array, private readonly tell: (words: string) => void) {
    this.base = `midge/${options.name}`;
    this.topics = [0, 1, 2].map((qos) => `${this.base}/telemetry/q${qos}`);
    this.sensor = createSensor(options.seed);
    this.pace = new Pace(options.rate);
    const client = createClient(configOf(options, `${this.base}/status`));
    if (client === null) throw new RangeError(`the name "${options.name}" is too long for a board`);
    this.client = client;
    clientSubscribe(client, `${this.base}/command`, 1, 0);
  }

  connect(now: number): void {
    clientConnect(this.client, now);
  }

  /** Reads the client's events, and sends what is due. */
  turn(now: number): void {
    for (let event = clientNextEvent(this.client); event !== Event.None; event = clientNextEvent(this.client)) this.take(event, now);
    this.tellStatus(now);
    this.giveAnswers(now);
    while (this.pace.isDue(now) && this.publishTelemetry(now)) this.pace.sent();
    const { client } = this;
    if (this.isLeaving && (client.slotsUsed === 0 || client.state !== State.Connected)) this.disconnect(now);
  }

  waitMs(): number {
    return this.pace.waitMs();
  }

  start(now: number): void {
    this.pace.start(now);
  }

  rest(): void {
    this.pace.rest();
  }

  /** The server has all that was promised to get there. */
  get isSettled(): boolean {
    return this.client.slotsUsed === 0 && this.answers.length === 0;
  }

  leave(now: number): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.status = 'offline';
    this.turn(now);
  }

  get hasLeft(): boolean {
    return this.client.state === State.Idle;
  }

  private disconnect(now: number): void {
    // A session that nobody will come back to is not left behind. [MQTT-3.14.2-2]
    propertiesClear(this.correlation);
    putPropertyNumber(this.correlation, Property.SessionExpiryInterval, 0);
    const isV5 = this.options.protocolVersion === 5;
    clientDisconnect(this.client, Reason.Success, isV5 && this.client.state === State.Connected ? this.correlation : null, now);
  }

  private take(event: Event, now: number): void {
    const { client, row } = this;
    switch (event) {
      case Event.Connected:
        row[Counter.Connects]++;
        row[Counter.IsConnected] = 1;
        this.status = 'online';
        if (this.options.startsLater !== true) this.pace.start(now);
        this.tell(`connected to the server, ${client.sessionPresent ? 'session resumed' : 'new session'}`);
        break;
      case Event.Disconnected:
        if (row[Counter.IsConnected] === 1) row[Counter.Disconnects]++;
        row[Counter.IsConnected] = 0;
        if (client.status !== Status.ByApplication) this.tell(`not connected: ${outcomeWords(client.status, client.reason)}`);
        break;
      case Event.Message:
        this.answer();
        break;
      case Event.Published:
        this.settle(client.handle, 0);
        break;
      case Event.Dropped:
        this.settle(client.handle, Counter.DroppedQ0 - Counter.AcknowledgedQ0);
        break;
      case Event.Subscribed:
        this.isReady = true;
        break;
      case Event.None:
      case Event.Chunk:
      case Event.Unsubscribed:
      case Event.Authenticate:
      case Event.StreamWanted:
    }
  }

  private settle(handle: number, shift: number): void {
    const column = this.columns.get(handle);
    if (column === undefined) return;
    this.columns.delete(handle);
    if (column !== Counter.CommandsAnswered) this.row[column + shift]++;
    else if (shift === 0) this.row[column]++;
  }

  private tellStatus(now: number): void {
    if (this.status === '') return;
    const bytes = Buffer.from(this.status);
    const flags = Publish.Qos1 | Publish.Retain | Publish.KeepLatest;
    if (clientPublish(this.client, `${this.base}/status`, bytes, 0, bytes.length, flags, now) > 0) this.status = '';
  }

  /** False: there is no room; the same message is due again. */
  private publishTelemetry(now: number): boolean {
    const qos = this.nextQos;
    const payload = measure(this.sensor, this.sequence[qos]);
    const handle = clientPublish(this.client, this.topics[qos], payload, 0, payload.length, qosFlags[qos], now);
    if (handle < Status.Ok) {
      this.row[Counter.Refusals]++;
      return false;
    }
    if (handle > 0) this.columns.set(handle, Counter.AcknowledgedQ0 + qos);
    this.sequence[qos]++;
    this.row[Counter.SentQ0 + qos]++;
    this.nextQos = (qos + 1) % (this.options.qosMax + 1);
    return true;
  }

  /** Request and response: to the response topic of MQTT 5.0 with its correlation data, else to the board's own. */
  private answer(): void {
    const { client, row } = this;
    readMessage(this.reading, client.input, client.payloadFrom, client.payloadTo);
    const sent = row[Counter.SentQ0] + row[Counter.SentQ1] + row[Counter.SentQ2];
    const payload = encodeNumbers({ id: this.reading.id, sent, connects: row[Counter.Connects] });
    let topic = `${this.base}/response`;
    let correlation: Uint8Array = Buffer.alloc(0);
    const properties = client.v5?.properties;
    for (let id = properties === undefined ? 0 : propertyNext(properties); properties !== undefined && id > 0; id = propertyNext(properties)) {
      const value = Buffer.from(properties.bytes.subarray(properties.valueFrom, properties.valueTo));
      if (id === Property.ResponseTopic) topic = value.toString();
      else if (id === Property.CorrelationData && value.length <= Limit.CorrelationBytes) correlation = value;
    }
    if (this.answers.length < Limit.Answers) this.answers.push({ topic, payload, correlation });
  }

  private giveAnswers(now: number): void {
    while (this.answers.length > 0) {
      const { topic, payload, correlation } = this.answers[0];
      propertiesClear(this.correlation);
      if (correlation.length > 0) putPropertyData(this.correlation, Property.CorrelationData, correlation, 0, correlation.length);
      const properties = correlation.length > 0 ? this.correlation : null;
      const handle = clientPublishWith(this.client, topic, payload, 0, payload.length, Publish.Qos1, 0, properties, now);
      // Anything but a lack of room stays a refusal: whoever asked misses the answer.
      if (handle === Status.NoRoom || handle === Status.NoSlot) return;
      if (handle > 0) this.columns.set(handle, Counter.CommandsAnswered);
      this.answers.shift();
    }
  }
}

/** A board's size: 2 KB of outbox, 8 messages in flight. */
function configOf({ name, protocolVersion, seed, keepsSession }: ApplicationOptions, statusTopic: string): ClientConfig {
  const config = createConfig(name);
  config.version = protocolVersion === 5 ? Version.V5 : Version.V311;
  config.will = { topic: statusTopic, payload: Buffer.from('offline'), qos: 1, retain: true, properties: null };
  config.keepAliveS = 30;
  // A port that is just being opened throws away what came before: another CONNECT must not be long in coming.
  config.connectTimeoutMs = 5000;
  config.retryMinMs = 100;
  config.retryMaxMs = 2000;
  config.seed = seed;
  config.receiveBytes = 512;
  config.controlBytes = 512;
  config.outboxBytes = 2048;
  config.outboxMessages = 24;
  if (protocolVersion === 5) {
    config.v5 = createConfigV5();
    config.v5.sessionExpiryS = keepsSession ? Limit.SessionExpiryS : 0;
  } else config.cleanStart = !keepsSession;
  return config;
}
