/*
 * The store's records, written and read here and nowhere else. A record has a number, never used twice, and a value
 * that begins with its kind. Times are wall-clock milliseconds, so that they mean the same after a restart.
 * Changes together with session.ts and message.ts; a change of form needs a new `formatName`.
 */
import type { Message } from '../message.js';
import { createMessage } from '../message.js';
import type { QoS } from '../protocol.js';
import type { Delivery, DeliveryStage, Session, Will } from '../session.js';
import type { Subscription } from '../subscription-tree.js';
import type { ByteReader, ByteWriter } from './byte-writer.js';

/** What kind of folder this is; it stands in the database's first value. */
export const formatName = 'Midge broker store 2';

/** In a batch, in place of a record's length: the record goes. */
export const removed = 0xffffffff;

export const enum RecordKind {
  Session = 1,
  Subscription,
  Delivery,
  Body,
  Identifier,
  Retained,
}

/** Turns the broker's clock into wall-clock time and back. */
export interface TimeShift {
  toWallMs(clockMs: number): number;
  toClockMs(wallMs: number): number;
}

/** Where a delivery's message is. */
const enum BodyPlace {
  /** Nowhere: only PUBREL is still to be sent. */
  None,
  Here,
  /** In a record of its own, which several deliveries share. */
  Apart,
}

export function writeSession(out: ByteWriter, session: Session, time: TimeShift): void {
  out.byte(RecordKind.Session);
  out.text(session.clientId);
  out.byte(session.userName === undefined ? 0 : 1);
  out.text(session.userName ?? '');
  out.fourBytes(session.expirySeconds);
  out.byte(session.connection === undefined ? 0 : 1);
  out.number(time.toWallMs(session.offlineSinceMs));
  const will = session.will;
  out.byte(will === undefined ? 0 : 1);
  if (will === undefined) return;
  out.text(will.topic);
  out.binary(will.payload);
  out.byte(will.qos);
  out.byte(will.retain ? 1 : 0);
  out.binary(will.properties);
  out.fourBytes(will.delaySeconds);
  out.number(will.expirySeconds ?? Infinity);
}

export interface SessionRecord {
  readonly clientId: string;
  /** What may be delivered to the session while it is away depends on it. */
  readonly userName: string | undefined;
  readonly expirySeconds: number;
  readonly wasConnected: boolean;
  readonly offlineSinceMs: number;
  readonly will: Will | undefined;
}

export function readSession(reader: ByteReader, time: TimeShift): SessionRecord {
  const clientId = reader.text();
  const hasUserName = reader.byte() === 1;
  const userName = reader.text();
  const expirySeconds = reader.fourBytes();
  const wasConnected = reader.byte() === 1;
  const offlineSinceMs = time.toClockMs(reader.number());
  const will = reader.byte() === 1 ? readWill(reader) : undefined;
  return { clientId, userName: hasUserName ? userName : undefined, expirySeconds, wasConnected, offlineSinceMs, will };
}

function readWill(reader: ByteReader): Will {
  const topic = reader.text();
  const payload = reader.binary();
  const qos = reader.byte() as QoS;
  const retain = reader.byte() === 1;
  const properties = reader.binary();
  const delaySeconds = reader.fourBytes();
  const expirySeconds = reader.number();
  return { topic, payload, qos, retain, properties, delaySeconds, expirySeconds: expirySeconds === Infinity ? undefined : expirySeconds };
}

export function writeSubscription(out: ByteWriter, subscription: Subscription): void {
  out.byte(RecordKind.Subscription);
  out.number(subscription.session.record);
  out.text(subscription.filter);
  out.text(subscription.shareName);
  out.text(subscription.topicFilter);
  out.byte(subscription.qos | (subscription.noLocal ? 4 : 0) | (subscription.retainAsPublished ? 8 : 0));
  out.fourBytes(subscription.identifier);
}

/** Behind the session's record number. */
export function readSubscription(reader: ByteReader, session: Session, record: number): Subscription {
  const filter = reader.text();
  const shareName = reader.text();
  const topicFilter = reader.text();
  const flags = reader.byte();
  const identifier = reader.fourBytes();
  const noLocal = (flags & 4) !== 0;
  const retainAsPublished = (flags & 8) !== 0;
  return { session, filter, shareName, topicFilter, qos: (flags & 3) as QoS, noLocal, retainAsPublished, identifier, record };
}

/** `hasBody` is false once only PUBREL is to be sent. */
export function writeDelivery(out: ByteWriter, session: Session, delivery: Delivery, hasBody: boolean, time: TimeShift): void {
  out.byte(RecordKind.Delivery);
  out.number(session.record);
  out.byte(delivery.qos | (delivery.retain ? 4 : 0));
  out.byte(delivery.stage);
  out.twoBytes(delivery.packetId);
  out.fourBytes(delivery.subscriptionIds.length);
  for (const id of delivery.subscriptionIds) out.fourBytes(id);
  const { message } = delivery;
  if (!hasBody) out.byte(BodyPlace.None);
  else if (message.bodyRecord === 0) {
    out.byte(BodyPlace.Here);
    writeMessage(out, message, time);
  } else {
    out.byte(BodyPlace.Apart);
    out.number(message.bodyRecord);
  }
}

export interface DeliveryRecord {
  readonly qos: QoS;
  readonly retain: boolean;
  readonly stage: DeliveryStage;
  readonly packetId: number;
  readonly subscriptionIds: number[];
  /** The message itself, the record that has it, or undefined if it is no longer needed. */
  readonly message: Message | number | undefined;
}

/** Behind the session's record number. */
export function readDelivery(reader: ByteReader, time: TimeShift): DeliveryRecord {
  const flags = reader.byte();
  const stage: DeliveryStage = reader.byte();
  const packetId = reader.twoBytes();
  const subscriptionIds: number[] = [];
  for (let left = reader.fourBytes(); left > 0; left--) subscriptionIds.push(reader.fourBytes());
  const place: BodyPlace = reader.byte();
  const message = place === BodyPlace.Here ? readMessage(reader, time) : place === BodyPlace.Apart ? reader.number() : undefined;
  return { qos: (flags & 3) as QoS, retain: (flags & 4) !== 0, stage, packetId, subscriptionIds, message };
}

export function writeIdentifier(out: ByteWriter, session: Session, packetId: number): void {
  out.byte(RecordKind.Identifier);
  out.number(session.record);
  out.twoBytes(packetId);
}

export function writeBody(out: ByteWriter, kind: RecordKind.Body | RecordKind.Retained, message: Message, time: TimeShift): void {
  out.byte(kind);
  writeMessage(out, message, time);
}

function writeMessage(out: ByteWriter, message: Message, time: TimeShift): void {
  out.text(message.topic);
  out.binary(message.payload);
  out.byte(message.qos | (message.retain ? 4 : 0));
  out.binary(message.properties);
  out.number(time.toWallMs(message.expiresAtMs));
  out.text(message.publisherId);
}

export function readMessage(reader: ByteReader, time: TimeShift): Message {
  const topic = reader.text();
  const payload = reader.binary();
  const flags = reader.byte();
  const properties = reader.binary();
  const expiresAtMs = time.toClockMs(reader.number());
  const message = createMessage(topic, payload, (flags & 3) as QoS, (flags & 4) !== 0, properties, expiresAtMs, reader.text());
  message.kept = true;
  return message;
}
