/**
 * `midge pub`: publishes messages, as mosquitto_pub does, on the core.
 * Must not know how the connection's options are read (connectionOptions.ts) or where payloads come from (payloadSource.ts).
 */
import type { Command } from 'commander';
import type { ClientOptions, MidgeClient, PublishOptions, Qos } from '../../targets/node/index.js';
import { addCommand, onceOption, option } from './command.js';
import { addConnectionOptions, clientOptionsOf, type ConnectionValues, controlBytesOf, leaveOf } from './connectionOptions.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import type { Payload } from './payloadSource.js';
import { checkInput, fileSource, inputLines, wholeInput, wholeMax } from './payloadSource.js';
import { packetPropertiesOf } from './propertyOptions.js';
import type { Talk } from './session.js';
import { integerValue, qosValue, secondsValue, topicValue } from './values.js';

interface PubValues extends ConnectionValues {
  topic?: string;
  message?: string;
  file?: string;
  stdinLine?: boolean;
  stdinFile?: boolean;
  nullMessage?: boolean;
  qos?: Qos;
  retain?: boolean;
  repeat?: number;
  repeatDelay?: number;
  maxInflight?: number;
}

export function addPub(program: Command): void {
  const command = addCommand(program, 'pub', 'publish messages', '-t <topic> (-m <text> | -f <file> | -l | -s | -n) [options]', `Examples:
  midge pub -t midge/hello -m hi -q 1
  midge pub -h broker.example --cafile ca.pem -u me -P secret -t a/b -f a.jpg
  seq 1000 | midge pub -t a/numbers -l

Exit codes: 0 sent (QoS 1 and 2: acknowledged), 1 connection or server, 2 command line.`)
    .addOption(onceOption('-t, --topic <topic>', 'topic to publish to', topicValue))
    .addOption(onceOption('-m, --message <text>', 'the message', (text) => text))
    .addOption(onceOption('-f, --file <file>', 'the message is the contents of this file', (text) => text))
    .option('-l, --stdin-line', 'a message for each line of standard input')
    .option('-s, --stdin-file', 'the message is all of standard input')
    .option('-n, --null-message', 'an empty message (with -r: forget the retained one)')
    .addOption(option('-q, --qos <qos>', 'quality of service: 0, 1 or 2 (default: 0)', qosValue))
    .option('-r, --retain', 'the server keeps the message for later subscribers')
    .addOption(option('--repeat <count>', 'publish the message so many times', integerValue(1, 2 ** 31 - 1)))
    .addOption(option('--repeat-delay <s>', 'seconds between repetitions', secondsValue))
    .addOption(option('-M, --max-inflight <count>', 'QoS 1 and 2 messages on their way at once (default: 20)', integerValue(1, 65535)));
  addConnectionOptions(command);
  command.action((values: PubValues) => publishAll(values));
}

async function publishAll(values: PubValues): Promise<void> {
  const topic = topicOf(values);
  const isLines = checkSource(values);
  const connection = clientOptionsOf(values, 'pub');
  const leave = leaveOf(values, connection);
  if (isLines) checkInput('-l');
  else if (values.stdinFile === true) checkInput('-s');
  const payload = isLines ? undefined : await payloadOf(values);
  const { connectOnce, interruption, makeClient, talkOf } = await import('./session.js');
  const talk = talkOf('midge pub', values);
  const publishing = publishOptionsOf(values);
  const inFlightMax = values.maxInflight ?? 20;
  const room = payload !== undefined && 'bytes' in payload ? Math.min(payload.bytes.length, wholeMax) : 0;
  const options: ClientOptions = {
    ...connection,
    buffers: { outboxBytes: 2 * (Math.max(outboxLeast, room) + overhead(topic, publishing)), inFlightMax, controlBytes: controlBytesOf(connection) },
  };
  const client = makeClient(options, values.authMethod);
  const interrupted = interruption();
  let isInterrupted = false;
  void interrupted.happened.then(() => {
    isInterrupted = true;
    process.stdin.destroy();
    void client.end({ timeoutMs: 0 });
  });
  try {
    await connectOnce(client, options, talk, values.id);
    const sender = new Sender(client, topic, publishing, inFlightMax, talk);
    if (payload === undefined) for await (const line of inputLines()) await sender.send({ bytes: line });
    else await repeat(values, () => sender.send(payload));
    await sender.settle();
  } catch (thrown) {
    if (isInterrupted) throw new Failure('interrupted before everything was sent');
    throw thrown;
  } finally {
    interrupted.release();
    await client.end(leave);
    if (payload !== undefined && 'file' in payload) payload.file.close();
  }
}

async function repeat(values: PubValues, send: () => Promise<void>): Promise<void> {
  for (let n = 0; n < (values.repeat ?? 1); n++) {
    if (n > 0 && values.repeatDelay !== undefined) await new Promise((resolve) => setTimeout(resolve, values.repeatDelay));
    await send();
  }
}

function topicOf(values: PubValues): string {
  const ofUrl = values.url?.topic === undefined ? undefined : topicValue(values.url.topic, 'the topic in -L, --url');
  if (values.topic !== undefined && ofUrl !== undefined) throw new UsageError('-L and -t both give a topic; give one of them');
  const topic = values.topic ?? ofUrl;
  if (topic === undefined) throw new UsageError('there is no topic to publish to; give it with -t, or with -L');
  return topic;
}

/** True for a message per line. */
function checkSource(values: PubValues): boolean {
  const given = ([
    ['-m', values.message], ['-f', values.file], ['-l', values.stdinLine], ['-s', values.stdinFile], ['-n', values.nullMessage],
  ] as const).filter(([, value]) => value !== undefined).map(([flag]) => flag);
  if (given.length === 0) throw new UsageError('there is no message; give -m text, -f file, -l (lines of standard input), -s (all of it) or -n (empty)');
  if (given.length > 1) throw new UsageError(`${given.join(' and ')} each give the message; give one of them`);
  if (values.repeat !== undefined && values.stdinLine === true) throw new UsageError('--repeat goes with -m, -f, -s or -n, not with -l');
  if (values.repeatDelay !== undefined && values.repeat === undefined) throw new UsageError('--repeat-delay needs --repeat');
  return values.stdinLine === true;
}

async function payloadOf(values: PubValues): Promise<Payload> {
  if (values.message !== undefined) return { bytes: Buffer.from(values.message) };
  if (values.file !== undefined) return fileSource(values.file);
  return { bytes: values.stdinFile === true ? await wholeInput() : Buffer.alloc(0) };
}

function publishOptionsOf(values: PubValues): PublishOptions {
  const { messageExpiryInterval, ...properties } = packetPropertiesOf(values.property ?? [], 'publish');
  const options: PublishOptions = { qos: values.qos ?? 0, retain: values.retain === true };
  if (messageExpiryInterval !== undefined) options.expiryS = messageExpiryInterval;
  if (Object.keys(properties).length > 0) options.properties = properties;
  return options;
}

/** The outbox holds at least so many bytes of payload, twice; what is larger is streamed. */
const outboxLeast = 64 * 1024;

/** Bytes of a PUBLISH beside its payload, at most. */
function overhead(topic: string, options: PublishOptions): number {
  const p = options.properties;
  const texts = [topic, p?.contentType, p?.responseTopic, ...(p?.userProperties ?? []).flat()];
  return 64 + texts.reduce((sum, text) => sum + 3 + Buffer.byteLength(text ?? ''), 0) + (p?.correlationData?.length ?? 0);
}

/** Connections lost in the middle of the same message before it is given up. */
const lossesMax = 3;

/** Publishes in order, several at once, never more than the outbox holds. */
class Sender {
  private count = 0;
  private bytes = 0;
  private fault: unknown;
  private wake: () => void = () => undefined;
  private readonly overhead: number;
  private number = 0;
  /** Bytes of the largest message on its way, and how many connections it has cost. */
  private largest = 0;
  private losses = 0;
  private interruptStream: (fault: unknown) => void = () => undefined;

  constructor(
    private readonly client: MidgeClient, private readonly topic: string, private readonly options: PublishOptions,
    private readonly countMax: number, private readonly talk: Talk,
  ) {
    this.overhead = overhead(topic, options);
    let isConnected = true;
    client.on('connect', () => { isConnected = true; });
    client.on('disconnect', () => {
      if (isConnected) this.lost();
      isConnected = false;
    });
    client.once('close', () => {
      this.fail(new Error('the connection has ended for good'));
      process.stdin.destroy();
    });
  }

  /**
   * A connection has ended. A server of MQTT 3.1.1 has no other way to refuse a publish [MQTT-3.3.5-2]: what ends one
   * connection after the other is not tried for ever.
   */
  private lost(): void {
    if (this.largest === 0 || this.fault !== undefined || ++this.losses < lossesMax) return;
    this.fail(new Error(`the connection was lost ${lossesMax} times in the middle of it; the server may refuse its size, ${this.largest} bytes, or its topic`));
    void this.client.end({ timeoutMs: 0 });
  }

  /** Whoever waits learns it. The first fault is the one that is told. */
  private fail(fault: unknown): void {
    this.fault ??= fault;
    this.interruptStream(this.fault);
    this.wake();
  }

  private delivered(): void {
    this.losses = 0;
    if (this.count === 0) this.largest = 0;
  }

  /** Resolves when another may be sent. */
  async send(payload: Payload): Promise<void> {
    const limit = this.client.memory().outboxArena / 2;
    const size = 'bytes' in payload ? payload.bytes.length + this.overhead : Infinity;
    const number = ++this.number;
    this.talk.debug(`publishing message ${number}, ${'bytes' in payload ? payload.bytes.length : payload.file.size} bytes, QoS ${this.options.qos}`);
    if (size > limit) {
      await this.settle();
      await this.stream(payload);
      return;
    }
    while (this.fault === undefined && (this.count >= this.countMax || this.bytes + size > limit)) await this.settledOne();
    this.throwFault();
    this.count++;
    this.bytes += size;
    this.largest = Math.max(this.largest, size - this.overhead);
    this.client.publish(this.topic, (payload as { bytes: Buffer }).bytes, this.options)
      .then((result) => { this.talk.debug(`message ${number} ${this.options.qos === 0 ? 'sent' : 'acknowledged'}${result.reason === 0x10 ? ': nobody subscribes' : ''}`); })
      .catch((thrown: unknown) => { this.fault ??= thrown; })
      .finally(() => {
        this.count--;
        this.bytes -= size;
        this.delivered();
        this.wake();
      });
  }

  /** Resolves when all that was sent is acknowledged. */
  async settle(): Promise<void> {
    while (this.count > 0 && this.fault === undefined) await this.settledOne();
    this.throwFault();
  }

  private async stream(payload: Payload): Promise<void> {
    const total = 'bytes' in payload ? payload.bytes.length : payload.file.size;
    const { expiryS, ...options } = this.options;
    if (expiryS !== undefined) throw new Failure(`message-expiry-interval does not go with a message of ${total} bytes: so large a one is streamed, and cannot wait to expire`);
    const source = 'bytes' in payload
      ? (offset: number, most: number): Buffer => payload.bytes.subarray(offset, offset + most)
      : (offset: number, most: number): Buffer => payload.file.read(offset, most);
    this.largest = total;
    try {
      // A stream that was accepted outlives the connection, and the client that has been ended.
      const interrupted = new Promise<never>((_, reject) => { this.interruptStream = reject; });
      await Promise.race([this.client.publishStream(this.topic, total, source, options), interrupted]);
      this.delivered();
    } catch (thrown) {
      throw new Failure(`the message was not delivered: ${wordsOf(thrown)}`);
    }
  }

  private settledOne(): Promise<void> {
    return new Promise((resolve) => { this.wake = resolve; });
  }

  private throwFault(): void {
    if (this.fault !== undefined) throw new Failure(`a message was not delivered: ${wordsOf(this.fault)}`);
  }
}
