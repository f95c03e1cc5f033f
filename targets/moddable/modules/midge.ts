/**
 * Midge's own API: publishes that wait while there is no connection, handles that come back when they are acknowledged, keep-latest, expiry and
 * priority, MQTT 5.0 where the build has it. Must not know: how bytes travel.
 *
 * Read first: README.md, "Midge's own API".
 */
import {
  type Client, clientExpress, clientPublish, clientPublishWith, Event, Publish, State, Status,
} from './core.js';
import type { OwnBytes } from '../natives/bytes.js';
import { checkFilter, checkFlag, checkFunction, checkNames, checkObject, checkQoS, checkTopic, checkWhole, wrong } from './checks.js';
import { checkOptions, type ConnectionOptions, coreOf, flagsOf, storeOf, transportOf } from './options.js';
import type { Sent } from './forms.js';
import { clock } from './platform.js';
import { Session } from './session.js';
import type { SessionOwner } from './session-owner.js';
import { type Data, failure, textBytes, textIn } from './text.js';
import { refusalWords, statusWords } from './words.js';

export interface MidgeOptions extends ConnectionOptions {
  /** 4: MQTT 3.1.1, when absent. 5: MQTT 5.0. */
  version?: 4 | 5;
  /** With version 5: seconds for which the server keeps the session; -1, when absent with `clean: false`: for ever. */
  sessionExpiry?: number;
  onConnected?(this: Midge, sessionPresent: boolean): void;
  /** The connection ended or could not be made; another attempt follows until `disconnect` or `close`. `reason`: the server's code. */
  onDisconnected?(this: Midge, words: string, status: number, reason: number): void;
  /** A message, or a part of one that is larger than `receiveBytes`. `message` is valid until the function returns. */
  onMessage?(this: Midge, message: Message): void;
  /** A QoS 1 or 2 publish has been acknowledged to the end. */
  onPublished?(this: Midge, handle: number): void;
  onDropped?(this: Midge, handle: number, words: string, status: number): void;
  /** After `disconnect`. */
  onClosed?(this: Midge): void;
}

export interface PublishOptions {
  QoS?: number;
  retain?: boolean;
  /** Takes the place of a message of its topic that has not been sent. */
  latest?: boolean;
  /** Goes before others. */
  urgent?: boolean;
  /** Seconds after which it is dropped if it has not been sent. */
  expiry?: number;
}

const own: readonly string[] = Object.freeze([
  'version', 'sessionExpiry', 'onConnected', 'onDisconnected', 'onMessage', 'onPublished', 'onDropped', 'onClosed',
]);

const publishNames: readonly string[] = Object.freeze(['QoS', 'retain', 'latest', 'urgent', 'expiry']);
const none: readonly string[] = Object.freeze([]);

function checkPublish(options: PublishOptions): void {
  checkObject('what publish is given', options);
  checkNames(options, publishNames, none, 'publish');
  checkQoS('QoS', options.QoS);
  checkFlag('retain', options.retain);
  checkFlag('latest', options.latest);
  checkFlag('urgent', options.urgent);
  if (options.expiry !== undefined) checkWhole('expiry', options.expiry, 0, 536870);
}

/** The message that `onMessage` tells of: one object for all, which reads the receive buffer. */
export class Message {
  readonly #core: Client;

  constructor(core: Client) {
    this.#core = core;
  }

  get topic(): string {
    const core = this.#core;
    const clean = core.v5 === null ? (core.input as OwnBytes).cleanText : undefined;
    return clean ?? textIn(core.topic, core.topicFrom, core.topicTo);
  }

  /** Bytes of this part. */
  get length(): number {
    return this.#core.payloadTo - this.#core.payloadFrom;
  }

  /** Where in the whole payload this part stands. */
  get offset(): number {
    return this.#core.offset;
  }

  /** Bytes of the whole payload. */
  get total(): number {
    return this.#core.total;
  }

  get QoS(): number {
    return (this.#core.flags & Publish.QosMask) >>> 1;
  }

  get retain(): boolean {
    return (this.#core.flags & Publish.Retain) !== 0;
  }

  /** A byte of the payload. */
  at(place: number): number {
    const core = this.#core;
    if (place < 0 || core.payloadFrom + place >= core.payloadTo) throw new RangeError(`place is ${place}; this part has ${core.payloadTo - core.payloadFrom} bytes`);
    return core.input[core.payloadFrom + place];
  }

  /** The bytes themselves, in the receive buffer: valid until the function returns. */
  get view(): Uint8Array {
    return this.#core.input.subarray(this.#core.payloadFrom, this.#core.payloadTo);
  }

  /** A copy. */
  get bytes(): ArrayBuffer {
    const core = this.#core;
    return (core.input.buffer as ArrayBuffer).slice(core.payloadFrom, core.payloadTo);
  }

  /** The payload as text; throws when it is not UTF-8. */
  get text(): string {
    return textIn(this.#core.input, this.#core.payloadFrom, this.#core.payloadTo);
  }
}

export default class Midge implements SessionOwner {
  readonly #sent: Sent;
  readonly #session: Session;
  readonly #options: MidgeOptions;
  readonly #message: Message;

  /** Makes the buffers; `connect` connects. */
  constructor(options: MidgeOptions) {
    checkOptions(options, own, 'Midge');
    const { version = 4, sessionExpiry } = options;
    if (version !== 4 && version !== 5) wrong('version', version, '4 (MQTT 3.1.1) or 5');
    if (sessionExpiry !== undefined) checkWhole('sessionExpiry', sessionExpiry, -1, 0x3fffffff);
    this.#options = options;
    const core = coreOf(options, version, sessionExpiry);
    this.#session = new Session(core, transportOf(options), this, storeOf(options));
    this.#sent = this.#session.sent;
    this.#message = new Message(core);
  }

  get isConnected(): boolean {
    return this.#session.core.state === State.Connected;
  }

  /** Publishes that are not settled. */
  get pending(): number {
    return this.#session.core.slotsUsed;
  }

  /** Connects, and connects again for as long as it takes. */
  connect(): void {
    this.#checkOpen();
    const { state } = this.#session.core;
    if (state === State.Stopping) throw new Error('this client is disconnecting: connect again in onClosed');
    if (state > State.Waiting) throw new Error(`this client is ${state === State.Connected ? 'connected' : 'connecting'} already`);
    this.#check(this.#session.connect());
  }

  /** Ends the connection with DISCONNECT; what was not acknowledged stays for the next `connect`. */
  disconnect(): void {
    this.#checkOpen();
    this.#check(this.#session.disconnect());
  }

  /** Ends it without a word, and frees the socket. */
  close(): void {
    this.#session.end();
  }

  /** Accepts a message; throws when it does not fit. Returns 0 at QoS 0, else a handle for `onPublished`. */
  publish(topic: string, payload: string | Data, options?: PublishOptions): number {
    const session = this.#session;
    const bytes = (payload as Data | undefined)?.constructor === Uint8Array ? payload as Uint8Array : textBytes(payload);
    const length = bytes.length;
    let handle: number;
    if (options === undefined) {
      const sent = this.#sent;
      if (length === sent.length && topic === sent.topic && sent.again(bytes) >= 0) return 0;
      const end = clientExpress(session.core, topic, bytes, length, 0, session.transport.writable);
      if (end > 0) {
        sent.first(topic, length, 0, end);
        return 0;
      }
      // What went the short way had gone this one before, with the same topic.
      this.#checkOpen();
      checkTopic('topic', topic);
      handle = clientPublish(session.core, topic, bytes, 0, bytes.length, 0, clock());
    } else {
      this.#checkOpen();
      checkTopic('topic', topic);
      checkPublish(options);
      const now = clock();
      const { QoS = 0, retain, latest, urgent, expiry = 0 } = options;
      const flags = flagsOf(QoS) + (retain ? Publish.Retain : 0) + (latest ? Publish.KeepLatest : 0) + (urgent ? Publish.Priority : 0);
      handle = expiry === 0 ? clientPublish(session.core, topic, bytes, 0, bytes.length, flags, now)
        : clientPublishWith(session.core, topic, bytes, 0, bytes.length, flags, expiry, null, now);
    }
    if (handle < 0) throw failure(refusalWords(session.core, handle, topic, bytes.length), handle, 0);
    session.accepted(clock());
    return handle;
  }

  /** Subscribes now and whenever the server has lost the session. `tell`: what the server granted (0 to 2), or 128 and above. */
  subscribe(filter: string, QoS = 0, tell?: (reason: number) => void): void {
    checkQoS('QoS', QoS);
    this.#request(filter, QoS, tell);
  }

  unsubscribe(filter: string, tell?: (reason: number) => void): void {
    this.#request(filter, -1, tell);
  }

  #request(filter: string, options: number, tell: ((reason: number) => void) | undefined): void {
    this.#checkOpen();
    checkFilter('filter', filter);
    checkFunction('tell', tell);
    const { requests } = this.#session;
    requests.add(filter, options, tell);
    // At once, also from a callback: what is published next comes behind it.
    requests.send();
    this.#session.pump();
  }

  #checkOpen(): void {
    if (this.#session.isEnded) throw new Error('this client was closed: make a new one');
  }

  #check(status: number): void {
    if (status < 0) throw failure(statusWords(status), status, 0);
  }

  sessionEvent(event: Event): void {
    const { core } = this.#session;
    const options = this.#options;
    switch (event) {
      case Event.Message:
      case Event.Chunk:
        options.onMessage?.call(this, this.#message);
        break;
      case Event.Connected:
        options.onConnected?.call(this, core.sessionPresent);
        break;
      case Event.Published:
        options.onPublished?.call(this, core.handle);
        break;
      case Event.Dropped:
        options.onDropped?.call(this, core.handle, statusWords(core.status), core.status);
        break;
      case Event.Disconnected: {
        const { status, reason } = core;
        const words = statusWords(status);
        const { linkReason } = this.#session;
        if (status !== Status.ByApplication) options.onDisconnected?.call(this, linkReason === '' ? words : `${words}: ${linkReason}`, status, reason);
        break;
      }
      default:
    }
  }

  sessionAgain(): void {
    this.#options.onMessage?.call(this, this.#message);
  }

  sessionDown(): void {
    if (this.#session.core.state === State.Idle) this.#options.onClosed?.call(this);
  }

  sessionPinged(): void {
    // This API has no ping: keep-alive does it.
  }

  sessionWritable(): void {
    // Publishes wait in the outbox.
  }
}
