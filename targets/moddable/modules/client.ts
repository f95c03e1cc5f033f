/**
 * The ECMA-419 MQTT client (`embedded:network/mqtt/client`) on Midge's core: same constructor, callbacks, `read`, `write` and constants.
 * What it does otherwise than Moddable's own: README.md, "What differs". Must not know: how bytes travel.
 *
 * Read first: ECMA-419, "MQTT client".
 */
import {
  clientCancelStream, clientExpress, clientPing, clientPublish, clientPublishStream, clientStream, Event, Packet, Publish, State, Status,
} from './core.js';
import type { OwnBytes } from '../natives/bytes.js';
import { checkNames, type ConnectionOptions, coreOf, transportOf } from './options.js';
import { clock } from './platform.js';
import { Session, type SessionOwner } from './session.js';
import { bytesOf, type Data, type Failure, failure, textIn } from './text.js';
import { statusWords } from './words.js';

export interface ReadableOptions {
  /** Behind this fragment there are more of the message. */
  more: boolean;
  /** Of the whole message, and only with its first fragment, as are the others below. */
  byteLength?: number;
  topic?: string;
  QoS?: number;
  retain?: boolean;
}

export interface ControlMessage {
  operation: number;
  id?: number;
  /** CONNACK: 0. */
  returnCode?: number;
  /** CONNACK: the server has kept the session. */
  sessionPresent?: boolean;
  /** SUBACK: for each filter the QoS granted, or 128. */
  payload?: number[];
  /** PUBLISH, which is told of a message that was given up: why, as a `Status` of the core, and its topic where it is still known. */
  status?: number;
  topic?: string;
}

export interface WriteOptions {
  operation?: number;
  /** By which `onControl` names the message or request; without it, a number of Midge's. */
  id?: number;
  topic?: string;
  QoS?: number;
  retain?: boolean | number;
  /** Of the whole message, where the data given is its beginning. */
  byteLength?: number;
  items?: readonly { topic: string; QoS?: number }[];
}

export interface Options extends ConnectionOptions {
  /** Moddable's older spelling. */
  keepalive?: number;
  format?: 'buffer';
  target?: unknown;
  /** Moddable's `device.network.mqtt` names the class here. */
  io?: unknown;
  /** True: a lost connection is made again, with the session, instead of closing the client. */
  reconnect?: boolean;
  onReadable?(this: MQTTClient, count: number, options: ReadableOptions): void;
  onWritable?(this: MQTTClient, count: number): void;
  onControl?(this: MQTTClient, message: ControlMessage): void;
  onClose?(this: MQTTClient): void;
  onError?(this: MQTTClient, error?: Failure): void;
}

const own: readonly string[] = Object.freeze([
  'keepalive', 'format', 'target', 'io', 'reconnect', 'onReadable', 'onWritable', 'onControl', 'onClose', 'onError',
]);

const enum Express {
  /** Where `clientExpress` begins. */
  From = 3,
}

const enum Overhead {
  /** Of a message, as Moddable counts it: not offered by `onWritable`. */
  Bytes = 8,
}

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
  readonly #session: Session;
  readonly #options: Options;
  readonly #isLasting: boolean;
  /** Bytes of the fragment in the core's receive buffer that are not read: from there on, as many. */
  #payload = 0;
  #payloadFrom = 0;
  /** Bytes of the outbound message that `write` still owes, and those it gave that the link has not taken. */
  #owed = 0;
  #waiting: Uint8Array | undefined;
  /** A small message of which parts are missing, and its options. */
  #parts: Uint8Array | undefined;
  #partsOptions: WriteOptions | undefined;
  #isClosed = false;
  /** By the core's handle of a message: the application's name for it, times 2, and 1 more at QoS 2. None: QoS 1, and Midge's name. */
  readonly #names = new Map<number, number>();
  #requests = 0;
  /** Where `read` took its view, and the view: a device's messages are often of one form. */
  #readFrom = 0;
  #readTo = 0;
  #readView: Uint8Array | undefined;

  constructor(options: Options) {
    checkNames(options, own, 'MQTTClient');
    this.format = options.format ?? 'buffer';
    if (options.target !== undefined) this.target = options.target;
    const keepAlive = options.keepAlive ?? options.keepalive;
    this.#options = options;
    this.#isLasting = options.reconnect === true;
    this.#session = new Session(coreOf(keepAlive === undefined ? options : { ...options, keepAlive }, 4), transportOf(options), this);
    const status = this.#session.connect();
    if (status !== Status.Ok) throw new Error(statusWords(status));
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
  write(data: Data | null, options?: WriteOptions): number {
    if (options === undefined || this.#owed > 0) return this.#writeOn(data, options);
    if (options.operation !== undefined && options.operation !== Packet.Publish) return this.#request(options.operation, options);
    if ((options as { duplicate?: boolean }).duplicate === true) throw new TypeError('duplicate is set by Midge itself, when it sends a message again');
    const session = this.#session;
    const core = session.core;
    const bytes = bytesOf(data);
    const length = bytes.length;
    const total = options.byteLength;
    const QoS = options.QoS;
    let flags = options.retain ? Publish.Retain : 0;
    if (QoS) flags |= flagsOf(QoS);
    else if (total === undefined) {
      const transport = session.transport;
      const end = clientExpress(core, options.topic!, bytes, length, flags, transport.writable);
      if (end > 0) {
        transport.send(core.arena, Express.From, end);
        return this.#room();
      }
    }
    if (this.#isClosed || (core.state !== State.Connected && !this.#isLasting)) throw new Error('not connected');
    const now = clock();
    if (total !== undefined && total !== length) return this.#begin(bytes, total, flags, options, now);
    const handle = clientPublish(core, options.topic!, bytes, 0, length, flags, now);
    if (handle !== 0) this.#note(handle, options.id, QoS);
    session.flush(now);
    return this.#room();
  }

  /** The first part of a message that is not whole. */
  #begin(bytes: Uint8Array, total: number, flags: number, options: WriteOptions, now: number): number {
    const { core } = this.#session;
    if (bytes.length > total) throw new RangeError(`data is ${bytes.length} bytes; byteLength of the message is ${total}`);
    if (total <= core.arenaSize >>> 1) {
      // It is sent when it is whole: so several may follow each other, as they may not through the core's one stream.
      this.#parts = new Uint8Array(total);
      this.#partsOptions = options;
      this.#owed = total;
      return this.#writeOn(bytes, undefined);
    }
    if (core.state !== State.Connected) throw new Error('not connected: a message in parts needs the connection');
    if (core.streamSlot >= 0) throw new Error('overflow: the last large message is not acknowledged yet');
    const handle = clientPublishStream(core, options.topic!, total, flags, null, now);
    if (handle !== 0) this.#note(handle, options.id, options.QoS);
    this.#owed = total;
    this.#session.flush(now);
    return this.#writeOn(bytes, undefined);
  }

  /** The next part. */
  #writeOn(data: Data | null, options: WriteOptions | undefined): number {
    const session = this.#session;
    if (options !== undefined) throw new Error(`${this.#owed} bytes of the last message are missing: write them first, without options`);
    if (this.#isClosed || this.#owed === 0) throw new Error('options missing: no message has been begun');
    if (data === null) throw new TypeError('data missing');
    const bytes = bytesOf(data);
    if (bytes.length > this.#owed) throw new RangeError(`data is ${bytes.length} bytes; ${this.#owed} of the message are left`);
    if (this.#waiting !== undefined) throw new Error('overflow: wait for onWritable');
    if (bytes.length === 0) return this.#room();
    if (this.#parts !== undefined) return this.#gather(this.#parts, bytes);
    this.#owed -= bytes.length;
    let given = session.room();
    if (given > bytes.length) given = bytes.length;
    if (given > 0 && clientStream(session.core, bytes, 0, given) === Status.Ok) session.flush(clock());
    else given = 0;
    // What the link does not take now is copied, since the application may use its buffer again.
    if (given < bytes.length) this.#waiting = bytes.slice(given);
    return this.#room();
  }

  /** Adds a part of a small message, and sends it when it is whole. */
  #gather(parts: Uint8Array, bytes: Uint8Array): number {
    parts.set(bytes, parts.length - this.#owed);
    this.#owed -= bytes.length;
    if (this.#owed > 0) {
      this.#session.wantRoomSoon();
      return this.#room();
    }
    const options = { ...this.#partsOptions };
    delete options.byteLength;
    this.#parts = undefined;
    this.#partsOptions = undefined;
    return this.write(parts, options);
  }

  /** Notes what is told of a message at its end, or throws since it was refused. */
  #note(handle: number, id: number | undefined, QoS: number | undefined): void {
    if (handle < 0) throw failure(statusWords(handle), handle, 0);
    if (id !== undefined || QoS === 2) this.#names.set(handle, (id ?? handle & 0xffff) * 2 + (QoS === 2 ? 1 : 0));
  }

  #request(operation: number, options: WriteOptions): number {
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
        session.disconnect();
        return 0;
      default:
        throw new RangeError(`operation ${operation} is Midge's own business; write takes PUBLISH, SUBSCRIBE, UNSUBSCRIBE, PINGREQ and DISCONNECT`);
    }
    // At once, also from a callback: what is published next comes behind it.
    session.requests.send();
    session.flush(now);
    session.pump();
    return this.#room();
  }

  #requestFilters(operation: number, options: WriteOptions): void {
    const items = options.items;
    if (items === undefined || items.length === 0) throw new TypeError('items missing: [{topic, QoS}, …]');
    this.#requests = this.#requests === 65535 ? 1 : this.#requests + 1;
    const isSubscribe = operation === Packet.Subscribe;
    const message: ControlMessage = { operation: isSubscribe ? Packet.Suback : Packet.Unsuback, id: options.id ?? this.#requests };
    const codes: number[] = items.map(() => 0x80);
    let left = items.length;
    if (isSubscribe) {
      message.payload = codes;
      for (const { QoS = 0 } of items) flagsOf(QoS);
    }
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
    if (typeof what === 'number' || what === undefined) {
      const count = what === undefined || what > left ? left : what;
      const result = (core.input.buffer as ArrayBuffer).slice(from, from + count);
      this.#took(count);
      return result;
    }
    const target = bytesOf(what);
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
    if (this.#payload === 0) {
      this.#session.release();
    }
  }

  #room(): number {
    if (this.#waiting !== undefined) return 0;
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
        this.#streamWanted();
        break;
      case Event.Disconnected:
        if (core.status !== Status.ByApplication) this.#lost();
        break;
      default:
    }
  }

  #deliver(): void {
    const core = this.#session.core;
    const count = core.payloadTo - core.payloadFrom;
    const offset = core.offset;
    const more = offset + count < core.total;
    const options = this.#options;
    if (options.onReadable === undefined) return;
    this.#payload = count;
    this.#payloadFrom = core.payloadFrom;
    if (count > 0) this.#session.isHeld = true;
    options.onReadable.call(this, count, offset > 0 ? { more } : {
      topic: (core.input as OwnBytes).cleanText ?? textIn(core.input, core.topicFrom, core.topicTo),
      byteLength: core.total, QoS: (core.flags & Publish.QosMask) >>> 1, more, retain: (core.flags & Publish.Retain) !== 0,
    });
  }

  #published(): void {
    const { handle } = this.#session.core;
    const name = this.#names.get(handle) ?? (handle & 0xffff) * 2;
    this.#names.delete(handle);
    this.#tell({ operation: (name & 1) === 1 ? Packet.Pubcomp : Packet.Puback, id: name >>> 1 });
  }

  #dropped(): void {
    const { handle, status, topic, topicFrom, topicTo } = this.#session.core;
    const name = this.#names.get(handle) ?? (handle & 0xffff) * 2;
    this.#names.delete(handle);
    if (this.#session.core.streamSlot < 0) this.#forgetStream();
    this.#tell({ operation: Packet.Publish, id: name >>> 1, status, topic: textIn(topic, topicFrom, topicTo) });
  }

  #forgetStream(): void {
    this.#owed = 0;
    this.#waiting = undefined;
    this.#parts = undefined;
  }

  #streamWanted(): void {
    const { core } = this.#session;
    const waiting = this.#waiting;
    const given = core.streamTotal - this.#owed - (waiting === undefined ? 0 : waiting.length);
    // After a lost link the core begins again, but what the application has written is gone.
    if (core.streamAt !== given) clientCancelStream(core, clock());
    else if (waiting !== undefined) {
      this.#waiting = undefined;
      clientStream(core, waiting, 0, waiting.length);
      this.#session.wantRoom();
    }
  }

  /** The connection ended, or could not be made. Without `reconnect` that is the end of the client, as it is of Moddable's. */
  #lost(): void {
    const session = this.#session;
    const { status, reason } = session.core;
    const words = status === Status.Refused ? `${statusWords(status)}: CONNACK says ${reason}` : statusWords(status);
    this.#payload = 0;
    this.#options.onError?.call(this, failure(session.linkReason === '' ? words : `${words}: ${session.linkReason}`, status, reason));
    if (!this.#isLasting && !this.#isClosed) this.close();
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

/** The core's flags of a quality of service. */
function flagsOf(QoS: number): number {
  if (QoS === 0) return 0;
  if (QoS === 1) return Publish.Qos1;
  if (QoS === 2) return Publish.Qos2;
  throw new RangeError(`QoS is ${QoS}; it must be 0, 1 or 2`);
}
