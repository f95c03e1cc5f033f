/*
 * An application message inside the broker, and its wire form shared by all subscribers that get the very same bytes.
 * Knows nothing of sessions or sockets. Read first: MQTT 5.0, 3.3.
 */
import type { QoS } from './protocol.js';
import type { Timer } from './timers.js';

export interface Message {
  readonly topic: string;
  /** May be a view of a socket's chunk: `keepMessage` before storing it. */
  payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /**
   * The properties a publisher wants forwarded, as received and in their order, without topic alias and message expiry.
   * [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]
   */
  properties: Uint8Array;
  /** The clock's time when the message expires, or Infinity. [MQTT-3.3.2-5] */
  readonly expiresAtMs: number;
  /** The publisher's client identifier, for No Local; empty for the embedder. [MQTT-3.8.3-3] */
  readonly publisherId: string;
  /** Encoded QoS 0 PUBLISH without RETAIN, per version, made on first use and shared among subscribers. */
  sharedPacket4: Uint8Array | undefined;
  sharedPacket5: Uint8Array | undefined;
  /** Whether its bytes are its own. */
  kept: boolean;
  /** Stored deliveries that still need it. */
  references: number;
  /** Clients it waits for, kept by the count of memory. */
  waitingFor: number;
  /** The store's record that holds it for several deliveries, or as a retained message; 0 for none. */
  bodyRecord: number;
  retainedRecord: number;
  /** Ends it as a retained message. */
  retainedTimer: Timer | undefined;
}

export const noBytes: Uint8Array = new Uint8Array(0);

export function createMessage(
  topic: string,
  payload: Uint8Array,
  qos: QoS,
  retain: boolean,
  properties: Uint8Array,
  expiresAtMs: number,
  publisherId: string,
): Message {
  return {
    topic,
    payload,
    qos,
    retain,
    properties,
    expiresAtMs,
    publisherId,
    sharedPacket4: undefined,
    sharedPacket5: undefined,
    kept: false,
    references: 0,
    waitingFor: 0,
    bodyRecord: 0,
    retainedRecord: 0,
    retainedTimer: undefined,
  };
}

/** Detaches a message from the socket chunk it was read from, so that storing it does not hold the whole chunk in memory. */
export function keepMessage(message: Message): void {
  if (message.kept) return;
  message.kept = true;
  message.payload = detached(message.payload);
  message.properties = detached(message.properties);
  message.sharedPacket4 = undefined;
  message.sharedPacket5 = undefined;
}

/** Bytes that a stored message is counted with. */
export function messageBytes(message: Message): number {
  return message.topic.length + message.payload.length + message.properties.length;
}

const expirySecondsMax = 0xffffffff;

/**
 * Seconds left, rounded up so that a message still alive never says 0; undefined if it never expires. [MQTT-3.3.2-6]
 * More than a packet can say they are where a wall clock was set back, or by the last bit of a fraction.
 */
export function secondsToExpiry(message: Message, nowMs: number): number | undefined {
  if (message.expiresAtMs === Infinity) return undefined;
  return Math.min(expirySecondsMax, Math.max(1, Math.ceil((message.expiresAtMs - nowMs) / 1000)));
}

function detached(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return noBytes;
  return bytes.buffer.byteLength === bytes.length ? bytes : new Uint8Array(bytes);
}
