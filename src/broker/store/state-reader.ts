/*
 * Makes sessions and retained messages out of the store's records. A record that fits nowhere means a damaged store:
 * it is refused whole, rather than served with holes. Knows nothing of files.
 */
import type { Message } from '../message.js';
import { createMessage, messageBytes, noBytes } from '../message.js';
import type { Delivery, Session } from '../session.js';
import { createSession, DeliveryStage, putSubscription, queuePush } from '../session.js';
import type { BrokerState } from '../state.js';
import { ByteReader } from './byte-writer.js';
import type { DeliveryRecord, TimeShift } from './records.js';
import { readDelivery, readMessage, readSession, readSubscription, RecordKind } from './records.js';

export class StateReader {
  lastRecord = 0;
  /** Sessions whose connection the earlier broker did not see end. */
  readonly wereConnected: Session[] = [];
  private readonly sessions = new Map<number, Session>();
  private readonly bodies = new Map<number, Message>();
  private readonly retained: Message[] = [];
  /** Put in place at the end: a message that is shared may come behind its deliveries. */
  private readonly deliveries: { readonly session: Session; readonly record: number; readonly entry: DeliveryRecord }[] = [];

  constructor(
    private readonly time: TimeShift,
    private readonly nowMs: number,
  ) {}

  get state(): BrokerState {
    return { sessions: [...this.sessions.values()], retained: this.retained };
  }

  /** Records in the order of their numbers: number, length, bytes. */
  chunk(bytes: Uint8Array): void {
    const reader = new ByteReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    while (!reader.isAtEnd) {
      this.lastRecord = reader.number();
      this.record(this.lastRecord, new ByteReader(reader.view()));
    }
  }

  private record(record: number, reader: ByteReader): void {
    const kind: RecordKind = reader.byte();
    switch (kind) {
      case RecordKind.Session:
        this.session(record, reader);
        break;
      case RecordKind.Subscription: {
        const subscription = readSubscription(reader, this.sessionOf(record, reader), record);
        putSubscription(subscription.session, subscription);
        break;
      }
      case RecordKind.Delivery:
        this.deliveries.push({ session: this.sessionOf(record, reader), record, entry: readDelivery(reader, this.time) });
        break;
      case RecordKind.Body: {
        const message = readMessage(reader, this.time);
        message.bodyRecord = record;
        this.bodies.set(record, message);
        break;
      }
      case RecordKind.Identifier: {
        const session = this.sessionOf(record, reader);
        session.inboundQoS2 ??= new Map();
        session.inboundQoS2.set(reader.twoBytes(), record);
        break;
      }
      case RecordKind.Retained: {
        const message = readMessage(reader, this.time);
        message.retainedRecord = record;
        this.retained.push(message);
        break;
      }
      default:
        throw new Error(`record ${record} is of an unknown kind, ${String(kind)}`);
    }
  }

  private session(record: number, reader: ByteReader): void {
    const { clientId, userName, expirySeconds, wasConnected, offlineSinceMs, will } = readSession(reader, this.time);
    const session = createSession(clientId);
    session.record = record;
    session.expirySeconds = expirySeconds;
    session.will = will;
    session.userName = userName;
    // When a killed broker's connections ended nobody knows. The restart is late, but never ends a session too early.
    session.offlineSinceMs = wasConnected ? this.nowMs : Math.min(this.nowMs, offlineSinceMs);
    if (wasConnected) this.wereConnected.push(session);
    this.sessions.set(record, session);
  }

  private sessionOf(record: number, reader: ByteReader): Session {
    const session = this.sessions.get(reader.number());
    if (session === undefined) throw new Error(`record ${record} belongs to a session that is not there`);
    return session;
  }

  /** Call it behind the last chunk. */
  finish(): void {
    for (const { session, record, entry } of this.deliveries) {
      const { qos, retain, subscriptionIds, packetId, stage } = entry;
      const message = this.messageOf(record, entry);
      const delivery: Delivery = { message, qos, retain, subscriptionIds, packetId, stage, sentOn: 0, record };
      if (stage === DeliveryStage.Queued) {
        queuePush(session, delivery);
        continue;
      }
      session.inflight ??= new Map();
      session.inflight.set(packetId, delivery);
      session.inflightBytes += messageBytes(message);
      session.lastPacketId = packetId;
    }
  }

  private messageOf(record: number, { message, stage }: DeliveryRecord): Message {
    if (stage === DeliveryStage.AwaitPubcomp) return createMessage('', noBytes, 0, false, noBytes, Infinity, '');
    const found = typeof message === 'number' ? this.bodies.get(message) : message;
    if (found === undefined) throw new Error(`record ${record} has lost its message`);
    found.references++;
    return found;
  }
}
