/**
 * The ECMA-419 MQTT client (`embedded:network/mqtt/client`) on Midge's core: same constructor, callbacks, `read`, `write` and constants.
 * What it does otherwise than Moddable's own: README.md, "What differs". Must not know: how bytes travel.
 *
 * Read first: ECMA-419, "MQTT client".
 */
import {
  clientExpress, clientPing, clientPublish, Event, Packet, Publish, State, Status,
} from './core.js';
import type { OwnBytes } from '../natives/bytes.js';
import { checkWhole } from './checks.js';
import { checkCount, checkWrite, type ControlMessage, type Options, Overhead, ownNames, type WriteOptions } from './client-options.js';
import { checkOptions, coreOf, flagsOf, storeOf, transportOf } from './options.js';
import type { Sent } from './forms.js';
import { Parts } from './parts.js';
import { clock } from './platform.js';
import { Session } from './session.js';
import type { SessionOwner } from './session-owner.js';
import { bytesOf, type Data, failure, textIn } from './text.js';
import { refusalWords, statusWords } from './words.js';

export type { ControlMessage, Options, ReadableOptions, WriteOptions } from './client-options.js';

export default class MQTTClient implements SessionOwner {
  static readonly CONNECT = 1;
  static readonly CONNACK = 2;
  static readonly PUBLISH = 3;
  static readonly PUBACK = 4;
  static readonly PUBREC = 5;
  static readonly PUBREL = 6;
  static readonly PUBCOMP = 7;
  static readonly SUBSCRIBE = 8;
  static readonly SUBACK = 9;
  static readonly UNSUBSCRIBE = 10;
  static readonly UNSUBACK = 11;
  static readonly PINGREQ = 12;
  static readonly PINGRESP = 13;
  static readonly DISCONNECT = 14;

  declare target?: unknown;
  readonly #sent: Sent;
  readonly #session: Session;
  readonly #options: Options;
  readonly #isLasting: boolean;
  /** Bytes of the fragment in the core's receive buffer that are not read: from there on, as many. */
  #payload = 0;
  #payloadFrom = 0;
  readonly #parts: Parts;
  #isClosed = false;
  /** By the core's handle of a message: the application's name for it. None: it is told by its packet identifier. */
  readonly #names = new Map<number, number>();
  #requests = 0;
  /** Where `read` took its view, and the view: a device's messages are often of one form. */
  #readFrom = 0;
  #readTo = 0;
  #readView: Uint8Array | undefined;

  constructor(options: Options) {
    checkOptions(options, ownNames, 'MQTTClient');
    this.format = options.format ?? 'buffer';
    if (options.target !== undefined) this.target = options.target;
    const keepAlive = options.keepAlive ?? options.keepalive ?? undefined;
    if (keepAlive !== undefined) checkWhole('keepalive', keepAlive, 0, 65535000);
    this.#options = options;
    this.#isLasting = options.reconnect === true;
    this.#session = new Session(coreOf(keepAlive === undefined ? options : { ...options, keepAlive }, 4), transportOf(options), this, storeOf(options));
    this.#sent = this.#session.sent;
    this.#parts = new Parts(this.#session);
    const status = this.#session.connect();
    if (status === Status.Ok) return;
    // Nobody else can close it, and the store is to be had by the next.
    this.close();
    throw new Error(statusWords(status));
  }

  get format(): string {
    return 'buffer';
  }

  set format(value: string) {
    if (value !== 'buffer') throw new RangeError(`format is "${value}"; it must be "buffer"`);
  }

  /** Ends the connection without DISCONNECT, so the server publishes the will. Nothing is called back after this. */
  close(): void {
    this.#isClosed = true;
    this.#payload = 0;
    this.#session.end();
  }

  /** Sends a message, or the next part of one, or a request. Returns how many bytes may be written at once after it; throws when it is too much. */
  write(data: Data | null, options?: WriteOptions | null): number {
    const sent = this.#sent;
    if (data?.byteLength === sent.length && options && options.topic === sent.topic && options.byteLength === undefined && options.operation === undefined && !options.QoS && !options.retain) {
      const room = sent.again(data.constructor === ArrayBuffer ? new Uint8Array(data) : bytesOf(data));
      if (room >= 0) return room > Overhead.Bytes ? room - Overhead.Bytes : 0;
    }
    if (options === undefined || options === null || this.#parts.owed > 0) return this.#writeOn(data, options ?? undefined);
    const operation = options.operation ?? Packet.Publish;
    if (operation !== Packet.Publish) return this.#request(operation, options);
    const session = this.#session;
    const core = session.core;
    const bytes = bytesOf(data);
    const length = bytes.length;
    const total = options.byteLength ?? undefined;
    const QoS = options.QoS;
    let flags = options.retain ? Publish.Retain : 0;
    if (QoS) flags |= flagsOf(QoS);
    else if (total === undefined) {
      const end = clientExpress(core, options.topic!, bytes, length, flags, session.transport.writable);
      if (end > 0) {
        sent.first(options.topic!, length, flags, end);
        return this.#room();
      }
    }
    // What went the short way had gone this one before, with the same topic.
    checkWrite(options);
    if (this.#isClosed || (core.state !== State.Connected && !this.#isLasting)) throw new Error('not connected');
    const now = clock();
    if (total !== undefined && total !== length) return this.#begin(bytes, total, flags, options, now);
    const handle = clientPublish(core, options.topic!, bytes, 0, length, flags, now);
    if (handle !== 0) this.#note(handle, options, length);
    session.flush(now);
    return this.#room();
  }

  /** The first part of a message that is not whole. */
  #begin(bytes: Uint8Array, total: number, flags: number, options: WriteOptions, now: number): number {
    if (bytes.length > total) throw new RangeError(`data is ${bytes.length} bytes; byteLength of the message is ${total}`);
    const handle = this.#parts.begin(total, flags, options, now);
    if (handle !== 0) this.#note(handle, options, bytes.length);
    return this.#writeOn(bytes, undefined);
  }

  /** The next part. */
  #writeOn(data: Data | null, options: WriteOptions | undefined): number {
    const parts = this.#parts;
    if (this.#isClosed) throw new Error('not connected');
    if (options !== undefined) throw new Error(`${parts.owed} bytes of the last message are missing: write them first, without options`);
    if (parts.owed === 0) throw new Error('options missing: no message has been begun');
    const bytes = bytesOf(data);
    parts.add(bytes);
    const whole = parts.whole;
    if (whole === undefined || parts.owed > 0) return this.#room();
    try {
      this.write(whole, parts.options);
    } catch (error) {
      // Refused for now: the last part can be written again.
      parts.owed = bytes.length;
      throw error;
    }
    parts.forget();
    return this.#room();
  }

  /** Notes what is told of a message at its end, or throws since it was refused. */
  #note(handle: number, { topic, id }: WriteOptions, length: number): void {
    if (handle < 0) throw failure(refusalWords(this.#session.core, handle, topic!, length), handle, 0);
    if (typeof id === 'number') this.#names.set(handle, id);
  }

  /** The name of a message that is settled. */
  #nameOf(handle: number): number {
    const name = this.#names.get(handle) ?? handle & 0xffff;
    this.#names.delete(handle);
    return name;
  }

  #request(operation: number, options: WriteOptions): number {
    checkWrite(options);
    const session = this.#session;
    const now = clock();
    if (this.#isClosed || (session.core.state !== State.Connected && !this.#isLasting)) throw new Error('not connected');
    switch (operation) {
      case Packet.Subscribe:
      case Packet.Unsubscribe:
        this.#requestFilters(operation, options);
        break;
      case Packet.Pingreq:
        if (clientPing(session.core, now) !== Status.Ok) throw new Error('not connected');
        session.isPinging = true;
        break;
      case Packet.Disconnect:
        if (session.disconnect() !== Status.Ok) throw new Error(statusWords(Status.NoControlRoom));
        return 0;
      default:
    }
    // At once, also from a callback: what is published next comes behind it.
    session.requests.send();
    session.flush(now);
    session.pump();
    return this.#room();
  }

  #requestFilters(operation: number, options: WriteOptions): void {
    const items = options.items!;
    this.#requests = this.#requests === 65535 ? 1 : this.#requests + 1;
    const isSubscribe = operation === Packet.Subscribe;
    const message: ControlMessage = { operation: isSubscribe ? Packet.Suback : Packet.Unsuback, id: options.id ?? this.#requests };
    const codes: number[] = items.map(() => 0x80);
    let left = items.length;
    if (isSubscribe) message.payload = codes;
    items.forEach((item, place) => {
      this.#session.requests.add(item.topic, isSubscribe ? item.QoS ?? 0 : -1, (reason) => {
        codes[place] = reason;
        left -= 1;
        if (left === 0) this.#tell(message);
      });
    });
  }

  /** Bytes of the fragment that `onReadable` told of: `count` of them, or as many as the buffer holds; undefined when all are read. */
  read(count?: number): ArrayBuffer | undefined;
  read(buffer: Data): number | undefined;
  read(what?: number | Data): ArrayBuffer | number | undefined {
    const left = this.#payload;
    const core = this.#session.core;
    if (left === 0) return undefined;
    const from = this.#payloadFrom;
    if ((what as Partial<Data> | null | undefined)?.byteLength === undefined) {
      // What a call would find, found with less than a call.
      if (what !== undefined && (((what as number) | 0) !== what || what < 1)) checkCount(what);
      const count = what === undefined || (what as number) > left ? left : what as number;
      const result = (core.input.buffer as ArrayBuffer).slice(from, from + count);
      this.#took(count);
      return result;
    }
    const target = bytesOf(what as Data);
    const count = target.length > left ? left : target.length;
    if (from !== this.#readFrom || from + count !== this.#readTo) {
      this.#readFrom = from;
      this.#readTo = from + count;
      this.#readView = core.input.subarray(from, from + count);
    }
    target.set(this.#readView!);
    this.#took(count);
    return count;
  }

  #took(count: number): void {
    this.#payload -= count;
    this.#payloadFrom += count;
    if (this.#payload === 0) this.#session.release();
  }

  #room(): number {
    if (this.#parts.waiting !== undefined) return 0;
    const room = this.#session.room() - Overhead.Bytes;
    return room > 0 ? room : 0;
  }

  #tell(message: ControlMessage): void {
    this.#options.onControl?.call(this, message);
  }

  sessionEvent(event: Event): void {
    const core = this.#session.core;
    switch (event) {
      case Event.Message:
      case Event.Chunk:
        this.#deliver();
        break;
      case Event.Connected:
        this.#tell({ operation: Packet.Connack, returnCode: 0, sessionPresent: core.sessionPresent });
        break;
      case Event.Published:
        this.#published();
        break;
      case Event.Dropped:
        this.#dropped();
        break;
      case Event.StreamWanted:
        this.#parts.wanted();
        break;
      case Event.Disconnected:
        if (core.status !== Status.ByApplication) this.#lost();
        break;
      default:
    }
  }

  sessionAgain(): void {
    const options = this.#options;
    if (!options.onReadable) return;
    const core = this.#session.core;
    const count = core.total;
    this.#payload = count;
    this.#payloadFrom = core.payloadFrom;
    if (count > 0) this.#session.isHeld = true;
    options.onReadable.call(this, count, { topic: (core.input as OwnBytes).cleanText!, byteLength: count, QoS: 0, more: false, retain: (core.flags & Publish.Retain) !== 0 });
  }

  #deliver(): void {
    const core = this.#session.core;
    const count = core.payloadTo - core.payloadFrom;
    const offset = core.offset;
    const more = offset + count < core.total;
    const options = this.#options;
    if (!options.onReadable) return;
    this.#payload = count;
    this.#payloadFrom = core.payloadFrom;
    if (count > 0) this.#session.isHeld = true;
    options.onReadable.call(this, count, offset > 0 ? { more } : {
      topic: (core.input as OwnBytes).cleanText ?? textIn(core.input, core.topicFrom, core.topicTo),
      byteLength: core.total, QoS: (core.flags & Publish.QosMask) >>> 1, more, retain: (core.flags & Publish.Retain) !== 0,
    });
  }

  #published(): void {
    const { handle, flags } = this.#session.core;
    this.#tell({ operation: (flags & Publish.QosMask) === Publish.Qos2 ? Packet.Pubcomp : Packet.Puback, id: this.#nameOf(handle) });
  }

  #dropped(): void {
    const { handle, status, topic, topicFrom, topicTo } = this.#session.core;
    // Not one that is being gathered: of that the core knows nothing yet.
    if (this.#session.core.streamSlot < 0 && this.#parts.whole === undefined) this.#parts.forget();
    this.#tell({ operation: Packet.Publish, id: this.#nameOf(handle), status, topic: textIn(topic, topicFrom, topicTo) });
  }

  /** The connection ended, or could not be made. Without `reconnect` that is the end of the client, as it is of Moddable's. */
  #lost(): void {
    const session = this.#session;
    const { status, reason } = session.core;
    const words = status === Status.Refused ? `${statusWords(status)}: CONNACK says ${reason}` : statusWords(status);
    this.#payload = 0;
    try {
      this.#options.onError?.call(this, failure(session.linkReason === '' ? words : `${words}: ${session.linkReason}`, status, reason));
    } finally {
      if (!this.#isLasting && !this.#isClosed) this.close();
    }
  }

  sessionDown(): void {
    this.#payload = 0;
    if (this.#isClosed || this.#session.core.state !== State.Idle) return;
    // No further attempt follows.
    this.close();
    this.#options.onClose?.call(this);
  }

  sessionPinged(): void {
    this.#tell({ operation: Packet.Pingresp });
  }

  sessionWritable(): void {
    const room = this.#room();
    if (room > 0) this.#options.onWritable?.call(this, room);
  }
}
