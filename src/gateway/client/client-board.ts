/**
 * Mode client: a board that speaks no MQTT. Its frames become messages and messages become frames, as the rules say; the
 * MQTT client runs here, one for the port, with buffers of its own.
 * Must not know: how the port is kept open, how a frame is cut or a message made.
 *
 * Read first: README.md of the gateway, "Mode client".
 */
import type { ReceivedMessage } from '../../../targets/node/api.js';
import type { ClientOptions } from '../../../targets/node/api-options.js';
import { createClient } from '../../../targets/node/index.js';
import { type Board, createCounters, type Tell } from '../board.js';
import { wireWords } from '../wire-words.js';
import type { SerialLine } from '../serial/serial-line.js';
import { createSplitter, encodeFrame, type FramingSettings, type Splitter } from './framing.js';
import { messageOf, type OutboundMessage, type PublishRule, type ReadyRule, readyRules } from './publish-rule.js';
import { outboxBytes, Sender, type SenderOwner } from './sender.js';
import type { Spool } from './spool.js';
import { filterFits, frameOf, type Subscription } from './subscription.js';

/**
 * Tells others whether the board is there: retained, and said by the broker as will when the gateway is gone. In its topic
 * and in the client identifier `{port}` stands for the name of the port: settings may be those of many.
 */
export interface StatusSettings {
  readonly topic: string;
  readonly online: string;
  readonly offline: string;
}

export interface ClientSettings {
  readonly client: ClientOptions;
  readonly framing: FramingSettings;
  readonly publish: readonly PublishRule[];
  readonly subscribe: readonly Subscription[];
  readonly status: StatusSettings | null;
}

const enum Limit {
  /** A silence that ends records and sequences whose rest has been lost. */
  PauseMs = 200,
  /** Bytes that the board has not taken yet, from which on messages for it wait. */
  UnsentBytes = 4096,
  /** Messages of QoS 1 taken from the broker and not yet written to the board: no more come. */
  ReceiveMaximum = 16,
  /** 3.1.1 has no way to say so, and brokers choose: Mosquitto 20, NATS 100. More than this ends the connection. */
  ReceiveMaximum311 = 128,
  /** A server that refuses for good, because of a wrong password say, is asked again: someone may mend it there. */
  RefusedPauseMs = 60_000,
  EndMs = 2000,
}

const buffers: ClientOptions['buffers'] = {
  receiveBytes: 8192, controlBytes: 4096, outboxBytes, outboxMessages: 256, inFlightMax: 64, subscriptions: 16, filterBytes: 2048,
  transmitBytes: 4096, linkReadBytes: 8192, propertyBytes: 1024,
};

function named(text: string, port: string): string {
  return text.replaceAll('{port}', port);
}

/** The options of the client of a port; `createClient` says whether they are right. */
export function clientOptions(port: string, { client, status }: ClientSettings): ClientOptions {
  const will = status === null ? undefined : { topic: named(status.topic, port), payload: status.offline, qos: 1 as const, retain: true };
  const clientId = client.clientId === undefined ? undefined : named(client.clientId, port);
  const receiveMaximum = client.protocolVersion === 4 ? Limit.ReceiveMaximum311 : Limit.ReceiveMaximum;
  return { ...client, clientId, will, acknowledge: 'by-application', receiveMaximum, buffers };
}

export class ClientBoard implements Board, SenderOwner {
  readonly counters = createCounters();
  readonly linkFigures = null;
  private readonly client;
  private readonly sender: Sender;
  private readonly splitter: Splitter;
  private readonly rules: readonly ReadyRule[];
  private line: SerialLine | null = null;
  private lastDataMs = 0;
  /** Made of frames, and not yet taken by the sender: the line is paused meanwhile. */
  private readonly held: OutboundMessage[] = [];
  /** Taken from the broker, and not yet written. */
  private forBoard: { message: ReceivedMessage; frame: Buffer }[] = [];
  private unused = 0;
  private saidUnused = false;
  private isEnding = false;
  private refusedTimer: NodeJS.Timeout | null = null;

  constructor(private readonly port: string, private readonly settings: ClientSettings, private readonly spool: Spool | null, private readonly tell: Tell) {
    this.client = createClient(clientOptions(port, settings));
    this.sender = new Sender(this.client, spool, this);
    this.splitter = createSplitter(settings.framing);
    this.rules = readyRules(settings.publish);
    this.client.on('connect', ({ sessionPresent }) => this.connected(sessionPresent));
    this.client.on('disconnect', ({ words, willRetryInMs }) => this.disconnected(words, willRetryInMs));
    // A resumed session brings messages before the subscriptions of this process are known to the client: no handlers of theirs.
    this.client.handlers.message = (view) => this.received(view.copy());
    for (const subscription of settings.subscribe) {
      this.client.subscribe(subscription.filter, { qos: subscription.qos })
        .catch((error: Error) => { if (!this.isEnding) tell({ level: 'error', event: 'notSubscribed', words: error.message }); });
    }
    this.connect();
    this.sender.pump();
  }

  private connect(): void {
    // Failures come as 'disconnect' too.
    this.client.connect().catch(() => undefined);
  }

  private connected(isResumed: boolean): void {
    this.counters.connects += 1;
    this.counters.isConnected = true;
    this.tell({ level: 'info', event: 'connected', words: `connected to the broker as ${this.client.clientId}${isResumed ? ', session resumed' : ''}` });
    this.sayStatus();
    this.sender.pump();
  }

  private disconnected(words: string, willRetryInMs: number | null): void {
    this.counters.isConnected = false;
    // The broker sends again what was not acknowledged.
    this.forBoard = this.forBoard.filter(({ message }) => message.qos === 0);
    if (this.isEnding) return;
    this.counters.refusals += 1;
    if (willRetryInMs === null) {
      this.tell({ level: 'error', event: 'refused', words: `${words}; trying again in ${Limit.RefusedPauseMs / 1000} s` });
      this.refusedTimer = setTimeout(() => this.connect(), Limit.RefusedPauseMs);
    } else this.tell({ level: 'warn', event: 'disconnected', words: `${words}; trying again in ${willRetryInMs} ms` });
  }

  /** QoS 1 through the client's own outbox: it is said again with every connection. */
  private sayStatus(): void {
    const { status } = this.settings;
    if (status === null || !this.client.isConnected) return;
    const payload = this.line === null ? status.offline : status.online;
    this.client.publish(named(status.topic, this.port), payload, { qos: 1, retain: true, keepLatest: true }).catch(() => undefined);
  }

  lineOpened(line: SerialLine): void {
    this.line = line;
    this.splitter.pause();
    this.saidUnused = false;
    this.sayStatus();
    this.writeHeld();
  }

  lineData(bytes: Buffer): void {
    const now = performance.now();
    if (now - this.lastDataMs >= Limit.PauseMs) this.splitter.pause();
    this.lastDataMs = now;
    this.splitter.take(bytes, (frame) => this.frame(frame));
    this.counters.badFrames = this.unused + this.splitter.badFrames;
    if (this.splitter.badFrames > 0 && this.counters.messagesIn === 0) this.saySample(bytes);
    this.offerHeld();
  }

  private frame(frame: Buffer): void {
    const message = messageOf(frame, this.rules, this.port);
    if (message === null) {
      this.unused += 1;
      this.saySample(frame);
      return;
    }
    this.counters.messagesIn += 1;
    this.held.push(message);
  }

  private saySample(bytes: Buffer): void {
    if (this.saidUnused) return;
    this.saidUnused = true;
    const words = `the board sends what no rule is for: ${wireWords(bytes)}; further ones are counted only`;
    this.tell({ level: 'warn', event: 'unusedFrame', words });
  }

  private offerHeld(): void {
    while (this.held.length > 0 && this.sender.offer(this.held[0])) this.held.shift();
    this.note();
    if (this.held.length > 0) this.line?.pause();
    else this.line?.resume();
  }

  senderReady(): void {
    this.offerHeld();
  }

  senderDropped(topic: string, why: string): void {
    this.counters.dropped += 1;
    this.tell({ level: 'debug', event: 'dropped', words: `a message${topic === '' ? '' : ` to ${topic}`} was given up: ${why}` });
  }

  senderDisk(fault: string | null): void {
    this.counters.isDiskFailing = fault !== null;
    if (fault === null) this.tell({ level: 'info', event: 'diskRecovered', words: 'messages are on disk again' });
    else this.tell({ level: 'error', event: 'diskFailed', words: `messages cannot be put on disk: ${fault}; they wait in memory, which ends with the process, then the board is held up; trying again` });
  }

  private received(message: ReceivedMessage): void {
    const subscription = this.settings.subscribe.find(({ filter }) => filterFits(filter, message.topic));
    if (subscription === undefined) {
      // Subscribed under an older configuration, and kept in the session.
      message.acknowledge();
      return;
    }
    const framed = frameOf(message.topic, message.payload, subscription, this.port);
    const frame = framed === null ? null : encodeFrame(framed, this.settings.framing);
    if (frame === null) {
      this.counters.dropped += 1;
      this.tell({ level: 'warn', event: 'noFrame', words: `a message to ${message.topic} cannot be made a frame for the board; it is left out` });
      message.acknowledge();
      return;
    }
    const isFull = this.forBoard.length >= Limit.ReceiveMaximum || this.line === null;
    if (message.qos === 0 && isFull) {
      this.counters.dropped += 1;
      return;
    }
    this.forBoard.push({ message, frame });
    this.writeHeld();
  }

  /** Acknowledges what the operating system has taken for the board. */
  private writeHeld(): void {
    const { line } = this;
    while (line !== null && this.forBoard.length > 0 && line.unsentBytes < Limit.UnsentBytes) {
      const { message, frame } = this.forBoard.shift()!;
      line.write(frame);
      this.counters.messagesOut += 1;
      message.acknowledge();
    }
    this.note();
  }

  lineDrained(): void {
    this.writeHeld();
  }

  lineLost(): void {
    this.line = null;
    this.splitter.pause();
    this.sayStatus();
  }

  async end(): Promise<void> {
    this.isEnding = true;
    if (this.refusedTimer !== null) clearTimeout(this.refusedTimer);
    this.line = null;
    this.sayStatus();
    this.sender.end();
    await this.client.end({ timeoutMs: this.client.isConnected ? Limit.EndMs : 0 });
    await this.spool?.end();
    this.sayLost();
  }

  private sayLost(): void {
    const count = this.spool?.unwrittenCount ?? 0;
    if (count === 0) return;
    this.counters.dropped += count;
    this.tell({ level: 'error', event: 'lost', words: `${count} ${count === 1 ? 'message is' : 'messages are'} lost: neither the broker nor the disk took them` });
  }

  private note(): void {
    const bytes = (sum: number, { frame }: { frame: Buffer }): number => sum + frame.length;
    this.counters.waiting = this.spool?.count ?? 0;
    this.counters.heldBytes = this.forBoard.reduce(bytes, this.line?.unsentBytes ?? 0) + this.held.reduce((sum, { payload }) => sum + payload.length, 0);
  }
}
