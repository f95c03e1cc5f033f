/*
 * Session state of one client: subscriptions, messages waiting and in flight, QoS 2 identifiers received, the will.
 * Knows nothing of sockets or encoding: delivery.ts sends what is stored here. Read first: MQTT 5.0, 4.1.
 */
import type { Connection } from './connection.js';
import type { Message } from './message.js';
import { messageBytes } from './message.js';
import type { QoS } from './protocol.js';
import type { Subscription } from './subscription-tree.js';
import type { Timer } from './timers.js';

/** A message on its way to one client. */
export interface Delivery {
  readonly message: Message;
  /** Lower of published and granted QoS. [MQTT-3.8.4-8] */
  readonly qos: QoS;
  readonly retain: boolean;
  /** Identifiers of all subscriptions it matched. [MQTT-3.3.4-4] */
  readonly subscriptionIds: readonly number[];
  /** 0 until it is first sent. */
  packetId: number;
  stage: DeliveryStage;
  /** Serial of the connection it was last sent on; it takes quota of that one only. [MQTT-4.9.0-2] */
  sentOn: number;
  /** Its number in the store, 0 if it is not stored. */
  record: number;
}

export const enum DeliveryStage {
  Queued,
  AwaitPuback,
  AwaitPubrec,
  AwaitPubcomp,
}

/** The will of CONNECT. Its bytes are its own. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: Uint8Array;
  readonly delaySeconds: number;
  /** Message Expiry Interval, counted from publication; undefined for none. */
  readonly expirySeconds: number | undefined;
}

export interface Session {
  readonly clientId: string;
  /** Of the latest connection, for the delivery check while the client is away. */
  userName: string | undefined;
  connection: Connection | undefined;
  /** Seconds the session outlives its connection. */
  expirySeconds: number;
  /** By filter as the client wrote it, `$share/…` included. */
  subscriptions: ReadonlyMap<string, Subscription>;
  /** QoS 1 and 2 messages not yet sent, oldest first; the head is at `queueFrom`. */
  queue: Delivery[];
  queueFrom: number;
  queueBytes: number;
  /** Before this time no waiting message is looked for that has expired. */
  queueExpiresAtMs: number;
  /** Of the messages in flight. */
  inflightBytes: number;
  /** Unfinished deliveries in the order of their first sending. Made on first use, as most sessions are idle. */
  inflight: Map<number, Delivery> | undefined;
  lastPacketId: number;
  /** QoS 2 identifiers received and not yet released, with their numbers in the store. Made on first use. [MQTT-4.3.3-10] */
  inboundQoS2: Map<number, number> | undefined;
  will: Will | undefined;
  willTimer: Timer | undefined;
  expiryTimer: Timer | undefined;
  /** The clock's time when the connection ended; meaningless while connected. */
  offlineSinceMs: number;
  /** Messages that its client did not get, since the session was made or read from the store. */
  droppedMessages: number;
  /** What it is counted with in the memory of all, messages aside. */
  stateBytes: number;
  /** Its number in the store, 0 if it is not stored. */
  record: number;
}

/** Stand for what most sessions never have: an empty map and array of each would be a tenth of an idle client's memory. */
const noSubscriptions: ReadonlyMap<string, Subscription> = new Map();
const noDeliveries: Delivery[] = [];
Object.freeze(noDeliveries);

export function createSession(clientId: string): Session {
  return {
    clientId,
    userName: undefined,
    connection: undefined,
    expirySeconds: 0,
    subscriptions: noSubscriptions,
    queue: noDeliveries,
    queueFrom: 0,
    queueBytes: 0,
    queueExpiresAtMs: Infinity,
    inflightBytes: 0,
    inflight: undefined,
    lastPacketId: 0,
    inboundQoS2: undefined,
    will: undefined,
    willTimer: undefined,
    expiryTimer: undefined,
    offlineSinceMs: 0,
    droppedMessages: 0,
    stateBytes: 0,
    record: 0,
  };
}

/** Takes the place of one with the same filter. */
export function putSubscription(session: Session, subscription: Subscription): void {
  if (session.subscriptions === noSubscriptions) session.subscriptions = new Map();
  (session.subscriptions as Map<string, Subscription>).set(subscription.filter, subscription);
}

export function removeSubscription(session: Session, filter: string): void {
  (session.subscriptions as Map<string, Subscription>).delete(filter);
  if (session.subscriptions.size === 0) clearSubscriptions(session);
}

export function clearSubscriptions(session: Session): void {
  session.subscriptions = noSubscriptions;
}

export function queueLength(session: Session): number {
  return session.queue.length - session.queueFrom;
}

export function queuePush(session: Session, delivery: Delivery): void {
  if (session.queue === noDeliveries) session.queue = [];
  session.queue.push(delivery);
  session.queueBytes += messageBytes(delivery.message);
  if (delivery.message.expiresAtMs < session.queueExpiresAtMs) session.queueExpiresAtMs = delivery.message.expiresAtMs;
}

/** A queue is gone through no more often than this, whatever expires in it. */
const expiryEveryMs = 100;

/** Takes the deliveries whose messages have expired, wherever they are in the queue. */
export function queueTakeExpired(session: Session, nowMs: number): Delivery[] {
  if (nowMs < session.queueExpiresAtMs) return [];
  const expired = queueTakeWhere(session, ({ message }) => message.expiresAtMs <= nowMs);
  session.queueExpiresAtMs = Math.max(session.queueExpiresAtMs, nowMs + expiryEveryMs);
  return expired;
}

/** Takes the deliveries that are wanted, wherever they are in the queue. */
export function queueTakeWhere(session: Session, isWanted: (delivery: Delivery) => boolean): Delivery[] {
  const taken: Delivery[] = [];
  const waiting = session.queue.slice(session.queueFrom);
  session.queue = noDeliveries;
  session.queueFrom = 0;
  session.queueBytes = 0;
  session.queueExpiresAtMs = Infinity;
  for (const delivery of waiting) {
    if (isWanted(delivery)) taken.push(delivery);
    else queuePush(session, delivery);
  }
  return taken;
}

/** Takes the oldest waiting delivery. The array is compacted when half of it is spent, which keeps taking cheap. */
export function queueShift(session: Session): Delivery | undefined {
  if (session.queueFrom === session.queue.length) return undefined;
  const delivery = session.queue[session.queueFrom];
  session.queueBytes -= messageBytes(delivery.message);
  session.queueFrom++;
  if (session.queueFrom === session.queue.length) {
    session.queue = noDeliveries;
    session.queueFrom = 0;
  } else if (session.queueFrom >= 64 && session.queueFrom * 2 >= session.queue.length) {
    session.queue = session.queue.slice(session.queueFrom);
    session.queueFrom = 0;
  }
  return delivery;
}

/** A non-zero packet identifier that no unfinished delivery holds. At most 65535 are in flight, so one is free. [MQTT-2.2.1-4] */
export function nextPacketId(session: Session): number {
  do {
    session.lastPacketId = session.lastPacketId === 65535 ? 1 : session.lastPacketId + 1;
  } while (session.inflight?.has(session.lastPacketId));
  return session.lastPacketId;
}
