/**
 * Brings a port's messages to the broker: straight into the client's outbox, and those of QoS 1 by way of the spool where
 * there is one, so that they outlive the process. In order, bounded, at least once.
 * Must not know: wires, frames.
 *
 * Read first: api.ts of the Node client (`publishNow`, `handlers`).
 */
import { Publish, Reason, Status } from '../../core/index.js';
import type { MidgeClient } from '../../../targets/node/api.js';
import type { OutboundMessage } from './publish-rule.js';
import type { Spool, SpoolOwner } from './spool.js';

/** Of the client, for messages until they are acknowledged. */
export const outboxBytes = 32_768;

const enum Limit {
  /** Of a message beside topic and payload, at most: header, lengths, identifier, bookkeeping. */
  OverheadBytes = 64,
}

/** Would not fit even if nothing else waited: who waits for room for it waits for ever, and all that comes behind it. */
function isTooLarge({ topic, payload }: OutboundMessage): boolean {
  return Buffer.byteLength(topic) + payload.length + Limit.OverheadBytes > outboxBytes;
}

export interface SenderOwner {
  /** There may be room again for who was told that there was none. */
  senderReady(): void;
  /** An accepted message was given up, or one that can never be accepted. */
  senderDropped(topic: string, why: string): void;
  /** The disk takes nothing, for this reason; null: it takes everything again. */
  senderDisk(fault: string | null): void;
}

export class Sender implements SpoolOwner {
  /** The next message of the spool to hand to the client; those before are on their way. */
  private sending: number;
  /** Of handles: the number in the spool. */
  private readonly onTheirWay = new Map<number, number>();
  private isEnding = false;
  private isWaiting = false;
  acknowledged = 0;

  constructor(private readonly client: MidgeClient, private readonly spool: Spool | null, private readonly owner: SenderOwner) {
    this.sending = spool?.first ?? 0;
    spool?.follow(this);
    client.handlers.published = (handle, reason) => this.settled(handle, reason);
    client.handlers.dropped = (handle, status, reason) => this.given(handle, status, reason);
  }

  /** False: there is no room; `senderReady` follows. */
  offer(message: OutboundMessage): boolean {
    if (isTooLarge(message)) {
      this.owner.senderDropped(message.topic, `it has ${message.payload.length} bytes, more than the client can hold`);
      return true;
    }
    if (this.spool === null || message.qos === 0 || message.keepLatest) return this.direct(message);
    const number = this.spool.append(message);
    // The client may have all the room of the world: it is the spool that tells.
    if (number === 0) return false;
    if (number === this.sending) this.pump();
    return true;
  }

  /** Hands on what waits in the spool, as far as the client takes it. */
  pump(): void {
    const { spool } = this;
    if (spool === null) return;
    while (!this.isEnding && this.sending < spool.next) {
      const message = spool.read(this.sending);
      const handle = message === undefined ? 0 : this.publish(message);
      if (handle === Status.NoRoom || handle === Status.NoSlot) {
        this.wait();
        return;
      }
      if (handle > 0) this.onTheirWay.set(handle, this.sending);
      else if (message !== undefined) this.refuse(message, handle, this.sending);
      this.sending += 1;
    }
  }

  spoolReady(): void {
    if (!this.isEnding) this.owner.senderReady();
  }

  spoolFault(words: string | null): void {
    this.owner.senderDisk(words);
  }

  /** Nothing more is handed on, and what is given up from now on stays in the spool. */
  end(): void {
    this.isEnding = true;
  }

  private direct(message: OutboundMessage): boolean {
    const handle = this.publish(message);
    if (handle >= 0) return true;
    if (handle === Status.NoRoom || handle === Status.NoSlot) {
      // What may be lost gives way to what must not; a board is held up only for the latter.
      if (message.qos === 0) {
        this.owner.senderDropped(message.topic, 'there is no room for it');
        return true;
      }
      this.wait();
      return false;
    }
    this.refuse(message, handle, 0);
    return true;
  }

  private publish({ topic, payload, qos, retain, keepLatest }: OutboundMessage): number {
    const flags = (qos === 1 ? Publish.Qos1 : 0) | (retain ? Publish.Retain : 0) | (keepLatest ? Publish.KeepLatest : 0);
    return this.client.publishNow(topic, payload, flags);
  }

  private refuse({ topic }: OutboundMessage, status: number, number: number): void {
    if (number > 0) this.spool?.remove(number);
    this.owner.senderDropped(topic, status === Status.TooLarge ? 'the server takes no packet of that size' : 'it is no message that MQTT can carry');
  }

  private settled(handle: number, reason: Reason): void {
    const number = this.onTheirWay.get(handle);
    this.onTheirWay.delete(handle);
    if (number !== undefined) this.spool?.remove(number);
    this.acknowledged += 1;
    if (reason >= Reason.Unspecified) this.owner.senderDropped('', 'the server refused it');
    this.ready();
  }

  private given(handle: number, status: Status, reason: Reason): void {
    if (this.isEnding) return;
    const number = this.onTheirWay.get(handle);
    this.onTheirWay.delete(handle);
    if (number !== undefined) this.spool?.remove(number);
    if (status !== Status.Replaced) this.owner.senderDropped('', `the client gave it up (status ${status}, reason ${reason})`);
    this.ready();
  }

  private wait(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    this.client.ready().then(() => {
      if (this.isWaiting) this.ready();
    }, () => undefined);
  }

  private ready(): void {
    if (this.isEnding) return;
    this.isWaiting = false;
    this.pump();
    this.owner.senderReady();
  }
}
