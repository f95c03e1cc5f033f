/**
 * An inbound message as a program sees it: a view of the receive buffer, reused for every message, and copies to keep.
 * Must not know: links, listeners.
 *
 * Read first: `Event.Message` and `Event.Chunk` in the core's codes.ts.
 */
import { type Client, clientAcknowledge, Publish, Reason, Status } from '../../src/core/index.js';
import type { MessageView, ReceivedMessage } from './api.js';
import type { PacketProperties, Qos } from './api-options.js';
import { readProperties } from './packet-properties.js';
import type { Port } from './port.js';

/** What an answer to a QoS 1 message holds for: its link. A QoS 2 handshake goes on with the next link of the same session. */
function epochOf(port: Port, qos: Qos): number {
  return qos === 2 ? port.sessionEpoch : port.epoch;
}

/** Acknowledges the message `handle` of the link or session `epoch`; false when it is settled or belongs to a lost one. */
function acknowledge(port: Port, qos: Qos, epoch: number, handle: number, reason: Reason): boolean {
  if (handle === 0 || epoch !== epochOf(port, qos)) return false;
  const isOpen = clientAcknowledge(port.core, handle, reason) === Status.Ok;
  port.touch();
  return isOpen;
}

export class MessageInPlace implements MessageView {
  bytes: Uint8Array;
  payloadFrom = 0;
  payloadTo = 0;
  offset = 0;
  total = 0;
  private readonly core: Client;
  private topicBytes: Uint8Array;
  private topicFrom = 0;
  private topicTo = 0;
  private flags = 0;
  private handle = 0;

  constructor(private readonly port: Port) {
    this.core = port.core;
    this.bytes = port.core.input;
    this.topicBytes = port.core.input;
  }

  /** Takes over what the event says. */
  load(): this {
    const core = this.core;
    this.bytes = core.input;
    this.payloadFrom = core.payloadFrom;
    this.payloadTo = core.payloadTo;
    this.offset = core.offset;
    this.total = core.total;
    this.topicBytes = core.topic;
    this.topicFrom = core.topicFrom;
    this.topicTo = core.topicTo;
    this.flags = core.flags;
    this.handle = core.handle;
    return this;
  }

  get topic(): string {
    return topicText(this.topicBytes, this.topicFrom, this.topicTo);
  }

  get payload(): Buffer {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.payloadFrom, this.payloadTo - this.payloadFrom);
  }

  get qos(): Qos {
    return ((this.flags & Publish.QosMask) >>> 1) as Qos;
  }

  get retain(): boolean {
    return (this.flags & Publish.Retain) !== 0;
  }

  get dup(): boolean {
    return (this.flags & Publish.Dup) !== 0;
  }

  get properties(): PacketProperties {
    return this.core.v5 === null ? {} : readProperties(this.core.v5.properties);
  }

  acknowledge(reason: Reason = Reason.Success): boolean {
    const { port, qos, handle } = this;
    return acknowledge(port, qos, epochOf(port, qos), handle, reason);
  }

  acknowledger(): (reason?: Reason) => boolean {
    const { port, qos, handle } = this;
    const epoch = epochOf(port, qos);
    return (reason = Reason.Success) => acknowledge(port, qos, epoch, handle, reason);
  }

  copy(): ReceivedMessage {
    return new MessageCopy(this, this.port, this.handle);
  }
}

class MessageCopy implements ReceivedMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly offset: number;
  readonly total: number;
  readonly properties: PacketProperties;
  readonly #port: Port;
  readonly #handle: number;
  readonly #epoch: number;

  constructor(view: MessageInPlace, port: Port, handle: number) {
    this.topic = view.topic;
    this.payload = Buffer.from(view.payload);
    this.qos = view.qos;
    this.retain = view.retain;
    this.dup = view.dup;
    this.offset = view.offset;
    this.total = view.total;
    this.properties = view.properties;
    this.#port = port;
    this.#handle = handle;
    this.#epoch = epochOf(port, view.qos);
  }

  acknowledge(reason: Reason = Reason.Success): boolean {
    return acknowledge(this.#port, this.qos, this.#epoch, this.#handle, reason);
  }
}

/** `bytes[from … to)`, which is valid UTF-8. */
export function topicText(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}
