/**
 * `midge sub`: subscribes and prints messages, as mosquitto_sub does, on the core. A QoS 1 or 2 message is acknowledged
 * when it has been printed, and not before: what this command did not print is still the server's to deliver.
 * Must not know how the connection's options are read (connectionOptions.ts) or a message is laid out (messageFormat.ts).
 */
import { writeSync } from 'node:fs';
import type { Command } from 'commander';
import { type ClientOptions, type MessageView, type MidgeClient, type Qos } from '../../targets/node/index.js';
import { addCommand, listOption, option } from './command.js';
import { addConnectionOptions, clientOptionsOf, type ConnectionValues, controlBytesOf, leaveOf } from './connectionOptions.js';
import { Exit, Failure, UsageError, wordsOf } from './fault.js';
import { formatPrinter, plainPrinter, type Printer, verbosePrinter } from './messageFormat.js';
import type { Talk } from './session.js';
import { topicMatches } from '../broker/topic-filters.js';
import { filterValue, integerValue, qosValue } from './values.js';

interface SubValues extends ConnectionValues {
  topic?: string[];
  filterOut?: string[];
  unsubscribe?: string[];
  qos?: Qos;
  count?: number;
  timeout?: number;
  verbose?: boolean;
  newline: boolean;
  retained: boolean;
  retainedOnly?: boolean;
  retainAsPublished?: boolean;
  exitAfterSubscribe?: boolean;
  format?: string;
}

export function addSub(program: Command): void {
  const command = addCommand(program, 'sub', 'subscribe to topics and print messages', '-t <filter> [-t <filter>…] [options]', `Formats (-F): %t topic, %p payload, %x %X payload in hexadecimal, %l its length, %q QoS, %r retained, %j all as JSON, %J the same with a JSON payload, %I %U time, MQTT 5.0: %C content type, %D correlation data, %E expiry, %F payload format, %P user properties, %R response topic, %S subscription identifier, %A topic alias; @Y @m @d @H @M @S … time; \\n \\t \\e \\0 …

Examples:
  midge sub -t 'midge/#' -v
  midge sub -t sensors/+/temperature -q 1 -C 10 -F '%I %t %p'
  midge sub -h broker.example --cafile ca.pem -c -i logger -q 2 -t 'a/#'

Exit codes: 0 ended as asked, 1 connection or server, 2 command line, 27 the time of -W is over.`)
    .addOption(listOption('-t, --topic <filter>', 'topic filter, with + and #; may be repeated', filterValue))
    .addOption(option('-q, --qos <qos>', 'highest quality of service: 0, 1 or 2 (default: 0)', qosValue))
    .addOption(option('-C, --count <count>', 'end after so many messages', integerValue(1, 2 ** 31 - 1)))
    .addOption(option('-W, --timeout <s>', 'end so many seconds after connecting', integerValue(1, 2_000_000, 'seconds')))
    .option('-v, --verbose', 'print topic and payload')
    .option('-N, --no-newline', 'no line feed behind a message')
    .option('-R, --no-retained', 'leave out retained messages')
    .option('--retained-only', 'retained messages only; ends with the first that is not')
    .option('--retain-as-published', 'MQTT 5.0: keep the retain flag as published')
    .addOption(listOption('-T, --filter-out <filter>', 'leave out topics that match; may be repeated', filterValue))
    .addOption(listOption('-U, --unsubscribe <filter>', 'unsubscribe; may be repeated', filterValue))
    .addOption(option('-F, --format <format>', 'print this for each message (see below)', (text) => text))
    .option('-E, --exit-after-subscribe', 'end when the subscriptions are acknowledged');
  addConnectionOptions(command);
  command.action((values: SubValues) => subscribeAll(values));
}

async function subscribeAll(values: SubValues): Promise<void> {
  const filters = [...values.topic ?? [], ...values.url?.topic === undefined ? [] : [filterValue(values.url.topic, 'the topic in -L, --url')]];
  if (filters.length === 0 && values.unsubscribe === undefined) throw new UsageError('there is no topic filter; give it with -t, or with -L');
  if (!values.retained && values.retainedOnly === true) throw new UsageError('-R and --retained-only leave nothing to print; give one of them');
  const connection = clientOptionsOf(values, 'sub');
  const leave = leaveOf(values, connection);
  if (values.retainAsPublished === true && connection.protocolVersion !== 5) throw new UsageError('--retain-as-published is of MQTT 5.0; give -V 5 too');
  if (values.property?.some((one) => one.packet === 'publish') === true) throw new UsageError('-D publish is for midge pub; midge sub takes connect, subscribe, disconnect and will');
  const printer = printerOf(values);
  const { connectOnce, interruption, makeClient, talkOf } = await import('./session.js');
  const talk = talkOf('midge sub', values);
  const requests = [...filters, ...values.unsubscribe ?? []];
  const requestBytes = requests.reduce((sum, filter) => sum + Buffer.byteLength(filter) + 3, 0);
  const options: ClientOptions = {
    ...connection, acknowledge: 'by-application', // what -C cuts off is not acknowledged
    buffers: { receiveBytes: 128 * 1024, subscriptions: requests.length, filterBytes: requestBytes, controlBytes: controlBytesOf(connection) + requestBytes },
  };
  const client = makeClient(options, values.authMethod);
  const interrupted = interruption();
  const listener = new Listener(client, values, printer);
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([connectOnce(client, options, talk, values.id), interrupted.happened]);
    if (!client.isConnected) return;
    if (values.timeout !== undefined) timer = setTimeout(() => { listener.end(new Failure('the time is over', Exit.TimedOut)); }, values.timeout * 1000);
    void interrupted.happened.then(() => { listener.end(); });
    client.once('close', () => { listener.end(new Failure('the connection has ended for good')); });
    await Promise.race([listener.ended, request(client, filters, values, talk, listener)]);
    if (values.exitAfterSubscribe === true) listener.end();
    await listener.ended;
  } finally {
    clearTimeout(timer);
    interrupted.release();
    await client.end(leave);
  }
}

/** Subscribes to all at once, then unsubscribes. Fails only when the server grants nothing at all. */
async function request(client: MidgeClient, filters: readonly string[], values: SubValues, talk: Talk, listener: Listener): Promise<void> {
  const qos = values.qos ?? 0;
  const options = { qos, ...(values.retainAsPublished === true ? { retainAsPublished: true } : {}) };
  const answers = await Promise.allSettled(filters.map((filter) => client.subscribe(filter, options)));
  // A resumed session may have delivered all that was wanted before the answers came.
  if (listener.isOver) return;
  answers.forEach((answer, at) => {
    if (answer.status === 'fulfilled') talk.debug(`subscribed to ${filters[at]}, granted QoS ${answer.value.reason}`);
    else talk.warn(`not subscribed to ${filters[at]}: ${wordsOf(answer.reason)}`);
  });
  if (filters.length > 0 && answers.every((answer) => answer.status === 'rejected')) throw new Failure('the server refused every subscription');
  for (const filter of values.unsubscribe ?? []) {
    try {
      await client.unsubscribe(filter);
      talk.debug(`unsubscribed from ${filter}`);
    } catch (thrown) {
      throw new Failure(`not unsubscribed from ${filter}: ${wordsOf(thrown)}`);
    }
  }
}

function printerOf(values: SubValues): Printer {
  const end = values.newline ? '\n' : '';
  if (values.format !== undefined) return formatPrinter(values.format, end);
  return values.verbose === true ? verbosePrinter(end) : plainPrinter(end);
}

/** Takes messages, whole or in chunks, prints those that are wanted, and knows when to end. */
class Listener {
  /** Resolves when nothing more is to be printed, rejects when that is a failure. */
  readonly ended: Promise<void>;
  private settle: (fault?: Failure) => void = () => undefined;
  isOver = false;
  private printed = 0;
  private parts: Buffer[] = [];
  /** Standard output takes nothing more: what arrives is not printed, so it is not acknowledged. */
  private isClosed = false;

  constructor(client: MidgeClient, private readonly values: SubValues, private readonly printer: Printer) {
    this.ended = new Promise((resolve, reject) => {
      this.settle = (fault) => { if (fault === undefined) resolve(); else reject(fault); };
    });
    // Whoever ended before anybody waited has been heard all the same.
    this.ended.catch(() => undefined);
    client.handlers.message = (message) => { this.take(message, message.payload); };
    client.handlers.chunk = (message) => { this.takeChunk(message); };
    process.stdout.on('error', () => { this.end(); });
  }

  end(fault?: Failure): void {
    this.isOver = true;
    this.settle(fault);
  }

  private takeChunk(message: MessageView): void {
    if (message.offset === 0) this.parts = [];
    this.parts.push(Buffer.from(message.payload));
    if (message.offset + message.payload.length < message.total) return;
    const payload = Buffer.concat(this.parts);
    this.parts = [];
    this.take(message, payload);
  }

  private take(message: MessageView, payload: Buffer): void {
    if (this.isOver) return;
    if (this.values.retainedOnly === true && !message.retain) {
      this.end();
      return;
    }
    if (this.isWanted(message)) this.print(message, payload);
    if (message.qos > 0 && !this.isClosed) message.acknowledge();
  }

  private print(message: MessageView, payload: Buffer): void {
    try {
      writeWhole(this.printer({ message, payload, at: new Date() }));
    } catch (thrown) {
      // The reader has gone: that ends the command quietly, and the message is not acknowledged.
      this.isClosed = true;
      this.end((thrown as NodeJS.ErrnoException).code === 'EPIPE' ? undefined : new Failure(`cannot write to standard output: ${wordsOf(thrown)}`));
      return;
    }
    this.printed++;
    if (this.printed === this.values.count) this.end();
  }

  private isWanted(message: MessageView): boolean {
    if (message.retain && !this.values.retained) return false;
    return !(this.values.filterOut ?? []).some((filter) => topicMatches(filter, message.topic));
  }
}

/** Written when this returns, so that an acknowledgement never comes before the line. A full pipe makes this wait. */
function writeWhole(bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EAGAIN') throw thrown;
      Atomics.wait(pause, 0, 0, 2);
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));
