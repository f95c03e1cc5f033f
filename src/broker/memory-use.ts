/*
 * What clients make the broker hold, against `memoryBytesMax`: bytes, and what the objects around them cost. The costs are
 * estimates, measured as resident memory on Node.js 20 with 64 bits: rather too high than too low. Decides nothing.
 */
import type { Message } from './message.js';
import { messageBytes } from './message.js';
import type { Session, Will } from './session.js';

/** Of a message that waits, beside topic, properties and payload; once, however many clients it waits for. */
export const messageCostBytes = 650;
/** Of its place in the queue of one client, or among its messages in flight. */
export const deliveryCostBytes = 200;
/** Of an open connection that is idle, with its socket. */
export const connectionCostBytes = 4096;
export const sessionCostBytes = 512;
/** Of a subscription or a will, beside its bytes. */
export const subscriptionCostBytes = 800;
/** Of the identifier of an unfinished QoS 2 message from the client, or of a topic alias beside its topic. */
export const identifierCostBytes = 64;
/** Of a write that the operating system has not taken yet, beside its bytes. */
export const writeCostBytes = 256;

const freeStateBytes = 8192;

export class MemoryUse {
  /** Messages that wait, and their deliveries. */
  messageBytes = 0;
  /** Connections and sessions with their subscriptions, wills and identifiers. */
  stateBytes = 0;
  outputBytes = 0;
  inputBytes = 0;

  constructor(public maxBytes: number) {}

  /** What waits. */
  get waitingBytes(): number {
    return this.messageBytes + this.outputBytes + this.inputBytes;
  }

  get usedBytes(): number {
    return this.waitingBytes + this.stateBytes;
  }

  hasRoomFor(bytes: number): boolean {
    return this.usedBytes + bytes <= this.maxBytes;
  }

  /** For a session, or the aliases of a connection, that has so much: a little of it everybody may have whatever the others do. */
  hasRoomForState(heldBytes: number, moreBytes: number): boolean {
    return heldBytes + moreBytes <= freeStateBytes || this.hasRoomFor(moreBytes);
  }

  hasRoomForDelivery(message: Message): boolean {
    return this.hasRoomFor(deliveryCostBytes + (message.waitingFor === 0 ? heldBytes(message) : 0));
  }

  /** A message begins to wait for one more client. */
  hold(message: Message): void {
    if (message.waitingFor === 0) this.messageBytes += heldBytes(message);
    message.waitingFor++;
    this.messageBytes += deliveryCostBytes;
  }

  release(message: Message): void {
    message.waitingFor--;
    if (message.waitingFor === 0) this.messageBytes -= heldBytes(message);
    this.messageBytes -= deliveryCostBytes;
  }

  /** What is remembered of a session becomes more, or less. */
  sessionGrows(session: Session, bytes: number): void {
    session.stateBytes += bytes;
    this.stateBytes += bytes;
  }

  /** A session that is there with all it has. */
  holdSession(session: Session): void {
    session.stateBytes = stateBytesOf(session);
    this.stateBytes += session.stateBytes;
    for (let at = session.queueFrom; at < session.queue.length; at++) this.hold(session.queue[at].message);
    for (const { message } of session.inflight?.values() ?? []) this.hold(message);
  }

  releaseSession(session: Session): void {
    this.stateBytes -= session.stateBytes;
    session.stateBytes = 0;
    for (let at = session.queueFrom; at < session.queue.length; at++) this.release(session.queue[at].message);
    for (const { message } of session.inflight?.values() ?? []) this.release(message);
  }
}

function heldBytes(message: Message): number {
  return messageCostBytes + messageBytes(message);
}

export function subscriptionBytes(filter: string): number {
  return subscriptionCostBytes + 2 * filter.length;
}

/** 0 where there is none. */
export function aliasBytes(topic: string | undefined): number {
  return topic === undefined ? 0 : identifierCostBytes + 2 * topic.length;
}

export function willBytes(will: Will | undefined): number {
  return will === undefined ? 0 : subscriptionCostBytes + 2 * will.topic.length + will.payload.length + will.properties.length;
}

function stateBytesOf(session: Session): number {
  let bytes = sessionCostBytes + willBytes(session.will) + identifierCostBytes * (session.inboundQoS2?.size ?? 0);
  for (const filter of session.subscriptions.keys()) bytes += subscriptionBytes(filter);
  return bytes;
}
